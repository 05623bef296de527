// Golden octets of every message of LCE, CC (set-up to release) and MM, both ways, and what people read of them.
// The octets are put together by hand from the figures of EN 300 175-5 V2.7.1, 6.3 and 7.
#include <gtest/gtest.h>

#include <set>

#include "radio/nwk/call_elements.h"
#include "radio/nwk/capability_elements.h"
#include "radio/nwk/describe.h"
#include "radio/nwk/identity_elements.h"
#include "radio/nwk/message_rules.h"
#include "radio/nwk/security_elements.h"
#include "tests/radio/element_round_trip.h"

namespace dectbed::radio::nwk {
namespace {

constexpr auto fp = side::fixed, pp = side::portable;

struct golden {
    side sender;
    std::string hex;
    std::vector<std::string> lines;
};

const std::string ipui = "050780a800e0204279", ipui_line = "PORTABLE-IDENTITY: IPUI N 03586 0017017 7";
const std::string ari_b = "060680a011001120", ari_b_line = "FIXED-IDENTITY: ARI B: EIC 1001, FPN 120";
const std::string park_b = "0606a0a011001120", park_b_line = "FIXED-IDENTITY: PARK 31 bits, B: EIC 1001, FPN 120";
const std::string tpui = "0505a0940bbb47", tpui_line = "PORTABLE-IDENTITY: TPUI bbb47 (assigned individual)";
const std::string level_31 = "07015f", level_31_line = "LOCATION-AREA: level 31";
const std::string dsc2_on = "19028298", dsc2_on_line = "CIPHER-INFO: on, DSC2, derived key 8 (of IPUI and PARK)";
const std::string rand_f = "0c080102030405060708", rand_f_line = "RAND: 0102030405060708";
const std::string rs = "0e10000102030405060708090a0b0c0d0e0f", rs_line = "RS: 000102030405060708090a0b0c0d0e0f";
const std::string answer = ", transaction 0, from the responder)", first = ", transaction 0)";

const std::vector<golden>& messages() {
    static const std::vector<golden> table = {
        {pp, "0071" + ipui, {"LCE-PAGE-RESPONSE (LCE" + first, ipui_line}},
        {fp,
         "0072" + ipui + "600121",
         {"LCE-PAGE-REJECT (LCE" + first, ipui_line, "REJECT-REASON: 21 false LCE reply"}},

        {pp,
         "0305" + ipui + ari_b + "e080" + "63052100888260" + "700481313233" + "a1",
         {"CC-SETUP (CC" + first, ipui_line, ari_b_line, "BASIC-SERVICE: normal call, speech",
          "TERMINAL-CAPABILITY: 2100888260 (ends before an octet group does at octet 5)",
          "CALLED-PARTY-NUMBER: \"123\" (type 0, plan 1)", "SENDING-COMPLETE"}},
        {fp,
         "0305" + ipui + "060781a81100112001" + "e098" + "e440" + "7c0790030001020084",
         {"CC-SETUP (CC" + first, ipui_line, "FIXED-IDENTITY: ARI and RPN B: EIC 1001, FPN 120, RPN 1",
          "BASIC-SERVICE: internal call, wideband speech", "SIGNAL: 40 alerting on, pattern 0",
          "CODEC-LIST: negotiable, G.722 in a long slot 640, G.726 in a full slot"}},
        {fp, "830de400", {"CC-SETUP-ACK (CC" + answer, "SIGNAL: 00 dial tone on"}},
        {pp, "037b2c03313233", {"CC-INFO (CC" + first, "MULTI-KEYPAD: \"123\""}},
        {pp, "037be923", {"CC-INFO (CC" + first, "SINGLE-KEYPAD: \"#\""}},
        {fp, "837be80c", {"CC-INFO (CC" + answer, "SINGLE-DISPLAY: \"\\x0c\""}},
        {fp, "8302", {"CC-CALL-PROC (CC" + answer}},
        {fp, "8301e401", {"CC-ALERTING (CC" + answer, "SIGNAL: 01 ring-back tone on"}},
        {fp, "8307280548656c6c6fe43f", {"CC-CONNECT (CC" + answer, "MULTI-DISPLAY: \"Hello\"", "SIGNAL: 3f tones off"}},
        {pp, "930f", {"CC-CONNECT-ACK (CC, transaction 1, from the responder)"}},
        {pp, "034de200", {"CC-RELEASE (CC" + first, "RELEASE-REASON: 00 normal"}},
        {fp, "835ae214", {"CC-RELEASE-COM (CC" + answer, "RELEASE-REASON: 14 user busy"}},
        {fp, "0320" + ipui + "160181", {"CC-SERVICE-CHANGE (CC" + first, ipui_line, "SERVICE-CHANGE-INFO: 81"}},
        {pp, "8321", {"CC-SERVICE-ACCEPT (CC" + answer}},
        {pp, "8323e20b", {"CC-SERVICE-REJECT (CC" + answer, "RELEASE-REASON: 0b negotiation failed"}},
        {fp, "036ee500", {"CC-NOTIFY (CC" + first, "TIMER-RESTART: 00 restart"}},
        {pp, "03607703c60102", {"IWU-INFO (CC" + first, "IWU-TO-IWU: software upgrade over the air: 0102"}},
        {fp,
         "0360770680810db00102",
         {"IWU-INFO (CC" + first, "IWU-TO-IWU: rejection of user specific: EMC 0db0, 0102"}},

        {pp,
         "0544" + ipui + "0a03024818" + dsc2_on + "630521008882e0" + "78030e0201",
         {"ACCESS-RIGHTS-REQUEST (MM" + first, ipui_line,
          "AUTH-TYPE: DSAA2, AC 8 (of IPUI and PARK), store the derived cipher key as 8 (of IPUI and PARK)",
          dsc2_on_line, "TERMINAL-CAPABILITY: dial tone only, no display, slots full, GAP, DSAA2, DSC2",
          "MODEL-IDENTIFIER: MANIC 0e02, MODIC 01"}},
        {fp,
         "8545" + ipui + park_b + "0607a0a502b6ec8aa0",
         {"ACCESS-RIGHTS-ACCEPT (MM" + answer, ipui_line, park_b_line,
          "FIXED-IDENTITY: PARK 36 bits, A: EMC 2b6e, FPN 19154"}},
        {fp,
         "85476001067201ff",
         {"ACCESS-RIGHTS-REJECT (MM" + answer, "REJECT-REASON: 06 IPUI not accepted",
          "DURATION: infinite, no lock limit"}},
        {fp, "0548" + ipui + park_b, {"ACCESS-RIGHTS-TERMINATE-REQUEST (MM" + first, ipui_line, park_b_line}},
        {pp, "8549", {"ACCESS-RIGHTS-TERMINATE-ACCEPT (MM" + answer}},
        {pp, "854b600110", {"ACCESS-RIGHTS-TERMINATE-REJECT (MM" + answer, "REJECT-REASON: 10 authentication failed"}},

        {fp,
         "05400a03021818" + rand_f + rs,
         {"AUTHENTICATION-REQUEST (MM" + first,
          "AUTH-TYPE: DSAA2, UAK 8 (of IPUI and PARK), store the derived cipher key as 8 (of IPUI and PARK)",
          rand_f_line, rs_line}},
        {pp,
         "85410c0811121314151617180d04deadbeef",
         {"AUTHENTICATION-REPLY (MM" + answer, "RAND: 1112131415161718", "RES: deadbeef"}},
        {pp,
         "8543600113",
         {"AUTHENTICATION-REJECT (MM" + answer, "REJECT-REASON: 13 authentication key not supported"}},
        {fp,
         "05420b020288" + rand_f + rs,
         {"KEY-ALLOCATE (MM" + first, "ALLOCATION-TYPE: DSAA2, UAK 8 (of IPUI and PARK) from AC 8 (of IPUI and PARK)",
          rand_f_line, rs_line}},
        {fp, "054c" + dsc2_on, {"CIPHER-REQUEST (MM" + first, dsc2_on_line}},
        {pp, "054e190201a0", {"CIPHER-SUGGEST (MM" + first, "CIPHER-INFO: off, DSC, static key 0"}},
        {pp, "854f600118", {"CIPHER-REJECT (MM" + answer, "REJECT-REASON: 18 cipher algorithm not supported"}},

        {pp,
         "0554" + ipui + ari_b + level_31 + "620195",
         {"LOCATE-REQUEST (MM" + first, ipui_line, ari_b_line, level_31_line,
          "SETUP-CAPABILITY: no fast set-up, normal paging"}},
        {fp, "8555" + tpui + level_31 + "a3", {"LOCATE-ACCEPT (MM" + answer, tpui_line, level_31_line, "USE-TPUI"}},
        {fp,
         "85550500" + level_31 + "72026103",
         {"LOCATE-ACCEPT (MM" + answer, "PORTABLE-IDENTITY: empty", level_31_line,
          "DURATION: 3 x 256 multiframes, temporary user limit"}},
        {fp,
         "85576001807201f4",
         {"LOCATE-REJECT (MM" + answer, "REJECT-REASON: 80 location area not allowed",
          "DURATION: standard time limit, no lock limit"}},
        {pp, "0556" + ipui, {"DETACH (MM" + first, ipui_line}},
        {fp, "055802028090", {"IDENTITY-REQUEST (MM" + first, "IDENTITY-TYPE: IPEI (group 0, type 10)"}},
        {pp, "8559050790a800e0204279", {"IDENTITY-REPLY (MM" + answer, "PORTABLE-IDENTITY: IPEI 03586 0017017 7"}},
        {fp,
         "055c0505a0941bbb477201d00906f4a001020304",
         {"TEMPORARY-IDENTITY-ASSIGN (MM" + first, "PORTABLE-IDENTITY: TPUI bbb47 (assigned individual, with number)",
          "DURATION: erase, temporary user limit 2", "NWK-ASSIGNED-IDENTITY: TMSI 01020304"}},
        {pp, "855d", {"TEMPORARY-IDENTITY-ASSIGN-ACK (MM" + answer}},
        {pp, "855f600123", {"TEMPORARY-IDENTITY-ASSIGN-REJ (MM" + answer, "REJECT-REASON: 23 invalid TPUI"}},

        {pp,
         "0550010188" + ipui,
         {"MM-INFO-REQUEST (MM" + first, "INFO-TYPE: 08 external handover parameters", ipui_line}},
        {fp, "8551010189" + level_31, {"MM-INFO-ACCEPT (MM" + answer, "INFO-TYPE: 09 location area", level_31_line}},
        {fp,
         "055201020081",
         {"MM-INFO-SUGGEST (MM" + first, "INFO-TYPE: 00 locate suggest, 01 access rights modify suggest"}},
        {fp,
         "05520101b5561192000102030405060708090a0b0c0d0e0f",
         {"MM-INFO-SUGGEST (MM" + first, "INFO-TYPE: 35 cipher key for CCM encryption of multicast channels",
          "KEY: type 92, 000102030405060708090a0b0c0d0e0f"}},
        {fp,
         "85536001307b06810db0010300",
         {"MM-INFO-REJECT (MM" + answer, "REJECT-REASON: 30 overload", "ESCAPE-TO-PROPRIETARY: EMC 0db0, 010300"}},
        {pp, "055b7703c60102", {"MM-IWU (MM" + first, "IWU-TO-IWU: software upgrade over the air: 0102"}},
        {fp, "056ee501", {"MM-NOTIFY (MM" + first, "TIMER-RESTART: 01 stop"}},
    };
    return table;
}

message decoded(const golden& g) {
    const auto m = decode_message(sim::from_hex(g.hex).value());
    EXPECT_TRUE(m) << g.hex;
    return m ? m.value() : message{};
}

bool has_codec(const element& e) {
    static const std::set<std::uint8_t> without{0x16, 0xA1, 0xA3};
    return without.count(e.code) == 0;
}

TEST(nwk_golden, every_message_there_and_back_and_in_words) {
    for (const golden& g : messages()) {
        const message m = decoded(g);
        EXPECT_EQ(sim::to_hex(encode(m).value()), g.hex);
        EXPECT_EQ(describe(m), g.lines) << g.hex;
        EXPECT_EQ(may_send(g.sender, m.pd, m.type), direction_rule::allowed) << g.hex;
        EXPECT_TRUE(missing_mandatory(g.sender, m).empty()) << g.hex;
    }
}

TEST(nwk_golden, every_element_through_its_own_codec) {
    std::set<std::uint8_t> seen;
    for (const golden& g : messages())
        for (const element& e : decoded(g).elements) {
            if (!has_codec(e) || e.contents.empty() || sim::to_hex(e.contents) == "2100888260") continue;
            seen.insert(e.code);
            EXPECT_EQ(sim::to_hex(through_its_codec(e)), sim::to_hex(e.contents)) << element_name(e.code);
        }
    EXPECT_EQ(seen.size(), 30U);
}

TEST(nwk_golden, no_message_of_the_three_protocols_is_left_out) {
    std::set<std::pair<protocol, std::uint8_t>> seen;
    for (const golden& g : messages()) {
        const message m = decoded(g);
        seen.insert({m.pd, m.type});
    }
    for (int type = 0; type < 256; ++type)
        for (protocol pd : {protocol::lce, protocol::cc, protocol::mm}) {
            const auto t = static_cast<std::uint8_t>(type);
            const bool facility = name_of(pd, t) == "FACILITY";  // supplementary services
            const bool known = may_send(fp, pd, t) != direction_rule::unknown_message;
            EXPECT_EQ(seen.count({pd, t}) != 0, known) << name_of(pd, t);
            const bool named = name_of(pd, t).find('-') != std::string::npos && name_of(pd, t).back() != 'x' &&
                               (name_of(pd, t).size() > 6 || name_of(pd, t) == "MM-IWU");
            EXPECT_EQ(known, (named || name_of(pd, t) == "DETACH") && !facility) << name_of(pd, t);
        }
}

TEST(nwk_golden, a_missing_mandatory_element_is_named_and_the_wrong_side_is_told) {
    for (const golden& g : messages()) {
        const message whole = decoded(g);
        for (std::size_t i = 0; i < whole.elements.size(); ++i) {
            message m = whole;
            const std::uint8_t code = m.elements[i].code;
            m.elements.erase(m.elements.begin() + static_cast<std::ptrdiff_t>(i));
            const auto missing = missing_mandatory(g.sender, m);
            if (m.find(code) == nullptr && !missing.empty()) {
                EXPECT_EQ(missing, std::vector<std::uint8_t>{code});
            }
        }
    }
    const auto m = decode_message(sim::from_hex("0542").value()).value();
    EXPECT_EQ(missing_mandatory(fp, m), (std::vector<std::uint8_t>{ie::allocation_type, ie::rand, ie::rs}));
    EXPECT_EQ(may_send(pp, protocol::mm, mm::key_allocate), direction_rule::not_from_this_side);
    EXPECT_EQ(may_send(fp, protocol::mm, mm::locate_request), direction_rule::not_from_this_side);
    EXPECT_EQ(may_send(fp, protocol::mm, 0x3F), direction_rule::unknown_message);
}

TEST(nwk_golden, a_cut_message_is_refused_or_a_shorter_message) {
    for (const golden& g : messages()) {
        const auto bytes = sim::from_hex(g.hex).value();
        for (std::size_t n = 0; n < bytes.size(); ++n) {
            const auto m = decode_message(sim::byte_view(bytes.data(), n));
            if (!m) {
                ASSERT_LE(m.error().offset, n);
                continue;
            }
            ASSERT_EQ(encode(m.value()).value(), sim::bytes(bytes.begin(), bytes.begin() + static_cast<long>(n)));
            ASSERT_EQ(describe(m.value()).size(), 1 + m.value().elements.size());
        }
    }
}

TEST(nwk_golden, messages_from_the_procedures_own_words) {
    const ari here{ari_class::b, 0x1001, 0x120};
    message m;
    m.type = mm::access_rights_accept;
    m.from_responder = true;
    m.elements = {encode(portable_identity_of(make_ipui(radio::ipei{0x0E02, 0x04279})).value()).value(),
                  encode(fixed_identity_of(make_park(here).value()).value()).value(),
                  encode(fixed_identity_of(make_park(ari{ari_class::a, 0x2B6E, 0x19154}).value()).value()).value()};
    EXPECT_EQ(sim::to_hex(encode(m).value()), "8545" + ipui + park_b + "0607a0a502b6ec8aa0");

    message locate;
    locate.type = mm::locate_request;
    locate.elements = {encode(ipui_n(radio::ipei{0x0E02, 0x04279})).value(),
                       encode(fixed_identity_of(here).value()).value(),
                       encode(location_area{std::uint8_t{31}, {}}).value(), encode(setup_capability{}).value()};
    EXPECT_EQ(sim::to_hex(encode(locate).value()), "0554" + ipui + ari_b + level_31 + "620195");

    message setup;
    setup.pd = protocol::cc;
    setup.type = cc::setup;
    setup.elements = {encode(ipui_n(radio::ipei{0x0E02, 0x04279})).value(),
                      encode(fixed_identity_of(radio::to_rfpi({here, 1, true}).value())).value(),
                      encode(basic_service{9, 8}).value(),
                      encode_octet(ie::signal, signal_value::alerting_pattern_0).value(),
                      encode(codec_list{true, {{3, 0, 0, 1}, {2, 0, 0, 4}}}).value()};
    EXPECT_EQ(sim::to_hex(encode(setup).value()), messages()[3].hex);
    EXPECT_EQ(encode(make_terminal_capability(2, 1, true, true)).value(), decoded(messages()[20]).elements[3]);
}

}  // namespace
}  // namespace dectbed::radio::nwk
