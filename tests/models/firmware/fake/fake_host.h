// A host that is nothing but virtual time, a log of requests and a flash: what a firmware needs to be tested
// without a simulator. Worlds are scripted on top by handlers.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dectbed/firmware.h"

namespace dectbed::test {

using octets = std::vector<std::uint8_t>;

inline octets bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
inline std::string text_of(const octets& data) { return {data.begin(), data.end()}; }
std::string hex(const octets& data);
octets from_hex(const std::string& text);  ///< blanks ignored

struct request {
    std::uint64_t at_us = 0;
    octets raw;
    std::uint16_t type() const { return as<dectbed_record>().type; }
    std::uint32_t token() const { return as<dectbed_record>().token; }
    template <class T>
    T as() const {
        T out{};
        std::memcpy(&out, raw.data(), std::min(raw.size(), sizeof out));
        return out;
    }
    template <class T>
    octets data() const {
        return {raw.begin() + static_cast<std::ptrdiff_t>(std::min(raw.size(), sizeof(T))), raw.end()};
    }
};

/// Flash whose operations can be cut after any number of octets.
struct fake_flash {
    std::uint32_t block = 4096, page = 256;
    octets cells = octets(131072, 0xFF);
    std::uint64_t octets_until_cut = ~0ull;  ///< programmed or erased octets before the power fails
    std::uint8_t torn_and = 0;               ///< the octet in work keeps (new & old) | (torn_and & old)
    bool dead = false;
    std::uint64_t written = 0;                                ///< octets programmed and erased so far
    bool program(std::uint32_t address, const octets& data);  ///< false: not erased, or cut
    bool erase(std::uint32_t address);

  private:
    bool step(std::uint8_t& cell, std::uint8_t value);
};

class fake_host {
  public:
    fake_host();
    fake_host(const fake_host&) = delete;
    fake_host& operator=(const fake_host&) = delete;

    dectbed_host api{};
    std::uint64_t now_us = 0;
    std::vector<request> log;
    fake_flash flash;
    bool flash_answers = true;
    std::function<void(const dectbed_event*)> deliver;                ///< to the firmware
    std::map<std::uint16_t, std::function<void(const request&)>> on;  ///< what the world does about a request

    /// Queues an event; its header is filled in. Trailing data may follow.
    template <class T>
    void post(std::uint16_t type, T event, std::uint64_t delay_us = 0, const octets& data = {},
              std::uint32_t token = 0) {
        octets raw(sizeof event + data.size());
        std::memcpy(raw.data(), &event, sizeof event);
        if (!data.empty()) std::memcpy(raw.data() + sizeof event, data.data(), data.size());
        post_raw(type, std::move(raw), delay_us, token);
    }
    void post_raw(std::uint16_t type, octets raw, std::uint64_t delay_us, std::uint32_t token);
    void key(std::uint32_t k, std::uint64_t delay_us = 0);

    /// Delivers events and timers in order until this instant; never more than a million (an endless loop).
    void run_until(std::uint64_t when_us);
    void run_for(std::uint64_t us) { run_until(now_us + us); }
    bool run_until_true(const std::function<bool()>& condition, std::uint64_t limit_us);
    bool step(std::uint64_t limit_us);  ///< one event; false: none left before the limit
    void power_off();                   ///< forgets timers and pending events

    std::vector<request> of(std::uint16_t type) const;
    std::size_t count(std::uint16_t type) const { return of(type).size(); }
    bool timer_running(std::uint32_t timer) const { return timers_.count(timer) != 0; }

    void boot_event(dectbed_ev_boot boot);
    static dectbed_ev_boot base_identity();
    static dectbed_ev_boot handset_identity();

  private:
    static void receive(void* context, const dectbed_record* record);
    void handle(const request& r);
    struct pending {
        std::uint64_t order;
        octets raw;
    };
    std::multimap<std::uint64_t, pending> queue_;
    std::map<std::uint32_t, std::uint64_t> timers_;  ///< timer -> order of its event
    std::uint64_t order_ = 0;
};

}  // namespace dectbed::test
