#include "models/servers/file_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace dectbed::models::servers {

namespace fs = std::filesystem;

namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Resolved, a path must still lie below the root: a symbolic link may point anywhere.
std::optional<fs::path> below(const std::string& root, const std::string& path) {
    std::error_code error;
    const fs::path full = fs::canonical(fs::path(root) / path, error);
    if (error) return std::nullopt;
    const std::string prefix = root == "/" ? root : root + "/";
    if (full.string() != root && full.string().compare(0, prefix.size(), prefix) != 0) return std::nullopt;
    return full;
}

}  // namespace

bool file_folder::open(const std::string& path) {
    seen_.clear();
    root_.clear();
    if (path.empty()) return true;
    std::error_code error;
    const fs::path canonical = fs::canonical(path, error);
    if (error || !fs::is_directory(canonical, error)) return false;
    root_ = canonical.string();
    return true;
}

const std::string* file_folder::find(const std::string& path) {
    const auto relative = relative_path(path);
    if (!relative || relative->empty() || root_.empty()) return nullptr;
    auto it = seen_.find(*relative);
    if (it == seen_.end()) {
        std::optional<std::string> content;
        std::error_code error;
        const auto full = below(root_, *relative);
        if (const auto* image = find_image(images_, *relative)) {
            content = encode_firmware_image(*image);
        } else if (full && fs::is_regular_file(*full, error)) {
            std::ifstream in(*full, std::ios::binary);
            std::ostringstream octets;
            if (in) octets << in.rdbuf();
            if (in) content = octets.str();
        }
        it = seen_.emplace(*relative, std::move(content)).first;
    }
    return it->second ? &*it->second : nullptr;
}

std::optional<std::string> file_folder::list(const std::string& path) const {
    const auto relative = relative_path(path);
    if (!relative || root_.empty()) return std::nullopt;
    const auto full = below(root_, *relative);
    std::error_code error;
    if (!full || !fs::is_directory(*full, error)) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(*full, error)) {
        names.push_back(entry.path().filename().string() + (entry.is_directory(error) ? "/" : ""));
    }
    std::sort(names.begin(), names.end());
    std::string out;
    for (const auto& name : names) out += name + "\r\n";
    return out;
}

std::optional<std::string> relative_path(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (part.empty() || part == ".") continue;
        if (part == "..") return std::nullopt;
        for (const char c : part) {
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\') return std::nullopt;
        }
        out += (out.empty() ? "" : "/") + std::string(part);
    }
    return out;
}

std::string mac_in_file_name(std::string_view path) {
    constexpr std::size_t digits = 12;
    const auto slash = path.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const auto end = std::find_if_not(name.begin(), name.end(), is_hex);
    if (end - name.begin() != static_cast<std::ptrdiff_t>(digits)) return {};
    std::string mac;
    for (std::size_t i = 0; i < digits; i += 2) mac += (i == 0 ? "" : ":") + std::string(name.substr(i, 2));
    std::transform(mac.begin(), mac.end(), mac.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    return mac;
}

}  // namespace dectbed::models::servers
