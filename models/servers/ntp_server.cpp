#include "models/servers/ntp_server.h"

#include <cstdlib>
#include <utility>

#include "sim/wall_clock.h"

namespace dectbed::models::servers {

namespace {

constexpr std::size_t packet_octets = 48;
constexpr std::int64_t from_1900_to_1970_s = 2'208'988'800;  // RFC 5905, figure 4
constexpr std::uint8_t mode_client = 3, mode_server = 4, leap_unknown = 3;
constexpr std::uint8_t unsynchronised = 16;

}  // namespace

std::optional<ntp_packet> decode_ntp(sim::byte_view octets) {
    if (static_cast<std::size_t>(octets.size()) < packet_octets) return std::nullopt;
    const auto number = [octets](std::ptrdiff_t at, int size) {
        std::uint64_t value = 0;
        for (int i = 0; i < size; ++i) value = value << 8 | octets[at + i];
        return value;
    };
    ntp_packet p;
    p.leap = static_cast<std::uint8_t>(octets[0] >> 6);
    p.version = static_cast<std::uint8_t>(octets[0] >> 3 & 7);
    p.mode = static_cast<std::uint8_t>(octets[0] & 7);
    p.stratum = octets[1];
    p.poll = octets[2];
    p.precision = static_cast<std::int8_t>(octets[3]);
    p.root_delay = static_cast<std::uint32_t>(number(4, 4));
    p.root_dispersion = static_cast<std::uint32_t>(number(8, 4));
    p.reference_id = static_cast<std::uint32_t>(number(12, 4));
    p.reference = number(16, 8);
    p.origin = number(24, 8);
    p.receive = number(32, 8);
    p.transmit = number(40, 8);
    return p;
}

sim::bytes encode(const ntp_packet& p) {
    sim::bytes out{static_cast<std::uint8_t>(p.leap << 6 | p.version << 3 | p.mode), p.stratum, p.poll,
                   static_cast<std::uint8_t>(p.precision)};
    const auto put = [&out](std::uint64_t value, int size) {
        for (int i = size - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    };
    for (const auto field : {p.root_delay, p.root_dispersion, p.reference_id}) put(field, 4);
    for (const auto field : {p.reference, p.origin, p.receive, p.transmit}) put(field, 8);
    return out;
}

std::uint64_t ntp_timestamp(std::int64_t unix_us) {
    std::int64_t seconds = unix_us / 1'000'000, micro = unix_us % 1'000'000;
    if (micro < 0) {
        micro += 1'000'000;
        --seconds;
    }
    const auto whole = static_cast<std::uint64_t>(seconds + from_1900_to_1970_s) & 0xFFFFFFFFu;
    // Rounded up, so that it reads back as the same microsecond.
    const auto fraction = ((static_cast<std::uint64_t>(micro) << 32) + 999'999) / 1'000'000;
    return whole << 32 | fraction;
}

ntp_server::ntp_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, ntp_parameters parameters)
    : simulation_(s), who_(who), parameters_(std::move(parameters)), station_(s, who, parameters_.service) {
    station_.offer_outage();
    s.faults().offer(who, "drop_next", [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
        const auto count = arguments.find("count");
        drop_ = !begin ? 0 : count == arguments.end() ? 1 : std::strtoll(count->second.c_str(), nullptr, 10);
        return {};
    });
    socket_ = stack.open_udp(parameters_.port);
    if (!socket_) throw sim::run_failure(s.journal().path_of(who), "its port is taken");
    socket_->on_data = [this](network::endpoint from, sim::byte_view data) { received(from, data); };
}

ntp_server::~ntp_server() { socket_->on_data = nullptr; }

std::int64_t ntp_server::clock_us() const {
    return sim::unix_us(simulation_) + parameters_.clock_offset / std::chrono::microseconds{1} +
           parameters_.clock_offset_s * 1'000'000;
}

void ntp_server::received(network::endpoint from, sim::byte_view data) {
    const auto request = decode_ntp(data);
    if (!request || request->mode != mode_client || request->version < 1 || request->version > 4) return;
    if (drop_ > 0) {
        --drop_;
        station_.refused("request lost");
        return;
    }
    ntp_packet answer;
    const bool good = parameters_.stratum < unsynchronised;
    answer.leap = good ? 0 : leap_unknown;
    answer.version = request->version;
    answer.mode = mode_server;
    answer.stratum = good ? static_cast<std::uint8_t>(parameters_.stratum) : 0;
    answer.poll = request->poll;
    answer.precision = -20;                                  // a microsecond
    answer.root_delay = 0x0000'0290;                         // 10 ms
    answer.root_dispersion = 0x0000'0148;                    // 5 ms
    answer.reference_id = good ? 0x47505300u : 0x494E4954u;  // "GPS", or the kiss code "INIT" (RFC 5905, 7.4)
    answer.origin = request->transmit;
    answer.receive = ntp_timestamp(clock_us());
    answer.reference = ntp_timestamp(clock_us() / 16'000'000 * 16'000'000);
    station_.submit([this, from, answer](sim::duration, sim::duration) mutable {
        answer.transmit = ntp_timestamp(clock_us());
        socket_->send(from, encode(answer));
        // Whose request it was stands nowhere in it; behind a translator the address does not tell either.
        simulation_.publish(who_, sim::record::ntp_exchange{network::to_text(from), {}});
    });
}

}  // namespace dectbed::models::servers
