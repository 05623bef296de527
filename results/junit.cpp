// JUnit XML as GitLab and GitHub display it: a suite for each scenario, a case for each run and for each
// expectation of it. The run's case carries the true time; judging its expectations takes none.
#include <fmt/format.h>

#include <map>

#include "results/batch.h"
#include "results/files.h"

namespace dectbed::results {

namespace {

std::string xml(std::string_view text) {
    std::string out;
    for (const char c : printable_utf8(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\n':
                out += "&#10;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

struct suite {
    std::string cases;
    std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
    double time_s = 0;
};

std::string links(const batch_result& batch, const run_result& run, const std::filesystem::path& out) {
    // GitLab shows a file of the job's artifacts that is named like this.
    return fmt::format("      <system-out>Replay: {}&#10;Report: {}&#10;[[ATTACHMENT|{}]]</system-out>\n",
                       xml(replay_command(batch, run)), xml((out / "report.html").string()),
                       xml((folder_of(out, run.scenario, run.seed) / "summary.json").string()));
}

void add_run(suite& s, const batch_result& batch, const run_result& run, const std::filesystem::path& out) {
    const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"seed {}/", xml(run.scenario), run.seed);
    ++s.tests;
    s.time_s += run.wall_s;
    s.cases += head + fmt::format("run\" time=\"{:.3f}\"", run.wall_s);
    if (run.outcome == verdict::not_completed) {
        if (!run.failed_known.empty()) {
            ++s.skipped;
            s.cases += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                                   xml(run.failed_known + ": " + run.failed_reason));
            return;
        }
        ++s.errors;
        const std::string reason =
            run.failed_who.empty() ? run.failed_reason : run.failed_who + ": " + run.failed_reason;
        s.cases += fmt::format(">\n      <error type=\"not completed\" message=\"{}\">{}&#10;Replay: {}</error>\n",
                               xml(reason), xml(reason), xml(replay_command(batch, run)));
        s.cases += links(batch, run, out) + "    </testcase>\n";
    } else {
        s.cases += "/>\n";
    }
    for (const expectation_result& e : run.expectations) {
        ++s.tests;
        s.cases += head + xml(e.name) + "\" time=\"0\"";
        if (e.passed) {
            s.cases += "/>\n";
            continue;
        }
        if (!e.known.empty()) {
            ++s.skipped;
            s.cases += fmt::format(">\n      <skipped message=\"{}; expected {}; observed {}\"/>\n    </testcase>\n",
                                   xml(e.known), xml(e.limit), xml(e.observed));
            continue;
        }
        ++s.failures;
        s.cases += fmt::format(
            ">\n      <failure type=\"expectation\" message=\"{}\">Expected: {}&#10;Observed: {}&#10;At: {}&#10;"
            "Replay: {}</failure>\n",
            xml("expected " + e.limit + "; observed " + e.observed), xml(e.limit), xml(e.observed), xml(e.position),
            xml(replay_command(batch, run)));
        s.cases += links(batch, run, out) + "    </testcase>\n";
    }
}

}  // namespace

std::string junit_xml(const batch_result& batch, const std::filesystem::path& out) {
    std::vector<std::pair<std::string, suite>> suites;
    for (const scenario_info& info : batch.scenarios) suites.emplace_back(info.name, suite{});
    suite all;
    std::string body;
    for (auto& [name, s] : suites) {
        for (const run_result& run : batch.runs) {
            if (run.scenario == name) add_run(s, batch, run, out);
        }
        if (s.tests == 0) continue;
        all.tests += s.tests;
        all.failures += s.failures;
        all.errors += s.errors;
        all.time_s += s.time_s;
        body += fmt::format(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n{}"
            "  </testsuite>\n",
            xml(name), s.tests, s.failures, s.errors, s.skipped, s.time_s, s.cases);
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dectbed\" tests=\"{}\" failures=\"{}\" "
        "errors=\"{}\" time=\"{:.3f}\">\n{}</testsuites>\n",
        all.tests, all.failures, all.errors, all.time_s, body);
}

}  // namespace dectbed::results
