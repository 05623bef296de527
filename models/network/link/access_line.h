// A site's line to the Internet: each direction has a rate, a delay, a loss probability and a drop-tail queue.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/network/link/impairment.h"
#include "models/network/link/load_curve.h"
#include "models/network/link/transmit_queue.h"
#include "models/network/wire.h"
#include "sim/distribution.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

struct line_direction_parameters {
    sim::bit_rate rate{20'000'000};
    /// Seconds, besides the time to send. Order is kept: no packet overtakes an earlier one.
    sim::distribution delay = sim::distribution::constant(0.008);
    double loss = 0;  ///< 0..1, drawn for each packet that was sent
    std::int64_t queue_octets = 64 * 1024;
    std::int64_t overhead_octets = 0;  ///< of layers below IP, for each datagram
};

/// What others on the same line, cell or transponder do. 0 peak: nothing.
struct line_load_parameters {
    double peak = 0;  ///< share of the line in the busiest hour, 0..0.95
    load_curve curve = load_curve::residential;
    sim::duration begins_at{0};  ///< time of day at the start of the run, since midnight
};
/// Share of the line that others take so long after the start of the run; between full hours it changes evenly.
double utilisation(const line_load_parameters& p, sim::time_point now);

/// Defaults: a consumer line of 20 Mbit/s down and 5 Mbit/s up with 8 ms each way (assumption).
struct access_line_parameters {
    line_direction_parameters up{sim::bit_rate{5'000'000}};
    line_direction_parameters down{};
    line_load_parameters load;
};

/// Fault actions on its entity, each with the optional argument "direction" ("up", "down"; both if absent):
/// "link_down": nothing passes, what is under way is lost; "loss", argument "rate" (0..1): additional,
/// independent loss; "delay", argument "by" (seconds): additional delay. Overlapping faults add up.
class access_line {
  public:
    access_line(sim::simulation& s, sim::entity_id who, access_line_parameters p = {});
    access_line(const access_line&) = delete;
    access_line& operator=(const access_line&) = delete;

    void connect_site(datagram_sink to_site) { down_.to = std::move(to_site); }
    void connect_internet(datagram_sink to_internet) { up_.to = std::move(to_internet); }
    void send_up(const datagram& d) { send(up_, d); }
    void send_down(const datagram& d) { send(down_, d); }

    /// Every datagram that the line delivers, both ways, when it arrives; those sent up also when they are
    /// lost (the capture is at the site's end: what the site sent is seen).
    void capture(datagram_sink tap) { taps_.push_back(std::move(tap)); }

    /// What is under way is lost; then it goes on.
    void interrupt();
    /// Offers the fault action "flap", arguments "up" and "down" (seconds): the line goes down and up, over and over.
    /// Not every line does: it would cost memory.
    void offer_flapping();

    bool is_up() const { return up_.cuts == 0 && down_.cuts == 0; }
    std::uint64_t datagrams_dropped() const { return dropped_; }

  private:
    struct direction {
        direction(sim::simulation& s, sim::entity_id who, const char* direction_name,
                  const line_direction_parameters& p);
        const char* name;
        line_direction_parameters parameters;
        transmit_queue queue;
        sim::random_stream draws;
        sim::time_point last_arrival{};
        impairment extra;
        int cuts = 0;               // faults may overlap
        std::uint32_t cutting = 0;  // what was under way before the last cut is lost
        datagram_sink to;
    };

    void send(direction& way, const datagram& d);
    void drop(const direction& way, std::string_view reason, const datagram& d);
    void offer_faults();
    void cut(direction& way, bool begin);
    void say_up(bool was_up, const char* cause);
    void flap(std::uint32_t turn, bool down, sim::duration down_for, sim::duration up_for);
    sim::duration crowd(direction& way, std::int64_t& on_line);

    sim::simulation& sim_;
    sim::entity_id who_;
    direction up_, down_;
    std::vector<datagram_sink> taps_;
    std::uint64_t dropped_ = 0;
    struct crowding {
        line_load_parameters parameters;
        sim::random_stream draws;
    };
    std::unique_ptr<crowding> crowding_;  ///< null: the line is the site's alone
    std::uint32_t flapping_ = 0;          ///< counts what began and ended: odd while it lasts
    bool flapped_down_ = false;
};

}  // namespace dectbed::models::network
