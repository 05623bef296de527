#include "models/firmware/host/flash_unit.h"

#include <fmt/format.h>

#include <algorithm>

namespace dectbed::models::firmware {

flash_unit::flash_unit(sim::simulation& s, sim::entity_id who, const flash_geometry& g, const flash_times& t,
                       done_handler done)
    : sim_(s), who_(who), cells_(g), times_(t), done_(std::move(done)), stream_(s.stream(who, "flash")) {}

sim::duration flash_unit::time_of(const flash_operation& op) const {
    switch (op.what) {
        case flash_operation::kind::read:
            return times_.read_octet * op.octets;
        case flash_operation::kind::program:
            return times_.program_first_octet + times_.program_further_octet * (op.octets - 1);
        case flash_operation::kind::erase:
            return times_.erase_block;
    }
    return {};
}

dectbed_status flash_unit::submit(flash_operation op) {
    if (queue_.size() >= queue_max) return DECTBED_TOO_MANY;
    queue_.push_back(std::move(op));
    if (!running_) start_next();
    return DECTBED_OK;
}

void flash_unit::start_next() {
    if (queue_.empty()) return;
    const auto& op = queue_.front();
    running_ = true;
    orphan_ = false;
    started_ = sim_.now();
    const auto takes = time_of(op);
    // The end is scheduled before the start is told: a power cut that this record triggers comes later.
    finished_ = sim_.kernel().after(takes, [this] { finish(); });
    if (op.what == flash_operation::kind::program)
        sim_.publish(who_, sim::record::flash_write{++writes_, op.address, op.octets, takes});
    if (op.what == flash_operation::kind::erase)
        sim_.publish(who_, sim::record::flash_erase{++erases_, op.address, op.octets, takes});
}

void flash_unit::finish() {
    flash_operation op = std::move(queue_.front());
    queue_.pop_front();
    running_ = false;
    dectbed_status status = DECTBED_OK;
    switch (op.what) {
        case flash_operation::kind::read:
            op.data = cells_.read(op.address, op.octets);
            break;
        case flash_operation::kind::program:
            if (!cells_.program(op.address, op.data)) status = DECTBED_FLASH_NOT_ERASED;
            break;
        case flash_operation::kind::erase:
            status = erase(op.address);
            break;
    }
    const bool tell = !orphan_;
    start_next();
    if (tell) done_(op, status);
}

dectbed_status flash_unit::erase(std::uint32_t block) {
    cells_.erase(block);
    if (times_.endurance == 0) return DECTBED_OK;
    if (!wear_) wear_ = std::make_unique<std::map<std::uint32_t, wear>>();
    wear& w = (*wear_)[block];
    if (++w.erased <= times_.endurance) return DECTBED_OK;
    const auto octet = static_cast<std::uint32_t>(stream_.below(cells_.geometry().block_octets));
    w.stuck[block + octet] |= static_cast<std::uint8_t>(1u << stream_.below(8));
    for (const auto& [address, bits] : w.stuck) {
        const auto left = static_cast<std::uint8_t>(~bits);
        cells_.program(address, sim::byte_view(&left, 1));
    }
    if (w.erased == times_.endurance + 1)
        sim_.publish(who_, sim::record::state_changed{
                               fmt::format("flash block 0x{:x}", block), "good", "worn",
                               fmt::format("erased more than {} times: bits stay at 0", times_.endurance)});
    return DECTBED_FLASH_NOT_ERASED;
}

void flash_unit::power_cut() {
    if (running_) {
        finished_.cancel();
        running_ = false;
        const auto& op = queue_.front();
        const auto takes = time_of(op), elapsed = sim_.now() - started_;
        if (op.what != flash_operation::kind::read && elapsed > sim::duration{0}) {
            const auto progress = static_cast<std::int64_t>(op.octets) * elapsed.count() / takes.count();
            const auto done = std::min(static_cast<std::uint32_t>(progress), op.octets - 1);
            const auto undefined = static_cast<std::uint8_t>(stream_.below(256));
            if (op.what == flash_operation::kind::program)
                cells_.tear_program(op.address, op.data, done, undefined);
            else
                cells_.tear_erase(op.address, done, undefined);
            sim_.publish(who_, sim::record::flash_torn{op.address, done, op.octets - done});
        }
    }
    queue_.clear();
}

void flash_unit::forget_queue() {
    if (!running_) return queue_.clear();
    queue_.erase(queue_.begin() + 1, queue_.end());
    orphan_ = true;
}

}  // namespace dectbed::models::firmware
