#include "results/expectation_judge.h"

#include <variant>

namespace dectbed::results {

expectation_judge::expectation_judge(const std::vector<expectation>& expectations)
    : expectations_(expectations), by_type_(std::variant_size_v<sim::record::any>) {
    for (const expectation& e : expectations) {
        judgements_.push_back(make_judgement(e));
        judgement* j = judgements_.back().get();
        for (const std::size_t type : j->types()) {
            if (type < by_type_.size() && (by_type_[type].empty() || by_type_[type].back() != j)) {
                by_type_[type].push_back(j);
            }
        }
        const auto* devices = std::get_if<device_expectation>(&e.what);
        if (devices && devices->by) at_instants_.push_back(j);
    }
}

void expectation_judge::before(const sim::journal_entry& e, const evidence& ev) {
    for (judgement* j : at_instants_) j->before(e, ev);
}

void expectation_judge::after(const sim::journal_entry& e, const evidence& ev) {
    ++records_;
    for (judgement* j : by_type_[e.what.index()]) j->on(e, records_, ev);
}

std::vector<expectation_result> expectation_judge::conclude(const evidence& ev) {
    std::vector<expectation_result> results;
    for (std::size_t i = 0; i < expectations_.size(); ++i) {
        expectation_result r;
        r.name = expectations_[i].name;
        r.position = expectations_[i].position;
        judgements_[i]->conclude(r, ev);
        results.push_back(std::move(r));
    }
    return results;
}

}  // namespace dectbed::results
