#include "models/servers/stun_server.h"

#include <algorithm>
#include <utility>

namespace dectbed::models::servers {

namespace {

constexpr std::uint32_t change_address = 0x4, change_port = 0x2;  // RFC 5780, 7.2
constexpr std::uint16_t comprehension_optional = 0x8000;          // RFC 8489, 14

/// Attributes that may stand in a request; credentials are not asked for, and therefore not looked at.
bool understood(std::uint16_t type, bool has_alternate) {
    switch (type) {
        case stun_username:
        case stun_message_integrity:
        case stun_realm:
        case stun_nonce:
        case stun_response_port:
        case stun_padding:
            return true;
        case stun_change_request:
            return has_alternate;
        default:
            return type >= comprehension_optional;
    }
}

stun_message reply_to(const stun_message& request, stun_class kind) {
    stun_message reply;
    reply.kind = kind;
    reply.method = request.method;
    reply.transaction = request.transaction;
    return reply;
}

sim::bytes finished(stun_message reply, const stun_message& request, const std::string& software) {
    if (!software.empty()) reply.add_text(stun_software, software);
    sim::bytes out = encode_stun(reply).value();  // some hundred octets, whatever was asked
    if (request.find(stun_fingerprint) != nullptr) add_fingerprint(out);
    return out;
}

/// RFC 8489, 6.3.1: 400 for what is malformed beyond its syntax, 420 for what is not understood.
sim::bytes refusal(const stun_message& request, int code, const std::string& reason,
                   const std::vector<std::uint16_t>& unknown, const std::string& software) {
    stun_message reply = reply_to(request, stun_class::error);
    reply.add(stun_error_code, stun_error(code, reason));
    if (!unknown.empty()) {
        sim::byte_writer w;
        for (const auto type : unknown) w.u16(type);
        reply.add(stun_unknown_attributes, w.data());
    }
    return finished(std::move(reply), request, software);
}

}  // namespace

network::endpoint stun_endpoints::at(stun_place p) const {
    return {p.alternate_address ? alternate_address : address, p.alternate_port ? alternate_port : port};
}

stun_reply answer_stun(sim::byte_view octets, network::endpoint source, stun_place arrived,
                       const stun_endpoints& server, const std::string& software) {
    constexpr std::size_t unknown_max = 32;  // bounds what a hostile request makes us say
    stun_reply r;
    r.from = arrived;
    r.to = source;
    const auto decoded = decode_stun(octets);
    if (!decoded) return r;
    const stun_message& request = decoded.assume_value();
    if (request.kind != stun_class::request || request.method != stun_binding) return r;
    const bool has_alternate = static_cast<bool>(server.alternate_address);

    std::vector<std::uint16_t> unknown;
    for (const auto& a : request.attributes) {
        const bool seen = std::find(unknown.begin(), unknown.end(), a.type) != unknown.end();
        if (!understood(a.type, has_alternate) && !seen && unknown.size() < unknown_max) unknown.push_back(a.type);
    }
    if (!unknown.empty()) {
        r.result = "420 Unknown Attribute";
        r.octets = refusal(request, 420, "Unknown Attribute", unknown, software);
        return r;
    }
    const stun_attribute* change = request.find(stun_change_request);
    const stun_attribute* port = request.find(stun_response_port);
    const stun_attribute* padding = request.find(stun_padding);
    // RFC 5780, 6.1: PADDING would go out fragmented to a port of somebody's choice.
    if ((change != nullptr && change->value.size() != 4) || (port != nullptr && port->value.size() < 2) ||
        (port != nullptr && padding != nullptr)) {
        r.result = "400 Bad Request";
        r.octets = refusal(request, 400, "Bad Request", {}, software);
        return r;
    }
    if (change != nullptr) {
        const std::uint32_t flags = sim::byte_reader(change->value).u32();
        if ((flags & change_address) != 0) r.from.alternate_address = !r.from.alternate_address;
        if ((flags & change_port) != 0) r.from.alternate_port = !r.from.alternate_port;
    }
    if (port != nullptr) r.to.port = sim::byte_reader(port->value).u16();

    stun_message reply = reply_to(request, stun_class::success);
    reply.add(stun_xor_mapped_address, stun_xor_address(source));
    reply.add(stun_mapped_address, stun_address(source));
    if (has_alternate) {
        reply.add(stun_response_origin, stun_address(server.at(r.from)));
        reply.add(stun_other_address, stun_address(server.at({!arrived.alternate_address, !arrived.alternate_port})));
    }
    if (padding != nullptr) reply.add(stun_padding, padding->value);
    r.octets = finished(std::move(reply), request, software);
    r.result = "mapped";
    return r;
}

stun_server::stun_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, network::ip_stack* alternate,
                         stun_parameters parameters)
    : simulation_(s), who_(who), parameters_(std::move(parameters)), station_(s, who, parameters_.service) {
    endpoints_.port = parameters_.port;
    endpoints_.alternate_port = parameters_.alternate_port;
    for (const bool second : {false, true}) {
        network::ip_stack* const at = second ? alternate : &stack;
        if (at == nullptr) continue;
        for (const bool other_port : {false, true}) {
            if (other_port && alternate == nullptr) continue;  // nobody is told of it
            const stun_place place{second, other_port};
            auto& opened = socket(place);
            opened = at->open_udp(other_port ? parameters_.alternate_port : parameters_.port);
            if (!opened) throw sim::run_failure(s.journal().path_of(who), "its STUN port is taken");
            opened->on_data = [this, place](network::endpoint from, sim::byte_view data) {
                received(place, from, data);
            };
        }
    }
    endpoints_.address = socket({})->local().address;
    if (alternate != nullptr) endpoints_.alternate_address = socket({true, false})->local().address;
    station_.offer_outage();
}

stun_server::~stun_server() {
    for (auto& ports : sockets_)
        for (auto& s : ports)
            if (s) s->on_data = nullptr;
}

void stun_server::received(stun_place arrived, network::endpoint from, sim::byte_view data) {
    (void)station_.submit([this, arrived, from, request = sim::to_bytes(data)](sim::duration, sim::duration) {
        const stun_reply r = answer_stun(request, from, arrived, endpoints_, parameters_.software);
        if (r.result.empty()) {
            station_.refused("not a STUN Binding request");
            return;
        }
        simulation_.publish(who_, sim::record::stun_exchange{to_text(from), to_text(endpoints_.at(r.from)), r.result});
        socket(r.from)->send(r.to, r.octets);
    });
}

}  // namespace dectbed::models::servers
