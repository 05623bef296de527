#include "models/network/link/nat.h"

#include <algorithm>

#include "models/network/link/checksum.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

namespace {

constexpr std::size_t sessions_max = 64;          ///< of one mapping; the one that ends first makes room
constexpr std::uint32_t port_attempts_max = 128;  ///< bounds the cost of a nearly full port range
constexpr std::size_t source_at = 12, destination_at = 16, header_sum_at = 10;

std::uint64_t number_of(endpoint e) { return static_cast<std::uint64_t>(e.address.value) << 16 | e.port; }
std::uint64_t outside_key(std::uint8_t protocol, std::uint16_t port) {
    return static_cast<std::uint64_t>(protocol) << 16 | port;
}

std::uint16_t get(const sim::bytes& o, std::size_t at) { return static_cast<std::uint16_t>(o[at] << 8 | o[at + 1]); }
void put(sim::bytes& o, std::size_t at, std::uint16_t v) {
    o[at] = static_cast<std::uint8_t>(v >> 8);
    o[at + 1] = static_cast<std::uint8_t>(v);
}
ipv4_address get_address(const sim::bytes& o, std::size_t at) {
    return {static_cast<std::uint32_t>(get(o, at)) << 16 | get(o, at + 2)};
}

/// One transport header inside a buffer, and which of its words are which.
struct transport_at {
    std::size_t ip = 0;     ///< offset of the IPv4 header
    std::size_t start = 0;  ///< offset of the transport header
    std::uint8_t protocol = 0;
    std::size_t end = 0;  ///< of what is there of it

    std::size_t sum_at() const { return start + (protocol == protocol_tcp ? 16u : protocol == protocol_udp ? 6u : 2u); }
    std::size_t port_at(bool source) const {
        if (protocol == protocol_icmp) return start + 4;  // the identifier serves both
        return start + (source ? 0u : 2u);
    }
};

/// Corrects one checksum for a changed word; an absent one (quoted in part, or UDP's 0) stays absent.
void correct(sim::bytes& o, const transport_at& t, std::uint16_t old_word, std::uint16_t new_word) {
    const auto at = t.sum_at();
    if (at + 2 > t.end) return;
    auto sum = get(o, at);
    if (t.protocol == protocol_udp && sum == 0) return;
    sum = checksum_update(sum, old_word, new_word);
    if (t.protocol == protocol_udp && sum == 0) sum = 0xFFFF;
    put(o, at, sum);
}

/// Replaces the source (or destination) address and port.
void rewrite(sim::bytes& o, const transport_at& t, bool source, endpoint to) {
    const auto at = t.ip + (source ? source_at : destination_at);
    for (std::size_t half = 0; half < 2; ++half) {
        const auto old_word = get(o, at + 2 * half);
        const auto new_word = static_cast<std::uint16_t>(to.address.value >> (half == 0 ? 16 : 0));
        put(o, at + 2 * half, new_word);
        put(o, t.ip + header_sum_at, checksum_update(get(o, t.ip + header_sum_at), old_word, new_word));
        if (t.protocol != protocol_icmp) correct(o, t, old_word, new_word);  // ICMP has no pseudo header
    }
    const auto port_at = t.port_at(source);
    const auto old_port = get(o, port_at);
    put(o, port_at, to.port);
    correct(o, t, old_port, to.port);
}

}  // namespace

/// What a datagram belongs to.
struct nat::flow {
    transport_at at;
    endpoint local, remote;  ///< local: the side of the NAT's inside, before or after translation
    std::uint8_t tcp_flags = 0;
};

nat::nat(ipv4_address outside, nat_parameters p, sim::random_stream ports)
    : outside_(outside), parameters_(p), ports_(std::move(ports)) {
    if (parameters_.mappings_max != 0) make_table();
}

void nat::clear() {
    mappings_.clear();
    unused_.clear();
    if (parameters_.mappings_max != 0)
        *table_ = {};
    else
        table_ = nullptr;
    endings_ = {};
}

