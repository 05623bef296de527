// The event loop behind ns-3's simulator in virtual time: what ns-3's default one does, without what it does for
// threads, logging and hooks that nobody uses. Included by kernel.cpp only.
#pragma once

#include <ns3/simulator-impl.h>
#include <ns3/simulator.h>

#include <cstdint>
#include <list>

#include "sim/event_queue.h"

namespace dectbed::sim {

class event_loop final : public ns3::SimulatorImpl {
  public:
    static ns3::TypeId GetTypeId();
    event_loop();
    ~event_loop() override;

    /// The loop that ns-3 made last; null if it runs another one.
    static event_loop* current();

    /// At `time`, which must not lie in the past. Takes over one reference.
    void insert(std::uint64_t time, ns3::EventImpl* event);

    // ns3::SimulatorImpl
    void Destroy() override;
    bool IsFinished() const override { return stopped_ || queue_->IsEmpty(); }
    void Stop() override { stopped_ = true; }
    void Stop(const ns3::Time& delay) override;
    ns3::EventId Schedule(const ns3::Time& delay, ns3::EventImpl* event) override;
    void ScheduleWithContext(std::uint32_t context, const ns3::Time& delay, ns3::EventImpl* event) override;
    ns3::EventId ScheduleNow(ns3::EventImpl* event) override;
    ns3::EventId ScheduleDestroy(ns3::EventImpl* event) override;
    void Remove(const ns3::EventId& id) override;
    void Cancel(const ns3::EventId& id) override;
    bool IsExpired(const ns3::EventId& id) const override;
    void Run() override;
    ns3::Time Now() const override;
    ns3::Time GetDelayLeft(const ns3::EventId& id) const override;
    ns3::Time GetMaximumSimulationTime() const override;
    void SetScheduler(ns3::ObjectFactory factory) override;
    std::uint32_t GetSystemId() const override { return 0; }
    std::uint32_t GetContext() const override { return context_; }
    std::uint64_t GetEventCount() const override { return executed_; }

  protected:
    void DoDispose() override;

  private:
    ns3::Scheduler::EventKey put(std::uint64_t time, std::uint32_t context, ns3::EventImpl* event);

    ns3::Ptr<event_queue> queue_;
    std::list<ns3::EventId> at_end_;
    bool stopped_ = false;
    std::uint64_t now_ = 0, executed_ = 0;
    std::uint32_t next_uid_ = ns3::EventId::UID::VALID, uid_ = ns3::EventId::UID::INVALID;
    std::uint32_t context_ = ns3::Simulator::NO_CONTEXT;
};

}  // namespace dectbed::sim
