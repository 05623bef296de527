// sc_spawn is declared only on request.
#define SC_INCLUDE_DYNAMIC_PROCESSES

#include "models/firmware/host/processor.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/firmware/host/firmware_probe.h"

namespace dectbed::models::firmware {

using std::chrono::microseconds;

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
                     firmware_image_ptr image, perform_handler perform, tls::library_environment* libraries)
    : sim_(s),
      bridge_(bridge),
      slot_(slot),
      path_(s.journal().path_of(who)),
      image_(std::move(image)),
      title_(image_->title()),
      perform_(std::move(perform)),
      libraries_(libraries) {
    host_.abi = DECTBED_FIRMWARE_ABI;
    host_.context = this;
    host_.request = &processor::take_request;
    slot_.run_ = [this] { run(); };
}

processor::~processor() {
    slot_.run_ = nullptr;
    if (!instance_) return;
    try {
        code_->table().destroy(instance_);
    } catch (...) {
        // The run is over; there is nobody left to tell.
    }
}

void processor::take_request(void* context, const dectbed_record* r) {
    auto& self = *static_cast<processor*>(context);
    if (!self.collecting_) return;
    if (++self.requests_ > requests_max) return;
    if (!r || r->size < sizeof(dectbed_record)) {
        // Nothing to copy: what is kept is enough to be refused as a record of no known kind.
        dectbed_record empty{};
        if (r) empty = *r;
        empty.type = 0;
        empty.size = sizeof empty;
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&empty);
        self.collected_.insert(self.collected_.end(), octets, octets + sizeof empty);
        return;
    }
    const auto* octets = reinterpret_cast<const std::uint8_t*>(r);
    self.collected_.insert(self.collected_.end(), octets, octets + r->size);
}

void processor::start(sim::time_point powered_since, sim::bytes boot) {
    if (running_ || failed_) return;
    if (!code_) {
        auto code = image_->code_for_one_device();
        if (!code) throw sim::run_failure(path_, code.error().reason);
        code_ = code.value();
    }
    ++life_;
    running_ = true;
    busy_ = false;
    asleep_ = true;
    work_limit_ = {};
    powered_since_ = powered_since;
    queue_.push_back({std::move(boot), false});
    wake();
}

void processor::halt() {
    if (!running_) return;
    ++life_;
    running_ = false;
    queue_.clear();
    droppable_waiting_ = 0;
    if (instance_) {
        void* instance = instance_;
        instance_ = nullptr;
        guarded(0, [&] { code_->table().destroy(instance); });
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
                                [&](const queued& q) {
                                    if (q.octets.size() != sizeof(dectbed_ev_timer)) return false;
                                    dectbed_ev_timer e;
                                    std::memcpy(&e, q.octets.data(), sizeof e);
                                    return e.event.record.type == DECTBED_EV_TIMER && e.timer == timer;
                                }),
                 queue_.end());
}

void processor::wake() {
    if (woken_) return;
    woken_ = true;
    if (bridge_.inside())
        slot_.wake_.notify(sc_core::SC_ZERO_TIME);
    else
        bridge_.enter([this] { slot_.wake_.notify(sc_core::SC_ZERO_TIME); });
}

void processor::run() {
    woken_ = false;
    if (!running_ || busy_ || failed_) return;
    if (queue_.empty()) {
        fall_asleep();
        return;
    }
    if (asleep_) awake_since_ = sim_.now();
    asleep_ = false;
    if (instant_ != sim_.now()) {
        instant_ = sim_.now();
        in_this_instant_ = 0;
    }
    if (++in_this_instant_ > same_instant_max) {
        fail(
            fmt::format("more than {} events without time passing; host and firmware are in a loop", same_instant_max));
        return;
    }
    call_firmware();
    if (failed_) return;
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

void processor::call_firmware() {
    requests_ = 0;
    if (!instance_) {
        collecting_ = true;
        guarded(0, [&] { instance_ = code_->table().create(&host_); });
        collecting_ = false;
        if (!failed_ && !instance_) fail("create() returned nothing");
        if (failed_) return;
    }
    queued next = std::move(queue_.front());
    queue_.pop_front();
    if (next.droppable) --droppable_waiting_;
    auto* event = reinterpret_cast<dectbed_event*>(next.octets.data());
    event->now_us = static_cast<std::uint64_t>((sim_.now() - powered_since_) / microseconds(1));
    ++handled_;
    collecting_ = true;
    guarded(event->record.type, [&] { code_->table().handle(instance_, event); });
    collecting_ = false;
    if (requests_ > requests_max) fail(fmt::format("more than {} requests in one event", requests_max));
}

void processor::perform_from(std::size_t offset) {
    const auto life = life_;
    while (offset < performing_.size()) {
        dectbed_record header;
        std::memcpy(&header, performing_.data() + offset, sizeof header);
        const request r(sim::byte_view(performing_.data() + offset, header.size));
        offset += header.size;
        if (header.type == DECTBED_REQ_CONSUME_CPU) {
            if (const auto cpu = r.exactly<dectbed_req_u32>()) {
                if (cpu->value == 0) continue;
                const sim::duration worked = sim_.now() - awake_since_;
                if (work_limit_ > sim::duration{0} && worked + microseconds(cpu->value) > work_limit_) {
                    sim_.kernel().after(std::max(sim::duration{0}, work_limit_ - worked), [this, life] {
                        if (life == life_) on_overrun();
                    });
                    return;
                }
                sim_.kernel().after(microseconds(cpu->value), [this, life, offset] {
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

void processor::fail(const std::string& reason) {
    failed_ = true;
    // SystemC would turn an exception from a process into a report of its own: the kernel throws it.
    sim_.kernel().soon([path = path_, what = title_ + ": " + reason] { throw sim::run_failure(path, what); });
}

template <class Call>
void processor::guarded(std::uint32_t event_type, Call&& call) {
    const firmware_scope scope(path_.c_str(), title_.c_str(), event_type);
    std::optional<tls::environment_scope> libraries;
    if (libraries_) libraries.emplace(*libraries_);
    try {
        call();
    } catch (const std::exception& e) {
        fail(fmt::format("the firmware let an exception escape: {}", e.what()));
    } catch (...) {
        fail("the firmware let an exception escape");
    }
}

}  // namespace dectbed::models::firmware
