// Every assumption of the table is told by the messages that make it, and by no other.
#include "radio/air_assumptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "radio/security/stand_ins.h"

namespace dectbed::radio {
namespace {

using a = air_assumption;
using testing::ElementsAreArray;

std::vector<air_assumption> of(const char* hex) {
    return assumptions_of(nwk::decode_message(sim::from_hex(hex).value()).value());
}

struct shown {
    const char* what;
    const char* message;
    std::vector<air_assumption> uses;
};

const shown table[] = {
    {"CC-RELEASE-COM", "035a", {a::acknowledgement_bits}},
    {"LOCATE-REQUEST", "0554 050780a80000000001", {a::acknowledgement_bits}},
    {"AUTHENTICATION-REQUEST, DSAA2, UAK", "0540 0a03021800", {a::acknowledgement_bits, a::order_of_key_bits}},
    {"AUTHENTICATION-REQUEST, DSAA2, AC",
     "0540 0a03024800",
     {a::acknowledgement_bits, a::order_of_key_bits, a::code_from_pin}},
    {"AUTHENTICATION-REQUEST, DSAA, UAK", "0540 0a03011800", {a::acknowledgement_bits, a::dsaa_stand_in}},
    {"KEY-ALLOCATE, DSAA2", "0542 0b020288", {a::acknowledgement_bits, a::order_of_key_bits, a::code_from_pin}},
    {"KEY-ALLOCATE, DSAA", "0542 0b020188", {a::acknowledgement_bits, a::code_from_pin, a::dsaa_stand_in}},
    {"MM-INFO-REQUEST of a vendor", "0550 010186 7b0481 0db001", {a::acknowledgement_bits, a::info_type_for_vendors}},
    {"MM-INFO-SUGGEST without", "0552 010180", {a::acknowledgement_bits}},
    {"MM-IWU of a vendor", "055b 7b0481 0db001", {a::acknowledgement_bits}},
    {"CIPHER-REQUEST, DSC on", "054c 19028198", {a::acknowledgement_bits, a::dsc_stand_in}},
    {"CIPHER-REQUEST, DSC2 on", "054c 19028298", {a::acknowledgement_bits}},
    {"CC-SETUP that offers fast set-up", "0305 62019d", {a::acknowledgement_bits}},
    {"broken AUTH-TYPE", "0540 0a0102", {a::acknowledgement_bits}},
};

TEST(air_assumptions, each_is_told_by_the_messages_that_make_it_and_by_no_other) {
    std::set<air_assumption> seen;
    for (const auto& row : table) {
        EXPECT_THAT(of(row.message), ElementsAreArray(row.uses)) << row.what;
        seen.insert(row.uses.begin(), row.uses.end());
    }
    EXPECT_EQ(seen.size(), air_assumptions) << "an assumption that no message of this table makes";
}

TEST(air_assumptions, each_has_a_text_of_its_own) {
    std::set<std::string_view> texts;
    for (std::size_t i = 0; i < air_assumptions; ++i) texts.insert(text_of(static_cast<air_assumption>(i)));
    EXPECT_EQ(texts.size(), air_assumptions);
    EXPECT_EQ(texts.count(""), 0U);
}

}  // namespace
}  // namespace dectbed::radio
