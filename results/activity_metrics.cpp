#include "results/activity_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace dectbed::results {

namespace record = sim::record;

namespace {
/// More faults than a person would read are counted by nobody; the journal has them all.
constexpr std::size_t faults_listed_max = 50;
}  // namespace

void activity_metrics::on(const sim::journal_entry& e) {
    if (const auto* declared = std::get_if<record::entity_declared>(&e.what)) {
        if (&names_ == &own_names_) own_names_.on(e);
        if (e.who.value >= parents_.size()) parents_.resize(e.who.value + 1);
        parents_[e.who.value] = declared->parent.value;
    } else if (const auto* access = std::get_if<record::access_request>(&e.what)) {
        ++radio_.access_requests[access->outcome];
    } else if (const auto* bearer = std::get_if<record::bearer_changed>(&e.what)) {
        if (bearer->established) ++radio_.bearers;
    } else if (std::holds_alternative<record::scan_finished>(e.what)) {
        ++radio_.scans;
    } else if (const auto* wrong = std::get_if<record::out_of_band_transmission>(&e.what)) {
        if (e.who.value >= parents_.size()) return;
        out_of_band_result& sum = radio_.out_of_band[std::string(names_.path_of(e.who))];
        sum.site = names_.path_of({parents_[e.who.value]});
        sum.slots += wrong->slots;
        sum.on_air += wrong->on_air;
    } else if (const auto* heard = std::get_if<record::band_message_heard>(&e.what)) {
        ++radio_.band_search[heard->verdict + " beacon"];
    } else if (const auto* discovered = std::get_if<record::band_discovered>(&e.what)) {
        ++radio_.band_search[discovered->band + " discovered"];
    } else if (std::holds_alternative<record::nwk_message>(e.what)) {
        ++radio_.nwk_messages;
    } else if (std::holds_alternative<record::key_pressed>(e.what)) {
        ++people_.keystrokes;
    } else if (const auto* person = std::get_if<record::person_action>(&e.what)) {
        spans_.emplace(e.who.value, span{e.at, e.at}).first->second.last = e.at;
        if (person->action == "gives up") ++people_.gave_up;
    } else if (const auto* assumption = std::get_if<record::assumption_used>(&e.what)) {
        if (std::find(assumptions_.begin(), assumptions_.end(), assumption->text) == assumptions_.end()) {
            assumptions_.push_back(assumption->text);
        }
    } else if (const auto* fault = std::get_if<record::fault_applied>(&e.what)) {
        if (faults_.size() >= faults_listed_max) return;
        const std::string_view target = names_.path_of(fault->target);
        faults_.push_back(fmt::format("{:.3f} s: {} {}{}{}", sim::to_seconds(e.at), fault->action, target,
                                      fault->detail.empty() ? "" : ", ", fault->detail));
    }
}

std::int64_t radio_result::slots_out_of_band() const {
    std::int64_t all = 0;
    for (const auto& [path, sum] : out_of_band) all += sum.slots;
    return all;
}

people_result activity_metrics::people() const {
    people_result result = people_;
    result.people = static_cast<std::int64_t>(spans_.size());
    for (const auto& [id, s] : spans_) result.busy += s.last - s.first;
    return result;
}

}  // namespace dectbed::results
