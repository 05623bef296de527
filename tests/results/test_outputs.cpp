#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "results/batch.h"
#include "results/files.h"
#include "results/journal_export.h"
#include "results/report/report_data.h"
#include "tests/results/sample_batch.h"
#include "tests/results/story.h"
#include "tests/temporary_folder.h"

namespace dectbed::results {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using test::sample_batch;

class outputs : public ::testing::Test {
  protected:
    void SetUp() override {
        folder = test::temporary_folder() / "outputs";
        fs::remove_all(folder);
        fs::create_directories(folder);
    }
    void TearDown() override { fs::remove_all(folder); }
    static std::string read(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        std::stringstream all;
        all << in.rdbuf();
        return all.str();
    }
    fs::path folder;
};

std::vector<std::string> keys(const ordered_json& j) {
    std::vector<std::string> k;
    for (const auto& item : j.items()) k.push_back(item.key());
    return k;
}

TEST_F(outputs, summary_has_the_keys_of_the_contract) {
    const batch_result b = sample_batch();
    const ordered_json j = ordered_json::parse(summary_json(b.runs[0]));
    EXPECT_EQ(keys(j),
              (std::vector<std::string>{"scenario", "seed",         "version",     "scenario_digest", "journal_digest",
                                        "outcome",  "end",          "simulated_s", "wall_s",          "events",
                                        "records",  "devices",      "phases",      "servers",         "radio",
                                        "people",   "expectations", "assumptions", "faults",          "firmwares"}));
    EXPECT_EQ(keys(j["devices"]["bases"]), (std::vector<std::string>{"total", "ready", "failed"}));
    EXPECT_EQ(j["devices"]["bases"]["ready"], 10);
    EXPECT_EQ(j["devices"]["handsets"]["total"], 40);
    EXPECT_EQ(keys(j["phases"]["lease"]), (std::vector<std::string>{"n", "p50", "p90", "p95", "p99", "max"}));
    EXPECT_EQ(j["phases"].size(), phase_names.size() + 3);
    for (const char* phase : {"handset_ready", "handset_subscribed", "handset_located"})
        EXPECT_TRUE(j["phases"].contains(phase)) << phase;
    for (const char* key : {"requests", "peak_rps", "bytes", "errors"}) {
        EXPECT_TRUE(j["servers"]["internet/redirection"].contains(key)) << key;
    }
    for (const char* key : {"name", "passed", "observed", "limit"})
        EXPECT_TRUE(j["expectations"][0].contains(key)) << key;
}

TEST_F(outputs, summary_names_the_failed_devices_by_cause) {
    const batch_result b = sample_batch();
    const run_result& refused = b.runs[12];
    ASSERT_EQ(refused.outcome, verdict::failed);
    const ordered_json j = ordered_json::parse(summary_json(refused));
    const auto& failed = j["devices"]["bases"]["failed"];
    ASSERT_EQ(failed.size(), 1u);
    EXPECT_EQ(failed[0]["cause"], "code refused");
    EXPECT_EQ(failed[0]["count"], 10);
    EXPECT_EQ(failed[0]["names"][9], "office/base[9]");
    EXPECT_EQ(failed[0]["evidence"], "last answer of internet/redirection: 403 code refused");
}

TEST_F(outputs, summary_is_the_same_for_the_same_run) {
    EXPECT_EQ(summary_json(sample_batch().runs[3]), summary_json(sample_batch().runs[3]));
}

TEST_F(outputs, what_crosses_the_pipe_arrives_whole) {
    for (const run_result& r : sample_batch(3).runs) {
        const run_result back = unpack(pack(r));
        EXPECT_EQ(pack(back), pack(r));
        EXPECT_EQ(summary_json(back), summary_json(r));
    }
    EXPECT_THROW(unpack("nonsense"), std::runtime_error);
    EXPECT_THROW(unpack(pack(sample_batch(1).runs[0]).substr(0, 400)), std::runtime_error);
}

TEST_F(outputs, store_gives_back_what_it_was_given) {
    batch_result b = sample_batch(4);
    b.interrupted = true;
    b.planned = 99;
    save_store(b, folder / "results.sqlite");
    const batch_result back = load_store(folder / "results.sqlite");
    EXPECT_EQ(back.overrides, b.overrides);
    EXPECT_EQ(back.planned, 99u);
    EXPECT_TRUE(back.interrupted);
    ASSERT_EQ(back.runs.size(), b.runs.size());
    for (std::size_t i = 0; i < b.runs.size(); ++i) EXPECT_EQ(pack(back.runs[i]), pack(b.runs[i])) << i;
    EXPECT_EQ(html_report(back), html_report(b));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1)
        << "no temporary file is left";
}

TEST_F(outputs, a_file_that_is_no_store_is_refused) {
    EXPECT_THROW(load_store(folder / "missing.sqlite"), std::runtime_error);
    write_file(folder / "other.sqlite", "this is not a database, but it is long enough to be looked at twice");
    EXPECT_THROW(load_store(folder / "other.sqlite"), std::runtime_error);
}

