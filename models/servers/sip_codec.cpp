#include "models/servers/sip_codec.h"

#include <osipparser2/osip_parser.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <memory>

namespace dectbed::models::servers {

namespace {

constexpr std::uint16_t sip_port = 5060;  // RFC 3261, 19.1.2
constexpr std::size_t message_octets_max = SIP_MESSAGE_MAX_LENGTH;

struct message_deleter {
    void operator()(osip_message_t* m) const { osip_message_free(m); }
};
using message = std::unique_ptr<osip_message_t, message_deleter>;

struct text_deleter {
    void operator()(char* text) const { osip_free(text); }
};
using osip_text = std::unique_ptr<char, text_deleter>;

void initialise_once() {
    static const bool done = [] {
        // The library would tell the host's terminal, with the host's time, of everything that does not parse.
        for (int level = 0; level < END_TRACE_LEVEL; ++level)
            osip_trace_disable_level(static_cast<osip_trace_level_t>(level));
        return parser_init() == 0;
    }();
    (void)done;
}

message new_message() {
    initialise_once();
    osip_message_t* m = nullptr;
    osip_message_init(&m);
    return message(m);
}

std::string text_or_empty(const char* s) { return s != nullptr ? s : ""; }

std::string lower(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return s;
}

/// A whole number without sign, at most 2^31 - 1 (Expires and CSeq are at most 2^32 - 1; more means for ever).
std::optional<std::int64_t> number_in(std::string_view s) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (s.empty() || end != s.data() + s.size() || error != std::errc{}) return std::nullopt;
    constexpr std::uint64_t largest = 0x7FFFFFFF;
    return static_cast<std::int64_t>(std::min(value, largest));
}

std::string uri_text(const osip_uri_t* uri) {
    char* text = nullptr;
    if (uri == nullptr || osip_uri_to_str(uri, &text) != 0) return {};
    const osip_text owned(text);
    return text_or_empty(text);
}

std::string parameter(const osip_list_t* list, const char* name) {
    osip_generic_param_t* p = nullptr;
    if (osip_generic_param_get_byname(const_cast<osip_list_t*>(list), const_cast<char*>(name), &p) != 0 ||
        p == nullptr) {
        return {};
    }
    return text_or_empty(p->gvalue);
}

bool has_parameter(const osip_list_t* list, const char* name) {
    osip_generic_param_t* p = nullptr;
    return osip_generic_param_get_byname(const_cast<osip_list_t*>(list), const_cast<char*>(name), &p) == 0 &&
           p != nullptr;
}

/// "<urn:uuid:..>" with its quotes.
std::string unwrapped(std::string s) {
    s.erase(std::remove_if(s.begin(), s.end(), [](char c) { return c == '"' || c == '<' || c == '>'; }), s.end());
    return s;
}

std::string header_text(const osip_message_t* m, const char* name) {
    osip_header_t* h = nullptr;
    osip_message_header_get_byname(m, name, 0, &h);
    return h != nullptr ? text_or_empty(h->hvalue) : std::string{};
}

/// Where an answer goes: always to the source's address; its port if the client asked so (RFC 3581), else
/// the one that Via names.
network::endpoint reply_endpoint(const osip_via_t* via, network::endpoint source) {
    if (has_parameter(&via->via_params, "rport")) return source;
    const auto port = number_in(text_or_empty(via->port));
    const bool usable = port && *port > 0 && *port <= 0xFFFF;
    return {source.address, usable ? static_cast<std::uint16_t>(*port) : sip_port};
}

/// Only what the parser surely handles is given to it: text, and a header that ends.
const char* problem_with_header(sim::byte_view data) {
    const std::string_view text = sim::text(data);
    if (text.size() > message_octets_max) return "longer than a message may be";
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return "the header does not end";
    for (char c : text.substr(0, end)) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet == 0x7F || (octet < 0x20 && c != '\r' && c != '\n' && c != '\t'))
            return "control character in the header";
    }
    return nullptr;
}

