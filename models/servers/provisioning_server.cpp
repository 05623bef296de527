#include "models/servers/provisioning_server.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "sim/wall_clock.h"

namespace dectbed::models::servers {

namespace fs = std::filesystem;

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Percent-decoding (RFC 3986, 2.1).
std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

std::string canonical_root(const std::string& directory, const std::string& who) {
    if (directory.empty()) return {};
    std::error_code error;
    const fs::path root = fs::canonical(directory, error);
    if (error || !fs::is_directory(root, error)) throw sim::run_failure(who, "no directory \"" + directory + "\"");
    return root.string();
}

}  // namespace

std::optional<std::string> safe_path(std::string_view target) {
    // The absolute form "http://host/path" is allowed in a request too (RFC 9112, 3.2.2).
    constexpr std::string_view scheme = "http://";
    if (target.substr(0, scheme.size()) == scheme) {
        const auto slash = target.find('/', scheme.size());
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    if (target.empty() || target.front() != '/') return std::nullopt;
    const auto path = decoded(target.substr(0, target.find_first_of("?#")));
    if (!path) return std::nullopt;
    std::string clean;
    std::size_t begin = 0;
    while (begin <= path->size()) {
        const auto end = std::min(path->find('/', begin), path->size());
        const std::string_view part = std::string_view(*path).substr(begin, end - begin);
        if (part == "..") return std::nullopt;
        for (char c : part) {
            if (static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7F) return std::nullopt;
        }
        if (!part.empty() && part != ".") {
            if (!clean.empty()) clean += '/';
            clean += part;
        }
        begin = end + 1;
    }
    return clean;
}

const char* content_type_of(std::string_view path) {
    const auto dot = path.rfind('.');
    const std::string_view extension = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    if (extension == "cfg" || extension == "txt" || extension == "conf" || extension == "ini") return "text/plain";
    if (extension == "xml") return "application/xml";
    if (extension == "json") return "application/json";
    if (extension == "csv") return "text/csv";
    return "application/octet-stream";
}

provisioning_server::provisioning_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                                         provisioning_parameters parameters)
    : simulation_(s),
      parameters_(std::move(parameters)),
      root_(canonical_root(parameters_.directory, s.journal().path_of(who))),
      http_(s, who, stack, parameters_.http,
            http_site{[this](const http_exchange& x) { return serve(x); }, {}, {}, {}}) {
    const std::string path = s.journal().path_of(who);
    s.faults().offer(who, "change_files", [this, path](const sim::fault_arguments&, bool begin) -> std::string {
        if (parameters_.changed_directory.empty()) return "it has no changed_files";
        root_ = canonical_root(begin ? parameters_.changed_directory : parameters_.directory, path);
        seen_.clear();
        return {};
    });
}

http_answer provisioning_server::serve(const http_exchange& x) {
    http_answer a;
    if (x.request.method != "GET" && x.request.method != "HEAD") {
        a.response.status = 405;
        a.response.fields.emplace_back("Allow", "GET, HEAD");
        a.verdict = "bad request";
        return a;
    }
    const auto path = safe_path(x.request.target);
    if (!path) {
        a.response.status = 400;
        a.verdict = "bad request";
        return a;
    }
    const representation* f = find(*path);
    if (f == nullptr) {
        a.response.status = 404;
        a.verdict = "not found";
        return a;
    }
    answer_with(*f, x.request, a.response, a.verdict);
    return a;
}

const representation* provisioning_server::find(const std::string& path) {
    auto it = seen_.find(path);
    if (it == seen_.end()) {
        std::optional<representation> entry;
        if (auto content = read(path)) {
            const std::string etag = fmt::format("\"{:016x}\"", XXH3_64bits(content->data(), content->size()));
            entry = representation{std::make_shared<const std::string>(std::move(*content)), etag,
                                   parameters_.modified_unix_s.value_or(sim::start_unix_s(simulation_)),
                                   content_type_of(path)};
        }
        it = seen_.emplace(path, std::move(entry)).first;
    }
    return it->second ? &*it->second : nullptr;
}

std::optional<std::string> provisioning_server::read(const std::string& path) const {
    const auto given = parameters_.files.find(path);
    if (given != parameters_.files.end()) return given->second;
    if (const auto* image = find_image(parameters_.images, path)) return encode_firmware_image(*image);
    if (root_.empty() || path.empty()) return std::nullopt;
    std::error_code error;
    const fs::path full = fs::canonical(fs::path(root_) / path, error);
    if (error || !fs::is_regular_file(full, error) || error) return std::nullopt;
    // Resolved, it must still lie below the root: a symbolic link may point anywhere.
    const std::string prefix = root_ == "/" ? root_ : root_ + "/";
    if (full.string().compare(0, prefix.size(), prefix) != 0) return std::nullopt;
    std::ifstream in(full, std::ios::binary);
    if (!in) return std::nullopt;
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
}

}  // namespace dectbed::models::servers
