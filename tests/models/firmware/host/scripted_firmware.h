// A firmware whose behaviour a test writes as a function, and a bench that runs one on a board.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/firmware/host/device_board.h"

namespace dectbed::test {

namespace fw = models::firmware;

/// What a firmware got, in order.
struct received_event {
    std::uint16_t type = 0;
    std::uint32_t token = 0;
    std::uint64_t now_us = 0;
    sim::bytes octets;
    template <class T>
    T as() const {
        T body{};
        std::memcpy(&body, octets.data(), std::min(sizeof(T), octets.size()));
        return body;
    }
    std::string data_after(std::size_t header) const {
        return {octets.begin() + static_cast<std::ptrdiff_t>(header), octets.end()};
    }
};

class scripted_firmware {
  public:
    using script = std::function<void(scripted_firmware&, const received_event&)>;

    /// Of every instance; by device, in the order of creation.
    inline static script on_event;
    inline static std::function<void(scripted_firmware&)> on_create;
    inline static std::vector<received_event> events;
    inline static int created = 0, destroyed = 0;
    static std::vector<std::uint16_t> types() {
        std::vector<std::uint16_t> out;
        for (const auto& e : events) out.push_back(e.type);
        return out;
    }
    static std::vector<received_event> of_type(std::uint16_t type) {
        std::vector<received_event> out;
        for (const auto& e : events)
            if (e.type == type) out.push_back(e);
        return out;
    }

    template <class T>
    void request(std::uint16_t type, std::uint32_t token, T body, sim::byte_view data = {}) {
        sim::bytes octets(sizeof(T) + static_cast<std::size_t>(data.size()));
        std::memcpy(octets.data(), &body, sizeof(T));
        if (data.size() > 0) std::memcpy(octets.data() + sizeof(T), data.data(), static_cast<std::size_t>(data.size()));
        dectbed_record header{type, static_cast<std::uint16_t>(octets.size()), token};
        std::memcpy(octets.data(), &header, sizeof header);
        raw(octets);
    }
    void raw(const sim::bytes& octets) {
        host->request(host->context, reinterpret_cast<const dectbed_record*>(octets.data()));
    }
    void plain(std::uint16_t type, std::uint32_t token = 0, sim::byte_view data = {}) {
        request(type, token, dectbed_record{}, data);
    }
    void u32(std::uint16_t type, std::uint32_t value, std::uint32_t token = 0) {
        dectbed_req_u32 r{};
        r.value = value;
        request(type, token, r);
    }
    void timer(std::uint32_t number, std::uint64_t delay_us, std::uint32_t token = 0) {
        dectbed_req_timer r{};
        r.timer = number;
        r.delay_us = delay_us;
        request(DECTBED_REQ_TIMER_START, token, r);
    }
    void log(const std::string& text) {
        dectbed_req_log r{};
        r.level = 2;
        request(DECTBED_REQ_LOG, 0, r, sim::view(text));
    }
    void led(std::uint32_t pattern) {
        dectbed_req_led r{};
        r.pattern = pattern;
        request(DECTBED_REQ_LED, 0, r);
    }
    void program(std::uint32_t address, const sim::bytes& data, std::uint32_t token = 0) {
        dectbed_req_flash r{};
        r.address = address;
        request(DECTBED_REQ_FLASH_PROGRAM, token, r, data);
    }
    void erase(std::uint32_t address, std::uint32_t token = 0) {
        dectbed_req_flash r{};
        r.address = address;
        request(DECTBED_REQ_FLASH_ERASE, token, r);
    }
    void read(std::uint32_t address, std::uint32_t length, std::uint32_t token = 0) {
        dectbed_req_flash r{};
        r.address = address;
        r.length = length;
        request(DECTBED_REQ_FLASH_READ, token, r);
    }

    const dectbed_host* host = nullptr;

    static const dectbed_firmware* base_entry() { return entry(DECTBED_KIND_BASE); }
    static const dectbed_firmware* handset_entry() { return entry(DECTBED_KIND_HANDSET); }
    static fw::firmware_image_ptr image(std::uint32_t kind) {
        fw::firmware_library library;
        library.add_built_in("scripted", kind == DECTBED_KIND_BASE ? base_entry : handset_entry);
        return library.open("scripted", kind).value();
    }

