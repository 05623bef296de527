#include "models/servers/dns_server.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace dectbed::models::servers {

namespace {

constexpr std::size_t length_octets = 2;  // RFC 1035, 4.2.2
/// RFC 7766, 6.2.3: idle connections of clients that say nothing more, "on the order of a few seconds".
constexpr sim::duration idle_timeout = std::chrono::seconds{10};
constexpr int rcode_servfail = 2, rcode_nxdomain = 3, rcode_refused = 5;

std::string key_of(const std::string& action, const sim::fault_arguments& arguments) {
    std::string key = action;
    for (const auto& [name, value] : arguments) key += " " + name + "=" + value;
    return key;
}

}  // namespace

dns_server::dns_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, dns_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service),
      socket_(stack.open_udp(parameters_.port)),
      tcp_(s, {nullptr, [this](auto id, sim::bytes& unread) { stream_received(id, unread); }, nullptr},
           {10'000, 65'536, idle_timeout}) {
    if (!socket_) throw sim::run_failure(s.journal().path_of(who), "its DNS port is taken");
    station_.offer_outage();
    offer_disturbances();
    station_.on_change = [this](outage_mode mode) {
        tcp_.refusing = mode == outage_mode::refuse;
        tcp_.silent = mode == outage_mode::silent;
        if (mode != outage_mode::silent) tcp_.abort_all();
    };
    socket_->on_data = [this](network::endpoint from, sim::byte_view data) {
        received(from, data, false, [this, from](const sim::bytes& octets) { socket_->send(from, octets); });
    };
    tcp_.listen(stack, parameters_.port);
}

dns_server::~dns_server() { socket_->on_data = nullptr; }

void dns_server::stream_received(stream_listener::connection_id id, sim::bytes& unread) {
    std::size_t used = 0;
    while (unread.size() - used >= length_octets) {
        const std::size_t octets = static_cast<std::size_t>(unread[used]) << 8 | unread[used + 1];
        if (unread.size() - used - length_octets < octets) break;
        const sim::byte_view query = sim::byte_view(unread).subspan(used + length_octets, octets);
        used += length_octets + octets;
        received(tcp_.remote(id), query, true, [this, id](const sim::bytes& answer) {
            sim::bytes framed{static_cast<std::uint8_t>(answer.size() >> 8), static_cast<std::uint8_t>(answer.size())};
            framed.insert(framed.end(), answer.begin(), answer.end());
            tcp_.send(id, std::move(framed));
        });
    }
    unread.erase(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(used));
}

void dns_server::received(network::endpoint from, sim::byte_view data, bool by_tcp, reply_sink sink) {
    // Over UDP there is no connection to close and nothing shorter to say: a full queue drops.
    (void)station_.submit([this, from, by_tcp, sink = std::move(sink), query = sim::to_bytes(data)](
                              sim::duration, sim::duration) { answer(from, query, by_tcp, sink); });
}

void dns_server::answer(network::endpoint from, const sim::bytes& query, bool by_tcp, const reply_sink& sink) {
    const disturbance* wrong = nullptr;
    if (!disturbances_.empty()) {
        const std::string name = dns_question_name(query);
        for (const auto& [key, d] : disturbances_) {
            if (!name.empty() && sim::path_matches(d.names, name)) wrong = &d;  // the latest counts
        }
    }
    dns_manner manner;
    manner.ttl_s = parameters_.ttl_s;
    manner.negative_ttl_s = parameters_.negative_ttl_s;
    manner.rotation = parameters_.rotate ? answered_++ : 0;
    manner.by_tcp = by_tcp;
    dns_reply r;
    const std::string failure = wrong != nullptr ? wrong->failure : std::string{};
    if (wrong != nullptr && wrong->address) {
        dns_zone elsewhere;
        elsewhere.add(dns_question_name(query), *wrong->address);
        r = answer_dns(query, elsewhere, manner);
    } else if (failure == "servfail" || failure == "timeout") {
        r = refuse_dns(query, rcode_servfail, false);
    } else if (failure == "nxdomain") {
        r = refuse_dns(query, rcode_nxdomain, false);
    } else if (failure == "refused") {
        r = refuse_dns(query, rcode_refused, false);
    } else if (failure == "truncated" && !by_tcp) {
        r = refuse_dns(query, 0, true);
    } else {
        r = answer_dns(query, parameters_.zone, manner);
    }
    if (failure == "timeout") {
        r.octets.clear();
        r.result = "not answered";
    }
    if (failure == "mismatch" && r.octets.size() > 1) {
        r.octets[1] ^= 1;  // the identifier of another question
        r.result = "answer of another identifier";
    }
    if (r.question) {
        simulation_.publish(
            who_, sim::record::dns_exchange{r.query_name, r.query_type, r.result, network::to_text(from.address)});
    } else {
        station_.refused(r.octets.empty() ? "not a DNS query" : "malformed DNS query");
    }
    if (r.octets.empty()) return;
    if (wrong != nullptr && wrong->delay > sim::duration{0}) {
        simulation_.kernel().after(wrong->delay, [sink, octets = std::move(r.octets)] { sink(octets); });
    } else {
        sink(r.octets);
    }
}

void dns_server::offer_disturbances() {
    for (const char* action : {"dns_failure", "dns_address", "dns_delay"}) {
        simulation_.faults().offer(
            who_, action, [this, action = std::string(action)](const sim::fault_arguments& arguments, bool begin) {
                return disturb(arguments, begin, action);
            });
    }
}

std::string dns_server::disturb(const sim::fault_arguments& arguments, bool begin, const std::string& action) {
    disturbance d;
    for (const auto& [name, value] : arguments) {
        if (name == "name") {
            d.names = value;
        } else if (name == "as" && action == "dns_failure") {
            d.failure = value;
        } else if (name == "address" && action == "dns_address") {
            d.address = network::parse_ipv4(value);
            if (!d.address) return "\"" + value + "\" is no IPv4 address";
        } else if (name == "by" && action == "dns_delay") {
            d.delay = sim::from_seconds(std::strtod(value.c_str(), nullptr));
        } else {
            return "unknown argument \"" + name + "\"";
        }
    }
    const std::string key = key_of(action, arguments);
    if (begin) {
        disturbances_.emplace_back(key, std::move(d));
        return {};
    }
    const auto first = std::find_if(disturbances_.begin(), disturbances_.end(),
                                    [&key](const auto& entry) { return entry.first == key; });
    if (first != disturbances_.end()) disturbances_.erase(first);
    return {};
}

}  // namespace dectbed::models::servers
