// extends, merging, parameters and --set.
#include <filesystem>
#include <fstream>

#include "scenarios/language/assemble.h"
#include "tests/scenarios/sample_scenario.h"
#include "tests/temporary_folder.h"

namespace dectbed::scenarios {
namespace {

node tree(const std::string& text) {
    diagnostics errors;
    node n = parse_yaml(text, "t.yaml", errors);
    EXPECT_TRUE(errors.empty()) << all_texts(errors);
    return n;
}

std::string merged(const std::string& below, const std::string& above) {
    node b = tree(below);
    merge(b, tree(above));
    return to_yaml(b);
}

TEST(merging, mappings_merge_key_by_key) {
    EXPECT_EQ(merged("{a: 1, b: {c: 2, d: 3}}", "{b: {d: 4, e: 5}, f: 6}"),
              to_yaml(tree("{a: 1, b: {c: 2, d: 4, e: 5}, f: 6}")));
}
TEST(merging, lists_without_names_are_replaced) {
    EXPECT_EQ(merged("a: [1, 2, 3]", "a: [4]"), to_yaml(tree("a: [4]")));
    EXPECT_EQ(merged("a: [{x: 1}]", "a: [{x: 2}]"), to_yaml(tree("a: [{x: 2}]")));
}
TEST(merging, lists_with_names_merge_by_name) {
    EXPECT_EQ(merged("a: [{name: p, x: 1, y: 2}, {name: q, x: 3}]", "a: [{name: p, x: 9}, {name: r, x: 4}]"),
              to_yaml(tree("a: [{name: p, x: 9, y: 2}, {name: q, x: 3}, {name: r, x: 4}]")));
}
TEST(merging, shape_that_changes_is_replaced) {
    EXPECT_EQ(merged("a: {b: 1}", "a: [1]"), to_yaml(tree("a: [1]")));
    EXPECT_EQ(merged("a: 1", "a: {b: 1}"), to_yaml(tree("a: {b: 1}")));
}

TEST(document, yaml_text_parses_back) {
    const std::string text =
        R"({a: "x: y", b: ["", "- z", "~"], c: {d: {}, e: "tab\tand\nline"}, "k: l": 1, f: [[1, 2], {g: 3}]})";
    const node n = tree(text);
    EXPECT_EQ(to_yaml(tree(to_yaml(n))), to_yaml(n));
    EXPECT_EQ(tree(to_yaml(n)).find("c")->find("e")->text, "tab\tand\nline");
}

class files_on_disk : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = test::temporary_folder() / "files_on_disk";
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ / "files");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string write(const std::string& name, const std::string& text) {
        const auto path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
        return path.string();
    }
    std::filesystem::path folder_;
};

TEST_F(files_on_disk, extended_file_is_overridden_and_extended) {
    write("base.yaml", sample_text);
    const auto path = write("top.yaml", R"(dectbed: 1
extends: base.yaml
duration: 1 h
sites: {office: {bases: {count: 9}, people: {user: ~}}}
expectations:
  - {name: all ready, bases: {by: 50 min}}
  - {name: no early SIP, drop: true}
  - {name: another, server: redirection, requests: ">= 1"}
)");
    const scenario s = expect_loads(load(path));
    EXPECT_EQ(s.name, "top");
    EXPECT_EQ(s.duration, std::chrono::hours{1});
    const site& office = s.sites.at(0).second;
    EXPECT_EQ(office.bases.at(0).count, 9);
    EXPECT_EQ(office.bases.at(0).places.what, placement::kind::grid);
    EXPECT_EQ(office.people.size(), 1u);
    ASSERT_EQ(s.expectations.size(), 3u);
    EXPECT_EQ(s.expectations[0].name, "all ready");
    EXPECT_EQ(std::get<results::device_expectation>(s.expectations[0].what).by,
              sim::time_point{} + std::chrono::minutes{50});
    EXPECT_EQ(s.expectations[2].name, "another");
}

TEST_F(files_on_disk, later_extended_files_override_earlier_ones) {
    write("a.yaml", sample_text);
    write("b.yaml", "dectbed: 1\nabstract: true\nseed: 11\n");
    const scenario s = expect_loads(load(write("top.yaml", "dectbed: 1\nextends: [a.yaml, b.yaml]\n")));
    EXPECT_EQ(s.seed, 11u);
}

