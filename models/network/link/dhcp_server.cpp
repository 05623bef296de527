#include "models/network/link/dhcp_server.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "models/network/link/frame_guard.h"
#include "models/network/link/impairment.h"

namespace dectbed::models::network {

using sim::byte_view;
using sim::bytes;

namespace {

constexpr std::uint32_t pool_addresses_max = 65536;
constexpr std::size_t message_octets_min_max = 576;  ///< every client takes this much (RFC 2131, 2)
constexpr std::size_t ip_and_udp_octets = 28;

std::uint32_t mask_of(unsigned prefix_length) {
    return prefix_length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix_length);
}

std::uint32_t whole_seconds(sim::duration d) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(d).count());
}

/// Options worth reading in the journal; texts end at the first NUL.
std::string facts_of(const dhcp_message& m) {
    std::string facts;
    const auto add = [&](const char* name, std::string_view value) {
        value = value.substr(0, value.find('\0'));
        if (value.empty()) return;
        if (!facts.empty()) facts += "; ";
        facts.append(name).append(" ");
        for (const char c : value) facts += c >= ' ' && c <= '~' ? c : '?';
    };
    add("vendor class", m.text(dhcp_vendor_class));
    add("host name", m.text(dhcp_host_name));
    add("boot server", m.text(dhcp_tftp_server_name));
    add("boot file", m.text(dhcp_bootfile_name));
    add("message", m.text(dhcp_message_text));
    if (const bytes* field = m.find(dhcp_vendor_specific)) add("vendor specific", sim::to_hex(*field));
    if (const bytes* field = m.find(dhcp_sip_servers)) {
        const auto servers = decode_sip_servers(*field);
        if (servers && !servers.assume_value().empty()) add("sip server", servers.assume_value().front());
    }
    return facts;
}

auto all_of(const dhcp_server_parameters& p) {
    return std::tie(p.server, p.prefix_length, p.first, p.last, p.router, p.dns, p.domain, p.vendor_specific,
                    p.vendor_class_prefix, p.tftp_server_name, p.offered, p.renewal_time, p.rebinding_time, p.others,
                    p.others_until, p.lease_time, p.offer_hold, p.decline_hold, p.response_delay, p.authoritative);
}

/// The servers of a hundred thousand homes mostly go by the same: who is made after one of his kind shares with it.
std::shared_ptr<const dhcp_server_parameters> shared(dhcp_server_parameters p) {
    static std::weak_ptr<const dhcp_server_parameters> newest;
    if (const auto before = newest.lock(); before && *before == p) return before;
    const auto own = std::make_shared<const dhcp_server_parameters>(std::move(p));
    newest = own;
    return own;
}

}  // namespace

bool operator==(const dhcp_server_parameters& x, const dhcp_server_parameters& y) { return all_of(x) == all_of(y); }

dhcp_server::dhcp_server(sim::simulation& s, sim::entity_id who, dhcp_server_parameters p, reply_sink send,
                         std::shared_ptr<dhcp_faults> faults)
    : sim_(s), who_(who), parameters_(shared(std::move(p))), send_(std::move(send)), faults_(std::move(faults)) {
    const auto first = parameters_->first, last = parameters_->last;
    if (parameters_->prefix_length < 1 || parameters_->prefix_length > 30)
        throw std::invalid_argument("DHCP: prefix length is not 1 to 30");
    if (last < first || last.value - first.value >= pool_addresses_max)
        throw std::invalid_argument("DHCP: the pool must hold 1 to 65536 addresses");
    if (!on_lan(first) || !on_lan(last)) throw std::invalid_argument("DHCP: the pool reaches beyond the LAN's prefix");
    restart(true);
    if (faults_) return;
    faults_ = std::make_shared<dhcp_faults>();
    dhcp_faults::offer(sim_, who_, faults_);
}

