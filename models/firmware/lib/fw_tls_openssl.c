/* SPDX-License-Identifier: MIT-0 */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_METHOD, see new_context */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dectbed/tls_timing.h"
#include "fw_tls_internal.h"

typedef struct genuine {
    SSL* ssl;
    BIO *in, *out; /* of ssl */
    const char* cause;
    char alert[FW_TLS_FAILURE_OCTETS];
    bool certificate_sent;
} genuine;

/* --- contexts ---
 *
 * Trust anchors take long to parse, and thousands of devices have the same ones. This and what is told below of chains
 * are the mutable globals of the library: a context is a function of anchors and versions alone and is never changed
 * after it is made, so that no device can tell whether it got one that was there already. */
enum { contexts_max = 8 };
static struct shared_context {
    SSL_CTX* context;
    char* anchors;
    size_t octets;
    uint8_t versions;
    unsigned users;
} contexts[contexts_max];
static unsigned contexts_turn;

/* --- chains that were found good ---
 *
 * Thousands of devices check the same few chains. What a check finds is a function of the chain, the anchors, the name
 * that is asked for and the time; so it is made once for each of these and later only the time is looked at. Nothing is
 * kept of checks that failed, or that a device made without a clock. */
enum { good_chains_max = 32, check_octets = 32 };
static struct good_chain {
    unsigned char check[check_octets]; /* digest of what was checked: see check_of */
    STACK_OF(X509) * chain;            /* up to the anchor */
} good_chains[good_chains_max];
static unsigned good_chains_turn;

static bool check_of(unsigned char* out, const fw_tls* t, const SSL_CTX* context, const STACK_OF(X509) * peer) {
    const uint64_t number = (uint64_t)(uintptr_t)SSL_CTX_get_app_data(context);
    const unsigned char how[2] = {t->device->any_name, t->host_is_address};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned octets = 0;
    EVP_MD_CTX* c = EVP_MD_CTX_new();
    bool good = c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(c, &number, sizeof number) == 1 && EVP_DigestUpdate(c, how, sizeof how) == 1 &&
                EVP_DigestUpdate(c, t->host, strlen(t->host) + 1) == 1;
    for (int i = 0; good && i < sk_X509_num(peer); ++i)
        good = X509_digest(sk_X509_value(peer, i), EVP_sha256(), digest, &octets) == 1 &&
               EVP_DigestUpdate(c, digest, octets) == 1;
    good = good && EVP_DigestFinal_ex(c, out, NULL) == 1;
    EVP_MD_CTX_free(c);
    return good;
}

static bool valid_at(const STACK_OF(X509) * chain, time_t when) {
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        const X509* certificate = sk_X509_value(chain, i);
        if (X509_cmp_time(X509_get0_notBefore(certificate), &when) != -1) return false;
        if (X509_cmp_time(X509_get0_notAfter(certificate), &when) != 1) return false;
    }
    return true;
}