TEST_F(files_on_disk, paths_are_relative_to_the_file_that_names_them) {
    std::filesystem::create_directories(folder_ / "common" / "files");
    write("common/base.yaml", sample_text);
    const scenario s = expect_loads(load(write("top.yaml", "dectbed: 1\nextends: common/base.yaml\n")));
    EXPECT_EQ(s.servers.at(1).second.files->shown, "common/files");
    EXPECT_EQ(s.servers.at(1).second.files->path, (folder_ / "common" / "files").string());
}

TEST_F(files_on_disk, mistake_in_an_extended_file_is_shown_there) {
    const auto below = write("base.yaml", with(sample_text, "seed: 7", "sed: 7"));
    const diagnostic d = expect_one_error(load(write("top.yaml", "dectbed: 1\nextends: base.yaml\n")));
    EXPECT_EQ(d.where.file, below);
    EXPECT_EQ(d.where.line, 4);
}

TEST_F(files_on_disk, circles_and_missing_files_are_reported_where_they_are_named) {
    write("a.yaml", "dectbed: 1\nextends: b.yaml\n");
    write("b.yaml", "dectbed: 1\nextends: a.yaml\n");
    const diagnostic circle = expect_one_error(load((folder_ / "a.yaml").string()));
    EXPECT_NE(circle.message.find("extends itself"), std::string::npos);
    EXPECT_EQ(circle.where.file, (folder_ / "b.yaml").string());
    const diagnostic missing = expect_one_error(load(write("c.yaml", "dectbed: 1\nextends: [none.yaml]\n")));
    EXPECT_NE(missing.message.find("cannot read"), std::string::npos);
    EXPECT_EQ(to_text(missing.where), (folder_ / "c.yaml").string() + ":2:11");
}

TEST_F(files_on_disk, abstract_files_are_no_scenarios) {
    const auto part = write("part.yaml", "dectbed: 1\nabstract: true\n" + sample_text.substr(11));
    write("sub/one.yaml", sample_text);
    write("two.yaml", "dectbed: 1\nextends: part.yaml\n");
    EXPECT_TRUE(is_abstract(part));
    EXPECT_FALSE(is_abstract((folder_ / "two.yaml").string()));
    EXPECT_EQ(scenario_files(folder_.string()),
              (std::vector<std::string>{(folder_ / "sub/one.yaml").string(), (folder_ / "two.yaml").string()}));
    EXPECT_NE(expect_one_error(load(part)).message.find("for others to extend"), std::string::npos);
    expect_loads(load((folder_ / "two.yaml").string()));
}

TEST_F(files_on_disk, codes_and_macs_come_from_files) {
    write("codes.txt",
          "# code url\n1111111111 http://prov.csp.example/a/\n\n2222222222, http://prov.csp.example/b/ # b\n");
    write("macs.txt", "02:1b:2c:00:00:01 http://prov.csp.example/c/\n");
    const auto path = write("s.yaml", with(sample_text, "    codes:\n",
                                           "    codes_file: codes.txt\n    macs_file: macs.txt\n    codes:\n"));
    const server redirection = expect_loads(load(path)).servers.at(0).second;
    ASSERT_EQ(redirection.codes.size(), 3u);
    EXPECT_EQ(redirection.codes[2].code, "2222222222");
    EXPECT_EQ(redirection.codes[2].url, "http://prov.csp.example/b/");
    ASSERT_EQ(redirection.macs.size(), 1u);

    write("codes.txt", "1111111111 http://prov.csp.example/a/\n12 http://prov.csp.example/b/\n");
    const diagnostic d = expect_one_error(load(path));
    EXPECT_EQ(to_text(d.where), (folder_ / "codes.txt").string() + ":2:1");
}

