// Packets of the air: their format, the order in a capture, and what a reader makes of them. Wireshark's view of the
// same packets is tests/system/test_wire.py's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "radio/capture/air_capture.h"
#include "radio/capture/burst_frame.h"
#include "radio/capture/describe.h"
#include "radio/capture/lan_frame.h"
#include "radio/capture/session.h"
#include "radio/checksums.h"
#include "radio/identity.h"
#include "sim/random.h"

namespace dectbed::radio {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const rfpi office = rfpi_from_text("02b6ec8aa5").value();

a_field identity_field() {
    a_field a;
    a.content = tail::identity{office, false};
    return a;
}

burst_frame from_portable() {
    burst_frame f;
    f.destination = station_address(1);
    f.source = station_address(0x020304);
    f.carrier = 3;
    f.slot = 16;
    f.frame_number = 5;
    f.rssi = rssi_octet(sim::dbm::of(-61.4));
    f.from = side::portable;
    f.a_field = encode(identity_field(), side::portable).value();
    f.rest = idle_b_field(5);
    return f;
}

TEST(burst_frame, has_the_octets_that_the_dissector_expects) {
    const auto octets = encode(from_portable());
    EXPECT_EQ(sim::to_hex(sim::byte_view(octets).first(33)),
              "02dec7000001"
              "02dec7020304"
              "2323"
              "00030010"
              "0543"
              "5555551675"
              "6e02b6ec8aa5" +
                  sim::to_hex(sim::byte_view(octets).subspan(31, 2)));
    EXPECT_EQ(octets.size(), 33U + 41U);
    EXPECT_EQ(r_crc(sim::byte_view(octets).subspan(25, 6)), octets[31] << 8 | octets[32]);
    const auto back = decode_burst_frame(octets);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(back.value()), octets);
    EXPECT_EQ(back.value().level_dbm(), -61);
    EXPECT_TRUE(x_crc_holds(back.value().rest));
}

TEST(burst_frame, refuses_every_truncation_and_what_is_no_burst) {
    const auto octets = encode(from_portable());
    for (std::size_t n = 0; n < 33; ++n)
        EXPECT_FALSE(decode_burst_frame(sim::byte_view(octets).first(static_cast<std::ptrdiff_t>(n)))) << n;
    for (std::size_t at : {12U, 13U, 23U, 24U}) {
        sim::bytes other = octets;
        other[at] ^= 0x40;
        EXPECT_FALSE(decode_burst_frame(other)) << at;
    }
    burst_frame foreign = from_portable();
    foreign.source = {0, 1, 2, 3, 4, 5};
    EXPECT_EQ(foreign.level_dbm(), std::nullopt) << "other programs have other scales";
}

TEST(burst_frame, levels_are_rounded_and_bounded) {
    EXPECT_EQ(rssi_octet(sim::dbm::of(-83.5)), 44);
    EXPECT_EQ(rssi_octet(sim::dbm::of(-83.4)), 45);
    EXPECT_EQ(rssi_octet(sim::dbm::of(-200)), 0);
    EXPECT_EQ(rssi_octet(sim::dbm::of(200)), 255);
}

TEST(lan_frame, comes_back_and_refuses_every_truncation) {
    lan_frame f;
    f.what = lan_frame::primitive::data_indication;
    f.connection = 7;
    f.dlc = sim::from_hex("1321014e7c").value();
    const auto octets = encode(f).value();
    EXPECT_EQ(sim::to_hex(octets), "000000000000000000000000a000000c000079060700051321014e7c");
    const auto back = decode_lan_frame(octets);
    ASSERT_TRUE(back && back.value());
    EXPECT_EQ(back.value()->dlc, f.dlc);
    EXPECT_EQ(back.value()->connection, 7);
    for (std::size_t n = 0; n < octets.size(); ++n)
        EXPECT_FALSE(decode_lan_frame(sim::byte_view(octets).first(static_cast<std::ptrdiff_t>(n)))) << n;
    f.dlc.resize(256);
    EXPECT_FALSE(encode(f));
}

// --- order ---------------------------------------------------------------------------------------------------

struct written {
    sim::time_point at;
    burst_frame packet;
};

observed_burst beacon_at(milliseconds start, std::uint32_t transmitter) {
    observed_burst b;
    b.start = sim::time_point{start};
    b.transmitter = transmitter;
    b.level = sim::dbm::of(-70);
    b.content = identity_field();
    return b;
}