void dhcp_server::restart(bool forget) {
    ++start_;
    if (!forget) return;
    clients_.clear();
    by_end_.clear();
    leases_.clear();
    untouched_ = parameters_->first.value;
    // Addresses that no client may have: the server's, the router's, the LAN's own and its broadcast address.
    const auto mask = mask_of(parameters_->prefix_length);
    for (std::uint32_t value : {parameters_->server.value, parameters_->router.value, parameters_->server.value & mask,
                                parameters_->server.value | ~mask})
        if (in_pool({value})) set(assign({value}, {}), lease_state::declined, sim::time_point::max());
    const sim::time_point leave{parameters_->others_until};
    for (std::uint32_t i = 0; i < parameters_->others && leave > sim_.now(); ++i) {
        const ipv4_address a{parameters_->first.value + i};
        if (in_pool(a) && leases_.count(a.value) == 0) set(assign(a, {}), lease_state::declined, leave);
    }
}

std::size_t dhcp_server::leases() const {
    const auto now = sim_.now();
    return static_cast<std::size_t>(std::count_if(leases_.begin(), leases_.end(), [now](const auto& l) {
        return l.second.state == lease_state::bound && l.second.until > now;
    }));
}

void dhcp_server::receive(byte_view payload) {
    const auto octets = static_cast<std::size_t>(payload.size());
    const auto drop = [&](std::string_view reason) { publish_drop(sim_, who_, "dhcp server", reason, octets); };
    if (faults_->outages > 0) return drop("outage");
    const auto decoded = decode_dhcp(payload);
    if (!decoded) return drop(decoded.assume_error().reason);
    const auto& m = decoded.assume_value();
    const auto type = m.type();
    if (m.op != 1) return drop("not a request");
    if (!type) return drop("message type unknown");
    if (m.htype != 1 || m.hlen != 6 || m.client_mac().is_group()) return drop("client address is no Ethernet address");
    if (dropped_by_order(m, octets)) return;
    publish(m, m.address(dhcp_requested_address).value_or(m.ciaddr));

    client_key client;
    if (const bytes* identifier = m.find(dhcp_client_identifier)) {
        client.assign(1, 'i');
        client.append(identifier->begin(), identifier->end());
    } else {
        client.assign(1, 'h');
        client.append(m.chaddr.begin(), m.chaddr.begin() + m.hlen);
    }
    switch (*type) {
        case dhcp_type::discover:
            return on_discover(m, client);
        case dhcp_type::request:
            return on_request(m, client);
        case dhcp_type::decline:
            return on_decline(m, client);
        case dhcp_type::release:
            return on_release(m, client);
        case dhcp_type::inform:
            return on_inform(m);
        case dhcp_type::offer:
        case dhcp_type::ack:
        case dhcp_type::nak:
            return drop("message type is not a client's");
    }
}

// --- RFC 2131, 4.3 -----------------------------------------------------------------------------------

void dhcp_server::on_discover(const dhcp_message& m, const client_key& client) {
    lease* const l = choose(m, client);
    if (l == nullptr) return publish_drop(sim_, who_, "dhcp server", "pool exhausted", 0);
    // A client that discovers again while its lease runs keeps the lease until it asks for it again.
    if (l->state != lease_state::bound || l->until <= sim_.now())
        set(*l, lease_state::offered, sim_.now() + parameters_->offer_hold);
    reply(m, dhcp_type::offer, l->address);
}

void dhcp_server::on_request(const dhcp_message& m, const client_key& client) {
    const auto now = sim_.now();
    const auto wanted = m.address(dhcp_requested_address).value_or(m.ciaddr);
    lease* const own = lease_of(client);
    const auto bind = [&](ipv4_address a) {
        set(assign(a, client), lease_state::bound, now + parameters_->lease_time);
        reply(m, dhcp_type::ack, a);
    };
    if (const auto server = m.address(dhcp_server_identifier)) {
        if (*server != identity_for(m)) {  // the client chose another server
            if (own != nullptr && own->state == lease_state::offered) set(*own, lease_state::ended, now);
            return;
        }
        const bool promised = own != nullptr && own->address == wanted;
        if (promised ? free_for(wanted, client) : parameters_->authoritative && free_for(wanted, client))
            return bind(wanted);
        return reply(m, dhcp_type::nak, {}, "address not available");
    }
    if (!wanted) return publish_drop(sim_, who_, "dhcp server", "REQUEST without an address", 0);
    if (!on_lan(wanted)) return reply(m, dhcp_type::nak, {}, "address of another network");
    if (own != nullptr) {
        if (own->address == wanted && free_for(wanted, client)) return bind(wanted);
        return reply(m, dhcp_type::nak, {}, "address is not this client's");
    }
    if (!parameters_->authoritative) return;  // another server's client, perhaps
    if (free_for(wanted, client)) return bind(wanted);
    reply(m, dhcp_type::nak, {}, "address not available");
}

