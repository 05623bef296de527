// Texts of which there are few and which are told again and again: each is kept once.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace dectbed::results {

class word_list {
  public:
    /// The same text, valid as long as this list.
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        const auto known = words_.find(text);
        return known != words_.end() ? *known : *words_.emplace(text).first;
    }

  private:
    std::set<std::string, std::less<>> words_;
};

}  // namespace dectbed::results
