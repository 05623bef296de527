// Keys of TLS, certificates and HTTP.
#pragma once

#include "scenarios/language/spec.h"

namespace dectbed::scenarios {

template <>
inline const std::vector<std::pair<std::string, tls_model>>& choices<tls_model>() {
    static const std::vector<std::pair<std::string, tls_model>> c = {{"openssl", tls_model::openssl},
                                                                     {"timing", tls_model::timing}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, tls_version>>& choices<tls_version>() {
    static const std::vector<std::pair<std::string, tls_version>> c = {{"TLSv1.2", tls_version::v1_2},
                                                                       {"TLSv1.3", tls_version::v1_3}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, tls_client_certificates>>& choices<tls_client_certificates>() {
    static const std::vector<std::pair<std::string, tls_client_certificates>> c = {
        {"none", tls_client_certificates::none},
        {"request", tls_client_certificates::request},
        {"require", tls_client_certificates::require}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, http_scheme>>& choices<http_scheme>() {
    static const std::vector<std::pair<std::string, http_scheme>> c = {{"basic", http_scheme::basic},
                                                                       {"digest", http_scheme::digest}};
    return c;
}
template <>
inline const std::vector<std::pair<std::string, digest_algorithm>>& choices<digest_algorithm>() {
    static const std::vector<std::pair<std::string, digest_algorithm>> c = {{"MD5", digest_algorithm::md5},
                                                                            {"SHA-256", digest_algorithm::sha_256}};
    return c;
}

template <class V>
void describe(V& v, tls_parameters& x) {
    v("model", x.model, plain(),
      "openssl: genuine TLS at both ends; timing: the same flights, sizes and costs, and checks by data instead of "
      "cryptography (the summary says so).");
}
template <class V>
void describe(V& v, certificate_parameters& x) {
    v("issuer", x.issuer, text(text_kind::name),
      "Authority that issues it, made for this world; self: its own issuer.");
    v("names", x.names, text(text_kind::any), "Names and addresses in it; unset: the server's own.");
    v("valid_from", x.valid_from, plain(), "Unset: 30 days before the start of the run.");
    v("valid_to", x.valid_to, plain(), "Unset: 335 days after the start of the run.");
    v("file", x.file, plain(), "Instead: certificate and its chain in PEM; relative to this file.");
    v("key", x.key, plain(), "Its private key in PEM; relative to this file.");
    v("root", x.root, plain(), "The root that the chain in `file` leads to; wanted by model timing only.");
    v.rule("", [&]() -> std::string {
        return bool(x.file) == bool(x.key) ? "" : "file and key belong together; write both or neither";
    });
}
template <class V>
void describe(V& v, server_tls_parameters& x) {
    v("certificate", x.certificate, plain(), "Who it is.");
    v("versions", x.versions, plain().or_many(), "Of TLS; unset: both.");
    v("client_certificates", x.client_certificates, plain(),
      "none: not asked for; request: taken if there is one; require: no session without.");
    v("client_authority", x.client_authority, text(text_kind::name), "Whose certificates clients may show.");
    v("session_tickets", x.session_tickets, plain(), "Sessions can be resumed.");
    v("ticket_lifetime", x.ticket_lifetime, time().from(1), "For so long.");
    v("cores", x.cores, integer(1, 10'000), "Handshakes worked on at the same time.");
    v("full_handshake", x.full_handshake, time(), "Work on a full handshake.");
    v("resumed_handshake", x.resumed_handshake, time(), "Work on a resumed one.");
}

template <class V>
void describe(V& v, http_redirect_entry& x) {
    v("from", x.from, text(text_kind::path).required(), "Path of requests; with * at its end: all that begin so.");
    v("to", x.to, plain().required(), "URL or path; * at its end stands for the rest.");
    v("status", x.status, integer(301, 308), "301, 302, 303, 307 or 308.");
    v.rule("status", [&]() -> std::string {
        return x.status <= 303 || x.status >= 307 ? "" : "expected 301, 302, 303, 307 or 308";
    });
}
template <class V>
void describe(V& v, http_user_entry& x) {
    v("name", x.name, text(text_kind::any).required(), "User name.");
    v("password", x.password, text(text_kind::any).required(), "Password.");
}
template <class V>
void describe(V& v, http_authentication_parameters& x) {
    v("scheme", x.scheme, plain(), "Basic (RFC 7617) or Digest (RFC 7616).");
    v("algorithm", x.algorithm, plain(), "Of Digest.");
    v("realm", x.realm, text(text_kind::any), "Shown in the challenge.");
    v("users", x.users, plain().required(), "Who may ask.");
    v("nonce_lifetime", x.nonce_lifetime, time().above(0), "Digest: then clients are told that theirs is stale.");
}
template <class V>
void describe(V& v, http_parameters& x) {
    v("redirects", x.redirects, plain(), "Requests that are sent elsewhere.");
    v("authentication", x.authentication, plain(), "Unset: anybody may ask.");
    v("request_timeout", x.request_timeout, time().above(0), "A request that began must be complete by then.");
    v("connections", x.connections, integer(1, 1e9), "At a time; further ones are reset.");
    v("chunked", x.chunked, plain(), "Bodies come in chunks instead of with their length.");
    v("retry_after_as_date", x.retry_after_as_date, plain(), "Retry-After is a date instead of seconds.");
}

}  // namespace dectbed::scenarios
