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
    names_.clear();
    root_.clear();
    if (path.empty()) return true;
    std::error_code error;
    const fs::path canonical = fs::canonical(path, error);
    if (error || !fs::is_directory(canonical, error)) return false;
    root_ = canonical.string();
    return true;
}

std::shared_ptr<const std::string> file_folder::find(const std::string& path) {
    const auto relative = relative_path(path);
    if (!relative || relative->empty()) return nullptr;
    const auto it = seen_.find(*relative);
    if (it != seen_.end()) return it->second;
    const auto* image = find_image(images_, *relative);
    if (image == nullptr && !lists(*relative)) return nullptr;
    std::shared_ptr<const std::string> content;
    std::error_code error;
    if (image != nullptr) {
        content = std::make_shared<const std::string>(encode_firmware_image(*image));
    } else if (const auto full = below(root_, *relative); full && fs::is_regular_file(*full, error)) {
        std::ifstream in(*full, std::ios::binary);
        std::ostringstream octets;
        if (in) octets << in.rdbuf();
        if (in) content = std::make_shared<const std::string>(octets.str());
    }
    return seen_.emplace(*relative, std::move(content)).first->second;
}

/// Something of that name, be it a file or not, stands in its folder; only folders that exist are remembered.
bool file_folder::lists(const std::string& relative) {
    if (root_.empty()) return false;
    const auto slash = relative.rfind('/');
    const std::string_view folder =
        slash == std::string::npos ? std::string_view() : std::string_view(relative).substr(0, slash);
    const std::string name = slash == std::string::npos ? relative : relative.substr(slash + 1);
    auto known = names_.find(folder);
    if (known == names_.end()) {
        const std::string path(folder);
        if (!path.empty() && !lists(path)) return false;
        std::set<std::string> names;
        std::error_code error;
        if (const auto full = below(root_, path); full && fs::is_directory(*full, error)) {
            for (const auto& entry : fs::directory_iterator(*full, error)) names.insert(entry.path().filename());
        }
        known = names_.emplace(path, std::move(names)).first;
    }
    return known->second.count(name) != 0;
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
