// sc_spawn is declared only on request.
#define SC_INCLUDE_DYNAMIC_PROCESSES

#include "models/firmware/host/processor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "models/firmware/host/firmware_timers.h"
#include "models/firmware/host/platform_port.h"

namespace dectbed::models::firmware {

using std::chrono::microseconds;

/// A platform in the processor's place.
struct processor::platform_seat {
    std::unique_ptr<platform_port> port;
    const platform_code* code = nullptr;  ///< what it is made of
    sim::event_handle overrun, unseen;
};

processor_slot::processor_slot(bool alone) {
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(&wake_);
    sc_core::sc_spawn(
        [this] {
            if (run_) run_();
        },
        alone ? "processor" : sc_core::sc_gen_unique_name("processor"), &options);
}

processor::processor(sim::simulation& s, sim::systemc_bridge& bridge, processor_slot& slot, sim::entity_id who,
                     firmware_image_ptr image, perform_handler perform, failure_handler failed)
    : sim_(s),
      bridge_(bridge),
      slot_(slot),
      who_(who),
      image_(std::move(image)),
      perform_(std::move(perform)),
      on_failure_(std::move(failed)) {
    slot_.run_ = [this] { run(); };
    if (!on_platform()) return;
    platform_port::handlers h;
    h.request = [this](const sim::bytes& record) { perform_(request(record)); };
    h.seen = [this] { event_seen(); };
    h.failed = [this](firmware_failure f) { fail(std::move(f)); };
    platform_ = std::make_unique<platform_seat>();
    platform_->code = image_->platform();
    platform_->port = std::make_unique<platform_port>(sc_core::sc_gen_unique_name("platform"), s, bridge, path(),
                                                      *image_->platform(), std::move(h));
}

processor::~processor() {
    slot_.run_ = nullptr;
    if (!platform_) return;
    platform_->overrun.cancel();
    platform_->unseen.cancel();
}

void processor::start(sim::time_point powered_since, sim::bytes boot) {
    if (running_) return;
    if (!executor_ && !on_platform()) {
        auto made = image_->executor_for(path());
        if (!made) throw sim::run_failure(path(), made.error().reason);
        executor_ = std::move(made.value());
    }
    ++life_;
    running_ = true;
    busy_ = false;
    asleep_ = true;
    work_limit_ = {};
    powered_since_ = powered_since;
    queue_.push_back({std::move(boot), false});
    if (on_platform()) platform_->port->start();
    wake();
}

void processor::use(firmware_image_ptr image) {
    if (running_) return;
    if (image->platform() != nullptr && (!platform_ || image->platform() != platform_->code))
        throw sim::run_failure(path(), "a platform is made before the run, and cannot come by an update");
    image_ = std::move(image);
    executor_ = nullptr;
}

void processor::halt() {
    if (!running_) return;
    ++life_;
    running_ = false;
    queue_.clear();
    droppable_waiting_ = 0;
    if (on_platform()) {
        platform_->overrun.cancel();
        platform_->unseen.cancel();
        platform_->port->halt();
    } else {
        executor_->end();
    }
}

void processor::post(sim::bytes event) {
    if (!running_) return;
    queue_.push_back({std::move(event), false});
    if (!busy_) wake();
}

bool processor::post_or_drop(sim::bytes event) {
    if (!running_) return true;
    if (droppable_waiting_ >= receive_queue_max) return false;
    ++droppable_waiting_;
    queue_.push_back({std::move(event), true});
    if (!busy_) wake();
    return true;
}

void processor::forget_timer_events(std::uint32_t timer) {
    queue_.erase(std::remove_if(queue_.begin(), queue_.end(),
                                [&](const queued& q) { return is_event_of_timer(q.octets, timer); }),
                 queue_.end());
}

void processor::wake() {
    if (on_platform()) return offer();
    if (woken_) return;
    woken_ = true;
    if (bridge_.inside())
        slot_.wake_.notify(sc_core::SC_ZERO_TIME);
    else
        bridge_.enter([this] { slot_.wake_.notify(sc_core::SC_ZERO_TIME); });
}

void processor::run() {
    woken_ = false;
    if (!running_ || busy_) return;
    if (queue_.empty()) {
        fall_asleep();
        return;
    }
    if (asleep_) awake_since_ = sim_.now();
    asleep_ = false;
    if (too_many_at_once()) return;
    call_firmware();
    if (!running_) return;
    if (!collected_.empty()) {
        busy_ = true;
        performing_.clear();
        performing_.swap(collected_);
        sim_.kernel().soon([this, life = life_] {
            if (life == life_) perform_from(0);
        });
    } else if (!queue_.empty()) {
        wake();
    } else {
        fall_asleep();
    }
}

void processor::fall_asleep() {
    asleep_ = true;
    // Most of its life a device sleeps, and there are many.
    sim::bytes().swap(performing_);
    sim::bytes().swap(collected_);
}

bool processor::too_many_at_once() {
    if (instant_ != sim_.now()) {
        instant_ = sim_.now();
        in_this_instant_ = 0;
    }
    if (++in_this_instant_ <= same_instant_max) return false;
    fail({"hang", fmt::format("exchanged more than {} events with its host without time passing", same_instant_max)});
    return true;
}

processor::queued processor::next_event() {
    queued next = std::move(queue_.front());
    queue_.pop_front();
    if (next.droppable) --droppable_waiting_;
    // The record's place need not be aligned for its fields.
    const auto now_us = static_cast<std::uint64_t>((sim_.now() - powered_since_) / microseconds(1));
    std::memcpy(next.octets.data() + offsetof(dectbed_event, now_us), &now_us, sizeof now_us);
    ++handled_;
    return next;
}

void processor::call_firmware() {
    const queued next = next_event();
    collected_.clear();
    if (auto failure = executor_->handle(next.octets, collected_)) {
        collected_.clear();
        dectbed_record head;
        std::memcpy(&head, next.octets.data(), sizeof head);
        failure->reason += fmt::format(", in event 0x{:04x}", head.type);
        fail(std::move(*failure));
    }
}

void processor::perform_from(std::size_t offset) {
    const auto life = life_;
    while (offset < performing_.size()) {
        dectbed_record header;
        std::memcpy(&header, performing_.data() + offset, sizeof header);
        const request r(sim::byte_view(performing_.data() + offset, header.size));
        offset += header.size;
        if (header.type == DECTBED_REQ_CONSUME_CPU) {
            if (const auto takes = work_of(r, slowness_)) {
                if (*takes == sim::duration{0}) continue;
                const sim::duration worked = sim_.now() - awake_since_;
                if (work_limit_ > sim::duration{0} && worked + *takes > work_limit_) {
                    sim_.kernel().after(std::max(sim::duration{0}, work_limit_ - worked), [this, life] {
                        if (life == life_) on_overrun();
                    });
                    return;
                }
                sim_.kernel().after(*takes, [this, life, offset] {
                    if (life == life_) perform_from(offset);
                });
                return;
            }
        }
        perform_(r);
        if (life != life_) return;  // reset or lost power by this very request
    }
    busy_ = false;
    if (!queue_.empty())
        wake();
    else
        fall_asleep();
}

void processor::limit_work(sim::duration longest) {
    work_limit_ = longest;
    if (on_platform() && !asleep_) limit_spell();
}

void processor::limit_spell() {
    platform_->overrun.cancel();
    if (work_limit_ == sim::duration{0}) return;
    const sim::duration left = work_limit_ - (sim_.now() - awake_since_);
    platform_->overrun = sim_.kernel().after(std::max(sim::duration{0}, left), [this] { on_overrun(); });
}

void processor::offer() {
    if (!running_ || queue_.empty() || platform_->port->shows() || too_many_at_once()) return;
    if (asleep_) {
        awake_since_ = sim_.now();
        asleep_ = false;
        limit_spell();
    }
    const queued next = next_event();
    const sim::duration patience = image_->platform()->patience;
    if (patience > sim::duration{0}) {
        dectbed_record head;
        std::memcpy(&head, next.octets.data(), sizeof head);
        platform_->unseen = sim_.kernel().after(patience, [this, type = head.type, patience] {
            fail({"hang",
                  fmt::format("its platform left event 0x{:04x} in its mailbox for {}", type, sim::to_text(patience))});
        });
    }
    platform_->port->show(next.octets);
}

void processor::event_seen() {
    platform_->unseen.cancel();
    if (!queue_.empty()) return offer();
    platform_->overrun.cancel();
    fall_asleep();
}

void processor::fail(firmware_failure f) {
    halt();
    sim_.kernel().soon([this, life = life_, failure = std::move(f)] {
        if (life == life_) on_failure_(failure);  // else somebody has reset it in the same instant
    });
}

}  // namespace dectbed::models::firmware
