// Stands in for libFuzzer in the usual build: runs a target on every file of a corpus, then on a number of mutations of
// them, the same ones each time. No feedback from coverage, so it finds less; it keeps what was found from coming back.
//
//   fuzz_NAME CORPUS-FOLDER-OR-FILE [MUTATIONS]
//
// When an input brings the target down, the input is printed in hexadecimal.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "sim/random.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;
using input = std::vector<std::uint8_t>;

constexpr std::size_t octets_max = 8192;
constexpr unsigned seconds_max = 20;  // for one input: more is a hang

const input* running = nullptr;

/// Only write(): nothing else is allowed in a handler.
void say_what_was_running(int signal) {
    static const char digits[] = "0123456789abcdef";
    const char head[] = "\nthe input was: ";
    if (running != nullptr) {
        [[maybe_unused]] auto written = ::write(STDERR_FILENO, head, sizeof head - 1);
        for (std::uint8_t octet : *running) {
            const char two[] = {digits[octet >> 4], digits[octet & 15]};
            written = ::write(STDERR_FILENO, two, sizeof two);
        }
        written = ::write(STDERR_FILENO, "\n", 1);
    }
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

void run(const input& octets) {
    // A copy of just this size, so that a sanitizer sees the first octet read beyond it.
    const input exact(octets.begin(), octets.end());
    running = &exact;
    ::alarm(seconds_max);
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
    ::alarm(0);
    running = nullptr;
}

void mutate(input& x, const std::vector<input>& corpus, dectbed::sim::random_stream& luck) {
    static constexpr std::uint8_t telling[] = {0, 1, 0x7F, 0x80, 0xFF, 0x20, 0x0A, 0xC0};
    const auto place = [&] { return static_cast<std::size_t>(luck.below(x.size() + 1)); };
    switch (luck.below(8)) {
        case 0:
            if (!x.empty()) x[luck.below(x.size())] ^= static_cast<std::uint8_t>(1U << luck.below(8));
            break;
        case 1:
            if (!x.empty()) x[luck.below(x.size())] = static_cast<std::uint8_t>(luck.below(256));
            break;
        case 2:
            if (!x.empty()) x[luck.below(x.size())] = telling[luck.below(sizeof telling)];
            break;
        case 3:
            x.insert(x.begin() + static_cast<std::ptrdiff_t>(place()), static_cast<std::uint8_t>(luck.below(256)));
            break;
        case 4:
            x.resize(place());
            break;
        case 5: {  // loses a piece
            const std::size_t from = place(), to = std::min(x.size(), from + luck.below(16));
            x.erase(x.begin() + static_cast<std::ptrdiff_t>(from), x.begin() + static_cast<std::ptrdiff_t>(to));
            break;
        }
        case 6: {  // a piece again, somewhere else
            const std::size_t from = place(), to = std::min(x.size(), from + luck.below(64));
            const input piece(x.begin() + static_cast<std::ptrdiff_t>(from),
                              x.begin() + static_cast<std::ptrdiff_t>(to));
            x.insert(x.begin() + static_cast<std::ptrdiff_t>(place()), piece.begin(), piece.end());
            break;
        }
        default: {  // goes on as another one
            const input& other = corpus[luck.below(corpus.size())];
            const std::size_t from = luck.below(other.size() + 1);
            x.resize(place());
            x.insert(x.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        }
    }
    if (x.size() > octets_max) x.resize(octets_max);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::fprintf(stderr, "usage: %s CORPUS-FOLDER-OR-FILE [MUTATIONS]\n", argv[0]);
        return 2;
    }
    std::vector<fs::path> files;
    if (fs::is_directory(argv[1])) {
        for (const auto& entry : fs::directory_iterator(argv[1])) files.push_back(entry.path());
    } else {
        files.emplace_back(argv[1]);
    }
    std::sort(files.begin(), files.end());
    std::vector<input> corpus;
    for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        if (!in.good() && !in.eof()) {
            std::fprintf(stderr, "%s cannot be read\n", file.c_str());
            return 2;
        }
    }
    if (corpus.empty()) {
        std::fprintf(stderr, "%s: the corpus is empty\n", argv[1]);
        return 2;
    }
    for (int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM}) ::signal(signal, say_what_was_running);

    for (const input& x : corpus) run(x);
    run({});
    const long mutations = argc == 3 ? std::strtol(argv[2], nullptr, 10) : 0;
    dectbed::sim::random_stream luck(1, fs::path(argv[0]).filename().string(), "mutations");
    for (long i = 0; i < mutations; ++i) {
        input x = corpus[luck.below(corpus.size())];
        for (std::uint64_t n = 1 + luck.below(6); n > 0; --n) mutate(x, corpus, luck);
        run(x);
    }
    std::printf("%zu files and %ld mutations of them\n", corpus.size(), mutations);
    return 0;
}
