#include "tests/models/firmware/fake/fake_host.h"

#include <algorithm>
#include <stdexcept>

namespace dectbed::test {

std::string hex(const octets& data) {
    static const char digits[] = "0123456789abcdef";
    std::string out;
    for (auto o : data) {
        out += digits[o >> 4];
        out += digits[o & 15];
    }
    return out;
}

octets from_hex(const std::string& text) {
    octets out;
    int high = -1;
    for (char c : text) {
        if (c == ' ' || c == '\n') continue;
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (high < 0) {
            high = digit;
        } else {
            out.push_back(static_cast<std::uint8_t>(high << 4 | digit));
            high = -1;
        }
    }
    return out;
}

bool fake_flash::step(std::uint8_t& cell, std::uint8_t value) {
    if (written == octets_until_cut) {
        dead = true;
        cell = static_cast<std::uint8_t>((cell & value) | (cell & torn_and));
        return false;
    }
    ++written;
    cell = value;
    return true;
}

bool fake_flash::program(std::uint32_t address, const octets& data) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (address + i >= cells.size() || (cells[address + i] & data[i]) != data[i]) return false;
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (!step(cells[address + i], data[i])) return false;
    }
    return true;
}

bool fake_flash::erase(std::uint32_t address) {
    if (address % block != 0 || address >= cells.size()) return false;
    for (std::uint32_t i = 0; i < block; ++i) {
        if (written == octets_until_cut) {
            dead = true;
            cells[address + i] = torn_and;
            return false;
        }
        ++written;
        cells[address + i] = 0xFF;
    }
    return true;
}

fake_host::fake_host() {
    api.abi = DECTBED_FIRMWARE_ABI;
    api.context = this;
    api.request = &fake_host::receive;
}

void fake_host::receive(void* context, const dectbed_record* record) {
    auto& self = *static_cast<fake_host*>(context);
    const auto* from = reinterpret_cast<const std::uint8_t*>(record);
    if (record->size < sizeof *record) throw std::logic_error("request shorter than its header");
    self.log.push_back({self.now_us, octets(from, from + record->size)});
    const request copy = self.log.back();
    self.handle(copy);
}

void fake_host::handle(const request& r) {
    const auto custom = on.find(r.type());
    if (custom != on.end()) {
        custom->second(r);
        return;
    }
    switch (r.type()) {
        case DECTBED_REQ_TIMER_START: {
            const auto t = r.as<dectbed_req_timer>();
            timers_.erase(t.timer);
            dectbed_ev_timer event{};
            event.timer = t.timer;
            post(DECTBED_EV_TIMER, event, t.delay_us);
            timers_[t.timer] = order_;
            break;
        }
        case DECTBED_REQ_TIMER_STOP:
            timers_.erase(r.as<dectbed_req_timer>().timer);
            break;
        case DECTBED_REQ_FLASH_READ: {
            const auto f = r.as<dectbed_req_flash>();
            dectbed_ev_flash event{};
            event.address = f.address;
            const auto begin = flash.cells.begin() + f.address;
            post(DECTBED_EV_FLASH_DATA, event, 100, octets(begin, begin + f.length), r.token());
            break;
        }
        case DECTBED_REQ_FLASH_PROGRAM:
        case DECTBED_REQ_FLASH_ERASE: {
            const auto f = r.as<dectbed_req_flash>();
            dectbed_ev_flash event{};
            event.address = f.address;
            const bool ok = r.type() == DECTBED_REQ_FLASH_ERASE ? flash.erase(f.address)
                                                                : flash.program(f.address, r.data<dectbed_req_flash>());
            event.status = ok ? DECTBED_OK : DECTBED_FLASH_NOT_ERASED;
            if (flash_answers && !flash.dead) post(DECTBED_EV_FLASH_DONE, event, 1000, {}, r.token());
            break;
        }
        default:
            break;
    }
}

void fake_host::post_raw(std::uint16_t type, octets raw, std::uint64_t delay_us, std::uint32_t token) {
    dectbed_event header{};
    header.record.type = type;
    header.record.size = static_cast<std::uint16_t>(raw.size());
    header.record.token = token;
    header.now_us = now_us + delay_us;
    std::memcpy(raw.data(), &header, std::min(raw.size(), sizeof header));
    queue_.insert({header.now_us, {++order_, std::move(raw)}});
}