class junit : public outputs {
  protected:
    void parse(const batch_result& b) {
        const std::string xml = junit_xml(b, "out/library");
        document.reset(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), "junit.xml", nullptr, XML_PARSE_NONET));
        ASSERT_TRUE(document) << xml.substr(0, 500);
    }
    double number(const std::string& xpath) const {
        const std::unique_ptr<xmlXPathContext, void (*)(xmlXPathContext*)> context(xmlXPathNewContext(document.get()),
                                                                                   xmlXPathFreeContext);
        const std::unique_ptr<xmlXPathObject, void (*)(xmlXPathObject*)> value(
            xmlXPathEvalExpression(reinterpret_cast<const xmlChar*>(xpath.c_str()), context.get()), xmlXPathFreeObject);
        return value ? xmlXPathCastToNumber(value.get()) : -1;
    }
    std::string text(const std::string& xpath) const {
        const std::unique_ptr<xmlXPathContext, void (*)(xmlXPathContext*)> context(xmlXPathNewContext(document.get()),
                                                                                   xmlXPathFreeContext);
        const std::unique_ptr<xmlXPathObject, void (*)(xmlXPathObject*)> value(
            xmlXPathEvalExpression(reinterpret_cast<const xmlChar*>(xpath.c_str()), context.get()), xmlXPathFreeObject);
        const std::unique_ptr<xmlChar, void (*)(void*)> octets(xmlXPathCastToString(value.get()), xmlFree);
        return reinterpret_cast<const char*>(octets.get());
    }
    std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document{nullptr, xmlFreeDoc};
};

TEST_F(junit, is_well_formed_and_its_totals_agree) {
    parse(sample_batch());
    EXPECT_EQ(number("count(/testsuites/testsuite)"), 2);
    EXPECT_EQ(number("/testsuites/@tests"), number("count(//testcase)"));
    EXPECT_EQ(number("/testsuites/@failures"), number("count(//failure)"));
    EXPECT_EQ(number("/testsuites/@errors"), number("count(//error)"));
    EXPECT_EQ(number("/testsuites/@failures"), 3);
    EXPECT_EQ(number("/testsuites/@errors"), 1);
    EXPECT_NEAR(number("/testsuites/@time"), number("sum(//testcase/@time)"), 0.01);
    EXPECT_NEAR(number("//testsuite[@name='wrong_code']/@time"),
                number("sum(//testcase[@classname='wrong_code']/@time)"), 0.01);
    EXPECT_NEAR(number("//testcase[@classname='office_activation_code'][@name='seed 1/run']/@time"), 0.21, 1e-9);
}

TEST_F(junit, failures_say_what_was_expected_and_how_to_replay) {
    parse(sample_batch());
    const std::string failed = "//testcase[@classname='wrong_code'][@name='seed 3/every base is ready']";
    EXPECT_EQ(
        text(failed + "/failure/@message"),
        "expected bases ready: all by 1200 s; observed 0 of 10 ready; code refused: office/base[0], office/base[1] and "
        "8 more");
    EXPECT_NE(text(failed + "/failure")
                  .find("dectbed run scenarios/library/wrong_code.yaml --seed 3 --set "
                        "'code=12 34' --journal"),
              std::string::npos);
    EXPECT_NE(text(failed + "/system-out").find("[[ATTACHMENT|out/library/wrong_code/3/summary.json]]"),
              std::string::npos);
    EXPECT_EQ(text("//testcase[@name='seed 10/run']/error/@message"),
              "office/base[3]: firmware <odd> \"1.0\" crashed: segmentation fault (signal 11) & more");
}

TEST_F(junit, survives_texts_that_xml_cannot_hold) {
    batch_result b = sample_batch(1);
    b.runs[0].outcome = verdict::not_completed;
    b.runs[0].failed_reason = std::string("bell \a zero ") + '\0' + " not UTF-8 \xff\xc0\xaf ümlaut";
    parse(b);
    EXPECT_EQ(text("//error/@message"), "bell ? zero ? not UTF-8 ??? ümlaut");
}

TEST_F(outputs, csv_has_one_line_a_run_and_quotes) {
    const batch_result b = sample_batch();
    std::istringstream csv(runs_csv(b));
    std::string line;
    std::vector<std::string> lines;
    while (std::getline(csv, line)) lines.push_back(line);
    ASSERT_EQ(lines.size(), b.runs.size() + 1);
    EXPECT_EQ(lines[0].substr(0, 21), "scenario,seed,outcome");
    EXPECT_EQ(lines[1].substr(0, 44), "office_activation_code,1,passed,10,10,40,40,");
    EXPECT_NE(lines.back().find("\"firmware <odd> \"\"1.0\"\" crashed"), std::string::npos);
}

