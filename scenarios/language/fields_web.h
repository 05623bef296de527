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
void describe(V& v, vendor_profile& x) {
    v("emc", x.emc, integer(1, 65535).required(), "Equipment manufacturer code under which his devices announce this.");
    v("mask", x.mask, text(text_kind::any), "Bits that say the service, in hexadecimal; the others do not matter.");
    v("not_ready", x.not_ready, text(text_kind::any).maybe(), "What these bits are then; unset: it is never said.");
    v("waiting_for_code", x.waiting_for_code, text(text_kind::any).maybe(), "The same.");
    v("in_service", x.in_service, text(text_kind::any).required(), "The same; without it no base would be ready.");
    v("busy", x.busy, text(text_kind::any).maybe(), "The same.");
    const auto hexadecimal = [&v](const char* key, const std::string& text) {
        v.rule(key, [&]() -> std::string {
            const bool good = text.size() <= 5 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
            return good ? "" : "\"" + text + "\" is not 20 bits; expected up to five hexadecimal digits";
        });
    };
    hexadecimal("mask", x.mask);
    hexadecimal("not_ready", x.not_ready);
    hexadecimal("waiting_for_code", x.waiting_for_code);
    hexadecimal("in_service", x.in_service);
    hexadecimal("busy", x.busy);
}
template <class V>
void describe(V& v, response_request& x) {
    v("method", x.method, text(text_kind::any).maybe(), "Such as GET; unset: any.");
    v("path", x.path, text(text_kind::path).maybe(), "Without query; * stands for any characters; unset: any.");
    v("query", x.query, text(text_kind::any), "Parameters that must be there, with patterns of their values.");
    v("headers", x.headers, text(text_kind::any), "Header fields that must be there, with patterns of their values.");
    v("body", x.body, text(text_kind::any).maybe(), "Pattern of the whole body; unset: any.");
    v("device", x.device, text(text_kind::glob).maybe(), "Path of the base that asks; unset: anybody.");
}
template <class V>
void describe(V& v, response_answer& x) {
    v("status", x.status, integer(200, 599), "Of HTTP.");
    v("type", x.type, text(text_kind::any).maybe(), "Content-Type; unset: none, of a file that of its name.");
    v("headers", x.headers, text(text_kind::any), "Further header fields.");
    v("body", x.body, text(text_kind::any).maybe(),
      "In it and in header fields {mac}, {mac12}, {source}, {path.1}, {body.1} and {query.NAME} are replaced.");
    v("file", x.file, plain(), "Instead: a file's octets as they are; relative to this file.");
    v("delay", x.delay, time(), "Before the answer, besides the service time.");
    v("verdict", x.verdict, text(text_kind::any).maybe(),
      "For the journal; \"address by code\", \"address by mac\", \"code refused\", \"mac unknown\", \"file\" and \"not "
      "found\" count as those of the models. Unset: the row's name, or \"table\".");
    v.rule("", [&]() -> std::string { return x.file && !x.body.empty() ? "body and file exclude each other" : ""; });
}
template <class V>
void describe(V& v, response_entry& x) {
    v("name", x.name, text(text_kind::any).maybe(), "By which an extending file changes or drops it.");
    v("request", x.request, plain(), "Which requests it is for.");
    v("answer", x.answer, plain(), "What is answered.");
    v("times", x.times, integer(0, 1e9), "So often, then no more; 0: always.");
}
template <class V>
void describe(V& v, plug_in_entry& x) {
    v("program", x.program, plain().required(), "What is started; relative to this file.");
    v("arguments", x.arguments, text(text_kind::any), "On its command line.");
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
