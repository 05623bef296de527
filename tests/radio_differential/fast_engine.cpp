#include "tests/radio_differential/fast_engine.h"

#include <fmt/format.h>

#include <map>

#include "sim/simulation.h"

namespace dectbed::radio::plain {

namespace {

class fast_world {
  public:
    explicit fast_world(const script& s) : script_(s), sim_(s.seed) {
        const auto site = sim_.journal().declare("office", "site");
        air_ = make_air(sim_, site, s.loss, s.receiver);
        for (std::size_t i = 0; i < s.bases.size(); ++i) add_base(i, site);
        for (std::size_t i = 0; i < s.handsets.size(); ++i) add_handset(i, site);
        sim_.journal().add_sink([this](const sim::journal_entry& e) { record(e.who, e.what); });
    }
    ~fast_world() {
        handsets_.clear();
        bases_.clear();
    }

    journal run() {
        for (const script::action& a : script_.actions)
            if (a.at <= script_.duration)
                (void)sim_.kernel().at(sim::time_point{sim::duration{a.at}}, [this, &a] { act(a); });
        sim_.kernel().run_until(sim::time_point{sim::duration{script_.duration}});
        running_ = false;
        return std::move(journal_);
    }

  private:
    struct base {
        std::unique_ptr<fixed_part> part;
        link_id link = 0;
    };
    struct handset {
        std::unique_ptr<portable_part> part;
        link_id link = 0;
        std::vector<sim::bytes> first_messages;
    };

    void say(int who, std::string text) {
        if (running_) journal_.push_back({sim::picoseconds_of(sim_.now()), who, std::move(text)});
    }
    static std::string entry(const scan_entry& e) {
        return entry_text(e.identity, e.carrier, e.slot, e.rssi, e.information, e.heard_capabilities, e.heard_escape);
    }

    void add_base(std::size_t i, sim::entity_id site) {
        const script::base& from = script_.bases[i];
        fixed_part::config c;
        c.identity = from.identity;
        c.place = from.place;
        c.clock.phase = sim::duration{from.phase};
        c.clock.ppb = from.ppb;
        c.clock.first_frame = static_cast<std::uint8_t>(from.first_frame);
        c.bearers_max = from.bearers_max;
        c.transceivers = from.transceivers;
        c.system = from.system;
        c.fast_set_up = from.fast_set_up;
        const auto who = sim_.journal().declare(script_.base_path(i), "base", site, "", to_text(from.identity));
        const int n = static_cast<int>(i);
        numbers_[who.value] = n;
        bases_.push_back(std::make_unique<base>());
        base* b = bases_.back().get();
        b->part = air_->make_fixed_part(who, c);
        fixed_part::events e;
        e.started = [this, n](bool ok, int carrier, int slot) {
            say(n, fmt::format("started {} {}/{}", ok ? "ok" : "failed", carrier, slot));
        };
        e.link_established = [this, n, b](link_id id, std::uint32_t pmid) {
            b->link = id;
            say(n, fmt::format("established {} {}", id, pmid));
        };
        e.link_released = [this, n](link_id id, release_reason why) {
            say(n, fmt::format("released {} {}", id, to_text(why)));
        };
        e.received = [this, n, b](link_id id, sim::byte_view m) {
            say(n, fmt::format("received {} {}", id, sim::to_hex(m)));
            if (auto answer = answer_to(m); !answer.empty()) b->part->send(id, std::move(answer));
        };
        e.sent = [this, n](link_id id) { say(n, fmt::format("sent {}", id)); };
        e.link_left = [this, n](link_id id, const rfpi& to) { say(n, fmt::format("left {} {}", id, to_text(to))); };
        e.link_arrived = [this, n, b](link_id id, std::uint32_t pmid, const rfpi& of, link_id there) {
            b->link = id;
            say(n, fmt::format("arrived {} {} {} {}", id, pmid, to_text(of), there));
        };
        e.connect_failed = [this, n](std::uint32_t pmid, release_reason why) {
            say(n, fmt::format("connect failed {} {}", pmid, to_text(why)));
        };
        b->part->set_events(std::move(e));
    }

