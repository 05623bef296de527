#include "models/firmware/reference/base_band_lookup.h"

#include <cstdlib>
#include <cstring>

#include "models/firmware/lib/band_beacon.h"
#include "models/firmware/lib/country_band.h"
#include "models/firmware/lib/json.h"

namespace dectbed::reference {

using namespace band_lookup_timing;

namespace {

constexpr std::uint32_t answer_octets_max = 1024;

/// Addresses that are nobody's in public: RFC 1918, RFC 6598, RFC 3927, loopback. A database cannot know them.
bool is_public(std::uint32_t a) {
    return a >> 24 != 10 && a >> 20 != 0xAC1 && a >> 16 != 0xC0A8 && a >> 22 != 0x191 && a >> 16 != 0xA9FE &&
           a >> 24 != 127 && a >> 24 != 0 && a >> 28 < 0xE;
}

/// The echo stands beside the redirections: ".../v1/redirections" -> ".../v1/address".
std::string echo_url(const char* redirection_url) {
    const std::string url = redirection_url;
    return url.substr(0, url.rfind('/') + 1) + "address";
}

/// "stun.vendor.example:3478"; without a port, 0.
std::string split_port(const char* server, std::uint16_t& port) {
    const std::string text = server;
    const auto colon = text.find(':');
    port = 0;
    if (colon == std::string::npos) return text;
    port = static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10));
    return text.substr(0, colon);
}

}  // namespace

base_band_lookup::base_band_lookup(fw_io* io, fw_dns_client* dns, const base_identity& identity, const config& c)
    : io_(io), dns_(dns), identity_(identity), config_(c) {
    const fw_stun_config stun{c.timer + 1, c.token + 1, c.stun_socket};
    fw_stun_init(&stun_, io, dns, &stun);
    fw_backoff_init(&backoff_, &retry_policy);
}

base_band_lookup::~base_band_lookup() {
    if (http_) fw_http_free(http_.get());
}

fw_http_client* base_band_lookup::http() {
    if (http_) return http_.get();
    fw_http_config http{};
    http.timer = config_.timer + 2;
    http.token = config_.token + 2;
    http.socket_first = config_.http_sockets;
    http.body_octets_max = answer_octets_max;
    std::strncpy(http.user_agent, config_.user_agent.c_str(), sizeof http.user_agent - 1);
    std::strncpy(http.proxy, identity_.http_proxy, sizeof http.proxy - 1);
    http_ = std::make_unique<fw_http_client>();
    fw_http_init(http_.get(), io_, dns_, &http);
    return http_.get();
}

const char* base_band_lookup::name_of(state s) {
    switch (s) {
        case state::idle:
            return "known";
        case state::waiting_for_network:
            return "waiting_for_network";
        case state::asking_address:
            return "asking_address";
        case state::asking_country:
            return "asking_country";
        case state::pausing:
            return "pausing";
    }
    return "unknown";
}

void base_band_lookup::enter(state next, const char* cause) {
    state_ = next;
    fw_timer_stop(io_, config_.timer);
    if (next != state::idle) fw_state(io_, "band", name_of(next), cause);
}

void base_band_lookup::begin(std::uint8_t method, bool network_is_up) {
    method_ = method;
    network_ = network_is_up;
    fw_backoff_reset(&backoff_);
    last_failure_ = "no network";
    if (network_) {
        ask_address();
        return;
    }
    enter(state::waiting_for_network, "no band");
    fw_timer_start(io_, config_.timer, network_us);
}

void base_band_lookup::network_changed(bool up) {
    network_ = up;
    if (!running()) return;
    if (up && state_ == state::waiting_for_network) {
        ask_address();
    } else if (!up && state_ != state::waiting_for_network) {
        fw_stun_cancel(&stun_);
        if (http_) fw_http_cancel(http_.get());
        enter(state::waiting_for_network, "network lost");
        fw_timer_start(io_, config_.timer, network_us);
    }
}

