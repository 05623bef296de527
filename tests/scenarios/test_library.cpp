// The library: every file loads, agrees with the schema, survives a round trip, and no damage to it hurts the loader.
#include <filesystem>
#include <set>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "scenarios/language/document.h"
#include "scenarios/language/quantity.h"
#include "scenarios/language/schema.h"
#include "sim/random.h"
#include "tests/scenarios/sample_scenario.h"

namespace dectbed::scenarios {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> every_file() {
    std::vector<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(library_folder))
        if (entry.path().extension() == ".yaml") out.push_back(entry.path().string());
    std::sort(out.begin(), out.end());
    return out;
}

std::string text_of(const std::string& path) {
    std::string text;
    EXPECT_TRUE(read_text_file(path, text)) << path;
    return text;
}

// As an editor sees the document: YAML 1.2 core schema.
nlohmann::json as_json(const node& n) {
    switch (n.what) {
        case node::kind::null:
            return nullptr;
        case node::kind::scalar: {
            if (n.quoted) return n.text;
            if (n.text == "true" || n.text == "false") return n.text == "true";
            const auto number = parse_quantity(n.text, dimension::number);
            if (!number.error.empty()) return n.text;
            if (number.value == static_cast<double>(static_cast<std::int64_t>(number.value)))
                return static_cast<std::int64_t>(number.value);
            return number.value;
        }
        case node::kind::list: {
            nlohmann::json out = nlohmann::json::array();
            for (const node& i : n.items) out.push_back(as_json(i));
            return out;
        }
        case node::kind::map: {
            nlohmann::json out = nlohmann::json::object();
            for (const member& m : n.members) out[m.key] = as_json(m.value);
            return out;
        }
    }
    return nullptr;
}

class schema_check {
  public:
    schema_check() : json_(json_schema()) {
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        const valijson::adapters::NlohmannJsonAdapter adapter(json_);
        parser.populateSchema(adapter, schema_);
    }
    std::string problem(const std::string& text) {
        diagnostics errors;
        const nlohmann::json document = as_json(parse_yaml(text, "t", errors));
        if (!errors.empty()) return all_texts(errors);
        valijson::Validator validator;
        valijson::ValidationResults results;
        const valijson::adapters::NlohmannJsonAdapter adapter(document);
        if (validator.validate(schema_, adapter, &results)) return "";
        std::string out = "invalid";
        valijson::ValidationResults::Error error;
        while (results.popError(error)) {
            out += "\n ";
            for (const std::string& step : error.context) out += step;
            out += " " + error.description;
        }
        return out;
    }

  private:
    nlohmann::json json_;
    valijson::Schema schema_;
};

TEST(library, has_the_scenarios_that_the_project_promises) {
    std::set<std::string> names;
    for (const std::string& path : scenario_files(library_folder)) names.insert(fs::path(path).stem().string());
    for (const char* name : {"office_activation_code", "home_single_base", "wrong_code", "typo_then_right",
                             "plain_handset_cannot_activate", "unregistered_call_is_challenged", "no_handset_in_reach",
                             "power_cut_during_configuration", "redirection_outage_and_recovery", "mass_unboxing"})
        EXPECT_EQ(names.count(name), 1u) << name;
    for (const std::string& name : names) EXPECT_EQ(name.find("common"), std::string::npos);
}

TEST(library, every_scenario_loads_and_says_what_it_shows_and_expects) {
    for (const std::string& path : scenario_files(library_folder)) {
        const scenario s = expect_loads(load(path));
        EXPECT_EQ(s.name, fs::path(path).stem().string());
        // A row of docs/faults.md says one thing; a scenario of the library tells a story.
        const bool row = fs::path(path).parent_path().filename() == "faults";
        EXPECT_GT(s.description.size(), row ? 30u : 40u) << path;
        EXPECT_GE(s.expectations.size(), row ? 2u : 4u) << path;
    }
}

TEST(library, sizes_are_as_promised) {
    const auto counts = [](const char* name) {
        const scenario s = expect_loads(load(library_folder + "/" + name));
        return std::pair(s.sites.at(0).second.bases.at(0).count, s.sites.at(0).second.handsets.at(0).count);
    };
    EXPECT_EQ(counts("office_activation_code.yaml"), std::pair(std::int64_t{10}, std::int64_t{40}));
    EXPECT_EQ(counts("home_single_base.yaml"), std::pair(std::int64_t{1}, std::int64_t{1}));
    EXPECT_EQ(counts("mass_unboxing.yaml"), std::pair(std::int64_t{200}, std::int64_t{600}));
}

TEST(library, wrong_code_can_be_set_on_the_office) {
    const scenario s = expect_loads(load(library_folder + "/office_activation_code.yaml", {"code=0000000001"}));
    EXPECT_EQ(s.servers.at(0).second.codes.at(0).code, "4711081512");
    EXPECT_EQ(s.sites.at(0).second.people.at(0).second.tasks.at(3).activates->codes.at(0), "0000000001");
}

