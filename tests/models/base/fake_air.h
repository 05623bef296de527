// An air whose stations only write down what they are told; a test raises their events.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "radio/air_interface.h"

namespace dectbed::test {

struct fake_fixed_part : radio::fixed_part {
    void set_events(events e) override { on = std::move(e); }
    void start(radio::band, sim::dbm power) override {
        calls.push_back("start " + std::to_string(power.milli));
        up = true;
    }
    void stop() override {
        calls.push_back("stop");
        up = false;
    }
    bool on_air() const override { return up; }
    radio::synchronisation_state synchronised() const override { return {}; }
    void set_information(const radio::system_information& i) override {
        information = i;
        calls.push_back("information");
    }
    bool broadcast(const sim::bytes& message) override {
        calls.push_back("broadcast " + sim::to_hex(message));
        return true;
    }
    bool page(const sim::bytes& message, bool) override {
        calls.push_back("page " + sim::to_hex(message));
        return up;
    }
    void set_host_busy(bool busy) override { calls.push_back(busy ? "busy" : "free"); }
    bool set_cipher_key(radio::link_id link, const sim::bytes& key) override {
        calls.push_back("key " + std::to_string(link) + " " + sim::to_hex(key));
        return up;
    }
    void send(radio::link_id link, sim::bytes nwk) override {
        calls.push_back("send " + std::to_string(link) + " " + std::string(nwk.begin(), nwk.end()));
    }
    void release(radio::link_id link) override { calls.push_back("release " + std::to_string(link)); }
    void release_to_listen(radio::link_id link, std::uint32_t pmid) override {
        calls.push_back("release " + std::to_string(link) + " to listen as " + std::to_string(pmid));
    }
    bool connect(std::uint32_t pmid) override {
        calls.push_back("connect " + std::to_string(pmid));
        return up;
    }

    events on;
    config configured;
    radio::system_information information;
    bool up = false;
    std::vector<std::string> calls;
};

struct fake_portable_part : radio::portable_part {
    void set_events(events e) override { on = std::move(e); }
    void set_power(bool p) override { calls.push_back(p ? "power on" : "power off"); }
    void move_to(const sim::position& p) override { at = p; }
    sim::position place() const override { return at; }
    void scan(radio::band, int dwell_frames, int) override { calls.push_back("scan " + std::to_string(dwell_frames)); }
    void lock(radio::band, const radio::rfpi& id) override { calls.push_back("lock " + std::to_string(id.octets[4])); }
    void unlock() override { calls.push_back("unlock"); }
    void open_link() override { calls.push_back("open"); }
    bool set_cipher_key(radio::link_id link, const sim::bytes& key) override {
        calls.push_back("key " + std::to_string(link) + " " + sim::to_hex(key));
        return true;
    }
    void start_ciphering(radio::link_id link) override { calls.push_back("cipher " + std::to_string(link)); }
    void send(radio::link_id link, sim::bytes nwk) override {
        calls.push_back("send " + std::to_string(link) + " " + std::string(nwk.begin(), nwk.end()));
    }
    void release(radio::link_id link) override { calls.push_back("release " + std::to_string(link)); }
    void assign_pmid(std::uint32_t pmid) override { calls.push_back("pmid " + std::to_string(pmid)); }
    void answer_calls(radio::call_answer) override { calls.push_back("answer calls"); }

    events on;
    sim::position at;
    std::vector<std::string> calls;
};

struct fake_air : radio::air {
    std::unique_ptr<radio::fixed_part> make_fixed_part(sim::entity_id, const radio::fixed_part::config& c) override {
        auto part = std::make_unique<fake_fixed_part>();
        part->configured = c;
        fixed.push_back(part.get());
        return part;
    }
    std::unique_ptr<radio::portable_part> make_portable_part(sim::entity_id,
                                                             const radio::portable_part::config& c) override {
        auto part = std::make_unique<fake_portable_part>();
        part->at = c.place;
        portable.push_back(part.get());
        return part;
    }
    sim::dbm level(const sim::position&, const sim::position&, sim::dbm power) const override { return power; }

    std::vector<fake_fixed_part*> fixed;
    std::vector<fake_portable_part*> portable;
};

}  // namespace dectbed::test