void dhcp_server::on_decline(const dhcp_message& m, const client_key& client) {
    lease* const l = lease_of(client);
    if (l == nullptr || m.address(dhcp_requested_address) != l->address) return;
    clients_.erase(client);
    l->client.clear();
    set(*l, lease_state::declined, sim_.now() + parameters_->decline_hold);
}

void dhcp_server::on_release(const dhcp_message& m, const client_key& client) {
    lease* const l = lease_of(client);
    // The record stays, so that the client gets the same address again (RFC 2131, 4.3.4).
    if (l != nullptr && l->address == m.ciaddr) set(*l, lease_state::ended, sim_.now());
}

void dhcp_server::on_inform(const dhcp_message& m) {
    if (on_lan(m.ciaddr)) reply(m, dhcp_type::ack, {});
}

// --- addresses ------------------------------------------------------------------------------------------

bool dhcp_server::in_pool(ipv4_address a) const { return !(a < parameters_->first) && !(parameters_->last < a); }

bool dhcp_server::on_lan(ipv4_address a) const {
    return ((a.value ^ parameters_->server.value) & mask_of(parameters_->prefix_length)) == 0;
}

dhcp_server::lease* dhcp_server::lease_of(const client_key& client) {
    const auto found = clients_.find(client);
    return found == clients_.end() ? nullptr : &leases_.at(found->second);
}

bool dhcp_server::free_for(ipv4_address a, const client_key& client) {
    if (!in_pool(a)) return false;
    const auto found = leases_.find(a.value);
    if (found == leases_.end()) return true;
    const lease& l = found->second;
    return l.until <= sim_.now() || (l.state != lease_state::declined && l.client == client);
}

dhcp_server::lease* dhcp_server::choose(const dhcp_message& m, const client_key& client) {
    // RFC 2131, 4.3.1: the client's current or previous address, the one it asks for, a new one.
    if (lease* own = lease_of(client)) return own;
    if (const auto requested = m.address(dhcp_requested_address))
        if (free_for(*requested, client)) return &assign(*requested, client);
    while (untouched_ <= parameters_->last.value && leases_.count(untouched_) != 0) ++untouched_;
    if (untouched_ <= parameters_->last.value) return &assign({untouched_}, client);
    const auto oldest = by_end_.begin();
    if (oldest == by_end_.end() || oldest->first > sim_.now()) return nullptr;
    return &assign({oldest->second}, client);
}

dhcp_server::lease& dhcp_server::assign(ipv4_address a, const client_key& client) {
    const auto [found, is_new] = leases_.try_emplace(a.value);
    lease& l = found->second;
    if (is_new) {
        l.address = a;
        set(l, lease_state::ended, sim_.now());
    }
    if (l.client == client) return l;
    if (!l.client.empty()) clients_.erase(l.client);
    if (lease* other = lease_of(client)) {
        other->client.clear();
        set(*other, lease_state::ended, sim_.now());
    }
    l.client = client;
    clients_[client] = a.value;
    return l;
}

void dhcp_server::set(lease& l, lease_state state, sim::time_point until) {
    by_end_.erase({l.until, l.address.value});
    l.state = state;
    l.until = until;
    by_end_.insert({until, l.address.value});
}

// --- replies ----------------------------------------------------------------------------------------------

