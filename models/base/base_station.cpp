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
    return r;
}

radio_indication about_link(radio_indication::kind what, radio::link_id link) {
    radio_indication i;
    i.what = what;
    i.link = link;
    return i;
}

}  // namespace

ethernet_connector::ethernet_connector(const sc_core::sc_module_name& name, sim::simulation& s,
                                       sim::systemc_bridge& bridge, network::ethernet_port& port)
    : sc_module(name),
      from_base("from_base",
                [this, &s, &bridge](ethernet_transfer& t) {
                    // A virtual platform calls from a SystemC process; our own module from a kernel event.
                    if (bridge.inside())
                        s.kernel().soon([this, t] { transfer(t); });
                    else
                        transfer(t);
                }),
      to_base("to_base"),
      port_(port) {
    port_.connect([this](const network::frame& f) { to_base.transport({ethernet_transfer::kind::frame, f, false}); });
    port_.on_link_change([this](bool up) { to_base.transport({ethernet_transfer::kind::up, nullptr, up}); });
}

void ethernet_connector::transfer(const ethernet_transfer& t) {
    if (t.what == ethernet_transfer::kind::frame)
        port_.transmit(t.frame);
    else
        port_.set_device_up(t.up);
}

radio_connector::radio_connector(const sc_core::sc_module_name& name, sim::simulation& s, sim::systemc_bridge& bridge,
                                 std::unique_ptr<radio::fixed_part> part)
    : sc_module(name),
      from_base("from_base",
                [this, &s, &bridge](radio_command& c) {
                    if (bridge.inside())
                        s.kernel().soon([this, c] { command(c); });
                    else
                        command(c);
                }),
      to_base("to_base"),
      part_(std::move(part)) {
    radio::fixed_part::events e;
    e.started = [this](bool ok, int carrier, int slot) {
        radio_indication i;
        i.what = radio_indication::kind::started;
        i.ok = ok;
        i.carrier = carrier;
        i.slot = slot;
        to_base.transport(i);
    };
    e.link_established = [this](radio::link_id link, std::uint32_t pmid) {
        auto i = about_link(radio_indication::kind::link_established, link);
        i.pmid = pmid;
        to_base.transport(i);
    };
    e.link_released = [this](radio::link_id link, radio::release_reason reason) {
        auto i = about_link(radio_indication::kind::link_released, link);
        i.reason = reason;
        to_base.transport(i);
    };
    e.received = [this](radio::link_id link, sim::byte_view nwk) {
        auto i = about_link(radio_indication::kind::received, link);
        i.nwk = sim::to_bytes(nwk);
        to_base.transport(std::move(i));
    };
    e.sent = [this](radio::link_id link) { to_base.transport(about_link(radio_indication::kind::sent, link)); };
    part_->set_events(std::move(e));
}

void radio_connector::command(const radio_command& c) {
    switch (c.what) {
        case radio_command::kind::start:
            part_->start(c.band, c.power);
            return;
        case radio_command::kind::stop:
            part_->stop();
            return;
        case radio_command::kind::information:
            part_->set_information(c.information);
            return;
        case radio_command::kind::send:
            part_->send(c.link, c.nwk);
            return;
        case radio_command::kind::release:
            part_->release(c.link);
            return;
        case radio_command::kind::page:
            part_->page(c.nwk);  // one that finds no room in time is as good as one that nobody hears
            return;
    }
}

base_station::base_station(const std::string& name, sim::simulation& s, sim::systemc_bridge& bridge,
                           const base_config& c, network::host_pool& pool, network::ethernet_port& port,
                           radio::air& air)
    : place_(c.place),
      hardware_(name.c_str(), s, bridge, c, pool),
      ethernet_((name + "_ethernet").c_str(), s, bridge, port),
      radio_((name + "_radio").c_str(), s, bridge, air.make_fixed_part(c.board.who, radio_config(c))) {
    hardware_.ethernet_out.bind(ethernet_.from_base);
    ethernet_.to_base.bind(hardware_.ethernet_in);
    hardware_.radio_out.bind(radio_.from_base);
    radio_.to_base.bind(hardware_.radio_in);
}

}  // namespace dectbed::models::base
