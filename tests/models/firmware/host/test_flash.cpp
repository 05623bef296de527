#include <gtest/gtest.h>

#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {
namespace {

using namespace std::chrono_literals;
using sim::record::flash_torn;

TEST(flash_array, when_never_programmed_then_it_reads_erased_and_takes_no_memory) {
    fw::flash_array f({65536, 4096, 256});
    EXPECT_EQ(f.read(4090, 20), sim::bytes(20, 0xFF));
    EXPECT_EQ(f.blocks_in_memory(), 0u);
}

TEST(flash_array, when_programmed_across_blocks_then_each_octet_is_where_it_belongs) {
    fw::flash_array f({65536, 4096, 256});
    sim::bytes data;
    for (int i = 0; i < 10; ++i) data.push_back(static_cast<std::uint8_t>(i));
    EXPECT_TRUE(f.program(4091, data));
    EXPECT_EQ(f.read(4091, 10), data);
    EXPECT_EQ(f.blocks_in_memory(), 2u);
    f.erase(4096);
    EXPECT_EQ(f.read(4096, 5), sim::bytes(5, 0xFF));
    EXPECT_EQ(f.read(4091, 5), sim::bytes(data.begin(), data.begin() + 5));
}

TEST(flash_array, when_many_devices_hold_the_same_then_it_is_kept_once) {
    sim::bytes file;
    for (int i = 0; i < 4000; ++i)
        file.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(i) * 2654435761u >> 24));
    const auto before = fw::flash_array::pages_in_memory();
    std::vector<fw::flash_array> devices(100, fw::flash_array({65536, 4096, 256}));
    for (auto& f : devices) EXPECT_TRUE(f.program(20, file));
    EXPECT_EQ(fw::flash_array::pages_in_memory(), before + 16);
    EXPECT_TRUE(devices[3].program(300, sim::bytes{0}));
    EXPECT_EQ(fw::flash_array::pages_in_memory(), before + 17);
    EXPECT_EQ(devices[3].read(300, 1), sim::bytes{0});
    EXPECT_EQ(devices[4].read(20, 4000), file);  // the others do not notice
    devices.clear();
    EXPECT_EQ(fw::flash_array::pages_in_memory(), before);
}

TEST(flash_array, when_programming_would_set_bits_then_only_clearing_happens_and_it_says_so) {
    fw::flash_array f({4096, 4096, 256});
    EXPECT_TRUE(f.program(0, sim::bytes{0xF0}));
    EXPECT_TRUE(f.program(0, sim::bytes{0x30}));
    EXPECT_FALSE(f.program(0, sim::bytes{0x0F}));
    EXPECT_EQ(f.read(0, 1), sim::bytes{0x00});
}

/// The firmware programs 16 octets over older contents; power fails `after` the start of the operation.
struct torn_program {
    sim::bytes cells;
    std::vector<flash_torn> torn;
};

constexpr std::uint8_t old_octet = 0xF5, new_octet = 0x51;

TEST(flash_unit, when_power_fails_at_any_time_of_a_program_then_a_prefix_one_undefined_octet_and_the_old_rest_remain) {
    board_bench bench;
    bench.build();
    auto& board = *bench.board;
    const sim::bytes old(16, old_octet), wanted(16, new_octet);
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) f.program(100, wanted);
    };
    const auto takes = 30us + 2500ns * 15;  // 67.5 us
    std::set<std::int64_t> prefixes;
    std::set<std::uint8_t> undefined;
    int step_count = 0;
    for (sim::duration cut{0}; cut <= takes + 1us; cut += 250ns, ++step_count) {
        board.flash().erase(0);
        board.flash().program(100, old);
        const auto torn_before = bench.log.all<flash_torn>().size();
        board.set_plugged(true, "plugged in");
        bench.sim.kernel().after(cut, [&] { bench.sim.kernel().soon([&] { board.set_plugged(false, "power cut"); }); });
        bench.run(1ms);
        const auto now = board.flash().read(100, 16);
        const auto torn = bench.log.all<flash_torn>();
        if (torn.size() == torn_before) {
            // Not begun, or complete: nothing in between goes unsaid.
            EXPECT_TRUE(now == old || now == wanted);
            if (cut > 0us && cut < takes) {
                ADD_FAILURE() << "not torn at " << sim::to_text(cut);
            }
            continue;
        }
        const auto done = torn.back().octets_done;
        EXPECT_EQ(torn.back().octets_lost, 16 - done);
        EXPECT_EQ(torn.back().address, 100);
        EXPECT_EQ(done, std::min<std::int64_t>(15, 16 * cut.count() / sim::duration(takes).count()));
        for (std::int64_t i = 0; i < 16; ++i) {
            const auto octet = now[static_cast<std::size_t>(i)];
            if (i == done)
                undefined.insert(octet);
            else
                EXPECT_EQ(octet, i < done ? new_octet : old_octet);
        }
        EXPECT_EQ(board.flash().read(99, 1)[0], 0xFF);
        EXPECT_EQ(board.flash().read(116, 1)[0], 0xFF);
        prefixes.insert(done);
    }
    EXPECT_EQ(step_count, 275);
    EXPECT_EQ(prefixes.size(), 16u);   // every place of the tear occurred
    EXPECT_GT(undefined.size(), 50u);  // and the torn octet is anything
}