TEST(air_capture, puts_bursts_that_are_told_late_in_their_place_and_each_only_once) {
    std::vector<written> out;
    air_capture capture([&](sim::time_point at, sim::byte_view packet) {
        out.push_back({at, decode_burst_frame(packet).value()});
    });
    capture.observed(beacon_at(milliseconds(3000), 1));
    auto louder = beacon_at(milliseconds(1000), 2);  // a scan looks back
    capture.observed(louder);
    louder.heard = true;
    louder.level = sim::dbm::of(-50);
    capture.observed(louder);
    capture.observed(beacon_at(milliseconds(1000), 1));
    EXPECT_TRUE(out.empty()) << "somebody may still look back";
    capture.observed(beacon_at(milliseconds(20000), 1));
    EXPECT_EQ(out.size(), 3U);
    capture.finish();
    ASSERT_EQ(out.size(), 4U);
    std::vector<sim::time_point> times;
    for (const auto& w : out) times.push_back(w.at);
    EXPECT_THAT(times, ElementsAre(sim::time_point{seconds(1)}, sim::time_point{seconds(1)},
                                   sim::time_point{seconds(3)}, sim::time_point{seconds(20)}));
    EXPECT_EQ(out[0].packet.mode, 1) << "nobody got this one";
    EXPECT_EQ(out[1].packet.mode, 0);
    EXPECT_EQ(out[1].packet.level_dbm(), -50) << "where it was loudest";
    EXPECT_EQ(out[1].packet.destination, everybody);
    EXPECT_EQ(out[1].packet.rest.size(), 1U) << "the dissector calls a packet malformed that ends with the A-field";
}

TEST(air_capture, what_a_burst_said_counts_more_than_what_it_says_without_anything_to_say) {
    std::vector<written> out;
    air_capture capture([&](sim::time_point at, sim::byte_view packet) {
        out.push_back({at, decode_burst_frame(packet).value()});
    });
    auto presumed = beacon_at(milliseconds(10), 1);
    presumed.full_slot = presumed.presumed_only = presumed.heard = true;
    auto said = presumed;
    said.presumed_only = said.heard = false;
    said.content.content = tail::c_channel{1, {1, 2, 3, 4, 5}};
    capture.observed(presumed);
    capture.observed(said);
    capture.observed(presumed);
    capture.finish();
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].packet.a_field[1], 1);
    EXPECT_EQ(out[0].packet.mode, 0);
    EXPECT_TRUE(x_crc_holds(out[0].packet.rest));
}

// --- sessions ------------------------------------------------------------------------------------------------

class session : public ::testing::Test {
  protected:
    void burst(side from, a_field a, int carrier = 2, int pair = 4) {
        burst_frame f;
        f.from = from;
        f.source = station_address(from == side::fixed ? 1 : 2);
        f.destination = station_address(from == side::fixed ? 2 : 1);
        f.carrier = static_cast<std::uint8_t>(carrier);
        f.slot = static_cast<std::uint16_t>(from == side::fixed ? pair : pair + 12);
        f.frame_number = static_cast<std::uint8_t>(frame_ % 16);
        a.header.ba = 0;
        f.a_field = encode(a, from).value();
        f.rest = idle_b_field(f.frame_number);
        decoder_.packet(frame_ * milliseconds(10), encode(f));
    }
    void control(side from, tail::basic_command c) {
        a_field a;
        a.first_transmission = from == side::portable;
        a.content = tail::basic_control{c, office.fmid(), 0xE1234};
        burst(from, a);
        ++frame_;
    }
    void segment(side from, std::uint8_t number, const std::array<std::uint8_t, 5>& octets) {
        a_field a;
        a.content = tail::c_channel{number, octets};
        burst(from, a);
        frame_ += 2;
    }
    void release(side from) {
        a_field a;
        a.content = tail::basic_release{0, 15, tail::release_code::connection, 0xE1234};
        burst(from, a);
        ++frame_;
    }
    static std::vector<std::array<std::uint8_t, 5>> segments_of(const sim::bytes& frame) {
        std::vector<std::array<std::uint8_t, 5>> out(frame.size() / 5);
        for (std::size_t i = 0; i < frame.size(); ++i) out[i / 5][i % 5] = frame[i];
        return out;
    }
    sim::bytes frame_of(sim::bytes information, bool more = false, std::uint8_t number = 0) {
        dlc_frame f;
        f.kind = dlc_kind::i;
        f.send_number = number;
        f.more = more;
        f.command_bit = command_bit_of(side::portable, true);
        f.information = std::move(information);
        return encode(f, 0).value();
    }
    std::vector<std::string> texts(decoded_layer l) const {
        std::vector<std::string> out;
        for (const auto& i : items_)
            if (i.layer == l) out.push_back(i.text);
        return out;
    }
    std::int64_t frame_ = 100;
    std::vector<decoded_item> items_;
    session_decoder decoder_{[this](const decoded_item& i) { items_.push_back(i); }};
};

const sim::bytes info_request = sim::from_hex("05500101867b06810db0010201").value();

