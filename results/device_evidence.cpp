#include "results/device_evidence.h"

#include <fmt/core.h>

#include <variant>

namespace dectbed::results {

namespace record = sim::record;

namespace {

constexpr std::int64_t warning_level = 1;

std::string plural(std::uint32_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

}  // namespace

device_evidence::rare_facts& device_evidence::facts::seldom() {
    if (!rare) rare = std::make_unique<rare_facts>();
    return *rare;
}

device_evidence::facts* device_evidence::find(sim::entity_id id) {
    if (id.value >= index_.size() || index_[id.value] == 0) return nullptr;
    return &facts_[index_[id.value] - 1];
}

void device_evidence::dhcp(facts& f, const record::dhcp_message& m) {
    if (m.type == "DISCOVER") {
        if (f.lease) f.discovers = f.offers = f.naks = 0;
        f.lease = false;
        ++f.discovers;
    } else if (m.type == "OFFER") {
        ++f.offers;
    } else if (m.type == "NAK") {
        ++f.naks;
    } else if (m.type == "ACK") {
        f.lease = true;
    }
}

void device_evidence::on(const sim::journal_entry& e) {
    if (const auto* declared = std::get_if<record::entity_declared>(&e.what)) {
        if (declared->kind != "base" && declared->kind != "handset") return;
        if (e.who.value >= index_.size()) index_.resize(e.who.value + 1, 0);
        facts_.emplace_back();
        facts_.back().is_base = declared->kind == "base";
        index_[e.who.value] = static_cast<std::uint32_t>(facts_.size());
    } else if (const auto* dhcp_record = std::get_if<record::dhcp_message>(&e.what)) {
        if (auto* f = find(dhcp_record->client)) dhcp(*f, *dhcp_record);
    } else if (const auto* port = std::get_if<record::switch_port_changed>(&e.what)) {
        const bool passes = port->state == "forwarding" || port->state == "open";
        if (auto* f = find(port->device)) f->port = passes ? std::string_view() : words_.keep(port->state);
    } else if (const auto* http = std::get_if<record::http_response>(&e.what)) {
        if (auto* f = find(http->client))
            f->web = {e.who, static_cast<std::int32_t>(http->status), words_.keep(http->verdict)};
    } else if (const auto* tls = std::get_if<record::tls_handshake>(&e.what)) {
        auto* f = find(tls->client);
        if (f == nullptr) return;
        const bool done = tls->result == "done";
        if (!done || f->rare) f->seldom().tls = {e.who, done ? "" : tls->result};
    } else if (const auto* sip = std::get_if<record::sip_message>(&e.what)) {
        auto* f = find(sip->client);
        if (f == nullptr) return;
        if (sip->method == "REGISTER" && sip->received && sip->status == 0) ++f->registers;
        if (sip->status >= 200) f->sip = {e.who, static_cast<std::int32_t>(sip->status), words_.keep(sip->method)};
    } else if (const auto* file = std::get_if<record::file_transfer>(&e.what)) {
        if (auto* f = find(file->client))
            f->seldom().file = {e.who, fmt::format("{} of {}: {}", file->protocol, file->file, file->result)};
    } else if (const auto* country = std::get_if<record::geolocation_lookup>(&e.what)) {
        if (auto* f = find(country->client)) {
            const std::string& what = country->country.empty() ? country->result : country->country;
            f->seldom().country = {e.who, fmt::format("{} is {}", country->address, what)};
        }
    } else if (const auto* box = std::get_if<record::middlebox_action>(&e.what)) {
        if (auto* f = find(box->client)) f->seldom().middlebox = fmt::format("{} {}", box->box, box->action);
    } else if (const auto* log = std::get_if<record::firmware_log>(&e.what)) {
        if (log->level > warning_level) return;
        if (auto* f = find(e.who)) f->seldom().warning = log->text;
    } else if (const auto* state = std::get_if<record::state_changed>(&e.what)) {
        if (state->machine != "processor") return;
        if (auto* f = find(e.who)) {
            ++f->seldom().failures;
            f->seldom().failure = state->cause;
        }
    } else if (std::holds_alternative<record::device_reset>(e.what)) {
        if (auto* f = find(e.who)) {
            f->lease = false;
            f->discovers = f->offers = f->naks = 0;
        }
    }
}

std::string device_evidence::about(sim::entity_id device, const entity_names& names) const {
    if (device.value >= index_.size() || index_[device.value] == 0) return {};
    const facts& f = facts_[index_[device.value] - 1];
    static const rare_facts nothing;
    const rare_facts& r = f.rare ? *f.rare : nothing;
    std::string out;
    const auto say = [&](const std::string& part) { out += (out.empty() ? "" : "; ") + part; };
    if (r.failures > 0)
        say(fmt::format("its firmware failed{}: {}", r.failures > 1 ? fmt::format(" {} times", r.failures) : "",
                        r.failure));
    if (!f.port.empty()) say(fmt::format("its switch port is {}", f.port));
    if (f.is_base && !f.lease) {
        if (f.discovers == 0) {
            say("no DHCP server heard it");
        } else {
            say(fmt::format("a DHCP server saw {}, sent {}{}", plural(f.discovers, "DISCOVER"),
                            plural(f.offers, "OFFER"), f.naks ? fmt::format(" and {}", plural(f.naks, "NAK")) : ""));
        }
    }
    if (f.lease && !f.web.server && !r.file.server && f.registers == 0) say("no request of it reached a server");
    if (!r.tls.words.empty()) say(fmt::format("TLS with {} ended: {}", names.path_of(r.tls.server), r.tls.words));
    if (f.web.server)
        say(fmt::format("last answer of {}: {}{}{}", names.path_of(f.web.server), f.web.status,
                        f.web.words.empty() ? "" : " ", f.web.words));
    if (r.file.server) say(fmt::format("{} at {}", r.file.words, names.path_of(r.file.server)));
    if (r.country.server) say(fmt::format("{} says that {}", names.path_of(r.country.server), r.country.words));
    if (f.sip.server)
        say(fmt::format("{} answered {} with {}", names.path_of(f.sip.server), f.sip.words, f.sip.status));
    if (!r.middlebox.empty()) say(r.middlebox);
    if (!r.warning.empty()) say("its own last warning: \"" + r.warning + "\"");
    return out;
}

}  // namespace dectbed::results