void fake_host::key(std::uint32_t k, std::uint64_t delay_us) {
    dectbed_ev_key event{};
    event.key = k;
    event.pressed = 1;
    post(DECTBED_EV_KEY, event, delay_us);
    event.pressed = 0;
    post(DECTBED_EV_KEY, event, delay_us + 50000);
}

bool fake_host::step(std::uint64_t limit_us) {
    if (queue_.empty() || queue_.begin()->first > limit_us) return false;
    const auto at = queue_.begin()->first;
    const pending next = std::move(queue_.begin()->second);
    queue_.erase(queue_.begin());
    now_us = at;
    dectbed_ev_timer timer{};
    std::memcpy(&timer, next.raw.data(), std::min(next.raw.size(), sizeof timer));
    if (timer.event.record.type == DECTBED_EV_TIMER) {
        const auto running = timers_.find(timer.timer);
        if (running == timers_.end() || running->second != next.order) return true;  // stopped meanwhile
        timers_.erase(running);
    }
    // an exactly sized copy on the heap, so that a sanitizer sees any step past its end
    auto* copy = static_cast<std::uint8_t*>(::operator new(next.raw.size()));
    std::memcpy(copy, next.raw.data(), next.raw.size());
    deliver(reinterpret_cast<const dectbed_event*>(copy));
    ::operator delete(copy);
    return true;
}

void fake_host::run_until(std::uint64_t when_us) {
    for (int i = 0; step(when_us); ++i) {
        if (i > 1000000) throw std::runtime_error("the firmware never comes to rest");
    }
    now_us = std::max(now_us, when_us);
}

bool fake_host::run_until_true(const std::function<bool()>& condition, std::uint64_t limit_us) {
    const std::uint64_t end_us = now_us + limit_us;
    while (!condition()) {
        if (!step(end_us)) return condition();
    }
    return true;
}

void fake_host::power_off() {
    queue_.clear();
    timers_.clear();
}

std::vector<request> fake_host::of(std::uint16_t type) const {
    std::vector<request> out;
    std::copy_if(log.begin(), log.end(), std::back_inserter(out), [&](const request& r) { return r.type() == type; });
    return out;
}

void fake_host::boot_event(dectbed_ev_boot boot) { post(DECTBED_EV_BOOT, boot); }

dectbed_ev_boot fake_host::base_identity() {
    dectbed_ev_boot boot{};
    boot.reset_cause = DECTBED_RESET_POWER_ON;
    boot.flash_octets = 131072;
    boot.flash_block_octets = 4096;
    boot.flash_page_octets = 256;
    for (std::size_t i = 0; i < sizeof boot.entropy; ++i) boot.entropy[i] = static_cast<std::uint8_t>(17 * i + 3);
    const std::uint8_t mac[6] = {0x02, 0x1B, 0x2C, 0x00, 0x00, 0x01}, rfpi[5] = {0x00, 0x0D, 0xB0, 0x00, 0x08};
    std::memcpy(boot.mac, mac, sizeof mac);
    std::memcpy(boot.rfpi, rfpi, sizeof rfpi);
    boot.emc = 0x0DB0;
    boot.band = DECTBED_BAND_EU;
    std::strcpy(boot.model, "DB100");
    std::strcpy(boot.serial, "A1B2C3");
    std::strcpy(boot.redirection_url, "http://redirect.vendor.example/v1/redirections");
    boot.redirection_by_mac = 1;
    return boot;
}

dectbed_ev_boot fake_host::handset_identity() {
    dectbed_ev_boot boot = base_identity();
    std::memset(boot.mac, 0, sizeof boot.mac);
    std::memset(boot.rfpi, 0, sizeof boot.rfpi);
    const std::uint8_t ipei[5] = {0x00, 0xDB, 0x01, 0x23, 0x45};
    std::memcpy(boot.ipei, ipei, sizeof ipei);
    boot.flash_octets = boot.flash_block_octets = boot.flash_page_octets = 0;
    return boot;
}

}  // namespace dectbed::test