nat::inside_key nat::key_of(std::uint8_t protocol, endpoint inside, endpoint remote) const {
    if (parameters_.mapping == nat_behaviour::endpoint_independent) remote = {};
    if (parameters_.mapping == nat_behaviour::address_dependent) remote.port = 0;
    return {static_cast<std::uint64_t>(protocol) << 48 | number_of(inside), number_of(remote)};
}

std::optional<endpoint> nat::outside_of(std::uint8_t protocol, endpoint inside, endpoint remote,
                                        sim::time_point now) const {
    const mapping* const found = at(key_of(protocol, inside, remote));
    if (found == nullptr || found->until <= now) return std::nullopt;
    return endpoint{outside_, found->outside_port};
}

nat::nature nat::nature_of(const sim::bytes& octets, flow& f) {
    if ((get(octets, 6) & 0x3FFF) != 0) return nature::fragment;
    const std::size_t header = 4u * (octets[0] & 15);
    f.at = {0, header, octets[9], octets.size()};
    switch (f.at.protocol) {
        case protocol_icmp:
            return octets[header] == icmp_echo || octets[header] == icmp_echo_reply ? nature::of_a_flow
                                                                                    : nature::icmp_error;
        case protocol_tcp:
            f.tcp_flags = octets[header + 13];
            return nature::of_a_flow;
        case protocol_udp:
            return nature::of_a_flow;
        default:
            return nature::other_protocol;
    }
}

std::string_view nat::why_not(nature is) {
    return is == nature::fragment ? "fragments are not translated" : "protocol is not translated";
}

std::optional<std::string_view> nat::outbound(sim::bytes& octets, sim::time_point now) {
    flow f;
    const nature is = nature_of(octets, f);
    if (is == nature::icmp_error) return error(octets, f.at.start, true, now);
    if (is != nature::of_a_flow) return why_not(is);
    f.local = {get_address(octets, source_at), get(octets, f.at.port_at(true))};
    f.remote = {get_address(octets, destination_at),
                f.at.protocol == protocol_icmp ? std::uint16_t{0} : get(octets, f.at.port_at(false))};
    const auto key = key_of(f.at.protocol, f.local, f.remote);
    mapping* m = find_inside(key, now);
    if (m == nullptr) {
        std::string_view refusal;
        m = make(f.at.protocol, f.local, key, now, refusal);
        if (m == nullptr) return refusal;
    }
    touch(*m, f, true, now);
    rewrite(octets, f.at, true, {outside_, m->outside_port});
    return std::nullopt;
}

std::optional<std::string_view> nat::inbound(sim::bytes& octets, sim::time_point now) {
    flow f;
    const nature is = nature_of(octets, f);
    if (is == nature::icmp_error) return error(octets, f.at.start, false, now);
    if (is != nature::of_a_flow) return why_not(is);
    f.remote = {get_address(octets, source_at),
                f.at.protocol == protocol_icmp ? std::uint16_t{0} : get(octets, f.at.port_at(true))};
    mapping* const m = find_outside(f.at.protocol, get(octets, f.at.port_at(false)), now);
    if (m == nullptr) return "no mapping";
    if (!passes(*m, f.remote, now)) return "filtered: no session with this sender";
    f.local = m->inside;
    touch(*m, f, false, now);
    rewrite(octets, f.at, false, m->inside);
    return std::nullopt;
}

std::optional<std::string_view> nat::hairpin(sim::bytes& octets, sim::time_point now) {
    if (parameters_.hairpinning == hairpinning::none) return "no hairpinning";
    const std::size_t header = 4u * (octets[0] & 15);
    const transport_at at{0, header, octets[9], octets.size()};
    const ipv4_address sender = get_address(octets, source_at);
    const bool error = at.protocol == protocol_icmp && octets[header] != icmp_echo && octets[header] != icmp_echo_reply;
    const std::uint16_t port = error ? std::uint16_t{0} : get(octets, at.port_at(true));
    if (const auto reason = outbound(octets, now)) return reason;
    if (const auto reason = inbound(octets, now)) return reason;
    if (parameters_.hairpinning == hairpinning::internal_source && !error && at.protocol != protocol_icmp)
        rewrite(octets, at, true, {sender, port});
    return std::nullopt;
}

