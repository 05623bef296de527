#include "models/servers/turn_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/servers/stun_server.h"

namespace dectbed::models::servers {

namespace {

constexpr sim::duration permission_life = std::chrono::minutes{5};  // RFC 8656, 9
constexpr sim::duration channel_life = std::chrono::minutes{10};    // RFC 8656, 12
constexpr std::uint16_t channel_first = 0x4000, channel_last = 0x4FFF;
constexpr std::uint8_t protocol_udp = 17, family_ipv4 = 1;
constexpr std::size_t channel_header_octets = 4;
constexpr std::size_t permissions_max = 256;  // of one allocation: bounds what one client makes us keep

stun_message reply_to(const stun_message& request, stun_class kind) {
    stun_message reply;
    reply.kind = kind;
    reply.method = request.method;
    reply.transaction = request.transaction;
    return reply;
}

std::string text_of(const stun_message& m, std::uint16_t type) {
    const stun_attribute* a = m.find(type);
    return a == nullptr ? std::string{} : std::string(a->value.begin(), a->value.end());
}

std::optional<network::endpoint> peer_of(const stun_message& m) {
    const stun_attribute* a = m.find(turn_xor_peer_address);
    return a == nullptr ? std::nullopt : read_stun_xor_address(a->value);
}

sim::bytes number(std::int64_t value) {
    sim::byte_writer w;
    w.u32(static_cast<std::uint32_t>(value));
    return w.take();
}

}  // namespace

std::optional<channel_data> decode_channel_data(sim::byte_view octets) {
    sim::byte_reader r(octets);
    channel_data c;
    c.channel = r.u16();
    const std::uint16_t length = r.u16();
    if (!r.ok() || c.channel < channel_first || c.channel > channel_last || length > r.left()) return std::nullopt;
    c.data = octets.subspan(channel_header_octets, length);  // over UDP padding may follow, or not
    return c;
}

sim::bytes encode_channel_data(std::uint16_t channel, sim::byte_view data) {
    sim::byte_writer w;
    w.u16(channel);
    w.u16(static_cast<std::uint16_t>(data.size()));
    w.octets(data);
    return w.take();
}

turn_server::turn_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, turn_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service),
      stack_(stack),
      socket_(stack.open_udp(parameters_.port)),
      nonces_(fmt::format("{:016x}", s.stream(who, "nonces").u64()), parameters_.nonce_life) {
    if (!socket_) throw sim::run_failure(s.journal().path_of(who), "its TURN port is taken");
    station_.offer_outage();
    station_.on_change = [this](outage_mode) {
        while (!allocations_.empty()) remove(allocations_.begin()->first, "lost");
    };
    socket_->on_data = [this](network::endpoint from, sim::byte_view data) { received(from, data); };
}

turn_server::~turn_server() {
    socket_->on_data = nullptr;
    for (auto& [client, a] : allocations_) {
        a.expiry.cancel();
        a.socket->on_data = nullptr;
    }
}

void turn_server::received(network::endpoint from, sim::byte_view data) {
    if (!station_.up()) {
        station_.refused("outage");
        return;
    }
    if (const auto c = decode_channel_data(data)) {  // what is relayed needs no worker
        const auto it = allocations_.find(from);
        if (it == allocations_.end()) return;
        const auto bound = it->second.channels.find(c->channel);
        if (bound == it->second.channels.end() || bound->second.until <= simulation_.now()) return;
        it->second.socket->send(bound->second.peer, c->data);
        return;
    }
    const auto decoded = decode_stun(data);
    if (!decoded.has_value()) {
        station_.refused("neither STUN nor channel data");
        return;
    }
    if (decoded.value().kind == stun_class::indication) {
        indication_received(from, decoded.value());
        return;
    }
    if (decoded.value().kind != stun_class::request) return;
    (void)station_.submit(
        [this, from, octets = sim::to_bytes(data)](sim::duration, sim::duration) { request_received(from, octets); });
}

