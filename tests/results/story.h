// A journal made by hand: entities and records at chosen times, told to a sink.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/journal/journal.h"

namespace dectbed::test {

namespace record = sim::record;

class story {
  public:
    using sink = std::function<void(const sim::journal_entry&)>;
    explicit story(sink s) : sink_(std::move(s)) {}

    sim::entity_id declare(std::string path, std::string kind, sim::entity_id parent = {}) {
        const sim::entity_id id{++last_};
        tell(id, record::entity_declared{std::move(path), std::move(kind), parent, "", ""});
        return id;
    }
    /// What follows happens at this time.
    story& at(double seconds) {
        now_ = sim::time_point{sim::from_seconds(seconds)};
        return *this;
    }
    story& tell(sim::entity_id who, record::any what) {
        sink_({now_, who, std::move(what)});
        return *this;
    }

    // the usual steps of a base
    story& power(sim::entity_id d, bool on = true) { return tell(d, record::power_changed{on, "plugged in"}); }
    story& reset(sim::entity_id d, const char* cause) { return tell(d, record::device_reset{cause}); }
    story& link(sim::entity_id d) { return tell(d, record::link_changed{true, ""}); }
    story& lease(sim::entity_id server, sim::entity_id d) {
        return tell(server, record::dhcp_message{"ACK", "", "192.168.1.100", 1, d});
    }
    story& transmitter(sim::entity_id d, bool on = true) {
        return tell(d, record::transmitter_changed{on, "eu", 3, 4});
    }
    story& announces(sim::entity_id d, const char* service, bool open = false) {
        return tell(d, record::system_information_changed{service, open});
    }
    story& code(sim::entity_id base, sim::entity_id handset) {
        return tell(base, record::nwk_message{handset, "MM-INFO-REQUEST", true, "0550"});
    }
    story& answer(sim::entity_id server, sim::entity_id base, int status, const char* verdict) {
        return tell(server, record::http_response{1, status, 100, {}, {}, base, verdict});
    }
    story& registration(sim::entity_id registrar, sim::entity_id base, bool active = true) {
        return tell(registrar, record::sip_registration{"base@csp.example", "", active, 3600, base});
    }
    story& lock(sim::entity_id handset, sim::entity_id base) {
        record::lock_changed r;
        r.locked = static_cast<bool>(base);
        r.fixed_part = base;
        return tell(handset, r);
    }

    // and of a handset
    story& subscribed(sim::entity_id handset, bool yes = true) {
        return tell(handset, record::subscription_changed{yes, "", ""});
    }
    story& located(sim::entity_id handset, bool yes = true) {
        return tell(handset, record::location_changed{yes, "", ""});
    }
    story& rights_refused(sim::entity_id handset, sim::entity_id base, const char* octets) {
        return tell(handset, record::nwk_message{base, "ACCESS-RIGHTS-REJECT", false, octets});
    }

  private:
    sink sink_;
    std::uint32_t last_ = 0;
    sim::time_point now_;
};

/// An office with one base, one handset, one person and the servers it needs.
struct small_office {
    explicit small_office(story::sink s) : tell(std::move(s)) {
        office = tell.declare("office", "site");
        router = tell.declare("office/router", "router", office);
        base = tell.declare("office/base[0]", "base", office);
        handset = tell.declare("office/handset[0]", "handset", office);
        person = tell.declare("office/person/installer", "person", office);
        redirection = tell.declare("internet/redirection", "server");
        provisioning = tell.declare("internet/provisioning", "server");
        registrar = tell.declare("internet/registrar", "server");
    }
    /// Power at 1 s, link 2, lease 4, radio 7, waiting 8.
    void base_waits() {
        tell.at(1).power(base).reset(base, "power_on").at(2).link(base).at(4).lease(router, base);
        tell.at(7).transmitter(base).at(8).announces(base, "waiting_for_code");
    }
    /// Code at 20 s, redirected 21, configured 23, restarted 24, lease again 26, radio 28.
    void base_configures() {
        tell.at(20).code(base, handset).at(21).answer(redirection, base, 200, "address by code");
        tell.at(23).answer(provisioning, base, 200, "file").at(24).reset(base, "software");
        tell.at(26).lease(router, base).at(28).transmitter(base);
    }
    /// Registered at 30 s, in service 31.
    void base_serves() { tell.at(30).registration(registrar, base).at(31).announces(base, "in_service"); }
    /// Granted access rights at 32 s, located there at 33 s.
    void handset_registers() { tell.at(32).subscribed(handset).at(33).located(handset); }
    void handset_on() { tell.at(5).power(handset).reset(handset, "power_on"); }

    story tell;
    sim::entity_id office, router, base, handset, person, redirection, provisioning, registrar;
};

}  // namespace dectbed::test
