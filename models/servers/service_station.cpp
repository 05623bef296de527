#include "models/servers/service_station.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "sim/math.h"

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
      failures_(s.stream(who, "failures")),
      workers_(parameters_.workers),
      serving_(parameters_.workers) {}

service_station::~service_station() {
    for (auto& w : workers_) w.end.cancel();
    arriving_.cancel();
    idle_look_.cancel();
}

bool service_station::turned_away() {
    if (!up()) {
        refused("outage");
        return true;
    }
    if (maintenances_ > 0) {
        refused("maintenance");
        return true;
    }
    if (failing_ > 0 && failures_.chance(std::min(1.0, failing_))) {
        refused("partial outage");
        return true;
    }
    return false;
}

std::int64_t service_station::retry_after_s(std::int64_t usual) const {
    if (maintenances_ == 0) return usual;
    const sim::duration left = announced_end_ - simulation_.now();
    const std::int64_t whole = (left + std::chrono::seconds(1) - sim::duration{1}) / std::chrono::seconds(1);
    return std::max<std::int64_t>(1, whole);
}

bool service_station::submit(completion done) {
    if (turned_away()) return false;
    take_load();
    waiting_request r{simulation_.now(), std::move(done)};
    if (busy_ < serving_) {
        begin(std::move(r));
        publish_queue();
        return true;
    }
    if (queue_.size() >= parameters_.queue_max) {
        refused("queue full");
        scale();
        return false;
    }
    queue_.push_back(std::move(r));
    publish_queue();
    scale();
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
    const double seconds = parameters_.service_time.sample(stream_) * slowness_;
    w.end = simulation_.kernel().after(sim::from_seconds(seconds), [this, worker] { finish(worker); });
}

void service_station::serve_waiting() {
    while (!queue_.empty() && busy_ < serving_) {
        waiting_request next = std::move(queue_.front());
        queue_.pop_front();
        begin(std::move(next));
    }
}

void service_station::finish(std::size_t worker) {
    worker_state& w = workers_[worker];
    const waiting_request done = std::exchange(w.request, {});
    const sim::duration waited = w.begun - done.since, served = simulation_.now() - w.begun;
    take_load();
    w.busy = false;
    --busy_;
    serve_waiting();
    publish_queue();
    scale();
    look_when_idle();
    done.done(waited, served);
}

// --- workers that come and go ----------------------------------------------------------------------------

void service_station::take_load() {
    if (parameters_.scaling.workers_max == 0) return;
    const double passed = sim::to_seconds(simulation_.now() - load_at_);
    const double window = std::max(1e-3, sim::to_seconds(parameters_.scaling.window));
    const double now = static_cast<double>(busy_ + queue_.size());
    load_ = now + (load_ - now) * sim::repro::exp(-passed / window);
    load_at_ = simulation_.now();
}

/// With so many workers that the target is met, in whole steps.
void service_station::scale() {
    const scaling_parameters& p = parameters_.scaling;
    if (p.workers_max == 0 || ordered_ > 0) return;
    if (decided_once_ && simulation_.now() < decided_ + p.cool_down) return;
    const double used = load_ / static_cast<double>(std::max<std::size_t>(1, serving_));
    if (used > p.target && serving_ < p.workers_max) {
        ordered_ = std::min(p.step, p.workers_max - serving_);
        decided_ = simulation_.now();
        decided_once_ = true;
        arriving_ = simulation_.kernel().after(p.delay, [this, used] {
            add_workers(std::exchange(ordered_, 0));
            simulation_.publish(who_, sim::record::server_scaled{static_cast<std::int64_t>(serving_),
                                                                 fmt::format("{:.2f} of the workers were busy", used)});
        });
        return;
    }
    const std::size_t fewer = serving_ - std::min(p.step, serving_ - std::min(serving_, parameters_.workers));
    if (fewer == serving_ || load_ >= p.target * static_cast<double>(fewer)) return;
    serving_ = fewer;
    decided_ = simulation_.now();
    decided_once_ = true;
    simulation_.publish(who_, sim::record::server_scaled{static_cast<std::int64_t>(serving_),
                                                         fmt::format("{:.2f} of the workers were busy", used)});
}

/// Nobody comes any more, and there are more workers than the least: one look for each step back.
void service_station::look_when_idle() {
    const scaling_parameters& p = parameters_.scaling;
    if (p.workers_max == 0 || busy_ > 0 || serving_ <= parameters_.workers || idle_look_.pending()) return;
    const auto next = std::max(simulation_.now() + p.window, decided_ + p.cool_down);
    idle_look_ = simulation_.kernel().at(next, [this] {
        take_load();
        scale();
        look_when_idle();
    });
}

void service_station::add_workers(std::size_t number) {
    serving_ += number;
    if (workers_.size() < serving_) workers_.resize(serving_);
    look_when_idle();
    if (!up() || queue_.empty()) return;
    serve_waiting();
    publish_queue();
}

// --- what can go wrong -----------------------------------------------------------------------------------

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
    for (const auto& watcher : watchers_) watcher(up());
}

namespace {

/// The one argument that an action has, as a number within bounds; or a sentence why it is none.
std::string number_argument(const sim::fault_arguments& arguments, const char* name, double least, double most,
                            double& out) {
    for (const auto& [key, value] : arguments) {
        if (key != name) return "unknown argument \"" + key + "\"; accepted: " + name;
        char* end = nullptr;
        out = std::strtod(value.c_str(), &end);
        if (value.empty() || *end != '\0' || !(out >= least) || !(out <= most))
            return fmt::format("{} {} is not a number from {} to {}", name, value, least, most);
    }
    return arguments.empty() ? std::string("the argument ") + name + " is missing" : std::string();
}

}  // namespace

void service_station::offer_slowness() {
    simulation_.faults().offer(who_, "slow", [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
        double factor = 1;
        const std::string problem = number_argument(arguments, "factor", 1e-3, 1e6, factor);
        if (!problem.empty()) return problem;
        slowness_ = begin ? slowness_ * factor : slowness_ / factor;
        return {};
    });
}

void service_station::offer_failures() {
    simulation_.faults().offer(who_, "failures",
                               [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
                                   double share = 0;
                                   const std::string problem = number_argument(arguments, "share", 0, 1, share);
                                   if (!problem.empty()) return problem;
                                   failing_ = std::max(0.0, failing_ + (begin ? share : -share));
                                   return {};
                               });
}

void service_station::offer_maintenance() {
    simulation_.faults().offer(
        who_, "maintenance", [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
            double announced = 0;
            const std::string problem = number_argument(arguments, "announced", 0, 1e7, announced);
            if (!problem.empty()) return problem;
            maintenances_ += begin ? 1 : -1;
            if (begin) announced_end_ = std::max(announced_end_, simulation_.now() + sim::from_seconds(announced));
            simulation_.publish(
                who_, sim::record::server_state{maintenances_ == 0, begin ? "maintenance begins" : "maintenance ends"});
            return {};
        });
}

void service_station::offer_outage() {
    offer_slowness();
    offer_failures();
    offer_maintenance();
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