    void add_handset(std::size_t i, sim::entity_id site) {
        const script::handset& from = script_.handsets[i];
        portable_part::config c;
        c.place = from.place;
        c.power = from.power;
        c.detects = from.detects;
        const auto who = sim_.journal().declare(script_.handset_path(i), "handset", site);
        const int n = static_cast<int>(script_.bases.size() + i);
        numbers_[who.value] = n;
        handsets_.push_back(std::make_unique<handset>());
        handset* h = handsets_.back().get();
        h->part = air_->make_portable_part(who, c);
        portable_part::events e;
        e.scanned = [this, n](const std::vector<scan_entry>& found) {
            std::string text = "scanned";
            for (const scan_entry& one : found) text += " " + entry(one);
            say(n, text);
        };
        e.locked = [this, n](bool ok, const scan_entry& one) {
            say(n, ok ? "locked ok " + entry(one) : "locked failed " + to_text(one.identity));
        };
        e.unlocked = [this, n](unlock_reason why) { say(n, fmt::format("unlocked {}", to_text(why))); };
        e.information_changed = [this, n](const scan_entry& one) { say(n, "information " + entry(one)); };
        e.link_established = [this, n, h](link_id id) {
            say(n, fmt::format("established {}", id));
            h->link = id;
            for (const sim::bytes& m : h->first_messages) h->part->send(id, m);
        };
        e.link_released = [this, n](link_id id, release_reason why) {
            say(n, fmt::format("released {} {}", id, to_text(why)));
        };
        e.received = [this, n](link_id id, sim::byte_view m) {
            say(n, fmt::format("received {} {}", id, sim::to_hex(m)));
        };
        e.sent = [this, n](link_id id) { say(n, fmt::format("sent {}", id)); };
        e.broadcast_received = [this, n](sim::byte_view m) { say(n, "broadcast " + sim::to_hex(m)); };
        e.handed_over = [this, n](link_id id, const scan_entry& one) {
            say(n, fmt::format("handed over {} {}", id, entry(one)));
        };
        h->part->set_events(std::move(e));
    }

    void record(sim::entity_id who, const sim::record::any& what) {
        const auto number = numbers_.find(who.value);
        if (number == numbers_.end()) return;
        const int n = number->second;
        namespace r = sim::record;
        if (const auto* t = std::get_if<r::transmitter_changed>(&what)) {
            say(n, fmt::format("transmitter {} {}/{}", t->on ? "on" : "off", t->carrier, t->slot));
        } else if (const auto* i = std::get_if<r::system_information_changed>(&what)) {
            say(n, fmt::format("information {}{}", i->service, i->access_rights_requests ? " open" : ""));
        } else if (const auto* s = std::get_if<r::scan_finished>(&what)) {
            say(n, fmt::format("scan {} {}", s->found, s->took.count()));
        } else if (const auto* l = std::get_if<r::lock_changed>(&what)) {
            say(n, fmt::format("lock {} {} {} {} {}", l->locked ? "on" : "off", numbers_.at(l->fixed_part.value),
                               l->rfpi, l->reason, l->rssi_milli_dbm));
        } else if (const auto* a = std::get_if<r::access_request>(&what)) {
            say(n, fmt::format("access {} {}/{} {} {}", numbers_.at(a->fixed_part.value), a->carrier, a->slot,
                               a->attempt, a->outcome));
        } else if (const auto* b = std::get_if<r::bearer_changed>(&what)) {
            say(n, b->established ? fmt::format("bearer up {}", numbers_.at(b->fixed_part.value))
                                  : fmt::format("bearer down {} {}", numbers_.at(b->fixed_part.value), b->reason));
        } else if (const auto* o = std::get_if<r::handover>(&what)) {
            const auto to = numbers_.find(o->to.value);
            say(n, fmt::format("handover {} {} {} {} {} {}/{} to {} {}/{}", o->kind, o->reason, o->outcome, o->attempts,
                               numbers_.at(o->from.value), o->from_carrier, o->from_slot,
                               to == numbers_.end() ? -1 : to->second, o->to_carrier, o->to_slot));
        } else if (const auto* sent = std::get_if<r::page_sent>(&what)) {
            say(n, fmt::format("page {} {}", sent->octets, sent->sent ? "sent" : "refused"));
        } else if (const auto* page = std::get_if<r::page_heard>(&what)) {
            say(n, fmt::format("paged {} {}", numbers_.at(page->fixed_part.value), page->octets));
        } else if (const auto* m = std::get_if<r::nwk_message>(&what)) {
            say(n, fmt::format("nwk {} {}", numbers_.at(m->sender.value), m->octets));
        }
    }

