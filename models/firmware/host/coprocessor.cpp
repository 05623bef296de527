#include "models/firmware/host/coprocessor.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "models/firmware/host/firmware_library.h"

namespace dectbed::models::firmware {

using std::chrono::microseconds;

coprocessor::coprocessor(sim::simulation& s, std::string name, const dectbed_firmware* program, double speed,
                         perform_handler perform)
    : sim_(s), name_(std::move(name)), program_(program), slowness_(1 / speed), perform_(std::move(perform)) {}

void coprocessor::start(sim::bytes boot) {
    halt();
    if (!executor_)
        executor_ =
            run_within(std::make_shared<const firmware_code>(program_, nullptr), name_, program_->name, nullptr);
    running_ = true;
    started_ = sim_.now();
    post(std::move(boot));
}

void coprocessor::halt() {
    next_.cancel();
    timers_.clear();
    queue_.clear();
    ++life_;
    busy_ = false;
    if (running_) executor_->end();
    running_ = false;
}

void coprocessor::post(sim::bytes event) {
    if (!running_) return;
    queue_.push_back(std::move(event));
    schedule();
}

void coprocessor::schedule() {
    if (busy_ || next_.pending() || queue_.empty()) return;
    next_ = sim_.kernel().soon([this] { run(); });
}

void coprocessor::run() {
    sim::bytes event = std::move(queue_.front());
    queue_.pop_front();
    const auto now_us = static_cast<std::uint64_t>((sim_.now() - started_) / microseconds(1));
    std::memcpy(event.data() + offsetof(dectbed_event, now_us), &now_us, sizeof now_us);
    performing_.clear();
    if (const auto failure = executor_->handle(event, performing_))
        throw sim::run_failure(name_, program_->name + (" failed: " + failure->reason));
    busy_ = true;
    perform_from(0);
}

void coprocessor::perform_from(std::size_t offset) {
    const auto life = life_;
    while (offset < performing_.size()) {
        dectbed_record header;
        std::memcpy(&header, performing_.data() + offset, sizeof header);
        const request r(sim::byte_view(performing_.data() + offset, header.size));
        offset += header.size;
        if (header.type == DECTBED_REQ_CONSUME_CPU) {
            const auto takes = work_of(r, slowness_);
            if (!takes || *takes == sim::duration{0}) continue;
            next_ = sim_.kernel().after(*takes, [this, offset] { perform_from(offset); });
            return;
        }
        serve(r);
        if (life != life_) return;  // halted by this very request
    }
    busy_ = false;
    if (queue_.empty()) sim::bytes().swap(performing_);  // it may have held a long body, and now it rests
    schedule();
}

void coprocessor::serve(const request& r) {
    if (r.type() != DECTBED_REQ_TIMER_START && r.type() != DECTBED_REQ_TIMER_STOP) return perform_(r);
    const auto t = r.exactly<dectbed_req_timer>();
    if (!t) return;
    timers_.stop(t->timer);
    queue_.erase(std::remove_if(queue_.begin(), queue_.end(),
                                [&](const sim::bytes& event) { return is_event_of_timer(event, t->timer); }),
                 queue_.end());
    if (r.type() == DECTBED_REQ_TIMER_START) timers_.start(sim_.kernel(), *t, r.token());
}

}  // namespace dectbed::models::firmware
