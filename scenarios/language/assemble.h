// From a file to one tree: `extends`, merging, `--set` and `${parameters}`, before any meaning is given.
//
// Merging the extending file ("above") onto the extended one ("below"): mappings merge key by key; an empty
// value (`key: ~`) removes the key; lists whose items all carry a `name` merge by it, new names are appended
// and `drop: true` removes; every other list, and every text, replaces what lies below. A key that ends in '+'
// ("timeline+") puts its list behind the one that lies below, whatever their items are called.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/language/document.h"

namespace dectbed::scenarios {

/// "sites.office.bases.count" -> "20"; a name without dots may be a parameter.
struct override_setting {
    std::string path, value;
};
/// Splits "path=value" at the first '='; false if there is none or the path is empty.
bool parse_override(std::string_view text, override_setting& out);

/// The file and all it extends, merged. `extends` and `abstract` are consumed.
struct assembled {
    node root;
    bool abstract = false;           ///< of the file itself
    bool incomplete = false;         ///< something could not be read at all: judging the rest would mislead
    std::vector<std::string> files;  ///< the file first, then what it extends
};
/// `file` is shown in messages; `text` is its content; other files are looked for beside the file that names them.
assembled assemble(const std::string& file, const std::string& text, diagnostics& errors);

void merge(node& below, node above);

/// Applies settings to the tree; those that name a declared parameter go to `parameters` instead. Unwritten
/// keys on the way are made; whether they mean anything is found out when the tree is read.
void apply_overrides(node& root, const std::vector<override_setting>& settings,
                     const std::vector<std::string>& top_level_keys, diagnostics& errors);

/// Replaces ${name} in every text by the parameter's value and checks values against declared types; "$${"
/// stands for a plain "${". Removes `parameters` from the tree.
void substitute_parameters(node& root, diagnostics& errors);

/// Folder of a file, "." if it has none; and a path relative to the folder of `base` unless absolute.
std::string folder_of(const std::string& file);
std::string beside(const std::string& base, const std::string& path);

}  // namespace dectbed::scenarios