const char* problem_with(sim::byte_view data) {
    if (const char* problem = problem_with_header(data)) return problem;
    const std::string_view text = sim::text(data);
    const std::string_view first = text.substr(0, text.find("\r\n"));
    if (first.size() < 8 || first.substr(first.size() - 8) != " SIP/2.0") return "no request line";
    return nullptr;
}

std::string unquoted(const char* s) {
    std::string text = text_or_empty(s);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    return text;
}

void read_credentials(const osip_message_t* m, sip_request& r) {
    for (int i = 0; i < osip_list_size(&m->authorizations); ++i) {
        const auto* a = static_cast<const osip_authorization_t*>(osip_list_get(&m->authorizations, i));
        if (a->auth_type == nullptr || lower(a->auth_type) != "digest") continue;
        digest_credentials c;
        c.user = unquoted(a->username);
        c.realm = unquoted(a->realm);
        c.nonce = unquoted(a->nonce);
        c.uri = unquoted(a->uri);
        c.response = unquoted(a->response);
        c.opaque = unquoted(a->opaque);
        c.algorithm = unquoted(a->algorithm);
        c.cnonce = unquoted(a->cnonce);
        c.qop = unquoted(a->message_qop);
        c.nc = unquoted(a->nonce_count);
        r.credentials.push_back(std::move(c));
    }
}

bool read_contacts(const osip_message_t* m, sip_request& r) {
    for (int i = 0; i < osip_list_size(&m->contacts); ++i) {
        const auto* c = static_cast<const osip_contact_t*>(osip_list_get(&m->contacts, i));
        if (c->displayname != nullptr && std::strcmp(c->displayname, "*") == 0) {
            r.contact_star = true;
            continue;
        }
        sip_contact contact;
        contact.uri = uri_text(c->url);
        if (contact.uri.empty()) return false;
        if (has_parameter(&c->gen_params, "expires")) {
            contact.expires_s = number_in(parameter(&c->gen_params, "expires"));
            if (!contact.expires_s) return false;
        }
        contact.instance = unwrapped(parameter(&c->gen_params, "+sip.instance"));
        r.contacts.push_back(std::move(contact));
    }
    return true;
}

}  // namespace

sim::decoded<sip_request> decode_sip_request(sim::byte_view data, network::endpoint source) {
    if (const char* problem = problem_with(data)) return sim::decode_error{0, problem};
    const message m = new_message();
    const std::string text(sim::text(data));  // the parser wants a zero after the last octet
    if (osip_message_parse(m.get(), text.c_str(), text.size()) != 0) return sim::decode_error{0, "not a SIP message"};
    if (!MSG_IS_REQUEST(m) || m->sip_method == nullptr || m->req_uri == nullptr) {
        return sim::decode_error{0, "not a request"};
    }
    const auto* via =
        osip_list_size(&m->vias) > 0 ? static_cast<const osip_via_t*>(osip_list_get(&m->vias, 0)) : nullptr;
    if (via == nullptr || via->host == nullptr) return sim::decode_error{0, "no Via"};
    if (m->from == nullptr || m->to == nullptr || m->to->url == nullptr || m->from->url == nullptr) {
        return sim::decode_error{0, "no From or To"};
    }
    if (m->call_id == nullptr || m->call_id->number == nullptr) return sim::decode_error{0, "no Call-ID"};
    if (m->cseq == nullptr || m->cseq->number == nullptr || m->cseq->method == nullptr ||
        std::strcmp(m->cseq->method, m->sip_method) != 0) {
        return sim::decode_error{0, "no CSeq of this method"};
    }
    sip_request r;
    const auto cseq = number_in(m->cseq->number);
    if (!cseq) return sim::decode_error{0, "CSeq is no number"};
    r.cseq = *cseq;
    r.method = m->sip_method;
    r.user = text_or_empty(m->to->url->username);
    r.domain = lower(text_or_empty(m->to->url->host));
    const std::string scheme = lower(text_or_empty(m->to->url->scheme));
    // One person, whether reached under sip: or sips: (RFC 5630).
    r.aor = (scheme == "sips" ? "sip" : scheme) + ":" + (r.user.empty() ? "" : r.user + "@") + r.domain;
    r.secure_aor = scheme == "sips";
    r.call_id =
        std::string(m->call_id->number) + (m->call_id->host != nullptr ? std::string("@") + m->call_id->host : "");
    r.branch = parameter(&via->via_params, "branch");
    r.user_agent = header_text(m.get(), "user-agent");
    const std::string expires = header_text(m.get(), "expires");
    if (!expires.empty()) {
        r.expires_s = number_in(expires);
        if (!r.expires_s) return sim::decode_error{0, "Expires is no number"};
    }
    if (!read_contacts(m.get(), r)) return sim::decode_error{0, "a Contact is no address"};
    r.uri = uri_text(m->req_uri);
    r.secure = r.secure_aor || lower(text_or_empty(m->req_uri->scheme)) == "sips";
    read_credentials(m.get(), r);
    r.reply_to = reply_endpoint(via, source);
    r.octets = sim::to_bytes(data);
    return r;
}

