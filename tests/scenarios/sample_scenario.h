// A small valid scenario that tests change in one place, and ways to look at what load() says about it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "scenarios/language/load.h"

namespace dectbed::scenarios {

inline const std::string library_folder = std::string(DECTBED_SOURCE_DIR) + "/scenarios/library";
/// Texts pretend to be a file of the library, so that the folder "files" exists beside them.
inline const std::string pretended_file = library_folder + "/sample.yaml";

inline const std::string sample_text = R"yaml(dectbed: 1
description: a sample
duration: 30 min
seed: 7
parameters:
  code: {type: code, default: "1234567890"}
servers:
  redirection:
    kind: redirection
    name: redirect.vendor.example
    address: 198.51.100.10
    codes:
      - {code: "${code}", url: "http://prov.csp.example/office/"}
    capacity:
      workers: 4
      service_time: lognormal(median: 20 ms, p95: 60 ms)
  provisioning:
    kind: provisioning
    name: prov.csp.example
    address: 203.0.113.10
    files: files
  registrar:
    kind: registrar
    name: sip.csp.example
    address: 203.0.113.20
    domain: csp.example
  dns:
    kind: dns
    address: 192.0.2.53
sites:
  office:
    router:
      network: 192.168.1.0/24
      dhcp: {pool: 192.168.1.100-192.168.1.199}
    access_line: {down: 20 Mbit/s, delay: 8 ms, loss: 1 %}
    bases:
      count: 4
      places: {grid: {columns: 2, step_x: 10 m}}
    handsets:
      count: 5
    people:
      installer:
        arrives: uniform(10 s, 20 s)
        tasks:
          - plugs_in: {bases: all, each: 40 s}
          - inserts_battery: {handsets: "handset[0]"}
          - activates: {handset: "handset[0]", code: "${code}"}
      user:
        count: 4
        handsets: "handset[1..4]"
        tasks:
          - inserts_battery: {}
timeline:
  - name: cut
    at: 10 min
    do: power_cut
    target: office/base[3]
    for: 30 s
expectations:
  - name: all ready
    bases: {ready: all, by: 20 min}
  - name: quick leases
    phase: lease
    p95: "< 5 s"
  - name: no early SIP
    never: {record: sip_message, where: {method: REGISTER}}
    before: 1 min
)yaml";

/// The text with one part changed; fails the test if the part is not there.
inline std::string with(std::string text, const std::string& part, const std::string& instead) {
    const auto at = text.find(part);
    EXPECT_NE(at, std::string::npos) << "the sample has no part " << part;
    if (at != std::string::npos) text.replace(at, part.size(), instead);
    return text;
}

inline std::string all_texts(const diagnostics& list) {
    std::string out;
    for (const diagnostic& d : list) out += to_text(d) + "\n";
    return out;
}

inline load_result load_sample(const std::string& text, const std::vector<std::string>& settings = {}) {
    return load_text(text, pretended_file, settings);
}

/// The scenario, or a failed test and an empty one.
inline scenario expect_loads(const load_result& result) {
    if (const auto* errors = std::get_if<diagnostics>(&result)) {
        ADD_FAILURE() << all_texts(*errors);
        return {};
    }
    return std::get<scenario>(result);
}

/// The only diagnostic; fails the test if there are none or several.
inline diagnostic expect_one_error(const load_result& result) {
    const auto* errors = std::get_if<diagnostics>(&result);
    if (!errors || errors->size() != 1) {
        ADD_FAILURE() << (errors ? "several errors:\n" + all_texts(*errors) : "no error");
        return errors && !errors->empty() ? errors->front() : diagnostic{};
    }
    return errors->front();
}

}  // namespace dectbed::scenarios
