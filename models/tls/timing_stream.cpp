#include <algorithm>

#include "dectbed/tls_timing.h"
#include "models/tls/secure_stream.h"
#include "models/tls/timing_octets.h"
#include "sim/wall_clock.h"

namespace dectbed::models::tls {

namespace {

constexpr std::uint16_t version_1_2 = 0x0303, version_1_3 = 0x0304;

/// A client that is still shaking hands has no more to say than a hello with a long name, or its certificate.
constexpr std::size_t handshake_octets_max = 65'536;

class timing_stream final : public secure_stream {
  public:
    timing_stream(sim::simulation& s, std::shared_ptr<server_context> context, network::tcp_stream_ptr inner)
        : secure_stream(s, std::move(context), std::move(inner)) {}

  private:
    enum class step { hello, client_flight, data };

    void received(sim::byte_view data) override {
        const auto keep = shared_from_this();
        in_.insert(in_.end(), data.data(), data.data() + data.size());
        std::size_t used = 0;
        while (!over() && step_now(used)) {
        }
        in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(std::min(used, in_.size())));
    }

    /// One record; false if there is none, or if nothing more is to be read now.
    bool step_now(std::size_t& used) {
        const std::size_t left = in_.size() - used;
        if (left < DECTBED_TLS_RECORD_HEAD) return false;
        const std::uint8_t* head = in_.data() + used;
        const std::size_t body = static_cast<std::size_t>(head[3] << 8 | head[4]);
        if (head[0] != DECTBED_TLS_TYPE_DATA || head[1] != 3 || body > DECTBED_TLS_RECORD_MAX + 256) {
            refuse(head[0] == 22 ? DECTBED_ALERT_HANDSHAKE_FAILURE : DECTBED_ALERT_UNEXPECTED_MESSAGE,
                   head[0] == 22 ? "the client speaks TLS, this world has the timing model" : "");
            return false;
        }
        if (left < DECTBED_TLS_RECORD_HEAD + body) return false;
        const sim::byte_view content(head + DECTBED_TLS_RECORD_HEAD, body);
        used += DECTBED_TLS_RECORD_HEAD + body;
        if (step_ == step::data) {
            application(content);
            return true;
        }
        flight_.insert(flight_.end(), content.begin(), content.end());
        flight_octets_ += DECTBED_TLS_RECORD_HEAD + body;
        if (flight_.size() > handshake_octets_max) {
            refuse(DECTBED_ALERT_UNEXPECTED_MESSAGE, "");
            return false;
        }
        return step_ == step::hello ? hello() : client_flight();
    }

    bool hello() {
        timing_reader r(flight_);
        if (!r.begins(DECTBED_TLS_CLIENT_HELLO)) {
            refuse(DECTBED_ALERT_UNEXPECTED_MESSAGE, "");
            return false;
        }
        r.number(2);  // the highest version: the set that follows says it, too
        const std::uint64_t versions = r.number(1);
        facts_now_.server_name = r.text();
        const std::string ticket = r.text();
        if (!r.good()) {
            refuse(DECTBED_ALERT_UNEXPECTED_MESSAGE, "");
            return false;
        }
        const auto& p = context_->parameters();
        tls_1_3_ = (versions & 2) != 0 && p.tls_1_3;
        if (!tls_1_3_ && ((versions & 1) == 0 || !p.tls_1_2)) {
            refuse(DECTBED_ALERT_PROTOCOL_VERSION, "");
            return false;
        }
        facts_now_.resumed = p.session_tickets && good(ticket);
        const bool asks = p.clients != client_certificates::none && !facts_now_.resumed;
        certified_ = facts_now_.resumed && certified_;
        bare_ = &context_->shape(tls_1_3_, facts_now_.resumed, certified_);
        with_ = asks ? &context_->shape(tls_1_3_, false, true) : bare_;
        if (!with_->known) with_ = bare_;
        if (asks) certified_ = with_ != bare_;
        if (!bare_->known) {
            refuse(DECTBED_ALERT_HANDSHAKE_FAILURE, "");
            return false;
        }
        facts_now_.version = tls_1_3_ ? "TLSv1.3" : "TLSv1.2";
        facts_now_.cipher = bare_->cipher;
        work_on(facts_now_.resumed);
        put(in_records(bare_->server, answer(asks)));
        flight_.clear();
        flight_octets_ = 0;
        step_ = step::client_flight;
        return true;
    }

