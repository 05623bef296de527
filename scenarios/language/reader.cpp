#include "scenarios/language/reader.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <filesystem>

#include "scenarios/language/assemble.h"

namespace dectbed::scenarios {

namespace fs = std::filesystem;

location reader::where(std::string path) const {
    while (true) {
        const auto found = places_.find(path);
        if (found != places_.end()) return found->second;
        const auto cut = path.find_last_of(".[");
        if (cut == std::string::npos) break;
        path.resize(cut);
    }
    const auto root = places_.find("");
    return root == places_.end() ? location{main_file_, 1, 1} : root->second;
}

std::string reader::joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

void reader::struct_visitor::report_unknown() {
    for (const member& m : node_.members) {
        if (std::find(known_.begin(), known_.end(), m.key) != known_.end()) continue;
        const std::string path = path_.empty() ? m.key : path_ + "." + m.key;
        reader_.errors_.push_back(
            {m.where, path, fmt::format("unknown key \"{}\"{}", m.key, did_you_mean(m.key, known_))});
    }
}

bool reader::expect(const node& n, const std::string& path, node::kind kind) {
    if (n.what == kind) return true;
    if (n.broken) return false;
    const std::string found = n.what == node::kind::scalar ? fmt::format("\"{}\"", n.text) : to_text(n.what);
    fail(n, path, fmt::format("expected {}, found {}", to_text(kind), found));
    return false;
}

const std::string* reader::scalar(const node& n, const std::string& path, const std::string& expected) {
    if (n.broken) return nullptr;
    if (n.what == node::kind::scalar) return &n.text;
    fail(n, path, fmt::format("expected {}, found {}", expected, to_text(n.what)));
    return nullptr;
}

bool reader::in_range(const node& n, const std::string& path, double v, const spec& s, const std::string& shown) {
    if (v >= s.low && v <= s.high && !(s.low_open && v == s.low)) return true;
    std::string accepted;
    if (std::isfinite(s.low)) accepted = (s.low_open ? "more than " : "at least ") + quantity_text(s.low, s.dim);
    if (std::isfinite(s.high))
        accepted += (accepted.empty() ? "at most " : " and at most ") + quantity_text(s.high, s.dim);
    fail(n, path, fmt::format("\"{}\" is out of range; accepted: {}", shown, accepted));
    return false;
}

bool reader::number(const node& n, const std::string& path, double& out, const spec& s) {
    const auto* written = scalar(n, path, expected_text(s.dim));
    if (!written) return false;
    const quantity_result result = parse_quantity(*written, s.dim);
    if (!result.error.empty()) {
        fail(n, path, result.error);
        return false;
    }
    if (!in_range(n, path, result.value, s, *written)) return false;
    out = result.value;
    return true;
}

void reader::value(const node& n, const std::string& path, bool& out, const spec&) {
    const auto* written = scalar(n, path, "true or false");
    if (!written) return;
    if (*written != "true" && *written != "false") {
        fail(n, path, fmt::format("expected true or false, found \"{}\"", *written));
        return;
    }
    out = *written == "true";
}

void reader::value(const node& n, const std::string& path, std::int64_t& out, const spec& s) {
    double v = 0;
    if (s.dim != dimension::number) {
        if (number(n, path, v, s)) out = std::llround(v);
        return;
    }
    const auto* written = scalar(n, path, "an integer");
    if (!written) return;
    std::int64_t result = 0;
    std::string_view digits = trim(*written);
    int base = 10;
    if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        base = 16;
        digits.remove_prefix(2);
    }
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), result, base);
    if (problem != std::errc{} || end != digits.data() + digits.size()) {
        fail(n, path, fmt::format("expected an integer, found \"{}\"", *written));
        return;
    }
    if (in_range(n, path, static_cast<double>(result), s, *written)) out = result;
}

void reader::value(const node& n, const std::string& path, std::uint64_t& out, const spec& s) {
    auto signed_value = static_cast<std::int64_t>(out);
    value(n, path, signed_value, s);
    out = static_cast<std::uint64_t>(signed_value);
}

void reader::value(const node& n, const std::string& path, int& out, const spec& s) {
    std::int64_t wide = out;
    spec bounded = s;
    bounded.low = std::max(s.low, -2147483648.0);
    bounded.high = std::min(s.high, 2147483647.0);
    value(n, path, wide, bounded);
    out = static_cast<int>(wide);
}

void reader::value(const node& n, const std::string& path, double& out, const spec& s) { number(n, path, out, s); }

void reader::value(const node& n, const std::string& path, std::string& out, const spec& s) {
    const auto* written = scalar(n, path, text_name(s.text));
    if (!written) return;
    out = *written;
    if (s.among) {
        if (std::find(s.among->begin(), s.among->end(), out) == s.among->end())
            fail(n, path, fmt::format("unknown value \"{}\"{}", out, did_you_mean(out, *s.among)));
        return;
    }
    if (const std::string problem = text_problem(out, s.text); !problem.empty()) fail(n, path, problem);
}

