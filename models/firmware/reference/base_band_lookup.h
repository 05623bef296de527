// How the reference base learns its band from its public address: it asks a STUN server, or the redirection server,
// under which address the Internet sees it, asks a geolocation service in which country that address is, and looks the
// country up in its own table (models/firmware/lib/country_band.h).
//
//   waiting_for_network -> asking_address -> asking_country -> found
//                             \__ pausing, three tries in all __/ -> gave up
//
// What a server understood and refused is not asked again: an address that nobody knows is not known a second later.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/firmware/lib/backoff.h"
#include "models/firmware/lib/http_client.h"
#include "models/firmware/lib/stun_client.h"
#include "models/firmware/reference/base_identity.h"

namespace dectbed::reference {

class base_band_lookup {
  public:
    struct config {
        std::uint32_t timer = 0, token = 0;  ///< three of each from here on
        std::uint32_t stun_socket = 0, http_sockets = 0;
        std::string user_agent;
        void* context = nullptr;
        void (*found)(void* context, std::uint8_t band) = nullptr;
        void (*gave_up)(void* context, const char* cause) = nullptr;
    };

    /// `io`, `dns` and `identity` outlive it.
    base_band_lookup(fw_io* io, fw_dns_client* dns, const base_identity& identity, const config& c);
    ~base_band_lookup();
    base_band_lookup(const base_band_lookup&) = delete;
    base_band_lookup& operator=(const base_band_lookup&) = delete;

    /// `method`: DECTBED_BAND_DISCOVERY_STUN or _REDIRECTION_ECHO. Ends in found or gave_up, possibly from within.
    void begin(std::uint8_t method, bool network_is_up);
    void network_changed(bool up);
    bool running() const { return state_ != state::idle; }
    bool handle(const dectbed_event* event);

  private:
    enum class state { idle, waiting_for_network, asking_address, asking_country, pausing };
    static const char* name_of(state s);
    void enter(state next, const char* cause);
    void ask_address();
    void address_known(std::uint32_t address);
    void echo_answered(const fw_http_result& result);
    void country_answered(const fw_http_result& result);
    void failed(const char* cause, bool definite);
    void timeout();

    fw_http_client* http();

    fw_io* io_;
    fw_dns_client* dns_;
    const base_identity& identity_;
    config config_;
    fw_stun_client stun_{};
    std::unique_ptr<fw_http_client> http_;  ///< made when first asked: most bases never look their band up
    fw_backoff backoff_{};
    state state_ = state::idle;
    std::uint8_t method_ = 0;
    bool network_ = false;
    const char* last_failure_ = "";
};

namespace band_lookup_timing {
/// A lease takes seconds; who has none after this has a network that does not work.
constexpr std::uint64_t network_us = 90 * FW_SECOND_US;
constexpr unsigned tries_max = 3;
constexpr fw_backoff_policy retry_policy{4 * FW_SECOND_US, 2, 64 * FW_SECOND_US, 25};
}  // namespace band_lookup_timing

}  // namespace dectbed::reference
