// Rules about the sources themselves, so that they hold without anyone remembering them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int lines_max = 600;

/// Lower floors first; a floor may include only itself and what stands before it.
const std::vector<std::string> floors{"sim", "radio", "models", "results", "scenarios", "cli"};

struct source {
    std::string path;  ///< relative to the project's root, with '/'
    std::vector<std::string> lines;
};

bool is_source(const fs::path& p) {
    const auto e = p.extension();
    return e == ".cpp" || e == ".h" || e == ".c";
}

std::vector<source> sources_under(const std::vector<std::string>& folders) {
    const fs::path root = DECTBED_SOURCE_DIR;
    std::vector<source> found;
    for (const auto& folder : folders) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (!entry.is_regular_file() || !is_source(entry.path())) continue;
            source s{fs::relative(entry.path(), root).generic_string(), {}};
            std::ifstream in(entry.path());
            for (std::string line; std::getline(in, line);) s.lines.push_back(line);
            found.push_back(std::move(s));
        }
    }
    std::sort(found.begin(), found.end(), [](const source& a, const source& b) { return a.path < b.path; });
    return found;
}

std::string without_comment(const std::string& line) { return line.substr(0, line.find("//")); }

bool starts_with(const std::string& s, const std::string& prefix) { return s.compare(0, prefix.size(), prefix) == 0; }

/// The file that an #include names, or nothing.
std::string included(const std::string& line) {
    const auto hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') return {};
    const auto word = line.find("include", hash);
    if (word == std::string::npos) return {};
    const auto open = line.find_first_of("\"<", word);
    if (open == std::string::npos) return {};
    const auto close = line.find_first_of("\">", open + 1);
    return close == std::string::npos ? std::string{} : line.substr(open + 1, close - open - 1);
}

TEST(source_tidy, time_and_randomness_are_passed_in_below_the_command_line) {
    const std::vector<std::string> forbidden{"std::rand(",
                                             "srand(",
                                             "random_device",
                                             "mt19937",
                                             "system_clock",
                                             "steady_clock",
                                             "high_resolution_clock",
                                             "gettimeofday",
                                             "clock_gettime",
                                             "time(nullptr)",
                                             "time(NULL)",
                                             "std::time("};
    // What stands in for the C library's clocks in a firmware's own process has to name them.
    const std::vector<std::string> stand_ins{"models/firmware/process/process_environment.c",
                                             "models/firmware/linux/linux_calls.c"};
    for (const auto& file : sources_under({"sim", "radio", "models", "results", "scenarios"})) {
        if (std::find(stand_ins.begin(), stand_ins.end(), file.path) != stand_ins.end()) continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::string code = without_comment(file.lines[i]);
            for (const auto& word : forbidden) {
                EXPECT_EQ(code.find(word), std::string::npos) << file.path << ":" << i + 1 << " uses " << word;
            }
        }
    }
}

TEST(source_tidy, a_floor_includes_only_itself_and_lower_floors) {
    for (const auto& file : sources_under(floors)) {
        const auto own = std::find(floors.begin(), floors.end(), file.path.substr(0, file.path.find('/')));
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::string name = included(file.lines[i]);
            const auto other = std::find(floors.begin(), floors.end(), name.substr(0, name.find('/')));
            EXPECT_FALSE(other != floors.end() && other > own) << file.path << ":" << i + 1 << " includes " << name;
        }
    }
}

TEST(source_tidy, neither_simulation_library_is_seen_outside_its_wrappers) {
    const std::vector<std::string> ns3_allowed{"sim/kernel.cpp", "sim/event_queue.", "sim/event_loop.",
                                               "models/network/host/"};
    const std::vector<std::string> systemc_denied{"radio/",
                                                  "results/",
                                                  "models/servers/",
                                                  "models/network/",
                                                  "models/person/",
                                                  "models/firmware/lib/",
                                                  "models/firmware/reference/",
                                                  "models/firmware/include/",
                                                  "models/firmware/examples/blocking_base/",
                                                  "models/firmware/examples/third_party_"};
    // What SystemC's modules of other people are joined by; no firmware needs it.
    const std::string platforms = "models/firmware/include/dectbed/platform.h";
    auto in = [](const std::string& path, const std::vector<std::string>& prefixes) {
        return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& p) { return starts_with(path, p); });
    };
    for (const auto& file : sources_under(floors)) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::string name = included(file.lines[i]);
            const bool ns3 = starts_with(name, "ns3/");
            const bool systemc =
                starts_with(name, "systemc") || starts_with(name, "tlm") || name == "sim/systemc_bridge.h";
            EXPECT_FALSE(ns3 && !in(file.path, ns3_allowed)) << file.path << ":" << i + 1 << " includes " << name;
            EXPECT_FALSE(systemc && in(file.path, systemc_denied) && file.path != platforms)
                << file.path << ":" << i + 1 << " includes " << name;
        }
    }
}

TEST(source_tidy, tests_write_only_into_the_folder_of_their_process) {
    for (const auto& file : sources_under({"tests"})) {
        if (file.path == "tests/test_main.cpp" || starts_with(file.path, "tests/fuzz/")) continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            for (const auto& word : {std::string("Temp") + "Dir()", std::string("temp_directory") + "_path"}) {
                EXPECT_EQ(file.lines[i].find(word), std::string::npos)
                    << file.path << ":" << i + 1 << ": take test::temporary_folder()";
            }
        }
    }
}

TEST(source_tidy, files_are_short_and_finished) {
    auto folders = floors;
    folders.push_back("tests");
    // In two halves, so that this file does not find itself.
    const std::vector<std::string> unfinished{std::string("TO") + "DO", std::string("FIX") + "ME"};
    for (const auto& file : sources_under(folders)) {
        EXPECT_LE(file.lines.size(), static_cast<std::size_t>(lines_max)) << file.path;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            for (const auto& word : unfinished) {
                EXPECT_EQ(file.lines[i].find(word), std::string::npos) << file.path << ":" << i + 1;
            }
        }
    }
}

TEST(source_tidy, every_header_is_guarded) {
    for (const auto& file : sources_under(floors)) {
        if (fs::path(file.path).extension() != ".h") continue;
        const bool guarded = std::any_of(file.lines.begin(), file.lines.end(), [](const std::string& line) {
            return line == "#pragma once" || starts_with(line, "#ifndef ");
        });
        EXPECT_TRUE(guarded) << file.path;
    }
}

}  // namespace
