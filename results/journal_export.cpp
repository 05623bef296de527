#include "results/journal_export.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <type_traits>
#include <variant>

namespace dectbed::results {

namespace {

void quote(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (octet < 0x20 || octet >= 0x80) {  // octets outside ASCII one by one: texts need not be UTF-8
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", octet);
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace

journal_export::journal_export(const std::filesystem::path& file, bool each_record)
    : file_(std::fopen(file.c_str(), "wb")), each_record_(each_record) {
    if (!file_) throw std::runtime_error(file.string() + ": " + std::strerror(errno));
}

journal_export::~journal_export() {
    if (file_) std::fclose(file_);
}

void journal_export::on(const sim::journal_entry& e) {
    names_.on(e);
    line_.clear();
    fmt::format_to(std::back_inserter(line_), "{{\"at\":{},\"who\":", sim::picoseconds_of(e.at));
    quote(line_, names_.path_of(e.who));
    fmt::format_to(std::back_inserter(line_), ",\"record\":\"{}\"", sim::name_of(e.what));
    std::visit(
        [&](const auto& r) {
            r.fields([&](const char* name, const auto& value) {
                using type = std::decay_t<decltype(value)>;
                fmt::format_to(std::back_inserter(line_), ",\"{}\":", name);
                if constexpr (std::is_same_v<type, sim::entity_id>) {
                    quote(line_, names_.path_of(value));
                } else if constexpr (std::is_same_v<type, std::string>) {
                    quote(line_, value);
                } else if constexpr (std::is_same_v<type, bool>) {
                    line_ += value ? "true" : "false";
                } else if constexpr (std::is_same_v<type, sim::duration>) {
                    line_ += std::to_string(value.count());
                } else {
                    line_ += std::to_string(value);
                }
            });
        },
        e.what);
    line_ += "}\n";
    std::fwrite(line_.data(), 1, line_.size(), file_);
    if (each_record_) std::fflush(file_);
}

void journal_export::close() {
    if (!file_) return;
    const bool bad = std::ferror(file_) != 0;
    const bool failed = std::fclose(file_) != 0 || bad;
    file_ = nullptr;
    if (failed) throw std::runtime_error("the journal could not be written completely");
}

}  // namespace dectbed::results