sim::encoded<sim::bytes> encode_sip_response(const sip_request& request, network::endpoint source,
                                             const sip_response& r) {
    const message asked = new_message();
    const std::string text(sim::text(request.octets));
    if (osip_message_parse(asked.get(), text.c_str(), text.size()) != 0)
        return sim::encode_error{"the request does not parse"};
    const message m = new_message();
    osip_message_set_version(m.get(), osip_strdup("SIP/2.0"));
    osip_message_set_status_code(m.get(), r.status);
    osip_message_set_reason_phrase(m.get(), osip_strdup(r.reason.c_str()));
    for (int i = 0; i < osip_list_size(&asked->vias); ++i) {
        osip_via_t* via = nullptr;
        if (osip_via_clone(static_cast<const osip_via_t*>(osip_list_get(&asked->vias, i)), &via) != 0) {
            return sim::encode_error{"a Via cannot be copied"};
        }
        osip_list_add(&m->vias, via, -1);
        if (i != 0) continue;
        const std::string address = network::to_text(source.address);
        osip_generic_param_t* rport = nullptr;
        osip_via_param_get_byname(via, const_cast<char*>("rport"), &rport);
        if (rport != nullptr) {
            osip_free(rport->gvalue);
            rport->gvalue = osip_strdup(std::to_string(source.port).c_str());
        }
        // RFC 3581, 4: with rport always; otherwise when the name in Via is not the source's address.
        if (!has_parameter(&via->via_params, "received") && (rport != nullptr || address != via->host)) {
            osip_via_set_received(via, osip_strdup(address.c_str()));
        }
    }
    if (osip_from_clone(asked->from, &m->from) != 0 || osip_to_clone(asked->to, &m->to) != 0 ||
        osip_call_id_clone(asked->call_id, &m->call_id) != 0 || osip_cseq_clone(asked->cseq, &m->cseq) != 0) {
        return sim::encode_error{"the request's fields cannot be copied"};
    }
    if (!has_parameter(&m->to->gen_params, "tag") && !r.to_tag.empty()) {
        osip_to_set_tag(m->to, osip_strdup(r.to_tag.c_str()));
    }
    for (const auto& c : r.contacts) {
        std::string value = "<" + c.uri + ">";
        if (c.expires_s) value += ";expires=" + std::to_string(*c.expires_s);
        if (!c.instance.empty()) value += ";+sip.instance=\"<" + c.instance + ">\"";
        osip_message_set_contact(m.get(), value.c_str());
    }
    for (const auto& [name, value] : r.fields) osip_message_set_header(m.get(), name.c_str(), value.c_str());
    osip_message_set_content_length(m.get(), "0");

    char* out = nullptr;
    std::size_t size = 0;
    if (osip_message_to_str(m.get(), &out, &size) != 0) return sim::encode_error{"the response cannot be written"};
    const osip_text owned(out);
    return sim::to_bytes(sim::view(std::string_view(out, size)));
}

