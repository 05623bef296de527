#include "scenarios/language/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace dectbed::scenarios {

const node* node::find(std::string_view key) const {
    for (const member& m : members)
        if (m.key == key) return &m.value;
    return nullptr;
}
node* node::find(std::string_view key) { return const_cast<node*>(static_cast<const node*>(this)->find(key)); }

void node::erase(std::string_view key) {
    members.erase(std::remove_if(members.begin(), members.end(), [&](const member& m) { return m.key == key; }),
                  members.end());
}

node& node::set(std::string key, node value, location key_at) {
    if (node* old = find(key)) {
        *old = std::move(value);
        return *old;
    }
    members.push_back({std::move(key), std::move(key_at), std::move(value)});
    return members.back().value;
}

node node::of_text(std::string text, location where) {
    node n;
    n.what = kind::scalar;
    n.text = std::move(text);
    n.where = std::move(where);
    return n;
}
node node::list(location where) {
    node n;
    n.what = kind::list;
    n.where = std::move(where);
    return n;
}
node node::map(location where) {
    node n;
    n.what = kind::map;
    n.where = std::move(where);
    return n;
}

const char* to_text(node::kind k) {
    switch (k) {
        case node::kind::null:
            return "nothing";
        case node::kind::scalar:
            return "a text";
        case node::kind::list:
            return "a list";
        case node::kind::map:
            return "a mapping";
    }
    return "";
}

namespace {

// Aliases copy what they name, so a short file can unfold into a long one.
constexpr std::size_t nodes_max = 500'000;

std::size_t size_of(const node& n) {
    std::size_t total = 1;
    for (const node& i : n.items) total += size_of(i);
    for (const member& m : n.members) total += size_of(m.value);
    return total;
}

// "lognormal(median: 20 s, p95: 60 s)" is no plain scalar of YAML, because of ": " and, within [] and {}, because
// of the commas. People write it without quotes all the same. So what stands between the parentheses of a call on
// one line is veiled from the YAML parser, octet for octet, and unveiled in what it found. The two stand-ins are
// control characters, which no YAML text may hold.
constexpr char veiled_colon = '\x01', veiled_comma = '\x02';

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void veil_calls(std::string& text) {
    for (std::size_t open = text.find('('); open != std::string::npos; open = text.find('(', open + 1)) {
        if (open == 0 || !is_word(text[open - 1])) continue;
        const auto close = text.find_first_of(")(\n\"'[]{}", open + 1);
        if (close == std::string::npos || text[close] != ')') continue;
        for (std::size_t i = open + 1; i < close; ++i) {
            if (text[i] == ':') text[i] = veiled_colon;
            if (text[i] == ',') text[i] = veiled_comma;
        }
    }
}
std::string unveiled(std::string text) {
    std::replace(text.begin(), text.end(), veiled_colon, ':');
    std::replace(text.begin(), text.end(), veiled_comma, ',');
    return text;
}

class tree_builder final : public YAML::EventHandler {
  public:
    tree_builder(const std::string& file, diagnostics& errors) : file_(file), errors_(errors) {}

    node root;

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        node n;
        n.where = at(mark);
        put(std::move(n), anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        node n = node::of_text(unveiled(value), at(mark));
        n.quoted = tag == "!";
        put(std::move(n), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end()) {
            report(at(mark), "this alias names something that encloses it");
            put(node{}, 0);
            return;
        }
        // What an alias stands for is used here: errors in it are shown where it was written.
        const std::size_t size = size_of(known->second);
        if (count_ + size > nodes_max) {
            too_large(at(mark));
            put(node{}, 0);
            return;
        }
        count_ += size;
        put(node(known->second), 0);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open_.push_back({node::list(at(mark)), {}, {}, false, anchor});
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open_.push_back({node::map(at(mark)), {}, {}, false, anchor});
    }
    void OnMapEnd() override { close(); }

  private:
    struct level {
        node value;
        std::string key;
        location key_at;
        bool has_key;
        YAML::anchor_t anchor;
    };

    location at(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }
    void report(location where, std::string message) { errors_.push_back({std::move(where), "", std::move(message)}); }
    void too_large(location where) {
        if (!std::exchange(told_too_large_, true))
            report(std::move(where), fmt::format("the file unfolds into more than {} values", nodes_max));
    }

    void close() {
        level done = std::move(open_.back());
        open_.pop_back();
        put(std::move(done.value), done.anchor);
    }

