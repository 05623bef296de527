// Files of results: written whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dectbed::results {

/// Writes a temporary file beside `file` and renames it. Creates missing folders. Throws std::runtime_error with
/// the path and the reason.
void write_file(const std::filesystem::path& file, std::string_view content);

/// Makes the folder if it is missing and proves that a file can be written in it. Returns an empty text, or one
/// sentence for a person.
std::string why_not_writable(const std::filesystem::path& folder);

/// A name for a temporary file beside `file`, different for each process.
std::filesystem::path temporary_beside(const std::filesystem::path& file);

/// Quoted for a POSIX shell where needed.
std::string shell_word(const std::string& text);

/// UTF-8 as it is, octets that are not UTF-8 and control characters other than line feed and tab as '?'.
std::string printable_utf8(std::string_view text);

}  // namespace dectbed::results
