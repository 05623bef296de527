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
    offer_faults();
}

void access_line::send(direction& way, const datagram& d) {
    // The tap sits at the site's end: it sees what the site sends before the line can lose it.
    if (&way == &up_)
        for (const auto& tap : taps_) tap(d);
    if (way.cuts > 0) return drop(way, "line down", d);
    const auto octets = static_cast<std::int64_t>(d->size());
    const auto on_line = octets + way.parameters.overhead_octets;
    const auto start = way.queue.take(sim_.now(), octets, on_line);
    if (!start) return drop(way, "queue full", d);
    // One draw a packet whatever the loss is, so that a fault shifts no later draw.
    const double luck = way.draws.unit();
    const auto delay = way.parameters.delay.sample_time(way.draws);
    if (luck < way.extra.loss(way.parameters.loss)) return drop(way, "lost on the line", d);
    auto arrival = *start + way.parameters.rate.time_for_octets(on_line) + delay + way.extra.delay();
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
        if (is_up() != was_up) {
            sim::record::link_changed record;
            record.up = is_up();
            record.cause = begin ? "line cut" : "line restored";
            sim_.publish(who_, std::move(record));
        }
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
