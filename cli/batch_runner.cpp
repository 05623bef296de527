#include "cli/batch_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "cli/run_body.h"
#include "models/firmware/host/child_process.h"
#include "results/files.h"

namespace dectbed::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* journal_name = "journal.jsonl";

class batch_run {
  public:
    batch_run(const runner& r, const std::vector<loaded_scenario>& scenarios, const batch_options& o,
              const batch_hooks& hooks)
        : runner_(r), options_(o), hooks_(hooks) {
        for (const loaded_scenario& s : scenarios) {
            std::vector<std::uint64_t> seeds = s.seeds.empty() ? o.seeds : s.seeds;
            if (seeds.empty()) seeds.push_back(s.seed);
            for (const std::uint64_t seed : seeds) plan_.push_back({&s, seed, {}, {}, false});
            batch_.scenarios.push_back({s.name, s.file, s.description, s.arguments, s.point});
        }
        batch_.version = results::program_version();
        batch_.overrides = o.overrides;
        batch_.planned = plan_.size();
    }

    results::batch_result run() {
        if (plan_.size() > 1 && runner_.warm_up) runner_.warm_up();
        first_time();
        if (!cancelled()) replays();
        batch_.interrupted = cancelled();
        for (planned& p : plan_) {
            if (p.result) {
                batch_.runs.push_back(std::move(*p.result));
            } else {
                forget(p);
            }
        }
        return std::move(batch_);
    }

  private:
    struct planned {
        const loaded_scenario* scenario;
        std::uint64_t seed;
        std::optional<results::run_result> result;
        checkpoint last;  ///< of a run that died
        bool died;
    };

    bool cancelled() const { return hooks_.cancelled && hooks_.cancelled(); }
    fs::path folder(const planned& p) const { return results::folder_of(options_.out, p.scenario->name, p.seed); }
    static fs::path partial_journal(const fs::path& folder) {
        return folder / (std::string(journal_name) + ".partial");
    }

    /// Removes what an earlier batch left in a run's folder.
    void clear_folder(const planned& p) const {
        std::error_code error;
        std::vector<fs::path> ours;
        for (const auto& entry : fs::directory_iterator(folder(p), error)) {
            const fs::path& file = entry.path();
            const std::string name = file.filename().string(), extension = file.extension().string();
            const bool known = name == "summary.json" || name == "servers.csv" || name == journal_name ||
                               (name.rfind("firmware_", 0) == 0 && extension == ".txt");
            if (known || extension == ".pcap" || extension == ".pem" || extension == ".keys" ||
                extension == ".partial") {
                ours.push_back(file);
            }
        }
        for (const fs::path& file : ours) fs::remove(file, error);
    }

    /// A run that did not take place leaves no traces.
    void forget(planned& p) const {
        p.result.reset();
        clear_folder(p);
        std::error_code error;
        fs::remove(folder(p), error);  // only if empty
    }

    std::string run_in_folder(const planned& p, const run_order& o, run_slot& slot) const {
        fs::create_directories(folder(p));
        models::firmware::child_settings children;
        children.cpu_max = options_.firmware_cpu_max;
        children.debugged_device = options_.debugged_device;
        children.debugger = options_.debugger;
        children.output_folder = folder(p).string();
        models::firmware::set_child_settings(children);
        return run_and_judge(runner_, o, slot);
    }

    run_order order(const planned& p, bool journal) const {
        run_order o;
        o.scenario = p.scenario;
        o.seed = p.seed;
        o.folder = folder(p);
        if (journal) o.journal = partial_journal(folder(p));
        if (options_.pcap || p.scenario->wants_captures) o.pcap_folder = folder(p).string();
        o.pcap_all = options_.pcap;
        o.limits = options_.limits;
        return o;
    }

    void keep_journal(const planned& p) const {
        std::error_code error;
        const fs::path partial = partial_journal(folder(p));
        if (fs::exists(partial, error)) fs::rename(partial, folder(p) / journal_name, error);
    }

    void write_summary(const planned& p) const {
        results::write_file(folder(p) / "summary.json", results::summary_json(*p.result));
    }

    static results::run_result died(const planned& p, const task_end& end) {
        results::run_result r;
        r.scenario = p.scenario->name;
        r.seed = p.seed;
        r.version = results::program_version();
        r.scenario_digest = p.scenario->digest;
        r.firmwares = p.scenario->firmwares;
        r.outcome = results::verdict::not_completed;
        r.failed_who = end.who;
        r.failed_reason = end.reason;
        r.wall_s = end.wall_s;
        r.records = end.last.records;
        return r;
    }