TEST_F(outputs, report_needs_nothing_from_outside) {
    const std::string html = html_report(sample_batch());
    for (const char* scheme : {"http://", "https://", "//cdn", "@import", "<link", " src="}) {
        EXPECT_EQ(html.find(scheme), std::string::npos) << scheme;
    }
    for (const char* mark : {"@STYLE@", "@SCRIPT@", "@DATA@", "@CHART_LIBRARY@", "@CHART_STYLE@"}) {
        EXPECT_EQ(html.find(mark), std::string::npos) << mark;
    }
    EXPECT_NE(html.find("uPlot"), std::string::npos);
}

TEST_F(outputs, report_cannot_be_broken_out_of) {
    batch_result b = sample_batch(1);
    b.scenarios[0].description = "</script><script>alert(1)</script>";
    const std::string html = html_report(b);
    EXPECT_EQ(html.find("alert(1)</script>"), std::string::npos);
}

TEST_F(outputs, report_stays_small) {
    EXPECT_LT(html_report(sample_batch(250, 10, 40)).size(), 1'000'000u);
    EXPECT_LT(html_report(sample_batch(20, 200, 600)).size(), 1'000'000u);
}

TEST_F(outputs, report_data_adds_up) {
    const auto j = report_data(sample_batch());
    const auto& office = j["scenarios"][0];
    EXPECT_EQ(office["bases"]["total"], 100);
    EXPECT_EQ(office["funnel"][0]["reached"], 100);
    EXPECT_EQ(office["funnel"][11]["name"], "ready");
    EXPECT_EQ(office["ready"]["bases"]["mean"].back(), 1.0);
    EXPECT_EQ(office["ready"]["bases"]["mean"][0], 0.0);
    EXPECT_EQ(office["seeds"], "1..10");
    const auto& wrong = j["scenarios"][1];
    EXPECT_EQ(wrong["failed"], 3);
    EXPECT_EQ(wrong["not_completed"], 1);
    EXPECT_EQ(wrong["causes"]["bases"][0]["cause"], "code refused");
    EXPECT_EQ(wrong["causes"]["bases"][0]["runs"], 3);
    EXPECT_EQ(wrong["causes"]["bases"][0]["evidence"], "last answer of internet/redirection: 403 code refused");
    EXPECT_EQ(wrong["expectations"][0]["failed_seeds"], "3, 6, 9");
    EXPECT_EQ(wrong["failures"].size(), 4u);
}

TEST_F(outputs, a_batch_without_runs_is_reported_too) {
    batch_result b = sample_batch(1);
    b.runs.clear();
    b.interrupted = true;
    EXPECT_NO_THROW(html_report(b));
    EXPECT_NO_THROW(junit_xml(b, "out"));
    save_store(b, folder / "results.sqlite");
    EXPECT_TRUE(load_store(folder / "results.sqlite").runs.empty());
}

TEST_F(outputs, files_are_written_whole_or_not_at_all) {
    write_file(folder / "a" / "b.txt", "one");
    write_file(folder / "a" / "b.txt", "two");
    EXPECT_EQ(read(folder / "a" / "b.txt"), "two");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "a"), fs::directory_iterator()), 1);
    EXPECT_THROW(write_file(folder / "a", "a folder stands there"), std::runtime_error);
    EXPECT_EQ(why_not_writable(folder / "new" / "deep"), "");
    EXPECT_NE(why_not_writable(folder / "a" / "b.txt"), "");
    EXPECT_NE(why_not_writable("/proc/nothing"), "");
}

TEST_F(outputs, words_for_a_shell) {
    EXPECT_EQ(shell_word("scenarios/a.yaml"), "scenarios/a.yaml");
    EXPECT_EQ(shell_word("it's 5"), "'it'\\''s 5'");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("$(reboot)"), "'$(reboot)'");
}

TEST_F(outputs, seeds_as_ranges) {
    EXPECT_EQ(seed_ranges({1, 2, 3, 7, 9, 10}), "1..3, 7, 9, 10");
    EXPECT_EQ(seed_ranges({5}), "5");
    EXPECT_EQ(seed_ranges({}), "");
}

TEST_F(outputs, journal_is_exported_as_json_lines) {
    {
        journal_export out(folder / "journal.jsonl", false);
        test::small_office o([&](const sim::journal_entry& e) { out.on(e); });
        o.base_waits();
        o.tell.at(20).tell(o.handset, sim::record::display_changed{"a \"b\"\n\\c\x01\xe4"});
        out.close();
    }
    std::istringstream lines(read(folder / "journal.jsonl"));
    std::string line;
    std::vector<ordered_json> records;
    while (std::getline(lines, line)) records.push_back(ordered_json::parse(line));
    ASSERT_GT(records.size(), 10u);
    EXPECT_EQ(records[2]["record"], "entity_declared");
    EXPECT_EQ(records[2]["parent"], "office");
    EXPECT_EQ(records.back()["at"], 20'000'000'000'000);
    EXPECT_EQ(records.back()["who"], "office/handset[0]");
    EXPECT_EQ(records.back()["text"], "a \"b\"\n\\c\x01\u00e4");
}

}  // namespace
}  // namespace dectbed::results
