#include "models/base/base_station.h"

#include <utility>

namespace dectbed::models::base {

namespace {

radio::fixed_part::config radio_config(const base_config& c) {
    radio::fixed_part::config r;
    r.identity.octets = c.board.factory.rfpi;
    r.place = c.place;
    r.clock = c.clock;
    r.bearers_max = c.bearers_max;
    r.timing = c.timing;
    r.fast_set_up = c.fast_set_up;
    return r;
}

std::unique_ptr<radio::fixed_part> fixed_of(const base_config& c, radio::air& air) {
    return c.mac_bursts ? nullptr : air.make_fixed_part(c.board.who, radio_config(c));
}

std::unique_ptr<radio::burst_part> bursts_of(const base_config& c, radio::air& air) {
    if (!c.mac_bursts) return nullptr;
    radio::burst_part::config b;
    b.identity.octets = c.board.factory.rfpi;
    b.place = c.place;
    b.clock = c.clock;
    b.bearers_max = c.bearers_max;
    return radio::make_burst_part(air, c.board.who, b);
}

std::unique_ptr<radio::portable_part> portable_of(const base_config& c, radio::air& air) {
    if (!c.plays_portable_part()) return nullptr;
    radio::portable_part::config p;
    p.ipei = c.board.factory.ipei;
    p.place = c.place;
    return air.make_portable_part(c.board.who, p);
}

}  // namespace

ethernet_connector::ethernet_connector(sim::simulation& s, sim::systemc_bridge& bridge, network::ethernet_port& port)
    : sim_(s), bridge_(bridge), port_(port) {
    port_.connect([this](const network::frame& f) { transport({ethernet_transfer::kind::frame, f, false, nullptr}); });
    port_.on_link_change([this](bool up) { transport({ethernet_transfer::kind::up, nullptr, up, nullptr}); });
}

// A virtual platform calls from a SystemC process; our own module from a kernel event.
void ethernet_connector::received(ethernet_transfer& t) {
    if (bridge_.inside())
        sim_.kernel().soon([this, t] { transfer(t); });
    else
        transfer(t);
}

void ethernet_connector::transfer(const ethernet_transfer& t) {
    switch (t.what) {
        case ethernet_transfer::kind::frame:
            port_.transmit(t.frame);
            return;
        case ethernet_transfer::kind::up:
            port_.set_device_up(t.up);
            return;
        case ethernet_transfer::kind::filter:
            if (t.filter) port_.filter_floods(*t.filter);
            return;
    }
}

radio_connector::radio_connector(sim::simulation& s, sim::systemc_bridge& bridge,
                                 std::unique_ptr<radio::fixed_part> part, std::unique_ptr<radio::burst_part> bursts,
                                 std::unique_ptr<radio::portable_part> portable, band_watch watch)
    : sim_(s),
      bridge_(bridge),
      indicate_([this](radio_indication i) {
          watch_.indicated(i);
          transport(std::move(i));
      }),
      part_(std::move(part)),
      bursts_(std::move(bursts)),
      portable_(std::move(portable)),
      watch_(std::move(watch)) {
    if (part_) part_->set_events(transceiver::fixed_events(indicate_));
    if (bursts_) bursts_->set_events(transceiver::burst_events(indicate_));
    if (portable_) portable_->set_events(transceiver::portable_events(indicate_));
}

void radio_connector::received(radio_command& c) {
    if (bridge_.inside())
        sim_.kernel().soon([this, c] { command(c); });
    else
        command(c);
}

void radio_connector::command(const radio_command& c) {
    watch_.commanded(c);
    if (!transceiver::for_portable(c)) {
        if (bursts_) transceiver::perform(*bursts_, c, indicate_);
        if (part_) transceiver::perform(*part_, c, indicate_);
        return;
    }
    if (!portable_) return;
    transceiver::perform(*portable_, c);
}

base_station::base_station(const std::string& name, sim::simulation& s, sim::systemc_bridge& bridge,
                           const base_config& c, network::host_pool& pool, network::ethernet_port& port,
                           radio::air& air)
    : place_(c.place),
      hardware_(name.c_str(), s, bridge, c, pool),
      ethernet_(s, bridge, port),
      radio_(s, bridge, fixed_of(c, air), bursts_of(c, air), portable_of(c, air),
             band_watch(s, c.board.who, c.board.factory)) {
    ethernet_.join(hardware_.ethernet_out, hardware_.ethernet_in);
    radio_.join(hardware_.radio_out, hardware_.radio_in);
}

}  // namespace dectbed::models::base