TEST(library, agrees_with_the_schema) {
    schema_check schema;
    for (const std::string& path : every_file()) EXPECT_EQ(schema.problem(text_of(path)), "") << path;
    EXPECT_EQ(schema.problem(sample_text), "");
}

TEST(schema, refuses_what_an_editor_should_mark) {
    schema_check schema;
    for (const auto& [part, instead] :
         std::vector<std::pair<std::string, std::string>>{{"seed: 7", "sed: 7"},
                                                          {"duration: 30 min", "duration: 30"},
                                                          {"duration: 30 min", "duration: 30 Mbit/s"},
                                                          {"kind: registrar", "kind: registar"},
                                                          {"count: 5", "count: many"},
                                                          {"dectbed: 1", "dectbed: 2"},
                                                          {"{ready: all,", "{ready: most,"},
                                                          {"record: sip_message", "record: sip_mesage"},
                                                          {"uniform(10 s, 20 s)", "unifrom(10 s, 20 s)"},
                                                          {"      count: 4\n", "      cuont: 4\n"}})
        EXPECT_NE(schema.problem(with(sample_text, part, instead)), "") << instead;
}

TEST(schema, dump_agrees_with_it) {
    schema_check schema;
    for (const std::string& path : scenario_files(library_folder))
        EXPECT_EQ(schema.problem(dump_resolved(expect_loads(load(path)))), "") << path;
}

TEST(library, resolved_dump_is_the_same_scenario) {
    for (const std::string& path : scenario_files(library_folder)) {
        const scenario s = expect_loads(load(path));
        const std::string dump = dump_resolved(s);
        const scenario again = expect_loads(load_text(dump, path));
        EXPECT_EQ(dump_resolved(again), dump) << path;
        EXPECT_EQ(scenario_digest(again), scenario_digest(s)) << path;
        EXPECT_EQ(again.expectations.size(), s.expectations.size());
        EXPECT_EQ(again.timeline.size(), s.timeline.size());
    }
}

TEST(digest, differs_with_anything_that_matters) {
    const auto digest = [](const std::vector<std::string>& settings) {
        return scenario_digest(expect_loads(load(library_folder + "/office_activation_code.yaml", settings)));
    };
    std::set<std::string> seen = {digest({})};
    EXPECT_EQ(seen.begin()->size(), 32u);
    EXPECT_EQ(digest({}), *seen.begin());
    for (const char* setting :
         {"code=1111111111", "sites.office.bases.count=9", "duration=119 min", "sites.office.access_line.loss=0.02 %",
          "servers.provisioning.files=" DECTBED_SOURCE_DIR "/scenarios/library/files/home"})
        EXPECT_TRUE(seen.insert(digest({setting})).second) << setting;
}

// Damages the text in one to three places.
std::string damaged(const std::string& text, sim::random_stream& random) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    const std::uint64_t places = 1 + random.below(3);
    for (std::uint64_t i = 0; i < places && !lines.empty(); ++i) {
        const auto at = static_cast<std::size_t>(random.below(lines.size()));
        std::string& line = lines[at];
        const auto spot = static_cast<std::size_t>(random.below(line.size() + 1));
        constexpr char odd[] =
            ":{}[]\"'-#&*!|>%@`~,.$\t \n\0\xFF"
            "0aZ";
        switch (random.below(7)) {
            case 0:
                lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            case 1:
                lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), std::string(line));
                break;
            case 2:
                line.insert(spot, 1, odd[random.below(sizeof odd - 1)]);
                break;
            case 3:
                line.erase(spot, 1 + static_cast<std::size_t>(random.below(6)));
                break;
            case 4:
                line.insert(0, static_cast<std::size_t>(1 + random.below(4)), ' ');
                break;
            case 5:
                std::swap(line, lines[static_cast<std::size_t>(random.below(lines.size()))]);
                break;
            case 6:
                line = line.substr(0, line.find(':') + 1) + " ${x} [1, {a: b}]";
                break;
        }
    }
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
}

TEST(library, damage_never_harms_the_loader) {
    sim::random_stream random(1, "library", "damage");
    int refused = 0, accepted = 0;
    for (const std::string& path : every_file()) {
        const std::string text = text_of(path);
        for (int i = 0; i < 60; ++i) {
            const auto result = load_text(damaged(text, random), path);
            if (const auto* errors = std::get_if<diagnostics>(&result)) {
                ++refused;
                EXPECT_FALSE(errors->empty());
                for (const diagnostic& d : *errors) EXPECT_FALSE(d.message.empty());
            } else {
                ++accepted;
                EXPECT_EQ(scenario_digest(expect_loads(load_text(dump_resolved(std::get<scenario>(result)), path))),
                          scenario_digest(std::get<scenario>(result)));
            }
        }
    }
    EXPECT_GT(refused, 100);
    EXPECT_GT(accepted, 20);
}

}  // namespace
}  // namespace dectbed::scenarios
