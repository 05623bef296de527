#include "sim/journal/journal.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <utility>

#include "sim/simulation.h"

namespace dectbed::sim {
namespace {

constexpr time_point start{};

std::string digest_of(const std::function<void(simulation&)>& model) {
    simulation s(1);
    s.journal().declare("office", "site");
    model(s);
    s.kernel().run_until(start + 1h);
    return s.journal().digest();
}

void publish_at(simulation& s, duration when, record::any what) {
    s.kernel().after(when, [&s, what] { s.journal().publish_any(s.journal().find("office"), what); });
}

TEST(journal, when_nothing_differs_then_digests_are_equal) {
    auto model = [](simulation& s) {
        publish_at(s, 1s, record::led_changed{0, "on"});
        publish_at(s, 2s, record::flash_write{1, 2, 3, 4ms});
    };
    EXPECT_EQ(digest_of(model), digest_of(model));
    EXPECT_EQ(digest_of(model).size(), 32u);
}

TEST(journal, when_a_record_moves_by_a_picosecond_then_the_digest_changes) {
    const auto at = [](duration when) {
        return digest_of([when](simulation& s) { publish_at(s, when, record::marker{"m"}); });
    };
    EXPECT_NE(at(1s), at(duration{1s} + duration{1}));
}

TEST(journal, when_any_detail_differs_then_the_digest_changes) {
    const auto of = [](record::any what) { return digest_of([what](simulation& s) { publish_at(s, 1s, what); }); };
    std::set<std::string> digests;
    digests.insert(of(record::state_changed{"m", "a", "b", "c"}));
    digests.insert(of(record::state_changed{"m", "ab", "", "c"}));  // the boundary between texts counts
    digests.insert(of(record::state_changed{"m", "a", "b", "d"}));
    digests.insert(of(record::flash_write{1, 2, 3, 4ms}));
    digests.insert(of(record::flash_erase{1, 2, 3, 4ms}));  // the same fields of another record
    digests.insert(of(record::flash_write{1, 2, 3, 4ms + duration{1}}));
    digests.insert(of(record::link_changed{true, ""}));
    digests.insert(of(record::link_changed{false, ""}));
    digests.insert(of(record::link_changed{false, std::string(1, '\0')}));
    EXPECT_EQ(digests.size(), 9u);
}

TEST(journal, when_more_than_a_block_is_published_then_nothing_is_lost) {
    const auto with = [](int changed) {
        return digest_of([changed](simulation& s) {
            for (int i = 0; i < 5000; ++i) publish_at(s, 1ms * i, record::marker{i == changed ? "x" : "y"});
        });
    };
    std::set<std::string> digests;
    for (int changed : {-1, 0, 400, 2500, 4999}) digests.insert(with(changed));
    EXPECT_EQ(digests.size(), 5u);
}

TEST(journal, when_asked_for_the_digest_then_it_is_not_disturbed) {
    simulation s(1);
    const auto id = s.journal().declare("a", "site");
    const auto before = s.journal().digest();
    EXPECT_EQ(s.journal().digest(), before);
    s.publish(id, record::marker{"m"});
    EXPECT_NE(s.journal().digest(), before);
    EXPECT_EQ(s.journal().records(), 2u);
}

TEST(journal, record_names_are_unique_and_their_fields_can_be_asked_for) {
    const auto names = record_names();
    EXPECT_EQ(names.size(), std::variant_size_v<record::any>);
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
    for (const auto& name : names) {
        const auto fields = field_names(name);
        EXPECT_EQ(std::set<std::string>(fields.begin(), fields.end()).size(), fields.size()) << name;
        EXPECT_EQ(fields.empty(), name == "watchdog_fired") << name;
    }
    EXPECT_TRUE(field_names("nonsense").empty());
}

template <std::size_t index = 0>
void check_every_record() {
    if constexpr (index < std::variant_size_v<record::any>) {
        const record::any what{std::in_place_index<index>};
        const std::string name = name_of(what);
        EXPECT_EQ(record_names()[index], name);
        for (const auto& field : field_names(name)) {
            std::string text = "untouched";
            EXPECT_TRUE(field_text(what, field, text)) << name << "." << field;
            EXPECT_NE(text, "untouched") << name << "." << field;
        }
        std::string text = "untouched";
        EXPECT_FALSE(field_text(what, "no such field", text));
        EXPECT_EQ(text, "untouched");
        check_every_record<index + 1>();
    }
}

TEST(journal, every_field_of_every_record_can_be_read_as_text) { check_every_record(); }

TEST(journal, when_read_as_text_then_each_kind_of_field_has_its_form) {
    std::string text;
    const record::any response = record::http_response{7, 404, -1, 5us, duration{1}, entity_id{3}, "mac unknown"};
    ASSERT_TRUE(field_text(response, "id", text));
    EXPECT_EQ(text, "7");
    ASSERT_TRUE(field_text(response, "octets", text));
    EXPECT_EQ(text, "-1");
    ASSERT_TRUE(field_text(response, "waited", text));
    EXPECT_EQ(text, "5000000");
    ASSERT_TRUE(field_text(response, "client", text));
    EXPECT_EQ(text, "3");
    ASSERT_TRUE(field_text(response, "verdict", text));
    EXPECT_EQ(text, "mac unknown");
    ASSERT_TRUE(field_text(record::any{record::power_changed{true, ""}}, "on", text));
    EXPECT_EQ(text, "true");
}

TEST(journal, when_a_field_has_a_type_then_it_is_read_as_that_and_as_no_other) {
    const record::any response = record::http_response{7, 404, -1, 5us, duration{1}, entity_id{3}, "mac unknown"};
    EXPECT_EQ(entity_field(response, "client"), entity_id{3});
    EXPECT_FALSE(entity_field(response, "id")) << "a number is no entity";
    EXPECT_FALSE(entity_field(response, "clien"));
    EXPECT_EQ(duration_field(response, "waited"), duration{5us});
    EXPECT_EQ(duration_field(response, "octets"), std::nullopt);
    EXPECT_EQ(duration_field(record::any{record::power_changed{true, ""}}, "waited"), std::nullopt);
}

TEST(journal, when_an_entity_is_declared_then_it_is_known_and_published) {
    simulation s(1);
    std::vector<journal_entry> seen;
    s.journal().add_sink([&](const journal_entry& e) { seen.push_back(e); });
    const auto office = s.journal().declare("office", "site");
    const auto base = s.journal().declare("office/base[1]", "base", office, "02:1b:2c:00:00:01", "00aa");
    EXPECT_EQ(s.journal().find("office/base[1]"), base);
    EXPECT_EQ(s.journal().find_by_mac("02:1b:2c:00:00:01"), base);
    EXPECT_EQ(s.journal().path_of(base), "office/base[1]");
    EXPECT_EQ(s.journal().kind_of(base), "base");
    EXPECT_FALSE(s.journal().find("office/base[2]"));
    EXPECT_FALSE(s.journal().find_by_mac(""));
    EXPECT_EQ(s.journal().entities(), 2u);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[1].who, base);
    const auto& declared = std::get<record::entity_declared>(seen[1].what);
    EXPECT_EQ(declared.parent, office);
    EXPECT_EQ(declared.radio_identity, "00aa");
    EXPECT_THROW(s.journal().declare("office", "site"), run_failure);
    EXPECT_THROW(s.journal().declare("x", "base", {}, "02:1b:2c:00:00:01"), run_failure);
}

TEST(journal, when_a_sink_publishes_then_that_is_refused) {
    simulation s(1);
    s.journal().add_sink([&](const journal_entry& e) { s.publish(e.who, record::marker{"again"}); });
    EXPECT_THROW(s.journal().declare("office", "site"), std::logic_error);
}

}  // namespace
}  // namespace dectbed::sim
