// The ways in which a reference base without a band looks for one, in the order that the factory wrote: a handset's
// beacon, or its public address. When one has found nothing the next is tried; after the last one the base rests, still
// silent, and begins anew. A chain of a beacon alone goes on by itself (base_band_search.h).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "models/firmware/reference/base_band_lookup.h"
#include "models/firmware/reference/base_band_search.h"

namespace dectbed::reference {

class base_band_chain {
  public:
    struct config {
        base_band_search::config search;  ///< its callbacks are this chain's
        base_band_lookup::config lookup;  ///< likewise
        std::uint32_t timer = 0;
        void* context = nullptr;
        void (*found)(void* context, std::uint8_t band, std::uint8_t method) = nullptr;
    };

    /// `io`, `dns` and `identity` outlive it.
    void init(fw_io* io, fw_dns_client* dns, const base_identity& identity, const config& c);
    /// There is a method, and a band that it could find.
    bool possible() const { return methods_[0] != DECTBED_BAND_DISCOVERY_SKU && bands_ != 0; }
    bool running() const { return running_; }
    void begin();
    void network_changed(bool up);
    /// False: not an event for it.
    bool handle(const dectbed_event* event);

  private:
    void step();
    void next(const char* cause);
    void done(std::uint8_t band);

    fw_io* io_ = nullptr;
    fw_dns_client* dns_ = nullptr;
    const base_identity* identity_ = nullptr;
    config config_;
    std::array<std::uint8_t, 4> methods_{};
    std::uint16_t bands_ = 0;
    std::size_t at_ = 0;
    bool running_ = false, network_ = false;
    base_band_search search_;
    std::unique_ptr<base_band_lookup> lookup_;  ///< made when it is first needed: most bases know their band
};

namespace band_chain_timing {
constexpr std::uint64_t resting_us = 600 * FW_SECOND_US, resting_spread_us = 150 * FW_SECOND_US;
}  // namespace band_chain_timing

}  // namespace dectbed::reference
