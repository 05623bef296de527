#include "models/tls/acceptor.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace dectbed::models::tls {

acceptor::acceptor(sim::simulation& s, sim::entity_id who, server_parameters p)
    : simulation_(s),
      who_(who),
      context_(std::make_shared<server_context>(s, who, std::move(p))),
      cores_(std::max<std::size_t>(context_->parameters().costs.cores, 1)) {}

acceptor::~acceptor() {
    for (auto& [number, p] : pending_) p.timer.cancel();
}

void acceptor::accept(network::tcp_stream_ptr raw, ready on_ready) { begin(std::move(raw), std::move(on_ready)); }

network::tcp_stream_ptr acceptor::wrap(network::tcp_stream_ptr raw) { return begin(std::move(raw), nullptr); }

secure_stream_ptr acceptor::begin(network::tcp_stream_ptr raw, ready on_ready) {
    const std::uint64_t number = ++handshakes_;
    auto stream = context_->parameters().how == model::openssl
                      ? make_openssl_stream(simulation_, context_, std::move(raw))
                      : make_timing_stream(simulation_, context_, std::move(raw));
    pending p{stream, std::move(on_ready), simulation_.now(), {}};
    const std::weak_ptr<bool> alive = alive_;
    p.timer = simulation_.kernel().after(context_->parameters().handshake_timeout, [this, number] {
        const auto found = pending_.find(number);
        if (found == pending_.end()) return;
        const auto late = found->second.stream;
        finished(number, "timed out");
        late->abort();
    });
    pending_.emplace(number, std::move(p));
    stream->begin(
        [this, alive, number](const std::string& result) {
            if (!alive.expired()) finished(number, result);
        },
        [this, alive](bool resumed, std::function<void()> then) {
            if (!alive.expired()) work(resumed, std::move(then));
        });
    return stream;
}

void acceptor::work(bool resumed, std::function<void()> then) {
    const server_costs& costs = context_->parameters().costs;
    const auto core = std::min_element(cores_.begin(), cores_.end());
    *core = std::max(*core, simulation_.now()) + (resumed ? costs.resumed : costs.full);
    simulation_.kernel().at(*core, std::move(then));
}

void acceptor::finished(std::uint64_t number, const std::string& result) {
    const auto found = pending_.find(number);
    if (found == pending_.end()) return;
    pending p = std::move(found->second);
    pending_.erase(found);
    p.timer.cancel();
    const session_facts& f = p.stream->facts();
    const auto client = simulation_.journal().find_by_mac(network::mac_in(f.client_subject));
    simulation_.publish(
        who_, sim::record::tls_handshake{number, f.version, f.cipher, f.server_name, f.resumed, f.client_subject,
                                         to_text(context_->parameters().how), result, simulation_.now() - p.since,
                                         network::to_text(p.stream->remote()), client});
    if (result == "done") {
        if (p.on_ready) p.on_ready(p.stream, f);
        return;
    }
    // Who was given the stream at once must hear that it leads nowhere.
    if (const auto told = std::exchange(p.stream->on_closed, nullptr)) told(network::close_reason::reset);
    // We may be called from a handler that the stream owns; let go of it when that has returned.
    simulation_.kernel().soon([stream = p.stream] {});
}

void acceptor::abort_all(bool silently) {
    for (auto& [number, p] : std::exchange(pending_, {})) {
        (void)number;
        p.timer.cancel();
        if (silently) {
            p.stream->freeze();
            simulation_.kernel().after(context_->parameters().handshake_timeout,
                                       [stream = p.stream] { stream->abort(); });
        } else {
            p.stream->abort();
        }
    }
}

}  // namespace dectbed::models::tls
