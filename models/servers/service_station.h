// A server's capacity: so many workers, a time that each request takes, a queue of limited length, and
// what happens when that is full. Also whether the server is there at all.
//
// Every server owns one. Queueing is first come, first served. Publishes server_queue, server_refused,
// server_state and server_scaled; draws service times from the server's stream "service_time", and from "failures"
// which requests fail in a partial outage.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "sim/distribution.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

/// What becomes of a request that finds the queue full.
enum class overflow_policy {
    reject,  ///< answered at once that the server is overloaded
    drop,    ///< never answered
    close    ///< its connection is reset; where there is no connection, as `drop`
};
const char* to_text(overflow_policy p);
/// False if the text names none.
bool parse(const std::string& text, overflow_policy& out);

/// Workers that come and go with the load, as a cloud's. The load is the number of busy workers, averaged with a time
/// constant; a request that must wait counts as a busy worker. It is looked at when a request comes or ends, and for
/// each step back after the last one.
struct scaling_parameters {
    std::size_t workers_max = 0;                        ///< 0: no scaling
    double target = 0.7;                                ///< share of the workers that should be busy
    std::size_t step = 1;                               ///< workers ordered, or given up, at a time
    sim::duration delay = std::chrono::minutes(2);      ///< from the order until they serve
    sim::duration cool_down = std::chrono::minutes(5);  ///< from one decision to the next
    sim::duration window = std::chrono::seconds(60);    ///< time constant of the average
};

struct service_parameters {
    std::size_t workers = 8;                                              ///< 0: nothing is ever served
    sim::distribution service_time = sim::distribution::constant(0.005);  ///< seconds a request
    std::size_t queue_max = 1000;                                         ///< waiting requests
    overflow_policy when_full = overflow_policy::reject;
    scaling_parameters scaling = {};  ///< `workers` is the least
};

/// How a server that is out behaves.
enum class outage_mode {
    none,
    refuse,  ///< connections are reset
    silent   ///< nothing is answered
};

class service_station {
  public:
    /// `waited` in the queue and `served` by a worker; runs when the worker has finished.
    using completion = std::function<void(sim::duration waited, sim::duration served)>;

    service_station(sim::simulation& s, sim::entity_id who, service_parameters parameters);
    ~service_station();
    service_station(const service_station&) = delete;
    service_station& operator=(const service_station&) = delete;

    /// Takes a request, or gives false if the queue is full or the server is out; published either way.
    bool submit(completion done);
    void refused(const std::string& reason);  ///< publishes server_refused for another reason

    outage_mode outage() const { return outage_; }
    bool up() const { return outage_ == outage_mode::none; }
    overflow_policy when_full() const { return parameters_.when_full; }

    /// Goes out (work in hand and in the queue is lost) or comes back; tells `on_change` afterwards.
    void set_outage(outage_mode mode, const std::string& reason);
    std::function<void(outage_mode)> on_change;
    /// The same for whoever watches the health of this server.
    void watch_health(std::function<void(bool up)> watcher) { watchers_.push_back(std::move(watcher)); }

    /// Seconds that a rejected client is told to stay away: until the announced end of a maintenance window, else
    /// `usual`.
    std::int64_t retry_after_s(std::int64_t usual) const;
    std::size_t workers() const { return serving_; }  ///< now

    /// Offers the fault actions
    ///   "outage", argument `mode`: "refuse", or "silent", the default;
    ///   "slow", argument `factor`: service times are so many times as long (overlapping ones multiply);
    ///   "failures", argument `share` (0..1): that share of the requests finds no worker, as if the queue were full;
    ///   "maintenance", argument `announced` (seconds): every request is turned away, and told to come back when the
    ///   window was announced to end.
    void offer_outage();

  private:
    struct waiting_request {
        sim::time_point since;
        completion done;
    };
    void begin(waiting_request r);
    void finish(std::size_t worker);
    void serve_waiting();
    void publish_queue();
    bool turned_away();
    void take_load();
    void scale();
    void add_workers(std::size_t number);
    void look_when_idle();
    void offer_slowness();
    void offer_failures();
    void offer_maintenance();

    struct worker_state {
        bool busy = false;
        sim::time_point begun;
        waiting_request request;
        sim::event_handle end;
    };

    sim::simulation& simulation_;
    sim::entity_id who_;
    service_parameters parameters_;
    sim::random_stream stream_, failures_;
    std::deque<waiting_request> queue_;
    std::vector<worker_state> workers_;
    std::size_t busy_ = 0;
    outage_mode outage_ = outage_mode::none;
    int outages_ = 0;  ///< overlapping outages: up again when all have ended
    std::vector<std::function<void(bool)>> watchers_;

    double slowness_ = 1, failing_ = 0;
    int maintenances_ = 0;
    sim::time_point announced_end_{};

    std::size_t serving_;      ///< workers that take requests; those beyond end with what they do
    std::size_t ordered_ = 0;  ///< workers under way
    double load_ = 0;          ///< average of busy workers and waiting requests
    sim::time_point load_at_{}, decided_{};
    bool decided_once_ = false;
    sim::event_handle arriving_, idle_look_;
};

}  // namespace dectbed::models::servers
