#include "models/tls/server_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <fstream>
#include <numeric>

#include "dectbed/tls_timing.h"
#include "models/tls/timing_octets.h"

namespace dectbed::models::tls {

namespace {

constexpr unsigned char session_context[] = "dectbed";

std::string openssl_reason() {
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    std::string reason = text != nullptr ? text : "unknown reason";
    ERR_clear_error();
    return reason;
}

X509_STORE* store_of(const std::string& pem) {
    X509_STORE* store = X509_STORE_new();
    for (const auto& c : certificates_in(pem)) X509_STORE_add_cert(store, c.get());
    return store;
}

void common_settings(SSL_CTX* c, bool tls_1_2, bool tls_1_3) {
    SSL_CTX_set_min_proto_version(c, tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(c, tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_ciphersuites(c, DECTBED_TLS_SUITES_1_3);
    SSL_CTX_set_cipher_list(c, DECTBED_TLS_SUITES_1_2);
    SSL_CTX_set1_groups_list(c, DECTBED_TLS_GROUPS);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

bool use(SSL_CTX* c, const identity& i) {
    if (SSL_CTX_use_certificate(c, i.chain.front().get()) != 1 || SSL_CTX_use_PrivateKey(c, i.key.get()) != 1)
        return false;
    for (std::size_t n = 1; n < i.chain.size(); ++n) {
        if (SSL_CTX_add1_chain_cert(c, i.chain[n].get()) != 1) return false;
    }
    return true;
}

void log_key(const SSL* ssl, const char* line) {
    static_cast<server_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->parameters().keys->add(line);
}

/// One end of a handshake in memory.
struct memory_end {
    ssl_ptr ssl;
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    explicit memory_end(SSL_CTX* c) : ssl(SSL_new(c)) { SSL_set_bio(ssl.get(), in, out); }
    /// What it has to say, cut into the sizes of its records.
    std::vector<std::uint16_t> flight_to(memory_end& other) {
        std::vector<std::uint16_t> sizes;
        unsigned char buffer[DECTBED_TLS_RECORD_MAX];
        sim::bytes all;
        for (int n = 0; (n = BIO_read(out, buffer, sizeof buffer)) > 0;) all.insert(all.end(), buffer, buffer + n);
        for (std::size_t at = 0; at + DECTBED_TLS_RECORD_HEAD <= all.size();) {
            const auto size = static_cast<std::uint16_t>(DECTBED_TLS_RECORD_HEAD + (all[at + 3] << 8 | all[at + 4]));
            sizes.push_back(size);
            at += size;
        }
        BIO_write(other.in, all.data(), static_cast<int>(all.size()));
        return sizes;
    }
    bool step() {
        const int done = SSL_do_handshake(ssl.get());
        if (done == 1) {
            unsigned char none[1];
            SSL_read(ssl.get(), none, sizeof none);  // takes what follows a handshake: tickets
        }
        ERR_clear_error();
        return done == 1;
    }
};

}  // namespace

const char* to_text(model m) {
    switch (m) {
        case model::openssl:
            return "openssl";
        case model::timing:
            return "timing model";
    }
    return "";
}

void key_log::close() {
    if (lines_.empty()) return;
    std::ofstream out(path_, std::ios::binary);
    out << lines_;
    out.close();
    if (!out) throw sim::run_failure(path_, "cannot be written");
    lines_.clear();
}

std::string alert_name(int code) { return SSL_alert_desc_string_long(code); }

std::size_t handshake_shape::octets_of(const std::vector<std::uint16_t>& flight) const {
    return std::accumulate(flight.begin(), flight.end(), std::size_t{0});
}

server_context::server_context(sim::simulation& s, sim::entity_id who, server_parameters p)
    : parameters_(std::move(p)), environment_(s, who, "tls"), ticket_key_(s.stream(who, "tls timing model").u64()) {
    const environment_scope scope(environment_);
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* c = context_.get();
    const std::string& path = s.journal().path_of(who);
    if (c == nullptr || !parameters_.own || !use(c, *parameters_.own))
        throw sim::run_failure(path, "its certificate cannot be used: " + openssl_reason());
    common_settings(c, parameters_.tls_1_2, parameters_.tls_1_3);
    SSL_CTX_set_app_data(c, this);
    SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_id_context(c, session_context, sizeof session_context - 1);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);  // tickets are all there is: no state per client
    SSL_CTX_set_timeout(c, std::chrono::duration_cast<std::chrono::seconds>(parameters_.ticket_lifetime).count());
    SSL_CTX_set_num_tickets(c, parameters_.session_tickets ? 1 : 0);
    if (!parameters_.session_tickets) SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
    if (parameters_.clients != client_certificates::none) {
        const int must = parameters_.clients == client_certificates::require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
        SSL_CTX_set_verify(c, SSL_VERIFY_PEER | must, nullptr);
        SSL_CTX_set_cert_store(c, store_of(parameters_.client_anchors));
    }
    if (parameters_.keys) SSL_CTX_set_keylog_callback(c, log_key);
}

const sim::bytes& server_context::certificates() {
    if (certificates_.empty()) certificates_ = certificate_octets(parameters_);
    return certificates_;
}

const handshake_shape& server_context::shape(bool tls_1_3, bool resumed, bool client_certificate) {
    const std::size_t pair = (tls_1_3 ? 1u : 0u) + (client_certificate ? 2u : 0u);
    if (!measured_[pair]) {
        measured_[pair] = true;
        measure(tls_1_3, client_certificate);
    }
    return shapes_[pair + (resumed ? 4u : 0u)];
}

void server_context::measure(bool tls_1_3, bool client_certificate) {
    if (tls_1_3 ? !parameters_.tls_1_3 : !parameters_.tls_1_2) return;
    if (client_certificate && (parameters_.clients == client_certificates::none || !parameters_.client_sample)) return;
    const environment_scope scope(environment_);
    // Its own copy of the server, so that the sample is logged nowhere and may come without what is demanded.
    server_parameters p = parameters_;
    p.keys = nullptr;
    if (!client_certificate && p.clients == client_certificates::require) p.clients = client_certificates::request;
    const context_ptr server(SSL_CTX_new(TLS_server_method())), client(SSL_CTX_new(TLS_client_method()));
    use(server.get(), *p.own);
    common_settings(server.get(), p.tls_1_2, p.tls_1_3);
    SSL_CTX_set_options(server.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_id_context(server.get(), session_context, sizeof session_context - 1);
    SSL_CTX_set_session_cache_mode(server.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(server.get(), p.session_tickets ? 1 : 0);
    if (!p.session_tickets) SSL_CTX_set_options(server.get(), SSL_OP_NO_TICKET);
    if (p.clients != client_certificates::none) {
        SSL_CTX_set_verify(server.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
        SSL_CTX_set_cert_store(server.get(), store_of(p.client_anchors));
    }
    common_settings(client.get(), !tls_1_3, tls_1_3);
    if (client_certificate) use(client.get(), *p.client_sample);
    session_ptr session;
    for (const bool resumed : {false, true}) {
        if (resumed && !session) return;
        memory_end a(client.get()), b(server.get());
        SSL_set_connect_state(a.ssl.get());
        SSL_set_accept_state(b.ssl.get());
        if (resumed) SSL_set_session(a.ssl.get(), session.get());
        handshake_shape h;
        a.step();
        h.hello = a.flight_to(b);
        b.step();
        h.server = b.flight_to(a);
        const bool client_done = a.step();
        h.client = a.flight_to(b);
        if (!b.step()) return;
        h.last = b.flight_to(a);
        if (!a.step()) return;
        h.client_waits = !client_done;
        h.known = true;
        h.version = static_cast<std::uint16_t>(SSL_version(a.ssl.get()));
        h.suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(a.ssl.get()));
        h.cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(a.ssl.get()));
        session.reset(SSL_get1_session(a.ssl.get()));
        const unsigned char* ticket = nullptr;
        SSL_SESSION_get0_ticket(session.get(), &ticket, &h.ticket);
        if (h.ticket == 0) session.reset();
        // A connection that is let go without a word takes its session with it.
        for (memory_end* end : {&a, &b}) SSL_set_shutdown(end->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        shapes_[(tls_1_3 ? 1u : 0u) + (client_certificate ? 2u : 0u) + (resumed ? 4u : 0u)] = h;
    }
}

}  // namespace dectbed::models::tls