  private:
    static const dectbed_firmware* entry(std::uint32_t kind) {
        static const dectbed_firmware tables[2] = {table(DECTBED_KIND_BASE), table(DECTBED_KIND_HANDSET)};
        return &tables[kind - 1];
    }
    static dectbed_firmware table(std::uint32_t kind) {
        return {DECTBED_FIRMWARE_ABI, kind, DECTBED_FLAG_REENTRANT, 0, "scripted", "0", &create, &handle, &destroy};
    }
    static void* create(const dectbed_host* h) {
        auto* self = new scripted_firmware;
        self->host = h;
        ++created;
        if (on_create) on_create(*self);
        return self;
    }
    static void handle(void* instance, const dectbed_event* e) {
        received_event r;
        r.type = e->record.type;
        r.token = e->record.token;
        r.now_us = e->now_us;
        const auto* octets = reinterpret_cast<const std::uint8_t*>(e);
        r.octets.assign(octets, octets + e->record.size);
        events.push_back(r);
        if (on_event) on_event(*static_cast<scripted_firmware*>(instance), r);
    }
    static void destroy(void* instance) {
        ++destroyed;
        delete static_cast<scripted_firmware*>(instance);
    }
};

/// Entries of the journal, for tests to look through.
class journal_log {
  public:
    explicit journal_log(sim::journal& j) {
        j.add_sink([this](const sim::journal_entry& e) { entries.push_back(e); });
    }
    template <class T>
    std::vector<T> all() const {
        std::vector<T> out;
        for (const auto& e : entries)
            if (const auto* r = std::get_if<T>(&e.what)) out.push_back(*r);
        return out;
    }
    template <class T>
    std::vector<sim::time_point> times() const {
        std::vector<sim::time_point> out;
        for (const auto& e : entries)
            if (std::holds_alternative<T>(e.what)) out.push_back(e.at);
        return out;
    }
    std::vector<std::string> logs() const {
        std::vector<std::string> out;
        for (const auto& r : all<sim::record::firmware_log>()) out.push_back(r.text);
        return out;
    }
    std::vector<sim::journal_entry> entries;
};

/// What the hardware says of firmwares that failed.
inline std::vector<sim::record::state_changed> processor_failures(const journal_log& log) {
    std::vector<sim::record::state_changed> out;
    for (const auto& s : log.all<sim::record::state_changed>())
        if (s.machine == fw::device_board::processor_machine) out.push_back(s);
    return out;
}

struct slots_module : sc_core::sc_module {
    slots_module(const sc_core::sc_module_name& name, std::size_t n) : sc_module(name) {
        for (std::size_t i = 0; i < n; ++i) slots.emplace_back();
    }
    std::deque<fw::processor_slot> slots;
};

/// A board with nothing around it. Reset hold is 0 unless a test says otherwise, so that times are round.
struct board_bench : fw::peripherals {
    explicit board_bench(std::uint64_t seed = 1)
        : sim(seed), bridge(sim.kernel()), module("slots", 4), log(sim.journal()) {
        who = sim.journal().declare("office/base[1]", "base", {}, "02:00:00:00:00:01");
        config.who = who;
        config.firmware = scripted_firmware::image(DECTBED_KIND_BASE);
        config.reset_hold = sim::duration{0};
        config.has_display = true;
        scripted_firmware::on_event = nullptr;
        scripted_firmware::on_create = nullptr;
        scripted_firmware::events.clear();
        scripted_firmware::created = scripted_firmware::destroyed = 0;
    }
    void build() {
        board = std::make_unique<fw::device_board>(sim, bridge, module.slots[0], config, *this);
        board->offer_faults();
        bridge.start();
    }
    void power_on() {
        if (!board) build();
        board->set_plugged(true, "plugged in");
    }
    void run(sim::duration time) { sim.kernel().run_until(sim.now() + time); }

    dectbed_status perform(const fw::request&) override { return DECTBED_NOT_AVAILABLE; }
    void firmware_started() override {}
    void firmware_ended() override {}
    void power_changed(bool) override {}

    sim::simulation sim;
    sim::systemc_bridge bridge;
    slots_module module;
    journal_log log;
    sim::entity_id who;
    fw::board_config config;
    std::unique_ptr<fw::device_board> board;
};

}  // namespace dectbed::test
