#include "models/firmware/reference/base_band_chain.h"

namespace dectbed::reference {

using namespace band_chain_timing;

void base_band_chain::init(fw_io* io, fw_dns_client* dns, const base_identity& identity, const config& c) {
    io_ = io;
    dns_ = dns;
    identity_ = &identity;
    config_ = c;
    methods_ = {identity.band_discovery, identity.band_fallbacks[0], identity.band_fallbacks[1],
                identity.band_fallbacks[2]};
    bands_ = static_cast<std::uint16_t>(identity.bands & ((1u << DECTBED_BANDS) - 2));
    config_.search.context = this;
    config_.search.found = [](void* context, std::uint8_t band) { static_cast<base_band_chain*>(context)->done(band); };
    if (methods_[1] != DECTBED_BAND_DISCOVERY_SKU) {
        config_.search.gave_up = [](void* context) { static_cast<base_band_chain*>(context)->next("no beacon"); };
    }
    search_.init(io, identity, config_.search);
    config_.lookup.context = this;
    config_.lookup.found = config_.search.found;
    config_.lookup.gave_up = [](void* context, const char* cause) {
        static_cast<base_band_chain*>(context)->next(cause);
    };
}

void base_band_chain::begin() {
    at_ = 0;
    running_ = true;
    step();
}

void base_band_chain::step() {
    if (methods_[at_] == DECTBED_BAND_DISCOVERY_BEACON) {
        search_.begin();
        return;
    }
    if (!lookup_) lookup_ = std::make_unique<base_band_lookup>(io_, dns_, *identity_, config_.lookup);
    fw_log(io_, FW_LOG_INFORMATION, "band unknown: asking where this is, the transmitter stays off");
    lookup_->begin(methods_[at_], network_);
}

void base_band_chain::next(const char* cause) {
    if (++at_ < methods_.size() && methods_[at_] != DECTBED_BAND_DISCOVERY_SKU) {
        step();
        return;
    }
    fw_state(io_, "band", "resting", cause);
    fw_log(io_, FW_LOG_WARNING, "no way to find the band has worked: resting, the transmitter stays off");
    if (io_->naive) return;
    fw_timer_start(io_, config_.timer,
                   fw_random_between(io_, resting_us - resting_spread_us, resting_us + resting_spread_us));
}

void base_band_chain::done(std::uint8_t band) {
    running_ = false;
    config_.found(config_.context, band, methods_[at_]);
}

void base_band_chain::network_changed(bool up) {
    network_ = up;
    if (running_ && lookup_) lookup_->network_changed(up);
}

bool base_band_chain::handle(const dectbed_event* event) {
    if (!running_) return lookup_ && lookup_->handle(event);  // what comes late
    if (event->record.type == DECTBED_EV_TIMER &&
        reinterpret_cast<const dectbed_ev_timer*>(event)->timer == config_.timer) {
        begin();
        return true;
    }
    return search_.handle(event) || (lookup_ && lookup_->handle(event));
}

}  // namespace dectbed::reference
