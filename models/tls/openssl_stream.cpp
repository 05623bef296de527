#include <openssl/err.h>

#include <algorithm>

#include "models/tls/secure_stream.h"
#include "sim/wall_clock.h"

namespace dectbed::models::tls {

namespace {

constexpr int piece_octets = 16 * 1024;

class openssl_stream final : public secure_stream {
  public:
    openssl_stream(sim::simulation& s, std::shared_ptr<server_context> context, network::tcp_stream_ptr inner)
        : secure_stream(s, std::move(context), std::move(inner)) {
        const environment_scope scope(context_->environment());
        ssl_.reset(SSL_new(context_->get()));
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_accept_state(ssl_.get());
        SSL_set_app_data(ssl_.get(), this);
        SSL_set_info_callback(ssl_.get(), [](const SSL* ssl, int where, int value) {
            if (where == SSL_CB_READ_ALERT || where == SSL_CB_WRITE_ALERT)
                static_cast<openssl_stream*>(SSL_get_app_data(ssl))->alert(where == SSL_CB_READ_ALERT, value);
        });
        X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_.get()), sim::unix_s(simulation_));
    }

  private:
    void alert(bool from_client, int value) {
        const int code = value & 0xFF;
        if (code == SSL_AD_CLOSE_NOTIFY || !reason_.empty()) return;
        reason_ = (from_client ? "alert from the client: " : "alert: ") + alert_name(code);
    }

    void received(sim::byte_view data) override {
        const auto keep = shared_from_this();
        bool ends = false, broken = false;
        {
            const environment_scope scope(context_->environment());
            BIO_write(in_, data.data(), static_cast<int>(data.size()));
            if (!open()) {
                const int done = SSL_do_handshake(ssl_.get());
                broken = done != 1 && SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ;
                ERR_clear_error();
                if (!worked_ && BIO_ctrl_pending(out_) > 0 && !broken) {
                    worked_ = true;
                    work_on(SSL_session_reused(ssl_.get()) == 1);
                }
                flush();
                ends = done == 1;
            }
        }
        if (broken) {
            fail(reason_.empty() ? "broken handshake" : reason_);
            return;
        }
        if (ends) establish(read_facts());
        if (open()) read();
    }

    void read() {
        sim::bytes plain(static_cast<std::size_t>(piece_octets));
        while (!over()) {
            int n = 0, error = SSL_ERROR_NONE;
            {
                const environment_scope scope(context_->environment());
                n = SSL_read(ssl_.get(), plain.data(), piece_octets);
                if (n <= 0) error = SSL_get_error(ssl_.get(), n);
                ERR_clear_error();
                flush();
            }
            if (n > 0) {
                deliver(sim::byte_view(plain).first(n));
                continue;
            }
            if (error == SSL_ERROR_ZERO_RETURN) peer_says_farewell();
            if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) fail(reason_.empty() ? "broken record" : reason_);
            return;
        }
    }

    void write(sim::byte_view plain) override {
        const environment_scope scope(context_->environment());
        while (plain.size() > 0) {
            const int n = SSL_write(ssl_.get(), plain.data(),
                                    static_cast<int>(std::min<std::ptrdiff_t>(plain.size(), piece_octets)));
            if (n <= 0) break;
            plain = plain.subspan(n);
        }
        ERR_clear_error();
        flush();
    }

    void farewell() override {
        const environment_scope scope(context_->environment());
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
        flush();
    }

    void flush() {
        const auto size = BIO_ctrl_pending(out_);
        if (size == 0) return;
        sim::bytes octets(size);
        BIO_read(out_, octets.data(), static_cast<int>(size));
        put(std::move(octets));
    }

    session_facts read_facts() const {
        session_facts f;
        f.version = SSL_get_version(ssl_.get());
        f.cipher = SSL_get_cipher_name(ssl_.get());
        if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name)) f.server_name = name;
        f.resumed = SSL_session_reused(ssl_.get()) == 1;
        if (X509* peer = SSL_get0_peer_certificate(ssl_.get())) f.client_subject = subject_of(peer);
        return f;
    }

    ssl_ptr ssl_;
    BIO *in_ = nullptr, *out_ = nullptr;  ///< owned by ssl_
    bool worked_ = false;
    std::string reason_;
};

}  // namespace

secure_stream_ptr make_openssl_stream(sim::simulation& s, std::shared_ptr<server_context> context,
                                      network::tcp_stream_ptr inner) {
    return std::make_shared<openssl_stream>(s, std::move(context), std::move(inner));
}

}  // namespace dectbed::models::tls
