#include "models/network/host/dectbed_tcp.h"

#include <ns3/ipv4-end-point.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/rtt-estimator.h>
#include <ns3/simulator.h>
#include <ns3/tcp-option-rfc793.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-tx-buffer.h>

#include <algorithm>
#include <utility>

#include "models/network/host/ns3_addresses.h"
#include "models/network/host/tcp_connection.h"
#include "models/network/host/tcp_layer.h"

namespace dectbed::models::network {

namespace {

/// RFC 6298, 2.5.
const ns3::Time rto_max = ns3::Seconds(60);

ns3::Time doubled(ns3::Time base, std::uint32_t times) {
    ns3::Time t = base;
    for (std::uint32_t i = 0; i < times && t < rto_max; ++i) t = t + t;
    return std::min(t, rto_max);
}

}  // namespace

ns3::TypeId dectbed_tcp::GetTypeId() {
    static ns3::TypeId id =
        ns3::TypeId("dectbed::tcp_socket").SetParent<ns3::TcpSocketBase>().AddConstructor<dectbed_tcp>();
    return id;
}

ns3::TypeId dectbed_tcp::GetInstanceTypeId() const { return GetTypeId(); }

dectbed_tcp::dectbed_tcp(const dectbed_tcp& other)
    : ns3::TcpSocketBase(other), layer_(other.layer_), parameters_(other.parameters_) {}

ns3::Ptr<ns3::TcpSocketBase> dectbed_tcp::Fork() {
    layer_->count_fork();
    return ns3::CopyObject(ns3::Ptr<dectbed_tcp>(this));
}

void dectbed_tcp::set_parameters(const tcp_parameters& p) {
    parameters_ = &p;
    SetSndBufSize(p.send_buffer_octets);
    SetRcvBufSize(p.receive_buffer_octets);
    SetSegSize(p.mss);
    SetInitialCwnd(p.initial_window_segments);
    SetDelAckTimeout(to_ns3(p.delayed_ack));
    SetPersistTimeout(to_ns3(p.persist_timeout));
    SetDataRetries(p.data_retries);
    SetMinRto(to_ns3(p.rto_min));
    SetConnTimeout(to_ns3(p.syn_timeout));
    if (!p.timestamps) m_timestampEnabled = false;
}

void dectbed_tcp::belong_to(tcp_layer& layer) {
    layer_ = &layer;
    SetTcp(ns3::Ptr<ns3::TcpL4Protocol>(&layer));
    set_parameters(layer.user().tcp());
}

bool dectbed_tcp::listen_on(std::uint16_t port) {
    local_ = {{}, port};
    if (Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port)) != 0) return false;
    return Listen() == 0;
}

bool dectbed_tcp::connect() {
    if (Bind(to_ns3(local_)) != 0) return false;
    SetRecvCallback(ns3::MakeCallback(&dectbed_tcp::deliver, this));
    const sequence first = layer_->initial_sequence(local_, remote_);
    m_tcb->m_nextTxSequence = first;
    m_tcb->m_highTxMark = first;
    m_txBuffer->SetHeadSequence(first);
    m_highRxAckMark = first;
    born_ms_ = static_cast<std::uint32_t>(ns3::Simulator::Now().GetMilliSeconds());
    attempts_ = 1;
    return Connect(to_ns3(remote_)) == 0;
}

// --- the user's side ---------------------------------------------------------------------------------

void dectbed_tcp::queue(sim::bytes data) {
    if (gone_ || data.empty() || fin_ != fin::none) return;
    queue_.push_back(std::move(data));
    report_sent_ = true;
    if (!inside_) pump();
}

void dectbed_tcp::finish() {
    if (gone_ || fin_ != fin::none) return;
    fin_ = fin::wanted;
    closed_first_ = !peer_finished_;
    if (m_state == SYN_SENT && queue_.empty()) {
        // RFC 9293, 3.10.4: nothing was promised to anybody yet.
        const ns3::Ptr<dectbed_tcp> keep(this);
        disappear();
        layer_->user().clock().soon([keep] { keep->notify_closed(close_reason::here); });
        return;
    }
    if (!inside_) pump();
}

