// A site with fixed and portable parts that remember what they were told.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "radio/air_interface.h"
#include "radio/identity.h"
#include "radio/vendor_announcement.h"
#include "sim/simulation.h"

namespace dectbed::radio::test {

using namespace std::chrono_literals;
using sim::duration;
using sim::time_point;

constexpr std::uint16_t vendor_emc = 0x0DB0;

inline system_information waiting_information() {
    system_information i;
    i.fixed_part_capabilities = capability_bit(17) | capability_bit(23) | capability_bit(36) | capability_bit(38);
    i.escape_emc = vendor_emc;
    i.escape_data = encode_announcement(announced_service::waiting_for_code);
    return i;
}

struct told {
    std::string what;
    time_point at;
    link_id link = 0;
    std::string detail;
};

struct base {
    sim::simulation& s;
    std::unique_ptr<fixed_part> part;
    std::vector<told> log;
    std::vector<sim::bytes> messages;
    link_id link = 0;
    int carrier = -1, slot = -1;
    rfpi id;
    std::function<void(link_id, sim::bytes)> on_message;

    base(sim::simulation& sim_in, air& a, sim::entity_id who, const fixed_part::config& c)
        : s(sim_in), part(a.make_fixed_part(who, c)), id(c.identity) {
        fixed_part::events e;
        e.started = [this](bool ok, int at_carrier, int at_slot) {
            carrier = at_carrier;
            slot = at_slot;
            tell("started", 0, ok ? "ok" : "failed");
        };
        e.link_established = [this](link_id l, std::uint32_t pmid) {
            link = l;
            tell("established", l, fmt::format("{:05x}", pmid));
        };
        e.link_released = [this](link_id l, release_reason r) { tell("released", l, to_text(r)); };
        e.received = [this](link_id l, sim::byte_view m) {
            messages.push_back(sim::to_bytes(m));
            tell("received", l, sim::to_hex(m));
            if (on_message) on_message(l, sim::to_bytes(m));
        };
        e.sent = [this](link_id l) { tell("sent", l, ""); };
        e.link_left = [this](link_id l, const rfpi& to) {
            link = 0;
            tell("left", l, to_text(to));
        };
        e.link_arrived = [this](link_id l, std::uint32_t, const rfpi& from, link_id) {
            link = l;
            tell("arrived", l, to_text(from));
        };
        e.ciphering = [this](link_id l, bool on) { tell("ciphering", l, on ? "on" : "off"); };
        e.connect_failed = [this](std::uint32_t pmid, release_reason r) {
            tell("connect failed", 0, fmt::format("{:05x} {}", pmid, to_text(r)));
        };
        part->set_events(std::move(e));
    }
    void tell(std::string what, link_id l, std::string detail) {
        log.push_back({std::move(what), s.now(), l, std::move(detail)});
    }
};

struct handset {
    sim::simulation& s;
    std::unique_ptr<portable_part> part;
    std::vector<told> log;
    std::vector<scan_entry> scanned;
    scan_entry locked, information;
    std::vector<sim::bytes> messages;
    link_id link = 0;
    std::function<void()> on_established;
    std::function<void(sim::byte_view)> on_paged, on_broadcast;

    handset(sim::simulation& sim_in, air& a, sim::entity_id who, const portable_part::config& c)
        : s(sim_in), part(a.make_portable_part(who, c)) {
        portable_part::events e;
        e.scanned = [this](const std::vector<scan_entry>& found) {
            scanned = found;
            tell("scanned", 0, std::to_string(found.size()));
        };
        e.locked = [this](bool ok, const scan_entry& entry) {
            locked = entry;
            tell("locked", 0, ok ? "ok" : "failed");
        };
        e.unlocked = [this](unlock_reason r) { tell("unlocked", 0, to_text(r)); };
        e.information_changed = [this](const scan_entry& entry) {
            information = entry;
            tell("information", 0, announcement_text(entry.information));
        };
        e.paged = [this](sim::byte_view m) {
            tell("paged", 0, sim::to_hex(m));
            if (on_paged) on_paged(m);
        };
        e.broadcast_received = [this](sim::byte_view m) {
            tell("broadcast", 0, sim::to_hex(m));
            if (on_broadcast) on_broadcast(m);
        };
        e.link_established = [this](link_id l) {
            link = l;
            tell("established", l, "");
            if (on_established) on_established();
        };
        e.link_released = [this](link_id l, release_reason r) { tell("released", l, to_text(r)); };
        e.received = [this](link_id l, sim::byte_view m) {
            messages.push_back(sim::to_bytes(m));
            tell("received", l, sim::to_hex(m));
        };
        e.sent = [this](link_id l) { tell("sent", l, ""); };
        e.handed_over = [this](link_id l, const scan_entry& to) { tell("handed over", l, to_text(to.identity)); };
        e.ciphering = [this](link_id l, bool on) { tell("ciphering", l, on ? "on" : "off"); };
        part->set_events(std::move(e));
        part->set_power(true);
    }
    void tell(std::string what, link_id l, std::string detail) {
        log.push_back({std::move(what), s.now(), l, std::move(detail)});
    }
    const told* last(const std::string& what) const {
        for (auto i = log.rbegin(); i != log.rend(); ++i)
            if (i->what == what) return &*i;
        return nullptr;
    }
    int count(const std::string& what, const std::string& detail = "") const {
        int n = 0;
        for (const told& t : log) n += t.what == what && (detail.empty() || t.detail == detail) ? 1 : 0;
        return n;
    }
};

inline const told* last(const base& b, const std::string& what) {
    for (auto i = b.log.rbegin(); i != b.log.rend(); ++i)
        if (i->what == what) return &*i;
    return nullptr;
}

struct world {
    sim::simulation s;
    sim::entity_id site;
    std::unique_ptr<air> on_air;
    std::vector<std::unique_ptr<base>> bases;
    std::vector<std::unique_ptr<handset>> handsets;
    std::size_t handsets_made = 0;
    std::vector<std::pair<sim::entity_id, sim::record::any>> records;
    std::vector<time_point> record_times;

