#include <gtest/gtest.h>

#include "results/provisioning_intent.h"
#include "results/run_observer.h"
#include "tests/results/story.h"

namespace dectbed::results {
namespace {

using test::small_office;
namespace record = sim::record;
using std::chrono::seconds;

/// Judges one expectation over an office in which all goes well, told up to `until` steps.
class expectations_test : public ::testing::Test {
  protected:
    expectation_result judge(expectation e, bool all_goes_well = true) {
        e.name = "x";
        const std::vector<expectation> list{std::move(e)};
        run_observer observer(list);
        small_office o([&](const sim::journal_entry& entry) { observer.on(entry); });
        o.handset_on();
        o.base_waits();
        o.tell.at(10).tell(o.redirection, record::http_request{"POST", "/v1/redirections", "", "", o.base, 7});
        o.tell.at(10.5).answer(o.redirection, o.base, 404, "mac unknown");
        if (all_goes_well) {
            o.base_configures();
            o.base_serves();
            o.tell.at(32).lock(o.handset, o.base);
            o.handset_registers();
        }
        o.tell.at(100).tell({}, record::run_ended{"limit reached"});
        const run_result result = observer.conclude();
        EXPECT_EQ(result.outcome, result.expectations[0].passed ? verdict::passed : verdict::failed);
        EXPECT_FALSE(result.expectations[0].observed.empty());
        EXPECT_FALSE(result.expectations[0].limit.empty());
        return result.expectations[0];
    }
    static limit at_most(double value) { return {comparison::less_equal, value, "<= " + std::to_string(value)}; }
    static limit at_least(double value) { return {comparison::greater_equal, value, ">= " + std::to_string(value)}; }
    static record_pattern pattern(std::string record, std::string who = "", std::vector<field_condition> where = {}) {
        return {record, std::move(who), std::move(where), record};
    }
    static field_condition is(std::string field, std::string value) {
        return {std::move(field), comparison::equal, {std::move(value)}, 0};
    }
};

device_expectation bases_ready() {
    device_expectation e;
    e.kind = "base";
    e.count.text = "all";
    return e;
}

TEST_F(expectations_test, all_bases_ready) {
    EXPECT_TRUE(judge({"", "", bases_ready()}).passed);
    const auto r = judge({"", "", bases_ready()}, false);
    EXPECT_FALSE(r.passed);
    EXPECT_EQ(r.observed, "0 of 1 ready; no code entered: office/base[0]");
    EXPECT_EQ(r.limit, "bases ready: all");
}

TEST_F(expectations_test, ready_by_an_instant_is_judged_at_that_instant) {
    device_expectation e = bases_ready();
    e.by = sim::time_point{seconds(31)};
    EXPECT_TRUE(judge({"", "", e}).passed) << "records at that very instant count";
    e.by = sim::time_point{sim::from_seconds(30.9)};
    EXPECT_FALSE(judge({"", "", e}).passed);
    e.by = sim::time_point{seconds(5000)};
    EXPECT_TRUE(judge({"", "", e}).passed) << "after the end the state at the end counts";
}

TEST_F(expectations_test, handsets_none_ready_and_numbers) {
    device_expectation e = bases_ready();
    e.kind = "handset";
    e.count.what = how_many::kind::none;
    EXPECT_FALSE(judge({"", "", e}).passed);
    EXPECT_TRUE(judge({"", "", e}, false).passed);
    e.count.what = how_many::kind::number;
    e.count.number = at_least(1);
    EXPECT_TRUE(judge({"", "", e}).passed);
    EXPECT_FALSE(judge({"", "", e}, false).passed);
}

TEST_F(expectations_test, failed_for_a_cause) {
    device_expectation e = bases_ready();
    e.what = device_expectation::state::failed;
    e.cause = "no code *";
    EXPECT_TRUE(judge({"", "", e}, false).passed);
    EXPECT_FALSE(judge({"", "", e}).passed);
    e.cause = "code refused";
    EXPECT_FALSE(judge({"", "", e}, false).passed);
    e.cause = "";
    EXPECT_TRUE(judge({"", "", e}, false).passed);
}

TEST_F(expectations_test, ACT_13_a_base_that_asks_another_provider_s_server_is_misdirected) {
    device_expectation e = bases_ready();
    e.what = device_expectation::state::misdirected;
    const std::vector<expectation> list{{"x", "", e}};
    for (const bool own : {true, false}) {
        run_observer observer(list);
        small_office o([&](const sim::journal_entry& entry) { observer.on(entry); });
        const std::string provider = own ? "internet/provisioning" : "internet/registrar";
        o.tell.at(1).tell(o.base, record::assumption_used{to_text(provisioning_intent{provider, "dhcp"})});
        o.tell.at(10.5).answer(o.provisioning, o.base, 404, "not found");
        o.tell.at(100).tell({}, record::run_ended{"limit reached"});
        const run_result result = observer.conclude();
        EXPECT_EQ(result.expectations[0].passed, !own);
        ASSERT_TRUE(result.misdirected);
        EXPECT_EQ(result.misdirected->size(), own ? 0u : 1u);
        EXPECT_EQ(unpack(pack(result)).misdirected, result.misdirected);
        if (!own) {
            EXPECT_EQ(result.misdirected->front().first, "office/base[0]");
        }
    }
}

TEST_F(expectations_test, powered_and_which) {
    device_expectation e = bases_ready();
    e.what = device_expectation::state::powered;
    EXPECT_TRUE(judge({"", "", e}, false).passed);
    e.which = "office/base[*]";
    EXPECT_TRUE(judge({"", "", e}, false).passed);
    e.which = "home/base[*]";
    const auto r = judge({"", "", e}, false);
    EXPECT_FALSE(r.passed) << "all of none is not all";
    EXPECT_EQ(r.observed, "no such devices");
}

TEST_F(expectations_test, phases) {
    phase_expectation e;
    e.phase = "lease";
    e.what = statistic::p95;
    e.demanded = at_most(2);
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.demanded = {comparison::less, 2, "< 2 s"};
    const auto r = judge({"", "", e});
    EXPECT_FALSE(r.passed);
    EXPECT_EQ(r.observed, "2 s (n = 1)");
    EXPECT_EQ(r.limit, "phase lease: p95 < 2 s");
    e.phase = "ready";
    e.what = statistic::max;
    e.demanded = {comparison::equal, 30, "= 30 s"};
    EXPECT_TRUE(judge({"", "", e}).passed) << "ready counts from power-on";
    e.kind = "handset";
    e.demanded = {comparison::equal, 28, "= 28 s"};
    EXPECT_TRUE(judge({"", "", e}).passed);
}

TEST_F(expectations_test, a_phase_nobody_completed_fails_all_but_n) {
    phase_expectation e;
    e.phase = "registered";
    e.demanded = at_most(1e9);
    EXPECT_FALSE(judge({"", "", e}, false).passed);
    e.what = statistic::n;
    e.demanded = {comparison::equal, 0, "= 0"};
    EXPECT_TRUE(judge({"", "", e}, false).passed);
    EXPECT_FALSE(judge({"", "", e}).passed);
}

TEST_F(expectations_test, servers) {
    server_expectation e;
    e.server = "internet/redirection";
    e.demanded = at_least(1);
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.demanded = at_least(2);
    EXPECT_FALSE(judge({"", "", e}).passed);
    e.what = server_measure::errors;
    e.demanded = {comparison::equal, 1, "= 1"};
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.server = "internet/teapot";
    const auto r = judge({"", "", e});
    EXPECT_FALSE(r.passed);
    EXPECT_EQ(r.observed, "no such server");
}

TEST_F(expectations_test, never) {
    never_expectation e;
    e.pattern = pattern("sip_registration");
    EXPECT_TRUE(judge({"", "", e}, false).passed);
    const auto r = judge({"", "", e});
    EXPECT_FALSE(r.passed);
    EXPECT_EQ(r.observed, "1, first: internet/registrar at 30 s");
}

TEST_F(expectations_test, never_between_bounds_that_are_exclusive) {
    never_expectation e;
    e.pattern = pattern("sip_registration");
    e.after = sim::time_point{seconds(30)};
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.after = sim::time_point{seconds(29)};
    EXPECT_FALSE(judge({"", "", e}).passed);
    e.before = sim::time_point{seconds(30)};
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.before = sim::time_point{sim::from_seconds(30.5)};
    EXPECT_FALSE(judge({"", "", e}).passed);
}

TEST_F(expectations_test, never_between_records) {
    never_expectation e;
    e.pattern = pattern("sip_registration");
    e.before = pattern("device_reset", "", {is("cause", "software")});
    EXPECT_TRUE(judge({"", "", e}).passed) << "the registration came after the restart";
    e.before = pattern("watchdog_fired");
    EXPECT_FALSE(judge({"", "", e}).passed) << "an end that never came leaves the interval open";
    e.before = {};
    e.after = pattern("watchdog_fired");
    EXPECT_TRUE(judge({"", "", e}).passed) << "a beginning that never came";
    e.after = pattern("sip_registration");
    EXPECT_TRUE(judge({"", "", e}).passed) << "the bounding record itself does not count";
    e.pattern = pattern("system_information_changed", "", {is("service", "in_service")});
    EXPECT_FALSE(judge({"", "", e}).passed);
}

TEST_F(expectations_test, conditions_on_fields) {
    eventually_expectation e;
    e.pattern = pattern("http_response", "internet/redirection", {{"status", comparison::greater_equal, {}, 400}});
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.pattern.where[0].number = 500;
    EXPECT_FALSE(judge({"", "", e}).passed);
    e.pattern = pattern("http_response", "", {{"verdict", comparison::equal, {"address by *", "nonsense"}, 0}});
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.pattern.where[0].op = comparison::not_equal;
    e.count = {comparison::equal, 2, "= 2"};
    EXPECT_TRUE(judge({"", "", e}).passed) << "mac unknown and file";
    e.count = at_least(1);
    e.pattern = pattern("http_response", "", {is("client", "office/base[0]"), is("status", "404")});
    EXPECT_TRUE(judge({"", "", e}).passed) << "entities match by path, numbers by text";
    e.pattern.where[0].values = {"home/**"};
    EXPECT_FALSE(judge({"", "", e}).passed);
    e.pattern = pattern("http_response", "", {is("no_such_field", "x")});
    EXPECT_FALSE(judge({"", "", e}).passed);
}

TEST_F(expectations_test, eventually_by_after_and_count) {
    eventually_expectation e;
    e.pattern = pattern("dhcp_message", "", {is("type", "ACK")});
    e.count = {comparison::equal, 2, "= 2"};
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.by = sim::time_point{seconds(4)};
    e.count = {comparison::equal, 1, "= 1"};
    EXPECT_TRUE(judge({"", "", e}).passed) << "inclusive";
    e.by.reset();
    e.after = pattern("device_reset", "", {is("cause", "software")});
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.after = pattern("watchdog_fired");
    EXPECT_FALSE(judge({"", "", e}).passed) << "nothing can come after what never came";
}

TEST_F(expectations_test, eventually_for_each) {
    eventually_expectation e;
    e.pattern = pattern("sip_registration", "", {is("active", "true")});
    e.each = "office/base[*]";
    EXPECT_TRUE(judge({"", "", e}).passed) << "the base is the value of a field";
    const auto r = judge({"", "", e}, false);
    EXPECT_FALSE(r.passed);
    EXPECT_EQ(r.observed, "0 of 1; not: office/base[0]");
    e.each = "office/teapot";
    EXPECT_FALSE(judge({"", "", e}).passed);
}

TEST_F(expectations_test, order) {
    order_expectation e;
    e.steps = {pattern("dhcp_message"), pattern("nwk_message"), pattern("sip_registration")};
    EXPECT_TRUE(judge({"", "", e}).passed);
    e.each = "office/base[*]";
    EXPECT_TRUE(judge({"", "", e}).passed);
    EXPECT_FALSE(judge({"", "", e}, false).passed);
    e.all_steps = false;
    EXPECT_TRUE(judge({"", "", e}, false).passed);
    e.steps = {pattern("sip_registration"), pattern("dhcp_message")};
    const auto r = judge({"", "", e});
    EXPECT_FALSE(r.passed);
    EXPECT_EQ(r.observed, "0 of 1 in order; not: office/base[0] (too early: dhcp_message)");
    e.each = "";
    EXPECT_FALSE(judge({"", "", e}).passed);
}

}  // namespace
}  // namespace dectbed::results
