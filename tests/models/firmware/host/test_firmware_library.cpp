#include <gtest/gtest.h>

#include <fstream>

#include "tests/models/firmware/host/scripted_firmware.h"
#include "tests/temporary_folder.h"

namespace dectbed::test {
namespace {

using fw::firmware_library;

std::string file(const std::string& name) { return std::string(FIRMWARE_FOLDER "/") + name + ".so"; }

fw::firmware_source within_process(const std::string& name) {
    fw::firmware_source source;
    source.name = file(name);
    source.in = fw::firmware_source::place::within;
    return source;
}

std::string error_of(firmware_library& library, const std::string& name, std::uint32_t kind = DECTBED_KIND_BASE) {
    const auto r = library.open(name, kind);
    return r ? "" : r.error().reason;
}

TEST(firmware_library, when_the_name_is_built_in_then_it_is_found) {
    firmware_library library;
    library.add_built_in("scripted", scripted_firmware::base_entry);
    const auto image = library.open("scripted", DECTBED_KIND_BASE);
    ASSERT_TRUE(image);
    EXPECT_EQ(image.value()->title(), "scripted 0");
    EXPECT_TRUE(image.value()->reentrant());
}

TEST(firmware_library, when_it_cannot_be_used_then_the_error_says_what_and_why) {
    firmware_library library;
    library.add_built_in("scripted", scripted_firmware::base_entry);
    EXPECT_EQ(error_of(library, "scriptd"), "there is no firmware 'scriptd'; built in are: scripted");
    EXPECT_EQ(error_of(library, "./none.so"), "firmware './none.so' cannot be loaded: there is no such file");
    EXPECT_EQ(error_of(library, "scripted", DECTBED_KIND_HANDSET),
              "firmware 'scripted' is for a base, not for a handset");
    EXPECT_NE(
        error_of(library, file("firmware_of_other_abi")).find("interface version 7, this program speaks version 1"),
        std::string::npos);
    EXPECT_NE(error_of(library, file("firmware_without_handle")).find("lacks one of create, handle and destroy"),
              std::string::npos);
    EXPECT_NE(error_of(library, file("firmware_without_entry")).find("does not export dectbed_firmware_entry()"),
              std::string::npos);
    const std::string junk = test::temporary_folder() / "junk.so";
    std::ofstream(junk) << "not a library";
    EXPECT_NE(error_of(library, junk).find("cannot be loaded"), std::string::npos);
}

TEST(firmware_library, when_reentrant_then_devices_share_one_copy) {
    firmware_library library;
    const auto image = library.open(file("firmware_reentrant"), DECTBED_KIND_BASE).value();
    const auto a = image->code_for_one_device().value(), b = image->code_for_one_device().value();
    EXPECT_EQ(&a->table(), &b->table());
}

TEST(firmware_library, when_not_reentrant_then_each_device_has_its_own_copy) {
    firmware_library library;
    const auto image = library.open(within_process("firmware_with_global"), DECTBED_KIND_BASE).value();
    std::vector<fw::firmware_code_ptr> copies;
    for (int i = 0; i < 40; ++i) copies.push_back(image->code_for_one_device().value());
    std::set<const void*> tables;
    for (const auto& copy : copies) tables.insert(&copy->table());
    EXPECT_EQ(tables.size(), copies.size());
}

TEST(firmware_library, when_two_devices_run_a_firmware_with_globals_then_neither_sees_the_others) {
    board_bench bench;
    firmware_library library;
    bench.config.firmware = library.open(within_process("firmware_with_global"), DECTBED_KIND_BASE).value();
    auto second = bench.config;
    second.who = bench.sim.journal().declare("office/base[2]", "base");
    fw::device_board other(bench.sim, bench.bridge, bench.module.slots[1], second, bench);
    bench.power_on();
    other.set_plugged(true, "plugged in");
    bench.run(std::chrono::seconds(1));
    other.press(DECTBED_KEY_BUTTON);
    bench.run(std::chrono::seconds(1));
    // Three events there (boot, key down, key up), one here: each copy counts its own.
    EXPECT_EQ(bench.log.logs(), (std::vector<std::string>{"1", "1", "2", "3"}));
}

}  // namespace
}  // namespace dectbed::test
