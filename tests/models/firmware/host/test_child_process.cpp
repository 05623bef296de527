#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/models/firmware/host/scripted_firmware.h"
#include "tests/temporary_folder.h"

namespace dectbed::test {
namespace {

using namespace std::chrono_literals;

namespace record = sim::record;

fw::firmware_source program(std::vector<std::string> arguments) {
    fw::firmware_source source;
    source.name = FIRMWARE_FOLDER "/child_firmware";
    source.arguments = std::move(arguments);
    return source;
}

/// A board whose firmware is the program, with this behaviour.
struct child_bench : board_bench {
    explicit child_bench(std::vector<std::string> arguments, std::int64_t memory = 64 << 20) {
        fw::child_settings settings;
        settings.cpu_max = 200ms;
        settings.blocked_max = 500ms;
        settings.output_folder = folder();  // tests run side by side
        fw::set_child_settings(settings);
        auto source = program(std::move(arguments));
        source.memory_octets = memory;
        config.firmware = library.open(source, DECTBED_KIND_BASE).value();
    }
    ~child_bench() {
        board.reset();  // with its program
        std::filesystem::remove_all(folder());
    }
    static std::string folder() {
        const auto path = test::temporary_folder() / "children";
        std::filesystem::create_directories(path);
        return path.string();
    }
    std::vector<record::state_changed> failures() const { return processor_failures(log); }
    fw::firmware_library library;
};

TEST(child_process, when_a_program_says_hello_then_its_manifest_is_known) {
    fw::firmware_library library;
    const auto image = library.open(program({}), DECTBED_KIND_BASE);
    ASSERT_TRUE(image);
    EXPECT_EQ(image.value()->title(), "child 2.1");
    EXPECT_TRUE(image.value()->in_child_process());
    EXPECT_EQ(library.open(program({}), DECTBED_KIND_HANDSET).error().reason,
              "firmware '" FIRMWARE_FOLDER "/child_firmware' is for a base, not for a handset");
}

TEST(child_process, when_a_program_is_no_firmware_then_the_error_says_why) {
    fw::firmware_library library;
    const auto error = [&](const fw::firmware_source& s) { return library.open(s, DECTBED_KIND_BASE).error().reason; };
    EXPECT_NE(error(program({"refuses"})).find("child_firmware' has no licence"), std::string::npos);
    EXPECT_NE(error(program({"mute"})).find("ended with exit code 0 before it said hello"), std::string::npos);
    EXPECT_NE(error(program({"rude"})).find("its first record is no hello"), std::string::npos);
    fw::firmware_source folder;
    folder.name = "/tmp/";
    EXPECT_NE(error(folder).find("it is no file"), std::string::npos);
    fw::firmware_source small = program({});
    small.memory_octets = 4096;
    EXPECT_NE(error(small).find("before it said hello"), std::string::npos);
}

TEST(child_process, when_it_runs_then_events_go_in_and_requests_come_out) {
    child_bench bench({"counts"});
    bench.power_on();
    bench.run(1s);
    bench.board->press(DECTBED_KEY_BUTTON);
    bench.run(1s);
    EXPECT_EQ(bench.log.logs(),
              (std::vector<std::string>{"boot 1", "lost if the event fails", "2", "lost if the event fails", "3",
                                        "lost if the event fails", "4"}));
}

TEST(child_process, when_ten_run_side_by_side_then_none_sees_the_others_globals) {
    child_bench bench({"counts"});
    slots_module more("more", 10);
    std::vector<std::unique_ptr<fw::device_board>> boards;
    for (int i = 0; i < 10; ++i) {
        auto c = bench.config;
        c.who = bench.sim.journal().declare("office/base[" + std::to_string(2 + i) + "]", "base");
        boards.push_back(std::make_unique<fw::device_board>(bench.sim, bench.bridge, more.slots[i], c, bench));
    }
    bench.power_on();
    for (auto& b : boards) b->set_plugged(true, "plugged in");
    bench.run(1s);
    const auto logs = bench.log.logs();
    EXPECT_EQ(std::count(logs.begin(), logs.end(), "2"), 11);
    EXPECT_EQ(std::count(logs.begin(), logs.end(), "3"), 0);
}

TEST(child_process, when_reset_then_its_memory_is_fresh) {
    child_bench bench({"counts"});
    bench.power_on();
    bench.run(1s);
    bench.board->reset(DECTBED_RESET_UPDATE);
    bench.run(1s);
    EXPECT_EQ(bench.log.logs(), (std::vector<std::string>{"boot 1", "lost if the event fails", "2", "boot 5",
                                                          "lost if the event fails", "2"}));
}

struct wrong {
    const char *way, *kind, *reason;
};
class goes_wrong : public testing::TestWithParam<wrong> {};

TEST_P(goes_wrong, the_supervisor_resets_the_device_and_the_run_goes_on) {
    child_bench bench({GetParam().way});
    bench.power_on();
    bench.run(1750ms);  // boot at 0, wrong at 100 ms, supervisor at 1700 ms
    const auto failures = bench.failures();
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].cause, std::string(GetParam().kind) + ": " + GetParam().reason + ", in event 0x1102");
    EXPECT_EQ(bench.log.times<record::state_changed>(), std::vector<sim::time_point>{sim::time_point(100ms)});
    EXPECT_EQ(bench.log.times<record::watchdog_fired>(), std::vector<sim::time_point>{sim::time_point(1700ms)});
    EXPECT_EQ(bench.log.logs(), (std::vector<std::string>{"boot 1", "boot 3"}));
}

