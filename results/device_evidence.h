// What the journal shows of each base besides its milestones: how far its requests got, and who said what to it last.
//
// One sentence of it stands beside the cause in summaries and reports: the cause names the stage at which a device
// stopped, the evidence says what was seen there. Facts come from wire, air and servers; the device's own last
// warning is quoted as such.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/record_matcher.h"
#include "sim/journal/journal.h"

namespace dectbed::results {

class device_evidence {
  public:
    void on(const sim::journal_entry& e);

    /// In one line, parts separated by "; ". Empty if nothing was seen of it.
    std::string about(sim::entity_id device, const entity_names& names) const;

  private:
    struct answer {
        sim::entity_id server;
        std::string words;
    };
    struct facts {
        std::uint32_t discovers = 0, offers = 0, naks = 0;  ///< since it has no lease
        bool lease = false, is_base = false;
        std::uint32_t registers = 0;  ///< that reached a registrar
        std::string port;             ///< of the switch, if it does not forward
        answer web, tls, sip, file, country;
        std::string middlebox, warning, failure;
        int failures = 0;
    };
    facts* find(sim::entity_id id);
    void dhcp(facts& f, const sim::record::dhcp_message& m);

    std::vector<facts> facts_;
    std::vector<std::uint32_t> index_;  ///< entity -> facts + 1; 0: not a device
};

}  // namespace dectbed::results