/* Stands before OpenSSL's own check of the peer's chain. */
static int check_chain(X509_STORE_CTX* store, void* unused) {
    (void)unused;
    SSL* ssl = (SSL*)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    const fw_tls* t = (const fw_tls*)SSL_get_app_data(ssl);
    unsigned char check[check_octets];
    if (!t->device->verify || t->now_unix == FW_TLS_CLOCK_UNKNOWN ||
        !check_of(check, t, SSL_get_SSL_CTX(ssl), X509_STORE_CTX_get0_untrusted(store)))
        return X509_verify_cert(store);
    for (unsigned i = 0; i < good_chains_max; ++i) {
        const struct good_chain* known = &good_chains[i];
        if (known->chain == NULL || memcmp(known->check, check, check_octets) != 0) continue;
        if (!valid_at(known->chain, (time_t)t->now_unix)) break;
        X509_STORE_CTX_set0_verified_chain(store, X509_chain_up_ref(known->chain));
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    const int good = X509_verify_cert(store);
    if (good == 1 && X509_STORE_CTX_get_error(store) == X509_V_OK) {
        struct good_chain* keep = &good_chains[good_chains_turn++ % good_chains_max];
        sk_X509_pop_free(keep->chain, X509_free);
        keep->chain = X509_STORE_CTX_get1_chain(store);
        memcpy(keep->check, check, check_octets);
    }
    return good;
}

static int session_arrived(SSL* ssl, SSL_SESSION* session) {
    fw_tls* t = (fw_tls*)SSL_get_app_data(ssl);
    uint8_t* octets = NULL;
    const int size = i2d_SSL_SESSION(session, &octets);
    if (size > 0) {
        fw_tls_session_keep(t, octets, (size_t)size, (uint32_t)SSL_SESSION_get_ticket_lifetime_hint(session));
    }
    OPENSSL_free(octets);
    return 0; /* the session stays OpenSSL's */
}

static void add_anchors(X509_STORE* store, const char* text, size_t octets) {
    BIO* bio = BIO_new_mem_buf(text, (int)octets);
    X509* certificate;
    char no_phrase[] = "";
    while (bio != NULL && (certificate = PEM_read_bio_X509(bio, NULL, NULL, no_phrase)) != NULL) {
        X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
    ERR_clear_error();
}

static int give_zeros(unsigned char* out, int octets) {
    memset(out, 0, (size_t)octets);
    return 1;
}

/* A new context draws keys for tickets and cookies, which only servers need. Here nothing is drawn for them: else the
 * device that happens to be the first would have used up more of its randomness than the others. */
static SSL_CTX* new_context(void) {
    static const RAND_METHOD zeros = {NULL, give_zeros, NULL, NULL, give_zeros, NULL};
    const RAND_METHOD* before = RAND_get_rand_method();
    RAND_set_rand_method(&zeros);
    SSL_CTX* c = SSL_CTX_new(TLS_client_method());
    RAND_set_rand_method(before);
    return c;
}

static SSL_CTX* make_context(const char* anchors, size_t octets, uint8_t versions) {
    SSL_CTX* c = new_context();
    if (c == NULL) return NULL;
    SSL_CTX_set_min_proto_version(c, (versions & 1) != 0 ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(c, (versions & 2) != 0 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_ciphersuites(c, DECTBED_TLS_SUITES_1_3);
    SSL_CTX_set_cipher_list(c, DECTBED_TLS_SUITES_1_2);
    SSL_CTX_set1_groups_list(c, DECTBED_TLS_GROUPS);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(c, session_arrived);
    static uintptr_t contexts_made; /* tells contexts apart, even if one lies where another one was */
    SSL_CTX_set_app_data(c, (void*)++contexts_made);
    SSL_CTX_set_cert_verify_callback(c, check_chain, NULL);
    add_anchors(SSL_CTX_get_cert_store(c), anchors, octets);
    return c;
}

/* A reference of its own for the caller. */
static SSL_CTX* context_for(const fw_tls_device* d) {
    const char* anchors = d->items[FW_TLS_ITEM_ANCHORS] != NULL ? d->items[FW_TLS_ITEM_ANCHORS] : "";
    const size_t octets = d->item_octets[FW_TLS_ITEM_ANCHORS];
    for (unsigned i = 0; i < contexts_max; ++i) {
        const struct shared_context* s = &contexts[i];
        if (s->context == NULL || s->versions != d->versions || s->octets != octets) continue;
        if (memcmp(s->anchors, anchors, octets) != 0) continue;
        SSL_CTX_up_ref(s->context);
        return s->context;
    }
    SSL_CTX* made = make_context(anchors, octets, d->versions);
    char* copy = (char*)malloc(octets + 1);
    if (made == NULL || copy == NULL) {
        free(copy);
        return made;
    }
    struct shared_context* s = &contexts[contexts_turn++ % contexts_max];
    SSL_CTX_free(s->context);
    free(s->anchors);
    memcpy(copy, anchors, octets);
    s->context = made;
    s->anchors = copy;
    s->octets = octets;
    s->versions = d->versions;
    SSL_CTX_up_ref(made);
    return made;
}

/* --- checks --- */

static const char* cause_of(int error) {
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "certificate expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "certificate not yet valid";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "unknown issuer";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "self-signed certificate";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "wrong name";
        default:
            return X509_verify_cert_error_string(error);
    }
}

static int checked(int good, X509_STORE_CTX* store) {
    SSL* ssl = (SSL*)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    fw_tls* t = (fw_tls*)SSL_get_app_data(ssl);
    if (good || !t->device->verify) return 1;
    const int error = X509_STORE_CTX_get_error(store);
    if (error == X509_V_ERR_CERT_NOT_YET_VALID && t->now_unix == FW_TLS_CLOCK_UNKNOWN) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    genuine* g = (genuine*)t->own;
    if (g->cause == NULL) g->cause = cause_of(error);
    return 0;
}

static int certificate_asked(SSL* ssl, void* context) {
    fw_tls* t = (fw_tls*)context;
    const fw_tls_device* d = t->device;
    const char* text = d->items[FW_TLS_ITEM_CERTIFICATE];
    const char* key_text = d->items[FW_TLS_ITEM_KEY];
    if (text == NULL || key_text == NULL) return 1; /* goes without */
    char no_phrase[] = "";
    BIO* bio = BIO_new_mem_buf(text, -1);
    BIO* key_bio = BIO_new_mem_buf(key_text, -1);
    EVP_PKEY* key = key_bio != NULL ? PEM_read_bio_PrivateKey(key_bio, NULL, NULL, no_phrase) : NULL;
    X509* leaf = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, no_phrase) : NULL;
    STACK_OF(X509)* chain = sk_X509_new_null();
    X509* next;
    while (leaf != NULL && chain != NULL && (next = PEM_read_bio_X509(bio, NULL, NULL, no_phrase)) != NULL)
        sk_X509_push(chain, next);
    if (leaf != NULL && key != NULL && SSL_use_cert_and_key(ssl, leaf, key, chain, 1) == 1)
        ((genuine*)t->own)->certificate_sent = true;
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    EVP_PKEY_free(key);
    BIO_free(bio);
    BIO_free(key_bio);
    ERR_clear_error();
    return 1;
}

static void told(const SSL* ssl, int where, int value) {
    if (where != SSL_CB_READ_ALERT || (value & 0xFF) == SSL_AD_CLOSE_NOTIFY) return;
    const fw_tls* t = (const fw_tls*)SSL_get_app_data(ssl);
    genuine* g = (genuine*)t->own;
    snprintf(g->alert, sizeof g->alert, "alert: %s", SSL_alert_desc_string_long(value));
}

/* --- connection --- */

static void flush(fw_tls* t) {
    genuine* g = (genuine*)t->own;
    uint8_t piece[4096];
    int n;
    while ((n = BIO_read(g->out, piece, sizeof piece)) > 0) {
        if (!fw_tls_append(&t->out, piece, (size_t)n)) fw_tls_fail(t, "no memory");
    }
    ERR_clear_error();
}

static void offer_session(fw_tls* t, genuine* g) {
    fw_tls_session* kept = fw_tls_session_for(t);
    if (kept == NULL) return;
    const uint8_t* at = kept->octets;
    SSL_SESSION* session = d2i_SSL_SESSION(NULL, &at, (long)kept->size);
    if (session != NULL) SSL_set_session(g->ssl, session);
    SSL_SESSION_free(session);
    ERR_clear_error();
}

static void genuine_free(void* own) {
    genuine* g = (genuine*)own;
    SSL_free(g->ssl);
    free(g);
}

static void* genuine_open(fw_tls* t) {
    genuine* g = (genuine*)calloc(1, sizeof *g);
    SSL_CTX* context = context_for(t->device);
    if (g == NULL || context == NULL || (g->ssl = SSL_new(context)) == NULL) {
        SSL_CTX_free(context);
        free(g);
        return NULL;
    }
    SSL_CTX_free(context); /* the connection holds it */
    t->own = g;
    g->in = BIO_new(BIO_s_mem());
    g->out = BIO_new(BIO_s_mem());
    SSL_set_bio(g->ssl, g->in, g->out);
    SSL_set_app_data(g->ssl, t);
    SSL_set_info_callback(g->ssl, told);
    SSL_set_verify(g->ssl, SSL_VERIFY_PEER, checked);
    SSL_set_cert_cb(g->ssl, certificate_asked, t);
    X509_VERIFY_PARAM* parameters = SSL_get0_param(g->ssl);
    X509_VERIFY_PARAM_set_time(parameters,
                               (time_t)(t->now_unix == FW_TLS_CLOCK_UNKNOWN ? t->device->built_unix : t->now_unix));
    if (!t->host_is_address) SSL_set_tlsext_host_name(g->ssl, t->host);
    if (t->host_is_address && !t->device->any_name) X509_VERIFY_PARAM_set1_ip_asc(parameters, t->host);
    if (!t->host_is_address && !t->device->any_name) X509_VERIFY_PARAM_set1_host(parameters, t->host, 0);
    SSL_set_connect_state(g->ssl);
    offer_session(t, g);
    fw_tls_charge_hello(t);
    SSL_do_handshake(g->ssl);
    ERR_clear_error();
    flush(t);
    return g;
}

static void charge(fw_tls* t, const genuine* g) {
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(g->ssl);
    fw_tls_charge_answer(t, chain != NULL ? (unsigned)sk_X509_num(chain) : 0, g->certificate_sent);
}

static void genuine_receive(fw_tls* t, const uint8_t* data, size_t octets) {
    genuine* g = (genuine*)t->own;
    BIO_write(g->in, data, (int)octets);
    if (t->state == FW_TLS_HANDSHAKING) {
        const int done = SSL_do_handshake(g->ssl);
        if (done == 1) {
            t->resumed = SSL_session_reused(g->ssl) == 1;
            t->state = FW_TLS_OPEN;
            charge(t, g);
        } else if (SSL_get_error(g->ssl, done) != SSL_ERROR_WANT_READ) {
            charge(t, g);
            flush(t); /* the alert */
            fw_tls_fail(t, g->cause != NULL ? g->cause : *g->alert != '\0' ? g->alert : "broken handshake");
        }
    }
    ERR_clear_error();
    flush(t);
}

static size_t genuine_read(fw_tls* t, void* out, size_t room) {
    genuine* g = (genuine*)t->own;
    if (t->state != FW_TLS_OPEN) return 0;
    const int n = SSL_read(g->ssl, out, (int)(room < 65536 ? room : 65536));
    const int error = n > 0 ? SSL_ERROR_NONE : SSL_get_error(g->ssl, n);
    ERR_clear_error();
    flush(t);
    if (n > 0) return (size_t)n;
    if (error == SSL_ERROR_ZERO_RETURN) t->state = FW_TLS_FINISHED;
    if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL)
        fw_tls_fail(t, *g->alert != '\0' ? g->alert : "broken record");
    return 0;
}

static bool genuine_write(fw_tls* t, const void* data, size_t octets) {
    genuine* g = (genuine*)t->own;
    const bool good = octets == 0 || SSL_write(g->ssl, data, (int)octets) == (int)octets;
    ERR_clear_error();
    flush(t);
    return good;
}

static void genuine_finish(fw_tls* t) {
    SSL_shutdown(((genuine*)t->own)->ssl);
    ERR_clear_error();
    flush(t);
}

const fw_tls_model fw_tls_openssl = {genuine_open, genuine_free,  genuine_receive,
                                     genuine_read, genuine_write, genuine_finish};
