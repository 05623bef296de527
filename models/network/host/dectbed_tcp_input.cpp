// What arrives: RFC 9293, 3.10.7, in the order given there, with the mitigations of RFC 5961.
#include <ns3/ipv4-end-point.h>
#include <ns3/packet.h>
#include <ns3/rtt-estimator.h>
#include <ns3/simulator.h>
#include <ns3/tcp-option-rfc793.h>
#include <ns3/tcp-option-sack.h>
#include <ns3/tcp-option-ts.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-tx-buffer.h>

#include <algorithm>

#include "models/network/host/dectbed_tcp.h"
#include "models/network/host/ns3_addresses.h"
#include "models/network/host/tcp_connection.h"
#include "models/network/host/tcp_layer.h"

namespace dectbed::models::network {

namespace {

using ns3::TcpHeader;
using ns3::TcpOption;

constexpr std::uint8_t flags_of_interest = TcpHeader::FIN | TcpHeader::SYN | TcpHeader::RST | TcpHeader::ACK;
/// RFC 9293, 3.7.1: assumed of a peer that names none.
constexpr std::uint16_t mss_default = 536;
/// Below this a peer's MSS is taken for a mistake: each segment must carry more than its options.
constexpr std::uint16_t mss_min = 64;
constexpr std::uint16_t timestamp_octets = 12;  // with padding

template <class Option>
ns3::Ptr<const Option> option_of(const TcpHeader& h, std::uint8_t kind) {
    return h.HasOption(kind) ? ns3::DynamicCast<const Option>(h.GetOption(kind)) : nullptr;
}

/// The same header without SACK blocks.
TcpHeader without_sack(const TcpHeader& h) {
    TcpHeader copy;
    copy.SetSourcePort(h.GetSourcePort());
    copy.SetDestinationPort(h.GetDestinationPort());
    copy.SetSequenceNumber(h.GetSequenceNumber());
    copy.SetAckNumber(h.GetAckNumber());
    copy.SetFlags(h.GetFlags());
    copy.SetWindowSize(h.GetWindowSize());
    for (const auto& option : h.GetOptionList())
        if (option->GetKind() != TcpOption::SACK) copy.AppendOption(option);
    return copy;
}

}  // namespace

void dectbed_tcp::receive(const ns3::Ptr<ns3::Packet>& segment, const ns3::Address& from, const ns3::Address& to) {
    if (m_endPoint == nullptr || gone_) return;
    const ns3::Ptr<dectbed_tcp> keep(this);
    TcpHeader h;
    const std::uint32_t header_octets = segment->PeekHeader(h);
    if (IsValidTcpSegment(h.GetSequenceNumber(), header_octets, segment->GetSize() - header_octets))
        take(segment, h, header_octets, from, to);
}

void dectbed_tcp::DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from, const ns3::Address& to) {
    const ns3::Ptr<dectbed_tcp> keep(this);
    TcpHeader h;
    const std::uint32_t header_octets = packet->PeekHeader(h);
    take(packet, h, header_octets, from, to);
}

void dectbed_tcp::take(const ns3::Ptr<ns3::Packet>& packet, TcpHeader& h, std::uint32_t header_octets,
                       const ns3::Address& from, const ns3::Address& to) {
    if (m_endPoint == nullptr || gone_) return;
    const std::uint32_t payload = packet->GetSize() - header_octets;

    if (m_state == LISTEN) return while_listening(packet, h, from, to);
    if (m_state == SYN_SENT) {
        if (!acceptable_to_syn_sent(h, from, to)) return;
        const bool was_synchronised = false;
        inside_ = true;
        ns3::TcpSocketBase::DoForwardUp(packet, from, to);
        inside_ = false;
        return after_segment(was_synchronised, false, {}, false);
    }

    bool changed = false;
    if (m_state == SYN_RCVD && !passive_ && (h.GetFlags() & TcpHeader::SYN) && (h.GetFlags() & TcpHeader::ACK) &&
        h.GetSequenceNumber() == initial_peer_sequence_) {
        // Simultaneous open: the peer's SYN again, now with the ACK that we wait for.
        h.SetFlags(h.GetFlags() & ~TcpHeader::SYN);
        h.SetSequenceNumber(h.GetSequenceNumber() + 1);
        changed = true;
    }
    if (!acceptable(h, payload, from, to)) return;

    // ns-3 sees data and acknowledgements of data; FINs of both sides are ours.
    const bool fin_flag = (h.GetFlags() & TcpHeader::FIN) != 0;
    const sequence fin_at = h.GetSequenceNumber() + sequence(payload);
    const bool acknowledges_fin = fin_ == fin::sent && h.GetAckNumber() == fin_sequence_ + 1;
    if (h.GetFlags() != TcpHeader::ACK) {
        h.SetFlags(TcpHeader::ACK);
        changed = true;
    }
    if (fin_ == fin::sent || fin_ == fin::acknowledged) {
        if (h.GetAckNumber() > fin_sequence_) {
            h.SetAckNumber(fin_sequence_);
            changed = true;
        }
    }
    if (!sane_sack(h)) {
        h = without_sack(h);
        changed = true;
    }
    if (changed) {
        packet->RemoveAtStart(header_octets);
        packet->AddHeader(h);
    }
    const bool was_synchronised = synchronised();
    inside_ = true;
    ns3::TcpSocketBase::DoForwardUp(packet, from, to);
    inside_ = false;
    after_segment(was_synchronised, fin_flag, fin_at, acknowledges_fin);
}

