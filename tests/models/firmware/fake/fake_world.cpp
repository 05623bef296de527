#include "tests/models/firmware/fake/fake_world.h"

#include <algorithm>

namespace dectbed::test {
namespace {

constexpr std::uint64_t lan_us = 500, internet_us = 15000, air_us = 120000;

void put_u32(octets& out, std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(v >> shift));
}
void put_option(octets& out, std::uint8_t code, std::uint32_t value) {
    out.push_back(code);
    out.push_back(4);
    put_u32(out, value);
}

}  // namespace

octets dhcp_reply(const octets& request, std::uint8_t type, std::uint32_t address, std::uint32_t lease_s,
                  const octets& more_options) {
    octets out(request.begin(), request.begin() + 236);
    out[0] = 2;
    for (int i = 0; i < 4; ++i)
        out[16 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(address >> (24 - 8 * i));
    put_u32(out, 0x63825363);
    out.insert(out.end(), {53, 1, type});
    put_option(out, 54, fake_world::router);
    if (type != 6) {
        put_option(out, 51, lease_s);
        put_option(out, 1, 0xFFFFFF00);
        put_option(out, 3, fake_world::router);
        put_option(out, 6, fake_world::router);
    }
    out.insert(out.end(), more_options.begin(), more_options.end());
    out.push_back(255);
    return out;
}

octets dns_reply(const octets& query, std::uint8_t rcode, std::uint32_t address, std::uint32_t ttl_s) {
    octets out = query;
    out[2] = 0x81;
    out[3] = static_cast<std::uint8_t>(0x80 | rcode);
    if (rcode != 0) return out;
    out[7] = 1;
    out.insert(out.end(), {0xC0, 0x0C, 0, 1, 0, 1});
    put_u32(out, ttl_s);
    out.insert(out.end(), {0, 4});
    put_u32(out, address);
    return out;
}

std::string sip_header(const std::string& message, const std::string& name) {
    const auto at = message.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const auto from = at + name.size() + 4;
    return message.substr(from, message.find("\r\n", from) - from);
}

std::string sip_reply(const std::string& request, const std::string& status_line, const std::string& headers) {
    std::string out = "SIP/2.0 " + status_line + "\r\n";
    for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"}) {
        out += std::string(name) + ": " + sip_header(request, name) + "\r\n";
    }
    return out + headers + "Content-Length: 0\r\n\r\n";
}

fake_world::fake_world(fake_host& host) : host_(host) {
    names = {
        {"redirect.vendor.example", redirection}, {"prov.csp.example", provisioning}, {"sip.csp.example", registrar}};
    http = [](const http_call&) { return http_answer{404, "", "", false}; };
    sip = [](const std::string& request) {
        return sip_reply(request, "200 OK", "Contact: " + sip_header(request, "Contact") + ";expires=3600\r\n");
    };
    host_.on[DECTBED_REQ_UDP_SEND] = [this](const request& r) { udp(r); };
    host_.on[DECTBED_REQ_TCP_CONNECT] = [this](const request& r) {
        const auto c = r.as<dectbed_req_socket>();
        const auto known = refuses.find(c.address);
        if (known != refuses.end() && !known->second) return;  // silence
        if (known != refuses.end()) {
            dectbed_ev_tcp_closed event{};
            event.socket = c.socket;
            event.reason = DECTBED_TCP_RESET;
            host_.post(DECTBED_EV_TCP_CLOSED, event, internet_us);
            return;
        }
        streams_[c.socket].clear();
        dectbed_ev_tcp event{};
        event.socket = c.socket;
        host_.post(DECTBED_EV_TCP_CONNECTED, event, internet_us);
    };
    host_.on[DECTBED_REQ_TCP_SEND] = [this](const request& r) { tcp_data(r); };
    host_.on[DECTBED_REQ_TCP_CLOSE] = [this](const request& r) {
        dectbed_ev_tcp_closed event{};
        event.socket = r.as<dectbed_req_socket>().socket;
        event.reason = DECTBED_TCP_CLOSED_HERE;
        host_.post(DECTBED_EV_TCP_CLOSED, event, internet_us);
    };
    host_.on[DECTBED_REQ_RADIO_START] = [this](const request& r) {
        dectbed_ev_radio_started event{};
        event.status = radio_status;
        event.carrier = 3;
        event.slot = 4;
        host_.post(DECTBED_EV_RADIO_STARTED, event, 200000, {}, r.token());
    };
    host_.on[DECTBED_REQ_NWK_SEND] = [this](const request& r) {
        const auto l = r.as<dectbed_req_link>();
        air.push_back({host_.now_us, l.link, r.data<dectbed_req_link>()});
        dectbed_ev_link event{};
        event.link = l.link;
        host_.post(DECTBED_EV_NWK_SENT, event, air_us, {}, r.token());
    };
    host_.on[DECTBED_REQ_LINK_RELEASE] = [this](const request& r) { release(r.as<dectbed_req_link>().link); };
}

