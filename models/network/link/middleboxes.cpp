#include "models/network/link/middleboxes.h"

#include "models/network/link/captive_portal.h"
#include "models/network/link/dns_meddling.h"
#include "models/network/link/packets.h"
#include "models/network/link/path_mtu.h"
#include "models/network/link/sip_alg.h"
#include "models/network/link/tcp_reset.h"

namespace dectbed::models::network {

using sim::byte_view;
using sim::bytes;

namespace {

constexpr std::uint16_t dns_port = 53, http_port = 80, sip_port = 5060;
constexpr std::size_t source_at = 12, destination_at = 16;
/// As common forwarders: a question that nobody has answered after this is forgotten, and so is the oldest of too many.
constexpr sim::duration dns_patience = std::chrono::seconds(10);
constexpr std::size_t dns_questions_max = 1024;
constexpr std::uint32_t lie_ttl_s = 60, capture_ttl_s = 0;

ipv4_address address_at(byte_view o, std::size_t at) { return {sim::byte_reader(o.subspan(at)).u32()}; }

/// Where it comes from and goes to; ports are 0 for protocols without any, and in fragments.
struct flow {
    std::uint8_t protocol = 0;
    endpoint source, destination;
};
flow flow_of(byte_view o) {
    flow f{o[9], {address_at(o, source_at), 0}, {address_at(o, destination_at), 0}};
    const bool fragment = ((o[6] & 0x3F) | o[7]) != 0;
    if (fragment || (f.protocol != protocol_tcp && f.protocol != protocol_udp)) return f;
    sim::byte_reader in(o.subspan(4u * (o[0] & 15u)));
    f.source.port = in.u16();
    f.destination.port = in.u16();
    return f;
}

byte_view udp_data(byte_view o) { return o.subspan(4u * (o[0] & 15u) + udp_header_octets); }

std::string text_of(const flow& f) {
    const char* const name = f.protocol == protocol_tcp    ? "tcp "
                             : f.protocol == protocol_udp  ? "udp "
                             : f.protocol == protocol_icmp ? "icmp "
                                                           : "other ";
    return name + (f.destination.port != 0 ? to_text(f.destination) : to_text(f.destination.address));
}

/// A UDP datagram between the same ends with other data; the old one if it would be too long.
void replace_data(bytes& octets, endpoint from, endpoint to, byte_view data) {
    const auto identification = static_cast<std::uint16_t>(octets[4] << 8 | octets[5]);
    auto encoded = encode_udp(from, to, data, identification, octets[8]);
    if (encoded) octets = std::move(encoded).assume_value();
}

}  // namespace

middleboxes::middleboxes(sim::simulation& s, sim::entity_id who, std::shared_ptr<const middlebox_parameters> p,
                         surroundings around)
    : sim_(s), who_(who), parameters_(std::move(p)), around_(std::move(around)), draws_(s.stream(who, "middleboxes")) {
    if (!parameters_->portal) return;
    s.faults().offer(who, "log_in", [this](const sim::fault_arguments&, bool begin) {
        logins_ += begin ? 1 : -1;
        say("captive portal", begin ? "opened" : "closed", begin ? "somebody logged in" : "the session ran out", {});
        return std::string();
    });
}

void middleboxes::forget() { asking_.clear(); }

void middleboxes::say(const char* box, const char* action, std::string detail, ipv4_address client) {
    sim::record::middlebox_action r;
    r.box = box;
    r.action = action;
    r.detail = std::move(detail);
    if (client) r.client = around_.client(client);
    sim_.publish(who_, std::move(r));
}

void middleboxes::say_icmp(ipv4_address to, const char* kind) {
    sim::record::icmp_sent r;
    r.to = to_text(to);
    r.kind = kind;
    sim_.publish(who_, std::move(r));
}

// --- on the way out ------------------------------------------------------------------------------------

bool middleboxes::to_router(byte_view octets) {
    const flow f = flow_of(octets);
    if (f.protocol == protocol_udp && f.destination.port == dns_port && (parameters_->dns || portal_closed())) {
        bytes question = sim::to_bytes(octets);
        if (portal_closed() && parameters_->portal->captures_dns) return !through_portal(question);
        if (!parameters_->dns) return false;
        ask_upstream(octets);
        return true;
    }
    if (f.protocol == protocol_tcp && f.destination.port == http_port && parameters_->portal) {
        auto answer = answer_as_portal(octets, around_.lan_address, parameters_->portal->login_url, ++identification_);
        if (answer.datagram) around_.to_lan(std::move(*answer.datagram));
        return true;
    }
    return false;
}

bool middleboxes::leaves(bytes& octets) {
    if (portal_closed() && !through_portal(octets)) return false;
    if (parameters_->firewall && !through_firewall(octets)) return false;
    if (parameters_->clamp_mss) clamp_mss(octets, parameters_->mtu);
    return fits_line(octets);
}

// Judged before translation, so that what is quoted to the sender is what it sent.
bool middleboxes::fits_line(const bytes& octets) {
    const bool dont_fragment = (octets[6] & 0x40) != 0;
    if (octets.size() <= parameters_->mtu || !dont_fragment) return true;
    around_.drop("longer than the line's MTU", octets.size());
    if (!parameters_->fragmentation_needed) return false;
    auto error = make_icmp_error(around_.lan_address, icmp_unreachable, icmp_fragmentation_needed, octets,
                                 static_cast<std::uint32_t>(parameters_->mtu));
    if (!error) return false;
    say_icmp(address_at(octets, source_at), "fragmentation needed");
    around_.to_lan(std::move(*error));
    return false;
}

bool middleboxes::portal_closed() const {
    if (!parameters_->portal || logins_ > 0) return false;
    const auto& after = parameters_->portal->opens_after;
    return !after || sim_.now() < sim::time_point{*after};
}

bool middleboxes::through_portal(bytes& octets) {
    const flow f = flow_of(octets);
    const auto& portal = *parameters_->portal;
    if (f.protocol == protocol_udp && f.destination.port == dns_port) {
        if (!portal.captures_dns) return true;
        if (auto answer = answer_with_address(udp_data(octets), around_.lan_address, capture_ttl_s)) {
            say("captive portal", "name captured", to_text(f.destination), f.source.address);
            auto datagram = encode_udp(f.destination, f.source, *answer, ++identification_);
            if (datagram) around_.to_lan(std::move(datagram).assume_value());
        }
        return false;
    }
    if (f.protocol == protocol_tcp && f.destination.port == http_port) {
        auto answer = answer_as_portal(octets, around_.lan_address, portal.login_url, ++identification_);
        if (!answer.redirected.empty()) say("captive portal", "redirected", answer.redirected, f.source.address);
        if (answer.datagram) around_.to_lan(std::move(*answer.datagram));
        return false;
    }
    if (f.protocol == protocol_tcp) {
        if (auto reset = reset_segment(octets, ++identification_)) around_.to_lan(std::move(*reset));
    }
    around_.drop("captive portal", octets.size());
    return false;
}

bool middleboxes::through_firewall(const bytes& octets) {
    const flow f = flow_of(octets);
    for (const auto& rule : parameters_->firewall->allow)
        if (rule.allows(f.protocol, f.destination.address, f.destination.port)) return true;
    const bool rejects = parameters_->firewall->rejects;
    say("firewall", rejects ? "rejected" : "dropped", text_of(f), f.source.address);
    around_.drop("firewall", octets.size());
    if (!rejects) return false;
    if (f.protocol == protocol_tcp) {
        if (auto reset = reset_segment(octets, ++identification_)) around_.to_lan(std::move(*reset));
    } else if (auto error =
                   make_icmp_error(around_.lan_address, icmp_unreachable, icmp_administratively_prohibited, octets)) {
        say_icmp(f.source.address, "administratively prohibited");
        around_.to_lan(std::move(*error));
    }
    return false;
}

void middleboxes::translated(bytes octets, endpoint inside) {
    const flow f = flow_of(octets);
    if (parameters_->sip_alg != sip_alg_mode::off && f.protocol == protocol_udp && f.destination.port == sip_port)
        rewrite_sip_in(octets, inside, f.source, parameters_->sip_alg == sip_alg_mode::corrupt, inside.address);
    for (auto& part : split_datagram(std::move(octets), parameters_->mtu)) around_.to_wan(std::move(part));
}

void middleboxes::rewrite_sip_in(bytes& octets, endpoint from, endpoint to, bool everywhere, ipv4_address client) {
    const auto text = sim::text(udp_data(octets));
    if (!looks_like_sip(text)) return;
    const std::string changed = rewrite_sip(text, from, to, everywhere);
    if (changed == text) return;
    const flow f = flow_of(octets);
    const std::string first_line = changed.substr(0, changed.find("\r\n"));
    replace_data(octets, f.source, f.destination,
                 byte_view(reinterpret_cast<const std::uint8_t*>(changed.data()), changed.size()));
    say("sip alg", everywhere ? "garbled" : "rewritten", first_line + ": " + to_text(from) + " is now " + to_text(to),
        client);
}

// --- DNS --------------------------------------------------------------------------------------------------

void middleboxes::ask_upstream(byte_view octets) {
    const flow f = flow_of(octets);
    const auto& dns = *parameters_->dns;
    if (draws_.unit() < dns.loss) {
        say("dns forwarder", "question lost", to_text(f.source), f.source.address);
        return around_.drop("dns forwarder", static_cast<std::size_t>(octets.size()));
    }
    if (asking_.size() >= dns_questions_max) {
        for (auto it = asking_.begin(); it != asking_.end();)
            it = it->second <= sim_.now() ? asking_.erase(it) : std::next(it);
        if (asking_.size() >= dns_questions_max)
            return around_.drop("dns forwarder: too many questions", static_cast<std::size_t>(octets.size()));
    }
    asking_[f.source] = sim_.now() + dns_patience;
    auto question = encode_udp(f.source, {dns.upstream, dns_port}, udp_data(octets), ++identification_);
    if (question) around_.forward(std::move(question).assume_value());
}

/// An answer to a question that the router has passed on: from now on it is the router's own. False: it is not one.
bool middleboxes::answer_of_upstream(bytes& octets) {
    const flow f = flow_of(octets);
    const auto& dns = *parameters_->dns;
    if (f.protocol != protocol_udp || f.source != endpoint{dns.upstream, dns_port}) return false;
    const auto asked = asking_.find(f.destination);
    if (asked == asking_.end()) return false;
    if (asked->second <= sim_.now()) {
        asking_.erase(asked);
        return false;
    }
    const bytes message = sim::to_bytes(udp_data(octets));
    const auto glance = glance_at_dns(message);
    constexpr std::uint8_t name_error = 3;
    std::optional<bytes> lie;
    if (glance && (dns.lie == dns_lie::wrong || (dns.lie == dns_lie::wildcard && glance->rcode == name_error)))
        lie = answer_with_address(message, dns.address, lie_ttl_s);
    if (lie) say("dns forwarder", "lied", "the name has " + to_text(dns.address), f.destination.address);
    replace_data(octets, {around_.lan_address, dns_port}, f.destination, lie ? byte_view(*lie) : byte_view(message));
    return true;
}

// --- on the way in ------------------------------------------------------------------------------------------

void middleboxes::arrives(bytes octets, endpoint outside) {
    if (parameters_->clamp_mss) clamp_mss(octets, parameters_->mtu);
    const flow f = flow_of(octets);
    if (parameters_->sip_alg == sip_alg_mode::rewrite && f.protocol == protocol_udp && f.source.port == sip_port)
        rewrite_sip_in(octets, outside, f.destination, false, f.destination.address);
    if (!parameters_->dns || !answer_of_upstream(octets)) return around_.to_lan(std::move(octets));
    const auto delay = parameters_->dns->delay.sample_time(draws_);
    if (delay <= sim::duration{0}) return around_.to_lan(std::move(octets));
    sim_.kernel().after(delay, [this, late = std::move(octets)]() mutable { around_.to_lan(std::move(late)); });
}

}  // namespace dectbed::models::network
