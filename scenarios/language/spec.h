// How the value of one key is written: its unit, range and shape. The lists of keys in fields_*.h give one of
// these for every member; the visitors (reader, writer, schema, reference) act on it.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/language/quantity.h"
#include "scenarios/language/scenario.h"

namespace dectbed::scenarios {

/// What a text must look like. References to other parts of the scenario are checked when all is read.
enum class text_kind {
    any,
    name,        ///< letters, digits, _ and -; starts with a letter
    host,        ///< DNS name
    url,         ///< http, https, ftp, ftps or tftp://[user:password@]host[:port]/path
    code,        ///< 6 to 16 digits
    digits,      ///< 1 to 20 digits
    country,     ///< two capital letters
    hex,         ///< octets in hexadecimal
    host_port,   ///< DNS name, and a port if it is not the usual one
    egress,      ///< rule of a firewall
    path,        ///< URL path, starts with /
    glob,        ///< path of an entity, * and ** allowed
    short_text,  ///< at most 31 octets: fits the manufacturing data
    dns_name     ///< any name in the DNS: labels may begin with _
};

struct spec {
    dimension dim = dimension::number;
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool low_open = false;  ///< low itself is refused
    bool is_required = false;
    bool one_or_many = false;       ///< a list of one may be written without brackets
    bool omitted_if_empty = false;  ///< an empty text means "not written"
    text_kind text = text_kind::any;
    const std::vector<std::string>* among = nullptr;  ///< a text must be one of these

    spec from(double v) const {
        return with([&](spec& s) { s.low = v; });
    }
    spec above(double v) const {
        return with([&](spec& s) {
            s.low = v;
            s.low_open = true;
        });
    }
    spec to(double v) const {
        return with([&](spec& s) { s.high = v; });
    }
    spec required() const {
        return with([&](spec& s) { s.is_required = true; });
    }
    spec or_many() const {
        return with([&](spec& s) { s.one_or_many = true; });
    }
    spec maybe() const {
        return with([&](spec& s) { s.omitted_if_empty = true; });
    }
    spec one_of(const std::vector<std::string>& names) const {
        return with([&](spec& s) { s.among = &names; });
    }

