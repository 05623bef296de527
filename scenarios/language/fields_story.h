// Keys of the timeline and of expectations.
#pragma once

#include "scenarios/language/spec.h"

namespace dectbed::scenarios {

const std::vector<std::string>& phase_name_list();
const std::vector<std::string>& record_name_list();
const std::vector<std::string>& device_kind_list();

template <class V>
void describe(V& v, record_clause& x) {
    v("record", x.record, plain().required().one_of(record_name_list()), "Type of the journal's record.");
    v("who", x.who, text(text_kind::glob).maybe(), "Path or glob of the entity that published it; unset: anyone.");
    v("where", x.where, plain().or_many(),
      "Field: value, a list of values, a glob, or a comparison such as \">= 400\"; != in front of a value negates it.");
}
template <class V>
void describe(V& v, trigger_clause& x) {
    v("record", x.record, plain().required().one_of(record_name_list()), "Type of the journal's record.");
    v("who", x.who, text(text_kind::glob).maybe(), "Path or glob of the entity that published it; unset: anyone.");
    v("where", x.where, plain().or_many(),
      "Field: value, a list of values, a glob, or a comparison such as \">= 400\"; != in front of a value negates it.");
    v("nth", x.nth, integer(1, 1e9), "The n-th match triggers.");
    v("octet", x.octet, integer(0, 1e12),
      "For tcp_payload_received: the record that carries this octet of the stream.");
    v("body_octet", x.body_octet, integer(0, 1e12),
      "For tcp_payload_received: the record that carries this octet of the body of the last HTTP response that has begun on the "
      "connection.");
    v("every", x.every, plain(), "Again at each n-th match, not only once.");
    v("after", x.after, plain().or_many(),
      "Only matches count that come after a record like this; of several, each after the one before.");
}
template <class V>
void describe(V& v, timeline_clause& x) {
    v("name", x.name, text(text_kind::any).maybe(), "For reports, and for merging.");
    v("at", x.at, time(), "At this time after the start.");
    v("on", x.on, plain(), "Or when a record of the journal matches.");
    v("delay", x.delay, time(), "After the trigger.");
    v("do", x.action, plain().required(), "The action; see the list of actions.");
    v("target", x.target, plain().maybe(),
      "Path or glob; with `on` also {who} or {client}: the entity of the matching record.");
    v("for", x.lasts, time().above(0), "Then the action is undone; unset: it lasts.");
    v("with", x.with, plain(), "Arguments of the action.");
    v.rule("", [&]() -> std::string { return bool(x.at) != bool(x.on) ? "" : "expected exactly one of at and on"; });
}

template <class V>
void describe(V& v, failed_clause& x) {
    v("cause", x.cause, plain().maybe(), "Cause, * allowed; unset: any.");
    v("count", x.count, plain().required(), "How many.");
}
template <class V>
void describe(V& v, devices_clause& x) {
    v("which", x.which, text(text_kind::glob).maybe(), "Path or glob; unset: all of the scenario.");
    v("ready", x.ready, plain(), "How many are ready.");
    v("powered", x.powered, plain(), "How many had power at least once.");
    v("misdirected", x.misdirected, plain(),
      "Bases: how many have asked another provisioning server than their provider's.");
    v("failed", x.failed, plain(), "How many are not ready in the end, and why.");
    v("by", x.by, time(), "Judged at this time; unset: at the end.");
    v.rule("", [&]() -> std::string {
        return x.ready || x.powered || x.misdirected || x.failed
                   ? ""
                   : "expected one of ready, powered, misdirected and failed";
    });
}
template <class V>
void describe(V& v, expectation_clause& x) {
    const spec seconds = time();
    const spec count = plain().from(0);
    v("name", x.name, text(text_kind::any).required(), "Unique; shown in reports.");

    v("bases", x.bases, plain(), "Statement about bases.");
    v("handsets", x.handsets, plain(), "Statement about handsets.");

    v("phase", x.phase, plain().maybe().one_of(phase_name_list()), "Statement about a phase: its name.");
    v.when(!x.phase.empty(), "phase");
    v("of", x.of, plain().maybe().one_of(device_kind_list()), "phase: of bases (if unset) or handsets.");
    v("which", x.which, text(text_kind::glob).maybe(), "phase: path or glob of the devices; unset: all.");
    v("n", x.n, count, "phase: devices that completed it.");
    v("min", x.min, seconds, "phase: shortest.");
    v("mean", x.mean, seconds, "phase: mean.");
    v("p50", x.p50, seconds, "phase: median.");
    v("p90", x.p90, seconds, "phase: 90th percentile.");
    v("p95", x.p95, seconds, "phase: 95th percentile.");
    v("p99", x.p99, seconds, "phase: 99th percentile.");
    v("max", x.max, seconds, "phase: longest.");
    v.when(true, "");

    v("server", x.server, text(text_kind::name).maybe(), "Statement about a server: its key.");
    v.when(!x.server.empty(), "server");
    v("requests", x.requests, count, "server: complete requests.");
    v("peak_rps", x.peak_rps, count, "server: most requests in one second.");
    v("bytes", x.bytes, quantity(dimension::octets).from(0), "server: octets of responses.");
    v("errors", x.errors, count, "server: responses with a status of 400 or more.");
    v("refused", x.refused, count, "server: requests not served.");
    v("queue_max", x.queue_max, count, "server: most requests waiting.");
    v("connections_max", x.connections_max, count, "server: most connections open.");
    v("retries", x.retries, count, "server: requests that repeat one without a useful answer.");
    v("handshakes", x.handshakes, count, "server: TLS handshakes, full and resumed.");
    v.when(true, "");

    v("never", x.never, plain(), "No record like this, between after and before.");
    v("eventually", x.eventually, plain(), "Enough records like this, after `after`, until `by`.");
    v("order", x.order, plain(), "Two or more records whose first matches come in this order.");
    v.when(x.never || x.eventually, "never or eventually");
    v("after", x.after, plain(), "Only from then on: a time, or the first record like this.");
    v.when(bool(x.never), "never");
    v("before", x.before, plain(), "Only until then: a time, or the first record like this.");
    v.when(bool(x.eventually), "eventually");
    v("by", x.by, time(), "Until this time; unset: the end.");
    v("count", x.count, count, "How many of them; unset: >= 1.");
    v.when(bool(x.eventually) || !x.order.empty(), "eventually or order");
    v("each", x.each, text(text_kind::glob).maybe(), "For each entity whose path matches; unset: once for all.");
    v.when(!x.order.empty(), "order");
    v("all_steps", x.all_steps, plain(), "Every one of them must come; false: only the order of those that do.");
    v.when(true, "");
    v.rule("", [&]() -> std::string {
        const int written = bool(x.bases) + bool(x.handsets) + !x.phase.empty() + !x.server.empty() + bool(x.never) +
                            bool(x.eventually) + !x.order.empty();
        if (written != 1) return "expected exactly one of bases, handsets, phase, server, never, eventually and order";
        if (!x.phase.empty() && !(x.n || x.min || x.mean || x.p50 || x.p90 || x.p95 || x.p99 || x.max))
            return "expected a limit: one of n, min, mean, p50, p90, p95, p99 and max";
        if (!x.server.empty() && !(x.requests || x.peak_rps || x.bytes || x.errors || x.refused || x.queue_max ||
                                   x.connections_max || x.retries || x.handshakes))
            return "expected a limit: one of requests, peak_rps, bytes, errors, refused, queue_max, connections_max, "
                   "retries and handshakes";
        if (x.order.size() == 1) return "order needs two records or more";
        return "";
    });
}

}  // namespace dectbed::scenarios
