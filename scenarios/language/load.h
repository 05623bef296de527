// Loading scenarios: the door of the scenario language.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scenarios/language/diagnostic.h"
#include "scenarios/language/scenario.h"

namespace dectbed::scenarios {

/// Either a scenario without fault, or everything that is wrong with it.
using load_result = std::variant<scenario, diagnostics>;

/// `settings`: "code=123" for a parameter, "sites.office.bases.count=20" for any key; files named in them are
/// relative to the current folder, files named in a scenario to that scenario's folder.
load_result load(const std::string& path, const std::vector<std::string>& settings = {});

/// The same for a text that pretends to be that file.
load_result load_text(const std::string& text, const std::string& path, const std::vector<std::string>& settings = {});

/// True for a part that only others extend (`abstract: true`), by its own first lines; false for what cannot be read.
bool is_abstract(const std::string& path);

/// The scenarios that a path stands for: a file itself; of a folder, all *.yaml at any depth that are not
/// abstract, sorted.
std::vector<std::string> scenario_files(const std::string& path);

/// YAML with every default written out; loading it gives the same scenario. Parameters and extended files are
/// resolved, lists kept in files are written in full, paths are relative to the scenario's folder.
std::string dump_resolved(const scenario& s);

/// Firmwares that are loaded from files, each once: as the scenario names it, and 32 hexadecimal digits (XXH3-128) of
/// its octets; no digits if it cannot be read.
std::vector<std::pair<std::string, std::string>> firmware_hashes(const scenario& s);

/// 32 hexadecimal digits (XXH3-128) over the resolved form and the content of the files it serves and of its firmwares.
std::string scenario_digest(const scenario& s);

}  // namespace dectbed::scenarios
