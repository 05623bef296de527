// What a base fetches with: made for an exchange, given back once the base is in service and nothing is under way.
#include <cstdio>

#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

base::transfers::~transfers() {
    fw_http_free(&http);
    fw_fetch_free(&fetch);
    fw_image_free(&image);
}

/// Nothing is under way, nor kept for the next exchange: no connection, no server's challenge.
bool base::transfers::idle() const {
    return http.state == FW_HTTP_IDLE && !http.connected && http.challenged == nullptr && fetch.tftp == nullptr &&
           fetch.ftp == nullptr && image.hash == nullptr;
}

std::string base::user_agent() const {
    char colons[18];
    fw_mac_colons(identity_.mac, colons);
    return std::string(identity_.model) + "/" + version_ + " (" + colons + ")";
}

base::transfers& base::fetching() {
    if (transfers_) return *transfers_;
    transfers_ = std::make_unique<transfers>();
    fw_http_config http{};
    http.timer = http_timer;
    http.token = http_token;
    http.socket_first = http_sockets;
    std::snprintf(http.user_agent, sizeof http.user_agent, "%s", user_agent().c_str());
    http.body_octets_max = file_octets_max;
    std::snprintf(http.proxy, sizeof http.proxy, "%s", identity_.http_proxy);
    http.tls = &tls_;
    http.now_unix = [](void* context) { return static_cast<base*>(context)->wall_clock_s(); };
    http.context = this;
    http.keep_us = io_.naive ? 0 : http_keep_us;
    fw_http_init(&transfers_->http, &io_, &dns_, &http);
    transfers_->http.turn = http_turn_;
    const fw_fetch_config fetch{fetch_timer, fetch_token, tftp_sockets, ftp_sockets, http.body_octets_max};
    fw_fetch_init(&transfers_->fetch, &io_, &dns_, &transfers_->http, &fetch);
    return *transfers_;
}

fw_clock* base::clock() {
    if (clock_) return clock_.get();
    clock_ = std::make_unique<fw_clock>();
    const fw_clock_config config{clock_timer, clock_token, clock_socket};
    fw_clock_init(clock_.get(), &io_, &dns_, &config);
    return clock_.get();
}

/// Not from within a callback of theirs. The sockets go on in turn: what comes late for an old one is not mistaken.
void base::give_back_transfers() {
    if (!transfers_ || state_ != state::in_service || checking_ || !transfers_->idle()) return;
    http_turn_ = transfers_->http.turn;
    transfers_ = nullptr;
}

}  // namespace dectbed::reference
