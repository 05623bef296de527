// tcp_stream over one dectbed_tcp. For this room only.
#pragma once

#include <ns3/ptr.h>

#include "models/network/host/dectbed_tcp.h"
#include "models/network/stream.h"
#include "sim/kernel.h"

namespace dectbed::models::network {

class tcp_connection final : public tcp_stream, public std::enable_shared_from_this<tcp_connection> {
  public:
    explicit tcp_connection(ns3::Ptr<dectbed_tcp> socket);
    ~tcp_connection() override;

    void send(sim::bytes data) override;
    void close() override;
    void abort() override;
    endpoint local() const override { return local_; }
    endpoint remote() const override { return remote_; }

    /// Handlers often hold the stream that they belong to; at its end that circle is broken.
    void drop_handlers();
    std::uint64_t received = 0;  ///< octets of payload so far

  private:
    ns3::Ptr<dectbed_tcp> socket_;
    endpoint local_, remote_;
};

/// A stream that could not begin: on_closed(`reason`) comes in this instant.
tcp_stream_ptr make_failed_stream(sim::kernel& clock, endpoint local, endpoint remote, close_reason reason);

}  // namespace dectbed::models::network
