// The journal of a run, told as what happened to one device: sentences in order, repetitions folded.
//
// Works on the exported journal (journal.jsonl), so that a run can be explained long after it ended and on
// another machine. Which records become which sentence stands in docs/results.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/time.h"

namespace dectbed::results {

/// One record as the exported journal has it.
struct told_record {
    sim::time_point at;
    std::string who, record;
    std::vector<std::pair<std::string, std::string>> fields;

    const std::string& operator[](const char* field) const;  ///< "" if there is none
};

/// One line of journal.jsonl; throws std::runtime_error if it is none.
told_record read_told_record(const std::string& line);

/// What this record says of the device in one sentence without a subject ("gets power (plugged in)"); "" if
/// it does not concern it.
std::string sentence_of(const told_record& r, const std::string& device);

struct told_line {
    sim::time_point from, to;  ///< of the first and the last of the folded ones
    std::string text;
    std::uint64_t times = 1;
};

struct narrative {
    std::vector<told_line> lines;
    std::vector<std::string> devices;  ///< bases and handsets of the run
    bool known = false;                ///< the device is one of them
};

/// Reads a whole journal. Throws std::runtime_error with file and line if one cannot be read.
narrative tell(const std::filesystem::path& journal, const std::string& device);

}  // namespace dectbed::results
