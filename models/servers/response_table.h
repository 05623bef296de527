// Answers that a scenario writes down instead of having a model work them out: which requests a row is for, and what is
// answered then. So a web server speaks a protocol that is not ours. Pure functions but for the count of a row's uses.
//
// Patterns: `*` stands for any characters, none as well, `/` as well; everything else stands for itself.
//
// In fields and body of an answer these are replaced; everything else, other braces too, stays as it is:
//   {mac} {mac12}   MAC address of the client, "02:1b:2c:00:00:01", "021b2c000001"; empty if none is known
//   {source}        address that the request came from
//   {path.N}        what the N-th `*` of the row's path stood for, from 1; {body.N} of the row's body
//   {query.NAME}    value of that parameter of the request, decoded
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/servers/http_codec.h"
#include "sim/time.h"

namespace dectbed::models::servers {

using text_pairs = std::vector<std::pair<std::string, std::string>>;

struct response_rule {
    std::string name;  ///< for the journal, if `verdict` says nothing
    // Which requests; an empty pattern is for all of them.
    std::string method, path;   ///< path without query
    text_pairs query, headers;  ///< each must be there; names of header fields in any case
    std::string body;
    std::string client;  ///< path of the device, as in "office/base[*]"
    // What is answered.
    int status = 200;
    std::string content_type;
    text_pairs fields;
    std::string content;  ///< not replaced in if `verbatim`
    bool verbatim = false;
    sim::duration delay{0};
    std::string verdict;
    std::uint64_t times = 0;  ///< after so many uses the row is no more; 0: it stays
};

/// What a rule may look at beside the request.
struct response_facts {
    std::string source, mac, client_path;  ///< mac: "02:..", or empty
};

/// True if the pattern is for the text; `captures` gets what each `*` stood for, each but the last as little as possible.
bool pattern_matches(std::string_view pattern, std::string_view text, std::vector<std::string>* captures = nullptr);

/// Parameters of a target, decoded (RFC 3986, 2.1, and `+` for a blank).
text_pairs query_of(std::string_view target);

class response_table {
  public:
    explicit response_table(std::vector<response_rule> rules) : rules_(std::move(rules)), used_(rules_.size()) {}

    struct answer {
        http_response response;
        std::string verdict;
        sim::duration delay{0};
    };
    /// The answer of the first row that is for this request, or nothing.
    std::optional<answer> find(const http_request& request, const response_facts& facts);

  private:
    std::vector<response_rule> rules_;
    std::vector<std::uint64_t> used_;
};

/// The first MAC address in a text, in either notation, that `known` knows, as "02:1b:2c:00:00:01"; empty if there is none.
std::string known_mac_in(std::string_view text, const std::function<bool(const std::string&)>& known);

}  // namespace dectbed::models::servers