void dectbed_tcp::while_listening(ns3::Ptr<ns3::Packet> packet, const TcpHeader& h, const ns3::Address& from,
                                  const ns3::Address& to) {
    const std::uint8_t flags = h.GetFlags() & flags_of_interest;
    if (flags & TcpHeader::RST) return;
    if (flags & TcpHeader::ACK) return layer_->reset_stray(h, from, to);
    if (flags != TcpHeader::SYN) return;
    // ns-3 notes what this client lacks in the listener itself; the next client is another one.
    const bool sack = m_sackEnabled, scaling = m_winScalingEnabled, timestamps = m_timestampEnabled;
    m_tcb->m_rxBuffer->SetNextRxSequence(h.GetSequenceNumber());
    m_highTxAck = h.GetSequenceNumber();
    m_tcb->m_rcvTimestampValue = 0;
    m_timestampToEcho = 0;
    m_sndWindShift = 0;
    ns3::TcpSocketBase::DoForwardUp(packet, from, to);
    m_persistEvent.Cancel();
    m_sackEnabled = sack;
    m_winScalingEnabled = scaling;
    m_timestampEnabled = timestamps;
    m_txBuffer->SetSackEnabled(sack);
}

void dectbed_tcp::CompleteFork(ns3::Ptr<ns3::Packet> packet, const TcpHeader& header, const ns3::Address& from,
                               const ns3::Address& to) {
    if (!layer_->alive()) return;  // the host lost its power in this instant
    local_ = endpoint_of(to);
    remote_ = endpoint_of(from);
    passive_ = true;
    attempts_ = 1;
    born_ms_ = static_cast<std::uint32_t>(ns3::Simulator::Now().GetMilliSeconds());
    const sequence first = layer_->initial_sequence(local_, remote_);
    m_tcb->m_nextTxSequence = first;
    m_tcb->m_highTxMark = first;
    m_txBuffer->SetHeadSequence(first);
    m_highRxAckMark = first;
    take_options_of_syn(header);
    SetRecvCallback(ns3::MakeCallback(&dectbed_tcp::deliver, this));
    SetAcceptCallback(ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>(),
                      ns3::MakeCallback(&dectbed_tcp::accepted, this));
    ns3::TcpSocketBase::CompleteFork(packet, header, from, to);
    if (m_endPoint == nullptr) {  // a second SYN of the same instant
        gone_ = true;
        m_tcp->RemoveSocket(this);
        CancelAllTimers();
        return;
    }
    layer_->add(this);
}

void dectbed_tcp::take_options_of_syn(const TcpHeader& h) {
    initial_peer_sequence_ = h.GetSequenceNumber();
    m_highRxMark = h.GetSequenceNumber();
    const auto option = option_of<ns3::TcpOptionMSS>(h, TcpOption::MSS);
    std::uint16_t mss = std::min(parameters_->mss, option ? std::max(option->GetMSS(), mss_min) : mss_default);
    if (m_timestampEnabled && h.HasOption(TcpOption::TS)) mss = static_cast<std::uint16_t>(mss - timestamp_octets);
    m_tcb->m_segmentSize = mss;
    m_txBuffer->SetSegmentSize(mss);
    m_tcb->m_cWnd = GetInitialCwnd() * mss;
    m_tcb->m_cWndInfl = m_tcb->m_cWnd;
}

