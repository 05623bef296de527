#include <gtest/gtest.h>

#include "results/device_tracker.h"
#include "results/run_result.h"
#include "tests/results/story.h"

namespace dectbed::results {
namespace {

using test::small_office;
using test::story;
namespace record = sim::record;

class device_tracker_test : public ::testing::Test {
  protected:
    const tracked_device& base() const { return tracker.devices()[0]; }
    const tracked_device& handset() const { return tracker.devices()[1]; }
    std::string base_cause() const { return tracker.cause(base()); }
    std::string handset_cause() const { return tracker.cause(handset()); }
    static double seconds(const std::optional<sim::time_point>& t) { return t ? sim::to_seconds(*t) : -1; }

    device_tracker tracker;
    small_office o{[this](const sim::journal_entry& e) { tracker.on(e); }};
};

TEST_F(device_tracker_test, follows_the_whole_onboarding) {
    o.base_waits();
    o.base_configures();
    o.base_serves();
    const double expected[] = {1, 2, 4, 7, 8, 20, 21, 23, 24, 30, 31, 31};
    for (std::size_t m = 0; m < 12; ++m) {
        EXPECT_EQ(seconds(base().first[m]), expected[m]) << to_text(static_cast<milestone>(m));
    }
    EXPECT_TRUE(base().ready);
    EXPECT_EQ(base_cause(), "");
    EXPECT_EQ(tracker.totals().bases_ready, 1u);
}

TEST_F(device_tracker_test, phases_have_the_names_that_scenarios_use) {
    for (std::size_t i = 0; i < phase_names.size(); ++i) {
        EXPECT_EQ(to_text(static_cast<milestone>(i + 1)), phase_names[i]);
        EXPECT_EQ(milestone_of(phase_names[i]), static_cast<milestone>(i + 1));
    }
    EXPECT_FALSE(milestone_of("teatime"));
}

TEST_F(device_tracker_test, base_is_ready_only_with_power_transmitter_service_and_registration) {
    o.base_waits();
    o.base_configures();
    o.tell.at(30).registration(o.registrar, o.base);
    EXPECT_FALSE(base().ready);
    o.tell.at(31).announces(o.base, "in_service");
    EXPECT_TRUE(base().ready);
    o.tell.at(40).transmitter(o.base, false);
    EXPECT_FALSE(base().ready);
    o.tell.at(41).transmitter(o.base);
    EXPECT_TRUE(base().ready);
    o.tell.at(50).registration(o.registrar, o.base, false);
    EXPECT_FALSE(base().ready);
    o.tell.at(51).registration(o.registrar, o.base);
    o.tell.at(60).power(o.base, false);
    EXPECT_FALSE(base().ready);
    EXPECT_EQ(tracker.totals().bases_ready, 0u);
    EXPECT_EQ(seconds(base().reached(milestone::ready)), 31) << "the first time counts";
}

TEST_F(device_tracker_test, handset_is_ready_when_it_is_subscribed_and_located_at_a_ready_base) {
    o.handset_on();
    o.base_waits();
    o.tell.at(15).lock(o.handset, o.base);
    o.base_configures();
    o.base_serves();
    EXPECT_FALSE(handset().ready) << "locked to a ready base, but nobody registered it";
    o.tell.at(32).subscribed(o.handset);
    EXPECT_FALSE(handset().ready) << "subscribed, but nobody knows where it is";
    o.tell.at(33).located(o.handset);
    EXPECT_TRUE(handset().ready);
    EXPECT_EQ(seconds(handset().reached(milestone::subscribed)), 32);
    EXPECT_EQ(seconds(handset().reached(milestone::located)), 33);
    EXPECT_EQ(seconds(handset().reached(milestone::ready)), 33);
    EXPECT_EQ(tracker.totals().handsets_ready, 1u);
    o.tell.at(40).registration(o.registrar, o.base, false);
    EXPECT_FALSE(handset().ready);
    o.tell.at(41).registration(o.registrar, o.base);
    EXPECT_TRUE(handset().ready);
    o.tell.at(42).lock(o.handset, {});
    EXPECT_FALSE(handset().ready);
    EXPECT_EQ(tracker.totals().handsets_ready, 0u);
    o.tell.at(43).registration(o.registrar, o.base, false);
    o.tell.at(44).registration(o.registrar, o.base);
    EXPECT_FALSE(handset().ready) << "it no longer listens to that base";
    o.tell.at(45).lock(o.handset, o.base);
    EXPECT_FALSE(handset().ready) << "a new lock needs a new location";
    o.tell.at(46).located(o.handset);
    EXPECT_TRUE(handset().ready);
    o.tell.at(47).located(o.handset, false).subscribed(o.handset, false);
    EXPECT_FALSE(handset().ready);
}

TEST_F(device_tracker_test, handset_becomes_ready_when_its_base_comes_into_service_under_it) {
    o.handset_on();
    o.base_waits();
    o.base_configures();
    o.tell.at(29).lock(o.handset, o.base).subscribed(o.handset).located(o.handset);
    EXPECT_FALSE(handset().ready);
    o.base_serves();
    EXPECT_TRUE(handset().ready);
    EXPECT_EQ(seconds(handset().reached(milestone::ready)), 31);
}

TEST_F(device_tracker_test, handset_loses_lock_and_location_with_its_power_and_keeps_its_subscription) {
    o.handset_on();
    o.base_waits();
    o.base_configures();
    o.base_serves();
    o.tell.at(32).lock(o.handset, o.base);
    o.handset_registers();
    EXPECT_TRUE(handset().ready);
    o.tell.at(40).power(o.handset, false).at(41).power(o.handset);
    EXPECT_FALSE(handset().ready);
    EXPECT_EQ(handset_cause(), "not locked");
    o.tell.at(42).lock(o.handset, o.base);
    EXPECT_EQ(handset_cause(), "not located");
    o.tell.at(43).located(o.handset);
    EXPECT_TRUE(handset().ready);
}

// --- causes of a base, in the order of the table in docs/results.md ------------------------------------

TEST_F(device_tracker_test, cause_not_powered) {
    EXPECT_EQ(base_cause(), "not powered");
    o.base_waits();
    o.tell.power(o.base, false);
    EXPECT_EQ(base_cause(), "not powered");
}

TEST_F(device_tracker_test, cause_no_link) {
    o.tell.at(1).power(o.base);
    EXPECT_EQ(base_cause(), "no link");
}

TEST_F(device_tracker_test, cause_no_lease) {
    o.tell.at(1).power(o.base).link(o.base);
    EXPECT_EQ(base_cause(), "no lease");
    o.tell.at(2).tell(o.router, record::dhcp_message{"OFFER", "", "192.168.1.100", 1, o.base});
    EXPECT_EQ(base_cause(), "no lease") << "an offer is no lease";
}

TEST_F(device_tracker_test, cause_no_lease_after_the_restart) {
    o.base_waits();
    o.tell.at(20).code(o.base, o.handset).at(21).answer(o.redirection, o.base, 200, "address by code");
    o.tell.at(23).answer(o.provisioning, o.base, 200, "file").at(24).reset(o.base, "software");
    EXPECT_EQ(base_cause(), "no lease");
}

TEST_F(device_tracker_test, cause_not_in_service) {
    o.base_waits();
    o.base_configures();
    o.tell.at(30).registration(o.registrar, o.base);
    EXPECT_EQ(base_cause(), "not in service");
}

TEST_F(device_tracker_test, cause_registration_lost) {
    o.base_waits();
    o.base_configures();
    o.base_serves();
    o.tell.at(40).registration(o.registrar, o.base, false);
    EXPECT_EQ(base_cause(), "registration lost");
}

TEST_F(device_tracker_test, cause_configuration_not_stored_when_it_asks_for_a_code_again) {
    o.base_waits();
    o.base_configures();
    o.tell.at(29).announces(o.base, "waiting_for_code");
    EXPECT_EQ(base_cause(), "configuration not stored");
}

TEST_F(device_tracker_test, cause_configuration_not_stored_when_flash_was_torn) {
    o.base_waits();
    o.tell.at(20).code(o.base, o.handset).at(21).answer(o.redirection, o.base, 200, "address by code");
    o.tell.at(23).answer(o.provisioning, o.base, 200, "file").tell(o.base, record::flash_torn{0, 10, 90});
    EXPECT_EQ(base_cause(), "configuration not stored");
}

TEST_F(device_tracker_test, cause_not_registered) {
    o.base_waits();
    o.base_configures();
    EXPECT_EQ(base_cause(), "not registered");
}

TEST_F(device_tracker_test, cause_provisioning_failed) {
    o.base_waits();
    o.tell.at(20).code(o.base, o.handset).at(21).answer(o.redirection, o.base, 200, "address by code");
    EXPECT_EQ(base_cause(), "provisioning failed");
    o.tell.at(22).answer(o.provisioning, o.base, 404, "not found");
    EXPECT_EQ(base_cause(), "provisioning failed");
    o.tell.at(23).answer(o.provisioning, o.base, 200, "file");
    EXPECT_EQ(base_cause(), "provisioning failed") << "delivered, but the base did not take it";
}

TEST_F(device_tracker_test, cause_code_refused) {
    o.base_waits();
    o.tell.at(20).code(o.base, o.handset).at(21).answer(o.redirection, o.base, 403, "code refused");
    EXPECT_EQ(base_cause(), "code refused");
    o.tell.at(30).answer(o.redirection, o.base, 404, "mac unknown");
    EXPECT_EQ(base_cause(), "code refused") << "asking by MAC again changes nothing";
}

TEST_F(device_tracker_test, cause_redirection_unreachable_for_a_code) {
    o.base_waits();
    o.tell.at(20).code(o.base, o.handset);
    EXPECT_EQ(base_cause(), "redirection unreachable");
    o.tell.at(21).answer(o.redirection, o.base, 503, "overloaded");
    EXPECT_EQ(base_cause(), "redirection unreachable");
}

TEST_F(device_tracker_test, cause_redirection_unreachable_before_any_code) {
    o.tell.at(1).power(o.base).reset(o.base, "power_on").link(o.base).lease(o.router, o.base);
    EXPECT_EQ(base_cause(), "redirection unreachable");
    o.tell.at(2).answer(o.redirection, o.base, 404, "mac unknown");
    EXPECT_EQ(base_cause(), "not in service") << "it should have started its radio";
}

TEST_F(device_tracker_test, cause_no_code_entered_and_code_not_delivered) {
    o.base_waits();
    EXPECT_EQ(base_cause(), "no code entered");
    o.tell.at(15).tell(o.person, record::person_action{"types code", o.handset, "1234567890"});
    EXPECT_EQ(base_cause(), "code not delivered");
}

TEST_F(device_tracker_test, a_code_typed_at_another_site_is_no_evidence) {
    const auto other = o.tell.declare("home", "site");
    const auto resident = o.tell.declare("home/person/resident", "person", other);
    o.base_waits();
    o.tell.at(15).tell(resident, record::person_action{"types code", {}, ""});
    EXPECT_EQ(base_cause(), "no code entered");
}

// --- causes of a handset -----------------------------------------------------------------------------------

TEST_F(device_tracker_test, causes_of_a_handset) {
    EXPECT_EQ(handset_cause(), "not powered");
    o.handset_on();
    EXPECT_EQ(handset_cause(), "no base in service");
    o.tell.at(6).tell(o.handset, record::scan_finished{0, {}});
    EXPECT_EQ(handset_cause(), "no base in reach");
    o.base_waits();
    o.tell.at(16).tell(o.handset, record::scan_finished{1, {}});
    EXPECT_EQ(handset_cause(), "no base in service");
    o.tell.at(17).lock(o.handset, o.base);
    EXPECT_EQ(handset_cause(), "no base in service") << "locked, but the base only waits";
    o.base_configures();
    o.base_serves();
    EXPECT_EQ(handset_cause(), "not registered");
    o.tell.at(32).subscribed(o.handset);
    EXPECT_EQ(handset_cause(), "not located");
    o.tell.at(33).tell(o.handset, record::nwk_message{o.base, "LOCATE-REJECT", false, "055760010180"});
    EXPECT_EQ(handset_cause(), "location refused");
    o.tell.at(34).located(o.handset);
    EXPECT_EQ(handset_cause(), "");
    o.tell.at(40).lock(o.handset, {});
    EXPECT_EQ(handset_cause(), "not locked");
}

TEST_F(device_tracker_test, causes_of_a_handset_that_is_not_registered) {
    o.handset_on();
    o.base_waits();
    o.base_configures();
    o.base_serves();
    EXPECT_EQ(handset_cause(), "not registered");
    o.tell.at(40).tell(o.person, record::person_action{"submits PIN", o.handset, ""});
    EXPECT_EQ(handset_cause(), "registration closed") << "no base takes registrations";
    o.tell.at(41).announces(o.base, "in_service", true);
    EXPECT_EQ(handset_cause(), "registration failed") << "it could have been heard";
    o.tell.at(42).rights_refused(o.handset, o.base, "0547600110");
    EXPECT_EQ(handset_cause(), "wrong PIN");
    o.tell.at(43).rights_refused(o.handset, o.base, "0547600130");
    EXPECT_EQ(handset_cause(), "base full");
    o.tell.at(44).rights_refused(o.handset, o.base, "0547600106");
    EXPECT_EQ(handset_cause(), "registration closed") << "it was closed meanwhile";
    for (const char* octets : {"0547", "0547600170", "05476001", "not hexadecimal"}) {
        o.tell.at(45).rights_refused(o.handset, o.base, octets);
        EXPECT_EQ(handset_cause(), "registration refused") << octets;
    }
    o.tell.at(46).subscribed(o.handset).at(47).subscribed(o.handset, false).announces(o.base, "in_service", false);
    EXPECT_EQ(handset_cause(), "registration closed") << "an old refusal is no reason any more";
}

TEST_F(device_tracker_test, a_base_that_lost_power_is_not_open) {
    const auto second = o.tell.declare("office/base[1]", "base", o.office);
    o.handset_on();
    o.base_waits();
    o.base_configures();
    o.base_serves();
    o.tell.at(40).tell(o.person, record::person_action{"submits PIN", o.handset, ""});
    o.tell.at(41).power(second).announces(second, "in_service", true);
    EXPECT_EQ(handset_cause(), "registration failed");
    o.tell.at(42).power(second, false);
    EXPECT_EQ(handset_cause(), "registration closed");
    o.tell.at(43).power(second).announces(second, "in_service", true).at(44).reset(second, "watchdog");
    EXPECT_EQ(handset_cause(), "registration closed");
}

TEST_F(device_tracker_test, plain_messages_and_calls_are_no_code) {
    o.base_waits();
    o.tell.at(20).tell(o.base, record::nwk_message{o.handset, "CC-SETUP", false, ""});
    o.tell.tell(o.handset, record::access_request{o.base, 1, 2, 1, "confirmed"});
    EXPECT_FALSE(base().reached(milestone::code_received));
    EXPECT_EQ(base_cause(), "no code entered");
}

}  // namespace
}  // namespace dectbed::results

