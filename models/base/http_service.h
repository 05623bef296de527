// HTTP as a service (dectbed/http_service.h): the network processor of a base whose firmware has no HTTP client.
//
// Its program is the client library's resolver, TLS and HTTP client on a processor of its own, as fast as the base's;
// its sockets are the base's, with numbers that no firmware can have. Publishes nothing itself.
#pragma once

#include <functional>

#include "dectbed/http_service.h"
#include "models/base/network_service.h"
#include "models/firmware/host/coprocessor.h"

namespace dectbed::models::base {

class http_service final : private firmware::event_port {
  public:
    http_service(firmware::device_board& board, network_service& network);
    http_service(const http_service&) = delete;
    http_service& operator=(const http_service&) = delete;

    /// HTTP_SETUP, HTTP, HTTP_BODY and HTTP_CANCEL.
    dectbed_status perform(const firmware::request& r);
    void firmware_started();
    void firmware_ended();

  private:
    void post(sim::bytes event) override { program_.post(std::move(event)); }
    bool running() const override { return program_.running(); }
    bool powered() const override { return board_.powered(); }
    sim::simulation& simulation() override { return board_.simulation(); }
    sim::entity_id who() const override { return board_.who(); }
    void serve(const firmware::request& r);

    firmware::device_board& board_;
    network_service& network_;
    sim::random_stream entropy_;
    firmware::coprocessor program_;
};

}  // namespace dectbed::models::base
