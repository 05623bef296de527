#include "models/network/link/captive_portal.h"

#include "models/network/link/packets.h"

namespace dectbed::models::network {

namespace {

/// Our first sequence number on a connection: the same for every segment of it.
std::uint32_t first_number(endpoint client, endpoint server) {
    std::uint64_t h = 0x9E3779B97F4A7C15ull;
    for (const std::uint64_t v : {std::uint64_t{client.address.value} << 16 | client.port,
                                  std::uint64_t{server.address.value} << 16 | server.port}) {
        h = (h ^ v) * 0xD6E8FEB86659FD93ull;
        h ^= h >> 32;
    }
    return static_cast<std::uint32_t>(h);
}

std::string with_body(const std::string& head, const std::string& body) {
    return head +
           "Cache-Control: no-store\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

std::string redirect(const std::string& to) {
    return with_body("HTTP/1.1 302 Found\r\nLocation: " + to + "\r\n",
                     "<html><body>Please <a href=\"" + to + "\">log in</a>.</body></html>\n");
}

std::string login_page() {
    return with_body("HTTP/1.1 200 OK\r\n",
                     "<html><body><form method=\"post\">Room and name, please.</form></body></html>\n");
}

std::string asked(std::string_view request) {
    const std::string_view line = request.substr(0, request.find("\r\n"));
    const auto method_end = line.find(' ');
    if (method_end == std::string_view::npos) return "a request";
    const auto target = line.substr(method_end + 1, line.find(' ', method_end + 1) - method_end - 1);
    constexpr std::string_view field = "\r\nHost: ";
    const auto host_at = request.find(field);
    std::string host;
    if (host_at != std::string_view::npos) {
        const auto from = host_at + field.size();
        host = std::string(request.substr(from, request.find("\r\n", from) - from));
    }
    return std::string(line.substr(0, method_end)) + " http://" + host + std::string(target);
}

}  // namespace

portal_answer answer_as_portal(sim::byte_view octets, ipv4_address router, const std::string& login_url,
                               std::uint16_t identification) {
    portal_answer out;
    const auto decoded_ip = decode_ipv4(octets);
    if (!decoded_ip) return out;
    const auto& ip = decoded_ip.assume_value();
    const auto decoded = decode_tcp(ip.payload);
    if (!decoded || decoded.assume_value().has(tcp_rst)) return out;
    const auto& tcp = decoded.assume_value();
    const endpoint client{ip.source, tcp.source_port}, server{ip.destination, tcp.destination_port};
    const std::uint32_t ours = first_number(client, server);
    const auto octets_of_data = static_cast<std::uint32_t>(tcp.data.size());
    tcp_packet answer;
    answer.flags = tcp_ack;
    answer.window = 65535;
    std::string text;
    if (tcp.has(tcp_syn)) {
        answer.flags |= tcp_syn;
        answer.sequence = ours;
        answer.acknowledgement = tcp.sequence + 1;
    } else if (octets_of_data > 0) {
        const bool own = ip.destination == router;
        text = own ? login_page() : redirect(login_url.empty() ? "http://" + to_text(router) + "/" : login_url);
        answer.flags |= tcp_psh | tcp_fin;
        answer.sequence = ours + 1;
        answer.acknowledgement = tcp.sequence + octets_of_data + (tcp.has(tcp_fin) ? 1u : 0u);
        answer.data = sim::byte_view(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
        if (!own && tcp.acknowledgement == ours + 1)
            out.redirected = asked({reinterpret_cast<const char*>(tcp.data.data()), octets_of_data});
    } else if (tcp.has(tcp_fin)) {
        answer.sequence = tcp.acknowledgement;
        answer.acknowledgement = tcp.sequence + 1;
    } else {
        return out;  // an acknowledgement wants no answer
    }
    auto encoded = encode_tcp(server, client, answer, identification);
    if (encoded) out.datagram = std::move(encoded).assume_value();
    return out;
}

}  // namespace dectbed::models::network
