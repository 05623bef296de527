// HTTP/1.1 octets to requests and responses to octets (RFC 9110, RFC 9112): Boost.Beast's parser and
// serializer, fed with buffers. Beast itself is seen by http_codec.cpp only, for the compiler's sake.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/bytes.h"

namespace dectbed::models::servers {

struct http_message_limits {
    std::size_t header_octets_max = 8192;
    std::size_t body_octets_max = 65536;
};

struct http_request {
    std::string method;  ///< as received: "GET"
    std::string target;  ///< as received: "/office/common.cfg?x=1"
    std::string host, user_agent;
    std::string if_none_match, if_modified_since, range, if_range, authorization;  ///< fields; empty: absent
    std::vector<std::pair<std::string, std::string>> fields;  ///< all of the header, in order
    std::string body;
    bool keep_alive = true;
    bool http_1_0 = false;
};

struct http_response {
    int status = 200;
    std::string content_type;  ///< empty: no Content-Type
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields;  ///< further header fields
    bool close = false;                                       ///< the connection ends after this
    /// Instead of `body`: a part of something that many responses share, from an offset on; null: `body` counts.
    std::shared_ptr<const std::string> shared;
    std::size_t shared_from = 0, shared_size = 0;
    bool chunked = false;  ///< transfer coding instead of Content-Length; not to clients of HTTP/1.0

    std::size_t body_size() const { return shared ? shared_size : body.size(); }
    std::string_view body_view() const {
        return shared ? std::string_view(*shared).substr(shared_from, shared_size) : std::string_view(body);
    }
};

/// The octets of a response up to its body, with the empty line.
sim::bytes encode_head(const http_response& r, const std::string& server, bool keep_alive, bool http_1_0 = false);
/// One chunk of a chunked body (RFC 9112, 7.1); empty data: the last one.
sim::bytes encode_chunk(std::string_view data);
/// The octets of a response. `head_only` leaves the body out but keeps its Content-Length (HEAD).
sim::bytes encode(const http_response& r, const std::string& server, bool keep_alive, bool http_1_0 = false,
                  bool head_only = false);
/// "HTTP/1.1 100 Continue".
sim::bytes encode_continue();

/// Takes octets in pieces of any size and gives requests one at a time.
class http_request_reader {
  public:
    enum class state {
        need_more,  ///< give it more octets
        complete,   ///< a request can be taken
        error       ///< not HTTP; `status()` says with which status to answer
    };

    explicit http_request_reader(http_message_limits limits);
    ~http_request_reader();
    http_request_reader(http_request_reader&&) noexcept;
    http_request_reader& operator=(http_request_reader&&) noexcept;

    void append(sim::byte_view data);
    std::size_t buffered() const;  ///< octets held that belong to no request yet
    /// Goes on with the octets at hand, up to the end of one request.
    state advance();
    /// Valid after `complete`; the reader then waits for the next request.
    http_request take();
    int status() const;                 ///< 400, 413, 431 or 505, after `error`
    const std::string& reason() const;  ///< for people
    bool started() const;               ///< some octets of the current request are here
    bool wants_continue();              ///< the header asks for 100 Continue; true once

  private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace dectbed::models::servers
