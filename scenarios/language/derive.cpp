#include "scenarios/language/derive.h"

#include <filesystem>
#include <stdexcept>

#include "scenarios/language/assemble.h"
#include "scenarios/language/document.h"

namespace dectbed::scenarios {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> steps_of(const std::string& path) {
    std::vector<std::string> out{""};
    for (const char c : path) {
        if (c == '.' || c == '[')
            out.emplace_back();
        else if (c != ']')
            out.back() += c;
    }
    return out;
}

node value_of(const std::string& text, diagnostics& errors) {
    const char first = text.empty() ? ' ' : text.front();
    if (first == '[' || first == '{' || first == '"' || first == '\'') return parse_yaml(text, "--set", errors);
    std::error_code ignored;
    if (text.find('/') != std::string::npos && fs::exists(text, ignored))
        return node::of_text(fs::absolute(text).lexically_normal().string());
    node out = node::of_text(text);
    if (text == "~") out.what = node::kind::null;
    return out;
}

/// What a setting means, as keys of an extending file: where `below` has a list of named items, an item of that name.
node nested(const node* below, const std::vector<std::string>& steps, std::size_t at, node value) {
    if (at == steps.size()) return value;
    if (below && below->what == node::kind::list) {
        const node* item = nullptr;
        for (const node& i : below->items) {
            const node* name = i.find("name");
            if (name && name->text == steps[at]) item = &i;
        }
        node inner = nested(item, steps, at + 1, std::move(value));
        if (inner.what != node::kind::map) inner = node::map();
        inner.members.insert(inner.members.begin(), {"name", {}, node::of_text(steps[at])});
        node out = node::list();
        out.items.push_back(std::move(inner));
        return out;
    }
    node out = node::map();
    const node* next = below ? below->find(steps[at]) : nullptr;
    out.set(steps[at], nested(next, steps, at + 1, std::move(value)));
    return out;
}

/// Onto what the file has so far. "timeline+" stays what it is: it is for whoever reads the file.
void put(node& own, member m) {
    if (m.key.size() > 1 && m.key.back() == '+') {
        node* same = own.find(m.key);
        if (same && same->what == node::kind::list && m.value.what == node::kind::list) {
            for (node& item : m.value.items) same->items.push_back(std::move(item));
        } else {
            own.set(m.key, std::move(m.value));
        }
        return;
    }
    node one = node::map();
    one.set(m.key, std::move(m.value));
    merge(own, std::move(one));
}

}  // namespace

std::string derive(const std::string& file, const std::vector<std::string>& settings, const std::string& changes,
                   const std::string& as) {
    diagnostics errors;
    std::string text;
    if (!read_text_file(file, text)) throw std::runtime_error(file + ": cannot be read");
    const assembled base = assemble(file, text, errors);
    const node* parameters = base.root.find("parameters");
    node own = node::map();
    for (const std::string& written : settings) {
        override_setting s;
        if (!parse_override(written, s)) continue;  // refused where it was loaded
        auto steps = steps_of(s.path);
        if (steps.size() == 1 && parameters && parameters->find(steps[0])) steps = {"parameters", steps[0], "default"};
        node one = nested(&base.root, steps, 0, value_of(s.value, errors));
        put(own, std::move(one.members.front()));
    }
    node more = parse_yaml(changes, as, errors);
    if (!errors.empty()) throw std::runtime_error(to_text(errors.front()));
    for (member& m : more.members) put(own, std::move(m));
    node root = node::map();
    root.set("dectbed", node::of_text("1"));
    const fs::path folder = fs::absolute(as).parent_path();
    const fs::path relative = fs::absolute(file).lexically_normal().lexically_relative(folder.lexically_normal());
    root.set("extends", node::of_text(relative.generic_string()));
    for (member& m : own.members) root.set(m.key, std::move(m.value));
    return to_yaml(root);
}

}  // namespace dectbed::scenarios