    void report(const std::vector<running_task>& running, const std::vector<std::size_t>* tasks) {
        if (!hooks_.progress) return;
        batch_progress now;
        now.done = done_;
        now.failed = failed_;
        now.planned = plan_.size();
        now.replaying = tasks != nullptr;
        for (const running_task& t : running) {
            const planned& p = plan_[tasks ? (*tasks)[t.task] : t.task];
            now.running.push_back({p.scenario, p.seed, t.slot});
        }
        hooks_.progress(now);
    }

    process_pool::options pool_options() const {
        return {static_cast<unsigned>(std::min<std::size_t>(options_.jobs, plan_.size())), options_.firmware_cpu_max,
                options_.firmware_blocked_max};
    }

    void first_time() {
        process_pool* running_pool = nullptr;
        process_pool::callbacks c;
        c.body = [this](std::size_t task, run_slot& slot) {
            return run_in_folder(plan_[task], order(plan_[task], options_.journal), slot);
        };
        c.done = [&](std::size_t task, task_end end) {
            planned& p = plan_[task];
            if (end.answered) {
                p.result = results::unpack(end.payload);
            } else {
                p.result = died(p, end);
                p.last = end.last;
                p.died = true;
            }
            if (options_.journal) keep_journal(p);
            write_summary(p);
            ++done_;
            if (p.result->outcome == results::verdict::passed) return;
            if (hooks_.counts && !hooks_.counts(*p.result)) return;
            ++failed_;
            if (options_.fail_fast) {
                // As with one job: what lies after the first failure in order is not part of the batch.
                running_pool->stop_after(task);
                for (std::size_t i = task + 1; i < plan_.size(); ++i) plan_[i].result.reset();
            }
        };
        c.tick = [this](const std::vector<running_task>& running) { report(running, nullptr); };
        c.cancelled = hooks_.cancelled;
        process_pool pool(pool_options(), std::move(c));
        running_pool = &pool;
        for (const planned& p : plan_) clear_folder(p);
        pool.run(plan_.size());
    }

    void replays() {
        std::vector<std::size_t> again;
        for (std::size_t i = 0; i < plan_.size() && again.size() < options_.replays_max; ++i) {
            const planned& p = plan_[i];
            if (!p.result || p.result->outcome == results::verdict::passed) continue;
            if (p.died || !options_.journal) again.push_back(i);
        }
        if (again.empty()) return;
        process_pool::callbacks c;
        c.body = [&](std::size_t task, run_slot& slot) {
            const planned& p = plan_[again[task]];
            run_order o = order(p, true);
            o.flush_each_record = p.died;
            o.expected = p.last;
            return run_in_folder(p, o, slot);
        };
        c.done = [&](std::size_t task, task_end end) {
            planned& p = plan_[again[task]];
            keep_journal(p);
            std::string difference;
            if (p.died) {
                if (end.answered) {
                    difference = "when it was run again it did not die";
                } else if (end.diverged || end.last.records != p.last.records) {
                    difference = "when it was run again its journal differed";
                }
            } else if (!end.answered) {
                difference = "when it was run again it died: " + end.reason;
            } else if (results::unpack(end.payload).journal_digest != p.result->journal_digest) {
                difference = "when it was run again its journal differed";
            }
            if (difference.empty()) return;
            p.result->outcome = results::verdict::not_completed;
            p.result->failed_reason = "not reproducible: " + difference +
                                      (p.result->failed_reason.empty() ? "" : " (" + p.result->failed_reason + ")");
            write_summary(p);
        };
        c.tick = [&](const std::vector<running_task>& running) { report(running, &again); };
        c.cancelled = hooks_.cancelled;
        process_pool(pool_options(), std::move(c)).run(again.size());
    }

    const runner& runner_;
    const batch_options& options_;
    const batch_hooks& hooks_;
    std::vector<planned> plan_;
    results::batch_result batch_;
    std::size_t done_ = 0, failed_ = 0;
};

}  // namespace

results::batch_result run_batch(const runner& r, const std::vector<loaded_scenario>& scenarios, const batch_options& o,
                                const batch_hooks& hooks) {
    return batch_run(r, scenarios, o, hooks).run();
}

void write_batch(const results::batch_result& batch, const fs::path& out, const fs::path& junit) {
    const std::string suites = results::junit_xml(batch, out);
    results::write_file(out / "junit.xml", suites);
    if (!junit.empty()) results::write_file(junit, suites);
    results::write_file(out / "runs.csv", results::runs_csv(batch));
    results::save_store(batch, out / "results.sqlite");
    results::write_file(out / "report.html", results::html_report(batch));
}

}  // namespace dectbed::cli
