// Wireshark's own DECT dissector reads our A-fields (ethertype 0x2323, tshark 4.0).
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "radio/a_field.h"
#include "radio/checksums.h"
#include "radio/identity.h"
#include "radio/page_schedule.h"
#include "radio/paging.h"
#include "radio/vendor_announcement.h"
#include "tests/temporary_folder.h"

namespace dectbed::radio {
namespace {

std::string run(const std::string& command) {
    std::string out;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 4096> part{};
    while (pipe && std::fgets(part.data(), static_cast<int>(part.size()), pipe.get()) != nullptr) out += part.data();
    return out;
}

void little(std::string& out, std::uint32_t v, int octets) {
    for (int i = 0; i < octets; ++i) out += static_cast<char>(v >> (8 * i));
}

/// One frame as that dissector wants it: Ethernet, pseudo header, preamble and sync, A-field, maybe a B-field.
std::string captured(const a_field& a, side from, int carrier, int slot, int frame, const sim::bytes& b_field) {
    std::string f("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x23\x23", 14);
    f += '\0';
    f += static_cast<char>(carrier);
    f += '\0';
    f += static_cast<char>(slot);
    f += static_cast<char>(frame);
    f += '\x40';
    f += from == side::fixed ? std::string("\xaa\xaa\xaa\xe9\x8a") : std::string("\x55\x55\x55\x16\x75");
    const auto octets = encode(a, from).value();
    f.append(reinterpret_cast<const char*>(octets.data()), octets.size());
    for (auto octet : b_field) f += static_cast<char>(octet);
    if (b_field.empty()) {
        f += '\0';  // a frame that ends with the A-field is called malformed
    } else {
        f += static_cast<char>(x_crc_full_slot(b_field) << 4);
    }
    return f;
}

std::string dissect(const std::vector<std::string>& frames) {
    const auto path = test::temporary_folder() / "a_field.pcap";
    std::string pcap("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00",
                     24);
    for (std::uint32_t i = 0; i < frames.size(); ++i) {
        little(pcap, i, 4);
        little(pcap, 0, 4);
        little(pcap, static_cast<std::uint32_t>(frames[i].size()), 4);
        little(pcap, static_cast<std::uint32_t>(frames[i].size()), 4);
        pcap += frames[i];
    }
    std::ofstream(path, std::ios::binary) << pcap;
    const auto text = run("tshark -r '" + path.string() + "' -V 2>/dev/null");
    std::filesystem::remove(path);
    return text;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
}

TEST(wireshark, reads_the_beacon_and_the_access_request) {
    ASSERT_NE(run("tshark --version"), "") << "tshark is part of the set-up";
    const auto id = rfpi_from_text("02b6ec8aa5").value();
    a_field nt;
    nt.content = tail::identity{id, false};
    a_field qt;
    tail::static_information s;
    s.slot = 4;
    s.escape = true;
    s.rf_carriers = 0x3FF;
    s.carrier = 3;
    s.scanned_next = 8;
    qt.content = s;
    a_field capabilities;
    capabilities.content = tail::capabilities{capability_bit(17) | capability_bit(23) | capability_bit(44)};
    a_field escape;
    escape.content = tail::escape{0x0DB0, encode_announcement(announced_service::in_service)};
    a_field page;
    page.content = tail::zero_page{false, 0xC8AA5, 1, 0xFFF};
    a_field request;
    request.first_transmission = true;
    request.header.ba = 0;
    request.content = tail::basic_control{tail::basic_command::access_request, id.fmid(), 0xE1234};
    a_field confirm;
    confirm.header.ba = 0;
    confirm.content = tail::basic_control{tail::basic_command::bearer_confirm, id.fmid(), 0xE1234};

    const auto scrambled = scrambling_sequence(5);
    const sim::bytes b(scrambled.begin(), scrambled.end());
    const auto text =
        dissect({captured(nt, side::fixed, 3, 4, 0, {}), captured(qt, side::fixed, 3, 4, 8, {}),
                 captured(capabilities, side::fixed, 3, 4, 8, {}), captured(escape, side::fixed, 3, 4, 8, {}),
                 captured(page, side::fixed, 3, 4, 2, {}), captured(request, side::portable, 3, 16, 5, b),
                 captured(confirm, side::fixed, 3, 4, 6, b)});
    EXPECT_EQ(count(text, "Malformed"), 0U) << text;
    EXPECT_EQ(count(text, "R-CRC Match"), 7U) << text;
    EXPECT_EQ(count(text, "X-CRC Match"), 2U) << text;
    for (const char* expected : {"02b6ec8aa5", "aa5", "e1234", "Access Request", "Bearer Confirm"})
        EXPECT_NE(text.find(expected), std::string::npos) << expected << "\n" << text;
}

TEST(wireshark, reads_the_messages_of_a_fast_set_up) {
    ASSERT_NE(run("tshark --version"), "") << "tshark is part of the set-up";
    const auto id = rfpi_from_text("02b6ec8aa5").value();
    const auto scrambled = scrambling_sequence(5);
    const sim::bytes b(scrambled.begin(), scrambled.end());
    std::vector<std::string> bursts;
    const auto burst = [&](side from, const tail::any& said) {
        a_field a;
        a.header.ba = 0;
        a.content = said;
        bursts.push_back(captured(a, from, 3, from == side::fixed ? 4 : 16, 5, b));
    };
    tail::attributes agreed;
    agreed.confirm = true;
    burst(side::fixed, tail::basic_control{tail::basic_command::access_request, id.fmid(), 0x10123, true});
    burst(side::portable, tail::basic_control{tail::basic_command::wait, id.fmid(), 0x10123, true});
    burst(side::portable, tail::basic_control{tail::basic_command::bearer_confirm, id.fmid(), 0x10123, true});
    burst(side::fixed, tail::attributes{});
    burst(side::portable, agreed);
    burst(side::fixed,
          tail::basic_release{tail::listen_everywhere, 15, tail::release_code::stay_on_listen, 0x10123, true});
    const auto text = dissect(bursts);
    EXPECT_EQ(count(text, "Malformed"), 0U) << text;
    EXPECT_EQ(count(text, "R-CRC Match"), 6U) << text;
    EXPECT_EQ(count(text, "X-CRC Match"), 6U) << text;
    EXPECT_EQ(count(text, "A-Field: Advanced Connection Control"), 6U) << text;
}

TEST(wireshark, reads_the_segments_of_a_connectionless_bearer_and_long_pages) {
    ASSERT_NE(run("tshark --version"), "") << "tshark is part of the set-up";
    std::vector<std::string> bursts;
    const auto burst = [&](int frame, const tail::any& said) {
        a_field a;
        a.content = said;
        bursts.push_back(captured(a, side::fixed, 3, 4, frame, {}));
    };
    burst(1, tail::c_channel{1, {0x0F, 0x03, 0x09, 0x06, 0x01}});
    burst(3, tail::c_channel{0, {0xF0, 0xF0, 0xF0, 0x7F, 0x8B}});
    const auto section = sim::from_hex("09cfff0105").value();
    burst(0, long_page_tail(section, long_page_all).value());
    const auto text = dissect(bursts);
    EXPECT_EQ(count(text, "Malformed"), 0U) << text;
    EXPECT_EQ(count(text, "R-CRC Match"), 3U) << text;
    for (const char* expected :
         {"Ct First Data Packet (1)", "Ct Next Data Packet (0)", "All of a Long Page (first and last)"})
        EXPECT_NE(text.find(expected), std::string::npos) << expected << "\n" << text;
}

}  // namespace
}  // namespace dectbed::radio
