#include "scenarios/language/assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "scenarios/language/quantity.h"

namespace dectbed::scenarios {

namespace fs = std::filesystem;

std::string folder_of(const std::string& file) {
    const std::string folder = fs::path(file).parent_path().string();
    return folder.empty() ? "." : folder;
}
std::string beside(const std::string& base, const std::string& path) {
    if (fs::path(path).is_absolute()) return path;
    const fs::path folder = fs::path(base).parent_path();
    return (folder.empty() ? fs::path(path) : folder / path).lexically_normal().string();
}

bool parse_override(std::string_view text, override_setting& out) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || trim(text.substr(0, equals)).empty()) return false;
    out.path = std::string(trim(text.substr(0, equals)));
    out.value = std::string(trim(text.substr(equals + 1)));
    return true;
}

// --- merging ------------------------------------------------------------------------------------------

namespace {
std::string name_of_item(const node& item) {
    const node* name = item.find("name");
    return name && name->what == node::kind::scalar ? name->text : "";
}
bool merges_by_name(const node& list) {
    return !list.items.empty() && std::all_of(list.items.begin(), list.items.end(), [](const node& i) {
        return i.what == node::kind::map && !name_of_item(i).empty();
    });
}
bool is_dropped(const node& item) {
    const node* drop = item.find("drop");
    return drop && drop->what == node::kind::scalar && drop->text == "true";
}

// Empty values and dropped items say "without": nothing of them may stay, also where nothing lay below.
void remove_withdrawn(node& n) {
    n.members.erase(std::remove_if(n.members.begin(), n.members.end(),
                                   [](const member& m) { return m.value.what == node::kind::null; }),
                    n.members.end());
    n.items.erase(std::remove_if(n.items.begin(), n.items.end(), is_dropped), n.items.end());
    for (member& m : n.members) remove_withdrawn(m.value);
    for (node& i : n.items) remove_withdrawn(i);
}

void merge_lists_by_name(node& below, node above) {
    for (node& item : above.items) {
        const std::string name = name_of_item(item);
        const auto same = std::find_if(below.items.begin(), below.items.end(),
                                       [&](const node& i) { return name_of_item(i) == name; });
        if (same == below.items.end())
            below.items.push_back(std::move(item));
        else
            merge(*same, std::move(item));
    }
}
}  // namespace

namespace {
/// "timeline+": what is written there comes behind the list that lies below.
void append(node& below, member m) {
    m.key.pop_back();
    node* old = below.find(m.key);
    if (!old) {
        below.members.push_back(std::move(m));
    } else if (old->what == node::kind::list && m.value.what == node::kind::list) {
        for (node& item : m.value.items) old->items.push_back(std::move(item));
    } else {
        merge(*old, std::move(m.value));
    }
}
}  // namespace

void merge(node& below, node above) {
    if (below.what == node::kind::map && above.what == node::kind::map) {
        for (member& m : above.members) {
            if (m.key.size() > 1 && m.key.back() == '+')
                append(below, std::move(m));
            else if (node* old = below.find(m.key))
                merge(*old, std::move(m.value));
            else
                below.members.push_back(std::move(m));
        }
        below.where = above.where;
        return;
    }
    if (below.what == node::kind::list && above.what == node::kind::list && merges_by_name(below) &&
        merges_by_name(above)) {
        merge_lists_by_name(below, std::move(above));
        return;
    }
    below = std::move(above);
}

// --- extends ------------------------------------------------------------------------------------------

namespace {
constexpr std::size_t extends_depth_max = 16;

class assembler {
  public:
    explicit assembler(diagnostics& errors) : errors_(errors) {}