void dhcp_server::add_options(const dhcp_message& request, dhcp_message& answer, bool with_lease) const {
    const std::size_t limit =
        std::max<std::size_t>(request.number(dhcp_maximum_message_size).value_or(0), message_octets_min_max) -
        ip_and_udp_octets;
    std::size_t used = 241;  // fixed part, cookie, end option
    const auto fits = [&](std::size_t data) {
        const std::size_t size = data + 2 * std::max<std::size_t>(1, (data + 254) / 255);
        if (used + size > limit) return false;
        used += size;
        return true;
    };
    for (const auto& o : answer.options) fits(o.data.size());
    if (with_lease) {
        const auto seconds = whole_seconds(parameters_->lease_time);
        for (int i = 0; i < 3; ++i) fits(4);
        answer.set_u32(dhcp_lease_time, seconds);
        // RFC 2131, 4.4.5: T1 is half, T2 seven eighths of the lease.
        const auto& p = *parameters_;
        answer.set_u32(dhcp_renewal_time, p.renewal_time ? whole_seconds(*p.renewal_time) : seconds / 2);
        answer.set_u32(dhcp_rebinding_time, p.rebinding_time
                                                ? whole_seconds(*p.rebinding_time)
                                                : static_cast<std::uint32_t>(std::uint64_t{seconds} * 7 / 8));
    }
    if (const bytes* identifier = request.find(dhcp_client_identifier))  // RFC 6842, 3: returned unchanged
        if (fits(identifier->size())) answer.set(dhcp_client_identifier, *identifier);

    if (const bytes* asked = request.find(dhcp_parameter_request_list)) {
        for (auto code : *asked) add_option(request, answer, code, fits);
    } else {
        for (auto code : {dhcp_subnet_mask, dhcp_router, dhcp_dns_servers, dhcp_domain_name, dhcp_vendor_specific,
                          dhcp_tftp_server_name})
            add_option(request, answer, code, fits);
    }
    if (!parameters_->offered) return;
    const bool all = request.find(dhcp_parameter_request_list) == nullptr;
    for (const auto& o : *parameters_->offered)
        if (all || o.unasked) add_option(request, answer, o.code, fits);
}

void dhcp_server::add_option(const dhcp_message& request, dhcp_message& answer, std::uint8_t code,
                             const std::function<bool(std::size_t)>& fits) const {
    if (answer.find(code) != nullptr) return;
    const auto& p = *parameters_;
    if (p.offered) {
        for (const auto& o : *p.offered) {
            if (o.code != code || !is_for(o, request)) continue;
            if (fits(o.data.size())) answer.set(code, o.data);
            return;
        }
    }
    switch (code) {
        case dhcp_subnet_mask:
            if (fits(4)) answer.set_u32(code, mask_of(p.prefix_length));
            break;
        case dhcp_router:
            if (p.router && fits(4)) answer.set(code, p.router);
            break;
        case dhcp_dns_servers:
            if (!p.dns.empty() && fits(4 * p.dns.size())) answer.set(code, p.dns);
            break;
        case dhcp_domain_name:
            if (!p.domain.empty() && fits(p.domain.size())) answer.set_text(code, p.domain);
            break;
        case dhcp_tftp_server_name:
            if (!p.tftp_server_name.empty() && fits(p.tftp_server_name.size()))
                answer.set_text(code, p.tftp_server_name);
            break;
        case dhcp_vendor_specific:
            if (!p.vendor_specific.empty() &&
                request.text(dhcp_vendor_class).compare(0, p.vendor_class_prefix.size(), p.vendor_class_prefix) == 0 &&
                fits(p.vendor_specific.size()))
                answer.set_text(code, p.vendor_specific);
            break;
        default:
            break;  // asked for, not known here
    }
}

ipv4_address dhcp_server::identity_for(const dhcp_message& request) const {
    if (const bytes* field = request.find(dhcp_relay_agent_information)) {
        const auto relay = decode_relay_information(*field);
        if (relay && relay.assume_value().server_override) return relay.assume_value().server_override;
    }
    return parameters_->server;
}

