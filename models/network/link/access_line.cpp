#include "models/network/link/access_line.h"

#include <algorithm>

#include "models/network/link/frame_guard.h"

namespace dectbed::models::network {

access_line::direction::direction(sim::simulation& s, sim::entity_id who, const char* direction_name,
                                  const line_direction_parameters& p)
    : name(direction_name),
      parameters(p),
      queue(p.rate, p.queue_octets),
      draws(s.stream(who, std::string("access line ") + direction_name)) {}

access_line::access_line(sim::simulation& s, sim::entity_id who, access_line_parameters p)
    : sim_(s), who_(who), up_(s, who, "up", p.up), down_(s, who, "down", p.down) {
    if (p.load.peak > 0) crowding_ = std::make_unique<crowding>(crowding{p.load, s.stream(who, "load of others")});
    offer_faults();
}

namespace {

/// Shares of the peak by the hour (docs/models/middleboxes.md says where they come from).
constexpr double residential_hours[24] = {0.45, 0.30, 0.20, 0.15, 0.12, 0.12, 0.18, 0.28, 0.36, 0.40, 0.43, 0.46,
                                          0.50, 0.50, 0.52, 0.55, 0.60, 0.68, 0.78, 0.88, 0.97, 1.00, 0.88, 0.66};
constexpr double business_hours[24] = {0.08, 0.06, 0.05, 0.05, 0.05, 0.06, 0.10, 0.25, 0.60, 0.85, 0.97, 1.00,
                                       0.80, 0.82, 0.95, 0.95, 0.88, 0.65, 0.35, 0.22, 0.16, 0.13, 0.11, 0.09};
constexpr std::int64_t mean_packet_octets = 1000;  ///< of others' traffic (assumption)

}  // namespace

double utilisation(const line_load_parameters& p, sim::time_point now) {
    if (p.curve == load_curve::flat) return p.peak;
    const double* const hours = p.curve == load_curve::residential ? residential_hours : business_hours;
    const double at = sim::to_seconds(now.time_since_epoch() + p.begins_at) / 3600.0;
    const auto hour = static_cast<std::int64_t>(at);
    const double part = at - static_cast<double>(hour);
    const double here = hours[hour % 24], next = hours[(hour + 1) % 24];
    return p.peak * (here + (next - here) * part);
}

// Others' packets take their share of the rate, and stand before this one: the wait in a queue with random arrivals and
// exponential service (M/M/1), u / (1 - u) mean packets.
sim::duration access_line::crowd(direction& way, std::int64_t& on_line) {
    if (!crowding_) return sim::duration{0};
    const double u = utilisation(crowding_->parameters, sim_.now());
    const double mean = u / (1 - u) * sim::to_seconds(way.parameters.rate.time_for_octets(mean_packet_octets));
    on_line = static_cast<std::int64_t>(static_cast<double>(on_line) / (1 - u));
    return sim::distribution::exponential(mean).sample_time(crowding_->draws);
}

void access_line::send(direction& way, const datagram& d) {
    // The tap sits at the site's end: it sees what the site sends before the line can lose it.
    if (&way == &up_)
        for (const auto& tap : taps_) tap(d);
    if (way.cuts > 0) return drop(way, "line down", d);
    const auto octets = static_cast<std::int64_t>(d->size());
    auto on_line = octets + way.parameters.overhead_octets;
    const auto wait = crowd(way, on_line);
    const auto start = way.queue.take(sim_.now(), octets, on_line);
    if (!start) return drop(way, "queue full", d);
    // One draw a packet whatever the loss is, so that a fault shifts no later draw.
    const double luck = way.draws.unit();
    const auto delay = way.parameters.delay.sample_time(way.draws);
    if (luck < way.extra.loss(way.parameters.loss)) return drop(way, "lost on the line", d);
    auto arrival = *start + way.parameters.rate.time_for_octets(on_line) + delay + way.extra.delay() + wait;
    arrival = std::max(arrival, way.last_arrival);
    way.last_arrival = arrival;
    sim_.kernel().at(arrival, [this, &way, d, cutting = way.cutting] {
        if (cutting != way.cutting) return drop(way, "line down", d);
        if (&way == &down_)
            for (const auto& tap : taps_) tap(d);
        if (way.to) way.to(d);
    });
}

void access_line::drop(const direction& way, std::string_view reason, const datagram& d) {
    ++dropped_;
    publish_drop(sim_, who_, std::string("access line ") + way.name, reason, d->size());
}

void access_line::cut(direction& way, bool begin) {
    way.cuts += begin ? 1 : -1;
    if (!begin) return;
    ++way.cutting;
    way.queue.reset();
    way.last_arrival = sim::time_point{};
}

void access_line::say_up(bool was_up, const char* cause) {
    if (is_up() == was_up) return;
    sim::record::link_changed record;
    record.up = is_up();
    record.cause = cause;
    sim_.publish(who_, std::move(record));
}

void access_line::interrupt() {
    for (direction* way : {&up_, &down_}) {
        cut(*way, true);
        cut(*way, false);
    }
}

void access_line::offer_flapping() {
    sim_.faults().offer(who_, "flap", [this](const sim::fault_arguments& a, bool begin) {
        constexpr double shortest_s = 0.01, longest_s = 86400;
        const auto up = read_number(a, "up", shortest_s, longest_s),
                   down = read_number(a, "down", shortest_s, longest_s);
        if (!up.error.empty()) return up.error;
        if (!down.error.empty()) return down.error;
        ++flapping_;
        if (begin) {
            flap(flapping_, true, sim::from_seconds(down.value), sim::from_seconds(up.value));
        } else if (flapped_down_) {
            flap(flapping_, false, {}, {});
        }
        return std::string();
    });
}

void access_line::flap(std::uint32_t turn, bool down, sim::duration down_for, sim::duration up_for) {
    if (turn != flapping_) return;  // another has begun, or this one is over
    if (down != flapped_down_) {
        const bool was_up = is_up();
        flapped_down_ = down;
        cut(up_, down);
        cut(down_, down);
        say_up(was_up, down ? "line flaps: down" : "line flaps: up");
    }
    if (up_for == sim::duration{0}) return;
    sim_.kernel().after(down ? down_for : up_for,
                        [this, turn, down, down_for, up_for] { flap(turn, !down, down_for, up_for); });
}

void access_line::offer_faults() {
    // Applies `change` to the directions that the arguments name.
    const auto to_directions = [this](const sim::fault_arguments& arguments, auto&& change) -> std::string {
        const auto found = arguments.find("direction");
        const std::string which = found == arguments.end() ? "both" : found->second;
        if (which != "up" && which != "down" && which != "both")
            return "argument 'direction' is neither up nor down: " + which;
        if (which != "down") change(up_);
        if (which != "up") change(down_);
        return "";
    };
    auto& board = sim_.faults();
    board.offer(who_, "link_down", [this, to_directions](const sim::fault_arguments& a, bool begin) {
        const bool was_up = is_up();
        auto problem = to_directions(a, [&](direction& way) { cut(way, begin); });
        say_up(was_up, begin ? "line cut" : "line restored");
        return problem;
    });
    board.offer(who_, "loss", [to_directions](const sim::fault_arguments& a, bool begin) {
        const auto rate = read_number(a, "rate", 0, 1);
        if (!rate.error.empty()) return rate.error;
        return to_directions(a, [&](direction& way) { way.extra.change_loss(rate.value, begin); });
    });
    constexpr double delay_s_max = 3600;  // longer than any timer of the protocols above
    board.offer(who_, "delay", [to_directions](const sim::fault_arguments& a, bool begin) {
        const auto by = read_number(a, "by", 0, delay_s_max);
        if (!by.error.empty()) return by.error;
        return to_directions(a, [&](direction& way) { way.extra.change_delay(sim::from_seconds(by.value), begin); });
    });
}

}  // namespace dectbed::models::network
