// dectbed decode: what it prints of octets and captures, and what it says about wrong input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/app.h"
#include "cli/decode_pcap.h"
#include "tests/cli/fake_runner.h"

namespace dectbed::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace ::testing::internal;

struct said {
    int code;
    std::string out, error;
};

said dectbed(std::vector<std::string> words) {
    std::vector<const char*> argv{"dectbed", "decode"};
    for (const std::string& w : words) argv.push_back(w.c_str());
    CaptureStdout();
    CaptureStderr();
    const int code = run_app(static_cast<int>(argv.size()), argv.data(), test::fake_runner());
    return {code, GetCapturedStdout(), GetCapturedStderr()};
}

/// A link of the office scenario, kept for the fuzz targets.
const std::string one_link = DECTBED_SOURCE_DIR "/tests/fuzz/corpus/capture/one_link.pcap";
const std::string on_a_lan = DECTBED_SOURCE_DIR "/tests/fuzz/corpus/capture/lan_big_endian.pcap";

TEST(decode, an_a_field_from_either_side) {
    EXPECT_EQ(dectbed({"--hex", "6e00db000020c2b7"}).out, "MAC  FT>PT  NT  RFPI 00db000020\n");
    EXPECT_THAT(dectbed({"--hex", "ee1c123400000f8a"}).out,
                HasSubstr("MAC  FT>PT  PT  LCE-REQUEST-PAGE short, voice, assigned TPUI ..1234\n"));
    const said page = dectbed({"--hex", "ff 00 00 00 10 01 42 42", "--layer", "mac"});
    EXPECT_EQ(page.code, 2);
    EXPECT_THAT(page.error, HasSubstr("R-CRC is 4242"));
}

TEST(decode, a_dlc_frame_with_what_it_carries) {
    const said s = dectbed({"--hex", "13203505520101867b06810db0010201f0f020f0"});
    EXPECT_EQ(s.code, 0) << s.error;
    EXPECT_THAT(s.out, HasSubstr("DLC  FT>PT  I N(R)=1 N(S)=0, command, class A, 13 octets, checksum good"));
    EXPECT_THAT(s.out, HasSubstr("NWK  MM-INFO-SUGGEST"));
    EXPECT_THAT(s.out, HasSubstr("progress: asking redirection"));
}

TEST(decode, a_message_and_what_it_is_not) {
    const said s = dectbed({"--hex", "0553 01 01 86 60 01 06", "--layer", "nwk"});
    EXPECT_EQ(s.code, 0) << s.error;
    EXPECT_THAT(s.out, HasSubstr("NWK  MM-INFO-REJECT"));
    EXPECT_THAT(s.out, HasSubstr("REJECT-REASON"));
    EXPECT_THAT(dectbed({"--hex", "0553", "--layer", "dlc"}).error, HasSubstr("as a DLC frame: 2 of 3 header octets"));
}

TEST(decode, a_capture_message_by_message) {
    const said s = dectbed({one_link, "--summary"});
    EXPECT_EQ(s.code, 0) << s.error;
    const char* order[] = {"access request",
                           "bearer confirm",
                           "MM-INFO-REQUEST (activation code",
                           "MM-INFO-SUGGEST (progress",
                           "MM-INFO-ACCEPT",
                           "release: connection release"};
    std::size_t at = 0;
    for (const char* step : order) {
        at = s.out.find(step, at);
        ASSERT_NE(at, std::string::npos) << step << "\n" << s.out;
    }
    EXPECT_THAT(s.out, Not(HasSubstr("CT1"))) << "a summary has no segments";
    EXPECT_THAT(s.out, HasSubstr(", 1 not readable"))
        << "the capture ends in the middle of the third link's first frame";
    const said all = dectbed({one_link});
    EXPECT_THAT(all.out, HasSubstr("CT1"));
    EXPECT_THAT(all.out, HasSubstr("PORTABLE-IDENTITY"));
    const said nwk = dectbed({one_link, "--layer", "nwk"});
    EXPECT_THAT(nwk.out, Not(HasSubstr("DLC  ")));
    EXPECT_THAT(dectbed({one_link, "--to", "1"}).out, HasSubstr(" 0 messages"));
}