void reader::value(const node& n, const std::string& path, sim::duration& out, const spec& s) {
    constexpr double longest_s = 9.2e6;  // sim/time.h
    double seconds = 0;
    spec bounded = s;
    bounded.high = std::min(s.high, longest_s);
    if (number(n, path, seconds, bounded)) out = sim::from_seconds(seconds);
}
void reader::value(const node& n, const std::string& path, sim::bit_rate& out, const spec& s) {
    constexpr double fastest = 1e15;
    double v = 0;
    spec bounded = s;
    bounded.high = std::min(s.high, fastest);
    if (number(n, path, v, bounded)) out.bits_per_second = std::llround(v);
}
void reader::value(const node& n, const std::string& path, sim::dbm& out, const spec& s) {
    double v = 0;
    if (number(n, path, v, s)) out = sim::dbm::of(v);
}
void reader::value(const node& n, const std::string& path, sim::db& out, const spec& s) {
    double v = 0;
    if (number(n, path, v, s)) out = sim::db::of(v);
}

void reader::value(const node& n, const std::string& path, sim::distribution& out, const spec& s) {
    const auto* written = scalar(n, path, expected_text(s.dim) + " or a distribution");
    if (!written) return;
    const double high = s.dim == dimension::time ? std::min(s.high, 9.2e6) : s.high;
    const distribution_result result = parse_distribution(*written, s.dim, s.low, high);
    if (!result.error.empty())
        fail(n, path, result.error);
    else
        out = result.value;
}

void reader::value(const node& n, const std::string& path, sim::position& out, const spec&) {
    constexpr double farthest_m = 1e6;
    if (n.what != node::kind::list || n.items.size() < 2 || n.items.size() > 3) {
        if (!n.broken)
            fail(n, path,
                 fmt::format("expected a place such as [3 m, 4 m] or [3 m, 4 m, 0 m], found {}",
                             n.what == node::kind::list ? fmt::format("a list of {}", n.items.size())
                                                        : std::string(to_text(n.what))));
        return;
    }
    double* const target[] = {&out.x_m, &out.y_m, &out.z_m};
    out.z_m = 0;
    for (std::size_t i = 0; i < n.items.size(); ++i)
        number(n.items[i], fmt::format("{}[{}]", path, i), *target[i], length().from(-farthest_m).to(farthest_m));
}

void reader::value(const node& n, const std::string& path, models::network::ipv4_address& out, const spec&) {
    const auto* written = scalar(n, path, "an IPv4 address such as \"192.0.2.1\"");
    if (!written) return;
    if (const auto parsed = parse_address(*written))
        out = *parsed;
    else
        fail(n, path, fmt::format("\"{}\" is not an IPv4 address such as \"192.0.2.1\"", *written));
}

void reader::value(const node& n, const std::string& path, models::network::mac_address& out, const spec&) {
    const auto* written = scalar(n, path, "a MAC address such as \"02:1b:2c:00:00:01\"");
    if (!written) return;
    const auto parsed = parse_mac(*written);
    if (!parsed)
        fail(n, path, fmt::format("\"{}\" is not a MAC address such as \"02:1b:2c:00:00:01\"", *written));
    else if (parsed->is_group())
        fail(n, path, fmt::format("\"{}\" is a group address; a device needs one of its own", *written));
    else
        out = *parsed;
}

void reader::value(const node& n, const std::string& path, ipv4_network& out, const spec&) {
    const auto* written = scalar(n, path, "a network such as \"192.168.1.0/24\"");
    if (!written) return;
    const auto slash = written->find('/');
    const auto address = parse_address(written->substr(0, slash));
    int prefix = -1;
    if (slash != std::string::npos) {
        const char* first = written->data() + slash + 1;
        const char* last = written->data() + written->size();
        if (std::from_chars(first, last, prefix).ptr != last) prefix = -1;
    }
    if (!address || prefix < 1 || prefix > 30) {
        fail(n, path, fmt::format("\"{}\" is not a network such as \"192.168.1.0/24\" (prefix 1 to 30)", *written));
        return;
    }
    out = {*address, prefix};
    if ((address->value & ~out.mask()) != 0)
        fail(n, path, fmt::format("\"{}\" has host bits set; the network's first address is wanted", *written));
}

void reader::value(const node& n, const std::string& path, ipv4_range& out, const spec&) {
    const auto* written = scalar(n, path, "a range such as \"192.168.1.100-192.168.1.199\"");
    if (!written) return;
    const auto dash = written->find('-');
    const auto first = parse_address(trim(std::string_view(*written).substr(0, dash)));
    const auto last =
        dash == std::string::npos ? std::nullopt : parse_address(trim(std::string_view(*written).substr(dash + 1)));
    if (!first || !last)
        fail(n, path, fmt::format("\"{}\" is not a range such as \"192.168.1.100-192.168.1.199\"", *written));
    else if (*last < *first)
        fail(n, path, fmt::format("\"{}\" ends before it starts", *written));
    else
        out = {*first, *last};
}

