// A TCP connection under TLS, the server's end: looks like the connection it lies upon, with plain octets.
//
// Made by an acceptor. Handlers may do what tcp_stream allows them. A peer that breaks the protocol is told an alert
// and hung up on; the application sees on_closed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "models/network/stream.h"
#include "models/tls/server_context.h"

namespace dectbed::models::tls {

class secure_stream : public network::tcp_stream, public std::enable_shared_from_this<secure_stream> {
  public:
    /// `result` is "done", or why there will be no session; then the stream is closing.
    using handshake_done = std::function<void(const std::string& result)>;
    /// The server works for so long on a handshake; `then` runs when it has. Must not call back at once.
    using work = std::function<void(bool resumed, std::function<void()> then)>;

    secure_stream(sim::simulation& s, std::shared_ptr<server_context> context, network::tcp_stream_ptr inner);

    /// Takes the handlers of the inner stream; call once, when a shared_ptr owns this.
    void begin(handshake_done done, work on_work);

    void send(sim::bytes data) override;
    void close() override;
    void abort() override;
    network::endpoint local() const override { return inner_->local(); }
    network::endpoint remote() const override { return inner_->remote(); }

    const session_facts& facts() const { return facts_; }
    bool established() const { return stage_ == stage::open; }
    /// Says nothing and takes nothing any more (a server that is out); abort() ends that.
    void freeze() { frozen_ = true; }

  protected:
    /// What the models of TLS differ in. None is called before begin().
    virtual void received(sim::byte_view data) = 0;  ///< octets from the wire
    virtual void write(sim::byte_view plain) = 0;    ///< makes records of it and calls put()
    virtual void farewell() = 0;                     ///< puts close_notify

    void put(sim::bytes octets);  ///< on the wire, or held back while the server works
    void establish(session_facts facts);
    /// The handshake, or the session, ends: `result` for the journal. What was put is sent first.
    void fail(const std::string& result);
    void deliver(sim::byte_view plain);
    void peer_says_farewell();
    /// The hello is understood: what is put now goes out when the server has done the work.
    void work_on(bool resumed);
    bool open() const { return stage_ == stage::open; }
    bool over() const { return stage_ == stage::over; }

    sim::simulation& simulation_;
    const std::shared_ptr<server_context> context_;

  private:
    enum class stage { shaking_hands, open, over };
    void work_is_done();
    void inner_data(sim::byte_view data);
    void inner_closed(network::close_reason why);

    network::tcp_stream_ptr inner_;
    stage stage_ = stage::shaking_hands;
    session_facts facts_;
    handshake_done done_;
    work work_;
    bool working_ = false, closing_ = false, frozen_ = false, peer_finished_ = false;
    bool closes_when_open_ = false;  ///< close() came before the session, behind octets that wait for it
    sim::bytes held_in_, held_out_;
    std::vector<sim::bytes> waiting_;  ///< plain octets sent before the session was there
};
using secure_stream_ptr = std::shared_ptr<secure_stream>;

secure_stream_ptr make_openssl_stream(sim::simulation& s, std::shared_ptr<server_context> context,
                                      network::tcp_stream_ptr inner);
secure_stream_ptr make_timing_stream(sim::simulation& s, std::shared_ptr<server_context> context,
                                     network::tcp_stream_ptr inner);

}  // namespace dectbed::models::tls
