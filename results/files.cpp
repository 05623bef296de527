#include "results/files.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace dectbed::results {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& file, int error) {
    throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(error));
}

/// Octets of the UTF-8 sequence that starts at `i`; 0 if there is none.
std::size_t sequence_length(std::string_view s, std::size_t i) {
    const auto octet = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
    const unsigned char lead = octet(i);
    const std::size_t n = lead < 0x80                   ? 1
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xF0 && lead < 0xF5 ? 4
                                                        : 0;
    if (n == 0 || i + n > s.size()) return 0;
    for (std::size_t k = 1; k < n; ++k) {
        if ((octet(i + k) & 0xC0) != 0x80) return 0;
    }
    const unsigned char second = n > 1 ? octet(i + 1) : 0;  // overlong forms, surrogates, beyond U+10FFFF
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
    return n;
}

}  // namespace

fs::path temporary_beside(const fs::path& file) {
    fs::path temporary = file;
    temporary += "." + std::to_string(::getpid()) + ".partial";
    return temporary;
}

void write_file(const fs::path& file, std::string_view content) {
    std::error_code error;
    if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
    if (error) fail(file, error.value());
    const fs::path temporary = temporary_beside(file);
    std::FILE* out = std::fopen(temporary.c_str(), "wb");
    if (!out) fail(file, errno);
    const bool written = std::fwrite(content.data(), 1, content.size(), out) == content.size();
    const int write_error = errno;
    if (std::fclose(out) != 0 || !written) {
        std::remove(temporary.c_str());
        fail(file, write_error);
    }
    fs::rename(temporary, file, error);
    if (error) {
        std::remove(temporary.c_str());
        fail(file, error.value());
    }
}

std::string why_not_writable(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return folder.string() + ": this folder cannot be made: " + error.message();
    if (!fs::is_directory(folder, error)) return folder.string() + ": this is not a folder";
    try {
        const fs::path probe = folder / ".writable";
        write_file(probe, "");
        fs::remove(probe, error);
    } catch (const std::runtime_error&) {
        return folder.string() + ": nothing can be written into this folder";
    }
    return {};
}

std::string shell_word(const std::string& text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string printable_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = sequence_length(text, i);
        const auto c = static_cast<unsigned char>(text[i]);
        if (n == 0 || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
            out += '?';
            ++i;
        } else {
            out.append(text.substr(i, n));
            i += n;
        }
    }
    return out;
}

}  // namespace dectbed::results
