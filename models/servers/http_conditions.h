// Dates, validators and ranges of HTTP (RFC 9110): pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/servers/http_codec.h"

namespace dectbed::models::servers {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110, 5.6.7).
std::string http_date(std::int64_t unix_s);
/// IMF-fixdate only: what we write and our clients send.
std::optional<std::int64_t> parse_http_date(std::string_view text);

/// What is served under one name.
struct representation {
    std::shared_ptr<const std::string> content;
    std::string etag;  ///< strong, with its quotes
    std::optional<std::int64_t> modified_unix_s;
    std::string content_type;
};

/// Answers GET or HEAD as If-None-Match, If-Modified-Since, Range and If-Range ask (RFC 9110, 13.2.2 and 14.2): 200,
/// 206, 304 or 416, with ETag, Last-Modified, Accept-Ranges and Content-Range. Of several ranges it serves none: the
/// whole, as a server may. The verdict is "file", "part of file", "not modified" or "range not satisfiable".
void answer_with(const representation& what, const http_request& request, http_response& out, std::string& verdict);

/// First and size of what "bytes=0-499", "bytes=500-" or "bytes=-500" asks of `size` octets.
struct byte_range {
    enum class kind { none, satisfiable, unsatisfiable };
    kind what = kind::none;
    std::size_t first = 0, size = 0;
};
byte_range parse_range(std::string_view field, std::size_t size);

}  // namespace dectbed::models::servers
