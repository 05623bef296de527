// Faults and other scheduled actions on named targets.
//
// A target (a device, a link, a server) offers actions by name; a fault names target, action and
// arguments and is triggered at a time or by the n-th journal record that matches. The list is open:
// whoever owns a target adds actions to it. Actions run in an event of their own ("soon"), never inside
// publish(), in the order in which they were triggered.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/journal/journal.h"
#include "sim/kernel.h"

namespace dectbed::sim {

/// Arguments of an action, by name, as text with resolved units (seconds, bit/s, per one).
using fault_arguments = std::map<std::string, std::string>;

struct record_match {
    std::string record;                         ///< "dhcp_message"
    std::string who;                            ///< path or glob pattern; empty: anyone
    std::map<std::string, std::string> fields;  ///< all must be equal; entity fields match by path or pattern
    /// For records with `from` and `to` (tcp_payload_received): the octet that must lie in [from, to).
    std::optional<std::int64_t> octet;
    std::uint64_t nth = 1;  ///< the n-th match triggers
};

struct fault_spec {
    std::string name;
    std::string target;  ///< path or glob pattern; "{who}" / "{client}": entity of the matching record
    std::string action;  ///< "power_cut", "link_down", "loss", "outage", ...
    fault_arguments arguments;
    std::optional<time_point> at;  ///< one of `at` and `on` is set
    std::optional<record_match> on;
    duration delay{0};              ///< after the trigger
    std::optional<duration> lasts;  ///< then the action is undone
    bool every_match = false;       ///< trigger again at each n-th match, not only once
};

/// `*` stands for any characters but '/', `**` for any; everything else is literal.
bool path_matches(std::string_view pattern, std::string_view path);

class fault_board {
  public:
    /// `begin` is true to apply and false to undo. Returns an empty text, or why it cannot be done.
    using handler = std::function<std::string(const fault_arguments&, bool begin)>;

    fault_board(kernel& k, journal& j);

    void offer(entity_id target, std::string action, handler h);
    /// Actions offered by the targets that match, for error messages and `--help`.
    std::vector<std::string> actions_of(std::string_view target_pattern) const;

    /// Arms one fault. Throws run_failure if the fault makes no sense (neither `at` nor `on`, no such
    /// record or field); the run fails later if the action is not offered by its target.
    void arm(fault_spec spec);
    std::size_t applied() const { return applied_; }

  private:
    struct armed;
    void on_record(const journal_entry& e);
    void trigger(const fault_spec& spec, const std::string& target);
    void apply(const fault_spec& spec, const std::string& target, bool begin);
    /// The entities a target's text means, in declaration order.
    std::vector<entity_id> targets(std::string_view pattern) const;

    kernel& kernel_;
    journal& journal_;
    // Each of a hundred thousand homes offers a dozen actions that nobody will ever ask for: so they are kept small, in
    // the order of offering, those of a target chained from its newest.
    struct offered {
        handler how;
        std::uint32_t before;  ///< the target's offer before this one, counted from 1; 0: none
        std::uint32_t action;  ///< index of its name
    };
    offered* find(entity_id target, std::string_view action);
    std::deque<offered> offers_;
    std::vector<std::uint32_t> newest_;  ///< by the target's number; counted from 1
    std::vector<std::string> action_names_;
    std::map<std::string, std::uint32_t, std::less<>> action_indices_;
    /// By the record's index in record::any; empty until a fault waits for a record.
    std::vector<std::vector<std::shared_ptr<armed>>> by_record_;
    std::size_t applied_ = 0;
};

}  // namespace dectbed::sim
