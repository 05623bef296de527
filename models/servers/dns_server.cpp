#include "models/servers/dns_server.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace dectbed::models::servers {

namespace {

constexpr std::size_t header_octets = 12;     // RFC 1035, 4.1.1
constexpr std::size_t udp_octets_max = 512;   // RFC 1035, 4.2.1
constexpr std::uint8_t response_flag = 0x80;  // QR, in the third octet
constexpr int alias_chain_max = 8;            // a chain that is longer is taken for a loop

std::string lower(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return s;
}

std::string without_last_dot(std::string s) {
    if (s.size() > 1 && s.back() == '.') s.pop_back();
    return s;
}

struct packet_deleter {
    void operator()(ldns_pkt* p) const { ldns_pkt_free(p); }
};
using packet = std::unique_ptr<ldns_pkt, packet_deleter>;

std::string text_of(const ldns_rdf* name) {
    char* text = ldns_rdf2str(name);
    std::string result = text != nullptr ? without_last_dot(text) : std::string{};
    LDNS_FREE(text);
    return result;
}

std::string type_text(ldns_rr_type type) {
    char* text = ldns_rr_type2str(type);
    std::string result = text != nullptr ? text : "";
    LDNS_FREE(text);
    return result;
}

/// A resource record of class IN; `data` goes with it. Null if the owner is no name.
ldns_rr* make_rr(const std::string& owner, ldns_rr_type type, ldns_rdf* data, std::uint32_t ttl_s) {
    ldns_rdf* name = ldns_dname_new_frm_str(owner.c_str());
    if (name == nullptr || data == nullptr) {
        if (name != nullptr) ldns_rdf_deep_free(name);
        if (data != nullptr) ldns_rdf_deep_free(data);
        return nullptr;
    }
    ldns_rr* rr = ldns_rr_new();
    ldns_rr_set_owner(rr, name);
    ldns_rr_set_type(rr, type);
    ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(rr, ttl_s);
    ldns_rr_push_rdf(rr, data);
    return rr;
}

ldns_rr* address_rr(const std::string& owner, network::ipv4_address a, std::uint32_t ttl_s) {
    const std::uint8_t octets[4] = {static_cast<std::uint8_t>(a.value >> 24), static_cast<std::uint8_t>(a.value >> 16),
                                    static_cast<std::uint8_t>(a.value >> 8), static_cast<std::uint8_t>(a.value)};
    return make_rr(owner, LDNS_RR_TYPE_A, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_A, sizeof octets, octets), ttl_s);
}

void push_answer(ldns_pkt* reply, ldns_rr* rr) {
    if (rr != nullptr) ldns_pkt_push_rr(reply, LDNS_SECTION_ANSWER, rr);
}

sim::bytes octets_of(const ldns_pkt* p) {
    std::uint8_t* wire = nullptr;
    std::size_t size = 0;
    if (ldns_pkt2wire(&wire, p, &size) != LDNS_STATUS_OK) return {};
    sim::bytes out(wire, wire + size);
    LDNS_FREE(wire);
    return out;
}

/// The question again, with an empty answer.
packet reply_to(const ldns_pkt* query) {
    packet reply(ldns_pkt_new());
    ldns_pkt_set_id(reply.get(), ldns_pkt_id(query));
    ldns_pkt_set_opcode(reply.get(), ldns_pkt_get_opcode(query));
    ldns_pkt_set_qr(reply.get(), true);
    ldns_pkt_set_rd(reply.get(), ldns_pkt_rd(query));
    ldns_pkt_set_ra(reply.get(), true);
    const ldns_rr_list* questions = ldns_pkt_question(query);
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(questions); ++i) {
        ldns_pkt_push_rr(reply.get(), LDNS_SECTION_QUESTION, ldns_rr_clone(ldns_rr_list_rr(questions, i)));
    }
    return reply;
}

/// What can be said to octets that are no message: FORMERR with the header alone (RFC 1035, 4.1.1).
sim::bytes format_error(sim::byte_view query) {
    constexpr std::uint8_t opcode_and_rd = 0x79, recursion_available = 0x80;
    sim::bytes out(header_octets, 0);
    out[0] = query[0];
    out[1] = query[1];
    out[2] = static_cast<std::uint8_t>(response_flag | (query[2] & opcode_and_rd));
    out[3] = recursion_available | LDNS_RCODE_FORMERR;
    return out;
}

