// Keys of the Internet and its servers.
#pragma once

#include <algorithm>

#include "scenarios/language/fields_web.h"
#include "scenarios/language/spec.h"

namespace dectbed::scenarios {

template <class V>
void describe(V& v, scaling_parameters& x) {
    v("workers_max", x.workers_max, integer(1, 1'000'000), "Most workers; `workers` is the least.");
    v("target", x.target, quantity(dimension::share).above(0).to(1), "Share of the workers that should be busy.");
    v("step", x.step, integer(1, 1'000'000), "Workers ordered, or given up, at a time.");
    v("delay", x.delay, time(), "From the order until they serve.");
    v("cool_down", x.cool_down, time(), "From one decision to the next.");
    v("window", x.window, time().above(0), "Time constant of the average over which the load is taken.");
}
template <class V>
void describe(V& v, health_parameters& x) {
    v("interval", x.interval, time().above(0), "From one check to the next.");
    v("failures", x.failures, integer(1, 1000), "Checks in a row that fail before it counts as down.");
    v("successes", x.successes, integer(1, 1000), "Checks in a row that succeed before it counts as up again.");
}
template <class V>
void describe(V& v, loiterer_parameters& x) {
    v("connections", x.connections, integer(1, 16'000), "How many they hold; an address has no more ports.");
    v("address", x.address, plain().required(), "Their IPv4 address.");
}
template <class V>
void describe(V& v, capacity_parameters& x) {
    v("workers", x.workers, integer(1, 1'000'000), "Requests served at the same time.");
    v("service_time", x.service_time, time(), "Of one request by one worker.");
    v("queue", x.queue, integer(0, 1e9), "Requests that may wait for a worker.");
    v("overflow", x.overflow, plain(), "What happens to a request when the queue is full.");
    v("retry_after", x.retry_after, time(), "Told to clients with a rejection.");
    v("scaling", x.scaling, plain(), "Workers that come and go with the load; unset: always as many.");
}
template <class V>
void describe(V& v, rate_limit_parameters& x) {
    v("requests", x.requests, integer(0, 1e9), "Of one source address in one window; 0: no limit.");
    v("window", x.window, time().above(0), "Length of a window.");
}
template <class V>
void describe(V& v, firmware_image_entry& x) {
    v("path", x.path, text(text_kind::any).required(), "Where it is, relative to the server's root.");
    v("model", x.model, text(text_kind::any), "Devices take images of their own model only.");
    v("version", x.version, text(text_kind::any).required(), "What a device runs that took it; at most 12 characters.");
    v("size", x.octets, quantity(dimension::octets).from(0).to(64e6), "Of its content, which is made up.");
    v.rule("version", [&]() -> std::string {
        return x.version.size() <= 12 && x.model.size() <= 24
                   ? ""
                   : "version has more than 12 or model more than 24 characters";
    });
}
template <class V>
void describe(V& v, code_entry& x) {
    v("code", x.code, text(text_kind::code).required(), "The activation code.");
    v("url", x.url, text(text_kind::url).required(), "Provisioning address for it; ends with /.");
}
template <class V>
void describe(V& v, mac_entry& x) {
    v("mac", x.mac, plain(), "One MAC address.");
    v("bases", x.bases, text(text_kind::glob).maybe(), "Or every base whose path matches.");
    v("url", x.url, text(text_kind::url).required(), "Provisioning address for it; ends with /.");
    v.rule("", [&]() -> std::string {
        return bool(x.mac) != !x.bases.empty() ? "" : "expected exactly one of mac and bases";
    });
}
template <class V>
void describe(V& v, dns_service& x) {
    v("priority", x.priority, integer(0, 65535), "Lower ones are tried first.");
    v("weight", x.weight, integer(0, 65535), "Share among equals.");
    v("port", x.port, integer(1, 65535).required(), "Of the service.");
    v("target", x.target, text(text_kind::host).required(), "Its host.");
}
template <class V>
void describe(V& v, dns_authority_pointer& x) {
    v("order", x.order, integer(0, 65535), "Lower ones are taken first.");
    v("preference", x.preference, integer(0, 65535), "The same among equals.");
    v("flags", x.flags, text(text_kind::any), "s: the replacement has SRV records.");
    v("service", x.service, text(text_kind::any).required(), "SIP+D2U, SIP+D2T or SIPS+D2T.");
    v("replacement", x.replacement, text(text_kind::dns_name).required(), "The name to ask for next.");
}
template <class V>
void describe(V& v, dns_record& x) {
    v("name", x.name, text(text_kind::dns_name).required(), "Queried name.");
    v("address", x.address, plain(), "Its A record.");
    v("alias", x.alias, text(text_kind::host).maybe(), "Or its CNAME record: the name it stands for.");
    v("srv", x.srv, plain(), "Or its SRV record (RFC 2782).");
    v("naptr", x.naptr, plain(), "Or its NAPTR record (RFC 3403).");
    v.rule("", [&]() -> std::string {
        const int written = (x.address ? 1 : 0) + (x.alias.empty() ? 0 : 1) + (x.srv ? 1 : 0) + (x.naptr ? 1 : 0);
        return written == 1 ? "" : "expected exactly one of address, alias, srv and naptr";
    });
}
template <class V>
void describe(V& v, user_entry& x) {
    v("user", x.user, text(text_kind::glob).required(), "Name; * stands for any characters.");
    v("password", x.password, text(text_kind::any).required(), "Password.");
}
template <class V>
void describe(V& v, server& x) {
    v("kind", x.kind, plain().required(), "What it does.");
    v("name", x.name, text(text_kind::host).maybe(), "DNS name; every dns server knows it.");
    v("address", x.address, plain().required(), "IPv4 address.");
    v("port", x.port, integer(0, 65535),
      "0: the usual one of its kind, such as 80 (443 with tls), 5060, 53, 3478, 67, 69, 123 or 3128.");
    v("capacity", x.capacity, plain(), "How much it can do.");
    v.when(x.kind == server_kind::redirection || x.kind == server_kind::provisioning,
           "kind redirection or provisioning");
    v("requests_per_connection", x.requests_per_connection, integer(1, 1'000'000),
      "Then the server closes the connection; 1: it always closes first.");
    v("idle_timeout", x.idle_timeout, time().above(0), "Of a connection without a request.");
    v("loiterers", x.loiterers, plain(), "Clients that hold connections open and say nothing; unset: none.");
    v.when(true, "");
    v("stands_in_for", x.stands_in_for, text(text_kind::name).maybe(),
      "Key of a server of its kind whose name and data it has, and whose requests it gets while that one is down.");
    v.when(!x.stands_in_for.empty(), "stands_in_for");
    v("fail_over", x.fail_over, plain(), "How requests find it: DNS names its address, or both have one (anycast).");
    v("health", x.health, plain(), "How it is found out that the other is down.");
    v.when(true, "");

    const auto is = [&](server_kind k) { return x.kind == k; };
    v.when(is(server_kind::redirection) || is(server_kind::geolocation), "kind redirection or geolocation");
    v("path", x.path, text(text_kind::path).maybe(), "Of its interface; unset: /v1/redirections, /v1/country/.");
    v.when(is(server_kind::redirection) || is(server_kind::provisioning) || is(server_kind::registrar) ||
               is(server_kind::ftp),
           "kind redirection, provisioning, registrar or ftp");
    v("tls", x.tls, plain(),
      "Its certificate and its TLS: https instead of http; SIP over TLS, if `transports` names it; AUTH TLS of FTP.");
    v.when(is(server_kind::redirection) || is(server_kind::provisioning), "kind redirection or provisioning");
    v("http", x.http, plain(), "What kind of web server it is.");
    v("responses", x.responses, plain(),
      "Answers that are written down: the first row that is for a request counts; for what no row is for, the plug-in "
      "is asked, then the model.");
    v("plug_in", x.plug_in, plain(), "A program that speaks JSON lines and answers what no row is for; unset: none.");
    v.when(is(server_kind::redirection), "kind redirection");
    v("rate_limit", x.rate_limit, plain(), "Beyond it requests are answered 429.");
    v("codes", x.codes, plain(), "Known activation codes.");
    v("codes_file", x.codes_file, plain(), "More of them, lines \"CODE URL\"; relative to this file.");
    v("macs", x.macs, plain(), "Known MAC addresses.");
    v("macs_file", x.macs_file, plain(), "More of them, lines \"MAC URL\"; relative to this file.");
    v("data_file", x.data_file, plain(),
      "More of both, and ranges: lines \"code,DIGITS,URL\", \"mac,FIRST[-LAST],URL\", \"ipei,FIRST-LAST,URL\", or JSON "
      "if "
      "its name ends in .json; relative to this file.");
    v.when(is(server_kind::provisioning) || is(server_kind::tftp) || is(server_kind::ftp),
           "kind provisioning, tftp or ftp");
    v("firmware", x.firmware, plain(), "Images that it makes up, beside its files.");
    v("files", x.files, plain().required(), "Folder that it serves; relative to this file.");
    v("changed_files", x.changed_files, plain(), "Folder that it serves after action change_files; unset: none.");
    v.when(is(server_kind::registrar) || is(server_kind::ftp) || is(server_kind::turn), "kind registrar, ftp or turn");
    v("users", x.users, plain(),
      "Who may use it; a registrar without any lets everybody in, an ftp server \"anonymous\".");
    v("users_file", x.users_file, plain(), "More of them, lines \"USER PASSWORD\"; relative to this file.");
    v.when(is(server_kind::registrar) || is(server_kind::turn), "kind registrar or turn");
    v("realm", x.realm, text(text_kind::any).maybe(), "Told in challenges; unset: the domain, or the server's name.");
    v("nonce_life", x.nonce_life, time().above(0), "Older nonces are stale.");
    v.when(is(server_kind::registrar), "kind registrar");
    v("domain", x.domain, text(text_kind::host).required(), "SIP domain.");
    v("expires_min", x.expires_min, time().from(1), "Shortest registration it grants.");
    v("expires_max", x.expires_max, time().from(1), "Longest registration it grants.");
    v("algorithms", x.algorithms, plain().or_many(), "Of digest authentication, the preferred one first (RFC 8760).");
    v("transports", x.transports, plain().or_many(), "By which it is reached; tls needs the key `tls`, too.");
    v("tls_port", x.tls_port, integer(1, 65535), "Of SIP over TLS.");
    v("qualify", x.qualify, time(), "OPTIONS to everybody registered so often, 0: never; who is silent is removed.");
    v.when(is(server_kind::dns), "kind dns");
    v("records", x.records, plain(), "Besides the names of the servers.");
    v("zone_file", x.zone_file, plain(), "A master file (RFC 1035) with more; relative to this file.");
    v("ttl", x.ttl, time(), "How long clients may remember what does not say otherwise.");
    v("negative_ttl", x.negative_ttl, time(), "How long they may remember that there is nothing (RFC 2308).");
    v("rotate", x.rotate, plain(), "Several addresses of a name take turns at the beginning.");
    v.when(is(server_kind::tftp), "kind tftp");
    v("negotiates", x.negotiates, plain(), "Knows options (RFC 2347); false: blocks of 512 octets, one at a time.");
    v("block_max", x.block_max, integer(8, 65464), "Longest block it agrees to (RFC 2348).");
    v("window_max", x.window_max, integer(1, 65535), "Longest window it agrees to, in blocks (RFC 7440).");
    v.when(is(server_kind::turn), "kind turn");
    v("lifetime_max", x.lifetime_max, time().from(1), "Longest life of an allocation.");
    v("quota", x.quota, integer(0, 1e9), "Allocations that one user may have; 0: no limit.");
    v.when(is(server_kind::ntp), "kind ntp");
    v("stratum", x.stratum, integer(1, 16), "Distance from a reference clock; 16: not synchronised, which it says.");
    v("ahead", x.clock_ahead_s, quantity(dimension::time).from(-3e9).to(3e9),
      "Its clock is so much ahead of the true time.");
    v.when(is(server_kind::stun), "kind stun");
    v("alternate_address", x.alternate_address, plain(),
      "Second address, for tests of a translator's behaviour (RFC 5780); unset: none.");
    v("alternate_port", x.alternate_port, integer(1, 65535), "Second port, on both addresses.");
    v("software", x.software, text(text_kind::any).maybe(), "Name it gives itself; unset: none.");
    v.when(is(server_kind::geolocation), "kind geolocation");
    v("database", x.database, plain().required(), "MaxMind DB file that it answers from; relative to this file.");
    v.when(true, "");
    v.rule("expires_max",
           [&]() -> std::string { return x.expires_min <= x.expires_max ? "" : "expires_max lies below expires_min"; });
    v.rule("transports", [&]() -> std::string {
        const auto& t = x.transports;
        const bool named = std::find(t.begin(), t.end(), sip_transport_choice::tls) != t.end();
        if (!is(server_kind::registrar) || named == x.tls.has_value()) return "";
        return named ? "tls needs the key tls: {} has defaults for all of it"
                     : "expected tls among them, as the key tls says how";
    });
}
template <class V>
void describe(V& v, gateway& x) {
    v("kind", x.kind, plain(), "carrier_nat: of the access provider; vpn: a tunnel to somewhere else.");
    v("address", x.address, plain().required(), "Its first public address.");
    v("addresses", x.addresses, integer(1, 65536), "How many public ones it has, one after the other.");
    v("ports_per_site", x.ports_per_site, integer(64, 64512),
      "Each site has a block of so many outside ports (RFC 7422); 64512 is a whole address.");
    v("nat", x.nat, plain(), "How it translates.");
    v("latency", x.latency, time(), "One way, besides that of the Internet: the detour.");
}
template <class V>
void describe(V& v, internet_parameters& x) {
    v("latency", x.latency, time(), "One way between any two addresses, each packet; order is kept.");
    v("site_addresses", x.site_addresses, plain(), "Sites get their WAN addresses from here, in order.");
    v("gateways", x.gateways, plain(), "Carrier-grade NAT and VPNs by key; their paths are internet/<key>.");
}

}  // namespace dectbed::scenarios
