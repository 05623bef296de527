// What happened on the air and what people had to do, and what the run took for granted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "results/record_matcher.h"
#include "sim/journal/journal.h"

namespace dectbed::results {

/// Sent against the rules of the country where the site is.
struct out_of_band_result {
    std::string site;
    std::int64_t slots = 0;
    sim::duration on_air{0};
};

struct radio_result {
    std::map<std::string, std::int64_t> access_requests;    ///< by outcome
    std::int64_t bearers = 0;                               ///< established
    std::int64_t scans = 0;                                 ///< finished
    std::int64_t nwk_messages = 0;                          ///< delivered
    std::map<std::string, out_of_band_result> out_of_band;  ///< by station; only those that did
    /// Of bases that look for a band: beacons heard by verdict ("usable beacon", "malformed beacon", ...) and what was
    /// taken ("eu discovered").
    std::map<std::string, std::int64_t> band_search = {};
    std::int64_t slots_out_of_band() const;
};

struct people_result {
    std::int64_t people = 0;      ///< persons who did something
    std::int64_t gave_up = 0;     ///< times somebody gave up a task
    std::int64_t keystrokes = 0;  ///< keys pressed on handsets, buttons on bases
    sim::duration busy{0};        ///< sum over people, from their first to their last action
};

class activity_metrics {
  public:
    /// `names` has been told everything that on() is told, before; null: keeps names of its own.
    explicit activity_metrics(const entity_names* names = nullptr) : names_(names != nullptr ? *names : own_names_) {}
    activity_metrics(const activity_metrics&) = delete;
    activity_metrics& operator=(const activity_metrics&) = delete;

    void on(const sim::journal_entry& e);
    const radio_result& radio() const { return radio_; }
    people_result people() const;
    const std::vector<std::string>& assumptions() const { return assumptions_; }
    const std::vector<std::string>& faults() const { return faults_; }

  private:
    struct span {
        sim::time_point first, last;
    };
    radio_result radio_;
    people_result people_;
    std::map<std::uint32_t, span> spans_;
    std::vector<std::string> assumptions_;  ///< each once, in order of appearance
    std::vector<std::string> faults_;       ///< "12.5 s power_cut office/base[2]"
    entity_names own_names_;
    const entity_names& names_;
    std::vector<std::uint32_t> parents_;
};

}  // namespace dectbed::results