void reader::value(const node& n, const std::string& path, instant& out, const spec&) {
    const auto* written = scalar(n, path, "a moment such as \"2026-03-02T08:00:00Z\"");
    if (!written) return;
    if (const auto parsed = parse_instant(*written))
        out = *parsed;
    else
        fail(n, path, fmt::format("\"{}\" is not a moment in UTC such as \"2026-03-02T08:00:00Z\"", *written));
}

void reader::value(const node& n, const std::string& path, file_ref& out, const spec&) {
    const auto* written = scalar(n, path, "the path of a file or folder");
    if (!written) return;
    if (written->empty()) {
        fail(n, path, "the path is empty");
        return;
    }
    // What --set names is relative to where the command is typed; what a file names, to that file.
    const bool typed = n.where.file.rfind("--set ", 0) == 0;
    const std::string found = typed ? *written : beside(n.where.file, *written);
    std::error_code ignored;
    const fs::path whole = fs::absolute(found, ignored).lexically_normal();
    const fs::path home = fs::absolute(folder_of(main_file_), ignored).lexically_normal();
    out.path = whole.string();
    out.shown = whole.lexically_proximate(home).string();
    if (!fs::exists(whole, ignored))
        fail(n, path, fmt::format("\"{}\" does not exist (looked for {})", *written, found));
}

void reader::value(const node& n, const std::string& path, firmware_choice& out, const spec& s) {
    out = {};
    if (n.what == node::kind::map) {
        firmware_form form;
        const std::size_t errors = errors_.size();
        value(n, path, form, plain());
        if (errors_.size() != errors) return;
        out = firmware_of(form);
        check_firmware_file(n, path, out, form.program.has_value());
        return;
    }
    const auto* written = scalar(n, path, "the name of a firmware, or the path of a shared library or program");
    if (!written) return;
    const auto& names = builtin_firmwares();
    if (std::find(names.begin(), names.end(), *written) != names.end()) {
        out.builtin = *written;
        return;
    }
    const bool looks_like_path = written->find('/') != std::string::npos || written->find(".so") != std::string::npos;
    if (!looks_like_path)
        fail(n, path, fmt::format("unknown firmware \"{}\"{}", *written, did_you_mean(*written, names)));
    else {
        const std::size_t errors = errors_.size();
        value(n, path, out.file, s);
        if (errors_.size() == errors)
            check_firmware_file(n, path, out,
                                fs::path(out.file.path).filename().string().find(".so") == std::string::npos);
    }
}

void reader::check_firmware_file(const node& n, const std::string& path, const firmware_choice& f, bool program) {
    std::error_code ignored;
    if (fs::is_directory(f.file.path, ignored))
        fail(n, path, fmt::format("\"{}\" is a folder", f.file.shown));
    else if (program && ::access(f.file.path.c_str(), X_OK) != 0)
        fail(n, path,
             fmt::format("\"{}\" is neither a shared library (\"*.so\") nor a program that may be executed",
                         f.file.shown));
}

void reader::value(const node& n, const std::string& path, selection& out, const spec&) {
    out = {};
    std::vector<const node*> terms;
    if (n.what == node::kind::list)
        for (const node& i : n.items) terms.push_back(&i);
    else
        terms.push_back(&n);
    std::string shown;
    for (const node* t : terms) {
        const auto* written = scalar(*t, path, "devices such as \"all\", \"own\", \"base[3]\" or \"handset[0..4]\"");
        if (!written) continue;
        std::string device;
        selection::term term;
        if (const std::string problem = parse_selection_term(*written, device, term); !problem.empty()) {
            fail(*t, path, problem);
            continue;
        }
        if (!device.empty() && !out.device.empty() && device != out.device)
            fail(*t, path, "bases and handsets cannot be mixed");
        if (!device.empty()) out.device = device;
        out.terms.push_back(term);
        shown += (shown.empty() ? "" : ", ") + *written;
    }
    out.text = shown;
}

void reader::value(const node& n, const std::string& path, placement& out, const spec&) {
    placement_form form;
    if (n.what == node::kind::list) {  // short for {at: ...}
        value(n, path, form.at.emplace(), length());
        out = placement_of(form);
        return;
    }
    const std::size_t errors = errors_.size();
    value(n, path, form, plain());
    if (errors_.size() == errors) out = placement_of(form);
}

void reader::value(const node& n, const std::string& path, how_many_text& out, const spec&) {
    const auto* written = scalar(n, path, "all, none or a number such as \">= 9\"");
    if (!written) return;
    if (const std::string problem = parse_how_many(*written, out.value); !problem.empty()) fail(n, path, problem);
}

void reader::value(const node& n, const std::string& path, limit_text& out, const spec& s) {
    const auto* written = scalar(n, path, fmt::format("a limit such as \"< {}\"", example_of(s.dim)));
    if (!written) return;
    if (const std::string problem = parse_limit(*written, s, out.value); !problem.empty()) fail(n, path, problem);
}

void reader::value(const node& n, const std::string& path, bound_clause& out, const spec&) {
    out = {};
    if (n.what == node::kind::map)
        value(n, path, out.record.emplace(), plain());
    else
        value(n, path, out.at.emplace(), time());
}

}  // namespace dectbed::scenarios
