// A person makes a handset a beacon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/person/fake_world.h"

namespace dectbed::test {
namespace {

using testing::ElementsAre;

/// The menu of a handset that can be a beacon; what comes of it is the test's to say.
class beacon_ui : public pp::handset_ui {
  public:
    explicit beacon_ui(sim::simulation& s) : sim_(s), entity_(s.journal().declare("office/handset[2]", "handset")) {}
    sim::entity_id entity() const override { return entity_; }
    sim::position place() const override { return {}; }
    void carry_to(const sim::position&) override {}
    std::string display() const override { return shown_; }
    void insert_battery() override {}
    void watch_display(std::function<void()> changed) override { watcher_ = std::move(changed); }
    void press(pp::key k) override {
        sim_.kernel().after(5ms, [this, k] { react(k); });
    }
    void show(const std::string& text) {
        if (text == shown_) return;
        shown_ = text;
        if (watcher_) watcher_();
    }

    std::vector<std::string> menu = {"Menu\n1 Activation code", "Menu\n2 Register", "Menu\n3 Band beacon"};
    std::vector<std::string> bands = {"EU", "US", "Latin America"};
    std::function<void(const std::string& band)> on_start;
    int stopped = 0;

  private:
    void react(pp::key k) {
        const auto s = pp::read_screen(shown_).what;
        if (k == pp::key::clear) {
            stopped += s == pp::screen::beaconing;
            show("Not registered");
        } else if (s == pp::screen::idle && k == pp::key::menu) {
            show(menu[entry_ = 0]);
        } else if (k == pp::key::down && s == pp::screen::band_list) {
            show("Band:\n" + bands[band_ = (band_ + 1) % bands.size()]);
        } else if (k == pp::key::down && entry_ + 1 < menu.size()) {
            show(menu[++entry_]);
        } else if (k == pp::key::ok && s == pp::screen::menu_with_beacon) {
            show("Band:\n" + bands[band_ = 0]);
        } else if (k == pp::key::ok && s == pp::screen::band_list) {
            show("Beacon " + bands[band_] + "\nStarting");
            sim_.kernel().after(2s, [this] {
                show("Beacon " + bands[band_] + "\nWaiting");
                if (on_start) on_start(bands[band_]);
            });
        }
    }
    sim::simulation& sim_;
    sim::entity_id entity_;
    std::string shown_ = "Not registered";
    std::size_t entry_ = 0, band_ = 0;
    std::function<void()> watcher_;
};

struct band_bench : person_bench {
    beacon_ui ui{sim};
    void set(const std::string& band, int tries = 3) { run({{pp::band_plan{&ui, band, tries}, {}}}); }
    void answer_after(sim::duration time, const std::string& screen) {
        ui.on_start = [this, time, screen](const std::string&) {
            sim.kernel().after(time, [this, screen] { ui.show(screen); });
        };
    }
};

TEST(band_setting, ACT_41_43_when_a_base_answers_then_the_person_is_satisfied) {
    band_bench b;
    b.answer_after(40s, "Base found: 2");
    b.set("Latin America");
    EXPECT_THAT(b.actions, ElementsAre("starts", "walks to", "takes", "opens menu", "sets band: Latin America",
                                       "reads: base found", "is satisfied: base found", "finishes"));
    EXPECT_EQ(b.ui.display(), "Not registered");
}

TEST(band_setting, ACT_44_when_no_base_answers_then_it_is_stopped_and_tried_again_and_given_up) {
    band_bench b;
    b.set("US", 2);
    EXPECT_EQ(b.count("sets band: US"), 2);
    EXPECT_TRUE(b.did("tries again: no base answers"));
    EXPECT_TRUE(b.did("gives up: no base answers"));
    EXPECT_EQ(b.ui.stopped, 2) << "nobody leaves a beacon behind";
    EXPECT_TRUE(b.person->finished());
}

TEST(band_setting, ACT_44_when_the_handset_gives_up_first_then_it_is_tried_again) {
    band_bench b;
    b.answer_after(10s, "No base found");
    b.set("EU", 2);
    EXPECT_TRUE(b.did("tries again: no base found"));
    EXPECT_TRUE(b.did("gives up: no base found"));
}

TEST(band_setting, ACT_41_when_there_is_no_such_band_then_the_person_gives_up) {
    band_bench b;
    b.set("Brazil");
    EXPECT_TRUE(b.did("gives up: no such band"));
}

TEST(band_setting, ACT_41_bands_are_called_as_the_display_has_them) {
    EXPECT_EQ(pp::band_on_display("eu"), "EU");
    EXPECT_EQ(pp::band_on_display("latin_america"), "Latin America");
    EXPECT_EQ(pp::band_on_display("korea"), "Korea");
}

}  // namespace
}  // namespace dectbed::test