// RFC 5508, 4: an ICMP error is passed on if the datagram that it quotes belongs to a mapping; it neither
// makes, keeps nor ends one. Outbound errors quote what came in (its destination is inside), inbound errors
// quote what went out (its source is outside).
std::optional<std::string_view> nat::error(sim::bytes& octets, std::size_t header, bool out, sim::time_point now) {
    const auto type = octets[header];
    if (type != icmp_unreachable && type != icmp_time_exceeded && type != 12) return "ICMP type is not translated";
    const std::size_t quoted = header + icmp_header_octets;
    const transport_at at{quoted, quoted + 4u * (octets[quoted] & 15), octets[quoted + 9], octets.size()};
    if (at.protocol != protocol_tcp && at.protocol != protocol_udp && at.protocol != protocol_icmp)
        return "protocol is not translated";
    if ((get(octets, quoted + 6) & 0x1FFF) != 0) return "ICMP error about a fragment without ports";
    if (at.protocol == protocol_icmp && octets[at.start] != icmp_echo && octets[at.start] != icmp_echo_reply)
        return "ICMP error about an ICMP error";
    const auto port = get(octets, at.port_at(!out));
    const mapping* m = nullptr;
    if (out) {
        const endpoint remote{get_address(octets, quoted + source_at),
                              at.protocol == protocol_icmp ? std::uint16_t{0} : get(octets, at.port_at(true))};
        m = find_inside(key_of(at.protocol, {get_address(octets, quoted + destination_at), port}, remote), now);
    } else {
        m = find_outside(at.protocol, port, now);
    }
    if (m == nullptr) return "ICMP error without a mapping";
    if (!out && get_address(octets, quoted + source_at) != outside_) return "ICMP error about another host";
    const endpoint outside{outside_, m->outside_port};
    rewrite(octets, at, !out, out ? outside : m->inside);

    const std::size_t address_at = out ? source_at : destination_at;
    const auto old_address = get_address(octets, address_at);
    const auto new_address = out ? outside_ : m->inside.address;
    put(octets, address_at, static_cast<std::uint16_t>(new_address.value >> 16));
    put(octets, address_at + 2, static_cast<std::uint16_t>(new_address.value));
    put(octets, header_sum_at, checksum_update(get(octets, header_sum_at), old_address, new_address));
    put(octets, header + 2, 0);
    put(octets, header + 2, internet_checksum(sim::byte_view(octets).subspan(header)));
    return std::nullopt;
}

// --- mappings -----------------------------------------------------------------------------------------

nat::inside_key nat::mapping::key() const {
    return {static_cast<std::uint64_t>(protocol) << 48 | number_of(inside), remote};
}

const nat::mapping* nat::at(const inside_key& key) const {
    if (!table_) {
        const auto found =
            std::find_if(mappings_.begin(), mappings_.end(), [&](const mapping& m) { return m.key() == key; });
        return found == mappings_.end() ? nullptr : &*found;
    }
    const auto found = table_->by_inside.find(key);
    return found == table_->by_inside.end() ? nullptr : &mappings_[found->second];
}

const nat::mapping* nat::at(std::uint8_t protocol, std::uint16_t port) const {
    if (!table_) {
        const auto found = std::find_if(mappings_.begin(), mappings_.end(), [&](const mapping& m) {
            return m.outside_port == port && m.protocol == protocol;
        });
        return found == mappings_.end() ? nullptr : &*found;
    }
    const auto found = table_->by_outside.find(outside_key(protocol, port));
    return found == table_->by_outside.end() ? nullptr : &mappings_[found->second];
}

nat::mapping* nat::alive(const mapping* m, sim::time_point now) {
    if (m == nullptr) return nullptr;
    const std::uint32_t index = index_of(*m);
    if (m->until > now) return &mappings_[index];
    release(index);
    return nullptr;
}

nat::mapping* nat::find_inside(const inside_key& key, sim::time_point now) { return alive(at(key), now); }

