// Each mutant of the base differs from the reference in just the way that its name says, and the shared library of
// the reference does not. (That scenarios notice is for the scenario library's tests to show.)
#include <dlfcn.h>

#include "tests/models/firmware/reference/beacon_bench.h"

namespace dectbed::test {
namespace {

const dectbed_firmware* load(const std::string& name) {
    const std::string path = std::string(DECTBED_BINARY_DIR) + "/firmware/" + name + ".so";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        ADD_FAILURE() << dlerror();
        return nullptr;
    }
    const auto entry = reinterpret_cast<dectbed_firmware_entry_fn>(dlsym(library, "dectbed_firmware_entry"));
    EXPECT_EQ(dlsym(library, "dectbed_reference_base"), nullptr) << "only the entry may be visible";
    EXPECT_EQ(dlsym(library, "fw_timer_start"), nullptr);
    return entry != nullptr ? entry() : nullptr;
}

/// True if the scripted observation finds the defect.
using observation = bool (*)(base_bench& b);

bool lost_offer_is_never_repeated(base_bench& b) {
    b.world.drop_offers = 1;
    b.power_on();
    return !b.reaches("waiting_for_code", 300 * second_us);
}

bool power_cut_costs_the_configuration(base_bench& b) {
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    b.send_code(1, "1234567890");
    std::size_t writes = 0;
    const auto third = [&] { return (writes = b.host.count(DECTBED_REQ_FLASH_PROGRAM)) >= 3; };
    if (!b.run_until(third, 60 * second_us)) return true;
    const bool promised = b.verdict_on(1) == 0;
    b.power_off();
    auto& cells = b.host.flash.cells;  // the third write was torn in its first half
    const auto last = b.host.of(DECTBED_REQ_FLASH_PROGRAM)[2].as<dectbed_req_flash>();
    std::fill(cells.begin() + last.address + last.length / 2, cells.begin() + last.address + last.length, 0xFF);
    b.state.clear();
    b.power_on();
    b.run_until([&] { return b.state == "waiting_for_code" || b.state == "in_service"; }, 120 * second_us);
    return promised && b.state != "in_service";
}

bool refused_code_is_kept(base_bench& b) {
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    b.send_code(1, "9999999999");
    b.gets_verdict(1);
    const auto calls = b.world.calls.size();
    b.run_for(60 * second_us);
    return b.state != "waiting_for_code" && b.world.calls.size() > calls + 5;
}

bool retries_are_even(base_bench& b) {
    b.outage = {500, "", "", false};
    b.down = true;
    b.power_on();
    b.run_for(120 * second_us);
    return b.world.calls.size() > 20;
}

bool unregistered_call_is_connected(base_bench& b) {
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    b.world.establish(1);
    b.world.say(1, from_hex("0305 0507 80a8 00db012345"));
    b.run_for(15 * second_us);
    for (const auto& m : b.world.air) {
        if (m.data[0] == 0x83 && m.data[1] == 0x07) return true;
    }
    return false;
}

bool provisioning_is_asked_first(base_bench& b) {
    const std::string server = "http://prov.csp.example/office/";
    b.world.dhcp_options = {66, static_cast<std::uint8_t>(server.size())};
    b.world.dhcp_options.insert(b.world.dhcp_options.end(), server.begin(), server.end());
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    const auto from = b.world.calls.size();
    b.send_code(1, "1234567890");
    b.gets_verdict(1);
    return b.world.calls.at(from).host != "redirect.vendor.example";
}

bool failure_gets_no_verdict(base_bench& b) {
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    b.send_code(1, "9999999999");
    return !b.gets_verdict(1, 60 * second_us);
}

bool registration_is_left_to_die(base_bench& b) {
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    if (!b.reaches("in_service")) return true;
    b.run_for(4000 * second_us);
    return b.world.registers.size() == 1;
}

bool waiting_is_announced_in_service(base_bench& b) {
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    if (!b.reaches("in_service")) return true;
    const auto calls = b.calls_to("redirect.vendor.example");
    const bool announced = b.service == 1;
    b.send_code(1, "1234567890");
    b.run_for(20 * second_us);
    return announced && b.calls_to("redirect.vendor.example") > calls;
}

bool radio_stays_off_without_configuration(base_bench& b) {
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    return b.host.count(DECTBED_REQ_RADIO_START) == 0;
}

bool retry_after_is_ignored(base_bench& b) {
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    b.outage = {503, "", "Retry-After: 20\r\n", false};
    b.down = true;
    const auto from = b.world.calls.size();
    b.send_code(1, "1234567890");
    b.run_until([&] { return b.world.calls.size() >= from + 2; }, 60 * second_us);
    return b.world.calls.at(from + 1).at_us - b.world.calls.at(from).at_us < 20 * second_us;
}

bool unchecked_file_is_used(base_bench& b) {
    b.file = "band = eu\nsip.registrar = sip.csp.example\n";
    b.power_on();
    if (!b.reaches("waiting_for_code")) return true;
    b.send_code(1, "1234567890");
    b.run_for(60 * second_us);
    return !b.world.registers.empty();
}

bool band_of_the_file_is_ignored(base_bench& b) {
    b.file.replace(b.file.find("eu"), 2, "us");
    b.mac_url = "http://prov.csp.example/office/";
    b.power_on();
    if (!b.reaches("in_service")) return true;
    return b.host.of(DECTBED_REQ_RADIO_START).back().as<dectbed_req_radio_start>().band != DECTBED_BAND_US;
}

struct mutant {
    const char* name;
    observation defect;
};
const mutant mutants[] = {
    {"no_offer_retry", lost_offer_is_never_repeated},
    {"forgets_configuration_on_power_cut", power_cut_costs_the_configuration},
    {"keeps_refused_code", refused_code_is_kept},
    {"no_jitter", retries_are_even},
    {"accepts_unregistered_call", unregistered_call_is_connected},
    {"provisioning_before_redirection", provisioning_is_asked_first},
    {"silent_on_failure", failure_gets_no_verdict},
    {"never_restarts_registration", registration_is_left_to_die},
    {"announces_always_waiting", waiting_is_announced_in_service},
    {"radio_late", radio_stays_off_without_configuration},
    {"ignores_retry_after", retry_after_is_ignored},
    {"registers_with_unchecked_configuration", unchecked_file_is_used},
    {"keeps_factory_band", band_of_the_file_is_ignored},
};

TEST(mutants, when_a_defect_is_built_in_then_it_shows_and_the_reference_is_free_of_it) {
    const dectbed_firmware* reference = load("reference_base");
    ASSERT_NE(reference, nullptr);
    for (const auto& m : mutants) {
        const dectbed_firmware* firmware = load(std::string("mutant_") + m.name);
        ASSERT_NE(firmware, nullptr) << m.name;
        EXPECT_EQ(firmware->name, std::string("reference-base-") + m.name);
        base_bench sick(firmware), healthy(reference);
        EXPECT_TRUE(m.defect(sick)) << m.name;
        EXPECT_FALSE(m.defect(healthy)) << m.name;
    }
}

TEST(mutants, when_nothing_goes_wrong_then_most_mutants_onboard_like_the_reference) {
    for (const auto& m : mutants) {
        const std::string name = m.name;
        if (name == "radio_late") continue;  // deaf to any code
        base_bench b(load("mutant_" + name));
        b.power_on();
        ASSERT_TRUE(b.reaches("waiting_for_code")) << name;
        b.send_code(1, "1234567890");
        EXPECT_TRUE(b.reaches("in_service")) << name;
    }
}

using beacon_observation = bool (*)(beacon_bench& b);

bool transmits_unasked(beacon_bench& b) {
    b.power_on();
    b.run_for(120 * second_us);
    return b.transmissions() > 0;
}
bool nobody_is_acknowledged(beacon_bench& b) {
    b.add(1, DECTBED_BAND_US);
    b.power_on();
    return b.starts() && b.acknowledgements.empty();
}
bool another_makers_beacon_is_believed(beacon_bench& b) {
    b.add(1, DECTBED_BAND_US).emc = 0x1111;
    b.power_on();
    return b.starts();
}

TEST(mutants, ACT_42_44_when_a_defect_of_the_band_search_is_built_in_then_it_shows) {
    const struct {
        const char* name;
        beacon_observation defect;
    } all[] = {{"transmits_before_band", transmits_unasked},
               {"never_acknowledges", nobody_is_acknowledged},
               {"trusts_any_beacon", another_makers_beacon_is_believed}};
    for (const auto& m : all) {
        const dectbed_firmware* firmware = load(std::string("mutant_") + m.name);
        ASSERT_NE(firmware, nullptr) << m.name;
        beacon_bench sick(firmware), healthy;
        EXPECT_TRUE(m.defect(sick)) << m.name;
        EXPECT_FALSE(m.defect(healthy)) << m.name;
    }
}

TEST(mutants, when_handset_libraries_are_loaded_then_they_say_what_they_are) {
    for (const char* name : {"reference_handset", "reference_plain_handset", "handset_mutant_beacons_for_ever",
                             "handset_mutant_names_another_band"}) {
        const dectbed_firmware* firmware = load(name);
        ASSERT_NE(firmware, nullptr);
        EXPECT_EQ(firmware->abi, DECTBED_FIRMWARE_ABI);
        EXPECT_EQ(firmware->kind, static_cast<std::uint32_t>(DECTBED_KIND_HANDSET));
        EXPECT_EQ(firmware->flags, static_cast<std::uint32_t>(DECTBED_FLAG_REENTRANT));
    }
}

}  // namespace
}  // namespace dectbed::test