void turn_server::challenge(network::endpoint from, const stun_message& m, int code, const std::string& reason) {
    stun_message reply = reply_to(m, stun_class::error);
    reply.add(stun_error_code, stun_error(code, reason));
    reply.add_text(stun_realm, parameters_.realm);
    reply.add_text(stun_nonce, nonces_.make(simulation_.now()));
    sim::bytes out = encode_stun(reply).value();
    add_fingerprint(out);
    socket_->send(from, out);
}

/// RFC 8489, 9.2.4.
void turn_server::request_received(network::endpoint from, const sim::bytes& octets) {
    const auto decoded = decode_stun(octets);
    const stun_message& m = decoded.value();
    if (m.method == stun_binding) {
        const stun_endpoints here{socket_->local().address, {}, parameters_.port, 0};
        const stun_reply r = answer_stun(octets, from, {}, here, {});
        if (r.result.empty()) return;
        simulation_.publish(who_, sim::record::stun_exchange{to_text(from), to_text(here.at({})), r.result});
        socket_->send(r.to, r.octets);
        return;
    }
    if (m.find(stun_message_integrity) == nullptr) {
        challenge(from, m, 401, "Unauthorized");
        return;
    }
    const std::string user = text_of(m, stun_username), nonce = text_of(m, stun_nonce);
    if (user.empty() || nonce.empty() || m.find(stun_realm) == nullptr) {
        refuse({m, from, user, {}}, 400, "Bad Request");
        return;
    }
    if (nonces_.check(nonce, simulation_.now()) != nonce_mint::state::fresh) {
        challenge(from, m, 438, "Stale Nonce");
        return;
    }
    const auto account = std::find_if(parameters_.accounts.begin(), parameters_.accounts.end(),
                                      [&](const auto& a) { return a.user == user || sim::path_matches(a.user, user); });
    const sim::bytes key = account == parameters_.accounts.end()
                               ? sim::bytes{}
                               : long_term_key(user, parameters_.realm, account->password);
    if (key.empty() || !integrity_right(octets, key)) {
        challenge(from, m, 401, "Unauthorized");
        if (m.method == turn_allocate) publish(from, "", 0, "401 Unauthorized");
        return;
    }
    handle({m, from, user, key});
}

void turn_server::handle(const authentic& r) {
    const auto known = allocations_.find(r.from);
    if (r.message.method == turn_allocate) {
        allocate(r);
    } else if (r.message.method != turn_refresh && r.message.method != turn_create_permission &&
               r.message.method != turn_channel_bind) {
        refuse(r, 400, "Bad Request");
    } else if (known == allocations_.end()) {
        refuse(r, 437, "Allocation Mismatch");
    } else if (known->second.user != r.user) {
        refuse(r, 441, "Wrong Credentials");
    } else if (r.message.method == turn_refresh) {
        refresh(r, known->second);
    } else if (r.message.method == turn_create_permission) {
        create_permission(r, known->second);
    } else {
        bind_channel(r, known->second);
    }
}

void turn_server::send(const authentic& r, stun_message reply) {
    sim::bytes out = encode_stun(reply).value();
    if (!r.key.empty()) add_integrity(out, r.key);
    add_fingerprint(out);
    if (r.message.method == turn_allocate && reply.kind == stun_class::success) {
        allocations_.at(r.from).answer = out;
    }
    socket_->send(r.from, out);
}

void turn_server::refuse(const authentic& r, int code, const std::string& reason) {
    stun_message reply = reply_to(r.message, stun_class::error);
    reply.add(stun_error_code, stun_error(code, reason));
    if (r.message.method == turn_allocate) publish(r.from, "", 0, fmt::format("{} {}", code, reason));
    send(r, std::move(reply));
}