  private:
    template <class F>
    spec with(F change) const {
        spec s = *this;
        change(s);
        return s;
    }
};

inline spec plain() { return {}; }
inline spec quantity(dimension d) {
    spec s;
    s.dim = d;
    return s;
}
inline spec time() { return quantity(dimension::time).from(0); }
inline spec share() { return quantity(dimension::share).from(0).to(1); }
inline spec length() { return quantity(dimension::length); }
inline spec integer(double low, double high) { return plain().from(low).to(high); }
inline spec text(text_kind k) {
    spec s;
    s.text = k;
    return s;
}

/// Names of an enumeration's values, in order; specialised beside the lists of keys.
template <class E>
const std::vector<std::pair<std::string, E>>& choices();

template <>
inline const std::vector<std::pair<std::string, nat_behaviour>>& choices<nat_behaviour>() {
    static const std::vector<std::pair<std::string, nat_behaviour>> c = {
        {"endpoint_independent", nat_behaviour::endpoint_independent},
        {"address_dependent", nat_behaviour::address_dependent},
        {"address_and_port_dependent", nat_behaviour::address_and_port_dependent}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, port_allocation>>& choices<port_allocation>() {
    static const std::vector<std::pair<std::string, port_allocation>> c = {{"preserve", port_allocation::preserve},
                                                                           {"sequential", port_allocation::sequential},
                                                                           {"random", port_allocation::random}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, hairpinning>>& choices<hairpinning>() {
    static const std::vector<std::pair<std::string, hairpinning>> c = {
        {"none", hairpinning::none},
        {"internal_source", hairpinning::internal_source},
        {"external_source", hairpinning::external_source}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, fading_law>>& choices<fading_law>() {
    static const std::vector<std::pair<std::string, fading_law>> c = {{"rayleigh", fading_law::rayleigh},
                                                                      {"rice", fading_law::rice}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, base_synchronisation>>& choices<base_synchronisation>() {
    static const std::vector<std::pair<std::string, base_synchronisation>> c = {
        {"none", base_synchronisation::none}, {"air", base_synchronisation::air}, {"lan", base_synchronisation::lan}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, fast_set_up>>& choices<fast_set_up>() {
    static const std::vector<std::pair<std::string, fast_set_up>> c = {
        {"none", fast_set_up::none}, {"selective", fast_set_up::selective}, {"complete", fast_set_up::complete}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, commercial_band>>& choices<commercial_band>() {
    static const std::vector<std::pair<std::string, commercial_band>> c = {
        {"eu", commercial_band::eu},
        {"us", commercial_band::us},
        {"latin_america", commercial_band::latin_america},
        {"brazil", commercial_band::brazil},
        {"japan", commercial_band::japan},
        {"korea", commercial_band::korea},
        {"taiwan", commercial_band::taiwan},
        {"china", commercial_band::china},
        {"thailand", commercial_band::thailand}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, fail_over_method>>& choices<fail_over_method>() {
    static const std::vector<std::pair<std::string, fail_over_method>> c = {{"dns", fail_over_method::dns},
                                                                            {"anycast", fail_over_method::anycast}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, band_method>>& choices<band_method>() {
    static const std::vector<std::pair<std::string, band_method>> c = {
        {"sku", band_method::sku},
        {"beacon", band_method::beacon},
        {"stun", band_method::stun},
        {"redirection_echo", band_method::redirection_echo}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, firmware_place>>& choices<firmware_place>() {
    static const std::vector<std::pair<std::string, firmware_place>> c = {{"process", firmware_place::process},
                                                                          {"child", firmware_place::child}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, server_kind>>& choices<server_kind>() {
    static const std::vector<std::pair<std::string, server_kind>> c = {{"redirection", server_kind::redirection},
                                                                       {"provisioning", server_kind::provisioning},
                                                                       {"registrar", server_kind::registrar},
                                                                       {"dns", server_kind::dns},
                                                                       {"stun", server_kind::stun},
                                                                       {"dhcp", server_kind::dhcp},
                                                                       {"geolocation", server_kind::geolocation},
                                                                       {"http_proxy", server_kind::http_proxy},
                                                                       {"tftp", server_kind::tftp},
                                                                       {"ftp", server_kind::ftp},
                                                                       {"turn", server_kind::turn},
                                                                       {"ntp", server_kind::ntp}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, digest_choice>>& choices<digest_choice>() {
    static const std::vector<std::pair<std::string, digest_choice>> c = {{"md5", digest_choice::md5},
                                                                         {"sha256", digest_choice::sha256}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, sip_transport_choice>>& choices<sip_transport_choice>() {
    static const std::vector<std::pair<std::string, sip_transport_choice>> c = {
        {"udp", sip_transport_choice::udp}, {"tcp", sip_transport_choice::tcp}, {"tls", sip_transport_choice::tls}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, overflow_policy>>& choices<overflow_policy>() {
    static const std::vector<std::pair<std::string, overflow_policy>> c = {
        {"reject", overflow_policy::reject}, {"drop", overflow_policy::drop}, {"close", overflow_policy::close}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, end_rule>>& choices<end_rule>() {
    static const std::vector<std::pair<std::string, end_rule>> c = {{"settled", end_rule::settled},
                                                                    {"limit", end_rule::limit}};
    return c;
}

template <>
inline const std::vector<std::pair<std::string, sip_alg_mode>>& choices<sip_alg_mode>() {
    static const std::vector<std::pair<std::string, sip_alg_mode>> c = {
        {"off", sip_alg_mode::off}, {"rewrite", sip_alg_mode::rewrite}, {"corrupt", sip_alg_mode::corrupt}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, firewall_answer>>& choices<firewall_answer>() {
    static const std::vector<std::pair<std::string, firewall_answer>> c = {{"drop", firewall_answer::drop},
                                                                           {"reject", firewall_answer::reject}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, dns_lie>>& choices<dns_lie>() {
    static const std::vector<std::pair<std::string, dns_lie>> c = {
        {"none", dns_lie::none}, {"wildcard", dns_lie::wildcard}, {"wrong", dns_lie::wrong}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, load_curve>>& choices<load_curve>() {
    static const std::vector<std::pair<std::string, load_curve>> c = {
        {"residential", load_curve::residential}, {"business", load_curve::business}, {"flat", load_curve::flat}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, line_profile>>& choices<line_profile>() {
    static const std::vector<std::pair<std::string, line_profile>> c = {
        {"custom", line_profile::custom}, {"fibre", line_profile::fibre}, {"dsl", line_profile::dsl},
        {"cable", line_profile::cable},   {"lte", line_profile::lte},     {"satellite", line_profile::satellite}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, gateway_kind>>& choices<gateway_kind>() {
    static const std::vector<std::pair<std::string, gateway_kind>> c = {{"carrier_nat", gateway_kind::carrier_nat},
                                                                        {"vpn", gateway_kind::vpn}};
    return c;
}

/// The line that a profile's name stands for.
access_line_parameters line_of(line_profile p);

template <class E>
std::vector<std::string> choice_names() {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices<E>()) names.push_back(name);
    return names;
}

/// Why the text is not of that kind; empty if it is.
std::string text_problem(const std::string& value, text_kind k);
/// A regular expression (ECMA 262) for the kind; empty for any.
const char* text_pattern(text_kind k);
/// "a DNS name"
const char* text_name(text_kind k);

/// Firmwares that are linked in, by name.
const std::vector<std::string>& builtin_firmwares();

}  // namespace dectbed::scenarios
