// The reference base that asks for its file again by itself, takes another firmware, and does what DHCP says besides.
#include <openssl/evp.h>

#include "models/firmware/lib/firmware_image.h"
#include "models/firmware/reference/base_configuration.h"
#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {
namespace {

constexpr const char* plain_file =
    "band = eu\nsip.registrar = sip.csp.example\nsip.domain = csp.example\nsip.user = base\n";

std::string image(const std::string& model, const std::string& version, std::size_t octets) {
    std::string out("DBFW\x01\0\0\0", 8);
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(octets >> shift & 0xFF);
    out += model + std::string(FW_IMAGE_MODEL_OCTETS - model.size(), '\0');
    out += version + std::string(FW_IMAGE_VERSION_OCTETS - version.size(), '\0');
    for (std::size_t i = 0; i < octets; ++i) out += static_cast<char>(i * 7 + i / 256);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(out.data(), out.size(), digest, &size, EVP_sha256(), nullptr);
    return out.append(reinterpret_cast<const char*>(digest), size);
}

bool good(const std::string& text, std::size_t piece, const char* model = "RB-1", const char* version = "1.1.0") {
    fw_image_check c{};
    fw_image_begin(&c);
    for (std::size_t at = 0; at < text.size(); at += piece)
        if (!fw_image_take(&c, model, version, text.data() + at, std::min(piece, text.size() - at))) break;
    const bool is = fw_image_good(&c);
    EXPECT_FALSE(fw_image_good(&c)) << "asked twice";
    fw_image_free(&c);
    return is;
}

TEST(firmware_image, when_it_comes_in_any_pieces_then_it_is_good_whole_and_only_so) {
    const std::string whole = image("RB-1", "1.1.0", 300);
    for (const std::size_t piece : {1u, 7u, 48u, 49u, 1000u}) EXPECT_TRUE(good(whole, piece)) << piece;
    for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(good(whole.substr(0, n), 64)) << n;
    EXPECT_FALSE(good(whole + "x", 64));
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string spoilt = whole;
        spoilt[i] = static_cast<char>(spoilt[i] ^ 0x10);
        EXPECT_FALSE(good(spoilt, 100)) << i;
    }
    EXPECT_TRUE(good(image("RB-1", "1.1.0", 0), 5));
    EXPECT_FALSE(good(whole, 64, "RB-2"));
    EXPECT_FALSE(good(whole, 64, "RB-10"));
    EXPECT_FALSE(good(whole, 64, "RB-1", "1.1"));
    EXPECT_FALSE(good(whole, 64, "RB-1", "1.1.0.0.0.0.0.0"));
}

struct update_bench : base_bench {
    explicit update_bench(const std::string& more, const dectbed_firmware* firmware = dectbed_reference_base())
        : base_bench(firmware) {
        mac_url = "http://prov.csp.example/office/";
        file = plain_file + more;
        before = world.http;
        world.http = [this](const http_call& call) {
            if (call.target.find("/fw/") != std::string::npos) return images;
            http_answer a = before(call);
            if (call.target.find("common.cfg") == std::string::npos) return a;
            a.headers += "ETag: \"" + std::to_string(std::hash<std::string>{}(file)) + "\"\r\n";
            if (call.head.find(a.headers.substr(6, a.headers.size() - 8)) != std::string::npos) {
                ++unchanged;
                a.status = 304;
                a.body.clear();
            }
            return a;
        };
        host.on[DECTBED_REQ_RESET] = [this, old = host.on[DECTBED_REQ_RESET]](const request& r) {
            causes.push_back(r.as<dectbed_req_u32>().value);
            old(r);
        };
        power_on();
    }
    int image_calls() const {
        int n = 0;
        for (const auto& c : world.calls) n += c.target.find("/fw/") != std::string::npos;
        return n;
    }
    std::function<http_answer(const http_call&)> before;
    http_answer images{404, "", "", false};
    int unchanged = 0;
    std::vector<std::uint32_t> causes;
};