/// RFC 8656, 7.2: at least the default, at most what we allow.
std::int64_t turn_server::lifetime_of(const stun_message& m) const {
    const stun_attribute* wanted = m.find(turn_lifetime);
    if (wanted == nullptr || wanted->value.size() != 4) return parameters_.lifetime_default_s;
    const std::int64_t asked = sim::byte_reader(wanted->value).u32();
    return std::max(std::min(asked, parameters_.lifetime_max_s),
                    std::min(parameters_.lifetime_default_s, parameters_.lifetime_max_s));
}

void turn_server::keep(allocation& a, std::int64_t lifetime_s) {
    a.expiry.cancel();
    a.expiry = simulation_.kernel().after(std::chrono::seconds{lifetime_s},
                                          [this, client = a.client] { remove(client, "expired"); });
}

void turn_server::allocate(const authentic& r) {
    const auto known = allocations_.find(r.from);
    if (known != allocations_.end()) {
        if (known->second.transaction == r.message.transaction) {  // our answer was lost
            socket_->send(r.from, known->second.answer);
        } else {
            refuse(r, 437, "Allocation Mismatch");
        }
        return;
    }
    const stun_attribute* transport = r.message.find(turn_requested_transport);
    const stun_attribute* family = r.message.find(turn_requested_address_family);
    if (transport == nullptr || transport->value.size() != 4 || (family != nullptr && family->value.size() != 4)) {
        refuse(r, 400, "Bad Request");
        return;
    }
    if (transport->value[0] != protocol_udp) {
        refuse(r, 442, "Unsupported Transport Protocol");
        return;
    }
    if (family != nullptr && family->value[0] != family_ipv4) {
        refuse(r, 440, "Address Family not Supported");
        return;
    }
    if (r.message.find(turn_reservation_token) != nullptr || r.message.find(turn_even_port) != nullptr) {
        refuse(r, 508, "Insufficient Capacity");  // no pairs of ports
        return;
    }
    const auto held = static_cast<std::size_t>(std::count_if(
        allocations_.begin(), allocations_.end(), [&](const auto& entry) { return entry.second.user == r.user; }));
    if (parameters_.quota != 0 && held >= parameters_.quota) {
        refuse(r, 486, "Allocation Quota Reached");
        return;
    }
    allocation a;
    a.user = r.user;
    a.client = r.from;
    a.transaction = r.message.transaction;
    a.socket = stack_.open_udp(0);
    if (!a.socket) {
        refuse(r, 508, "Insufficient Capacity");
        return;
    }
    a.relayed = a.socket->local();
    a.socket->on_data = [this, client = r.from](network::endpoint peer, sim::byte_view data) {
        peer_said(client, peer, data);
    };
    const std::int64_t lifetime_s = lifetime_of(r.message);
    const network::endpoint relayed = a.relayed;
    allocation& kept = allocations_.emplace(r.from, std::move(a)).first->second;
    keep(kept, lifetime_s);
    publish(r.from, to_text(relayed), lifetime_s, "allocated");
    stun_message reply = reply_to(r.message, stun_class::success);
    reply.add(turn_xor_relayed_address, stun_xor_address(relayed));
    reply.add(turn_lifetime, number(lifetime_s));
    reply.add(stun_xor_mapped_address, stun_xor_address(r.from));
    send(r, std::move(reply));
}

void turn_server::refresh(const authentic& r, allocation& a) {
    const stun_attribute* wanted = r.message.find(turn_lifetime);
    const bool ends = wanted != nullptr && wanted->value.size() == 4 && sim::byte_reader(wanted->value).u32() == 0;
    const std::int64_t lifetime_s = ends ? 0 : lifetime_of(r.message);
    stun_message reply = reply_to(r.message, stun_class::success);
    reply.add(turn_lifetime, number(lifetime_s));
    send(r, std::move(reply));
    if (ends) {
        remove(r.from, "deleted");
        return;
    }
    keep(a, lifetime_s);
    publish(r.from, to_text(a.relayed), lifetime_s, "refreshed");
}