INSTANTIATE_TEST_SUITE_P(
    child_process, goes_wrong,
    testing::Values(wrong{"crashes", "crash", "crashed: aborted (signal 6)"},
                    wrong{"exits", "crash", "ended with exit code 3"},
                    wrong{"closes", "protocol", "closed its connection"},
                    wrong{"hangs", "hang", "did not end its turn within 0.2 s of processor time"},
                    wrong{"sleeps", "hang", "slept for 0.5 s instead of ending its turn"},
                    wrong{"short", "protocol", "broke the protocol: a record says that it has 4 octets"},
                    wrong{"chatters", "protocol", "broke the protocol: it spoke out of turn"},
                    wrong{"floods", "requests", "made more than 65536 requests or 64 MiB of them in one event"},
                    wrong{"eats", "memory",
                          "crashed: segmentation fault (signal 11), near its memory limit of 65536 KiB"}),
    [](const auto& p) { return std::string(p.param.way); });

TEST(child_process, when_a_program_answers_and_never_reads_then_it_is_cut_off_once_no_event_fits_any_more) {
    child_bench bench({"deaf"});
    bench.power_on();
    bench.run(2s);
    const auto failures = bench.failures();
    ASSERT_GE(failures.size(), 1u);
    EXPECT_EQ(failures[0].cause, "hang: slept for 0.5 s instead of ending its turn, in event 0x1102");
}

/// A board with the scripted firmware in one slot and the program, with this behaviour, as its update.
struct update_bench : child_bench {
    explicit update_bench(std::vector<std::string> arguments) : child_bench(arguments) {
        fw::firmware_update update;
        update.image = config.firmware;
        update.trial = 1min;
        config.update = std::make_shared<const fw::firmware_update>(update);
        config.firmware = scripted_firmware::image(DECTBED_KIND_BASE);
        scripted_firmware::on_event = [](scripted_firmware& f, const received_event& e) {
            if (e.type == DECTBED_EV_BOOT) f.log("old");
        };
        power_on();
        run(1s);
        board->reset(DECTBED_RESET_UPDATE);
    }
    std::vector<std::string> loader() const {
        std::vector<std::string> out;
        for (const auto& s : log.all<record::state_changed>())
            if (s.machine == fw::device_board::loader_machine) out.push_back(s.from + " -> " + s.to + ": " + s.cause);
        return out;
    }
    int old_boots() const {
        const auto logs = log.logs();
        return static_cast<int>(std::count(logs.begin(), logs.end(), "old"));
    }
};

TEST(child_process, when_an_update_runs_for_its_trial_then_it_stays) {
    update_bench bench({"counts"});
    bench.run(59s);
    EXPECT_EQ(bench.loader(), (std::vector<std::string>{"slot a -> slot b on trial: update"}));
    bench.run(2s);
    const std::vector<std::string> proved{"slot a -> slot b on trial: update",
                                          "slot b on trial -> slot b: it ran for the time of the trial"};
    EXPECT_EQ(bench.loader(), proved);
    bench.board->set_plugged(false, "unplugged");
    bench.board->set_plugged(true, "plugged in");
    bench.board->reset(DECTBED_RESET_UPDATE);  // nothing newer
    bench.run(1h);
    EXPECT_EQ(bench.loader(), proved);
    EXPECT_EQ(bench.old_boots(), 1);
}