bool dectbed_tcp::acceptable_to_syn_sent(const TcpHeader& h, const ns3::Address& from, const ns3::Address& to) {
    const std::uint8_t flags = h.GetFlags() & flags_of_interest;
    if ((flags & TcpHeader::ACK) && h.GetAckNumber() != m_tcb->m_nextTxSequence.Get() + 1) {
        // A connection of an earlier life: it learns from our RST, our next SYN will find it gone.
        if (!(flags & TcpHeader::RST)) layer_->reset_stray(h, from, to);
        return false;
    }
    if (flags & TcpHeader::RST) {
        if (flags & TcpHeader::ACK) end(close_reason::reset);
        return false;
    }
    if (!(flags & TcpHeader::SYN) || (flags & TcpHeader::FIN)) return false;
    m_tcb->m_rxBuffer->SetNextRxSequence(h.GetSequenceNumber());
    m_highTxAck = h.GetSequenceNumber();
    take_options_of_syn(h);
    return true;
}

bool dectbed_tcp::acceptable(const TcpHeader& h, std::uint32_t payload, const ns3::Address& from,
                             const ns3::Address& to) {
    const std::uint8_t flags = h.GetFlags();
    if (flags & TcpHeader::RST) {
        on_reset(h);
        return false;
    }
    if (flags & TcpHeader::SYN) {
        on_syn(h, from, to);
        return false;
    }
    if (!(flags & TcpHeader::ACK)) return false;
    if (m_timestampEnabled && !h.HasOption(TcpOption::TS)) return false;  // RFC 7323, 3.2

    const sequence seq = h.GetSequenceNumber(), next = m_tcb->m_rxBuffer->NextRxSequence();
    const sequence beyond = next + sequence(parameters_->receive_buffer_octets);
    if (m_state == SYN_RCVD) {
        if (h.GetAckNumber() != m_tcb->m_nextTxSequence.Get() + 1) {
            layer_->reset_stray(h, from, to);
            return false;
        }
        return seq >= next && seq < beyond;
    }
    if (h.GetAckNumber() > next_sequence()) {
        SendEmptyPacket(TcpHeader::ACK);
        return false;
    }
    if (peer_finished_ && payload > 0) {
        SendEmptyPacket(TcpHeader::ACK);
        return false;
    }
    if (payload == 0) {
        if (seq > beyond) return false;
        // A keep-alive, or the probe of a closed window.
        if (seq < next && !(flags & TcpHeader::FIN) && seq + 1 == next) SendEmptyPacket(TcpHeader::ACK);
    }
    return true;
}

void dectbed_tcp::on_reset(const TcpHeader& h) {
    const sequence seq = h.GetSequenceNumber(), next = m_tcb->m_rxBuffer->NextRxSequence();
    if (seq == next) return end(close_reason::reset);
    // RFC 5961, 3.2: a true peer repeats the RST with the number that the challenge names.
    if (seq > next && seq < next + sequence(parameters_->receive_buffer_octets)) SendEmptyPacket(TcpHeader::ACK);
}

void dectbed_tcp::on_syn(const TcpHeader& h, const ns3::Address&, const ns3::Address&) {
    const sequence seq = h.GetSequenceNumber();
    const bool ack = (h.GetFlags() & TcpHeader::ACK) != 0;
    if (m_state == SYN_RCVD) {
        if (ack) return;
        if (seq == initial_peer_sequence_) return SendEmptyPacket(TcpHeader::SYN | TcpHeader::ACK);
        if (!passive_) return;
        // The client has begun anew before this handshake ended.
        disappear();
        return layer_->receive_again();
    }
    if (time_wait_ && !ack) {
        // RFC 9293, 3.6.1, and RFC 6191: a new incarnation is recognised by its numbers or its clock.
        const auto timestamp = option_of<ns3::TcpOptionTS>(h, TcpOption::TS);
        const bool newer_clock = m_timestampEnabled && timestamp &&
                                 static_cast<std::int32_t>(timestamp->GetTimestamp() - m_tcb->m_rcvTimestampValue) > 0;
        if (seq >= m_tcb->m_rxBuffer->NextRxSequence() || newer_clock) {
            disappear();
            return layer_->receive_again();
        }
    }
    // RFC 5961, 4.2: who rebooted answers the challenge with a RST that fits.
    SendEmptyPacket(TcpHeader::ACK);
}

bool dectbed_tcp::sane_sack(const TcpHeader& h) const {
    const auto sack = option_of<ns3::TcpOptionSack>(h, TcpOption::SACK);
    if (!sack) return true;
    const sequence floor = std::max(h.GetAckNumber(), m_txBuffer->HeadSequence());
    const sequence top = m_tcb->m_highTxMark;
    for (const auto& block : sack->GetSackList())
        if (block.first <= floor || block.second <= block.first || block.second > top) return false;
    return true;
}