void dectbed_tcp::send_reset() {
    if (gone_) return;
    if (inside_) {
        reset_wanted_ = true;
        return;
    }
    const ns3::Ptr<dectbed_tcp> keep(this);
    if ((synchronised() || m_state == SYN_RCVD) && !time_wait_) SendEmptyPacket(ns3::TcpHeader::RST);
    disappear();
    // Not from within abort(): its caller may be in the middle of something.
    layer_->user().clock().soon([keep] { keep->notify_closed(close_reason::reset); });
}

void dectbed_tcp::detach() {
    user_ = nullptr;
    if (!gone_ && fin_ == fin::none) send_reset();
}

void dectbed_tcp::vanish() {
    const auto user = user_ != nullptr ? user_->shared_from_this() : nullptr;
    user_ = nullptr;
    if (!gone_) disappear();
    if (user) user->drop_handlers();  // last: they may hold what lets go of this connection
}

void dectbed_tcp::deliver(ns3::Ptr<ns3::Socket>) {
    while (m_tcb->m_rxBuffer->Available() > 0) {
        const ns3::Ptr<ns3::Packet> packet = Recv(m_tcb->m_rxBuffer->Available(), 0);
        if (!packet || packet->GetSize() == 0) return;
        if (user_ == nullptr || close_notified_ || reset_wanted_) continue;
        sim::bytes data(packet->GetSize());
        packet->CopyData(data.data(), packet->GetSize());
        const auto user = user_->shared_from_this();
        const std::uint64_t before = user->received;
        user->received += data.size();
        layer_->user().payload_arrived(remote_, before, data);
        if (const auto handler = user->on_data) handler(data);
    }
}

void dectbed_tcp::established() {
    attempts_ = 0;
    if (passive_ || user_ == nullptr) return;
    const auto user = user_->shared_from_this();
    if (const auto handler = user->on_connected) handler();
}

void dectbed_tcp::accepted(ns3::Ptr<ns3::Socket>, const ns3::Address&) {
    if (passive_) layer_->accept(*this);
}

void dectbed_tcp::notify_closed(close_reason r) {
    if (close_notified_) return;
    close_notified_ = true;
    if (user_ == nullptr) return;
    const auto user = user_->shared_from_this();
    const auto handler = std::move(user->on_closed);
    user->drop_handlers();
    if (handler) handler(r);
}

// --- sending -----------------------------------------------------------------------------------------

bool dectbed_tcp::data_unacknowledged() const { return m_tcb->m_highTxMark.Get() > m_txBuffer->HeadSequence(); }

dectbed_tcp::sequence dectbed_tcp::next_sequence() const {
    if (fin_ == fin::sent || fin_ == fin::acknowledged) return fin_sequence_ + 1;
    return std::max(m_tcb->m_highTxMark.Get(), m_tcb->m_nextTxSequence.Get());
}

bool dectbed_tcp::in_flight(std::uint32_t sequence_number) const {
    const sequence s(sequence_number);
    if (!synchronised()) return s == m_tcb->m_nextTxSequence.Get();
    return s >= m_txBuffer->HeadSequence() && s <= next_sequence();
}

void dectbed_tcp::pump() {
    if (gone_ || !synchronised() || time_wait_) return;
    while (!queue_.empty()) {
        const auto room = static_cast<std::size_t>(GetTxAvailable());
        if (room == 0) break;
        const auto& front = queue_.front();
        const std::size_t octets = std::min(room, front.size() - queue_offset_);
        if (Send(ns3::Create<ns3::Packet>(front.data() + queue_offset_, static_cast<std::uint32_t>(octets)), 0) < 0)
            break;
        queue_offset_ += octets;
        if (queue_offset_ == front.size()) {
            queue_.pop_front();
            queue_offset_ = 0;
        }
    }
    if (m_rWnd.Get() == 0 && m_txBuffer->Size() > 0 && m_persistEvent.IsExpired())
        m_persistEvent = ns3::Simulator::Schedule(m_persistTimeout, &dectbed_tcp::PersistTimeout, this);
    send_fin_if_due();
}

