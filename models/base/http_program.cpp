#include "models/base/http_program.h"

#include <algorithm>
#include <cstring>

#include "models/firmware/lib/fw_tls.h"

namespace dectbed::models::base {

namespace {

enum timer : std::uint32_t { dns_timers = 1, exchange_timers = 16, limit_timers = 32 };
enum token : std::uint32_t { dns_token = 1, tls_token, exchange_tokens = 16 };
constexpr std::uint32_t dns_sockets = http_sockets_first, exchange_sockets = http_sockets_first + 64;
/// 2025-01-01T00:00:00Z, when this program was built: certificates that ended before are bad whatever the time is.
constexpr std::int64_t built_unix_s = 1735689600;
constexpr std::uint32_t timeout_default_ms = 60'000;
constexpr std::size_t piece_octets_max = DECTBED_HTTP_PIECE_MAX;

static_assert(static_cast<int>(DECTBED_HTTP_OK) == FW_HTTP_OK &&
              static_cast<int>(DECTBED_HTTP_NAME_TIMEOUT) == FW_HTTP_NAME_TIMEOUT &&
              static_cast<int>(DECTBED_HTTP_RESPONSE_TIMEOUT) == FW_HTTP_RESPONSE_TIMEOUT &&
              static_cast<int>(DECTBED_HTTP_TLS_FAILED) == FW_HTTP_TLS_FAILED);

class program {
  public:
    explicit program(const dectbed_host* host) { fw_io_init(&io_, host); }
    ~program() {
        for (auto& e : exchanges_)
            if (e) fw_http_free(&e->client);
        fw_tls_device_free(&tls_);
        fw_dns_free(&dns_);
    }
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    void handle(const dectbed_event* event) {
        if (event->record.type == http_relay_down) return relayed(event);
        if (!fw_io_begin(&io_, event)) return;
        if (event->record.type == DECTBED_EV_BOOT) return boot(*reinterpret_cast<const dectbed_ev_boot*>(event));
        if (fw_dns_handle(&dns_, event) || fw_tls_device_handle(&tls_, event)) return;
        if (event->record.type == DECTBED_EV_TIMER) {
            const std::uint32_t index = reinterpret_cast<const dectbed_ev_timer*>(event)->timer - limit_timers;
            if (index < exchanges_.size()) return limit_reached(index);
        }
        for (auto& e : exchanges_)
            if (e && fw_http_handle(&e->client, event)) return;
    }

  private:
    struct exchange {
        program* owner = nullptr;
        std::uint32_t number = 0;  ///< the firmware's; 0: free
        std::size_t index = 0;
        std::uint8_t method = 0;
        bool collecting = false;  ///< more of its body is to come
        std::string url, fields, body;
        fw_http_client client{};
    };

    void boot(const dectbed_ev_boot& b) {
        const fw_dns_config dns{dns_timers, dns_sockets, dns_token};
        fw_dns_init(&dns_, &io_, &dns);
        fw_tls_device_init(&tls_, &io_, tls_token, b.tls_model, built_unix_s);
        tls_.versions = b.tls_versions;
        tls_.handshake_us = b.cost_tls_handshake_us;
        tls_.resumption_us = b.cost_tls_resumption_us;
    }

    void relayed(const dectbed_event* event) {
        const auto& relay = *reinterpret_cast<const http_relay*>(event);
        io_.now_us = event->now_us;
        unix_s_ = relay.unix_s;
        told_at_us_ = event->now_us;
        const auto* octets = reinterpret_cast<const std::uint8_t*>(event) + sizeof relay;
        dectbed_record head;
        std::memcpy(&head, octets, sizeof head);
        if (head.type == DECTBED_REQ_HTTP_SETUP) {
            std::memcpy(&setup_, octets, sizeof setup_);
            setup_.user_agent[sizeof setup_.user_agent - 1] = setup_.proxy[sizeof setup_.proxy - 1] = '\0';
            is_set_up_ = true;
            const auto* end = std::remove(std::begin(setup_.dns), std::end(setup_.dns), 0u);
            fw_dns_set_servers(&dns_, setup_.dns, static_cast<std::uint32_t>(end - std::begin(setup_.dns)));
        } else if (head.type == DECTBED_REQ_HTTP) {
            begin(octets, head);
        } else if (head.type == DECTBED_REQ_HTTP_BODY) {
            take_piece(octets, head);
        } else {
            dectbed_req_u32 which;
            std::memcpy(&which, octets, sizeof which);
            if (exchange* e = find(which.value)) {
                fw_http_cancel(&e->client);
                end(*e);
            } else {
                refuse(head, DECTBED_NOT_FOUND);
            }
        }
    }

