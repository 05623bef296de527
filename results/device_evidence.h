// What the journal shows of each base besides its milestones: how far its requests got, and who said what to it last.
//
// One sentence of it stands beside the cause in summaries and reports: the cause names the stage at which a device
// stopped, the evidence says what was seen there. Facts come from wire, air and servers; the device's own last
// warning is quoted as such.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "results/record_matcher.h"
#include "results/word_list.h"
#include "sim/journal/journal.h"

namespace dectbed::results {

class device_evidence {
  public:
    device_evidence() = default;
    device_evidence(const device_evidence&) = delete;
    device_evidence& operator=(const device_evidence&) = delete;

    void on(const sim::journal_entry& e);

    /// In one line, parts separated by "; ". Empty if nothing was seen of it.
    std::string about(sim::entity_id device, const entity_names& names) const;

  private:
    struct answer {
        sim::entity_id server;
        std::string words;
    };
    struct coded_answer {
        sim::entity_id server;
        std::int32_t status = 0;
        std::string_view words;
    };
    /// What few devices see.
    struct rare_facts {
        answer tls, file, country;
        std::string middlebox, warning, failure;
        int failures = 0;
    };
    struct facts {
        std::uint32_t discovers = 0, offers = 0, naks = 0;  ///< since it has no lease
        std::uint32_t registers = 0;                        ///< that reached a registrar
        bool lease = false, is_base = false;
        coded_answer web, sip;
        std::string_view port;  ///< of the switch, if it does not forward
        std::unique_ptr<rare_facts> rare;
        rare_facts& seldom();
    };
    facts* find(sim::entity_id id);
    void dhcp(facts& f, const sim::record::dhcp_message& m);

    std::vector<facts> facts_;
    std::vector<std::uint32_t> index_;  ///< entity -> facts + 1; 0: not a device
    word_list words_;
};

}  // namespace dectbed::results
