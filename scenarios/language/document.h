// A YAML document as a tree that remembers where everything was written, before any meaning is given to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/language/diagnostic.h"

namespace dectbed::scenarios {

struct member;

struct node {
    enum class kind { null, scalar, list, map };
    kind what = kind::null;
    std::string text;             ///< scalar
    bool quoted = false;          ///< scalar: was written in quotes
    bool broken = false;          ///< scalar: what is wrong with it was reported already
    std::vector<node> items;      ///< list
    std::vector<member> members;  ///< map, in written order, keys unique
    location where;

    const node* find(std::string_view key) const;
    node* find(std::string_view key);
    void erase(std::string_view key);
    /// Adds or replaces.
    node& set(std::string key, node value, location key_at = {});

    static node of_text(std::string text, location where = {});
    static node list(location where = {});
    static node map(location where = {});
};

struct member {
    std::string key;
    location where;
    node value;
};

const char* to_text(node::kind k);  ///< "a mapping", "a list", "a text", "nothing"

/// Reads one document. Malformed YAML, duplicate keys, keys that are no text, several documents, and more
/// nodes than anybody writes by hand are reported; the tree then holds what could be read.
node parse_yaml(std::string_view text, const std::string& file, diagnostics& errors);

/// Block style, two spaces; parse_yaml gives the same tree back.
std::string to_yaml(const node& root);

/// The whole file, or false.
bool read_text_file(const std::string& path, std::string& out);

}  // namespace dectbed::scenarios