    void begin(const std::uint8_t* octets, const dectbed_record& head) {
        dectbed_req_http r;
        std::memcpy(&r, octets, sizeof r);
        if (!is_set_up_ || find(r.exchange) != nullptr) return refuse(head, DECTBED_WRONG_STATE);
        const auto slot =
            std::find_if(exchanges_.begin(), exchanges_.end(), [](const auto& e) { return !e || e->number == 0; });
        if (slot == exchanges_.end()) return refuse(head, DECTBED_TOO_MANY);
        if (!*slot) *slot = std::make_unique<exchange>();
        exchange& e = **slot;
        const char* text = reinterpret_cast<const char*>(octets) + sizeof r;
        e.owner = this;
        e.number = r.exchange;
        e.index = static_cast<std::size_t>(slot - exchanges_.begin());
        e.url.assign(text, r.url_octets);
        e.fields.assign(text + r.url_octets, r.fields_octets);
        e.body.assign(text + r.url_octets + r.fields_octets, r.body_octets);
        const auto i = static_cast<std::uint32_t>(e.index);
        fw_http_config c{};
        c.timer = exchange_timers + i;
        c.token = exchange_tokens + i;
        c.socket_first = exchange_sockets + FW_HTTP_SOCKETS * i;
        std::memcpy(c.user_agent, setup_.user_agent, sizeof c.user_agent);
        std::memcpy(c.proxy, setup_.proxy, sizeof c.proxy);
        c.body_octets_max = r.body_octets_max;
        c.tls = &tls_;
        c.now_unix = [](void* context) {
            const auto& self = *static_cast<const program*>(context);
            if (self.unix_s_ == FW_TLS_CLOCK_UNKNOWN) return self.unix_s_;
            return self.unix_s_ + static_cast<std::int64_t>((self.io_.now_us - self.told_at_us_) / FW_SECOND_US);
        };
        c.context = this;
        if (e.client.io != nullptr) fw_http_free(&e.client);
        const std::uint32_t turn = e.client.turn;  // late events of the last exchange must not be mistaken
        fw_http_init(&e.client, &io_, &dns_, &c);
        e.client.turn = turn;
        fw_timer_start(&io_, limit_timers + i,
                       (r.timeout_ms != 0 ? r.timeout_ms : timeout_default_ms) * FW_MILLISECOND_US);
        e.method = r.method;
        e.collecting = r.more != 0;
        if (!e.collecting) send(e);
    }

    void take_piece(const std::uint8_t* octets, const dectbed_record& head) {
        dectbed_req_http_body r;
        std::memcpy(&r, octets, sizeof r);
        exchange* e = find(r.exchange);
        if (e == nullptr) return refuse(head, DECTBED_NOT_FOUND);
        if (!e->collecting) return refuse(head, DECTBED_WRONG_STATE);
        const std::size_t size = head.size - sizeof r;
        if (size > DECTBED_HTTP_BODY_MAX - e->body.size()) {
            respond(*e, DECTBED_HTTP_BODY_TOO_LARGE, {}, "request body over 1048576 octets");
            return end(*e);
        }
        e->body.append(reinterpret_cast<const char*>(octets) + sizeof r, size);
        if (r.last == 0) return;
        e->collecting = false;
        send(*e);
    }

    void send(exchange& e) {
        fw_http_options o{};
        o.head = e.method == DECTBED_HTTP_HEAD;
        o.fields = e.fields.empty() ? nullptr : e.fields.c_str();
        o.keep_fields = true;
        const auto done = [](void* context, const fw_http_result* result) {
            auto& on = *static_cast<exchange*>(context);
            on.owner->finished(on, *result);
        };
        if (e.method == DECTBED_HTTP_POST)
            fw_http_post(&e.client, e.url.c_str(), &o, e.body.data(), e.body.size(), done, &e);
        else
            fw_http_get(&e.client, e.url.c_str(), &o, done, &e);
    }

