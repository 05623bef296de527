#include "cli/run_body.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <optional>

#include "results/batch.h"
#include "results/files.h"
#include "results/journal_export.h"
#include "results/run_observer.h"

namespace dectbed::cli {

namespace {

/// Counters of the slot are refreshed after so many records.
constexpr std::uint64_t refresh_records = 256;

void take_checkpoint(run_slot& slot, std::uint64_t records, const std::string& digest) {
    const std::uint32_t next = slot.last_checkpoint.load() + 1;
    checkpoint& c = slot.checkpoints[next & 1];
    c.records = records;
    std::memset(c.digest, 0, sizeof c.digest);
    digest.copy(c.digest, sizeof c.digest - 1);
    slot.last_checkpoint.store(next);
}

void refresh(run_slot& slot, const results::run_observer& observer) {
    const auto& totals = observer.devices().totals();
    slot.bases.store(totals.bases, std::memory_order_relaxed);
    slot.bases_ready.store(totals.bases_ready, std::memory_order_relaxed);
    slot.handsets.store(totals.handsets, std::memory_order_relaxed);
    slot.handsets_ready.store(totals.handsets_ready, std::memory_order_relaxed);
    slot.simulated_ps.store(sim::picoseconds_of(observer.now()), std::memory_order_relaxed);
}

std::uint64_t resident_octets() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0, resident = 0;
    statm >> pages >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void heed(const run_limits& limits, const run_watch& watch, sim::time_point now) {
    if (limits.events != 0 && watch.events && watch.events() > limits.events)
        throw sim::run_failure("", fmt::format("the limit of {} events is exceeded", limits.events));
    if (limits.simulated.count() != 0 && now.time_since_epoch() > limits.simulated)
        throw sim::run_failure(
            "", fmt::format("the limit of {} s of simulated time is exceeded", sim::to_seconds(limits.simulated)));
    if (limits.memory_octets != 0 && resident_octets() > limits.memory_octets)
        throw sim::run_failure("",
                               fmt::format("the limit of {} MiB of memory is exceeded", limits.memory_octets >> 20));
}

}  // namespace

std::string run_and_judge(const runner& r, const run_order& order, run_slot& slot) {
    const auto started = std::chrono::steady_clock::now();
    results::run_observer observer(order.scenario->expectations);
    std::optional<results::journal_export> journal;
    if (!order.journal.empty()) journal.emplace(order.journal, order.flush_each_record);

    run_watch watch;
    watch.devices = &observer.devices();
    watch.files_folder = order.folder.string();
    watch.pcap_folder = order.pcap_folder;
    watch.pcap_all = order.pcap_all;
    watch.sink = [&](const sim::journal_entry& e) {
        observer.on(e);
        if (order.sink) order.sink(e);
        if (journal) journal->on(e);
        const std::uint64_t records = observer.records();
        if (records % refresh_records == 0) refresh(slot, observer);
        if (!watch.digest) return;
        if (is_checkpoint(records)) take_checkpoint(slot, records, watch.digest());
        if (records == order.expected.records && watch.digest() != order.expected.digest) slot.diverged.store(1);
    };
    watch.progress = [&](sim::time_point now) {
        refresh(slot, observer);
        slot.simulated_ps.store(sim::picoseconds_of(now), std::memory_order_relaxed);
        heed(order.limits, watch, now);
    };

    results::run_result result;
    try {
        const run_facts facts = r.run(*order.scenario, order.seed, watch);
        result = observer.conclude();
        result.journal_digest = facts.journal_digest;
        result.events = facts.events;
        result.simulated = std::max(facts.ended, observer.now()).time_since_epoch();
    } catch (const sim::run_failure& e) {
        result = observer.conclude();
        result.outcome = results::verdict::not_completed;
        result.expectations.clear();  // a run without an end proves nothing
        result.failed_who = e.who();
        result.failed_reason = e.what();
        const std::string prefix = e.who() + ": ";
        if (!e.who().empty() && result.failed_reason.compare(0, prefix.size(), prefix) == 0) {
            result.failed_reason.erase(0, prefix.size());
        }
        if (watch.digest) result.journal_digest = watch.digest();
    }
    if (journal) journal->close();
    if (!order.folder.empty()) {
        // Written here: the parent has no use for so many rows.
        const std::string table = observer.servers().seconds_csv();
        if (!table.empty()) results::write_file(order.folder / "servers.csv", table);
    }
    result.scenario = order.scenario->name;
    result.seed = order.seed;
    result.version = results::program_version();
    result.scenario_digest = order.scenario->digest;
    result.firmwares = order.scenario->firmwares;
    result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return results::pack(result);
}

}  // namespace dectbed::cli
