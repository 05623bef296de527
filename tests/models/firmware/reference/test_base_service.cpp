// The reference base in service: what it does when the call server asks it to look at its configuration again, and how
// it reads what its file says about SIP.
#include "models/firmware/reference/base_configuration.h"
#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

struct service_bench : base_bench {
    service_bench() {
        mac_url = "http://prov.csp.example/office/";
        power_on();
        EXPECT_TRUE(reaches("in_service"));
        EXPECT_EQ(resets, 1);
    }
    void check_sync(bool reboot) {
        const std::string text =
            "NOTIFY sip:base@192.168.1.20:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.3:5060;branch=z9hG4bKn" +
            std::to_string(++notified) +
            ";rport\r\nFrom: <sip:csp.example>;tag=7\r\nTo: <sip:base@csp.example>\r\nCall-ID: n@x\r\nCSeq: 1 "
            "NOTIFY\r\n"
            "Event: check-sync;reboot=" +
            (reboot ? "true" : "false") + "\r\nContent-Length: 0\r\n\r\n";
        dectbed_ev_udp_received event{};
        event.socket = 2;
        event.address = fake_world::registrar;
        event.port = 5060;
        host.post(DECTBED_EV_UDP_RECEIVED, event, 1000, bytes_of(text));
        run_for(30 * second_us);
    }
    std::string last_to() const { return sip_header(world.registers.back().second, "To"); }
    int notified = 0;
};

constexpr const char* other_file =
    "band = eu\nsip.registrar = sip.csp.example\nsip.domain = csp.example\nsip.user = other\n";

TEST(base_check_sync, when_the_file_has_not_changed_then_nothing_happens) {
    service_bench b;
    const int calls = b.calls_to("prov.csp.example");
    b.check_sync(true);
    EXPECT_EQ(b.calls_to("prov.csp.example"), calls + 2) << "own file, then the common one";
    EXPECT_EQ(b.resets, 1);
    EXPECT_EQ(b.state, "in_service");
}

TEST(base_check_sync, when_it_has_changed_and_a_restart_is_wanted_then_it_restarts_with_the_new_file) {
    service_bench b;
    b.file = other_file;
    b.check_sync(true);
    EXPECT_EQ(b.resets, 2);
    EXPECT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.last_to(), "<sip:other@csp.example>");
}

TEST(base_check_sync, when_no_restart_is_wanted_then_it_registers_anew_as_the_new_file_says) {
    service_bench b;
    b.file = other_file;
    b.check_sync(false);
    EXPECT_EQ(b.resets, 1);
    EXPECT_EQ(b.state, "in_service");
    EXPECT_EQ(b.last_to(), "<sip:other@csp.example>");
    b.check_sync(false);
    EXPECT_EQ(b.resets, 1);
}

TEST(base_check_sync, when_the_new_file_is_wrong_or_missing_then_the_old_one_stays) {
    for (const char* file : {"band = nowhere\n", ""}) {
        service_bench b;
        b.file = file;
        b.check_sync(true);
        EXPECT_EQ(b.resets, 1);
        EXPECT_EQ(b.state, "in_service");
        b.file = other_file;
        b.check_sync(true);
        EXPECT_EQ(b.resets, 2);
    }
}

TEST(base_configuration, when_the_file_speaks_of_sip_then_each_value_is_checked) {
    fake_host host;
    fw_io io{};
    fw_io_init(&io, &host.api);
    const std::uint8_t mac[6] = {2, 0x1B, 0x2C, 0, 0, 1};
    const std::string before = "band = eu\nsip.registrar = r\nsip.user = u\n";
    const auto read = [&](const std::string& more, reference::base_configuration& out) {
        std::string why;
        const std::string text = before + more;
        return reference::read_configuration(&io, mac, text.data(), text.size(), out, why);
    };
    reference::base_configuration c;
    ASSERT_TRUE(read("", c));
    EXPECT_EQ(c.port, 0);
    EXPECT_EQ(c.lookup, FW_SIP_LOOKUP_A);
    EXPECT_TRUE(c.any_transport);
    ASSERT_TRUE(read("sip.password = a b\nsip.transport = tcp\nsip.lookup = naptr\nsip.keep_alive = 30\n", c));
    EXPECT_EQ(c.password, "a b");
    EXPECT_EQ(c.transport, FW_SIP_TCP);
    EXPECT_FALSE(c.any_transport);
    EXPECT_EQ(c.lookup, FW_SIP_LOOKUP_NAPTR);
    EXPECT_EQ(c.keep_alive_s, 30u);
    for (const char* bad :
         {"sip.transport = sctp\n", "sip.lookup = aaaa\n", "sip.keep_alive = 5\n", "sip.keep_alive = x\n"})
        EXPECT_FALSE(read(bad, c)) << bad;
    EXPECT_FALSE(read("sip.password = " + std::string(64, 'x') + "\n", c));
}

}  // namespace
}  // namespace dectbed::test