void dectbed_tcp::send_fin_if_due() {
    if (fin_ != fin::wanted || !queue_.empty() || !synchronised() || gone_) return;
    if (m_txBuffer->SizeFromSequence(m_tcb->m_highTxMark) > 0) return;  // not everything has left once
    fin_sequence_ = m_tcb->m_highTxMark;
    fin_ = fin::sent;
    attempts_ = 0;
    SendEmptyPacket(ns3::TcpHeader::FIN);
    m_lastAckEvent = ns3::Simulator::Schedule(std::max(m_rto.Get(), m_minRto), &dectbed_tcp::fin_timeout, this);
}

void dectbed_tcp::fin_timeout() {
    if (gone_ || fin_ != fin::sent) return;
    if (!data_unacknowledged()) {  // else the data's own timer is at work
        if (attempts_ >= parameters_->fin_retries) return end(close_reason::timed_out);
        ++attempts_;
        SendEmptyPacket(ns3::TcpHeader::FIN);
    }
    m_lastAckEvent =
        ns3::Simulator::Schedule(doubled(std::max(m_rto.Get(), m_minRto), attempts_), &dectbed_tcp::fin_timeout, this);
}

void dectbed_tcp::syn_timeout() {
    if (gone_ || (m_state != SYN_SENT && m_state != SYN_RCVD)) return;
    if (attempts_ >= parameters_->syn_attempts) return end(close_reason::timed_out);
    ++attempts_;
    m_history.clear();  // Karn's algorithm (RFC 6298, 3): no sample from a SYN that was sent twice
    SendEmptyPacket(m_state == SYN_SENT ? ns3::TcpHeader::SYN : ns3::TcpHeader::SYN | ns3::TcpHeader::ACK);
}

void dectbed_tcp::send_header_only(ns3::TcpHeader& h, std::uint8_t flags, sequence seq) {
    h.SetFlags(flags);
    h.SetSequenceNumber(seq);
    if (flags & ns3::TcpHeader::ACK) h.SetAckNumber(m_tcb->m_rxBuffer->NextRxSequence());
    h.SetSourcePort(m_endPoint->GetLocalPort());
    h.SetDestinationPort(m_endPoint->GetPeerPort());
    m_tcp->SendPacket(ns3::Create<ns3::Packet>(), h, m_endPoint->GetLocalAddress(), m_endPoint->GetPeerAddress());
}

void dectbed_tcp::SendEmptyPacket(std::uint8_t flags) {
    using ns3::TcpHeader;
    if (m_endPoint == nullptr || gone_) return;
    const bool syn = (flags & TcpHeader::SYN) != 0;
    const bool open = synchronised();
    TcpHeader h;

    if (flags & TcpHeader::RST) {
        h.SetWindowSize(0);
        return send_header_only(h, TcpHeader::RST | TcpHeader::ACK,
                                open ? next_sequence() : m_tcb->m_nextTxSequence.Get() + 1);
    }
    if (syn) {
        auto mss = ns3::CreateObject<ns3::TcpOptionMSS>();
        mss->SetMSS(parameters_->mss);
        h.AppendOption(mss);
        if (m_sackEnabled) AddOptionSackPermitted(h);
    }
    if (m_timestampEnabled) AddOptionTimestamp(h);
    if (syn && m_winScalingEnabled) AddOptionWScale(h);
    h.SetWindowSize(AdvertisedWindowSize(!syn));
    if (flags & TcpHeader::FIN) flags |= TcpHeader::ACK;
    if (flags & TcpHeader::ACK) {
        m_delAckEvent.Cancel();
        m_delAckCount = 0;
        m_highTxAck = std::max(m_highTxAck, m_tcb->m_rxBuffer->NextRxSequence());
        if (!syn && m_sackEnabled && m_tcb->m_rxBuffer->GetSackListSize() > 0) AddOptionSack(h);
    }

    if (syn) {
        if (attempts_ <= 1) UpdateRttHistory(m_tcb->m_nextTxSequence, 0, false);
        m_rto = doubled(m_cnTimeout, attempts_ == 0 ? 0 : attempts_ - 1);
        if (m_retxEvent.IsExpired()) m_retxEvent = ns3::Simulator::Schedule(m_rto, &dectbed_tcp::syn_timeout, this);
        return send_header_only(h, flags, m_tcb->m_nextTxSequence);
    }
    // No data is waiting for a retransmission: its timeout starts from the estimate (RFC 6298, 2.4).
    if (m_retxEvent.IsExpired())
        m_rto = std::max(m_rtt->GetEstimate() + std::max(m_clockGranularity, m_rtt->GetVariation() * 4), m_minRto);
    if (flags & TcpHeader::FIN) return send_header_only(h, flags, fin_sequence_);
    send_header_only(h, flags, open ? next_sequence() : m_tcb->m_nextTxSequence.Get() + 1);
}