nat::mapping* nat::find_outside(std::uint8_t protocol, std::uint16_t port, sim::time_point now) {
    return alive(at(protocol, port), now);
}

/// Among few. An idle home, of which there are many, keeps room for little more than what is alive.
void nat::drop_expired(sim::time_point now) {
    mappings_.erase(
        std::remove_if(mappings_.begin(), mappings_.end(), [&](const mapping& m) { return m.until <= now; }),
        mappings_.end());
    if (mappings_.capacity() > 2 * (mappings_.size() + 1)) mappings_.shrink_to_fit();
}

void nat::make_table() {
    table_ = std::make_unique<table>();
    for (const mapping& m : mappings_) {
        table_->by_inside[m.key()] = index_of(m);
        table_->by_outside[outside_key(m.protocol, m.outside_port)] = index_of(m);
    }
}

bool nat::port_free(std::uint8_t protocol, std::uint16_t port, sim::time_point now) {
    return port != 0 && find_outside(protocol, port, now) == nullptr;
}

std::optional<std::uint16_t> nat::choose_port(std::uint8_t protocol, std::uint16_t inside_port, sim::time_point now) {
    const std::uint32_t low = parameters_.first_port, high = parameters_.last_port;
    const bool all_ports = low == nat_parameters{}.first_port && high == nat_parameters{}.last_port;
    if (parameters_.ports == port_allocation::preserve && (all_ports || (inside_port >= low && inside_port <= high))) {
        if (port_free(protocol, inside_port, now)) return inside_port;
        // An ICMP identifier of 0 is as good as any.
        if (protocol == protocol_icmp && inside_port == 0 && find_outside(protocol, 0, now) == nullptr)
            return inside_port;
    }
    const std::uint32_t step = parameters_.keep_parity && protocol == protocol_udp ? 2 : 1;
    const std::uint32_t range = (high + 1 - low) / step;
    const std::uint32_t first = low + (step == 2 ? (inside_port ^ low) & 1u : 0u);
    const bool in_order = parameters_.ports == port_allocation::sequential;
    const auto start = in_order ? next_port_ / step : static_cast<std::uint32_t>(ports_.below(range));
    for (std::uint32_t attempt = 0; attempt < port_attempts_max; ++attempt) {
        const std::uint32_t place = (start + attempt) % range;
        const auto port = static_cast<std::uint16_t>(first + place * step);
        if (!port_free(protocol, port, now)) continue;
        if (in_order) next_port_ = (place + 1) % range * step;
        return port;
    }
    return std::nullopt;
}

/// Makes sure that one more mapping is allowed. A mapping that is alive goes back with its present end, so it is looked
/// at once in each of its lifetimes.
bool nat::make_room(sim::time_point now) {
    if (parameters_.mappings_max == 0) return true;
    while (size() >= parameters_.mappings_max && !endings_.empty() && endings_.top().at <= now) {
        const ending e = endings_.top();
        endings_.pop();
        const mapping& m = mappings_[e.index];
        if (m.life != e.life) continue;
        if (m.until <= now) {
            release(e.index);
        } else {
            endings_.push({m.until, e.index, e.life});
        }
    }
    return size() < parameters_.mappings_max;
}

nat::mapping* nat::make(std::uint8_t protocol, endpoint inside, const inside_key& key, sim::time_point now,
                        std::string_view& refusal) {
    const bool room = make_room(now);
    const auto chosen = room ? choose_port(protocol, inside.port, now) : std::nullopt;
    if (!chosen) {
        refusal = room ? "no free outside port" : "translation table full";
        return nullptr;
    }
    const std::uint16_t port = *chosen;
    if (!table_) drop_expired(now);
    if (!table_ && mappings_.size() == few) make_table();
    std::uint32_t index = 0;
    if (unused_.empty()) {
        index = static_cast<std::uint32_t>(mappings_.size());
        if (!table_ && mappings_.capacity() == mappings_.size()) mappings_.reserve(mappings_.size() + 2);
        mappings_.emplace_back();
    } else {
        index = unused_.back();
        unused_.pop_back();
    }
    mapping& m = mappings_[index];
    m.protocol = protocol;
    m.inside = inside;
    m.remote = key.remote;
    m.outside_port = port;
    m.until = now;
    m.sessions.clear();
    // Its first end is looked up when it is due: until then nobody knows it.
    if (parameters_.mappings_max != 0) endings_.push({now, index, m.life});
    if (table_) {
        table_->by_inside[key] = index;
        table_->by_outside[outside_key(protocol, port)] = index;
    }
    return &m;
}

