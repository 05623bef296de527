// One SIP client of the firmware library on a scripted host, and what it told its owner.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/firmware/lib/sip_client.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {

class sip_bench {
  public:
    explicit sip_bench(const std::function<void(fw_sip_config&)>& change = nullptr) {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* event) {
            if (!fw_io_begin(&io, event)) return;
            if (!fw_dns_handle(&dns, event)) fw_sip_handle(&client, event);
        };
        const fw_dns_config dns_config{16, 32, 3};
        fw_dns_init(&dns, &io, &dns_config);
        const std::uint32_t server = 0xC0A80101;
        fw_dns_set_servers(&dns, &server, 1);
        fw_sip_config config{};
        config.timer = 5;
        config.socket = 9;
        config.token = 6;
        config.registrar_port = 5060;
        config.local_port = 5060;
        config.expires_s = 3600;
        std::strcpy(config.registrar, "198.51.100.3");
        std::strcpy(config.domain, "csp.example");
        std::strcpy(config.user, "base");
        std::strcpy(config.instance, "00000000-0000-1000-8000-021b2c000001");
        std::strcpy(config.user_agent, "DB100/1.0.0");
        config.context = this;
        config.registered = [](void* context, std::uint32_t s) {
            auto& self = *static_cast<sip_bench*>(context);
            ++self.registered;
            self.expires_s = s;
        };
        config.failed = [](void* context, unsigned code, std::uint32_t wait_s) {
            auto& self = *static_cast<sip_bench*>(context);
            ++self.failed;
            self.status = code;
            self.retry_after_s = wait_s;
        };
        config.check_sync = [](void* context, bool reboot) {
            static_cast<sip_bench*>(context)->syncs.push_back(reboot);
        };
        if (change) change(config);
        fw_sip_init(&client, &io, &dns, &config);
    }
    ~sip_bench() {
        fw_sip_free(&client);
        fw_dns_free(&dns);
    }
    sip_bench(const sip_bench&) = delete;
    sip_bench& operator=(const sip_bench&) = delete;

    void start() { fw_sip_register_now(&client, fake_world::base_address); }
    /// A datagram from the registrar.
    void deliver(const std::string& text, std::uint32_t from = 0xC6336403) {
        dectbed_ev_udp_received event{};
        event.socket = 9;
        event.address = from;
        event.port = 5060;
        host.post(DECTBED_EV_UDP_RECEIVED, event, 1000, bytes_of(text));
        host.run_for(10000);
    }
    std::string last_sent() const {
        const auto all = host.of(DECTBED_REQ_UDP_SEND);
        return all.empty() ? "" : text_of(all.back().data<dectbed_req_udp_send>());
    }

    fake_host host;
    fake_world world{host};
    fw_io io{};
    fw_dns_client dns{};
    fw_sip_client client{};
    int registered = 0, failed = 0;
    unsigned status = 0;
    std::uint32_t expires_s = 0, retry_after_s = 0;
    std::vector<bool> syncs;
};

}  // namespace dectbed::test
