#include <gtest/gtest.h>

#include <set>

#include "radio/nwk/elements.h"
#include "sim/random.h"
#include "tests/radio/codec_property.h"

namespace dectbed::radio::nwk {
namespace {

sim::bytes octets(std::string_view text) { return sim::from_hex(text).value(); }

message activation_request() {
    message m;
    m.type = mm::info_request;
    m.elements.push_back(encode_info_type({0x00}).value());
    m.elements.push_back(encode(ipui_n(ipei_from_text("03586 0017017 7").value())).value());
    m.elements.push_back(encode(proprietary{0x0DB0, octets("01010a31323334353637383930")}).value());
    return m;
}

TEST(nwk_message, ACT_21_mm_info_request_with_a_proprietary_element) {
    const auto m = activation_request();
    const auto bytes = encode(m).value();
    EXPECT_EQ(sim::to_hex(bytes),
              "0550"
              "010180"
              "050780a800e0204279"
              "7b10810db001010a31323334353637383930");
    const auto back = decode_message(bytes).value();
    EXPECT_EQ(back, m);
    EXPECT_EQ(name_of(back.pd, back.type), "MM-INFO-REQUEST");
    EXPECT_EQ(to_text(ipei_of(decode_portable_identity(*back.find(ie::portable_identity)).value()).value()),
              "03586 0017017 7");
    EXPECT_EQ(decode_proprietary(*back.find(ie::escape_to_proprietary)).value().emc, 0x0DB0);
    EXPECT_EQ(back.find(ie::reject_reason), nullptr);
}

TEST(nwk_message, cc_setup_and_release) {
    message m;
    m.pd = protocol::cc;
    m.transaction = 3;
    m.type = cc::setup;
    m.elements.push_back(encode(ipui_n(ipei{0x0E02, 0x04279})).value());
    m.elements.push_back({0x06, octets("80a5")});
    m.elements.push_back({ie::basic_service, {0x80}});
    m.elements.push_back({0xA1, {}});
    EXPECT_EQ(sim::to_hex(encode(m).value()), "3305050780a800e0204279060280a5e080a1");
    EXPECT_EQ(decode_message(encode(m).value()).value(), m);
    message release;
    release.pd = protocol::cc;
    release.from_responder = true;
    release.type = cc::release_com;
    release.elements.push_back({ie::release_reason, {0x0B}});
    EXPECT_EQ(sim::to_hex(encode(release).value()), "835ae20b");
    EXPECT_EQ(name_of(protocol::cc, cc::release_com), "CC-RELEASE-COM");
}

TEST(nwk_message, extended_transaction) {
    message m;
    m.pd = protocol::cc;
    m.extended_transaction = 0x85;
    m.type = cc::info;
    EXPECT_EQ(sim::to_hex(encode(m).value()), "73857b");
    EXPECT_EQ(decode_message(octets("73857b")).value(), m);
    EXPECT_FALSE(decode_message(octets("7585")));
}

TEST(nwk_message, authentication_request) {
    message m;
    m.from_responder = false;
    m.type = mm::authentication_request;
    auth_type a;
    a.algorithm = 1;
    a.key_type = 4;
    a.key_number = 8;
    a.update_cipher_key = true;
    a.cipher_key_number = 8;
    m.elements.push_back(encode(a).value());
    m.elements.push_back(encode_number(ie::rand, octets("0102030405060708")).value());
    EXPECT_EQ(sim::to_hex(encode(m).value()),
              "0540"
              "0a03014818"
              "0c080102030405060708");
    const auto back = decode_auth_type(m.elements[0]).value();
    EXPECT_EQ(back.key_type, 4);
    EXPECT_TRUE(back.update_cipher_key);
    EXPECT_FALSE(back.transmit_cipher_key);
}

TEST(nwk_message, every_truncation_that_cuts_an_element_is_refused) {
    const auto bytes = encode(activation_request()).value();
    const std::set<std::size_t> whole = {2, 5, 14};  // between elements a shorter message is a message
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        const auto result = decode_message(sim::byte_view(bytes.data(), n));
        ASSERT_EQ(static_cast<bool>(result), whole.count(n) != 0) << n;
        if (!result) {
            ASSERT_LE(result.error().offset, n);
        }
    }
    EXPECT_EQ(decode_message(octets("05500105")).error().offset, 3U);
    EXPECT_EQ(decode_message(octets("0f50")).error().offset, 0U);
    EXPECT_FALSE(decode_message({}));
}

TEST(nwk_message, ACT_21_unknown_elements_and_types_survive) {
    const auto bytes = octets(
        "05ff"
        "330301ff02"
        "9e"
        "ef55"
        "c0"
        "7f00");
    const auto m = decode_message(bytes).value();
    EXPECT_EQ(m.elements.size(), 5U);
    EXPECT_EQ(encode(m).value(), bytes);
    EXPECT_EQ(name_of(m.pd, m.type), "MM-ff");
    EXPECT_EQ(element_name(0x33), "33");
    EXPECT_EQ(element_name(ie::escape_to_proprietary), "ESCAPE-TO-PROPRIETARY");
}

TEST(nwk_message, random_messages_go_there_and_back) {
    sim::random_stream r(6, "test", "nwk");
    const protocol protocols[] = {protocol::lce, protocol::cc,   protocol::ciss,
                                  protocol::mm,  protocol::clms, protocol::coms};
    for (int i = 0; i < 20'000; ++i) {
        message m;
        m.pd = protocols[r.below(6)];
        m.from_responder = r.chance(0.5);
        if (m.pd == protocol::cc && r.chance(0.2)) {
            m.extended_transaction = static_cast<std::uint8_t>(r.below(256));
        } else {
            m.transaction = static_cast<std::uint8_t>(r.below(7));
        }
        m.type = static_cast<std::uint8_t>(r.below(256));
        for (auto n = r.below(6); n > 0; --n) {
            element e;
            e.code = static_cast<std::uint8_t>(r.below(256));
            switch (form_of(e.code)) {
                case element_form::single_octet:
                    break;
                case element_form::double_octet:
                    e.contents.resize(1);
                    break;
                case element_form::variable:
                    e.contents.resize(r.below(40));
                    break;
            }
            for (auto& octet : e.contents) octet = static_cast<std::uint8_t>(r.below(256));
            m.elements.push_back(e);
        }
        const auto bytes = encode(m).value();
        const auto back = decode_message(bytes);
        ASSERT_TRUE(back) << back.error().reason;
        ASSERT_EQ(back.value(), m);
    }
}

TEST(nwk_message, random_octets_harm_nobody_and_what_decodes_encodes_the_same) {
    sim::random_stream r(7, "test", "nwk noise");
    int decoded = 0;
    for (int i = 0; i < 50'000; ++i) {
        sim::bytes b(r.below(24));
        for (auto& octet : b) octet = static_cast<std::uint8_t>(r.below(256));
        const auto m = decode_message(b);
        if (!m) {
            ASSERT_LE(m.error().offset, b.size());
            continue;
        }
        ++decoded;
        ASSERT_EQ(encode(m.value()).value(), b);
        for (const element& e : m.value().elements) {
            (void)decode_portable_identity(e);
            (void)decode_info_type(e);
            (void)decode_auth_type(e);
            (void)decode_proprietary(e);
        }
    }
    EXPECT_GT(decoded, 100);
}

TEST(nwk_elements, portable_identity_is_checked) {
    const auto good = encode(ipui_n(ipei{0x0E02, 0x04279})).value();
    for (std::size_t n = 0; n < good.contents.size(); ++n) {
        element cut = good;
        cut.contents.resize(n);
        const auto r = decode_portable_identity(cut);
        ASSERT_FALSE(r);
        ASSERT_LE(r.error().offset, n);
    }
    element long_one = good;
    long_one.contents.push_back(0);
    EXPECT_EQ(decode_portable_identity(long_one).error().offset, 7U);
    element wrong_type = good;
    wrong_type.contents[0] = 0x81;
    EXPECT_FALSE(decode_portable_identity(wrong_type));
    wrong_type.contents[0] = 0x00;
    EXPECT_FALSE(decode_portable_identity(wrong_type));
    EXPECT_FALSE(encode(portable_identity{portable_identity_type::ipui, 40, sim::bytes(4)}));
    portable_identity tpui{portable_identity_type::tpui, 20, octets("e12340")};
    EXPECT_FALSE(ipei_of(tpui));
    EXPECT_EQ(decode_portable_identity(encode(tpui).value()).value().value, tpui.value);
}

TEST(nwk_elements, info_type_reject_reason_and_numbers_are_checked) {
    EXPECT_EQ(decode_info_type(encode_info_type({0, 1, 6}).value()).value(), (std::vector<std::uint8_t>{0, 1, 6}));
    EXPECT_EQ(encode_info_type({0, 1}).value().contents, (sim::bytes{0x00, 0x81}));
    EXPECT_FALSE(encode_info_type({}));
    EXPECT_FALSE(encode_info_type({0x80}));
    EXPECT_FALSE(decode_info_type({ie::info_type, {0x00, 0x01}}));
    EXPECT_EQ(decode_info_type({ie::info_type, {0x81, 0x01}}).error().offset, 1U);
    EXPECT_EQ(decode_reject_reason(encode_reject_reason(reject_reason::overload)).value(), 0x30);
    EXPECT_FALSE(decode_reject_reason({ie::reject_reason, {}}));
    EXPECT_FALSE(decode_reject_reason({ie::reject_reason, {1, 2}}));
    EXPECT_FALSE(decode_reject_reason({ie::info_type, {1}}));
    EXPECT_FALSE(encode_number(ie::rand, octets("0102")));
    EXPECT_EQ(decode_number(ie::res, {ie::res, octets("01020304")}).value(), octets("01020304"));
    EXPECT_FALSE(decode_number(ie::res, {ie::res, octets("010203")}));
    EXPECT_FALSE(decode_proprietary({ie::escape_to_proprietary, octets("800db0")}));
    EXPECT_FALSE(decode_proprietary({ie::escape_to_proprietary, octets("810d")}));
}

TEST(nwk_elements, auth_type_with_every_option) {
    auth_type a;
    a.algorithm = 0x7F;
    a.proprietary_algorithm = 0x42;
    a.default_cipher_key = true;
    a.default_cipher_key_index = 0x0102;
    a.default_cipher_key_algorithm = 1;
    const auto e = encode(a).value();
    EXPECT_EQ(sim::to_hex(e.contents), "7f421040010201");
    const auto back = decode_auth_type(e).value();
    EXPECT_EQ(back.default_cipher_key_index, a.default_cipher_key_index);
    EXPECT_EQ(encode(back).value(), e);
    for (std::size_t n = 0; n < 6; ++n) {
        element cut = e;
        cut.contents.resize(n);
        ASSERT_FALSE(decode_auth_type(cut)) << n;
    }
    a.default_cipher_key_index.reset();
    EXPECT_FALSE(encode(a));
}

}  // namespace
}  // namespace dectbed::radio::nwk
