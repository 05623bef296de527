// What a DNS server says: its names, and pure functions from a query to an answer.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <memory>
#include <utility>

// clang-format off: after the standard library, whose traits clang cannot read once this one is there
#include <ldns/ldns.h>
// clang-format on

#include "models/servers/dns_server.h"

namespace dectbed::models::servers {

namespace {

constexpr std::size_t header_octets = 12;      // RFC 1035, 4.1.1
constexpr std::size_t udp_octets_max = 512;    // RFC 1035, 4.2.1, without EDNS
constexpr std::size_t edns_octets_max = 1232;  // fits every path in one piece (DNS flag day 2020)
constexpr std::uint8_t edns_bad_version = 1;   // upper bits of BADVERS, 16 (RFC 6891, 9)
constexpr std::uint8_t response_flag = 0x80;   // QR, in the third octet
constexpr int alias_chain_max = 8;             // a chain that is longer is taken for a loop

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

struct rr_deleter {
    void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
};
using owned_rr = std::unique_ptr<ldns_rr, rr_deleter>;

/// Null: not a record.
owned_rr record_of(const std::string& text, std::uint32_t ttl_s) {
    ldns_rr* rr = nullptr;
    if (ldns_rr_new_frm_str(&rr, text.c_str(), ttl_s, nullptr, nullptr) != LDNS_STATUS_OK) return nullptr;
    return owned_rr(rr);
}

/// RFC 2308, 3: a "no" comes with the SOA of its zone, whose time to live is the smaller one of its own and its last
/// field. Without a zone file the last two labels are taken for the zone.
void push_authority(ldns_pkt* reply, const dns_zone& zone, const std::string& name, std::uint32_t negative_ttl_s) {
    for (std::string at = name; !at.empty();) {
        const auto known = zone.others.find(at);
        if (known != zone.others.end()) {
            for (const auto& r : known->second) {
                if (r.type != LDNS_RR_TYPE_SOA) continue;
                if (auto rr = record_of(r.text, negative_ttl_s)) {
                    ldns_pkt_push_rr(reply, LDNS_SECTION_AUTHORITY, rr.release());
                    return;
                }
            }
        }
        const auto dot = at.find('.');
        at = dot == std::string::npos ? std::string{} : at.substr(dot + 1);
    }
    const auto last = name.rfind('.');
    const auto before = last == std::string::npos || last == 0 ? last : name.rfind('.', last - 1);
    const std::string apex = before == std::string::npos ? name : name.substr(before + 1);
    const std::string ttl = std::to_string(negative_ttl_s);
    auto rr =
        record_of(apex + ". " + ttl + " IN SOA ns." + apex + ". hostmaster." + apex + ". 1 7200 900 604800 " + ttl,
                  negative_ttl_s);
    if (rr) ldns_pkt_push_rr(reply, LDNS_SECTION_AUTHORITY, rr.release());
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

void push_addresses(ldns_pkt* reply, const std::string& owner, const std::vector<network::ipv4_address>& all,
                    std::uint32_t ttl_s, std::size_t rotation, dns_reply& r) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto address = all[(rotation + i) % all.size()];
        push_answer(reply, address_rr(owner, address, ttl_s));
        r.result += (r.result.empty() ? "" : " ") + network::to_text(address);
    }
}

/// Records that are kept as text: of the wanted type, or all of them.
void push_others(ldns_pkt* reply, const std::vector<dns_zone::record>& all, ldns_rr_type type, std::uint32_t ttl_s,
                 dns_reply& r) {
    for (const auto& one : all) {
        if (one.type != type && type != LDNS_RR_TYPE_ANY) continue;
        auto rr = record_of(one.text, ttl_s);
        if (!rr) continue;
        // "10 60 5060 sip.csp.example." behind owner, time to live, class and type
        std::size_t at = 0;
        for (int field = 0; field < 4 && at != std::string::npos; ++field) at = one.text.find('\t', at + 1);
        r.result +=
            (r.result.empty() ? "" : " ") + (at == std::string::npos ? type_text(type) : one.text.substr(at + 1));
        push_answer(reply, rr.release());
    }
}

void fill_answer(ldns_pkt* reply, const dns_zone& zone, const dns_manner& m, ldns_rr_type type, dns_reply& r) {
    const auto ttl_of = [&](const std::string& name) {
        const auto own = zone.ttls.find(name);
        return own == zone.ttls.end() ? m.ttl_s : own->second;
    };
    std::string owner = lower(r.query_name);
    for (int step = 0; step < alias_chain_max; ++step) {
        const auto alias = zone.aliases.find(owner);
        if (alias == zone.aliases.end()) break;
        push_answer(reply,
                    make_rr(owner, LDNS_RR_TYPE_CNAME, ldns_dname_new_frm_str(alias->second.c_str()), ttl_of(owner)));
        if (type == LDNS_RR_TYPE_CNAME) {
            r.result = alias->second;
            return;
        }
        owner = alias->second;
    }
    const auto addresses = zone.addresses.find(owner);
    const auto others = zone.others.find(owner);
    if (addresses == zone.addresses.end() && others == zone.others.end()) {
        // RFC 6604: the code is about the last name of a chain.
        ldns_pkt_set_rcode(reply, LDNS_RCODE_NXDOMAIN);
        r.result = "NXDOMAIN";
        push_authority(reply, zone, owner, m.negative_ttl_s);
        return;
    }
    if (addresses != zone.addresses.end() && (type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_ANY)) {
        push_addresses(reply, owner, addresses->second, ttl_of(owner), m.rotation, r);
    }
    if (others != zone.others.end()) push_others(reply, others->second, type, m.ttl_s, r);
    if (r.result.empty()) {
        r.result = "NODATA";
        push_authority(reply, zone, owner, m.negative_ttl_s);
    }
}

packet parsed(sim::byte_view query) {
    // A response is never answered, or two servers could talk for ever.
    if (static_cast<std::size_t>(query.size()) < header_octets || (query[2] & response_flag) != 0) return nullptr;
    ldns_pkt* raw = nullptr;
    const bool good = ldns_wire2pkt(&raw, query.data(), static_cast<std::size_t>(query.size())) == LDNS_STATUS_OK;
    packet message(raw);
    return good ? std::move(message) : nullptr;
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

std::string dns_zone::add_record(const std::string& text, std::uint32_t ttl_s) {
    const owned_rr rr = record_of(text, ttl_s);
    if (!rr) return "\"" + text + "\" is not a DNS record";
    const std::string owner = lower(text_of(ldns_rr_owner(rr.get())));
    const ldns_rdf* first = ldns_rr_rd_count(rr.get()) > 0 ? ldns_rr_rdf(rr.get(), 0) : nullptr;
    const ldns_rr_type type = ldns_rr_get_type(rr.get());
    if (first == nullptr) return "\"" + text + "\" has no data";
    if (type == LDNS_RR_TYPE_A && ldns_rdf_size(first) == 4) {
        const std::uint8_t* a = ldns_rdf_data(first);
        add(owner, {static_cast<std::uint32_t>(a[0] << 24 | a[1] << 16 | a[2] << 8 | a[3])});
        if (ldns_rr_ttl(rr.get()) != ttl_s) ttls[owner] = ldns_rr_ttl(rr.get());
    } else if (type == LDNS_RR_TYPE_CNAME) {
        add_alias(owner, text_of(first));
        if (ldns_rr_ttl(rr.get()) != ttl_s) ttls[owner] = ldns_rr_ttl(rr.get());
    } else {
        char* printed = ldns_rr2str(rr.get());
        std::string line = printed != nullptr ? printed : "";
        LDNS_FREE(printed);
        while (!line.empty() && line.back() == '\n') line.pop_back();
        others[owner].push_back({static_cast<std::uint16_t>(type), std::move(line)});
    }
    return {};
}

std::string dns_zone::load(const std::string& path, std::uint32_t ttl_s) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), &std::fclose);
    if (!file) return "cannot be read";
    ldns_zone* raw = nullptr;
    int line = 0;
    const ldns_status status = ldns_zone_new_frm_fp_l(&raw, file.get(), nullptr, ttl_s, LDNS_RR_CLASS_IN, &line);
    if (status != LDNS_STATUS_OK) return "line " + std::to_string(line) + ": " + ldns_get_errorstr_by_id(status);
    std::string problem;
    const auto take = [&](const ldns_rr* rr) {
        if (rr == nullptr || !problem.empty()) return;
        char* printed = ldns_rr2str(rr);
        problem = add_record(printed != nullptr ? printed : "", ttl_s);
        LDNS_FREE(printed);
    };
    take(ldns_zone_soa(raw));
    for (std::size_t i = 0; i < ldns_zone_rr_count(raw); ++i) take(ldns_rr_list_rr(ldns_zone_rrs(raw), i));
    ldns_zone_deep_free(raw);
    return problem;
}

