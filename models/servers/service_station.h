// A server's capacity: so many workers, a time that each request takes, a queue of limited length, and
// what happens when that is full. Also whether the server is there at all.
//
// Every server owns one. Queueing is first come, first served. Publishes server_queue, server_refused
// and server_state; draws service times from the server's stream "service_time".
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

struct service_parameters {
    std::size_t workers = 8;                                              ///< 0: nothing is ever served
    sim::distribution service_time = sim::distribution::constant(0.005);  ///< seconds a request
    std::size_t queue_max = 1000;                                         ///< waiting requests
    overflow_policy when_full = overflow_policy::reject;
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

    /// Offers the fault action "outage" (argument `mode`: "refuse", or "silent", the default).
    void offer_outage();

  private:
    struct waiting_request {
        sim::time_point since;
        completion done;
    };
    void begin(waiting_request r);
    void finish(std::size_t worker);
    void publish_queue();

    struct worker_state {
        bool busy = false;
        sim::time_point begun;
        waiting_request request;
        sim::event_handle end;
    };

    sim::simulation& simulation_;
    sim::entity_id who_;
    service_parameters parameters_;
    sim::random_stream stream_;
    std::deque<waiting_request> queue_;
    std::vector<worker_state> workers_;
    std::size_t busy_ = 0;
    outage_mode outage_ = outage_mode::none;
    int outages_ = 0;  ///< overlapping outages: up again when all have ended
};

}  // namespace dectbed::models::servers