    void put(node n, YAML::anchor_t anchor) {
        if (++count_ > nodes_max) too_large(n.where);
        if (anchor != 0) anchors_[anchor] = n;
        if (open_.empty()) {
            root = std::move(n);
            return;
        }
        level& parent = open_.back();
        if (parent.value.what == node::kind::list) {
            parent.value.items.push_back(std::move(n));
        } else if (!parent.has_key) {
            if (n.what != node::kind::scalar && n.what != node::kind::null)
                report(n.where, fmt::format("a key must be a text, this is {}", to_text(n.what)));
            parent.key = std::move(n.text);
            parent.key_at = std::move(n.where);
            parent.has_key = true;
        } else {
            parent.has_key = false;
            if (parent.value.find(parent.key)) {
                report(parent.key_at, fmt::format("the key \"{}\" is here for the second time", parent.key));
                return;
            }
            parent.value.members.push_back({std::move(parent.key), std::move(parent.key_at), std::move(n)});
            parent.key.clear();
        }
    }

    const std::string& file_;
    diagnostics& errors_;
    std::vector<level> open_;
    std::map<YAML::anchor_t, node> anchors_;
    std::size_t count_ = 0;
    bool told_too_large_ = false;
};

bool plain_is_safe(const std::string& text) {
    if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
    for (char c : text) {
        const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                        c == '.' || c == '/' || c == ' ' || c == '-' || c == '+' || c == '(' || c == ')';
        if (!ok) return false;
    }
    const char first = text.front();
    return text.back() != ' ' && first != ' ' && first != '-' && first != '.';
}

std::string scalar_text(const std::string& text) {
    if (plain_is_safe(text)) return text;
    std::string out = "\"";
    for (char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (u < 0x20 || u == 0x7F) {
            out += fmt::format("\\x{:02x}", u);
        } else {
            out += c;
        }
    }
    return out + "\"";
}

bool is_short_list(const node& n) {
    return std::all_of(n.items.begin(), n.items.end(), [](const node& i) { return i.what == node::kind::scalar; });
}

std::string flow_list(const node& n) {
    std::string out = "[";
    for (std::size_t i = 0; i < n.items.size(); ++i) {
        if (i) out += ", ";
        out += scalar_text(n.items[i].text);
    }
    return out + "]";
}

void emit(const node& n, int indent, std::string& out);

// What stands behind "key:" or "-"; scalars on the same line, the rest below.
void emit_value(const node& n, int indent, bool in_list, std::string& out) {
    switch (n.what) {
        case node::kind::null:
            out += " ~\n";
            return;
        case node::kind::scalar:
            out += ' ' + scalar_text(n.text) + '\n';
            return;
        case node::kind::list:
            if (is_short_list(n)) {
                out += ' ' + flow_list(n) + '\n';
                return;
            }
            break;
        case node::kind::map:
            if (n.members.empty()) {
                out += " {}\n";
                return;
            }
            break;
    }
    if (in_list) {
        std::string inner;
        emit(n, indent + 2, inner);
        out += ' ' + inner.substr(static_cast<std::size_t>(indent) + 2);
    } else {
        out += '\n';
        emit(n, indent + 2, out);
    }
}

void emit(const node& n, int indent, std::string& out) {
    const std::string pad(static_cast<std::size_t>(indent), ' ');
    for (const node& i : n.items) {
        out += pad + "-";
        emit_value(i, indent, true, out);
    }
    for (const member& m : n.members) {
        out += pad + scalar_text(m.key) + ":";
        emit_value(m.value, indent, false, out);
    }
}

}  // namespace

node parse_yaml(std::string_view text, const std::string& file, diagnostics& errors) {
    tree_builder builder(file, errors);
    const auto control =
        std::find_if(text.begin(), text.end(), [](char c) { return c == veiled_colon || c == veiled_comma; });
    if (control != text.end()) {
        const auto line = 1 + static_cast<int>(std::count(text.begin(), control, '\n'));
        errors.push_back({{file, line, 1}, "", "malformed YAML: the line holds a control character"});
        return {};
    }
    std::string veiled(text);
    veil_calls(veiled);
    std::istringstream stream(veiled);
    try {
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        node root = std::move(builder.root);
        diagnostics ignored;
        tree_builder second(file, ignored);
        if (parser.HandleNextDocument(second))
            errors.push_back({second.root.where, "", "a scenario file holds one document, this is a second one"});
        return root;
    } catch (const YAML::Exception& e) {
        const bool known = !e.mark.is_null();
        location where{file, known ? e.mark.line + 1 : 0, known ? e.mark.column + 1 : 0};
        errors.push_back({std::move(where), "", "malformed YAML: " + unveiled(e.msg)});
        return {};
    }
}

std::string to_yaml(const node& root) {
    std::string out;
    emit(root, 0, out);
    return out;
}

bool read_text_file(const std::string& path, std::string& out) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return false;
    out.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    return !in.bad();
}

}  // namespace dectbed::scenarios
