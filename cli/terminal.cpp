#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace dectbed::cli {

namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);
constexpr int width_if_unknown = 80;

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

std::size_t width_of(std::FILE* stream) {
    winsize size{};
    if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return width_if_unknown;
    return size.ws_col;
}

}  // namespace

colours::colours(std::FILE* stream) : on_(is_terminal(stream)) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    if ((no_color && *no_color) || (terminal && std::strcmp(terminal, "dumb") == 0)) on_ = false;
}

std::string colours::paint(const char* code, const std::string& text) const {
    return on_ ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

std::string time_text(double s) {
    if (s < 0.0995) return fmt::format("{:.0f} ms", s * 1000);
    if (s < 9.95) return fmt::format("{:.1f} s", s);
    if (s < 119.5) return fmt::format("{:.0f} s", s);
    const long whole = std::lround(s);
    if (s < 7170) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{:.1f} h", s / 3600);
}

std::string time_text(sim::duration d) { return time_text(sim::to_seconds(d)); }

std::string progress_text(const batch_progress& p, std::chrono::duration<double> elapsed) {
    // What matters most comes first: a narrow terminal cuts the rest.
    std::string text;
    if (p.planned > 1 || p.replaying) text += fmt::format("[{}/{}] ", p.done, p.planned);
    if (p.failed > 0) text += fmt::format("{} failed, ", p.failed);
    if (p.done > 0 && p.done < p.planned && !p.replaying) {
        const double left_s = elapsed.count() / static_cast<double>(p.done) * static_cast<double>(p.planned - p.done);
        text += fmt::format("{} left, ", time_text(left_s));
    }
    if (p.replaying) text += "writing the journals of failed runs, ";
    if (p.running.empty()) return text;
    const auto& run = p.running.front();
    const auto& slot = *run.slot;
    const std::uint32_t bases = slot.bases.load(), handsets = slot.handsets.load();
    text += fmt::format("{} seed {}: {} simulated", run.scenario->name, run.seed,
                        time_text(sim::duration{slot.simulated_ps.load()}));
    if (bases > 0) text += fmt::format(", bases {}/{}", slot.bases_ready.load(), bases);
    if (handsets > 0) text += fmt::format(", handsets {}/{}", slot.handsets_ready.load(), handsets);
    return text;
}

progress_line::progress_line(std::FILE* stream)
    : stream_(stream), on_(is_terminal(stream)), started_(std::chrono::steady_clock::now()), last_(started_) {}

void progress_line::show(const batch_progress& p) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_ || now - last_ < redraw_interval) return;
    show_text(progress_text(p, now - started_));
}

void progress_line::show_text(std::string text) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_ || now - last_ < redraw_interval) return;
    last_ = now;
    text.resize(std::min(text.size(), width_of(stream_) - 1));
    std::fprintf(stream_, "\r%s\033[K", text.c_str());
    std::fflush(stream_);
    drawn_ = true;
}

void progress_line::clear() {
    if (!drawn_) return;
    std::fprintf(stream_, "\r\033[K");
    std::fflush(stream_);
    drawn_ = false;
}

}  // namespace dectbed::cli