void base_band_lookup::ask_address() {
    enter(state::asking_address, method_ == DECTBED_BAND_DISCOVERY_STUN ? "STUN" : "redirection echo");
    if (method_ == DECTBED_BAND_DISCOVERY_STUN) {
        std::uint16_t port = 0;
        const std::string host = split_port(identity_.stun_server, port);
        if (host.empty()) return failed("no STUN server was burned in", true);
        fw_stun_start(
            &stun_, host.c_str(), port,
            [](void* context, const fw_stun_result* result) {
                auto& self = *static_cast<base_band_lookup*>(context);
                if (result->error == FW_STUN_OK) return self.address_known(result->address);
                self.failed(fw_stun_error_text(result->error), false);
            },
            this);
        return;
    }
    if (identity_.redirection_url[0] == '\0') return failed("no redirection server was burned in", true);
    fw_http_start(
        http(), echo_url(identity_.redirection_url).c_str(), nullptr, nullptr,
        [](void* context, const fw_http_result* result) {
            static_cast<base_band_lookup*>(context)->echo_answered(*result);
        },
        this);
}

void base_band_lookup::echo_answered(const fw_http_result& result) {
    char text[16];
    std::uint32_t address = 0;
    if (result.error != FW_HTTP_OK) return failed(fw_http_error_text(result.error), false);
    if (result.status != 200) return failed("the redirection server tells no address", result.status == 404);
    if (!fw_json_string(result.body, result.body_octets, "address", text, sizeof text) ||
        !fw_ipv4_parse(text, std::strlen(text), &address)) {
        return failed("answer of the redirection server is malformed", false);
    }
    address_known(address);
}

void base_band_lookup::address_known(std::uint32_t address) {
    char text[16];
    fw_ipv4_text(address, text);
    fw_log(io_, FW_LOG_INFORMATION, "public address %s", text);
    if (!is_public(address)) return failed("the address is no public one", true);
    if (identity_.geolocation_url[0] == '\0') return failed("no geolocation service was burned in", true);
    enter(state::asking_country, "address known");
    fw_http_start(
        http(), (std::string(identity_.geolocation_url) + text).c_str(), nullptr, nullptr,
        [](void* context, const fw_http_result* result) {
            static_cast<base_band_lookup*>(context)->country_answered(*result);
        },
        this);
}

void base_band_lookup::country_answered(const fw_http_result& result) {
    char country[3];
    if (result.error != FW_HTTP_OK) return failed(fw_http_error_text(result.error), false);
    if (result.status == 404) return failed("the database does not know the address", true);
    if (result.status != 200) return failed("the geolocation service refuses", false);
    if (!fw_json_string(result.body, result.body_octets, "country", country, sizeof country))
        return failed("answer of the geolocation service is malformed", false);
    const std::uint8_t band = fw_country_band(country);
    if (band == DECTBED_BAND_NONE) {
        fw_log(io_, FW_LOG_WARNING, "country %s is not in the table of bands", country);
        return failed("country not in the table", true);
    }
    if (!(identity_.bands >> band & 1)) return failed("the country's band is not supported", true);
    enter(state::idle, "country known");
    fw_log(io_, FW_LOG_INFORMATION, "country %s, band %s", country, fw_band_name(band));
    fw_state(io_, "band", "known", method_ == DECTBED_BAND_DISCOVERY_STUN ? "stun" : "redirection echo");
    config_.found(config_.context, band);
}

void base_band_lookup::failed(const char* cause, bool definite) {
    last_failure_ = cause;
    fw_log(io_, FW_LOG_WARNING, "band not found by the address: %s", cause);
    if (definite || io_->naive || backoff_.taken + 1 >= tries_max) {
        enter(state::idle, cause);
        config_.gave_up(config_.context, cause);
        return;
    }
    enter(state::pausing, cause);
    fw_timer_start(io_, config_.timer, fw_backoff_next(&backoff_, io_, 0));
}

void base_band_lookup::timeout() {
    if (state_ == state::pausing) {
        ask_address();
    } else if (state_ == state::waiting_for_network) {
        failed(last_failure_, true);
    }
}

bool base_band_lookup::handle(const dectbed_event* event) {
    if (event->record.type == DECTBED_EV_TIMER &&
        reinterpret_cast<const dectbed_ev_timer*>(event)->timer == config_.timer) {
        timeout();
        return true;
    }
    return fw_stun_handle(&stun_, event) || (http_ && fw_http_handle(http_.get(), event));
}

}  // namespace dectbed::reference