void fill_answer(ldns_pkt* reply, const dns_zone& zone, std::uint32_t ttl_s, ldns_rr_type type, dns_reply& r) {
    std::string owner = lower(r.query_name);
    for (int step = 0; step < alias_chain_max; ++step) {
        const auto alias = zone.aliases.find(owner);
        if (alias == zone.aliases.end()) break;
        push_answer(reply, make_rr(owner, LDNS_RR_TYPE_CNAME, ldns_dname_new_frm_str(alias->second.c_str()), ttl_s));
        if (type == LDNS_RR_TYPE_CNAME) {
            r.result = alias->second;
            return;
        }
        owner = alias->second;
    }
    const auto found = zone.addresses.find(owner);
    if (found == zone.addresses.end()) {
        // RFC 6604: the code is about the last name of a chain.
        ldns_pkt_set_rcode(reply, LDNS_RCODE_NXDOMAIN);
        r.result = "NXDOMAIN";
        return;
    }
    if (type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_ANY) {
        r.result = "NODATA";
        return;
    }
    for (const auto& address : found->second) {
        push_answer(reply, address_rr(owner, address, ttl_s));
        r.result += (r.result.empty() ? "" : " ") + network::to_text(address);
    }
}

}  // namespace

void dns_zone::add(const std::string& name, network::ipv4_address address) {
    addresses[lower(without_last_dot(name))].push_back(address);
}

void dns_zone::replace(const std::string& name, network::ipv4_address address) {
    addresses[lower(without_last_dot(name))] = {address};
}

void dns_zone::add_alias(const std::string& name, const std::string& canonical) {
    aliases[lower(without_last_dot(name))] = lower(without_last_dot(canonical));
}

dns_reply answer_dns(sim::byte_view query, const dns_zone& zone, std::uint32_t ttl_s) {
    dns_reply r;
    // A response is never answered, or two servers could talk for ever.
    if (static_cast<std::size_t>(query.size()) < header_octets || (query[2] & response_flag) != 0) return r;
    ldns_pkt* raw = nullptr;
    const bool parsed = ldns_wire2pkt(&raw, query.data(), static_cast<std::size_t>(query.size())) == LDNS_STATUS_OK;
    const packet message(raw);
    if (!parsed) {
        r.octets = format_error(query);
        return r;
    }
    packet reply = reply_to(message.get());
    const ldns_rr_list* questions = ldns_pkt_question(message.get());
    if (ldns_pkt_get_opcode(message.get()) != LDNS_PACKET_QUERY) {
        ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_NOTIMPL);
    } else if (ldns_rr_list_rr_count(questions) != 1) {
        ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_FORMERR);
    } else {
        const ldns_rr* question = ldns_rr_list_rr(questions, 0);
        const ldns_rr_type type = ldns_rr_get_type(question);
        r.question = true;
        r.query_name = text_of(ldns_rr_owner(question));
        r.query_type = type_text(type);
        if (ldns_rr_get_class(question) == LDNS_RR_CLASS_IN) {
            fill_answer(reply.get(), zone, ttl_s, type, r);
        } else {
            ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_REFUSED);
            r.result = "REFUSED";
        }
    }
    r.octets = octets_of(reply.get());
    if (r.octets.size() > udp_octets_max) {
        // Truncated to nothing: the client sees TC and the question.
        packet shortened = reply_to(message.get());
        ldns_pkt_set_tc(shortened.get(), true);
        r.octets = octets_of(shortened.get());
    }
    return r;
}

dns_server::dns_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, dns_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service),
      socket_(stack.open_udp(parameters_.port)) {
    if (!socket_) throw sim::run_failure(s.journal().path_of(who), "its DNS port is taken");
    station_.offer_outage();
    socket_->on_data = [this](network::endpoint from, sim::byte_view data) { received(from, data); };
}

dns_server::~dns_server() { socket_->on_data = nullptr; }

void dns_server::received(network::endpoint from, sim::byte_view data) {
    // Over UDP there is no connection to close and nothing shorter to say: a full queue drops.
    (void)station_.submit([this, from, query = sim::to_bytes(data)](sim::duration, sim::duration) {
        const dns_reply r = answer_dns(query, parameters_.zone, parameters_.ttl_s);
        if (r.octets.empty()) {
            station_.refused("not a DNS query");
            return;
        }
        if (r.question) {
            simulation_.publish(
                who_, sim::record::dns_exchange{r.query_name, r.query_type, r.result, network::to_text(from.address)});
        }
        if (!r.question) station_.refused("malformed DNS query");
        socket_->send(from, r.octets);
    });
}

}  // namespace dectbed::models::servers
