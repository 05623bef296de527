// A runner whose scenarios are files with a few words: what happens to their runs.
//
//   passes               one base, ready after 10 s + seed seconds
//   fails SEED...        these seeds leave the base without a code
//   crashes SEED...      these seeds' firmware calls abort()
//   hangs SEED...        these seeds' firmware never returns
//   breaks SEED...       these seeds throw run_failure
//   wavers SEED...       these seeds fail, and differ from one execution to the next
//   slow                 each run takes longer the lower its seed is
//   invalid              cannot be loaded
#pragma once

#include <filesystem>
#include <string>

#include "cli/runner.h"

namespace dectbed::test {

cli::runner fake_runner();

/// A folder of its own for each test, and a scenario file in it.
class workplace {
  public:
    workplace();
    ~workplace();
    workplace(const workplace&) = delete;
    workplace& operator=(const workplace&) = delete;
    std::string scenario(const std::string& name, const std::string& words) const;
    std::filesystem::path path(const std::string& relative) const { return folder_ / relative; }
    std::string read(const std::string& relative) const;
    bool exists(const std::string& relative) const { return std::filesystem::exists(folder_ / relative); }

  private:
    std::filesystem::path folder_;
};

}  // namespace dectbed::test