    exchange* find(std::uint32_t number) {
        for (auto& e : exchanges_)
            if (e && number != 0 && e->number == number) return e.get();
        return nullptr;
    }

    void end(exchange& e) {
        fw_timer_stop(&io_, limit_timers + static_cast<std::uint32_t>(e.index));
        e.number = 0;
        std::string().swap(e.body);  // a device that rests keeps no megabyte
    }

    void limit_reached(std::size_t index) {
        exchange& e = *exchanges_[index];
        if (e.number == 0) return;
        fw_http_cancel(&e.client);
        respond(e, DECTBED_HTTP_TIMEOUT, {}, "took too long");
        end(e);
    }

    void finished(exchange& e, const fw_http_result& r) {
        if (r.error != FW_HTTP_OK) {
            std::string text = fw_http_error_text(r.error);
            if (r.detail[0] != '\0') text += std::string(": ") + r.detail;
            respond(e, static_cast<std::uint16_t>(r.error), {}, text);
        } else {
            dectbed_ev_http_response head{};
            head.status = static_cast<std::uint16_t>(r.status);
            head.retry_after_s = r.retry_after_s;
            head.body_octets = static_cast<std::uint32_t>(r.body_octets);
            respond(e, DECTBED_HTTP_OK, head, r.fields);
            for (std::size_t at = 0; at < r.body_octets; at += piece_octets_max) {
                dectbed_ev_http_body piece{};
                piece.exchange = e.number;
                piece.offset = static_cast<std::uint32_t>(at);
                up(DECTBED_EV_HTTP_BODY, piece, r.body + at, std::min(piece_octets_max, r.body_octets - at));
            }
        }
        end(e);
    }

    void respond(const exchange& e, std::uint16_t error, dectbed_ev_http_response head, const std::string& text) {
        head.exchange = e.number;
        head.error = error;
        up(DECTBED_EV_HTTP_RESPONSE, head, text.data(), text.size());
    }

    template <class Event>
    void up(std::uint16_t type, Event e, const char* data, std::size_t octets, std::uint32_t token = 0) {
        std::string r(sizeof(dectbed_record) + sizeof e + octets, '\0');
        e.event.record = {type, static_cast<std::uint16_t>(sizeof e + octets), token};
        const dectbed_record head{http_relay_up, static_cast<std::uint16_t>(r.size()), 0};
        std::memcpy(r.data(), &head, sizeof head);
        std::memcpy(r.data() + sizeof head, &e, sizeof e);
        if (octets > 0) std::memcpy(r.data() + sizeof head + sizeof e, data, octets);
        io_.host->request(io_.host->context, reinterpret_cast<const dectbed_record*>(r.data()));
    }

    void refuse(const dectbed_record& what, dectbed_status why) {
        dectbed_ev_refused e{};
        e.request_type = what.type;
        e.reason = static_cast<std::uint16_t>(why);
        up(DECTBED_EV_REFUSED, e, nullptr, 0, what.token);
    }

    fw_io io_{};
    fw_dns_client dns_{};
    fw_tls_device tls_{};
    dectbed_req_http_setup setup_{};
    bool is_set_up_ = false;
    std::int64_t unix_s_ = FW_TLS_CLOCK_UNKNOWN;
    std::uint64_t told_at_us_ = 0;
    std::array<std::unique_ptr<exchange>, DECTBED_HTTP_EXCHANGES_MAX> exchanges_;
};

}  // namespace

const dectbed_firmware* http_program_entry() {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI,
        DECTBED_KIND_BASE,
        DECTBED_FLAG_REENTRANT,
        0,
        "http-service",
        "1.0",
        [](const dectbed_host* host) -> void* { return new program(host); },
        [](void* instance, const dectbed_event* event) { static_cast<program*>(instance)->handle(event); },
        [](void* instance) { delete static_cast<program*>(instance); }};
    return &firmware;
}

}  // namespace dectbed::models::base