    explicit world(std::uint64_t seed = 1, const path_loss_parameters& loss = {}) : s(seed) {
        s.journal().add_sink([this](const sim::journal_entry& e) {
            records.emplace_back(e.who, e.what);
            record_times.push_back(e.at);
        });
        site = s.journal().declare("office", "site");
        on_air = make_air(s, site, loss);
    }
    ~world() {
        handsets.clear();
        bases.clear();
    }
    base& add_base(const sim::position& place, station_clock clock = {}, int bearers_max = 8) {
        const auto n = bases.size();
        fixed_part::config c;
        c.identity = make_rfpi_class_a(vendor_emc, static_cast<std::uint32_t>(n + 1), 0);
        c.place = place;
        if (clock.phase == duration{0} && clock.ppb == 0) {
            clock.phase = duration{static_cast<std::int64_t>(n) * 1'234'567'891 % 10'000'000'000};
            clock.ppb = static_cast<std::int32_t>(n * 1'733 % 10'000) - 5'000;
        }
        c.clock = clock;
        c.bearers_max = bearers_max;
        return add_configured_base(c);
    }
    base& add_configured_base(const fixed_part::config& c) {
        const auto n = bases.size();
        const auto who = s.journal().declare(fmt::format("office/base[{}]", n), "base", site, "", to_text(c.identity));
        bases.push_back(std::make_unique<base>(s, *on_air, who, c));
        bases.back()->part->set_information(waiting_information());
        return *bases.back();
    }
    handset& add_handset(const sim::position& place, paging_duty duty = paging_duty::normal) {
        const auto n = handsets_made;
        portable_part::config c;
        c.ipei = ipei{vendor_emc, static_cast<std::uint32_t>(n)}.octets();
        c.place = place;
        c.duty = duty;
        return add_configured_handset(c);
    }
    handset& add_configured_handset(const portable_part::config& c) {
        const auto n = handsets_made++;
        const auto who = s.journal().declare(fmt::format("office/handset[{}]", n), "handset", site);
        handsets.push_back(std::make_unique<handset>(s, *on_air, who, c));
        return *handsets.back();
    }
    void start_all() {
        for (auto& b : bases) b->part->start(band::eu, sim::dbm::of(24));
    }
    /// Takes one event of its own: time goes on even if nothing happens.
    void run(duration d) {
        const auto end = s.now() + d;
        (void)s.kernel().at(end, [] {});
        s.kernel().run_until(end);
    }

    /// Events of a time in which nobody does anything.
    std::uint64_t events_in(duration d) {
        const auto before = s.kernel().executed_events();
        run(d);
        constexpr std::uint64_t of_run = 2;  // ours, and the kernel's own that ends the run
        return s.kernel().executed_events() - before - of_run;
    }

    /// With the time of each.
    template <class Record>
    std::vector<std::pair<time_point, Record>> records_of() const {
        std::vector<std::pair<time_point, Record>> out;
        for (std::size_t i = 0; i < records.size(); ++i)
            if (const auto* r = std::get_if<Record>(&records[i].second)) out.emplace_back(record_times[i], *r);
        return out;
    }
    template <class Record>
    std::vector<Record> all() const {
        std::vector<Record> out;
        for (const auto& [who, what] : records)
            if (const auto* r = std::get_if<Record>(&what)) out.push_back(*r);
        return out;
    }
    template <class Record>
    std::vector<Record> all_of(sim::entity_id whose) const {
        std::vector<Record> out;
        for (const auto& [who, what] : records)
            if (const auto* r = std::get_if<Record>(&what); r != nullptr && who == whose) out.push_back(*r);
        return out;
    }
};

}  // namespace dectbed::radio::test