    void act(const script::action& a) {
        using kind = script::action::kind;
        const auto who = static_cast<std::size_t>(a.who);
        switch (a.what) {
            case kind::base_start:
                return bases_[who]->part->start(band::eu, a.power);
            case kind::base_stop:
                return bases_[who]->part->stop();
            case kind::base_information:
                return bases_[who]->part->set_information(a.information);
            case kind::base_send:
                for (const sim::bytes& m : a.messages) bases_[who]->part->send(bases_[who]->link, m);
                return;
            case kind::base_release:
                return bases_[who]->part->release(bases_[who]->link);
            case kind::base_release_to_listen:
                return bases_[who]->part->release_to_listen(bases_[who]->link,
                                                            pmid_assigned_to(static_cast<std::size_t>(a.number)));
            case kind::base_page:
                for (const sim::bytes& m : a.messages) (void)bases_[who]->part->page(m);
                return;
            case kind::base_broadcast:
                for (const sim::bytes& m : a.messages) (void)bases_[who]->part->broadcast(m);
                return;
            case kind::base_connect:
                if (!bases_[who]->part->connect(pmid_assigned_to(static_cast<std::size_t>(a.number))))
                    say(a.who, "cannot connect");
                return;
            case kind::base_busy:
                return bases_[who]->part->set_host_busy(a.number != 0);
            case kind::power_on:
                handsets_[who]->part->set_power(true);
                if (script_.handsets[who].detects != set_up_detection::none)
                    handsets_[who]->part->assign_pmid(pmid_assigned_to(who));
                return;
            case kind::answer_calls:
                return handsets_[who]->part->answer_calls(static_cast<call_answer>(a.number));
            case kind::power_off:
                return handsets_[who]->part->set_power(false);
            case kind::move:
                return handsets_[who]->part->move_to(a.place);
            case kind::scan:
                return handsets_[who]->part->scan(band::eu, a.number);
            case kind::lock:
                return handsets_[who]->part->lock(band::eu, script_.bases[static_cast<std::size_t>(a.number)].identity);
            case kind::unlock:
                return handsets_[who]->part->unlock();
            case kind::open_link:
                handsets_[who]->first_messages = a.messages;
                return handsets_[who]->part->open_link();
            case kind::send:
                for (const sim::bytes& m : a.messages) handsets_[who]->part->send(handsets_[who]->link, m);
                return;
            case kind::release:
                return handsets_[who]->part->release(handsets_[who]->link);
        }
    }

    const script& script_;
    sim::simulation sim_;
    std::unique_ptr<air> air_;
    std::vector<std::unique_ptr<base>> bases_;
    std::vector<std::unique_ptr<handset>> handsets_;
    std::map<std::uint32_t, int> numbers_;  // of entities
    journal journal_;
    bool running_ = true;
};

}  // namespace

journal run_in_fast_engine(const script& s) { return fast_world(s).run(); }

}  // namespace dectbed::radio::plain
