// The second half of loading: what refers to something else is looked up, checked and put into its final form.
#pragma once

#include "scenarios/language/reader.h"

namespace dectbed::scenarios {

/// Reports at the place of a key, and knows which keys were already found bad, so that one mistake gives one
/// message.
class checker {
  public:
    checker(reader& r, diagnostics& errors) : reader_(r), errors_(errors) {}
    void error(const std::string& path, std::string message) { reader_.error(path, std::move(message)); }
    location where(const std::string& path) const { return reader_.where(path); }
    /// Nothing was reported at this key, above it, or below it.
    bool clean(const std::string& path) const;

  private:
    reader& reader_;
    diagnostics& errors_;
};

/// Fills in what depends on other keys: ports, paths, router addresses, name servers; reads codes_file and
/// macs_file.
void complete(scenario& s, checker& check, diagnostics& errors);

/// References and rules between keys of servers, sites, devices and people.
void check_world(const scenario& s, checker& check);
/// Called by check_world: LANs, DHCP, foreign hosts.
void check_lan(const scenario& s, checker& check);

void resolve_timeline(scenario& s, checker& check);
void resolve_expectations(scenario& s, checker& check);

/// "sip_message {method: REGISTER, status: >= 400} of internet/registrar"
std::string record_text(const record_clause& c);

/// Checks record, fields and values of a clause; `out` may be null.
void resolve_record(const scenario& s, const record_clause& c, const std::string& path, checker& check,
                    results::record_pattern* out);

}  // namespace dectbed::scenarios
