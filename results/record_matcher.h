// Tests journal records against one record_pattern. Paths of entities are matched once each and remembered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "results/expectation.h"
#include "sim/journal/journal.h"

namespace dectbed::results {

/// Paths of entities as the journal declares them.
class entity_names {
  public:
    void on(const sim::journal_entry& e);
    /// Empty if none was declared. Valid as long as these names.
    std::string_view path_of(sim::entity_id id) const;
    std::size_t size() const { return paths_.size(); }  ///< one more than the highest number known

  private:
    static constexpr std::size_t chunk_octets = 4096;
    std::vector<std::string_view> paths_{std::string_view()};
    std::vector<std::unique_ptr<char[]>> chunks_;  ///< where they stand one behind the other
    char* end_ = nullptr;                          ///< of what stands in the last one
    std::size_t room_ = 0;                         ///< left there
};

/// A glob over entities. An empty glob matches everything, "no entity" (0) included.
class entity_matcher {
  public:
    explicit entity_matcher(std::string glob) : glob_(std::move(glob)) {}
    bool matches(sim::entity_id id, const entity_names& names);

  private:
    enum class known : std::uint8_t { no_idea, yes, no };
    std::string glob_;
    std::vector<known> known_;
};

class record_matcher {
  public:
    explicit record_matcher(const record_pattern& pattern);
    bool matches(const sim::journal_entry& e, const entity_names& names);
    /// Number of the record type it looks at; npos if there is no such type (then nothing matches).
    std::size_t type() const { return type_; }
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  private:
    bool condition_holds(const field_condition& c, const sim::journal_entry& e, const entity_names& names) const;

    const record_pattern* pattern_;
    std::size_t type_ = npos;
    entity_matcher who_;
};

/// The entities a record belongs to: its `who` and the values of its entity fields, each once.
std::vector<sim::entity_id> entities_of(const sim::journal_entry& e);

}  // namespace dectbed::results
