// The journal: the stream of typed, time-stamped records from which every verdict and report follows.
//
// A digest (XXH3-128) runs over a canonical encoding of all records, whether or not anyone keeps them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/journal/records.h"
#include "sim/kernel.h"

struct XXH3_state_s;

namespace dectbed::sim {

struct journal_entry {
    time_point at;
    entity_id who;
    record::any what;
};

/// Name of a record's type as scenarios and exports write it.
const char* name_of(const record::any& what);

/// The value of the named field as text ("true", "42", "PT5S" never: durations are picoseconds);
/// false if this record has no such field. Entities appear by their number.
bool field_text(const record::any& what, std::string_view field, std::string& out);

/// The entity in the named field; unset if this record has no such field.
entity_id entity_field(const record::any& what, std::string_view field);

/// The duration in the named field; nothing if this record has no such field.
std::optional<duration> duration_field(const record::any& what, std::string_view field);

/// Names of a record type's fields; empty if there is no such record type.
std::vector<std::string> field_names(std::string_view record_name);
std::vector<std::string> record_names();

class journal {
  public:
    using sink = std::function<void(const journal_entry&)>;

    explicit journal(const kernel& clock);
    ~journal();
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;

    /// Makes a new entity known and publishes entity_declared. Paths are unique ("office/base[3]").
    entity_id declare(std::string path, std::string kind, entity_id parent = {}, std::string mac = {},
                      std::string radio_identity = {});
    const std::string& path_of(entity_id id) const;
    const std::string& kind_of(entity_id id) const;
    entity_id find(std::string_view path) const;        ///< none if unknown
    entity_id find_by_mac(std::string_view mac) const;  ///< "02:1b:2c:00:00:01"; none if unknown
    std::size_t entities() const { return paths_.size() - 1; }

    /// For each type of record::any, made in journal.cpp: a variant of so many types takes long to compile.
    template <class Record>
    void publish(entity_id who, Record what);
    void publish_any(entity_id who, record::any what);

    /// Sinks are called in the order they were added, within publish(); they must not publish.
    void add_sink(sink s) { sinks_.push_back(std::move(s)); }

    std::uint64_t records() const { return records_; }
    /// 32 hexadecimal digits over everything published so far.
    std::string digest() const;

  private:
    const kernel& clock_;
    std::deque<std::string> paths_{""};  ///< never moved: by_path_ looks into them
    std::set<std::string> kinds_known_;
    std::vector<const std::string*> kinds_;
    std::unordered_map<std::string_view, entity_id> by_path_;
    std::unordered_map<std::string, entity_id> by_mac_;
    std::vector<sink> sinks_;
    std::uint64_t records_ = 0;
    bool publishing_ = false;
    std::string scratch_;  ///< canonical octets not yet hashed
    XXH3_state_s* hash_;
};

}  // namespace dectbed::sim
