#include "sim/event_loop.h"

#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/simulator.h>

#include <stdexcept>

namespace dectbed::sim {

namespace {
event_loop* newest = nullptr;
}

ns3::TypeId event_loop::GetTypeId() {
    static const ns3::TypeId id = ns3::TypeId("dectbed::sim::event_loop")
                                      .SetParent<ns3::SimulatorImpl>()
                                      .SetGroupName("dectbed")
                                      .AddConstructor<event_loop>();
    return id;
}

event_loop::event_loop() { newest = this; }

event_loop::~event_loop() {
    if (newest == this) newest = nullptr;
}

event_loop* event_loop::current() { return newest; }

void event_loop::SetScheduler(ns3::ObjectFactory factory) {
    if (queue_ != nullptr && !queue_->IsEmpty()) throw std::logic_error("the event list was changed while in use");
    // ns-3 begins with a list of its own choice, which is not for us.
    queue_ = ns3::DynamicCast<event_queue>(factory.Create<ns3::Scheduler>());
    if (queue_ == nullptr) queue_ = ns3::CreateObject<event_queue>();
}

ns3::Scheduler::EventKey event_loop::put(std::uint64_t time, std::uint32_t context, ns3::EventImpl* event) {
    const ns3::Scheduler::Event item{event, {time, next_uid_++, context}};
    queue_->Insert(item);
    return item.key;
}

void event_loop::insert(std::uint64_t time, ns3::EventImpl* event) { put(time, context_, event); }

ns3::EventId event_loop::Schedule(const ns3::Time& delay, ns3::EventImpl* event) {
    const auto key = put(now_ + static_cast<std::uint64_t>(delay.GetTimeStep()), context_, event);
    return ns3::EventId(ns3::Ptr<ns3::EventImpl>(event), key.m_ts, key.m_context, key.m_uid);
}

void event_loop::ScheduleWithContext(std::uint32_t context, const ns3::Time& delay, ns3::EventImpl* event) {
    put(now_ + static_cast<std::uint64_t>(delay.GetTimeStep()), context, event);
}

ns3::EventId event_loop::ScheduleNow(ns3::EventImpl* event) { return Schedule(ns3::TimeStep(0), event); }

ns3::EventId event_loop::ScheduleDestroy(ns3::EventImpl* event) {
    const ns3::EventId id(ns3::Ptr<ns3::EventImpl>(event, false), now_, ns3::Simulator::NO_CONTEXT,
                          ns3::EventId::UID::DESTROY);
    at_end_.push_back(id);
    return id;
}

void event_loop::Stop(const ns3::Time& delay) { ns3::Simulator::Schedule(delay, &ns3::Simulator::Stop); }

void event_loop::Remove(const ns3::EventId& id) {
    if (id.GetUid() == ns3::EventId::UID::DESTROY) {
        at_end_.remove(id);
        return;
    }
    if (IsExpired(id)) return;
    const ns3::Scheduler::Event item{id.PeekEventImpl(), {id.GetTs(), id.GetUid(), id.GetContext()}};
    queue_->Remove(item);
    item.impl->Cancel();
    item.impl->Unref();  // the list's
}

void event_loop::Cancel(const ns3::EventId& id) {
    if (!IsExpired(id)) id.PeekEventImpl()->Cancel();
}

bool event_loop::IsExpired(const ns3::EventId& id) const {
    ns3::EventImpl* const event = id.PeekEventImpl();
    if (event == nullptr || event->IsCancelled()) return true;
    if (id.GetUid() == ns3::EventId::UID::DESTROY) {
        for (const auto& waiting : at_end_)
            if (waiting == id) return false;
        return true;
    }
    return id.GetTs() < now_ || (id.GetTs() == now_ && id.GetUid() <= uid_);
}

void event_loop::Run() {
    stopped_ = false;
    while (!stopped_ && !queue_->IsEmpty()) {
        const ns3::Scheduler::Event next = queue_->RemoveNext();
        ++executed_;
        now_ = next.key.m_ts;
        context_ = next.key.m_context;
        uid_ = next.key.m_uid;
        next.impl->Invoke();
        next.impl->Unref();
    }
}

ns3::Time event_loop::Now() const { return ns3::TimeStep(now_); }

ns3::Time event_loop::GetDelayLeft(const ns3::EventId& id) const {
    return ns3::TimeStep(IsExpired(id) ? 0 : id.GetTs() - now_);
}

ns3::Time event_loop::GetMaximumSimulationTime() const { return ns3::TimeStep(0x7FFFFFFFFFFFFFFF); }

void event_loop::Destroy() {
    while (!at_end_.empty()) {
        const ns3::EventId id = at_end_.front();
        at_end_.pop_front();
        if (!id.PeekEventImpl()->IsCancelled()) id.PeekEventImpl()->Invoke();
    }
}

void event_loop::DoDispose() {
    while (queue_ != nullptr && !queue_->IsEmpty()) queue_->RemoveNext().impl->Unref();
    queue_ = nullptr;
    ns3::SimulatorImpl::DoDispose();
}

}  // namespace dectbed::sim
