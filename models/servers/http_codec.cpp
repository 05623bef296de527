#include "models/servers/http_codec.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/optional.hpp>
#include <cstdio>

namespace dectbed::models::servers {

namespace http = boost::beast::http;

namespace {

constexpr unsigned version_1_0 = 10, version_1_1 = 11;

/// Everything a serializer has to say.
template <class Message>
sim::bytes octets_of(Message& message) {
    http::serializer<false, typename Message::body_type> serializer(message);
    sim::bytes out;
    while (!serializer.is_done()) {
        boost::beast::error_code error;
        serializer.next(error, [&](boost::beast::error_code&, const auto& buffers) {
            std::size_t n = 0;
            for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers);
                 ++it) {
                const boost::asio::const_buffer b = *it;
                const auto* p = static_cast<const std::uint8_t*>(b.data());
                out.insert(out.end(), p, p + b.size());
                n += b.size();
            }
            serializer.consume(n);
        });
        if (error) break;
    }
    return out;
}

template <class Message>
void fill_header(Message& message, const http_response& r, const std::string& server, bool keep_alive) {
    if (!server.empty()) message.set(http::field::server, server);
    if (!r.content_type.empty()) message.set(http::field::content_type, r.content_type);
    for (const auto& [name, value] : r.fields) message.set(name, value);
    message.keep_alive(keep_alive && !r.close);
}

/// As octets: by a text's own iterators they would be copied one by one.
void append(sim::bytes& out, std::string_view text) {
    const sim::byte_view octets = sim::view(text);
    out.insert(out.end(), octets.data(), octets.data() + octets.size());
}

bool without_body(int status) { return status == 204 || status == 304; }

}  // namespace

sim::bytes encode_head(const http_response& r, const std::string& server, bool keep_alive, bool http_1_0) {
    http::response<http::empty_body> message(http::status(r.status), http_1_0 ? version_1_0 : version_1_1);
    fill_header(message, r, server, keep_alive);
    if (r.chunked && !http_1_0 && !without_body(r.status)) {
        // Beast writes the last chunk of an empty chunked body, too: the field by hand.
        message.set(http::field::transfer_encoding, "chunked");
        sim::bytes out = octets_of(message);
        const sim::bytes end = sim::to_bytes(sim::view("\r\n\r\n"));
        const auto at = std::search(out.begin(), out.end(), end.begin(), end.end());
        if (at != out.end()) out.erase(at + 4, out.end());
        return out;
    }
    if (!without_body(r.status)) message.content_length(r.body_size());
    return octets_of(message);
}

sim::bytes encode_chunk(std::string_view data) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    sim::bytes out = sim::to_bytes(sim::view(size));
    append(out, data);
    out.insert(out.end(), {'\r', '\n'});
    return out;
}

sim::bytes encode(const http_response& r, const std::string& server, bool keep_alive, bool http_1_0, bool head_only) {
    sim::bytes out = encode_head(r, server, keep_alive, http_1_0);
    if (head_only || without_body(r.status)) return out;
    const std::string_view body = r.body_view();
    if (r.chunked && !http_1_0) {
        for (const auto& chunk : {body.empty() ? sim::bytes{} : encode_chunk(body), encode_chunk({})})
            out.insert(out.end(), chunk.begin(), chunk.end());
        return out;
    }
    append(out, body);
    return out;
}

sim::bytes encode_continue() { return sim::to_bytes(sim::view("HTTP/1.1 100 Continue\r\n\r\n")); }

namespace {
constexpr std::size_t chunked_end_octets = 5;  // "0", CR, LF, CR, LF: taken at once, so no message ends with less
}

struct http_request_reader::implementation {
    http_message_limits limits;
    std::string buffer;    ///< octets not yet taken by the parser
    std::size_t used = 0;  ///< of them, from the front
    boost::optional<http::request_parser<http::string_body>> parser;
    bool failed = false, continue_told = false;
    int status = 400;
    std::string reason;