TEST(flash_unit, when_power_fails_during_an_erase_then_the_rest_of_the_block_is_as_it_was) {
    board_bench bench;
    bench.build();
    auto& board = *bench.board;
    board.flash().program(8192, sim::bytes(4096, 0x00));
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type == DECTBED_EV_BOOT) f.erase(8192 + 77);
    };
    bench.power_on();
    bench.sim.kernel().after(22500us, [&] { board.set_supply(false, "power cut"); });
    bench.run(1s);
    const auto block = board.flash().read(8192, 4096);
    EXPECT_EQ(sim::bytes(block.begin(), block.begin() + 2048), sim::bytes(2048, 0xFF));
    EXPECT_EQ(sim::bytes(block.begin() + 2049, block.end()), sim::bytes(2047, 0x00));
    const auto torn = bench.log.all<flash_torn>();
    ASSERT_EQ(torn.size(), 1u);
    EXPECT_EQ(torn[0].octets_done, 2048);
    EXPECT_EQ(torn[0].octets_lost, 2048);
}

TEST(flash_unit, when_a_block_is_erased_more_often_than_it_endures_then_erases_fail_and_bits_stay_at_0) {
    board_bench bench;
    bench.config.flash_timing.endurance = 3;
    bench.build();
    auto& board = *bench.board;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        for (std::uint32_t i = 0; i < 5; ++i) f.erase(4096, 10 + i);
        f.erase(8192, 20);
        f.program(4096, sim::bytes(256, 0xFF), 30);
    };
    bench.power_on();
    bench.run(1s);
    std::vector<std::uint32_t> status;
    for (const auto& e : scripted_firmware::of_type(DECTBED_EV_FLASH_DONE))
        status.push_back(e.as<dectbed_ev_flash>().status);
    ASSERT_EQ(status.size(), 7u);
    const std::vector<std::uint32_t> expected{
        DECTBED_OK, DECTBED_OK, DECTBED_OK, DECTBED_FLASH_NOT_ERASED, DECTBED_FLASH_NOT_ERASED, DECTBED_OK};
    EXPECT_EQ(std::vector<std::uint32_t>(status.begin(), status.begin() + 6), expected);
    int zeros = 0;
    for (const auto octet : board.flash().read(4096, 4096))
        for (int bit = 0; bit < 8; ++bit) zeros += octet >> bit & 1 ? 0 : 1;
    EXPECT_EQ(zeros, 2);  // one for each erase too many
    EXPECT_EQ(board.flash().read(8192, 4096), sim::bytes(4096, 0xFF));
    const auto told = bench.log.all<sim::record::state_changed>();
    ASSERT_EQ(told.size(), 1u);  // once
    EXPECT_EQ(told[0].machine, "flash block 0x1000");
    EXPECT_EQ(told[0].to, "worn");
}