TEST_F(session, a_message_is_put_together_from_segments_and_repeated_ones_count_once) {
    control(side::portable, tail::basic_command::access_request);
    control(side::fixed, tail::basic_command::bearer_confirm);
    std::uint8_t number = 1;
    for (const auto& s : segments_of(frame_of(info_request))) {
        segment(side::portable, number, s);
        if (number == 0) segment(side::portable, number, s);  // not acknowledged
        number ^= 1U;
    }
    release(side::portable);
    release(side::portable);
    const auto messages = texts(decoded_layer::nwk);
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_THAT(messages[0], HasSubstr("MM-INFO-REQUEST"));
    EXPECT_THAT(texts(decoded_layer::dlc)[0], HasSubstr("checksum good"));
    std::vector<std::string> brief;
    for (const auto& i : items_) {
        EXPECT_EQ(i.bearer, 1U) << i.text;
        EXPECT_FALSE(i.wrong) << i.text;
        if (i.milestone) brief.push_back(i.brief);
    }
    EXPECT_THAT(
        brief,
        ElementsAre("MT  access request, FMID aa5, PMID e1234", "MT  bearer confirm, FMID aa5, PMID e1234",
                    "MM-INFO-REQUEST (progress: asking redirection)", "MT  release: connection release, PMID e1234"))
        << "the second release is no step of its own";
    EXPECT_EQ(items_[1].since_previous, milliseconds(10));
}

TEST_F(session, a_message_longer_than_a_frame_comes_in_several) {
    sim::bytes message = sim::from_hex("0550").value();
    message.push_back(0x7B);
    message.push_back(100);
    message.push_back(0x81);
    message.resize(4 + 100, 0x42);
    const sim::bytes first(message.begin(), message.begin() + 63), second(message.begin() + 63, message.end());
    std::uint8_t number = 1;
    for (const auto& frame : {frame_of(first, true, 0), frame_of(second, false, 1)})
        for (const auto& s : segments_of(frame)) {
            segment(side::portable, number, s);
            number ^= 1U;
        }
    EXPECT_EQ(texts(decoded_layer::dlc).size(), 2U);
    ASSERT_EQ(texts(decoded_layer::nwk).size(), 1U);
    EXPECT_EQ(items_.back().octets, message);
}

TEST_F(session, says_what_is_missing_and_goes_on_with_the_next_frame) {
    const auto pieces = segments_of(frame_of(info_request));
    ASSERT_GE(pieces.size(), 4U);
    segment(side::portable, 1, pieces[0]);
    segment(side::portable, 1, pieces[2]);  // the one between was not captured
    EXPECT_THAT(texts(decoded_layer::dlc), ElementsAre(HasSubstr("frame lost after 5 octets")));
    EXPECT_TRUE(items_.back().wrong || items_[items_.size() - 1].layer != decoded_layer::nwk);
    control(side::portable, tail::basic_command::access_request);
    std::uint8_t number = 1;
    for (const auto& s : pieces) {
        segment(side::portable, number, s);
        number ^= 1U;
    }
    EXPECT_EQ(texts(decoded_layer::nwk).size(), 1U);
}

TEST_F(session, a_wrong_checksum_is_called_so) {
    auto frame = frame_of(info_request);
    frame.back() ^= 1U;
    std::uint8_t number = 1;
    for (const auto& s : segments_of(frame)) {
        segment(side::portable, number, s);
        number ^= 1U;
    }
    EXPECT_THAT(texts(decoded_layer::dlc), ElementsAre(HasSubstr("checksum does not hold")));
    EXPECT_TRUE(texts(decoded_layer::nwk).empty());
}

TEST_F(session, any_octets_do_no_harm) {
    sim::random_stream luck(3, "session", "noise");
    for (int i = 0; i < 20000; ++i) {
        sim::bytes packet(luck.below(90));
        for (auto& o : packet) o = static_cast<std::uint8_t>(luck.below(256));
        if (packet.size() > 25) {
            packet[12] = luck.chance(0.8) ? 0x23 : 0xA0;
            packet[13] = packet[12] == 0x23 ? 0x23 : 0;
            packet[23] = luck.chance(0.5) ? 0xE9 : 0x16;
            packet[24] = packet[23] == 0xE9 ? 0x8A : 0x75;
        }
        if (packet.size() > 33) {  // a right R-CRC lets more of them in
            const std::uint16_t crc = r_crc(sim::byte_view(packet).subspan(25, 6));
            packet[31] = static_cast<std::uint8_t>(crc >> 8);
            packet[32] = static_cast<std::uint8_t>(crc);
        }
        decoder_.packet(i * milliseconds(1), packet);
    }
    decoder_.finish();
    EXPECT_GT(items_.size(), 1000U);
}

}  // namespace
}  // namespace dectbed::radio
