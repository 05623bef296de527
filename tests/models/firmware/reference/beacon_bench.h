// A reference base without a band, on a scripted air of beacons that come and go.
#pragma once

#include <vector>

#include "models/firmware/reference/base_band_search.h"
#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {

/// A transmission that a scan finds on its band.
struct scripted_beacon {
    std::uint8_t number = 0;  ///< last octet of its RFPI
    std::uint8_t band = DECTBED_BAND_EU;
    std::uint32_t announcement = 0;  ///< the vendor's 20 bits; 0: a band beacon for that band
    std::uint16_t emc = 0x0DB0;
    std::int32_t rssi_milli_dbm = -50000;
    bool there = true;             ///< when it is to be locked to
    int links_that_fail = 0;       ///< set-ups
    std::string answer = "right";  ///< "right", "rejects", "none", "lost" (the link), "other band"
};

/// How many carriers the bands have (radio/band.h; a test compares).
constexpr int carriers_of[DECTBED_BANDS] = {0, 10, 5, 10, 5, 5, 3, 8, 11, 3};

class beacon_bench : public base_bench {
  public:
    explicit beacon_bench(const dectbed_firmware* firmware = dectbed_reference_base()) : base_bench(firmware) {
        identity.band = DECTBED_BAND_NONE;
        identity.band_discovery = DECTBED_BAND_DISCOVERY_BEACON;
        identity.bands = (1u << DECTBED_BANDS) - 2;
        const std::uint8_t portable[5] = {0x00, 0xDB, 0x08, 0x00, 0x01};
        std::memcpy(identity.ipei, portable, sizeof portable);
        host.on[DECTBED_REQ_STATE] = [this](const request& r) {
            const auto s = r.as<dectbed_req_state>();
            (std::string(s.machine) == "band" ? band_state : state) = s.state;
        };
        host.on[DECTBED_REQ_RADIO_SCAN] = [this](const request& r) { scan(r); };
        host.on[DECTBED_REQ_RADIO_LOCK] = [this](const request& r) { lock(r); };
        host.on[DECTBED_REQ_LINK_OPEN] = [this](const request& r) { open(r); };
        host.on[DECTBED_REQ_NWK_SEND] = [this, before = host.on[DECTBED_REQ_NWK_SEND]](const request& r) {
            before(r);
            reply(r);
        };
    }

    std::vector<scripted_beacon> beacons;
    std::string band_state;
    std::vector<std::pair<std::uint64_t, std::string>> acknowledgements;  ///< when, octets

    scripted_beacon& add(std::uint8_t number, std::uint8_t band) {
        beacons.emplace_back();
        beacons.back().number = number;
        beacons.back().band = band;
        return beacons.back();
    }
    std::vector<int> bands_started() const {
        std::vector<int> out;
        for (const auto& r : host.of(DECTBED_REQ_RADIO_START)) out.push_back(r.as<dectbed_req_radio_start>().band);
        return out;
    }
    bool starts(std::uint64_t limit_us = 120 * second_us) {
        return run_until([&] { return host.count(DECTBED_REQ_RADIO_START) > 0; }, limit_us);
    }
    /// Anything that makes the transceiver transmit.
    std::size_t transmissions() const {
        return host.count(DECTBED_REQ_RADIO_START) + host.count(DECTBED_REQ_LINK_OPEN) +
               host.count(DECTBED_REQ_NWK_SEND) + host.count(DECTBED_REQ_RADIO_PAGE);
    }
    int logged(const std::string& text) const {
        int n = 0;
        for (const auto& r : host.of(DECTBED_REQ_LOG)) {
            n += std::string(r.raw.begin(), r.raw.end()).find(text) != std::string::npos ? 1 : 0;
        }
        return n;
    }
    int locked_to = -1;

  private:
    scripted_beacon* find(int number) {
        for (auto& b : beacons) {
            if (b.number == number) return &b;
        }
        return nullptr;
    }
    void scan(const request& r) {
        const auto s = r.as<dectbed_req_radio_scan>();
        const std::uint64_t takes_us = 10000ull * s.dwell_frames * static_cast<unsigned>(carriers_of[s.band]);
        for (const auto& b : beacons) {
            if (b.band != s.band) continue;
            dectbed_ev_scan_result event{};
            const std::uint8_t rfpi[5] = {0x45, 0x55, 0x50, 0x01, b.number};
            std::memcpy(event.rfpi, rfpi, sizeof rfpi);
            event.heard = 3;
            event.rssi_milli_dbm = b.rssi_milli_dbm;
            event.information.escape_emc = b.emc;
            event.information.escape_data = b.announcement != 0 ? b.announcement : 0x14000u | b.band;
            host.post(DECTBED_EV_SCAN_RESULT, event, takes_us, {}, r.token());
        }
        host.post(DECTBED_EV_SCAN_DONE, dectbed_ev_scan_done{}, takes_us, {}, r.token());
    }
    void lock(const request& r) {
        const auto l = r.as<dectbed_req_radio_lock>();
        const auto* b = find(l.rfpi[4]);
        dectbed_ev_locked event{};
        std::memcpy(event.rfpi, l.rfpi, sizeof event.rfpi);
        const bool ok = b != nullptr && b->there && b->band == l.band;
        event.status = ok ? DECTBED_OK : DECTBED_NOT_FOUND;
        locked_to = ok ? b->number : -1;
        host.post(DECTBED_EV_LOCKED, event, 800000, {}, r.token());
    }
    void open(const request& r) {
        auto* b = find(locked_to);
        dectbed_ev_link event{};
        if (b == nullptr || b->links_that_fail-- > 0) {
            event.reason = DECTBED_RELEASE_BASE_BUSY;
            host.post(DECTBED_EV_LINK_RELEASED, event, 300000, {}, r.token());
            return;
        }
        event.link = 7;
        host.post(DECTBED_EV_LINK_ESTABLISHED, event, 60000, {}, r.token());
    }
    void reply(const request& r) {
        const auto l = r.as<dectbed_req_link>();
        auto* b = find(locked_to);
        if (l.link != 7 || b == nullptr) return;
        acknowledgements.push_back({host.now_us, hex(r.data<dectbed_req_link>())});
        dectbed_ev_link event{};
        event.link = 7;
        octets accept = from_hex("8551 010186 7b06 810db0 0104 00");
        accept.back() = b->band;
        if (b->answer == "other band") accept.back() = DECTBED_BAND_KOREA;
        if (b->answer == "right" || b->answer == "other band") {
            host.post(DECTBED_EV_NWK_RECEIVED, event, 300000, accept);
        } else if (b->answer == "rejects") {
            host.post(DECTBED_EV_NWK_RECEIVED, event, 300000, from_hex("8553 600120"));
        } else if (b->answer == "lost") {
            event.reason = DECTBED_RELEASE_SIGNAL_LOST;
            host.post(DECTBED_EV_LINK_RELEASED, event, 5000000);
        }
    }
};

}  // namespace dectbed::test