TEST(parameters, are_used_anywhere_and_set_by_name) {
    const scenario s = expect_loads(load_sample(sample_text, {"code=9876543210"}));
    EXPECT_EQ(s.servers.at(0).second.codes.at(0).code, "9876543210");
    EXPECT_EQ(s.sites.at(0).second.people.at(0).second.tasks.at(2).activates->codes,
              std::vector<std::string>{"9876543210"});
}
TEST(parameters, value_is_checked_against_the_type) {
    const diagnostic d = expect_one_error(load_sample(sample_text, {"code=12x"}));
    EXPECT_EQ(to_text(d.where), "--set code:1:1");
    EXPECT_NE(d.message.find("6 to 16 digits"), std::string::npos);
}
TEST(parameters, without_default_must_be_set) {
    const std::string text = with(sample_text, "{type: code, default: \"1234567890\"}", "{type: code}");
    EXPECT_NE(expect_one_error(load_sample(text)).message.find("give it one with --set code="), std::string::npos);
    expect_loads(load_sample(text, {"code=1234567890"}));
}
TEST(parameters, stand_for_parts_of_texts_and_can_be_escaped) {
    std::string text = with(sample_text, "parameters:\n",
                            "parameters:\n  who: {default: kitchen}\n  n: {type: integer, default: 3}\n");
    text = with(text, "description: a sample", "description: the ${who} costs $${n} or ${n}");
    text = with(text, "count: 4\n      places", "count: ${n}\n      places");
    text = with(text, "office/base[3]", "office/base[2]");
    const scenario s = expect_loads(load_sample(text));
    EXPECT_EQ(s.description, "the kitchen costs ${n} or 3");
    EXPECT_EQ(s.sites.at(0).second.bases.at(0).count, 3);
}

TEST(set, any_path_by_name_index_and_item_name) {
    const scenario s = expect_loads(load_sample(
        sample_text, {"sites.office.bases.count=20", "sites.office.access_line.loss=2 %", "seed=99",
                      "expectations.quick leases.p95=<= 7 s", "timeline[0].for=45 s", "timeline.cut.at=11 min",
                      "sites.office.people.installer.pace.typo=0 %", "expectations.2.before=2 min",
                      "sites.office.bases.places={random: {from: [0 m, 0 m], to: [5 m, 5 m]}}"}));
    const site& office = s.sites.at(0).second;
    EXPECT_EQ(office.bases.at(0).count, 20);
    EXPECT_DOUBLE_EQ(office.access_line.loss, 0.02);
    EXPECT_EQ(s.seed, 99u);
    EXPECT_EQ(s.timeline.at(0).lasts, std::chrono::seconds{45});
    EXPECT_EQ(s.timeline.at(0).at, sim::time_point{} + std::chrono::minutes{11});
    EXPECT_EQ(office.people.at(0).second.pace.typo_probability, 0.0);
    EXPECT_EQ(office.bases.at(0).places.what, placement::kind::random);
    const auto& phase = std::get<results::phase_expectation>(s.expectations.at(1).what);
    EXPECT_EQ(phase.demanded.op, results::comparison::less_equal);
    EXPECT_EQ(phase.demanded.value, 7);
}
TEST(set, tilde_takes_a_key_back) {
    const scenario s = expect_loads(load_sample(sample_text, {"sites.office.people.user=~"}));
    EXPECT_EQ(s.sites.at(0).second.people.size(), 1u);
}
TEST(set, mistakes_point_at_the_setting) {
    const auto message = [](const std::string& setting) {
        const diagnostic d = expect_one_error(load_sample(sample_text, {setting}));
        return to_text(d);
    };
    EXPECT_EQ(
        message("sites.office.bases.cuont=3"),
        "--set sites.office.bases.cuont:1:1: error: sites.office.bases.cuont: unknown key \"cuont\"; did you mean "
        "\"count\"?");
    EXPECT_NE(message("site.office.bases.count=3").find("did you mean \"sites\"?"), std::string::npos);
    EXPECT_NE(message("cod=3").find("did you mean \"code\"?"), std::string::npos);
    EXPECT_NE(message("parameters.code=3").find("set by its name alone; expected --set code=3"), std::string::npos);
    EXPECT_NE(message("timeline[7].for=3 s").find("the list has 1 items"), std::string::npos);
    EXPECT_NE(message("expectations.all redy.bases.by=3 s").find("did you mean \"all ready\"?"), std::string::npos);
    EXPECT_NE(message("sites.office.bases.count=many").find("expected an integer"), std::string::npos);
    EXPECT_NE(message("nonsense").find("expected path=value"), std::string::npos);
}

}  // namespace
}  // namespace dectbed::scenarios