TEST(base_polling, when_a_period_is_written_then_the_file_is_asked_for_conditionally_and_later_by_the_spread) {
    update_bench b("provisioning.period = 600\nprovisioning.spread = 60\n");
    ASSERT_TRUE(b.reaches("in_service"));
    const int calls = b.calls_to("prov.csp.example");
    b.run_for(599 * second_us);
    EXPECT_EQ(b.calls_to("prov.csp.example"), calls);
    b.run_for(65 * second_us);
    EXPECT_EQ(b.calls_to("prov.csp.example"), calls + 2) << "own file, then the common one";
    EXPECT_EQ(b.unchanged, 0) << "it has restarted since it saw a validator";
    b.run_for(4 * 660 * second_us);
    EXPECT_GE(b.unchanged, 3);
    EXPECT_EQ(b.resets, 1);
    b.file = std::string(plain_file) + "name = other\nprovisioning.period = 3600\n";
    b.run_for(700 * second_us);
    const int then = b.calls_to("prov.csp.example");
    b.run_for(3000 * second_us);
    EXPECT_EQ(b.calls_to("prov.csp.example"), then) << "the new file's period counts";
    EXPECT_EQ(b.state, "in_service");
}

TEST(base_polling, when_a_time_of_day_is_written_then_it_counts_in_local_time) {
    update_bench b("provisioning.at = 02:00\nprovisioning.spread = 0\n");
    b.world.dhcp_options = from_hex("0204 00000e10");  // an hour ahead of UTC
    // 2026-03-02T00:30:00Z is half past one there.
    b.host.on[DECTBED_REQ_WALL_CLOCK_GET] = [&b](const request& r) {
        dectbed_ev_wall_clock event{};
        event.is_set = 1;
        event.unix_us = 1772411400ll * 1000000 + static_cast<std::int64_t>(b.host.now_us);
        b.host.post(DECTBED_EV_WALL_CLOCK, event, 0, {}, r.token());
    };
    ASSERT_TRUE(b.reaches("in_service"));
    const int calls = b.calls_to("prov.csp.example");
    b.run_until([&] { return b.calls_to("prov.csp.example") > calls; }, 4000 * second_us);
    EXPECT_NEAR(static_cast<double>(b.host.now_us), 1800e6, 2e6);
    const int first = b.calls_to("prov.csp.example");
    b.run_for(86'300 * second_us);
    EXPECT_LE(b.calls_to("prov.csp.example"), first + 1) << "the common file, at most";
    b.run_for(200 * second_us);
    EXPECT_GT(b.calls_to("prov.csp.example"), first + 1) << "a day later";
}

TEST(base_update, GS_39_when_the_file_names_another_firmware_then_it_is_fetched_and_runs_after_an_update_reset) {
    update_bench b("firmware.version = 1.1.0\nfirmware.url = http://prov.csp.example/fw/x.bin\n");
    b.images = {200, image(b.identity.model, "1.1.0", 20'000), "", false};
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.causes, (std::vector<std::uint32_t>{DECTBED_RESET_SOFTWARE, DECTBED_RESET_UPDATE}));
    EXPECT_EQ(b.image_calls(), 1);
    EXPECT_NE(sip_header(b.world.registers.back().second, "User-Agent").find("/1.1.0 ("), std::string::npos);
}

TEST(base_update, when_the_image_is_not_the_one_that_is_wanted_then_the_old_firmware_goes_on) {
    const std::string model = fake_host::base_identity().model;
    for (const auto& wrong : {image("other", "1.1.0", 500), image(model, "1.0.9", 500),
                              image(model, "1.1.0", 500).substr(0, 400), std::string("<html>")}) {
        update_bench b("firmware.version = 1.1.0\nfirmware.url = fw/x.bin\n");
        b.images = {200, wrong, "", false};
        ASSERT_TRUE(b.reaches("in_service"));
        EXPECT_EQ(b.causes.size(), 1u);
        EXPECT_EQ(b.image_calls(), 1) << "the same would come again";
        EXPECT_NE(sip_header(b.world.registers.back().second, "User-Agent").find("/1.0.0 ("), std::string::npos);
    }
}

TEST(base_update, when_the_server_is_busy_then_it_tries_again_some_times_and_then_goes_into_service) {
    update_bench b("firmware.version = 1.1.0\nfirmware.url = fw/x.bin\n");
    b.images = {503, "", "Retry-After: 5\r\n", false};
    ASSERT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.image_calls(), 3);
    EXPECT_EQ(b.world.calls.back().target, "/office/fw/x.bin");
    update_bench naive("firmware.version = 1.1.0\nfirmware.url = fw/x.bin\n", dectbed_naive_base());
    naive.images = {503, "", "", false};
    ASSERT_TRUE(naive.reaches("in_service"));
    EXPECT_EQ(naive.image_calls(), 1);
}

TEST(base_configuration, when_the_file_speaks_of_polling_and_firmware_then_each_value_is_checked) {
    fake_host host;
    fw_io io{};
    fw_io_init(&io, &host.api);
    const std::uint8_t mac[6] = {2, 0x1B, 0x2C, 0, 0, 1};
    const auto read = [&](const std::string& more, reference::base_configuration& out) {
        std::string why;
        const std::string text = plain_file + more;
        return reference::read_configuration(&io, mac, text.data(), text.size(), out, why);
    };
    reference::base_configuration c;
    ASSERT_TRUE(read("", c));
    EXPECT_EQ(c.poll_s, 0u);
    EXPECT_LT(c.poll_at_s, 0);
    EXPECT_FALSE(c.sips);
    ASSERT_TRUE(read("provisioning.period = 3600\nsip.scheme = sips\n", c));
    EXPECT_EQ(c.poll_spread_s, 360u);
    EXPECT_TRUE(c.sips);
    ASSERT_TRUE(read("provisioning.at = 23:59\n", c));
    EXPECT_EQ(c.poll_at_s, 86'340);
    EXPECT_EQ(c.poll_spread_s, 900u);
    ASSERT_TRUE(read("sip.transport = tls\n", c));
    EXPECT_EQ(c.transport, FW_SIP_TLS);
    for (const char* bad :
         {"provisioning.period = 59\n", "provisioning.at = 24:00\n", "provisioning.at = 2:00\n",
          "provisioning.spread = x\n", "provisioning.period = 600\nprovisioning.at = 02:00\n", "firmware.version = 1\n",
          "firmware.url = x\n", "firmware.version = 1.2.3.4.5.6.7\nfirmware.url = x\n", "sip.scheme = tel\n",
          "sip.scheme = sips\nsip.transport = udp\n"})
        EXPECT_FALSE(read(bad, c)) << bad;
}

TEST(base_premises, when_dhcp_names_a_domain_then_short_names_are_completed) {
    update_bench b("");
    b.power_off();
    b.file = "band = eu\nsip.registrar = sip\nsip.domain = csp.example\nsip.user = base\n";
    b.world.dhcp_options = from_hex("0f0b 6373702e6578616d706c65");
    b.power_on();
    EXPECT_TRUE(b.reaches("in_service"));
    EXPECT_EQ(b.world.dns_seen.back(), "sip.csp.example");
}

TEST(base_premises, when_options_66_and_67_name_host_and_file_then_that_file_is_fetched) {
    update_bench b("");
    b.power_off();
    b.identity.provisioning = DECTBED_PROVISIONING_DHCP;
    // "prov.csp.example" and "/boot/own.cfg"
    b.world.dhcp_options = from_hex("4210 70726f762e6373702e6578616d706c65 430d 2f626f6f742f6f776e2e636667");
    std::vector<std::string> asked;
    const auto datagrams = b.host.on[DECTBED_REQ_UDP_SEND];
    b.host.on[DECTBED_REQ_UDP_SEND] = [&](const request& r) {
        if (r.as<dectbed_req_udp_send>().port == 69) asked.push_back(text_of(r.data<dectbed_req_udp_send>()));
        datagrams(r);
    };
    b.power_on();
    b.run_for(30 * second_us);
    ASSERT_FALSE(asked.empty());
    EXPECT_EQ(asked[0].substr(2, 12), "boot/own.cfg");
}

}  // namespace
}  // namespace dectbed::test
