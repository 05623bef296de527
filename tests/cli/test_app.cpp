#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "cli/app.h"
#include "tests/cli/fake_runner.h"

namespace dectbed::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

struct said {
    int code;
    std::string out, error;
};

said dectbed(std::vector<std::string> words) {
    std::vector<const char*> argv{"dectbed"};
    for (const std::string& w : words) argv.push_back(w.c_str());
    CaptureStdout();
    CaptureStderr();
    const int code = run_app(static_cast<int>(argv.size()), argv.data(), test::fake_runner());
    return {code, GetCapturedStdout(), GetCapturedStderr()};
}

class app : public ::testing::Test {
  protected:
    std::string out() const { return w.path("out").string(); }
    nlohmann::json summary(const std::string& scenario, int seed) const {
        return nlohmann::json::parse(w.read("out/" + scenario + "/" + std::to_string(seed) + "/summary.json"));
    }
    /// All that a batch leaves, without the figures that measure wall time.
    std::string everything() const {
        std::vector<std::filesystem::path> files;
        for (const auto& e : std::filesystem::recursive_directory_iterator(out())) {
            if (e.is_regular_file() && e.path().extension() != ".sqlite") files.push_back(e.path());
        }
        std::sort(files.begin(), files.end());
        std::string all;
        for (const auto& f : files) {
            all += f.string() + "\n" + w.read(std::filesystem::relative(f, w.path("")).string()) + "\n";
        }
        all = std::regex_replace(all, std::regex("(wall_s\": ?|time=\")[0-9.e-]+"), "$1");
        return std::regex_replace(all, std::regex("(,[0-9.]+),[0-9]+\\.[0-9]{3},"), "$1,WALL,");
    }
    test::workplace w;
};

// --- exit codes --------------------------------------------------------------------------------------------

TEST_F(app, passes_with_0_and_says_so_in_words) {
    const said s = dectbed({"run", w.scenario("office", "passes"), "--out", out()});
    EXPECT_EQ(s.code, 0) << s.error;
    EXPECT_EQ(s.error, "") << "quiet when piped";
    EXPECT_EQ(
        s.out,
        "office (seed 1): passed\n  The base is ready, 10 s after power-on.\n  The one expectation holds.\nReport: " +
            out() + "/report.html\n");
    for (const char* file : {"report.html", "junit.xml", "runs.csv", "results.sqlite", "office/1/summary.json"}) {
        EXPECT_TRUE(w.exists(std::string("out/") + file)) << file;
    }
    EXPECT_FALSE(w.exists("out/office/1/journal.jsonl"));
    EXPECT_EQ(summary("office", 1)["devices"]["bases"]["ready"], 1);
}

TEST_F(app, fails_with_1_names_the_cause_and_replays_with_the_journal) {
    const said s =
        dectbed({"run", w.scenario("office", "fails 2"), "--seeds", "1..3", "--out", out(), "--set", "a.b=1 2"});
    EXPECT_EQ(s.code, 1);
    EXPECT_THAT(s.out, HasSubstr("office (seeds 1..3): 1 of 3 runs failed\n"));
    EXPECT_THAT(s.out, HasSubstr("Not ready: no code entered (1)"));
    EXPECT_THAT(s.out, HasSubstr("office.yaml --seed 2 --set 'a.b=1 2' --journal"));
    EXPECT_TRUE(w.exists("out/office/2/journal.jsonl"));
    EXPECT_FALSE(w.exists("out/office/1/journal.jsonl"));
    EXPECT_THAT(w.read("out/office/2/journal.jsonl"), HasSubstr("\"service\":\"waiting_for_code\""));
    EXPECT_EQ(summary("office", 2)["outcome"], "failed");
}

TEST_F(app, explains_a_device_from_its_journal) {
    dectbed({"run", w.scenario("office", "fails 2"), "--seeds", "1..3", "--out", out()});
    const said s = dectbed({"explain", out() + "/office/2", "office/base[0]"});
    EXPECT_EQ(s.code, 0) << s.error;
    EXPECT_THAT(s.out,
                HasSubstr("office/base[0] is not ready: no code entered.\n  Seen of it: no request of it reached a "
                          "server.\n  It got as far as \"waiting\", first at 0:00:05.000.\n"));
    EXPECT_THAT(s.out, HasSubstr("0:00:01.000  gets power (plugged in)\n"));
    const said brief = dectbed({"explain", out() + "/office/2/", "office/base[0]", "--last", "1"});
    EXPECT_THAT(brief.out, HasSubstr("earlier lines are left out.\n  0:00:05.000  announces waiting_for_code\n"));
}