TEST(flash_unit, when_operations_queue_then_they_run_in_order_and_contents_outlive_power) {
    board_bench bench;
    bench.build();
    int boots = 0;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        if (++boots == 1) {
            f.program(0, {1, 2, 3}, 10);
            f.read(0, 4, 11);
            f.erase(0, 12);
            f.read(0, 4, 13);
            f.program(2, {9}, 14);
            f.program(2, {0x10}, 15);
        } else {
            f.read(0, 4, 20);
        }
    };
    bench.power_on();
    bench.run(1s);
    bench.board->set_plugged(false, "unplugged");
    bench.run(1s);
    bench.board->set_plugged(true, "plugged in");
    bench.run(1s);
    const auto& events = scripted_firmware::events;
    ASSERT_EQ(events.size(), 9u);
    auto check = [&](std::size_t i, std::uint32_t token, std::uint32_t status, const std::string& data) {
        const auto e = events[i].as<dectbed_ev_flash>();
        EXPECT_EQ(events[i].token, token);
        EXPECT_EQ(e.status, status);
        EXPECT_EQ(events[i].data_after(sizeof e), data);
    };
    check(1, 10, DECTBED_OK, "");
    check(2, 11, DECTBED_OK, std::string("\x01\x02\x03\xFF"));
    check(3, 12, DECTBED_OK, "");
    check(4, 13, DECTBED_OK, "\xFF\xFF\xFF\xFF");
    check(5, 14, DECTBED_OK, "");
    check(6, 15, DECTBED_FLASH_NOT_ERASED, "");
    check(8, 20, DECTBED_OK, std::string("\xFF\xFF\x00\xFF", 4));
    // 30 + 2*2.5 us, then the read, then 45 ms.
    EXPECT_EQ(events[1].now_us, 35u);
    EXPECT_EQ(events[3].now_us, 45'035u);
    const auto writes = bench.log.all<sim::record::flash_write>();
    ASSERT_EQ(writes.size(), 3u);
    EXPECT_EQ(writes[2].ordinal, 3);
    EXPECT_EQ(writes[0].takes, sim::duration(35us));
}

TEST(flash_unit, when_the_processor_restarts_then_the_chip_finishes_what_it_was_doing_but_forgets_the_queue) {
    board_bench bench;
    bench.build();
    int boots = 0;
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        if (++boots == 1) {
            f.program(0, sim::bytes(100, 0xAA));
            f.program(200, sim::bytes(100, 0xBB));
            f.u32(DECTBED_REQ_RESET, DECTBED_RESET_SOFTWARE);
        } else {
            f.program(300, {0xCC}, 5);
        }
    };
    bench.power_on();
    bench.run(1s);
    EXPECT_EQ(bench.board->flash().read(0, 100), sim::bytes(100, 0xAA));
    EXPECT_EQ(bench.board->flash().read(200, 100), sim::bytes(100, 0xFF));
    EXPECT_EQ(bench.board->flash().read(300, 1), sim::bytes{0xCC});
    // The old life's operation is not answered to the new life.
    EXPECT_EQ(scripted_firmware::types(),
              (std::vector<std::uint16_t>{DECTBED_EV_BOOT, DECTBED_EV_BOOT, DECTBED_EV_FLASH_DONE}));
}

TEST(flash_unit, when_a_range_does_not_fit_then_it_is_refused) {
    board_bench bench;
    bench.config.flash = {16384, 4096, 256};
    scripted_firmware::on_event = [&](scripted_firmware& f, const received_event& e) {
        if (e.type != DECTBED_EV_BOOT) return;
        f.read(16380, 5, 1);
        f.read(0xFFFFFFFF, 4096, 2);
        f.read(0, 0, 3);
        f.read(0, 4097, 4);
        f.program(16384, {0}, 5);
        f.program(0, sim::bytes(257, 0), 6);
        f.program(0, {}, 7);
        f.erase(16384, 8);
        f.erase(0xFFFFF000, 9);
    };
    bench.power_on();
    bench.run(1s);
    const auto refused = scripted_firmware::of_type(DECTBED_EV_REFUSED);
    ASSERT_EQ(refused.size(), 9u);
    for (std::uint32_t i = 0; i < 9; ++i) {
        EXPECT_EQ(refused[i].token, i + 1);
        EXPECT_EQ(refused[i].as<dectbed_ev_refused>().reason, DECTBED_BAD_FIELD);
    }
    EXPECT_EQ(bench.board->flash().blocks_in_memory(), 0u);
}

}  // namespace
}  // namespace dectbed::test