void nat::release(std::uint32_t index) {
    if (!table_) {
        mappings_.erase(mappings_.begin() + index);
        return;
    }
    mapping& m = mappings_[index];
    table_->by_inside.erase(m.key());
    table_->by_outside.erase(outside_key(m.protocol, m.outside_port));
    ++m.life;
    m.sessions = {};
    unused_.push_back(index);
}

nat::session* nat::find_session(mapping& m, endpoint remote) {
    const auto found =
        std::find_if(m.sessions.begin(), m.sessions.end(), [&](const session& s) { return s.remote == remote; });
    return found == m.sessions.end() ? nullptr : &*found;
}

bool nat::passes(const mapping& m, endpoint remote, sim::time_point now) const {
    if (parameters_.filtering == nat_behaviour::endpoint_independent) return true;
    const bool port_too = parameters_.filtering == nat_behaviour::address_and_port_dependent;
    return std::any_of(m.sessions.begin(), m.sessions.end(), [&](const session& s) {
        return s.until > now && (port_too ? s.remote == remote : s.remote.address == remote.address);
    });
}

void nat::touch(mapping& m, const flow& f, bool out, sim::time_point now) {
    const bool tcp = f.at.protocol == protocol_tcp;
    const bool refreshes = out || tcp || parameters_.refresh_from_outside;
    const bool kept_alive = f.at.protocol == protocol_udp && f.remote.port == parameters_.kept_alive_port;
    if (!tcp && parameters_.filtering == nat_behaviour::endpoint_independent) {
        // Nobody asks with whom; the mapping's own time is enough.
        const auto timeout = f.at.protocol == protocol_udp ? parameters_.udp_timeout : parameters_.icmp_timeout;
        if (refreshes) m.until = kept_alive ? sim::time_point::max() : std::max(m.until, now + timeout);
        return;
    }
    session* s = find_session(m, f.remote);
    if (s == nullptr) {
        if (!tcp && !out) return;  // only what was sent to opens the filter
        if (m.sessions.size() == sessions_max) {
            s = &*std::min_element(m.sessions.begin(), m.sessions.end(),
                                   [](const session& a, const session& b) { return a.until < b.until; });
        } else {
            s = &m.sessions.emplace_back();
        }
        *s = session{};
        s->remote = f.remote;
    }
    sim::duration timeout = f.at.protocol == protocol_udp ? parameters_.udp_timeout : parameters_.icmp_timeout;
    if (tcp) {
        const bool syn = (f.tcp_flags & tcp_syn) != 0, ack = (f.tcp_flags & tcp_ack) != 0;
        // A SYN on known endpoints is a new connection, of a client that restarted for example.
        if (syn && !ack) s->out = s->in = s->fin_out = s->fin_in = s->reset = false;
        (out ? s->out : s->in) = true;
        if ((f.tcp_flags & tcp_fin) != 0) (out ? s->fin_out : s->fin_in) = true;
        if ((f.tcp_flags & tcp_rst) != 0) s->reset = true;
        const bool established = s->out && s->in && !s->reset && !(s->fin_out && s->fin_in);
        timeout = established ? parameters_.tcp_established_timeout : parameters_.tcp_transitory_timeout;
    }
    if (refreshes) s->until = kept_alive ? sim::time_point::max() : now + timeout;
    // The mapping lives as long as its longest session.
    m.until = s->until;
    for (const auto& other : m.sessions) m.until = std::max(m.until, other.until);
}

}  // namespace dectbed::models::network
