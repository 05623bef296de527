// What the journal's records hold, as far as scenarios may speak of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dectbed::scenarios {

enum class field_type { text, number, boolean, time, entity };
const char* to_text(field_type t);

struct record_facts {
    std::string name;
    std::vector<std::pair<std::string, field_type>> fields;

    const field_type* find(std::string_view field) const;
    std::vector<std::string> field_names() const;
};

/// Null if there is no such record.
const record_facts* find_record(std::string_view name);
const std::vector<record_facts>& all_records();

}  // namespace dectbed::scenarios
