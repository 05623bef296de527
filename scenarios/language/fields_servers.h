// Keys of the Internet and its servers.
#pragma once

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
void describe(V& v, dns_record& x) {
    v("name", x.name, text(text_kind::host).required(), "Queried name.");
    v("address", x.address, plain().required(), "Its A record.");
}
template <class V>
void describe(V& v, server& x) {
    v("kind", x.kind, plain().required(), "What it does.");
    v("name", x.name, text(text_kind::host).maybe(), "DNS name; every dns server knows it.");
    v("address", x.address, plain().required(), "IPv4 address.");
    v("port", x.port, integer(0, 65535), "0: the usual one, 80 (443 with tls), 5060, 53, 3478 or 123.");
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
    v.when(is(server_kind::redirection) || is(server_kind::provisioning), "kind redirection or provisioning");
    v("tls", x.tls, plain(), "https instead of http.");
    v("http", x.http, plain(), "What kind of web server it is.");
    v.when(is(server_kind::redirection), "kind redirection");
    v("path", x.path, text(text_kind::path).maybe(), "Of its interface; unset: /v1/redirections.");
    v("rate_limit", x.rate_limit, plain(), "Beyond it requests are answered 429.");
    v("codes", x.codes, plain(), "Known activation codes.");
    v("codes_file", x.codes_file, plain(), "More of them, lines \"CODE URL\"; relative to this file.");
    v("macs", x.macs, plain(), "Known MAC addresses.");
    v("macs_file", x.macs_file, plain(), "More of them, lines \"MAC URL\"; relative to this file.");
    v.when(is(server_kind::provisioning), "kind provisioning");
    v("files", x.files, plain().required(), "Folder that it serves; relative to this file.");
    v.when(is(server_kind::registrar), "kind registrar");
    v("domain", x.domain, text(text_kind::host).required(), "SIP domain.");
    v("expires_min", x.expires_min, time().from(1), "Shortest registration it grants.");
    v("expires_max", x.expires_max, time().from(1), "Longest registration it grants.");
    v.when(is(server_kind::dns), "kind dns");
    v("records", x.records, plain(), "Besides the names of the servers.");
    v.when(is(server_kind::ntp), "kind ntp");
    v("stratum", x.stratum, integer(1, 16), "Distance from a reference clock; 16: not synchronised, which it says.");
    v("ahead", x.clock_ahead_s, quantity(dimension::time).from(-3e9).to(3e9),
      "Its clock is so much ahead of the true time.");
    v.when(is(server_kind::stun), "kind stun");
    v("alternate_address", x.alternate_address, plain(),
      "Second address, for tests of a translator's behaviour (RFC 5780); unset: none.");
    v("alternate_port", x.alternate_port, integer(1, 65535), "Second port, on both addresses.");
    v("software", x.software, text(text_kind::any).maybe(), "Name it gives itself; unset: none.");
    v.when(true, "");
    v.rule("expires_max",
           [&]() -> std::string { return x.expires_min <= x.expires_max ? "" : "expires_max lies below expires_min"; });
}
template <class V>
void describe(V& v, internet_parameters& x) {
    v("latency", x.latency, time(), "One way between any two addresses, each packet; order is kept.");
    v("site_addresses", x.site_addresses, plain(), "Sites get their WAN addresses from here, in order.");
}

}  // namespace dectbed::scenarios
