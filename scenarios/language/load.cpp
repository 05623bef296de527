#include "scenarios/language/load.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "scenarios/language/assemble.h"
#include "scenarios/language/reader.h"
#include "scenarios/language/resolve.h"
#include "scenarios/language/writer.h"

namespace dectbed::scenarios {

namespace fs = std::filesystem;

namespace {

struct key_collector {
    std::vector<std::string> keys;
    template <class T>
    void operator()(const char* key, const T&, const spec&, const char*) {
        keys.emplace_back(key);
    }
    void when(bool, const char*) {}
    template <class F>
    void rule(const char*, F) {}
};

std::vector<std::string> top_level_keys() {
    scenario defaults;
    key_collector collector;
    describe(collector, defaults);
    collector.keys.emplace_back("parameters");
    return collector.keys;
}

// What cannot be taken as a name of the language in a file's stem becomes '_'.
std::string name_from(const std::string& path) {
    std::string name = fs::path(path).stem().string();
    for (char& c : name) {
        const bool ok =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!ok) c = '_';
    }
    if (name.empty() || !((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z'))) name = "s_" + name;
    return name;
}

std::vector<override_setting> read_settings(const std::vector<std::string>& settings, diagnostics& errors) {
    std::vector<override_setting> out;
    for (const std::string& text : settings) {
        override_setting setting;
        if (parse_override(text, setting))
            out.push_back(std::move(setting));
        else
            errors.push_back({{"--set " + text, 1, 1}, "", "expected path=value, such as sites.office.bases.count=20"});
    }
    return out;
}

load_result failed(diagnostics errors) {
    sort_for_reading(errors);
    return errors;
}

}  // namespace

load_result load_text(const std::string& text, const std::string& path, const std::vector<std::string>& settings) {
    diagnostics errors;
    assembled tree = assemble(path, text, errors);
    if (tree.incomplete) return failed(std::move(errors));
    if (tree.abstract)
        errors.push_back({{path, 1, 1}, "abstract", "this file is a part for others to extend, it cannot be run"});
    apply_overrides(tree.root, read_settings(settings, errors), top_level_keys(), errors);
    substitute_parameters(tree.root, errors);

    scenario s;
    tree.root.erase("dectbed");
    reader read(path, errors);
    read.read(tree.root, "", s);
    if (s.name.empty()) s.name = name_from(path);
    s.file = {fs::path(path).filename().string(), path};

    checker check(read, errors);
    complete(s, check, errors);
    check_world(s, check);
    resolve_timeline(s, check);
    resolve_expectations(s, check);
    if (!errors.empty()) return failed(std::move(errors));
    return s;
}

load_result load(const std::string& path, const std::vector<std::string>& settings) {
    std::string text;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored) || !read_text_file(path, text))
        return diagnostics{{{path, 0, 0}, "", fs::is_directory(path, ignored) ? "is a folder" : "cannot be read"}};
    return load_text(text, path, settings);
}

bool is_abstract(const std::string& path) {
    std::string text;
    if (!read_text_file(path, text)) return false;
    diagnostics ignored;
    const node root = parse_yaml(text, path, ignored);
    const node* abstract = root.find("abstract");
    return abstract && abstract->text == "true";
}

std::vector<std::string> scenario_files(const std::string& path) {
    if (!fs::is_directory(path)) return {path};
    std::vector<std::string> out;
    std::error_code ignored;
    for (fs::recursive_directory_iterator it(path, ignored), end; it != end; it.increment(ignored)) {
        if (it->path().extension() == ".yaml" && it->is_regular_file() && !is_abstract(it->path().string()))
            out.push_back(it->path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string dump_resolved(const scenario& s) {
    node root = writer::write(s);
    root.members.insert(root.members.begin(), {"dectbed", {}, node::of_text("1")});
    return to_yaml(root);
}

std::vector<std::pair<std::string, std::string>> firmware_hashes(const scenario& s) {
    std::vector<std::pair<std::string, std::string>> out;
    const auto add = [&](const file_ref& file) {
        const auto known = [&](const auto& one) { return one.first == file.shown; };
        if (file.path.empty() || std::any_of(out.begin(), out.end(), known)) return;
        std::string content;
        if (!read_text_file(file.path, content)) {
            out.emplace_back(file.shown, "");
            return;
        }
        const XXH128_hash_t hash = XXH3_128bits(content.data(), content.size());
        out.emplace_back(file.shown, fmt::format("{:016x}{:016x}", hash.high64, hash.low64));
    };
    for (const auto& [key, where] : s.sites) {
        for (const auto& b : where.bases) {
            add(b.firmware.file);
            if (b.update) add(b.update->firmware.file);
        }
        for (const auto& h : where.handsets) add(h.firmware.file);
    }
    return out;
}

std::string scenario_digest(const scenario& s) {
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
    XXH3_128bits_reset(state.get());
    // Each part with its length, so that no two lists of parts look alike.
    const auto add = [&](const std::string& part) {
        const std::string length = std::to_string(part.size()) + ":";
        XXH3_128bits_update(state.get(), length.data(), length.size());
        XXH3_128bits_update(state.get(), part.data(), part.size());
    };
    // A firmware from a file stands for the one its devices would have otherwise: where it lies and how it is attached
    // says nothing of what it does, so the same firmware gives the same digests in every way.
    scenario told = s;
    for (auto& [name, site] : told.sites) {
        (void)name;
        for (auto& b : site.bases) {
            if (b.firmware.builtin.empty()) b.firmware = base_population{}.firmware;
            if (b.update && b.update->firmware.builtin.empty()) b.update->firmware = base_population{}.firmware;
        }
        for (auto& h : site.handsets)
            if (h.firmware.builtin.empty()) h.firmware = handset_population{}.firmware;
    }
    add(dump_resolved(told));
    for (const auto& [key, server] : s.servers) {
        if (!server.files) continue;
        std::vector<std::string> files;
        std::error_code ignored;
        for (fs::recursive_directory_iterator it(server.files->path, ignored), end; it != end; it.increment(ignored))
            if (it->is_regular_file()) files.push_back(it->path().string());
        std::sort(files.begin(), files.end());
        for (const std::string& file : files) {
            std::string content;
            read_text_file(file, content);
            add(fs::path(file).lexically_relative(server.files->path).generic_string());
            add(content);
        }
    }
    const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace dectbed::scenarios