    node load(const std::string& file, const std::string& text) {
        files.push_back(file);
        open_.push_back(fs::path(file).lexically_normal().string());
        const std::size_t errors_before = errors_.size();
        node own = parse_yaml(text, file, errors_);
        if (own.what != node::kind::map && errors_.size() > errors_before) incomplete = true;
        if (own.what == node::kind::null && own.where.line == 0) own.where = {file, 1, 1};
        node whole = own.what == node::kind::map ? with_extended(std::move(own)) : std::move(own);
        if (whole.what != node::kind::map && !incomplete) {
            incomplete = true;
            errors_.push_back({whole.where, "",
                               fmt::format("a scenario is a mapping that starts with \"dectbed: 1\", this is {}",
                                           to_text(whole.what))});
        }
        open_.pop_back();
        return whole;
    }

    std::vector<std::string> files;
    bool incomplete = false;

  private:
    node with_extended(node own) {
        check_version(own);
        std::vector<node> names;
        if (const node* extends = own.find("extends")) {
            if (extends->what == node::kind::list)
                names = extends->items;
            else
                names = {*extends};
        }
        own.erase("extends");
        node whole = node::map(own.where);
        for (const node& name : names) merge(whole, extended(name));
        merge(whole, std::move(own));
        return whole;
    }

    void check_version(const node& own) {
        const node* version = own.find("dectbed");
        if (!version)
            errors_.push_back({own.where, "dectbed", "is missing; a scenario starts with \"dectbed: 1\""});
        else if (version->what != node::kind::scalar || version->text != "1")
            errors_.push_back(
                {version->where, "dectbed",
                 fmt::format("unknown version \"{}\" of the scenario language; this program knows 1", version->text)});
    }

    node extended(const node& name) {
        node none = node::map(name.where);
        const std::size_t errors_before = errors_.size();
        node below = read_extended(name);
        if (errors_.size() > errors_before && below.what != node::kind::map) incomplete = true;
        if (below.what != node::kind::map) return none;
        // What belongs to one file only.
        for (const char* own : {"abstract", "name", "dectbed"}) below.erase(own);
        return below;
    }

    node read_extended(const node& name) {
        const node none;
        if (name.what != node::kind::scalar) {
            errors_.push_back(
                {name.where, "extends", fmt::format("expected the name of a file, found {}", to_text(name.what))});
            return none;
        }
        const std::string path = beside(name.where.file, name.text);
        if (std::find(open_.begin(), open_.end(), fs::path(path).lexically_normal().string()) != open_.end()) {
            errors_.push_back({name.where, "extends", fmt::format("\"{}\" extends itself", name.text)});
            return none;
        }
        std::string text;
        std::error_code ignored;  // of a name that no file system can have
        if (open_.size() >= extends_depth_max || !fs::is_regular_file(path, ignored) || !read_text_file(path, text)) {
            errors_.push_back({name.where, "extends", fmt::format("cannot read \"{}\"", path)});
            return none;
        }
        return load(path, text);
    }

    diagnostics& errors_;
    std::vector<std::string> open_;
};
}  // namespace

assembled assemble(const std::string& file, const std::string& text, diagnostics& errors) {
    assembler work(errors);
    assembled out;
    out.root = work.load(file, text);
    out.files = std::move(work.files);
    out.incomplete = work.incomplete;
    if (out.root.what != node::kind::map) out.root = node::map({file, 1, 1});
    if (const node* abstract = out.root.find("abstract")) {
        out.abstract = abstract->text == "true";
        if (abstract->text != "true" && abstract->text != "false")
            errors.push_back(
                {abstract->where, "abstract", fmt::format("expected true or false, found \"{}\"", abstract->text)});
    }
    out.root.erase("abstract");
    remove_withdrawn(out.root);
    return out;
}

// --- overrides ----------------------------------------------------------------------------------------