void turn_server::create_permission(const authentic& r, allocation& a) {
    std::vector<network::ipv4_address> peers;
    for (const auto& attribute : r.message.attributes) {
        if (attribute.type != turn_xor_peer_address) continue;
        const auto peer = read_stun_xor_address(attribute.value);
        if (!peer) {
            refuse(r, 443, "Peer Address Family Mismatch");
            return;
        }
        peers.push_back(peer->address);
    }
    if (peers.empty()) {
        refuse(r, 400, "Bad Request");
        return;
    }
    if (a.permissions.size() + peers.size() > permissions_max) {
        refuse(r, 508, "Insufficient Capacity");
        return;
    }
    for (const auto peer : peers) a.permissions[peer] = simulation_.now() + permission_life;
    send(r, reply_to(r.message, stun_class::success));
}

void turn_server::bind_channel(const authentic& r, allocation& a) {
    const stun_attribute* wanted = r.message.find(turn_channel_number);
    const auto peer = peer_of(r.message);
    const std::uint16_t number =
        wanted == nullptr || wanted->value.size() != 4 ? std::uint16_t{0} : sim::byte_reader(wanted->value).u16();
    bool fits = peer && number >= channel_first && number <= channel_last;
    for (const auto& [other, bound] : a.channels) {
        // One channel to each peer, one peer behind each channel (RFC 8656, 12.2), as long as the binding lasts.
        if (fits && bound.until > simulation_.now() && (other == number) != (bound.peer == *peer)) fits = false;
    }
    if (!fits) {
        refuse(r, 400, "Bad Request");
        return;
    }
    if (a.permissions.size() >= permissions_max) {
        refuse(r, 508, "Insufficient Capacity");
        return;
    }
    a.channels[number] = {*peer, simulation_.now() + channel_life};
    a.permissions[peer->address] = simulation_.now() + permission_life;
    send(r, reply_to(r.message, stun_class::success));
}

bool turn_server::permitted(const allocation& a, network::ipv4_address peer) const {
    const auto known = a.permissions.find(peer);
    return known != a.permissions.end() && known->second > simulation_.now();
}

void turn_server::indication_received(network::endpoint from, const stun_message& m) {
    const auto it = allocations_.find(from);
    const auto peer = peer_of(m);
    const stun_attribute* data = m.find(turn_data_attribute);
    if (m.method != turn_send || it == allocations_.end() || !peer || data == nullptr) return;
    if (permitted(it->second, peer->address)) it->second.socket->send(*peer, data->value);
}

void turn_server::peer_said(network::endpoint client, network::endpoint peer, sim::byte_view data) {
    const auto it = allocations_.find(client);
    if (it == allocations_.end() || !permitted(it->second, peer.address)) return;
    for (const auto& [number, bound] : it->second.channels) {
        if (bound.peer != peer || bound.until <= simulation_.now()) continue;
        socket_->send(client, encode_channel_data(number, data));
        return;
    }
    stun_message m;
    m.kind = stun_class::indication;
    m.method = turn_data;
    // An indication has no answer, and nobody looks at its identifier.
    const auto id = static_cast<std::uint64_t>(simulation_.now().time_since_epoch().count());
    for (std::size_t i = 0; i < 8; ++i) m.transaction[i] = static_cast<std::uint8_t>(id >> (8 * i));
    m.add(turn_xor_peer_address, stun_xor_address(peer));
    m.add(turn_data_attribute, data);
    auto out = encode_stun(m);
    if (out.has_value()) socket_->send(client, out.value());
}

void turn_server::remove(network::endpoint client, const std::string& result) {
    const auto it = allocations_.find(client);
    if (it == allocations_.end()) return;
    it->second.expiry.cancel();
    it->second.socket->on_data = nullptr;
    const allocation over = std::move(it->second);
    allocations_.erase(it);
    publish(client, to_text(over.relayed), 0, result);
}

void turn_server::publish(network::endpoint client, const std::string& relayed, std::int64_t lifetime_s,
                          const std::string& result) {
    simulation_.publish(who_, sim::record::turn_allocation{to_text(client), relayed, lifetime_s, result});
}

}  // namespace dectbed::models::servers