namespace dectbed::results {
namespace {

milestone_times reached(std::initializer_list<std::pair<milestone, double>> list) {
    milestone_times t;
    for (const auto& [m, seconds] : list) t.set(m, sim::time_point{sim::from_seconds(seconds)});
    return t;
}

TEST(phase_of, lasts_from_the_latest_milestone_reached_before) {
    const auto t = reached({{milestone::power_on, 1},
                            {milestone::link, 2},
                            {milestone::lease, 7},
                            {milestone::radio_on, 4},
                            {milestone::redirected, 9},
                            {milestone::locked, 12},
                            {milestone::ready, 20}});
    const auto seconds = [&](milestone m) {
        const auto took = phase_of(t, m);
        return took ? sim::to_seconds(*took) : -1;
    };
    EXPECT_EQ(seconds(milestone::link), 1);
    EXPECT_EQ(seconds(milestone::lease), 5);
    EXPECT_EQ(seconds(milestone::radio_on), 2) << "side by side with DHCP";
    EXPECT_EQ(seconds(milestone::waiting), -1) << "never";
    EXPECT_EQ(seconds(milestone::redirected), 2) << "by MAC: no waiting, no code";
    EXPECT_EQ(seconds(milestone::locked), 11);
    EXPECT_EQ(seconds(milestone::ready), 19);
    EXPECT_EQ(seconds(milestone::power_on), -1);
}

}  // namespace
}  // namespace dectbed::results
