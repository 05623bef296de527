// docs/scenario_language.md holds the tables that follow from the lists of keys.
#include <cstdlib>
#include <fstream>

#include "scenarios/language/document.h"
#include "scenarios/language/schema.h"
#include "tests/scenarios/sample_scenario.h"

namespace dectbed::scenarios {
namespace {

const std::string page = std::string(DECTBED_SOURCE_DIR) + "/docs/scenario_language.md";
const std::string begin_mark = "<!-- tables begin -->\n", end_mark = "<!-- tables end -->\n";

// With DECTBED_UPDATE_DOCS=1 in the environment the page is rewritten instead.
TEST(reference, page_holds_the_tables_of_the_lists_of_keys) {
    std::string text;
    ASSERT_TRUE(read_text_file(page, text));
    const auto begin = text.find(begin_mark), end = text.find(end_mark);
    ASSERT_NE(begin, std::string::npos);
    ASSERT_NE(end, std::string::npos);
    const std::string wanted = text.substr(0, begin + begin_mark.size()) + reference_tables() + "\n" + text.substr(end);
    if (std::getenv("DECTBED_UPDATE_DOCS")) std::ofstream(page) << wanted;
    ASSERT_TRUE(read_text_file(page, text));
    EXPECT_TRUE(text == wanted) << "run this test with DECTBED_UPDATE_DOCS=1 to bring the page up to date";
}

// Every example on the page that is a whole scenario loads.
TEST(reference, examples_of_the_page_load) {
    std::string text;
    ASSERT_TRUE(read_text_file(page, text));
    int examples = 0;
    const std::string open = "```yaml\n", close = "\n```";
    for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
        const auto from = at + open.size();
        const std::string example = text.substr(from, text.find(close, from) + 1 - from);
        if (example.rfind("dectbed: 1", 0) != 0) continue;
        expect_loads(load_text(example, library_folder + "/example.yaml"));
        ++examples;
    }
    EXPECT_GE(examples, 2);
}

}  // namespace
}  // namespace dectbed::scenarios