void fake_world::carrier(bool up, std::uint64_t delay_us) {
    dectbed_ev_ethernet_link event{};
    event.up = up;
    host_.post(DECTBED_EV_ETHERNET_LINK, event, delay_us);
}

void fake_world::establish(std::uint32_t link) {
    dectbed_ev_link event{};
    event.link = link;
    event.pmid = 0xE1234;
    host_.post(DECTBED_EV_LINK_ESTABLISHED, event);
}

void fake_world::release(std::uint32_t link, std::uint32_t reason) {
    dectbed_ev_link event{};
    event.link = link;
    event.reason = reason;
    host_.post(DECTBED_EV_LINK_RELEASED, event);
}

void fake_world::say(std::uint32_t link, const octets& message) {
    dectbed_ev_link event{};
    event.link = link;
    host_.post(DECTBED_EV_NWK_RECEIVED, event, 0, message);
}

void fake_world::udp(const request& r) {
    const auto u = r.as<dectbed_req_udp_send>();
    if (u.port == 67) dhcp(r);
    if (u.port == 53 && dns_up) dns(r);
    if (u.port == 5060) {
        const std::string message = text_of(r.data<dectbed_req_udp_send>());
        registers.push_back({host_.now_us, message});
        const std::string answer = sip(message);
        if (answer.empty()) return;
        dectbed_ev_udp_received event{};
        event.socket = u.socket;
        event.address = u.address;
        event.port = 5060;
        host_.post(DECTBED_EV_UDP_RECEIVED, event, internet_us, bytes_of(answer));
    }
}

void fake_world::dhcp(const request& r) {
    const auto u = r.as<dectbed_req_udp_send>();
    const octets message = r.data<dectbed_req_udp_send>();
    dhcp_seen.push_back({host_.now_us, message});
    const std::uint8_t type = message.at(242);
    std::uint8_t answer = 0;
    if (type == 1 && drop_offers-- <= 0) answer = 2;
    if (type == 3 && drop_acks-- <= 0) answer = nak-- > 0 ? 6 : 5;
    if (answer == 0) return;
    dectbed_ev_udp_received event{};
    event.socket = u.socket;
    event.address = router;
    event.port = 67;
    host_.post(DECTBED_EV_UDP_RECEIVED, event, lan_us,
               dhcp_reply(message, answer, base_address, lease_s, dhcp_options));
}

void fake_world::dns(const request& r) {
    const auto u = r.as<dectbed_req_udp_send>();
    const octets query = r.data<dectbed_req_udp_send>();
    std::string name;
    for (std::size_t at = 12; query.at(at) != 0; at += 1 + query[at]) {
        if (!name.empty()) name += '.';
        name.append(query.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                    query.begin() + static_cast<std::ptrdiff_t>(at) + 1 + query[at]);
    }
    dns_seen.push_back(name);
    dectbed_ev_udp_received event{};
    event.socket = u.socket;
    event.address = u.address;
    event.port = 53;
    const auto known = names.find(name);
    host_.post(DECTBED_EV_UDP_RECEIVED, event, internet_us,
               known == names.end() ? dns_reply(query, 3, 0, 0) : dns_reply(query, 0, known->second, 300));
}

void fake_world::tcp_data(const request& r) {
    const auto s = r.as<dectbed_req_tcp_send>().socket;
    std::string& stream = streams_[s];
    stream += text_of(r.data<dectbed_req_tcp_send>());
    const auto head_end = stream.find("\r\n\r\n");
    if (head_end == std::string::npos) return;
    const std::string length = sip_header(stream, "Content-Length");
    if (stream.size() < head_end + 4 + (length.empty() ? 0 : std::stoul(length))) return;
    http_call call;
    call.at_us = host_.now_us;
    call.head = stream.substr(0, head_end);
    call.body = stream.substr(head_end + 4);
    call.method = stream.substr(0, stream.find(' '));
    const auto target = call.method.size() + 1;
    call.target = stream.substr(target, stream.find(' ', target) - target);
    call.host = sip_header(stream, "Host");
    stream.clear();
    calls.push_back(call);
    const http_answer answer = http(call);
    if (answer.silent) return;
    const std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Reason\r\n" + answer.headers +
                             "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
    dectbed_ev_tcp event{};
    event.socket = s;
    const std::size_t half = text.size() / 2;  // always in two segments
    host_.post(DECTBED_EV_TCP_RECEIVED, event, 2 * internet_us, bytes_of(text.substr(0, half)));
    host_.post(DECTBED_EV_TCP_RECEIVED, event, 2 * internet_us + 1000, bytes_of(text.substr(half)));
}

}  // namespace dectbed::test
