#include "results/device_tracker.h"

#include <algorithm>
#include <variant>

#include "radio/nwk/elements.h"
#include "results/provisioning_intent.h"

namespace dectbed::results {

namespace record = sim::record;

std::string_view to_text(milestone m) {
    if (m == milestone::power_on) return "power_on";
    if (m == milestone::locked) return "locked";
    if (m == milestone::subscribed) return "subscribed";
    if (m == milestone::located) return "located";
    return phase_names[static_cast<std::size_t>(m) - 1];
}

std::optional<milestone> milestone_of(std::string_view phase) {
    for (std::size_t i = 0; i < phase_names.size(); ++i) {
        if (phase_names[i] == phase) return static_cast<milestone>(i + 1);
    }
    return std::nullopt;
}

tracked_device* device_tracker::device(sim::entity_id id) {
    if (id.value >= index_.size() || index_[id.value] == 0) return nullptr;
    return &devices_[index_[id.value] - 1];
}

tracked_device* device_tracker::base(sim::entity_id id) {
    tracked_device* d = device(id);
    return d && d->is_base ? d : nullptr;
}

void device_tracker::declared(sim::entity_id who, const record::entity_declared& r) {
    if (who.value >= index_.size()) {
        index_.resize(who.value + 1, 0);
        site_of_.resize(who.value + 1, 0);
        evidence_.resize(who.value + 1);
    }
    const std::uint32_t parent = r.parent.value;
    site_of_[who.value] = r.kind == "site" ? who.value : parent < site_of_.size() ? site_of_[parent] : 0;
    if (r.kind == "server") servers_[r.path] = who;
    const bool is_base = r.kind == "base";
    if (!is_base && r.kind != "handset") return;
    tracked_device d;
    d.id = who;
    d.site = {site_of_[who.value]};
    d.is_base = is_base;
    ++(is_base ? totals_.bases : totals_.handsets);
    devices_.push_back(std::move(d));
    listeners_.emplace_back();
    index_[who.value] = static_cast<std::uint32_t>(devices_.size());
}

void device_tracker::intended(tracked_device& d, const std::string& text) {
    const auto read = parse_provisioning_intent(text);
    if (!read) return;
    const auto server = servers_.find(read->provider);
    if (server != servers_.end()) d.provider = server->second;
    d.method = words_.keep(read->method);
}

void device_tracker::on(const sim::journal_entry& e) {
    if (const auto* r = std::get_if<record::entity_declared>(&e.what)) return declared(e.who, *r);
    if (const auto* r = std::get_if<record::power_changed>(&e.what)) {
        if (auto* d = device(e.who)) power(*d, r->on, e.at);
    } else if (const auto* reset_record = std::get_if<record::device_reset>(&e.what)) {
        if (auto* d = device(e.who)) reset(*d, reset_record->cause, e.at);
    } else if (const auto* state = std::get_if<record::state_changed>(&e.what)) {
        if (state->machine != "processor") return;  // a firmware's own words
        if (auto* d = device(e.who))
            d->firmware_failure = words_.keep(std::string_view(state->cause).substr(0, state->cause.find(':')));
    } else if (const auto* link = std::get_if<record::link_changed>(&e.what)) {
        if (auto* d = base(e.who)) {
            d->link = link->up;
            if (link->up) reach(*d, milestone::link, e.at);
        }
    } else if (const auto* dhcp = std::get_if<record::dhcp_message>(&e.what)) {
        if (dhcp->type != "ACK") return;
        if (auto* d = base(dhcp->client)) {
            d->lease_since_reset = true;
            reach(*d, milestone::lease, e.at);
        }
    } else if (const auto* response = std::get_if<record::http_response>(&e.what)) {
        answered(e.who, *response, e.at);
    } else if (const auto* port = std::get_if<record::switch_port_changed>(&e.what)) {
        if (auto* d = base(port->device)) d->port_state = words_.keep(port->state);
    } else if (const auto* assumed = std::get_if<record::assumption_used>(&e.what)) {
        if (auto* d = base(e.who)) intended(*d, assumed->text);
    } else if (const auto* transmitter = std::get_if<record::transmitter_changed>(&e.what)) {
        if (auto* d = base(e.who)) {
            d->transmitter = transmitter->on;
            if (transmitter->on) reach(*d, milestone::radio_on, e.at);
            judge(*d, e.at);
        }
    } else if (const auto* information = std::get_if<record::system_information_changed>(&e.what)) {
        if (auto* d = base(e.who)) {
            d->service = words_.keep(information->service);
            count_open(*d, information->access_rights_requests);
            if (d->service == "waiting_for_code") reach(*d, milestone::waiting, e.at);
            if (d->service == "in_service") reach(*d, milestone::in_service, e.at);
            judge(*d, e.at);
        }
    } else if (const auto* registration = std::get_if<record::sip_registration>(&e.what)) {
        if (auto* d = base(registration->client)) {
            d->registered = registration->active;
            if (registration->active) {
                d->ever_registered = true;
                reach(*d, milestone::registered, e.at);
            }
            judge(*d, e.at);
        }
    } else if (std::holds_alternative<record::flash_torn>(e.what)) {
        if (auto* d = base(e.who)) d->flash_torn_since_configured = d->reached(milestone::configured).has_value();
    } else if (const auto* lock_record = std::get_if<record::lock_changed>(&e.what)) {
        if (auto* d = device(e.who); d && !d->is_base) lock(*d, *lock_record, e.at);
    } else if (const auto* subscription = std::get_if<record::subscription_changed>(&e.what)) {
        if (auto* d = device(e.who)) {
            d->subscribed = subscription->subscribed;
            d->rights_reason.reset();
            if (subscription->subscribed) reach(*d, milestone::subscribed, e.at);
            judge(*d, e.at);
        }
    } else if (const auto* location = std::get_if<record::location_changed>(&e.what)) {
        if (auto* d = device(e.who)) {
            d->located = location->located;
            if (location->located) d->location_refused = false;
            if (location->located) reach(*d, milestone::located, e.at);
            judge(*d, e.at);
        }
    } else if (const auto* scan = std::get_if<record::scan_finished>(&e.what)) {
        if (auto* d = device(e.who)) {
            d->scanned = true;
            d->last_scan_found = scan->found;
        }
    } else if (const auto* message = std::get_if<record::nwk_message>(&e.what)) {
        nwk(*message, e.who, e.at);
    } else if (const auto* person = std::get_if<record::person_action>(&e.what)) {
        if (person->action == "types code" && e.who.value < site_of_.size()) {
            evidence_[site_of_[e.who.value]].code_typed = true;
        } else if (person->action == "submits PIN") {
            if (auto* d = device(person->object)) d->pin_typed = true;
        }
    }
}

void device_tracker::power(tracked_device& d, bool on, sim::time_point at) {
    d.powered = on;
    if (on) {
        reach(d, milestone::power_on, at);
    } else {
        d.link = false;
        d.transmitter = false;
        d.service = {};
        d.lease_since_reset = false;
        count_open(d, false);
    }
    if (!d.is_base && !on) {
        record::lock_changed gone;
        lock(d, gone, at);
    }
    judge(d, at);
}

void device_tracker::reset(tracked_device& d, const std::string& cause, sim::time_point at) {
    if (!d.is_base) return;
    d.transmitter = false;
    d.service = {};
    count_open(d, false);
    d.lease_since_reset = d.mac_unknown_since_reset = false;
    if (d.reached(milestone::configured)) {
        d.reset_since_configured = true;
        if (cause == "software") reach(d, milestone::restarted, at);
    }
    judge(d, at);
}

void device_tracker::answered(sim::entity_id server, const record::http_response& r, sim::time_point at) {
    tracked_device* d = base(r.client);
    if (!d) return;
    const bool by_provisioning_server = r.verdict == "file" || r.verdict == "not found";
    if (by_provisioning_server && d->provider && server != d->provider) d->misdirected_to = server;
    if (r.verdict.compare(0, 10, "address by") == 0) {
        d->redirection = redirection_word::address;
        reach(*d, milestone::redirected, at);
    } else if (r.verdict == "code refused") {
        d->redirection = redirection_word::refused;
    } else if (r.verdict == "mac unknown") {
        d->mac_unknown_since_reset = true;
    } else if (r.verdict == "source address" || r.verdict == "country" || r.verdict == "address unknown") {
        d->scanned = true;  // it asks where it is: it has no band
    } else if (r.verdict == "file" && r.status == 200) {
        reach(*d, milestone::configured, at);
        d->reset_since_configured = d->flash_torn_since_configured = false;
    } else if (r.status >= 400 && d->redirection != redirection_word::address) {
        d->redirection = redirection_word::busy;
    }
}

void device_tracker::count_open(tracked_device& d, bool open) {
    if (open == d.open) return;
    d.open = open;
    evidence_[d.site.value].bases_open += open ? 1u : ~0u;
}

/// What a fixed part answers to a handset that wants to be registered or located.
void device_tracker::answered(tracked_device& handset, const record::nwk_message& r) {
    if (r.message == "LOCATE-REJECT") handset.location_refused = true;
    if (r.message != "ACCESS-RIGHTS-REJECT") return;
    handset.rights_reason = -1;
    const auto octets = sim::from_hex(r.octets);
    if (!octets) return;
    const auto message = radio::nwk::decode_message(octets.value());
    if (!message) return;
    const auto* element = message.value().find(radio::nwk::ie::reject_reason);
    if (element == nullptr) return;
    if (const auto reason = radio::nwk::decode_reject_reason(*element)) handset.rights_reason = reason.value();
}

void device_tracker::nwk(const record::nwk_message& r, sim::entity_id who, sim::time_point at) {
    if (auto* receiver = device(who); receiver != nullptr && !receiver->is_base) return answered(*receiver, r);
    // What a handset says of itself is a code; to a base that acknowledges its beacon it only answers.
    if (!r.proprietary || r.message != "MM-INFO-REQUEST") return;
    tracked_device* d = base(who);
    const tracked_device* sender = device(r.sender);
    if (!d || !sender || sender->is_base) return;
    evidence_[d->site.value].code_typed = true;
    reach(*d, milestone::code_received, at);
}

void device_tracker::lock(tracked_device& d, const record::lock_changed& r, sim::time_point at) {
    const std::uint32_t self = index_[d.id.value] - 1;
    if (d.locked_to != 0) {
        if (const auto* old = device({d.locked_to})) {
            auto& list = listeners_[index_[old->id.value] - 1];
            list.erase(std::remove(list.begin(), list.end(), self), list.end());
        }
        d.locked_to = 0;
    }
    if (!r.locked) d.located = false;
    if (r.locked) {
        d.locked_to = r.fixed_part.value;
        reach(d, milestone::locked, at);
        if (const auto* fixed_part = base(r.fixed_part)) listeners_[index_[fixed_part->id.value] - 1].push_back(self);
    }
    judge(d, at);
}

void device_tracker::reach(tracked_device& d, milestone m, sim::time_point at) {
    if (!d.reached(m)) d.first.set(m, at);
}

void device_tracker::judge_handset(tracked_device& d, sim::time_point at) {
    const tracked_device* fixed_part = d.locked_to != 0 ? base({d.locked_to}) : nullptr;
    const bool ready = d.powered && d.subscribed && d.located && fixed_part && fixed_part->ready;
    if (ready == d.ready) return;
    d.ready = ready;
    if (ready) d.firmware_failure = {};  // it has overcome that
    totals_.handsets_ready += ready ? 1u : ~0u;
    if (ready) reach(d, milestone::ready, at);
}

void device_tracker::judge(tracked_device& d, sim::time_point at) {
    if (!d.is_base) return judge_handset(d, at);
    const bool ready = d.powered && d.transmitter && d.registered && d.service == "in_service";
    if (ready == d.ready) return;
    d.ready = ready;
    if (ready) d.firmware_failure = {};
    totals_.bases_ready += ready ? 1u : ~0u;
    evidence_[d.site.value].bases_ready += ready ? 1u : ~0u;
    if (ready) reach(d, milestone::ready, at);
    for (const std::uint32_t handset : listeners_[index_[d.id.value] - 1]) judge_handset(devices_[handset], at);
}

std::string device_tracker::cause(const tracked_device& d) const {
    if (d.ready) return {};
    if (!d.powered) return "not powered";
    if (!d.firmware_failure.empty()) return "firmware failed (" + std::string(d.firmware_failure) + ")";
    return d.is_base ? cause_of_base(d) : cause_of_handset(d);
}

std::string device_tracker::cause_of_base(const tracked_device& d) const {
    if (!d.lease_since_reset && (d.port_state == "closed" || d.port_state == "unauthorised")) return "port closed";
    if (!d.link && !d.lease_since_reset) return "no link";
    if (!d.lease_since_reset) return "no lease";
    if (d.registered) return "not in service";
    if (d.ever_registered) return "registration lost";
    if (d.reached(milestone::configured)) {
        const bool forgot = d.reset_since_configured && d.service == "waiting_for_code";
        if (forgot || d.flash_torn_since_configured) return "configuration not stored";
        return d.reset_since_configured ? "not registered" : "provisioning failed";
    }
    if (d.misdirected_to) return "misdirected";
    if (d.redirection == redirection_word::address) return "provisioning failed";
    if (d.redirection == redirection_word::refused) return "code refused";
    if (d.reached(milestone::code_received)) return "redirection unreachable";
    if (d.reached(milestone::waiting)) {
        const bool named_by_others = d.method == "dhcp" || d.method == "static";
        if (named_by_others && !evidence_[d.site.value].code_typed) return "no provisioning address";
        return evidence_[d.site.value].code_typed ? "code not delivered" : "no code entered";
    }
    if (d.scanned && !d.transmitter) return "no band";
    return d.mac_unknown_since_reset ? "not in service" : "redirection unreachable";
}

std::string device_tracker::cause_of_handset(const tracked_device& d) const {
    if (d.locked_to == 0 && d.scanned && d.last_scan_found == 0) return "no base in reach";
    if (evidence_[d.site.value].bases_ready == 0) return "no base in service";
    if (!d.subscribed) return cause_without_subscription(d);
    if (d.location_refused) return "location refused";
    if (d.locked_to == 0) return "not locked";
    return d.located ? "no base in service" : "not located";
}

std::string device_tracker::cause_without_subscription(const tracked_device& d) const {
    // EN 300 175-5, 7.7.34
    constexpr int insufficient_memory = 0x2F;
    namespace reason = radio::nwk::reject_reason;
    if (d.rights_reason == reason::authentication_failed) return "wrong PIN";
    if (d.rights_reason == insufficient_memory || d.rights_reason == reason::overload) return "base full";
    if (d.rights_reason == reason::ipui_not_accepted) return "registration closed";
    if (d.rights_reason) return "registration refused";
    if (d.pin_typed && evidence_[d.site.value].bases_open == 0) return "registration closed";
    return d.pin_typed ? "registration failed" : "not registered";
}

}  // namespace dectbed::results
