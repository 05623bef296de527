// What a person sees while a batch runs and after it.
#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "cli/batch_runner.h"

namespace dectbed::cli {

/// Colours for a stream: only on a terminal, and not if NO_COLOR is set (no-color.org) or TERM is "dumb".
class colours {
  public:
    explicit colours(std::FILE* stream);
    explicit colours(bool on) : on_(on) {}
    std::string good(const std::string& text) const { return paint("32", text); }
    std::string bad(const std::string& text) const { return paint("31", text); }
    std::string strong(const std::string& text) const { return paint("1", text); }
    std::string soft(const std::string& text) const { return paint("2", text); }

  private:
    std::string paint(const char* code, const std::string& text) const;
    bool on_;
};

/// One line on a terminal, drawn again and again; nothing at all on anything else.
class progress_line {
  public:
    explicit progress_line(std::FILE* stream);
    ~progress_line() { clear(); }
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;
    void show(const batch_progress& p);
    void show_text(std::string text);
    void clear();

  private:
    std::FILE* stream_;
    bool on_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point started_, last_;
};
/// Its text. `elapsed` is wall time since the start of the batch.
std::string progress_text(const batch_progress& p, std::chrono::duration<double> elapsed);

/// "42 ms", "3.5 s", "84 s", "12 min 5 s", "3.2 h"
std::string time_text(double seconds);
std::string time_text(sim::duration d);

/// The batch in plain words, ending with where the report lies.
std::string plain_words(const results::batch_result& batch, const std::filesystem::path& out, const colours& c);

}  // namespace dectbed::cli
