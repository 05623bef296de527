// The Internet: finds the destination of a datagram in a hash table and delivers it after a latency.
//
// One kernel event a datagram, however many addresses are attached. What lies between is left out: routes,
// queues and reordering; a site's bottleneck is its access line.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "models/network/link/impairment.h"
#include "models/network/wire.h"
#include "sim/distribution.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

struct internet_parameters {
    /// Seconds one way between any two attached addresses, drawn for each datagram unless constant. Order is
    /// kept between two addresses. Assumption: 10 ms, a server in the same country.
    sim::distribution latency = sim::distribution::constant(0.010);
    double loss = 0;        ///< 0..1 for each datagram
    std::uint8_t hops = 8;  ///< routers on the way, each takes one off the time to live (assumption)
    /// Answer datagrams to nobody with ICMP host unreachable; else they vanish.
    bool answers_unreachable = true;
    /// Source of the Internet's own ICMP messages (TEST-NET-3, RFC 5737).
    ipv4_address core{0xCB0071FE};  // 203.0.113.254
};

/// Fault actions on its entity: "outage": nothing is delivered; "loss", argument "rate" (0..1). Both take the
/// optional argument "address": only datagrams from or to that attached address.
class internet final : public datagram_network {
  public:
    internet(sim::simulation& s, sim::entity_id who, internet_parameters p = {});
    ~internet() override;

    datagram_sink attach(ipv4_address address, datagram_sink receive) override;
    /// The same for an address that is farther away: `extra` each way, besides the latency that all have.
    datagram_sink attach(ipv4_address address, datagram_sink receive, sim::duration extra);
    void detach(ipv4_address address) override;
    void set_mtu(ipv4_address address, std::size_t mtu, bool tells) override;

    /// Every datagram that this attached address sends, and every one that is delivered to it, at that
    /// instant. std::invalid_argument if the address is not attached.
    void capture(ipv4_address address, datagram_sink tap);

    std::uint64_t datagrams_delivered() const { return delivered_; }
    std::uint64_t datagrams_dropped() const { return dropped_; }

  private:
    struct attachment;
    void send(attachment& from, const datagram& d);
    /// When a datagram sent now arrives.
    sim::time_point arrival(attachment& from, const attachment& to);
    void deliver(attachment& to, const datagram& d);
    void answer(attachment& to, std::uint8_t type, std::uint8_t code, const datagram& about, std::uint32_t rest = 0);
    void too_long(attachment& from, attachment& to, sim::bytes octets);
    void drop(std::string_view reason, const datagram& d);
    attachment* find(ipv4_address a) const;
    void offer_faults();

    sim::simulation& sim_;
    sim::entity_id who_;
    internet_parameters parameters_;
    std::unordered_map<ipv4_address, std::unique_ptr<attachment>> attachments_;  // looked up, never iterated
    std::vector<std::unique_ptr<attachment>> detached_;  ///< what is under way still points to them
    /// Last arrival by pair of addresses, some of the past among them; stays empty while the latency is constant. Its
    /// order means nothing.
    std::unordered_map<std::uint64_t, sim::time_point> last_arrivals_;
    std::size_t forget_at_ = 1024;
    impairment extra_;
    int outages_ = 0;
    std::uint64_t delivered_ = 0, dropped_ = 0;
};

}  // namespace dectbed::models::network