std::uint32_t dectbed_tcp::SendDataPacket(ns3::SequenceNumber32 seq, std::uint32_t octets_max, bool with_ack) {
    const std::uint32_t sent = ns3::TcpSocketBase::SendDataPacket(seq, octets_max, with_ack);
    send_fin_if_due();
    return sent;
}

// --- timers and the end ------------------------------------------------------------------------------

void dectbed_tcp::ReTxTimeout() {
    if (gone_ || !synchronised() || !data_unacknowledged()) return;
    if (m_dataRetrCount == 0) return end(close_reason::timed_out);
    ns3::TcpSocketBase::ReTxTimeout();
}

void dectbed_tcp::PersistTimeout() {
    if (gone_ || !synchronised() || m_txBuffer->Size() == 0) return;
    if (++probes_ > parameters_->persist_attempts) return end(close_reason::timed_out);
    // An octet that the peer has acknowledged long ago: it must answer with its window (RFC 9293, 3.10.7.4).
    ns3::TcpHeader h;
    if (m_timestampEnabled) AddOptionTimestamp(h);
    h.SetWindowSize(AdvertisedWindowSize());
    send_header_only(h, ns3::TcpHeader::ACK, m_txBuffer->HeadSequence() - 1);
    m_persistTimeout = std::min(m_persistTimeout + m_persistTimeout, rto_max);
    m_persistEvent = ns3::Simulator::Schedule(m_persistTimeout, &dectbed_tcp::PersistTimeout, this);
}

void dectbed_tcp::fin_acknowledged() {
    fin_ = fin::acknowledged;
    m_lastAckEvent.Cancel();
    if (!peer_finished_) {
        wait_for_peer_fin();
    } else if (closed_first_) {
        enter_time_wait();
        notify_closed(close_reason::here);
    } else {
        end(close_reason::by_peer);
    }
}

void dectbed_tcp::wait_for_peer_fin() {
    m_timewaitEvent.Cancel();
    m_timewaitEvent = ns3::Simulator::Schedule(to_ns3(parameters_->fin_wait_2), &dectbed_tcp::time_wait_over, this);
}

void dectbed_tcp::enter_time_wait() {
    time_wait_ = true;
    CancelAllTimers();
    m_timewaitEvent = ns3::Simulator::Schedule(to_ns3(parameters_->time_wait), &dectbed_tcp::time_wait_over, this);
}

void dectbed_tcp::time_wait_over() {
    if (!gone_) end(close_reason::here);
}

void dectbed_tcp::end(close_reason r) {
    const ns3::Ptr<dectbed_tcp> keep(this);
    if (!gone_) disappear();
    notify_closed(r);
}

void dectbed_tcp::disappear() {
    const ns3::Ptr<dectbed_tcp> keep(this);
    gone_ = true;
    m_state = CLOSED;
    DeallocateEndPoint();
    CancelAllTimers();
    m_tcp->RemoveSocket(this);  // a socket that was never bound stays in ns-3's list otherwise
    queue_.clear();
    layer_->remove(*this);
}

}  // namespace dectbed::models::network