    /// The octets that stand in the server's flight.
    sim::bytes answer(bool asks) {
        const auto& p = context_->parameters();
        timing_writer w(DECTBED_TLS_SERVER_FLIGHT);
        w.number(bare_->octets_of(bare_->server), 2);
        w.number(tls_1_3_ ? version_1_3 : version_1_2, 2);
        w.number(bare_->suite, 2);
        w.number(facts_now_.resumed ? 1 : 0, 1);
        w.number(!asks ? 0 : p.clients == client_certificates::request ? 1 : 2, 1);
        for (const auto* shape : {bare_, with_}) {
            w.number(shape->client.size(), 1);
            for (const auto size : shape->client) w.number(size, 2);
        }
        for (const auto* shape : {bare_, with_}) w.number(shape->octets_of(shape->last), 2);
        w.number(bare_->client_waits ? 1 : 0, 1);
        // A resumed session rests on what was checked when it began.
        if (facts_now_.resumed) {
            w.number(0, 1);
            w.number(0, 8);
            w.number(0, 1);
        } else {
            w.append(context_->certificates());
        }
        const std::string ticket = p.session_tickets ? new_ticket() : std::string();
        w.text(ticket);
        w.number(static_cast<std::uint64_t>(p.ticket_lifetime / std::chrono::seconds{1}), 4);
        w.number(with_->ticket, 2);
        return w.take();
    }

    /// Issued at, by this server, to a client with a certificate: a genuine ticket holds that. Whoever is asked for
    /// one is taken to have it; the size of its tickets is all that is wrong if it has not.
    std::string new_ticket() {
        timing_writer w;
        w.number(static_cast<std::uint64_t>(sim::unix_s(simulation_)), 8);
        w.number(context_->ticket_key(), 8);
        w.number(certified_ ? 1 : 0, 4);
        return std::string(sim::text(w.take()));
    }
    bool good(const std::string& ticket) {
        if (ticket.size() != DECTBED_TLS_TICKET_OCTETS) return false;
        timing_reader r(sim::view(ticket));
        const auto since = static_cast<std::int64_t>(r.number(8));
        const std::uint64_t key = r.number(8);
        certified_ = r.number(4) != 0;
        const std::int64_t age = sim::unix_s(simulation_) - since;
        return key == context_->ticket_key() && age >= 0 &&
               age <= context_->parameters().ticket_lifetime / std::chrono::seconds{1};
    }

    bool client_flight() {
        constexpr std::size_t shortest = 5;  // content, and one octet more
        if (flight_.size() < shortest) return true;
        timing_reader r(flight_);
        if (r.begins(DECTBED_TLS_ALERT)) {
            const auto code = static_cast<int>(r.number(1));
            fail("alert from the client: " + alert_name(code));
            return false;
        }
        timing_reader c(flight_);
        if (!c.begins(DECTBED_TLS_CLIENT_FLIGHT)) {
            refuse(DECTBED_ALERT_UNEXPECTED_MESSAGE, "");
            return false;
        }
        facts_now_.client_subject = c.text();
        if (!c.good()) return true;  // the text goes on in the next record
        const bool with = !facts_now_.client_subject.empty();
        const auto& shape = with ? *with_ : *bare_;
        if (flight_octets_ < shape.octets_of(shape.client)) return true;
        const auto& p = context_->parameters();
        if (!with && !facts_now_.resumed && p.clients == client_certificates::require) {
            refuse(DECTBED_ALERT_CERTIFICATE_REQUIRED, "");
            return false;
        }
        put(in_records(shape.last, {}));
        step_ = step::data;
        flight_.clear();
        establish(facts_now_);
        return true;
    }

    void application(sim::byte_view content) {
        const std::size_t added =
            (tls_1_3_ ? DECTBED_TLS_OVERHEAD_1_3 : DECTBED_TLS_OVERHEAD_1_2) - DECTBED_TLS_RECORD_HEAD;
        const auto size = static_cast<std::size_t>(content.size());
        if (size < added) {
            fail("broken record");
            return;
        }
        // The last octet of what a record adds tells data from alerts.
        const std::uint8_t kind = content[size - 1];
        if (kind == DECTBED_TLS_FAREWELL) {
            peer_says_farewell();
        } else if (size > added) {
            deliver(content.first(size - added));
        }
    }

    void write(sim::byte_view plain) override {
        sim::bytes out;
        append_data_records(out, plain, tls_1_3_);
        put(std::move(out));
    }

    void farewell() override { put(farewell_record(tls_1_3_)); }

    void refuse(int code, const std::string& why) {
        // A genuine alert, which any client understands (RFC 8446, 6).
        put({DECTBED_TLS_TYPE_ALERT, 3, 3, 0, 2, 2, static_cast<std::uint8_t>(code)});
        fail(why.empty() ? "alert: " + alert_name(code) : why);
    }

    step step_ = step::hello;
    bool tls_1_3_ = true, certified_ = false;
    const handshake_shape *bare_ = nullptr, *with_ = nullptr;
    sim::bytes in_, flight_;
    std::size_t flight_octets_ = 0;
    session_facts facts_now_;
};

}  // namespace

secure_stream_ptr make_timing_stream(sim::simulation& s, std::shared_ptr<server_context> context,
                                     network::tcp_stream_ptr inner) {
    return std::make_shared<timing_stream>(s, std::move(context), std::move(inner));
}

}  // namespace dectbed::models::tls