void dhcp_server::reply(const dhcp_message& request, dhcp_type type, ipv4_address yiaddr, std::string_view text) {
    dhcp_message answer;
    answer.op = 2;
    answer.xid = request.xid;
    answer.broadcast = request.broadcast;
    answer.chaddr = request.chaddr;
    answer.yiaddr = yiaddr;
    if (type == dhcp_type::ack) answer.ciaddr = request.ciaddr;  // RFC 2131, table 3
    answer.set_type(type);
    answer.set(dhcp_server_identifier, identity_for(request));
    answer.giaddr = request.giaddr;
    if (type == dhcp_type::nak) {
        answer.set_text(dhcp_message_text, text);
        if (const bytes* identifier = request.find(dhcp_client_identifier))
            answer.set(dhcp_client_identifier, *identifier);
    } else {
        // An INFORM is answered without an address and without a lease (RFC 2131, 4.3.5).
        add_options(request, answer, static_cast<bool>(yiaddr));
    }

    // RFC 3046, 2.2: as received, at the end, whatever room there is.
    if (const bytes* field = request.find(dhcp_relay_agent_information))
        answer.set(dhcp_relay_agent_information, *field);

    // RFC 2131, 4.1.
    dhcp_reply out{request.client_mac(), yiaddr, {}, request.giaddr};
    if (request.giaddr) {
        if (type == dhcp_type::nak) answer.broadcast = true;
    } else if (type != dhcp_type::nak && request.ciaddr) {
        out.to = request.ciaddr;
    } else if (type == dhcp_type::nak || request.broadcast) {
        out.mac = broadcast_mac;
        out.to = broadcast_address;
    }
    auto encoded = encode_dhcp(answer);
    if (!encoded) throw sim::run_failure(sim_.journal().path_of(who_), encoded.assume_error().reason);
    out.payload = std::move(encoded).assume_value();
    const auto shown = yiaddr ? yiaddr : answer.ciaddr;
    auto draws = sim_.stream(who_, std::string("dhcp ") + to_text(type) + ' ' + to_text(request.client_mac()) + ' ' +
                                       std::to_string(request.xid) + ' ' + std::to_string(request.secs));
    sim_.kernel().after(parameters_->response_delay.sample_time(draws),
                        [this, answer = std::move(answer), out = std::move(out), shown, start = start_] {
                            if (start != start_ || faults_->outages > 0 || dropped_by_order(answer, out.payload.size()))
                                return;
                            publish(answer, shown);
                            send_(out);
                        });
}

// --- journal and faults -----------------------------------------------------------------------------------

void dhcp_server::publish(const dhcp_message& m, ipv4_address address) {
    sim::record::dhcp_message record;
    record.type = to_text(*m.type());
    record.client_mac = to_text(m.client_mac());
    record.address = address ? to_text(address) : "";
    record.xid = m.xid;
    record.client = sim_.journal().find_by_mac(record.client_mac);
    if (m.giaddr) record.relay = to_text(m.giaddr);
    if (const auto server = m.address(dhcp_server_identifier)) record.server = to_text(*server);
    record.lease_s = m.number(dhcp_lease_time).value_or(0);
    record.facts = facts_of(m);
    sim_.publish(who_, std::move(record));
}

bool dhcp_server::dropped_by_order(const dhcp_message& m, std::size_t octets) {
    auto& drops = faults_->drops;
    for (auto order = drops.begin(); order != drops.end(); ++order)
        if (order->type == m.type()) {
            if (--order->left == 0) drops.erase(order);
            publish_drop(sim_, who_, "dhcp server", std::string("fault: lost ") + to_text(*m.type()), octets);
            return true;
        }
    return false;
}

void dhcp_faults::offer(sim::simulation& s, sim::entity_id who, const std::shared_ptr<dhcp_faults>& f) {
    s.faults().offer(who, "outage", [f](const sim::fault_arguments&, bool begin) {
        f->outages += begin ? 1 : -1;
        return std::string();
    });
    s.faults().offer(who, "drop_next", [f](const sim::fault_arguments& a, bool begin) -> std::string {
        const auto name = a.find("type");
        const auto type = name == a.end() ? std::nullopt : parse_dhcp_type(name->second);
        if (!type) return "argument 'type' must be one of DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM";
        std::uint64_t count = 1;
        if (a.count("count") != 0) {
            const auto number = read_number(a, "count", 1, 1e6);
            if (!number.error.empty()) return number.error;
            count = static_cast<std::uint64_t>(number.value);
        }
        auto& drops = f->drops;
        if (begin) {
            drops.push_back({*type, count});
        } else {
            const auto order =
                std::find_if(drops.begin(), drops.end(), [&](const drop_order& d) { return d.type == *type; });
            if (order != drops.end()) drops.erase(order);
        }
        return "";
    });
}

}  // namespace dectbed::models::network