bool looks_like_sip_answer(sim::byte_view data) { return sim::text(data).substr(0, 8) == "SIP/2.0 "; }

sim::decoded<sip_answer> decode_sip_answer(sim::byte_view data) {
    if (const char* problem = problem_with_header(data)) return sim::decode_error{0, problem};
    const message m = new_message();
    const std::string text(sim::text(data));
    if (!looks_like_sip_answer(data) || osip_message_parse(m.get(), text.c_str(), text.size()) != 0) {
        return sim::decode_error{0, "not a SIP response"};
    }
    const auto* via =
        osip_list_size(&m->vias) > 0 ? static_cast<const osip_via_t*>(osip_list_get(&m->vias, 0)) : nullptr;
    if (!MSG_IS_RESPONSE(m) || via == nullptr) return sim::decode_error{0, "no Via"};
    if (m->call_id == nullptr || m->call_id->number == nullptr) return sim::decode_error{0, "no Call-ID"};
    if (m->cseq == nullptr || m->cseq->number == nullptr || m->cseq->method == nullptr) {
        return sim::decode_error{0, "no CSeq"};
    }
    const auto cseq = number_in(m->cseq->number);
    if (!cseq) return sim::decode_error{0, "CSeq is no number"};
    sip_answer a;
    a.status = m->status_code;
    a.branch = parameter(&via->via_params, "branch");
    a.method = m->cseq->method;
    a.call_id =
        std::string(m->call_id->number) + (m->call_id->host != nullptr ? std::string("@") + m->call_id->host : "");
    a.cseq = *cseq;
    return a;
}

std::string encode_sip_outgoing(const sip_outgoing& r) {
    std::string out = r.method + " " + r.uri + " SIP/2.0\r\nVia: SIP/2.0/" + r.transport + " " + r.via +
                      ";branch=" + r.branch + ";rport\r\nMax-Forwards: 70\r\nFrom: <" + r.from + ">;tag=" + r.from_tag +
                      "\r\nTo: <" + r.to + ">\r\nCall-ID: " + r.call_id + "\r\nCSeq: " + std::to_string(r.cseq) + " " +
                      r.method + "\r\n";
    for (const auto& [name, value] : r.fields) out += name + ": " + value + "\r\n";
    return out + "Content-Length: 0\r\n\r\n";
}

std::optional<std::size_t> sip_frame(sim::byte_view stream) {
    constexpr std::string_view end_mark = "\r\n\r\n";
    const std::string_view text = sim::text(stream);
    const auto end = text.find(end_mark);
    if (end == std::string_view::npos) {
        if (text.size() > message_octets_max) return std::nullopt;
        return 0;
    }
    // RFC 3261, 20.14: mandatory over streams. The compact form is "l".
    std::optional<std::int64_t> body;
    for (std::size_t at = text.find("\r\n"); at < end; at = text.find("\r\n", at + 2)) {
        const std::string_view line = text.substr(at + 2, text.find("\r\n", at + 2) - at - 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        std::string name(line.substr(0, colon));
        while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
        name = lower(name);
        if (name == "content-length" || name == "l") body = number_in(line.substr(colon + 1));
    }
    if (!body || static_cast<std::size_t>(*body) > message_octets_max) return std::nullopt;
    const std::size_t whole = end + end_mark.size() + static_cast<std::size_t>(*body);
    if (whole > message_octets_max) return std::nullopt;
    return whole <= text.size() ? whole : 0;
}

}  // namespace dectbed::models::servers