TEST_F(app, explains_only_what_there_is) {
    dectbed({"run", w.scenario("office", "fails 2"), "--seeds", "1..3", "--out", out()});
    const said wrong = dectbed({"explain", out() + "/office/2", "office/base[9]"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.error, HasSubstr("this run has no device \"office/base[9]\""));
    EXPECT_THAT(wrong.error, HasSubstr("did you mean \"office/base[0]\"?"));
    const said without = dectbed({"explain", out() + "/office/1", "office/base[0]"});
    EXPECT_EQ(without.code, 2);
    EXPECT_THAT(without.error, HasSubstr("there is no journal.jsonl"));
}

TEST_F(app, a_firmware_that_crashes_ends_its_run_with_3_and_the_batch_goes_on) {
    const said s = dectbed({"run", w.scenario("office", "crashes 2"), "--seeds", "1..4", "--out", out()});
    EXPECT_EQ(s.code, 3);
    const auto j = summary("office", 2);
    EXPECT_EQ(j["outcome"], "not completed");
    EXPECT_EQ(j["failure"]["who"], "office/base[0]");
    EXPECT_EQ(j["failure"]["reason"], "firmware test firmware 1.0 (in event 0x1102) crashed: aborted (signal 6)");
    for (const int seed : {1, 3, 4}) EXPECT_EQ(summary("office", seed)["outcome"], "passed") << seed;
    EXPECT_THAT(w.read("out/office/2/journal.jsonl"), HasSubstr("\"service\":\"in_service\""))
        << "the journal of the replay reaches up to the crash";
    EXPECT_THAT(s.out, HasSubstr("Seed 2 could not be completed: office/base[0]: firmware test firmware 1.0"));
}

TEST_F(app, a_firmware_that_hangs_is_ended) {
    const said s = dectbed({"run", w.scenario("office", "hangs 1"), "--seeds", "1..2", "--jobs", "1", "--out", out(),
                            "--firmware-cpu-limit", "0.3"});
    EXPECT_EQ(s.code, 3);
    EXPECT_EQ(summary("office", 1)["failure"]["reason"],
              "firmware test firmware 1.0 (in event 0x1102) hangs: it did not return within 0.3 s of processor time");
    EXPECT_EQ(summary("office", 2)["outcome"], "passed");
}

TEST_F(app, a_run_failure_keeps_what_was_seen_until_then) {
    const said s = dectbed({"run", w.scenario("office", "breaks 1"), "--out", out()});
    EXPECT_EQ(s.code, 3);
    const auto j = summary("office", 1);
    EXPECT_EQ(j["failure"]["who"], "office/base[0]");
    EXPECT_EQ(j["failure"]["reason"], "its flash caught fire");
    EXPECT_EQ(j["devices"]["bases"]["total"], 1);
    EXPECT_TRUE(j["expectations"].empty());
}

TEST_F(app, in_a_batch_the_gravest_wins) {
    const auto bad = w.scenario("bad", "fails 1"), broken = w.scenario("broken", "breaks 1"),
               good = w.scenario("good", "passes"), invalid = w.scenario("invalid", "invalid");
    EXPECT_EQ(dectbed({"run", bad, good, "--out", out()}).code, 1);
    EXPECT_EQ(dectbed({"run", bad, broken, good, "--out", out()}).code, 3);
    EXPECT_EQ(dectbed({"run", broken, bad, good, "--out", out()}).code, 3);
    const said s = dectbed({"run", broken, bad, invalid, good, "--out", w.path("none").string()});
    EXPECT_EQ(s.code, 2);
    EXPECT_THAT(s.error, HasSubstr("invalid.yaml:3:1: error: too many cooks\n"));
    EXPECT_THAT(s.error, HasSubstr("2 problems; nothing was run."));
    EXPECT_FALSE(w.exists("none")) << "wrong input stops before anything is run or made";
}

TEST_F(app, a_run_that_cannot_be_repeated_is_not_completed) {
    const said s = dectbed({"run", w.scenario("office", "wavers 1"), "--out", out()});
    EXPECT_EQ(s.code, 3);
    EXPECT_THAT(summary("office", 1)["failure"]["reason"].get<std::string>(),
                HasSubstr("not reproducible: when it was run again its journal differed"));
}

TEST_F(app, a_crash_that_comes_after_another_story_is_not_reproducible) {
    const said s = dectbed({"run", w.scenario("office", "crashes 1\nwavers 1"), "--out", out()});
    EXPECT_EQ(s.code, 3);
    EXPECT_THAT(summary("office", 1)["failure"]["reason"].get<std::string>(), HasSubstr("not reproducible"));
}

// --- the pool ------------------------------------------------------------------------------------------------

TEST_F(app, any_number_of_jobs_gives_the_same_files_and_words) {
    const auto slow = w.scenario("slow", "slow\nfails 2 5"), broken = w.scenario("broken", "crashes 3\nbreaks 4");
    std::vector<std::string> words, files;
    for (const char* jobs : {"1", "4"}) {
        words.push_back(dectbed({"run", slow, broken, "--seeds", "1..8", "--jobs", jobs, "--out", out(), "--junit",
                                 w.path("out/ci.xml").string()})
                            .out);
        files.push_back(everything());
        std::filesystem::remove_all(out());
    }
    EXPECT_EQ(words[0], words[1]);
    EXPECT_EQ(files[0], files[1]);
    EXPECT_THAT(files[0], HasSubstr("ci.xml"));
}

TEST_F(app, fail_fast_keeps_exactly_what_one_job_would_have_run) {
    const auto slow = w.scenario("slow", "slow\nfails 3 6");
    std::vector<std::string> files;
    for (const char* jobs : {"1", "5"}) {
        const said s = dectbed({"run", slow, "--seeds", "1..9", "--fail-fast", "--jobs", jobs, "--out", out()});
        EXPECT_EQ(s.code, 1);
        EXPECT_THAT(s.out, HasSubstr("Stopped at the first failure, after 3 of 9 runs."));
        files.push_back(everything());
        std::filesystem::remove_all(out());
    }
    EXPECT_EQ(files[0], files[1]);
    EXPECT_EQ(files[0].find("slow/4"), std::string::npos);
}

TEST_F(app, an_interrupt_leaves_complete_results_of_what_is_done) {
    const auto office = w.scenario("office", "hangs 3");
    std::thread keyboard([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        ::kill(::getpid(), SIGINT);
    });
    const said s = dectbed({"run", office, "--seeds", "1..50", "--jobs", "1", "--out", out()});
    keyboard.join();
    EXPECT_EQ(s.code, 130);
    EXPECT_THAT(s.out, HasSubstr("Interrupted: 2 of 50 runs ended; their results are complete."));
    EXPECT_EQ(summary("office", 2)["outcome"], "passed");
    EXPECT_FALSE(w.exists("out/office/3"));
    EXPECT_TRUE(w.exists("out/report.html"));
}

TEST_F(app, journals_and_captures_on_request) {
    EXPECT_EQ(dectbed({"run", w.scenario("office", "passes"), "--journal", "--pcap", "--out", out()}).code, 0);
    EXPECT_TRUE(w.exists("out/office/1/journal.jsonl"));
    EXPECT_TRUE(w.exists("out/office/1/lan.pcap"));
    EXPECT_EQ(dectbed({"run", w.scenario("office", "passes"), "--out", out()}).code, 0);
    EXPECT_FALSE(w.exists("out/office/1/journal.jsonl")) << "an earlier batch's files do not stay";
    EXPECT_FALSE(w.exists("out/office/1/lan.pcap"));
}

TEST_F(app, a_folder_stands_for_its_scenarios) {
    w.scenario("b", "passes");
    w.scenario("a", "passes");
    const said s = dectbed({"run", w.path("").string(), "--out", out()});
    EXPECT_EQ(s.code, 0);
    EXPECT_LT(s.out.find("a (seed 1)"), s.out.find("b (seed 1)"));
}

// --- the other commands ------------------------------------------------------------------------------------------

TEST_F(app, report_makes_the_same_page_from_the_store) {
    EXPECT_EQ(dectbed({"run", w.scenario("office", "fails 2"), "--seeds", "1..3", "--out", out()}).code, 1);
    const std::string before = w.read("out/report.html");
    std::filesystem::remove(w.path("out/report.html"));
    const said s = dectbed({"report", out()});
    EXPECT_EQ(s.code, 0);
    EXPECT_EQ(w.read("out/report.html"), before);
    const said nothing = dectbed({"report", w.path("nowhere").string()});
    EXPECT_EQ(nothing.code, 2);
    EXPECT_THAT(nothing.error, HasSubstr("there is no such file"));
}

TEST_F(app, validate_says_everything_at_once) {
    const said good = dectbed({"validate", w.scenario("good", "passes")});
    EXPECT_EQ(good.code, 0);
    EXPECT_EQ(good.out, "1 scenario, no problems.\n");
    const said bad = dectbed({"validate", w.scenario("one", "invalid"), w.scenario("two", "invalid")});
    EXPECT_EQ(bad.code, 2);
    EXPECT_THAT(bad.error, HasSubstr("one.yaml:3:1"));
    EXPECT_THAT(bad.error, HasSubstr("two.yaml:4:1"));
    EXPECT_THAT(bad.error, HasSubstr("4 problems found."));
    EXPECT_EQ(dectbed({"validate", "--resolved", w.scenario("good", "passes")}).out, "name: good\n");
}

TEST_F(app, list_schema_and_version) {
    w.scenario("b", "passes");
    w.scenario("abc", "passes");
    EXPECT_EQ(dectbed({"list", w.path("").string()}).out, "abc  About abc\nb    About b\n");
    EXPECT_EQ(dectbed({"schema"}).out, "{}\n");
    const said version = dectbed({"--version"});
    EXPECT_EQ(version.code, 0);
    EXPECT_THAT(version.out, HasSubstr("dectbed "));
    const said help = dectbed({"--help"});
    EXPECT_EQ(help.code, 0);
    for (const char* word :
         {"run", "validate", "list", "report", "decode", "schema", "--version", "Examples:", "Exit codes:"}) {
        EXPECT_THAT(help.out, HasSubstr(word));
    }
    EXPECT_THAT(dectbed({"run", "--help"}).out, HasSubstr("--fail-fast"));
}

// --- wrong input ----------------------------------------------------------------------------------------------------

TEST_F(app, usage_errors_end_with_2_and_a_sentence) {
    const std::string good = w.scenario("good", "passes");
    const struct {
        std::vector<std::string> words;
        const char* sentence;
    } cases[] = {
        {{}, "subcommand is required"},
        {{"rnu", good}, "there is no command rnu; did you mean \"run\"?"},
        {{"teapot"}, "there is no command teapot; known: run, validate, list, report, decode, explain, explore, schema"},
        {{"run"}, "SCENARIO is required"},
        {{"run", good, "--sedes", "1..3"}, "run has no option --sedes; did you mean \"--seeds\"?"},
        {{"run", good, "--seed", "x"}, "\"x\" does not say seeds"},
        {{"run", good, "--seeds", "5..1"}, "\"5..1\" does not say seeds"},
        {{"run", good, "--seed", "1", "--seeds", "1..2"}, "excludes"},
        {{"run", good, "--jobs", "0"}, "--jobs"},
        {{"run", good, "--set", "nonsense"}, "nonsense: expected PATH=VALUE"},
        {{"run", "no_such.yaml"}, "no_such.yaml: there is no such file or folder"},
        {{"run", good, "--out", "/proc/nothing/here"}, "/proc/nothing/here: this folder cannot be made"},
        {{"run", good, "--junit", "/proc/nothing/out.xml"}, "/proc/nothing: this folder cannot be made"},
        {{"validate", "no_such.yaml"}, "there is no such file or folder"},
    };
    for (const auto& c : cases) {
        const said s = dectbed(c.words);
        EXPECT_EQ(s.code, 2) << c.sentence;
        EXPECT_THAT(s.error, HasSubstr(c.sentence));
    }
}

TEST_F(app, an_empty_folder_and_two_scenarios_of_one_name_are_refused) {
    std::filesystem::create_directories(w.path("empty"));
    EXPECT_THAT(dectbed({"run", w.path("empty").string()}).error, HasSubstr("this folder holds no scenario"));
    std::filesystem::create_directories(w.path("other"));
    const said s = dectbed({"run", w.scenario("good", "passes"), w.scenario("other/good", "passes")});
    EXPECT_EQ(s.code, 2);
    EXPECT_THAT(s.error, HasSubstr("its name \"good\" is also that of"));
}

TEST(parse_seeds, numbers_ranges_and_lists) {
    using list = std::vector<std::uint64_t>;
    EXPECT_EQ(parse_seeds("7"), list{7});
    EXPECT_EQ(parse_seeds("1..3"), (list{1, 2, 3}));
    EXPECT_EQ(parse_seeds("9,1..3,2"), (list{1, 2, 3, 9}));
    EXPECT_EQ(parse_seeds("18446744073709551615"), list{18446744073709551615u});
    for (const char* wrong : {"", "a", "1..", "..3", "3..1", "1,,2", "1..2..3", "-1", "1 ..2", "0..99999999"}) {
        EXPECT_TRUE(parse_seeds(wrong).empty()) << wrong;
    }
}

TEST(default_out, is_named_after_what_is_run) {
    EXPECT_EQ(default_out({"scenarios/library/office.yaml"}), "out/office");
    EXPECT_EQ(default_out({"scenarios/library/"}), "out/library");
    EXPECT_EQ(default_out({"a.yaml", "b.yaml"}), "out/batch");
    EXPECT_EQ(default_out({"."}), "out/batch");
}

}  // namespace
}  // namespace dectbed::cli
