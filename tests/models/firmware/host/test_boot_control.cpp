// The boot loader: what it starts, how often, and when it goes back.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "models/firmware/host/boot_control.h"
#include "models/firmware/lib/firmware_image.h"
#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {
namespace {

using namespace std::chrono_literals;
namespace record = sim::record;

constexpr std::uint32_t block = 1024;
const fw::flash_geometry geometry{64 * block, block, 256};

sim::bytes image_of(const std::string& version) {
    std::string out("DBFW\x01\0\0\0\0\0\x03\xE8", 12);  // 1000 octets
    out += "M" + std::string(FW_IMAGE_MODEL_OCTETS - 1, '\0');
    out += version + std::string(FW_IMAGE_VERSION_OCTETS - version.size(), '\0');
    for (int i = 0; i < 1000; ++i) out += static_cast<char>(i * 7);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(out.data(), out.size(), digest, &size, EVP_sha256(), nullptr);
    out.append(reinterpret_cast<const char*>(digest), size);
    return sim::bytes(out.begin(), out.end());
}

void put(fw::flash_array& cells, int at, std::uint32_t sequence, std::uint8_t slot, const std::string& version) {
    const auto image = image_of(version);
    cells.program(fw_boot_slot_address(geometry.octets, block, slot), image);
    fw_boot_record r{};
    r.sequence = sequence;
    r.slot = slot;
    r.attempts = 3;
    r.octets = static_cast<std::uint32_t>(image.size());
    std::strcpy(r.version, version.c_str());
    sim::bytes octets(FW_BOOT_RECORD_OCTETS);
    fw_boot_write(&r, octets.data());
    cells.program(static_cast<std::uint32_t>(FW_BOOT_CONTROL_BLOCK + at) * block, octets);
}

void confirm(fw::flash_array& cells, int at) {
    const std::uint8_t mark = 0;
    cells.program(static_cast<std::uint32_t>(FW_BOOT_CONTROL_BLOCK + at) * block + FW_BOOT_CONFIRMED_AT,
                  sim::byte_view(&mark, 1));
}

TEST(boot_control, when_an_image_is_not_confirmed_then_it_is_started_so_often_and_the_one_before_runs_again) {
    fw::flash_array cells(geometry);
    EXPECT_EQ(fw::boot_control(cells).choose("M").slot, "slot a");
    put(cells, 0, 1, 1, "1.1.0");
    EXPECT_TRUE(fw::boot_control(cells).pending());
    auto choice = fw::boot_control(cells).choose("M");
    EXPECT_EQ(choice.slot, "slot b on trial");
    EXPECT_EQ(choice.hashed_octets, 1080u);
    EXPECT_FALSE(fw::boot_control(cells).pending());
    confirm(cells, 0);
    EXPECT_EQ(fw::boot_control(cells).choose("M").slot, "slot b");
    put(cells, 1, 2, 0, "1.2.0");
    for (int start = 0; start < 3; ++start) {
        choice = fw::boot_control(cells).choose("M");
        EXPECT_EQ(choice.slot, "slot a on trial") << start;
        EXPECT_EQ(choice.hashed_octets, start == 0 ? 1080u : 0u);
    }
    choice = fw::boot_control(cells).choose("M");
    EXPECT_EQ(choice.slot, "slot b");
    EXPECT_TRUE(choice.rejected);
    EXPECT_EQ(choice.cause, "1.2.0 did not confirm itself in 3 starts");
    EXPECT_FALSE(fw::boot_control(cells).choose("M").rejected) << "that is settled";
}

TEST(boot_control, when_the_image_is_broken_or_of_another_model_then_it_is_never_started) {
    for (const bool broken : {false, true}) {
        fw::flash_array cells(geometry);
        put(cells, 0, 1, 1, "1.1.0");
        const std::uint8_t torn = 0;
        if (broken) cells.program(fw_boot_slot_address(geometry.octets, block, 1) + 501, sim::byte_view(&torn, 1));
        const auto choice = fw::boot_control(cells).choose(broken ? "M" : "N");
        EXPECT_TRUE(choice.rejected);
        EXPECT_EQ(choice.slot, "slot a");
        EXPECT_EQ(choice.cause, "slot b does not hold 1.1.0 whole");
    }
}

TEST(boot_control, when_the_flash_is_small_or_holds_garbage_then_the_factory_s_firmware_runs) {
    std::uint64_t seed = 3;
    for (const std::uint32_t blocks : {1u, 4u, 20u, 21u, 22u, 64u}) {
        for (int i = 0; i < 200; ++i) {
            fw::flash_array cells({blocks * block, block, 256});
            for (std::uint32_t at = 2 * block; at < std::min(4u, blocks) * block; at += 64) {
                sim::bytes octets(64);
                for (auto& octet : octets) {
                    seed = seed * 6364136223846793005u + 1442695040888963407u;
                    octet = static_cast<std::uint8_t>(seed >> 40);
                }
                if (i % 2 == 0) std::memcpy(octets.data(), "FWBC", 4);
                cells.program(at, octets);
            }
            const auto choice = fw::boot_control(cells).choose("M");
            EXPECT_EQ(choice.slot, "slot a");
            EXPECT_FALSE(choice.updated);
        }
    }
}

TEST(boot_control, when_a_board_starts_then_loading_takes_the_time_of_the_table_and_the_journal_says_what_runs) {
    board_bench bench;
    bench.config.flash = geometry;
    bench.config.factory.model = "M";
    bench.config.reset_hold = 100ms;
    bench.config.boot_time = 50ms;
    bench.config.hash_megabyte = 10s;
    bench.power_on();
    bench.run(149ms);
    EXPECT_EQ(scripted_firmware::created, 0);
    bench.run(2ms);
    EXPECT_EQ(scripted_firmware::created, 1);
    put(bench.board->flash(), 0, 1, 1, "1.1.0");
    bench.board->reset(DECTBED_RESET_UPDATE);
    bench.run(160ms);
    EXPECT_EQ(scripted_firmware::created, 1) << "1080 octets take 10.8 ms";
    bench.run(2ms);
    EXPECT_EQ(scripted_firmware::created, 2);
    for (int i = 0; i < 3; ++i) {
        bench.board->reset(DECTBED_RESET_SOFTWARE);
        bench.run(200ms);
    }
    std::vector<std::string> slots;
    for (const auto& s : bench.log.all<record::state_changed>())
        if (s.machine == fw::device_board::loader_machine) slots.push_back(s.to + ": " + s.cause);
    EXPECT_EQ(slots, (std::vector<std::string>{"slot b on trial: update to 1.1.0",
                                               "slot a: 1.1.0 did not confirm itself in 3 starts"}));
}

int others = 0;  ///< instances of a firmware that is not the scripted one

fw::firmware_image_ptr another_image() {
    fw::firmware_library library;
    library.add_built_in("another", [] {
        static const dectbed_firmware table = {DECTBED_FIRMWARE_ABI,
                                               DECTBED_KIND_BASE,
                                               DECTBED_FLAG_REENTRANT,
                                               0,
                                               "another",
                                               "0",
                                               [](const dectbed_host*) -> void* { return &++others; },
                                               [](void*, const dectbed_event*) {},
                                               [](void*) {}};
        return &table;
    });
    return library.open("another", DECTBED_KIND_BASE).value();
}

TEST(boot_control, when_an_image_in_flash_is_taken_back_then_the_update_that_ran_before_it_runs_again) {
    board_bench bench;
    bench.config.flash = geometry;
    bench.config.factory.model = "M";
    fw::firmware_update update;
    update.image = another_image();
    update.trial = 1s;
    bench.config.update = std::make_shared<const fw::firmware_update>(update);
    bench.power_on();
    bench.run(1s);
    bench.board->reset(DECTBED_RESET_UPDATE);
    bench.run(2s);
    EXPECT_EQ(others, 1);
    put(bench.board->flash(), 0, 1, 1, "1.1.0");
    bench.board->reset(DECTBED_RESET_UPDATE);
    bench.run(1s);
    EXPECT_EQ(others, 2);
    for (int i = 0; i < 3; ++i) {
        bench.board->reset(DECTBED_RESET_SOFTWARE);
        bench.run(1s);
    }
    const auto& said = bench.log.all<record::state_changed>();
    EXPECT_EQ(said.back().cause, "1.1.0 did not confirm itself in 3 starts");
    EXPECT_EQ(others, 5);
    EXPECT_EQ(scripted_firmware::created, 1) << "what the factory wrote was replaced before that";
}

}  // namespace
}  // namespace dectbed::test
