// Writes the journal as JSON lines: one object a record, with the time in picoseconds, the entity's path, the
// record's name and its fields. Entity fields appear as paths, durations as picoseconds.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include "results/record_matcher.h"
#include "sim/journal/journal.h"

namespace dectbed::results {

class journal_export {
  public:
    /// Every record is handed to the operating system at once if `each_record` is set, so that a process that
    /// dies leaves all it said. Throws std::runtime_error if the file cannot be written.
    journal_export(const std::filesystem::path& file, bool each_record);
    ~journal_export();
    journal_export(const journal_export&) = delete;
    journal_export& operator=(const journal_export&) = delete;

    void on(const sim::journal_entry& e);
    /// Writes what is left; throws std::runtime_error if anything could not be written.
    void close();

  private:
    std::FILE* file_;
    bool each_record_;
    entity_names names_;
    std::string line_;
};

}  // namespace dectbed::results