std::string dns_question_name(sim::byte_view query) {
    const packet message = parsed(query);
    if (!message || ldns_rr_list_rr_count(ldns_pkt_question(message.get())) == 0) return {};
    return lower(text_of(ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(message.get()), 0))));
}

dns_reply refuse_dns(sim::byte_view query, int rcode, bool truncated) {
    dns_reply r;
    const packet message = parsed(query);
    if (!message || ldns_rr_list_rr_count(ldns_pkt_question(message.get())) == 0) return r;
    const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(message.get()), 0);
    r.question = true;
    r.query_name = text_of(ldns_rr_owner(question));
    r.query_type = type_text(ldns_rr_get_type(question));
    packet reply = reply_to(message.get());
    ldns_pkt_set_rcode(reply.get(), static_cast<std::uint8_t>(rcode));
    ldns_pkt_set_tc(reply.get(), truncated);
    r.octets = octets_of(reply.get());
    char* name = ldns_pkt_rcode2str(static_cast<ldns_pkt_rcode>(rcode));
    r.result = truncated ? "truncated" : name != nullptr ? name : "";
    LDNS_FREE(name);
    return r;
}

dns_reply answer_dns(sim::byte_view query, const dns_zone& zone, const dns_manner& manner) {
    dns_reply r;
    if (static_cast<std::size_t>(query.size()) < header_octets || (query[2] & response_flag) != 0) return r;
    const packet message = parsed(query);
    if (!message) {
        r.octets = format_error(query);
        return r;
    }
    packet reply = reply_to(message.get());
    const ldns_rr_list* questions = ldns_pkt_question(message.get());
    const bool edns = ldns_pkt_edns(message.get());
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
        if (edns && ldns_pkt_edns_version(message.get()) != 0) {
            ldns_pkt_set_edns_extended_rcode(reply.get(), edns_bad_version);
            r.result = "BADVERS";
        } else if (ldns_rr_get_class(question) == LDNS_RR_CLASS_IN) {
            fill_answer(reply.get(), zone, manner, type, r);
        } else {
            ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_REFUSED);
            r.result = "REFUSED";
        }
    }
    std::size_t limit = udp_octets_max;
    if (edns) {
        limit = std::clamp<std::size_t>(ldns_pkt_edns_udp_size(message.get()), udp_octets_max, edns_octets_max);
        ldns_pkt_set_edns_udp_size(reply.get(), edns_octets_max);
    }
    r.octets = octets_of(reply.get());
    if (!manner.by_tcp && r.octets.size() > limit) {
        // Truncated to nothing: the client sees TC and the question.
        packet shortened = reply_to(message.get());
        ldns_pkt_set_tc(shortened.get(), true);
        if (edns) ldns_pkt_set_edns_udp_size(shortened.get(), edns_octets_max);
        r.octets = octets_of(shortened.get());
    }
    return r;
}

}  // namespace dectbed::models::servers