TEST(child_process, when_an_update_fails_thrice_on_trial_then_the_old_firmware_is_back_for_good) {
    update_bench bench({"crashes"});
    bench.run(1h);
    EXPECT_EQ(bench.loader(), (std::vector<std::string>{"slot a -> slot b on trial: update",
                                                        "slot b on trial -> slot a: 3 watchdog resets"}));
    EXPECT_EQ(bench.failures().size(), 3u);
    EXPECT_EQ(bench.old_boots(), 2);
    EXPECT_TRUE(bench.board->running());
    EXPECT_EQ(bench.log.all<record::device_reset>().back().cause, "watchdog");
}

TEST(child_process, when_an_update_hangs_then_its_attempts_are_not_cut_short) {
    update_bench bench({"hangs"});
    bench.run(1h);
    EXPECT_EQ(bench.loader().size(), 2u);
    EXPECT_EQ(bench.old_boots(), 2);
    EXPECT_TRUE(bench.board->running());
}

TEST(child_process, when_power_fails_during_the_trial_then_the_attempts_count_on) {
    update_bench bench({"crashes"});
    bench.run(1750ms);  // one crash, and one bite
    bench.board->set_supply(false, "power cut");
    bench.run(1s);
    bench.board->set_supply(true, "power restored");
    bench.run(1h);
    EXPECT_EQ(bench.failures().size(), 3u);
    EXPECT_EQ(bench.old_boots(), 2);
}

TEST(child_process, when_a_debugger_is_asked_for_then_it_is_put_before_the_program_and_nothing_is_limited) {
    child_bench bench({"sleeps"});
    auto settings = fw::current_child_settings();
    settings.debugged_device = "office/base[1]";
    settings.debugger = "timeout -s KILL 2";  // any command that runs another
    fw::set_child_settings(settings);
    bench.power_on();
    bench.run(110ms);
    const auto failures = bench.failures();
    ASSERT_EQ(failures.size(), 1u);  // not "slept for 0.5 s": the one it runs under ended it
    EXPECT_EQ(failures[0].cause, "crash: crashed: killed (signal 9), in event 0x1102");
}

TEST(child_process, when_its_own_watchdog_runs_then_that_one_fires) {
    child_bench bench({"crashes", "700"});
    bench.power_on();
    bench.run(750ms);
    EXPECT_EQ(bench.log.times<record::watchdog_fired>(), std::vector<sim::time_point>{sim::time_point(700ms)});
}

TEST(child_process, when_it_hangs_in_each_life_then_it_is_held_in_reset_until_power_is_cut) {
    child_bench bench({"hangs"});
    bench.power_on();
    bench.run(1h);
    const auto failures = bench.failures();
    ASSERT_EQ(failures.size(), 3u);
    EXPECT_EQ(failures[1].cause.find("held in reset"), std::string::npos);
    EXPECT_NE(failures[2].cause.find("held in reset"), std::string::npos);
    EXPECT_FALSE(bench.board->running());
    bench.board->set_plugged(false, "unplugged");
    bench.board->set_plugged(true, "plugged in");
    bench.run(50ms);
    EXPECT_EQ(bench.log.logs().back(), "boot 1");
}

TEST(child_process, when_power_is_cut_before_the_watchdog_then_it_never_fires) {
    child_bench bench({"crashes"});
    bench.power_on();
    bench.run(200ms);
    bench.board->set_plugged(false, "unplugged");
    bench.run(10s);
    EXPECT_TRUE(bench.log.all<record::watchdog_fired>().empty());
}

TEST(child_process, when_it_looks_around_then_it_sees_nothing_of_the_machine) {
    setenv("SOMEBODYS_SECRET", "x", 1);
    child_bench bench({"environment"});
    bench.power_on();
    bench.run(50ms);
    for (const auto& line : bench.log.logs()) EXPECT_EQ(line.find("SOMEBODYS_SECRET"), std::string::npos);
    EXPECT_EQ(bench.log.logs().size(), 7u);
    bench.board->set_plugged(false, "unplugged");
    std::stringstream printed;
    printed << std::ifstream(child_bench::folder() + "/firmware_office_base[1].txt").rdbuf();
    EXPECT_NE(printed.str().find("printed 1\n"), std::string::npos);
}

TEST(child_process, when_the_run_is_killed_then_the_program_is_gone) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t run = fork();
    if (run == 0) {
        fw::child_process child({FIRMWARE_FOLDER "/child_firmware", {"sleeps"}, 0}, "");
        fw::child_hello hello;
        child.start(hello);
        const pid_t pid = child.pid();
        if (write(ends[1], &pid, sizeof pid) != sizeof pid) _exit(1);
        pause();
    }
    pid_t program = 0;
    ASSERT_EQ(read(ends[0], &program, sizeof program), static_cast<ssize_t>(sizeof program));
    kill(run, SIGKILL);
    waitpid(run, nullptr, 0);
    bool gone = false;
    for (int i = 0; i < 500 && !gone; ++i) {
        // A zombie waits for whoever adopted it; it runs no more.
        std::ifstream stat("/proc/" + std::to_string(program) + "/stat");
        std::string line;
        gone =
            !std::getline(stat, line) || line.find(") Z") != std::string::npos || line.find(") X") != std::string::npos;
        if (!gone) usleep(10'000);
    }
    EXPECT_TRUE(gone);
}

