// A fixed part as portable parts of the same air meet it, whoever runs its MAC: ours (site_fixed_part.h), or a firmware
// (burst_fixed_part.h).
#pragma once

#include <memory>
#include <vector>

#include "radio/connection.h"
#include "radio/medium.h"
#include "radio/slot_type.h"

namespace dectbed::radio {

class site_fixed_part;
class site_portable_part;

class fixed_peer {
  public:
    virtual ~fixed_peer() = default;
    virtual station_index station_at() const = 0;
    virtual const rfpi& identity() const = 0;
    virtual const plan_ptr& dummy_bearer() const = 0;
    /// Null where our MAC does not run it.
    virtual const site_fixed_part* own_mac() const { return nullptr; }

    /// A portable part begins or ceases to listen to the dummy bearer.
    void listen(site_portable_part& pp, bool listening);

    struct request {
        plan_ptr burst;
        std::int64_t frame = 0;
        station_index portable = 0;
        sim::dbm power;
        std::uint32_t pmid = 0;
        tail::basic_command command = tail::basic_command::access_request;
        slot_type kind = slot_type::full;
    };
    struct answer {
        /// later: a firmware makes it; the connection tells when the burst that answers is over.
        enum class kind { confirmed, wait, busy, later, none } what = kind::none;
        reception heard = reception::not_sent;  ///< why there is none
        std::shared_ptr<connection> on;
        std::shared_ptr<duplex_bearer> bearer;
        plan_ptr refusal;  ///< the RELEASE burst, if busy
        tail::release_code why = tail::release_code::base_busy;
    };
    /// A bearer request with this fixed part's FMID was sent in slot + 12 of a frame and is now over.
    virtual answer bearer_request(const request& r) = 0;

  protected:
    /// The connection that a request asks for.
    connection::parameters asked_for(const request& r, const band_plan& in, const station_timing& timing,
                                     sim::dbm power) const;
    /// A dummy bearer in full slots, from `since` on.
    static plan dummy_plan(station_index transmitter, const band_plan& in, int carrier, int slot, sim::dbm power,
                           const station_timing& timing, sim::time_point since, std::shared_ptr<const beacon> said);

    std::vector<site_portable_part*> listeners_;  ///< locked here, in the order of their stations
};

}  // namespace dectbed::radio
