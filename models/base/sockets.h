// What crosses the pins of a base's hardware module, and the TLM-2.0 sockets that carry it.
//
// Blocking transport with zero delay: a transfer is a function call that never waits, so it may come from
// a kernel event as well as from a SystemC process (a model in the place of our module). Whoever
// receives a transfer within a SystemC process goes on in kernel::soon().
#pragma once

#include <functional>
#include <memory>
#include <tlm>
#include <utility>

#include "models/network/wire.h"
#include "models/transceiver/pins.h"

namespace dectbed::models::base {

/// Between a base and its Ethernet socket, either way.
struct ethernet_transfer {
    enum class kind {
        frame,
        up,     ///< out: the base's end of the cable has power; in: the link is up
        filter  ///< out: the filter of the network chip; whoever knows none leaves it out
    };
    kind what = kind::frame;
    network::frame frame;
    bool up = false;
    std::shared_ptr<const network::flood_filter> filter = nullptr;
};

/// Between a base's processor and its DECT transceiver.
using transceiver::radio_command;
using transceiver::radio_indication;

template <class Payload>
struct tlm_protocol {
    using tlm_payload_type = Payload;
    using tlm_phase_type = tlm::tlm_phase;
};

/// What a caller offers the called side: there is no second phase, everything is said in the blocking call.
template <class Payload>
class calling_end : public tlm::tlm_bw_transport_if<tlm_protocol<Payload>> {
  private:
    tlm::tlm_sync_enum nb_transport_bw(Payload&, tlm::tlm_phase&, sc_core::sc_time&) override {
        return tlm::TLM_COMPLETED;
    }
    void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
};

/// What the called side offers: however a transfer comes, it is received.
template <class Payload>
class called_end : public tlm::tlm_fw_transport_if<tlm_protocol<Payload>> {
  private:
    virtual void received(Payload& payload) = 0;
    void b_transport(Payload& payload, sc_core::sc_time&) override { received(payload); }
    tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase&, sc_core::sc_time&) override {
        received(payload);
        return tlm::TLM_COMPLETED;
    }
    bool get_direct_mem_ptr(Payload&, tlm::tlm_dmi&) override { return false; }
    unsigned transport_dbg(Payload&) override { return 0; }
};

/// The calling side.
template <class Payload>
class out_socket : public tlm::tlm_initiator_socket<32, tlm_protocol<Payload>>, private calling_end<Payload> {
  public:
    explicit out_socket(const char* name) : tlm::tlm_initiator_socket<32, tlm_protocol<Payload>>(name) {
        this->bind(*static_cast<tlm::tlm_bw_transport_if<tlm_protocol<Payload>>*>(this));
    }
    using tlm::tlm_initiator_socket<32, tlm_protocol<Payload>>::bind;

    void transport(Payload payload) {
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        (*this)->b_transport(payload, delay);
    }
};

/// The called side.
template <class Payload>
class in_socket : public tlm::tlm_target_socket<32, tlm_protocol<Payload>>, private called_end<Payload> {
  public:
    in_socket(const char* name, std::function<void(Payload&)> on_transport)
        : tlm::tlm_target_socket<32, tlm_protocol<Payload>>(name), on_transport_(std::move(on_transport)) {
        this->bind(*static_cast<tlm::tlm_fw_transport_if<tlm_protocol<Payload>>*>(this));
    }
    using tlm::tlm_target_socket<32, tlm_protocol<Payload>>::bind;

  private:
    void received(Payload& payload) override { on_transport_(payload); }

    std::function<void(Payload&)> on_transport_;
};

/// The far end of one side of a device: bound to its two sockets as interfaces, which TLM-2.0 allows, and so without
/// sockets and a module of its own. Those take some 3 kB of a base, with their names and places in SystemC's tables.
/// Whoever is one overrides received(FromDevice&).
template <class FromDevice, class ToDevice>
class far_end : private called_end<FromDevice>, private calling_end<ToDevice> {
  public:
    far_end() = default;
    far_end(const far_end&) = delete;
    far_end& operator=(const far_end&) = delete;
    /// Once, before the start. The device must outlive the last transport().
    void join(out_socket<FromDevice>& out, in_socket<ToDevice>& in) {
        out.get_base_port().bind(static_cast<tlm::tlm_fw_transport_if<tlm_protocol<FromDevice>>&>(*this));
        in.get_base_port().bind(static_cast<tlm::tlm_bw_transport_if<tlm_protocol<ToDevice>>&>(*this));
        to_device_ = &in.get_base_interface();
    }

  protected:
    ~far_end() override = default;
    void transport(ToDevice payload) {
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        to_device_->b_transport(payload, delay);
    }

  private:
    tlm::tlm_fw_transport_if<tlm_protocol<ToDevice>>* to_device_ = nullptr;
};

}  // namespace dectbed::models::base
