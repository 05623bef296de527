#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "results/baseline.h"
#include "tests/temporary_folder.h"

namespace dectbed::test {

using namespace results;

namespace {

class baselines : public testing::Test {
  protected:
    baselines() {
        folder_ = test::temporary_folder() / "baselines";
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    baseline load(const std::string& text, const std::string& today = "2026-06-15") {
        std::ofstream(folder_ / "baseline.json") << text;
        return load_baseline(folder_ / "baseline.json", today);
    }
    std::string refusal(const std::string& text) {
        try {
            load(text);
        } catch (const std::runtime_error& e) {
            return e.what();
        }
        return "";
    }
    std::filesystem::path folder_;
};

run_result failed_run(const std::string& scenario, std::uint64_t seed, const std::vector<std::string>& failed) {
    run_result r;
    r.scenario = scenario;
    r.seed = seed;
    r.outcome = verdict::failed;
    r.expectations.push_back({"holds", "x:1:1", true, "", ""});
    for (const std::string& name : failed) r.expectations.push_back({name, "x:2:1", false, "", ""});
    return r;
}

TEST_F(baselines, a_known_failure_does_not_count_and_a_new_one_does) {
    const baseline b = load(R"({"known": [{"scenario": "off*", "expectation": "all ready", "reason": "ticket 7"}]})");
    run_result known = failed_run("office", 3, {"all ready"}), news = failed_run("office", 3, {"all ready", "quick"});
    run_result other = failed_run("home", 3, {"all ready"});
    EXPECT_FALSE(mark_known(known, b));
    EXPECT_TRUE(mark_known(news, b));
    EXPECT_TRUE(mark_known(other, b));
    EXPECT_FALSE(counts_as_failed(known));
    EXPECT_TRUE(counts_as_failed(news));
    EXPECT_TRUE(counts_as_failed(other));
    EXPECT_EQ(known.expectations[1].known, "known: ticket 7");
    EXPECT_EQ(known.expectations[0].known, "");
    batch_result batch;
    batch.runs = {known};
    EXPECT_EQ(exit_code(batch), 0);
    batch.runs = {known, news};
    EXPECT_EQ(exit_code(batch), 1);
}

TEST_F(baselines, a_failure_is_known_up_to_its_last_day_and_for_its_seeds) {
    const std::string text =
        R"({"known": [{"scenario": "a", "expectation": "e", "seeds": "1..3, 7", "until": "2026-06-15"}]})";
    run_result r = failed_run("a", 7, {"e"});
    EXPECT_FALSE(mark_known(r, load(text, "2026-06-15")));
    EXPECT_EQ(r.expectations[1].known, "known (until 2026-06-15)");
    EXPECT_TRUE(mark_known(r, load(text, "2026-06-16")));
    EXPECT_TRUE(counts_as_failed(r));
    run_result four = failed_run("a", 4, {"e"});
    EXPECT_TRUE(mark_known(four, load(text)));
    batch_result batch;
    batch.scenarios.push_back({"a", "a.yaml", ""});
    batch.runs = {r};
    const auto words = baseline_words(batch, load(text, "2026-06-16"));
    ASSERT_EQ(words.size(), 2u);
    EXPECT_EQ(words[0], "Against the baseline: 1 new failure, 0 known");
    EXPECT_NE(words[1].find("a time that is over"), std::string::npos);
}

TEST_F(baselines, a_run_that_could_not_be_completed_may_be_known_too) {
    run_result r;
    r.scenario = "a";
    r.outcome = verdict::not_completed;
    r.failed_reason = "crashed";
    batch_result batch;
    batch.runs = {r};
    EXPECT_EQ(exit_code(batch), 3);
    known_failure k;
    k.scenario = "a";
    k.expectation = completed_expectation;
    EXPECT_FALSE(mark_known(batch.runs[0], baseline{{k}, "2026-06-15"}));
    EXPECT_EQ(exit_code(batch), 0);
}

TEST_F(baselines, what_fails_now_can_be_written_and_read_again) {
    batch_result batch;
    batch.scenarios.push_back({"a", "a.yaml", ""});
    batch.scenarios.push_back({"b", "b.yaml", ""});
    batch.runs = {failed_run("a", 1, {"e"}), failed_run("a", 2, {"e", "f"}), failed_run("b", 5, {"e"})};
    const baseline b = load(baseline_of(batch));
    ASSERT_EQ(b.known.size(), 3u);
    for (run_result& r : batch.runs) EXPECT_FALSE(mark_known(r, b));
    EXPECT_EQ(exit_code(batch), 0);
    batch.runs.pop_back();
    const auto words = baseline_words(batch, b);
    ASSERT_EQ(words.size(), 2u);
    EXPECT_NE(words[1].find("No longer fails"), std::string::npos) << words[1];
    EXPECT_NE(words[1].find("b, \"e\""), std::string::npos) << words[1];
}

TEST_F(baselines, mistakes_are_refused) {
    EXPECT_NE(refusal("[").find("baseline.json"), std::string::npos);
    EXPECT_NE(refusal("{}").find("known"), std::string::npos);
    EXPECT_NE(refusal(R"({"known": [], "extra": 1})").find("\"extra\""), std::string::npos);
    EXPECT_NE(refusal(R"({"known": [{"scenario": "a"}]})").find("entry 1: scenario and expectation"),
              std::string::npos);
    EXPECT_NE(refusal(R"({"known": [{"scenario": "a", "expectation": "b", "until": "2026-02-29"}]})").find("no day"),
              std::string::npos);
    EXPECT_NE(refusal(R"({"known": [{"scenario": "a", "expectation": "b", "seeds": "many"}]})").find("1..5"),
              std::string::npos);
    EXPECT_NE(refusal(R"({"known": [{"scenario": "a", "expectation": "b", "untill": "x"}]})").find("\"untill\""),
              std::string::npos);
}

TEST(dates, days_that_exist) {
    EXPECT_TRUE(is_date("2028-02-29"));
    for (const char* text :
         {"2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "20260101", "2026-01-00", "x026-01-01"})
        EXPECT_FALSE(is_date(text)) << text;
}

}  // namespace
}  // namespace dectbed::test
