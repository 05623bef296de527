// The world around one base in simple form: DHCP, DNS, HTTP and SIP servers and an air that carries every message
// in 120 ms. Bytes are written and read here independently of the firmware library.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/models/firmware/fake/fake_host.h"

namespace dectbed::test {

struct http_call {
    std::uint64_t at_us;
    std::string method, host, target, body, head;
};
struct http_answer {
    unsigned status = 200;
    std::string body, headers;  ///< further header lines, each with its end
    bool silent = false;        ///< never answers
};

octets dhcp_reply(const octets& request, std::uint8_t type, std::uint32_t address, std::uint32_t lease_s,
                  const octets& more_options = {});
octets dns_reply(const octets& query, std::uint8_t rcode, std::uint32_t address, std::uint32_t ttl_s);
std::string sip_reply(const std::string& request, const std::string& status_line, const std::string& headers);
std::string sip_header(const std::string& message, const std::string& name);

class fake_world {
  public:
    explicit fake_world(fake_host& host);
    fake_world(const fake_world&) = delete;
    fake_world& operator=(const fake_world&) = delete;

    static constexpr std::uint32_t base_address = 0xC0A80114, router = 0xC0A80101;
    static constexpr std::uint32_t redirection = 0xC6336401, provisioning = 0xC6336402, registrar = 0xC6336403;

    int drop_offers = 0, drop_acks = 0, nak = 0;
    std::uint32_t lease_s = 86400;
    octets dhcp_options;
    std::map<std::string, std::uint32_t> names;
    bool dns_up = true;
    std::map<std::uint32_t, bool> refuses;  ///< addresses that answer a SYN with RST; absent: they accept
    std::function<http_answer(const http_call&)> http;
    std::function<std::string(const std::string&)> sip;  ///< "": no answer
    std::uint16_t radio_status = DECTBED_OK;

    std::vector<std::pair<std::uint64_t, octets>> dhcp_seen;
    std::vector<std::string> dns_seen;
    std::vector<http_call> calls;
    std::vector<std::pair<std::uint64_t, std::string>> registers;
    struct air_message {
        std::uint64_t at_us;
        std::uint32_t link;
        octets data;
    };
    std::vector<air_message> air;

    void carrier(bool up, std::uint64_t delay_us = 0);
    void establish(std::uint32_t link);
    void release(std::uint32_t link, std::uint32_t reason = DECTBED_RELEASE_NORMAL);
    void say(std::uint32_t link, const octets& message);

  private:
    void udp(const request& r);
    void dhcp(const request& r);
    void dns(const request& r);
    void tcp_data(const request& r);
    fake_host& host_;
    std::map<std::uint32_t, std::string> streams_;
};

}  // namespace dectbed::test
