#include "models/base/http_service.h"

#include <algorithm>

#include "models/base/http_program.h"
#include "models/firmware/lib/fw_tls.h"

namespace dectbed::models::base {

using firmware::make_event;

namespace {

bool method_is_known(std::uint8_t m) { return m >= DECTBED_HTTP_GET && m <= DECTBED_HTTP_HEAD; }

/// What a firmware may ask for; text that would break the request apart is refused.
bool makes_sense(const dectbed_req_http& r, sim::byte_view data) {
    if (r.exchange == 0 || r.exchange > 65535 || !method_is_known(r.method)) return false;
    if (r.timeout_ms > DECTBED_HTTP_TIMEOUT_MAX_MS || r.body_octets_max > DECTBED_HTTP_RESPONSE_MAX) return false;
    if (r.url_octets == 0 || r.url_octets > DECTBED_HTTP_URL_MAX || r.fields_octets > DECTBED_HTTP_FIELDS_MAX ||
        r.body_octets > DECTBED_HTTP_PIECE_MAX || r.more > 1)
        return false;
    if ((r.body_octets != 0 || r.more != 0) && r.method != DECTBED_HTTP_POST) return false;
    const std::size_t told = std::size_t{r.url_octets} + r.fields_octets + r.body_octets;
    if (static_cast<std::size_t>(data.size()) != told) return false;
    const std::string text(data.begin(), data.end() - r.body_octets);
    const std::string url = text.substr(0, r.url_octets), fields = text.substr(r.url_octets, r.fields_octets);
    if (text.find('\0') != std::string::npos) return false;
    if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == '\x7F'; })) return false;
    if (fields.empty()) return true;
    // Whole lines, none empty: an empty one would end the header.
    if (fields.size() < 2 || fields.compare(fields.size() - 2, 2, "\r\n") != 0) return false;
    for (std::size_t at = 0; at < fields.size();) {
        const std::size_t end = fields.find("\r\n", at);
        const std::string line = fields.substr(at, end - at);
        const std::size_t colon = line.find(':');
        if (colon == 0 || colon == std::string::npos || line.find_first_of("\r\n") != std::string::npos) return false;
        at = end + 2;
    }
    return true;
}

}  // namespace

http_service::http_service(firmware::device_board& board, network_service& network)
    : board_(board),
      network_(network),
      entropy_(board.simulation().stream(board.who(), "http service")),
      program_(board.simulation(), board.simulation().journal().path_of(board.who()) + "/http", http_program_entry(),
               board.config().cpu_speed, [this](const firmware::request& r) { serve(r); }) {
    network_.give_sockets_from(http_sockets_first, *this);
}

void http_service::firmware_started() {
    dectbed_ev_boot b{};
    for (auto& octet : b.entropy) octet = static_cast<std::uint8_t>(entropy_.below(256));
    const auto& factory = board_.config().factory;
    b.tls_model = factory.tls_model;
    b.tls_versions = factory.tls_versions;
    const auto us = [](sim::duration d) { return static_cast<std::uint32_t>(d / std::chrono::microseconds(1)); };
    b.cost_tls_handshake_us = us(board_.config().tls_handshake);
    b.cost_tls_resumption_us = us(board_.config().tls_resumption);
    program_.start(make_event(DECTBED_EV_BOOT, 0, b));
}

void http_service::firmware_ended() { program_.halt(); }

dectbed_status http_service::perform(const firmware::request& r) {
    sim::byte_view data;
    switch (r.type()) {
        case DECTBED_REQ_HTTP_SETUP:
            if (!r.exactly<dectbed_req_http_setup>()) return DECTBED_BAD_FIELD;
            break;
        case DECTBED_REQ_HTTP: {
            const auto h = r.with_data<dectbed_req_http>(data);
            if (!h || !makes_sense(*h, data)) return DECTBED_BAD_FIELD;
            break;
        }
        case DECTBED_REQ_HTTP_BODY: {
            const auto b = r.with_data<dectbed_req_http_body>(data);
            if (!b || b->last > 1 || data.size() > DECTBED_HTTP_PIECE_MAX) return DECTBED_BAD_FIELD;
            break;
        }
        default:
            if (!r.exactly<dectbed_req_u32>()) return DECTBED_BAD_FIELD;
            break;
    }
    http_relay relay{};
    const auto unix_us = board_.wall_clock_us();
    relay.unix_s = unix_us ? *unix_us / 1'000'000 : FW_TLS_CLOCK_UNKNOWN;
    program_.post(make_event(static_cast<dectbed_event_type>(http_relay_down), 0, relay, r.octets()));
    return DECTBED_OK;
}

/// What the program asks of its surroundings.
void http_service::serve(const firmware::request& r) {
    sim::byte_view octets;
    if (r.type() == http_relay_up) {
        if (r.with_data<dectbed_record>(octets)) board_.post(sim::to_bytes(octets));
        return;
    }
    if (r.type() == DECTBED_REQ_FACTORY_READ) {
        if (const auto read = r.exactly<dectbed_req_factory_read>()) program_.post(board_.factory_piece(*read));
        return;
    }
    if (r.type() < DECTBED_REQ_UDP_OPEN || r.type() > DECTBED_REQ_TCP_ABORT) return;
    const dectbed_status status = network_.perform_for_service(r);
    if (status == DECTBED_OK) return;
    dectbed_ev_refused e{};
    e.request_type = r.type();
    e.reason = static_cast<std::uint16_t>(status);
    program_.post(make_event(DECTBED_EV_REFUSED, r.token(), e));
}

}  // namespace dectbed::models::base
