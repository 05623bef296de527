// One TCP endpoint: ns-3's sender, receiver and congestion control, with what a peer in the field also needs.
//
// ns-3's TcpSocketBase keeps the states up to ESTABLISHED, and CLOSE_WAIT once the peer has finished; the
// rest of the state machine (RFC 9293, 3.10) is here, because ns-3's own ignores a SYN on an existing
// connection, never gives up on a FIN, forgets data in LAST_ACK, accepts any RST and reads no MSS option:
//
//   ours                          ns-3's state while it lasts
//   LISTEN .. SYN_RECEIVED        the same
//   ESTABLISHED, FIN_WAIT_1/2     ESTABLISHED       (fin_ says which)
//   CLOSE_WAIT, LAST_ACK,
//   CLOSING, TIME_WAIT            CLOSE_WAIT        (fin_, time_wait_)
//
// Answers to segments that do not fit follow RFC 9293, 3.10.7, with the challenge ACKs of RFC 5961.
// Includes ns-3; for this room only.
#pragma once

#include <ns3/tcp-socket-base.h>

#include <deque>
#include <memory>
#include <optional>

#include "models/network/host/tcp_parameters.h"
#include "models/network/stream.h"

namespace dectbed::models::network {

class tcp_layer;
class tcp_connection;

class dectbed_tcp final : public ns3::TcpSocketBase {
  public:
    static ns3::TypeId GetTypeId();
    ns3::TypeId GetInstanceTypeId() const override;

    dectbed_tcp() = default;
    dectbed_tcp(const dectbed_tcp& other);  ///< as ns-3's: for copies of a fresh socket and for forks

    void set_parameters(const tcp_parameters& p);
    void belong_to(tcp_layer& layer);

    bool listen_on(std::uint16_t port);
    /// The ends of the connection that begins next.
    void name(endpoint local, endpoint remote) {
        local_ = local;
        remote_ = remote;
    }
    /// Sends the SYN; false if there is no way to the destination.
    bool connect();
    /// A segment of this connection, or for this listener: what ns-3's demultiplexer would do with it.
    void receive(const ns3::Ptr<ns3::Packet>& segment, const ns3::Address& from, const ns3::Address& to);

    // The user's side. Any of these may be called within a handler.
    void attach(tcp_connection* user) { user_ = user; }
    void queue(sim::bytes data);
    void finish();      ///< FIN after everything queued
    void send_reset();  ///< RST, then gone
    /// The user is gone: unfinished connections are reset, finished ones are brought to their end.
    void detach();
    /// An ICMP error says that the peer cannot be reached.
    void on_unreachable();
    /// One says that the path carries `mtu` octets at a time (RFC 1191; 0 from routers older than that).
    void on_fragmentation_needed(std::uint16_t mtu);
    /// The host is gone: nothing is sent, nobody is told.
    void vanish();

    endpoint local() const { return local_; }
    endpoint remote() const { return remote_; }
    bool gone() const { return gone_; }
    /// True if `sequence_number` may be of something that this side has sent and that is not acknowledged.
    bool in_flight(std::uint32_t sequence_number) const;
    bool listening() const { return m_state == LISTEN; }
    bool bound() const { return m_endPoint != nullptr; }  ///< ns-3 would hand it segments

  protected:
    void DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from, const ns3::Address& to) override;
    void CompleteFork(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header, const ns3::Address& from,
                      const ns3::Address& to) override;
    ns3::Ptr<ns3::TcpSocketBase> Fork() override;
    void SendEmptyPacket(std::uint8_t flags) override;
    std::uint32_t SendDataPacket(ns3::SequenceNumber32 seq, std::uint32_t octets_max, bool with_ack) override;
    void EstimateRtt(const ns3::TcpHeader& header) override;
    void ReTxTimeout() override;
    void PersistTimeout() override;

  private:
    using sequence = ns3::SequenceNumber32;
    enum class fin : std::uint8_t { none, wanted, sent, acknowledged };

    // dectbed_tcp_input.cpp: what arrives
    void take(const ns3::Ptr<ns3::Packet>& packet, ns3::TcpHeader& h, std::uint32_t header_octets,
              const ns3::Address& from, const ns3::Address& to);
    void while_listening(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& h, const ns3::Address& from,
                         const ns3::Address& to);
    bool acceptable_to_syn_sent(const ns3::TcpHeader& h, const ns3::Address& from, const ns3::Address& to);
    bool acceptable(const ns3::TcpHeader& h, std::uint32_t payload, const ns3::Address& from, const ns3::Address& to);
    void on_reset(const ns3::TcpHeader& h);
    void on_syn(const ns3::TcpHeader& h, const ns3::Address& from, const ns3::Address& to);
    bool sane_sack(const ns3::TcpHeader& h) const;
    void take_options_of_syn(const ns3::TcpHeader& h);
    void after_segment(bool was_synchronised, bool fin_flag, sequence fin_at, bool acknowledges_fin);
    void take_peer_fin();

    // dectbed_tcp.cpp: what leaves, timers, the end
    void deliver(ns3::Ptr<ns3::Socket>);
    void established();
    void accepted(ns3::Ptr<ns3::Socket>, const ns3::Address&);
    void pump();
    void send_fin_if_due();
    void fin_acknowledged();
    void fin_timeout();
    void syn_timeout();
    void wait_for_peer_fin();
    void enter_time_wait();
    void time_wait_over();
    void notify_closed(close_reason r);
    void end(close_reason r);
    void disappear();
    sequence next_sequence() const;
    bool synchronised() const { return m_state == ESTABLISHED || m_state == CLOSE_WAIT; }
    bool data_unacknowledged() const;
    void send_header_only(ns3::TcpHeader& h, std::uint8_t flags, sequence seq);

    tcp_layer* layer_ = nullptr;
    const tcp_parameters* parameters_ = nullptr;
    tcp_connection* user_ = nullptr;
    endpoint local_, remote_;

    std::deque<sim::bytes> queue_;
    std::size_t queue_offset_ = 0;  ///< octets of the front that ns-3 has
    bool report_sent_ = false;      ///< on_sent is owed

    bool passive_ = false, gone_ = false, inside_ = false, reset_wanted_ = false;
    bool closed_first_ = false;  ///< our FIN left before the peer's arrived
    bool peer_finished_ = false, time_wait_ = false, close_notified_ = false;
    fin fin_ = fin::none;
    sequence fin_sequence_{0}, initial_peer_sequence_{0};
    std::optional<sequence> peer_fin_at_;
    std::uint32_t attempts_ = 0;  ///< of the SYN, later of the FIN
    std::uint32_t probes_ = 0;
    std::uint32_t born_ms_ = 0;
};

}  // namespace dectbed::models::network