void dectbed_tcp::after_segment(bool was_synchronised, bool fin_flag, sequence fin_at, bool acknowledges_fin) {
    if (reset_wanted_) {
        reset_wanted_ = false;
        return send_reset();
    }
    if (gone_) return;
    probes_ = 0;
    if (m_rWnd.Get() != 0) m_persistTimeout = to_ns3(parameters_->persist_timeout);
    if (m_txBuffer->Size() == 0) m_persistEvent.Cancel();
    if (!was_synchronised && synchronised()) established();
    if (gone_ || !synchronised()) return;

    if (acknowledges_fin && fin_ == fin::sent && !data_unacknowledged()) fin_acknowledged();
    if (gone_) return;
    if (peer_finished_) {
        if (fin_flag) {  // our ACK was lost
            SendEmptyPacket(TcpHeader::ACK);
            if (time_wait_) enter_time_wait();
        }
    } else {
        const sequence next = m_tcb->m_rxBuffer->NextRxSequence();
        if (fin_flag && fin_at >= next && fin_at < next + sequence(parameters_->receive_buffer_octets))
            peer_fin_at_ = fin_at;
        if (peer_fin_at_ && *peer_fin_at_ == next)
            take_peer_fin();
        else if (fin_ == fin::acknowledged && user_ != nullptr)
            wait_for_peer_fin();  // anew: somebody still reads
    }
    if (gone_ || time_wait_) return;

    pump();
    // ns-3 stops the retransmission timer while the window is closed and forgets to start it again.
    if (data_unacknowledged() && m_retxEvent.IsExpired() && m_persistEvent.IsExpired())
        m_retxEvent = ns3::Simulator::Schedule(std::max(m_rto.Get(), m_minRto), &dectbed_tcp::ReTxTimeout, this);
    if (report_sent_ && queue_.empty() && m_txBuffer->Size() == 0) {
        report_sent_ = false;
        if (user_ != nullptr) {
            const auto user = user_->shared_from_this();
            if (const auto handler = user->on_sent) handler();
        }
    }
}

void dectbed_tcp::take_peer_fin() {
    peer_finished_ = true;
    m_tcb->m_rxBuffer->SetFinSequence(*peer_fin_at_);
    m_state = CLOSE_WAIT;
    SendEmptyPacket(TcpHeader::ACK);
    if (fin_ == fin::acknowledged) {
        enter_time_wait();
        return notify_closed(close_reason::here);
    }
    if (fin_ != fin::none) return;
    if (user_ != nullptr && user_->on_peer_finished) {
        const auto user = user_->shared_from_this();
        const auto handler = user->on_peer_finished;
        return handler();
    }
    finish();  // nobody is interested in sending on
}

void dectbed_tcp::on_unreachable() {
    // RFC 9293, 3.9.2.2: a hard error only where no connection exists yet.
    if (!gone_ && m_state == SYN_SENT) end(close_reason::unreachable);
}

void dectbed_tcp::on_fragmentation_needed(std::uint16_t mtu) {
    if (gone_ || !synchronised() || !data_unacknowledged()) return;
    // Below this somebody wants us to send crumbs (RFC 5927, 7.2); hosts in use stop at 552.
    constexpr std::uint16_t mtu_min = 552, headers = 40;
    std::uint32_t segment = std::max(mtu, mtu_min) - headers;
    if (m_timestampEnabled) segment -= timestamp_octets;
    if (segment >= m_tcb->m_segmentSize) return;
    m_tcb->m_segmentSize = segment;
    m_txBuffer->SetSegmentSize(segment);
    // What was too long is gone: sent again at once (RFC 1191, 6.4), by way of a retransmission timeout, which makes
    // the window small, too. It counts as one of data_retries.
    m_retxEvent.Cancel();
    ReTxTimeout();
}

void dectbed_tcp::EstimateRtt(const TcpHeader& header) {
    ns3::TcpSocketBase::EstimateRtt(header);
    // An echoed timestamp that we never sent gives a round trip of weeks.
    const std::uint32_t age_ms = static_cast<std::uint32_t>(ns3::Simulator::Now().GetMilliSeconds()) - born_ms_;
    if (m_rtt->GetEstimate() > ns3::MilliSeconds(age_ms + 1)) {
        m_rtt->Reset();
        m_rto = m_cnTimeout;
    }
    if (m_rto.Get() > ns3::Seconds(60)) m_rto = ns3::Seconds(60);
}

}  // namespace dectbed::models::network
