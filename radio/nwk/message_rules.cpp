#include "radio/nwk/message_rules.h"

#include <algorithm>
#include <array>

#include "radio/nwk/elements.h"

namespace dectbed::radio::nwk {

namespace {

constexpr std::uint8_t from_fixed = 1, from_portable = 2, from_both = 3;
constexpr std::uint8_t none = 0xFF;  // no code of an element that a message could need

struct rule {
    protocol pd;
    std::uint8_t type;
    std::uint8_t from;
    std::array<std::uint8_t, 3> mandatory;  ///< in each direction in which the message may go
};

constexpr rule rules[] = {
    {protocol::lce, lce::page_response, from_portable, {ie::portable_identity, none, none}},
    {protocol::lce, lce::page_reject, from_fixed, {ie::portable_identity, none, none}},
    {protocol::cc, cc::setup, from_both, {ie::portable_identity, ie::fixed_identity, ie::basic_service}},
    {protocol::cc, cc::info, from_both, {none, none, none}},
    {protocol::cc, cc::setup_ack, from_both, {none, none, none}},
    {protocol::cc, cc::call_proc, from_both, {none, none, none}},
    {protocol::cc, cc::alerting, from_both, {none, none, none}},
    {protocol::cc, cc::connect, from_both, {none, none, none}},
    {protocol::cc, cc::connect_ack, from_both, {none, none, none}},
    {protocol::cc, cc::release, from_both, {none, none, none}},
    {protocol::cc, cc::release_com, from_both, {none, none, none}},
    {protocol::cc, cc::service_change, from_both, {ie::portable_identity, none, none}},
    {protocol::cc, cc::service_accept, from_both, {none, none, none}},
    {protocol::cc, cc::service_reject, from_both, {none, none, none}},
    {protocol::cc, cc::notify, from_both, {none, none, none}},
    {protocol::cc, cc::iwu_info, from_both, {none, none, none}},
    {protocol::mm, mm::access_rights_accept, from_fixed, {ie::portable_identity, ie::fixed_identity, none}},
    {protocol::mm, mm::access_rights_reject, from_fixed, {none, none, none}},
    {protocol::mm, mm::access_rights_request, from_portable, {ie::portable_identity, none, none}},
    {protocol::mm, mm::access_rights_terminate_accept, from_both, {none, none, none}},
    {protocol::mm, mm::access_rights_terminate_reject, from_both, {none, none, none}},
    {protocol::mm, mm::access_rights_terminate_request, from_both, {ie::portable_identity, none, none}},
    {protocol::mm, mm::authentication_reject, from_both, {none, none, none}},
    {protocol::mm, mm::authentication_reply, from_both, {ie::res, none, none}},
    {protocol::mm, mm::authentication_request, from_both, {ie::auth_type, ie::rand, none}},
    {protocol::mm, mm::cipher_reject, from_both, {none, none, none}},
    {protocol::mm, mm::cipher_request, from_fixed, {ie::cipher_info, none, none}},
    {protocol::mm, mm::cipher_suggest, from_portable, {ie::cipher_info, none, none}},
    {protocol::mm, mm::detach, from_portable, {ie::portable_identity, none, none}},
    {protocol::mm, mm::identity_reply, from_portable, {none, none, none}},
    {protocol::mm, mm::identity_request, from_fixed, {ie::identity_type, none, none}},
    {protocol::mm, mm::key_allocate, from_fixed, {ie::allocation_type, ie::rand, ie::rs}},
    {protocol::mm, mm::locate_accept, from_fixed, {ie::portable_identity, ie::location_area, none}},
    {protocol::mm, mm::locate_reject, from_fixed, {none, none, none}},
    {protocol::mm, mm::locate_request, from_portable, {ie::portable_identity, none, none}},
    {protocol::mm, mm::info_accept, from_fixed, {none, none, none}},
    {protocol::mm, mm::info_reject, from_fixed, {none, none, none}},
    {protocol::mm, mm::info_request, from_portable, {ie::info_type, none, none}},
    {protocol::mm, mm::info_suggest, from_fixed, {ie::info_type, none, none}},
    {protocol::mm, mm::temporary_identity_assign, from_fixed, {none, none, none}},
    {protocol::mm, mm::temporary_identity_assign_ack, from_portable, {none, none, none}},
    {protocol::mm, mm::temporary_identity_assign_rej, from_portable, {none, none, none}},
    {protocol::mm, mm::iwu, from_both, {none, none, none}},
    {protocol::mm, mm::notify, from_fixed, {none, none, none}},
};

const rule* find_rule(protocol pd, std::uint8_t type) {
    const auto* found =
        std::find_if(std::begin(rules), std::end(rules), [&](const rule& r) { return r.pd == pd && r.type == type; });
    return found == std::end(rules) ? nullptr : found;
}

}  // namespace

direction_rule may_send(side sender, protocol pd, std::uint8_t type) {
    const rule* r = find_rule(pd, type);
    if (r == nullptr) return direction_rule::unknown_message;
    const std::uint8_t bit = sender == side::fixed ? from_fixed : from_portable;
    return (r->from & bit) != 0 ? direction_rule::allowed : direction_rule::not_from_this_side;
}

std::vector<std::uint8_t> missing_mandatory(side sender, const message& m) {
    std::vector<std::uint8_t> missing;
    const rule* r = find_rule(m.pd, m.type);
    if (r == nullptr || may_send(sender, m.pd, m.type) != direction_rule::allowed) return missing;
    for (std::uint8_t code : r->mandatory)
        if (code != none && m.find(code) == nullptr) missing.push_back(code);
    return missing;
}

}  // namespace dectbed::radio::nwk
