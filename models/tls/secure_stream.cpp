#include "models/tls/secure_stream.h"

#include <utility>

namespace dectbed::models::tls {

secure_stream::secure_stream(sim::simulation& s, std::shared_ptr<server_context> context, network::tcp_stream_ptr inner)
    : simulation_(s), context_(std::move(context)), inner_(std::move(inner)) {}

void secure_stream::begin(handshake_done done, work on_work) {
    done_ = std::move(done);
    work_ = std::move(on_work);
    // The inner stream must not own us; whoever holds us holds it.
    const std::weak_ptr<secure_stream> weak = weak_from_this();
    inner_->on_data = [weak](sim::byte_view data) {
        if (const auto self = weak.lock()) self->inner_data(data);
    };
    inner_->on_peer_finished = [weak] {
        const auto self = weak.lock();
        if (!self || self->frozen_ || self->peer_finished_) return;
        self->peer_finished_ = true;
        if (self->stage_ == stage::shaking_hands) {
            self->fail("closed by the client");
        } else if (self->on_peer_finished) {
            self->on_peer_finished();
        } else {
            self->close();
        }
    };
    inner_->on_sent = [weak] {
        const auto self = weak.lock();
        if (self && self->on_sent) self->on_sent();
    };
    inner_->on_closed = [weak](network::close_reason why) {
        if (const auto self = weak.lock()) self->inner_closed(why);
    };
}

void secure_stream::inner_data(sim::byte_view data) {
    if (frozen_ || stage_ == stage::over) return;
    if (working_) {
        held_in_.insert(held_in_.end(), data.begin(), data.end());
        return;
    }
    received(data);
}

void secure_stream::inner_closed(network::close_reason why) {
    const bool shaking = stage_ == stage::shaking_hands;
    stage_ = stage::over;
    if (shaking && done_) {
        const auto done = std::exchange(done_, nullptr);
        done(why == network::close_reason::timed_out ? "connection timed out" : "connection reset");
        return;
    }
    if (on_closed) on_closed(why);
}

void secure_stream::work_on(bool resumed) {
    if (!work_) return;
    working_ = true;
    work_(resumed, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->work_is_done();
    });
}

void secure_stream::work_is_done() {
    working_ = false;
    if (stage_ == stage::over || frozen_) return;
    if (!held_out_.empty()) inner_->send(std::exchange(held_out_, {}));
    if (closing_) {
        inner_->close();
        return;
    }
    const sim::bytes data = std::exchange(held_in_, {});
    if (!data.empty()) received(data);
}

void secure_stream::put(sim::bytes octets) {
    if (stage_ == stage::over || frozen_ || octets.empty()) return;
    if (working_) {
        held_out_.insert(held_out_.end(), octets.begin(), octets.end());
        return;
    }
    inner_->send(std::move(octets));
}

void secure_stream::establish(session_facts facts) {
    if (stage_ != stage::shaking_hands) return;
    stage_ = stage::open;
    facts_ = std::move(facts);
    if (const auto done = std::exchange(done_, nullptr)) done("done");
    const bool closes = std::exchange(closes_when_open_, false);
    for (const auto& data : std::exchange(waiting_, {})) send(data);
    if (closes) close();
}

void secure_stream::fail(const std::string& result) {
    if (stage_ == stage::over) return;
    const bool shaking = stage_ == stage::shaking_hands;
    closing_ = true;
    if (!working_) inner_->close();
    if (!shaking) {
        // The session broke after it was there: to its user that is a reset.
        stage_ = stage::over;
        if (on_closed) on_closed(network::close_reason::reset);
        return;
    }
    if (!working_) stage_ = stage::over;
    if (const auto done = std::exchange(done_, nullptr)) done(result);
}

void secure_stream::deliver(sim::byte_view plain) {
    if (stage_ == stage::open && on_data) on_data(plain);
}

void secure_stream::peer_says_farewell() {
    if (peer_finished_ || stage_ != stage::open) return;
    peer_finished_ = true;
    if (on_peer_finished) {
        on_peer_finished();
    } else {
        close();
    }
}

void secure_stream::send(sim::bytes data) {
    if (closing_ || closes_when_open_ || stage_ == stage::over) return;
    if (stage_ == stage::shaking_hands) {
        waiting_.push_back(std::move(data));
        return;
    }
    write(data);
}

void secure_stream::close() {
    if (closing_ || stage_ == stage::over) return;
    if (stage_ == stage::shaking_hands && !waiting_.empty()) {
        closes_when_open_ = true;
        return;
    }
    if (stage_ == stage::open) farewell();
    closing_ = true;
    if (!working_) inner_->close();
}

void secure_stream::abort() {
    if (stage_ == stage::over) return;
    inner_->abort();
}

}  // namespace dectbed::models::tls