namespace {
// "bases[2]" is written for "bases.2" too.
std::vector<std::string> split_path(const std::string& path) {
    std::vector<std::string> out{""};
    for (char c : path) {
        if (c == '.' || c == '[')
            out.emplace_back();
        else if (c != ']')
            out.back() += c;
    }
    return out;
}

node override_value(const override_setting& setting, diagnostics& errors) {
    const location where{"--set " + setting.path, 1, 1};
    const char first = setting.value.empty() ? ' ' : setting.value.front();
    // Only what is clearly YAML is read as such: a limit such as ">= 3" is a text, not a block scalar.
    if (first != '[' && first != '{' && first != '"' && first != '\'') return node::of_text(setting.value, where);
    return parse_yaml(setting.value, where.file, errors);
}

node* item_of(node& list, const std::string& step) {
    std::size_t index = 0;
    const auto [end, problem] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (problem == std::errc{} && end == step.data() + step.size())
        return index < list.items.size() ? &list.items[index] : nullptr;
    for (node& i : list.items)
        if (name_of_item(i) == step) return &i;
    return nullptr;
}

void apply_override(node& root, const override_setting& setting, diagnostics& errors) {
    const location where{"--set " + setting.path, 1, 1};
    if (setting.path.back() == '+' && setting.path.find('.') == std::string::npos) {
        node added = node::map(where);
        added.set(setting.path, override_value(setting, errors), where);
        merge(root, std::move(added));
        return;
    }
    const auto steps = split_path(setting.path);
    node* at = &root;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const bool last = i + 1 == steps.size();
        node* next = nullptr;
        if (at->what == node::kind::list) {
            next = item_of(*at, steps[i]);
            if (!next) {
                std::vector<std::string> known;
                for (const node& item : at->items)
                    if (const std::string name = name_of_item(item); !name.empty()) known.push_back(name);
                errors.push_back({where, setting.path,
                                  fmt::format("the list has {} items and none is \"{}\"{}", at->items.size(), steps[i],
                                              did_you_mean(steps[i], known))});
                return;
            }
        } else {
            if (at->what != node::kind::map) *at = node::map(where);
            next = at->find(steps[i]);
            if (!next) next = &at->set(steps[i], node::map(where), where);
        }
        if (last) *next = override_value(setting, errors);
        at = next;
    }
    if (at->what == node::kind::scalar && at->text == "~" && !at->quoted) at->what = node::kind::null;
}
}  // namespace

void apply_overrides(node& root, const std::vector<override_setting>& settings,
                     const std::vector<std::string>& top_level_keys, diagnostics& errors) {
    for (const override_setting& setting : settings) {
        auto steps = split_path(setting.path);
        if (steps.size() == 1 && steps[0].size() > 1 && steps[0].back() == '+') steps[0].pop_back();
        node* parameters = root.find("parameters");
        const bool is_key = std::find(top_level_keys.begin(), top_level_keys.end(), steps[0]) != top_level_keys.end();
        if (is_key && steps[0] != "parameters") {
            apply_override(root, setting, errors);
            continue;
        }
        if (steps.size() == 1 && parameters && parameters->what == node::kind::map && parameters->find(steps[0])) {
            node& declared = *parameters->find(steps[0]);
            const location where{"--set " + setting.path, 1, 1};
            if (declared.what != node::kind::map) declared = node::map(where);
            declared.set("default", node::of_text(setting.value, where), where);
            continue;
        }
        if (steps[0] == "parameters") {  // the way it is written in the file, but set by its bare name
            errors.push_back({{"--set " + setting.path, 1, 1},
                              setting.path,
                              fmt::format("a parameter is set by its name alone; expected --set {}={}",
                                          steps.size() > 1 ? steps[1] : "NAME", setting.value)});
            continue;
        }
        std::vector<std::string> known = top_level_keys;
        if (parameters)
            for (const member& m : parameters->members) known.push_back(m.key);
        errors.push_back({{"--set " + setting.path, 1, 1},
                          setting.path,
                          fmt::format("neither a parameter nor a key of a scenario is called \"{}\"{}", steps[0],
                                      did_you_mean(steps[0], known))});
    }
    remove_withdrawn(root);
}

}  // namespace dectbed::scenarios
