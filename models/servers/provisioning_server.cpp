#include "models/servers/provisioning_server.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <utility>

#include "sim/wall_clock.h"

namespace dectbed::models::servers {

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
      who_(who),
      parameters_(std::move(parameters)),
      http_(s, who, stack, parameters_.http,
            http_site{[this](const http_exchange& x) { return serve(x); }, {}, {}, {}}) {
    folder_.offer(parameters_.images);
    open(parameters_.directory);
    s.faults().offer(who, "change_files", [this](const sim::fault_arguments&, bool begin) -> std::string {
        if (parameters_.changed_directory.empty()) return "it has no changed_files";
        open(begin ? parameters_.changed_directory : parameters_.directory);
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

void provisioning_server::open(const std::string& directory) {
    if (!folder_.open(directory))
        throw sim::run_failure(simulation_.journal().path_of(who_), "no directory \"" + directory + "\"");
    seen_.clear();
}

const representation* provisioning_server::find(const std::string& path) {
    const auto known = seen_.find(path);
    if (known != seen_.end()) return &known->second;
    const auto given = parameters_.files.find(path);
    const auto content =
        given != parameters_.files.end() ? std::make_shared<const std::string>(given->second) : folder_.find(path);
    if (content == nullptr) return nullptr;
    const std::string etag = fmt::format("\"{:016x}\"", XXH3_64bits(content->data(), content->size()));
    const auto modified = parameters_.modified_unix_s.value_or(sim::start_unix_s(simulation_));
    return &seen_.emplace(path, representation{content, etag, modified, content_type_of(path)}).first->second;
}

}  // namespace dectbed::models::servers