TEST(decode, exports_dlc_frames_and_reads_them_again) {
    const test::workplace w;
    const std::string path = w.path("nwk.pcap").string();
    const said s = dectbed({one_link, "--summary", "--export-nwk", path});
    EXPECT_EQ(s.code, 0) << s.error;
    const said again = dectbed({path, "--layer", "nwk"});
    EXPECT_EQ(again.code, 0) << again.error;
    EXPECT_THAT(again.out, HasSubstr("MM-INFO-ACCEPT"));
    EXPECT_THAT(dectbed({one_link, "--export-nwk", "/proc/nothing.pcap"}).error, HasSubstr("cannot open"));
}

TEST(decode, frames_from_a_lan_in_either_byte_order) {
    const said s = dectbed({on_a_lan});
    EXPECT_EQ(s.code, 0) << s.error;
    EXPECT_THAT(s.out, HasSubstr("PT>FT    DLC  RR N(R)=1, response, class A, checksum good"));
}

TEST(decode, wrong_input_ends_with_2_and_a_sentence) {
    const test::workplace w;
    const auto file = [&](const char* name, const std::string& octets) {
        std::ofstream(w.path(name), std::ios::binary) << octets;
        return w.path(name).string();
    };
    const std::string header("\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0", 24);
    std::string raw_ip = header;
    raw_ip[20] = 101;
    const std::string long_packet = header + std::string("\0\0\0\0\0\0\0\0\xff\xff\xff\x7f\0\0\0\0", 16);
    const struct {
        std::vector<std::string> words;
        const char* sentence;
    } cases[] = {
        {{}, "expected a capture, or --hex"},
        {{"--hex", "0g"}, "--hex:"},
        {{"--hex", ""}, "--hex"},
        {{"--hex", "00", one_link}, "excludes"},
        {{one_link, "--layer", "phy"}, "--layer"},
        {{one_link, "--summry"}, "did you mean \"--summary\"?"},
        {{"no_such.pcap"}, "no_such.pcap: there is no such file"},
        {{w.path("").string()}, "there is no such file"},
        {{file("empty.pcap", "")}, "0 octets are no capture"},
        {{file("text.pcap", "hello there")}, "68656c6c does not begin a pcap file"},
        {{file("ng.pcap", "\x0a\x0d\x0d\x0a....")}, "this is pcapng"},
        {{file("header.pcap", header.substr(0, 20))}, "the header has 24 octets"},
        {{file("raw.pcap", raw_ip)}, "its link type is 101; expected 1 (Ethernet)"},
        {{file("long.pcap", long_packet)}, "a packet of 2147483647 octets exceeds"},
        {{file("none.pcap", header)}, "it holds no packet of the air"},
    };
    for (const auto& c : cases) {
        const said s = dectbed(c.words);
        EXPECT_EQ(s.code, 2) << c.sentence;
        EXPECT_THAT(s.error, HasSubstr(c.sentence));
    }
}

TEST(decode, a_capture_that_was_cut_off_is_read_up_to_there) {
    std::ifstream in(one_link, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto packets = [](const std::string& octets) { return read_pcap(sim::view(octets)); };
    const auto all = packets(whole);
    ASSERT_TRUE(all);
    EXPECT_FALSE(all.value().cut_off);
    for (std::size_t n = 24; n < whole.size(); n += 7) {
        const auto some = packets(whole.substr(0, n));
        ASSERT_TRUE(some) << n;
        EXPECT_LE(some.value().packets.size(), all.value().packets.size());
    }
    EXPECT_TRUE(packets(whole.substr(0, whole.size() - 1)).value().cut_off);
}

TEST(decode, helps) {
    const said s = dectbed({"--help"});
    EXPECT_EQ(s.code, 0);
    for (const char* word : {"FILE", "--hex", "--layer", "--summary", "--from", "--to", "--export-nwk", "Examples:"})
        EXPECT_THAT(s.out, HasSubstr(word));
}

}  // namespace
}  // namespace dectbed::cli