TEST(child_process, when_a_library_is_not_declared_reentrant_then_it_runs_in_a_child) {
    fw::firmware_library library;
    const auto open = [&](const char* name, fw::firmware_source::place in) {
        fw::firmware_source s;
        s.name = std::string(FIRMWARE_FOLDER "/") + name + ".so";
        s.in = in;
        return library.open(s, DECTBED_KIND_BASE).value()->in_child_process();
    };
    using place = fw::firmware_source::place;
    EXPECT_TRUE(open("firmware_with_global", place::unset));
    EXPECT_FALSE(open("firmware_with_global", place::within));
    EXPECT_FALSE(open("firmware_reentrant", place::unset));
    EXPECT_TRUE(open("firmware_reentrant", place::child));
}

/// Ten devices side by side, some of which are reset and disturbed: what each of them logged, in order.
std::vector<std::string> ten_with_globals(const std::string& file, fw::firmware_source::place in) {
    board_bench bench;
    fw::firmware_library library;
    fw::firmware_source source;
    source.name = std::string(FIRMWARE_FOLDER "/") + file;
    source.in = in;
    bench.config.firmware = library.open(source, DECTBED_KIND_BASE).value();
    slots_module more("more", 10);
    std::vector<std::unique_ptr<fw::device_board>> boards;
    for (unsigned i = 0; i < 10; ++i) {
        auto c = bench.config;
        c.who = bench.sim.journal().declare("home[" + std::to_string(i) + "]/base[0]", "base");
        c.factory.mac = {2, 0, 0, 0, 1, static_cast<std::uint8_t>(i)};
        boards.push_back(std::make_unique<fw::device_board>(bench.sim, bench.bridge, more.slots[i], c, bench));
    }
    bench.build();
    for (unsigned i = 0; i < 10; ++i)
        bench.sim.kernel().after(i * 1ms, [b = boards[i].get()] { b->set_plugged(true, "plugged in"); });
    bench.run(100ms);
    for (unsigned i = 0; i < 10; i += 3) boards[i]->press(DECTBED_KEY_BUTTON);
    bench.run(2s);
    for (unsigned i = 0; i < 10; i += 4) boards[i]->reset(DECTBED_RESET_SOFTWARE);
    bench.run(2s);
    std::vector<std::string> said;
    for (const auto& e : bench.log.entries)
        if (const auto* r = std::get_if<record::firmware_log>(&e.what))
            said.push_back(std::to_string(e.who.value) + " " + r->text);
    return said;
}

/// One SystemC simulation a process: each way has one, and says a digest of what its devices said.
std::string words_in_a_process(const std::string& file, fw::firmware_source::place in) {
    int ends[2];
    if (pipe(ends) != 0) return "no pipe";
    const pid_t pid = fork();
    if (pid == 0) {
        const auto said = ten_with_globals(file, in);
        std::uint32_t all = 2166136261u;
        for (const auto& line : said)
            for (const char c : line) all = (all ^ static_cast<unsigned char>(c)) * 16777619u;
        const std::string told = std::to_string(said.size()) + " lines, " + std::to_string(all);
        _exit(write(ends[1], told.data(), told.size()) == static_cast<ssize_t>(told.size()) ? 0 : 1);
    }
    close(ends[1]);
    std::string told(256, '\0');
    const ssize_t n = read(ends[0], told.data(), told.size());
    close(ends[0]);
    waitpid(pid, nullptr, 0);
    told.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return told;
}

TEST(child_process, when_ten_devices_full_of_globals_run_in_any_way_then_they_say_the_same) {
    using place = fw::firmware_source::place;
    const std::string copies = words_in_a_process("globals_firmware.so", place::within);
    // Nine timers and a boot for each of 10 devices, two more events for 4 of them, and a second life for 3.
    EXPECT_EQ(copies.find("138 lines, "), 0u) << copies;
    EXPECT_EQ(words_in_a_process("globals_firmware.so", place::unset), copies);
    EXPECT_EQ(words_in_a_process("globals", place::unset), copies);
    EXPECT_EQ(words_in_a_process("globals32", place::unset), copies);
}

}  // namespace
}  // namespace dectbed::test
