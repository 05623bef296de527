#include <gtest/gtest.h>
#include <stdlib.h>

#include "cli/suggestions.h"
#include "cli/terminal.h"

namespace dectbed::cli {
namespace {

TEST(terminal, times_as_a_person_says_them) {
    EXPECT_EQ(time_text(0.0), "0 ms");
    EXPECT_EQ(time_text(0.042), "42 ms");
    EXPECT_EQ(time_text(3.456), "3.5 s");
    EXPECT_EQ(time_text(84.2), "84 s");
    EXPECT_EQ(time_text(725.0), "12 min 5 s");
    EXPECT_EQ(time_text(11520.0), "3.2 h");
}

TEST(terminal, progress_says_where_the_batch_is) {
    loaded_scenario office;
    office.name = "office";
    run_slot slot;
    slot.simulated_ps = sim::duration(std::chrono::seconds(84)).count();
    slot.bases = 10;
    slot.bases_ready = 7;
    slot.handsets = 40;
    slot.handsets_ready = 31;
    batch_progress p;
    p.done = 12;
    p.planned = 36;
    p.failed = 2;
    p.running = {{&office, 13, &slot}};
    EXPECT_EQ(progress_text(p, std::chrono::seconds(30)),
              "[12/36] 2 failed, 60 s left, office seed 13: 84 s simulated, bases 7/10, handsets 31/40");
    p.done = 0;
    p.planned = 1;
    p.failed = 0;
    EXPECT_EQ(progress_text(p, std::chrono::seconds(30)), "office seed 13: 84 s simulated, bases 7/10, handsets 31/40");
}

TEST(terminal, colours_only_where_they_are_wanted) {
    EXPECT_EQ(colours(true).good("ok"), "\033[32mok\033[0m");
    EXPECT_EQ(colours(false).good("ok"), "ok");
    std::FILE* file = std::tmpfile();
    EXPECT_EQ(colours(file).bad("no"), "no");
    progress_line line(file);
    line.show({});
    EXPECT_EQ(std::ftell(file), 0) << "nothing is drawn on what is no terminal";
    std::fclose(file);
}

TEST(suggestions, slips_of_the_finger) {
    const std::vector<std::string> known{"run", "validate", "list", "report", "schema"};
    EXPECT_EQ(nearest_word("rnu", known), "run");
    EXPECT_EQ(nearest_word("vaildate", known), "validate");
    EXPECT_EQ(nearest_word("reprot", known), "report");
    EXPECT_EQ(nearest_word("teapot", known), "");
    EXPECT_EQ(edits_between("seeds", "sedes"), 1u);
    EXPECT_EQ(edits_between("", "abc"), 3u);
}

}  // namespace
}  // namespace dectbed::cli
