#include "models/servers/service_station.h"

#include <utility>

namespace dectbed::models::servers {

const char* to_text(overflow_policy p) {
    switch (p) {
        case overflow_policy::reject:
            return "reject";
        case overflow_policy::drop:
            return "drop";
        case overflow_policy::close:
            return "close";
    }
    return "";
}

bool parse(const std::string& text, overflow_policy& out) {
    for (auto p : {overflow_policy::reject, overflow_policy::drop, overflow_policy::close}) {
        if (text != to_text(p)) continue;
        out = p;
        return true;
    }
    return false;
}

service_station::service_station(sim::simulation& s, sim::entity_id who, service_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      stream_(s.stream(who, "service_time")),
      workers_(parameters_.workers) {}

service_station::~service_station() {
    for (auto& w : workers_) w.end.cancel();
}

bool service_station::submit(completion done) {
    if (!up()) {
        refused("outage");
        return false;
    }
    waiting_request r{simulation_.now(), std::move(done)};
    if (busy_ < workers_.size()) {
        begin(std::move(r));
        publish_queue();
        return true;
    }
    if (queue_.size() >= parameters_.queue_max) {
        refused("queue full");
        return false;
    }
    queue_.push_back(std::move(r));
    publish_queue();
    return true;
}

void service_station::refused(const std::string& reason) {
    simulation_.publish(who_, sim::record::server_refused{reason});
}

void service_station::begin(waiting_request r) {
    std::size_t worker = 0;
    while (workers_[worker].busy) ++worker;
    worker_state& w = workers_[worker];
    w.busy = true;
    w.begun = simulation_.now();
    w.request = std::move(r);
    ++busy_;
    w.end =
        simulation_.kernel().after(parameters_.service_time.sample_time(stream_), [this, worker] { finish(worker); });
}

void service_station::finish(std::size_t worker) {
    worker_state& w = workers_[worker];
    const waiting_request done = std::exchange(w.request, {});
    const sim::duration waited = w.begun - done.since, served = simulation_.now() - w.begun;
    w.busy = false;
    --busy_;
    if (!queue_.empty()) {
        waiting_request next = std::move(queue_.front());
        queue_.pop_front();
        begin(std::move(next));
    }
    publish_queue();
    done.done(waited, served);
}

void service_station::publish_queue() {
    simulation_.publish(
        who_, sim::record::server_queue{static_cast<std::int64_t>(busy_), static_cast<std::int64_t>(queue_.size())});
}

void service_station::set_outage(outage_mode mode, const std::string& reason) {
    if (mode == outage_) return;
    outage_ = mode;
    simulation_.publish(who_, sim::record::server_state{up(), reason});
    if (!up() && (busy_ > 0 || !queue_.empty())) {
        for (auto& w : workers_) {
            w.end.cancel();
            w = worker_state{};
        }
        busy_ = 0;
        queue_.clear();
        publish_queue();
    }
    if (on_change) on_change(mode);
}

void service_station::offer_outage() {
    simulation_.faults().offer(who_, "outage",
                               [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
                                   outage_mode mode = outage_mode::silent;
                                   for (const auto& [name, value] : arguments) {
                                       if (name != "mode") return "unknown argument \"" + name + "\"; accepted: mode";
                                       if (value == "refuse") {
                                           mode = outage_mode::refuse;
                                       } else if (value != "silent") {
                                           return "unknown mode \"" + value + "\"; accepted: refuse, silent";
                                       }
                                   }
                                   outages_ += begin ? 1 : -1;
                                   if (begin) {
                                       set_outage(mode, "outage begins");
                                   } else if (outages_ == 0) {
                                       set_outage(outage_mode::none, "outage ends");
                                   }
                                   return {};
                               });
}

}  // namespace dectbed::models::servers