    void renew() {
        parser.emplace();
        parser->eager(true);
        parser->header_limit(static_cast<std::uint32_t>(limits.header_octets_max));
        parser->body_limit(limits.body_octets_max);
        continue_told = false;
    }
    void fail(int with, std::string why) {
        failed = true;
        status = with;
        reason = std::move(why);
    }
};

http_request_reader::http_request_reader(http_message_limits limits) : implementation_(new implementation) {
    implementation_->limits = limits;
    implementation_->renew();
}
http_request_reader::~http_request_reader() = default;
http_request_reader::http_request_reader(http_request_reader&&) noexcept = default;
http_request_reader& http_request_reader::operator=(http_request_reader&&) noexcept = default;

void http_request_reader::append(sim::byte_view data) {
    auto& self = *implementation_;
    // What was used goes first, so that a long connection does not grow its buffer.
    if (self.used > 0) {
        self.buffer.erase(0, self.used);
        self.used = 0;
    }
    self.buffer.append(sim::text(data));
}

std::size_t http_request_reader::buffered() const { return implementation_->buffer.size() - implementation_->used; }

http_request_reader::state http_request_reader::advance() {
    auto& self = *implementation_;
    if (self.failed) return state::error;
    while (!self.parser->is_done()) {
        const std::size_t left = buffered();
        if (left == 0) return state::need_more;
        // The parser asserts that it has the whole shortest end of a chunked body once it has seen the first line of
        // it.
        if (self.parser->is_header_done() && self.parser->chunked() && left < chunked_end_octets)
            return state::need_more;
        boost::beast::error_code error;
        const std::size_t n = self.parser->put(boost::asio::buffer(self.buffer.data() + self.used, left), error);
        self.used += n;
        if (error == http::error::need_more) {
            // The parser wants its header in one piece and does not count what it did not take.
            if (!self.parser->is_header_done() && buffered() > self.limits.header_octets_max) {
                self.fail(431, "header too long");
                return state::error;
            }
            if (n == 0) return state::need_more;
            continue;
        }
        if (error == http::error::body_limit) {
            self.fail(413, error.message());
            return state::error;
        }
        if (error == http::error::header_limit) {
            self.fail(431, error.message());
            return state::error;
        }
        if (error == http::error::bad_version) {
            self.fail(505, error.message());
            return state::error;
        }
        if (error) {
            self.fail(400, error.message());
            return state::error;
        }
        if (n == 0) return state::need_more;
    }
    const auto& message = self.parser->get();
    // RFC 9112, 3.2: a request of HTTP/1.1 has exactly one Host.
    if (message.version() >= version_1_1 && message.count(http::field::host) != 1) {
        self.fail(400, "Host is missing or repeated");
        return state::error;
    }
    return state::complete;
}

http_request http_request_reader::take() {
    auto& self = *implementation_;
    auto message = self.parser->release();
    auto field = [&message](http::field name) { return std::string(message[name]); };
    http_request r;
    r.method = std::string(message.method_string());
    r.target = std::string(message.target());
    r.host = field(http::field::host);
    r.user_agent = field(http::field::user_agent);
    r.if_none_match = field(http::field::if_none_match);
    r.if_modified_since = field(http::field::if_modified_since);
    r.range = field(http::field::range);
    r.if_range = field(http::field::if_range);
    r.authorization = field(http::field::authorization);
    for (const auto& each : message) r.fields.emplace_back(std::string(each.name_string()), std::string(each.value()));
    r.keep_alive = message.keep_alive();
    r.http_1_0 = message.version() < version_1_1;
    r.body = std::move(message.body());
    self.renew();
    return r;
}

int http_request_reader::status() const { return implementation_->status; }
const std::string& http_request_reader::reason() const { return implementation_->reason; }

bool http_request_reader::started() const { return buffered() > 0 || implementation_->parser->got_some(); }

bool http_request_reader::wants_continue() {
    auto& self = *implementation_;
    if (self.continue_told || self.failed || !self.parser->is_header_done() || self.parser->is_done()) return false;
    if (!boost::beast::iequals(self.parser->get()[http::field::expect], "100-continue")) return false;
    self.continue_told = true;
    return true;
}

}  // namespace dectbed::models::servers
