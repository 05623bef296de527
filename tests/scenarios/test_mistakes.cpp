// Mistakes that people make: each gives one message, at the right place, that says what would be accepted.
#include <ostream>

#include "tests/scenarios/sample_scenario.h"

namespace dectbed::scenarios {
namespace {

struct mistake {
    const char* name;
    const char* part;     ///< of the sample
    const char* instead;  ///< '@' marks where the message must point; it is not part of the text
    const char* key;
    const char* says;
};
std::ostream& operator<<(std::ostream& out, const mistake& m) { return out << m.name; }

class one_mistake : public testing::TestWithParam<mistake> {};

TEST_P(one_mistake, is_reported_at_its_place) {
    const mistake& m = GetParam();
    std::string text = with(sample_text, m.part, m.instead);
    const auto mark = text.find('@');
    ASSERT_NE(mark, std::string::npos);
    text.erase(mark, 1);
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(mark), '\n');
    const auto line_start = mark == 0 ? std::string::npos : text.rfind('\n', mark - 1);
    const auto column = line_start == std::string::npos ? mark + 1 : mark - line_start;

    const diagnostic d = expect_one_error(load_sample(text));
    EXPECT_EQ(d.where.file, pretended_file);
    EXPECT_EQ(d.where.line, line) << to_text(d);
    EXPECT_EQ(d.where.column, static_cast<int>(column)) << to_text(d);
    EXPECT_EQ(d.key, m.key) << to_text(d);
    EXPECT_NE(d.message.find(m.says), std::string::npos) << to_text(d);
}

const mistake mistakes[] = {
    // keys
    {"unknown_key", "      count: 4\n", "      @cuont: 4\n", "sites.office.bases.cuont",
     "unknown key \"cuont\"; did you mean \"count\"?"},
    {"unknown_top_level_key", "seed: 7", "@sed: 7", "sed", "did you mean \"seed\"?"},
    {"unknown_key_far_from_all", "seed: 7", "@quxquxqux: 7", "quxquxqux", "known: name, description"},
    {"duplicate_key", "seed: 7", "seed: 7\n@seed: 8", "", "\"seed\" is here for the second time"},
    {"version_missing", "dectbed: 1\n", "@", "dectbed", "starts with \"dectbed: 1\""},
    {"version_unknown", "dectbed: 1", "dectbed: @2", "dectbed", "unknown version \"2\""},
    {"required_key_missing", "    kind: redirection\n    name: redirect.vendor.example\n    address: 198.51.100.10\n",
     "    @kind: redirection\n    name: redirect.vendor.example\n", "servers.redirection.address", "is missing"},
    {"key_of_another_kind", "    domain: csp.example\n", "    domain: csp.example\n    @files: files\n",
     "servers.registrar.files", "meaningful only with kind provisioning"},
    // DHCP
    {"nobody_to_ask_and_yet_an_option", "{pool: 192.168.1.100-192.168.1.199}",
     "{pool: 192.168.1.100-192.168.1.199, administered_by: @nobody, tftp_server: prov.example}",
     "sites.office.router.dhcp.administered_by", "nobody whom the provider can reach"},
    {"option_with_two_values", "{pool: 192.168.1.100-192.168.1.199}",
     "{pool: 192.168.1.100-192.168.1.199, options: [@{code: 66, text: a, hex: 00}]}",
     "sites.office.router.dhcp.options[0]", "expected exactly one of hex, text"},
    {"option_of_the_server_itself", "{pool: 192.168.1.100-192.168.1.199}",
     "{pool: 192.168.1.100-192.168.1.199, options: [{code: @53, text: a}]}", "sites.office.router.dhcp.options[0].code",
     "server's own business"},
    {"relay_to_nobody", "{pool: 192.168.1.100-192.168.1.199}",
     "{pool: 192.168.1.100-192.168.1.199, served_by: @nowhere}", "sites.office.router.dhcp.served_by",
     "no dhcp server has the key"},
    // shapes
    {"text_for_mapping", "{pool: 192.168.1.100-192.168.1.199}", "@yes please", "sites.office.router.dhcp",
     "expected a mapping, found \"yes please\""},
    {"list_for_text", "duration: 30 min", "duration: @[30 min]", "duration", "found a list"},
    {"mapping_for_list",
     "  - name: cut\n    at: 10 min\n    do: power_cut\n    target: office/base[3]\n    for: 30 s\n", "  @name: cut\n",
     "timeline", "expected a list, found a mapping"},
    {"malformed_yaml", "seed: 7", "seed: [7\n  @}", "", "malformed YAML"},
    {"place_with_one_coordinate", "{grid: {columns: 2, step_x: 10 m}}", "@[4 m]", "sites.office.bases.places",
     "expected a place such as [3 m, 4 m]"},
    // quantities
    {"missing_unit", "duration: 30 min", "duration: @30", "duration", "\"30\" has no unit; expected a time such as"},
    {"wrong_unit", "duration: 30 min", "duration: @30 Mbit/s", "duration", "\"30 Mbit/s\" is a rate; expected a time"},
    {"unknown_unit", "down: 20 Mbit/s", "down: @20 Mbps", "sites.office.access_line.down",
     "unknown unit \"Mbps\"; expected a rate such as \"20 Mbit/s\""},
    {"not_a_quantity", "delay: 8 ms", "delay: @soon", "sites.office.access_line.delay", "\"soon\" is not a quantity"},
    {"out_of_range", "loss: 1 %", "loss: @120 %", "sites.office.access_line.loss", "at least 0 % and at most 100 %"},
    {"not_an_integer", "count: 5", "count: @five", "sites.office.handsets.count",
     "expected an integer, found \"five\""},
    {"count_of_zero", "count: 5", "count: @0", "sites.office.handsets.count", "out of range"},
    {"not_boolean", "arrives: uniform(10 s, 20 s)", "arrives: 10 s\n        pace: {typo: @often}",
     "sites.office.people.installer.pace.typo", "expected a share such as \"1 %\""},
    // distributions
    {"unknown_distribution", "uniform(10 s, 20 s)", "@unifrom(10 s, 20 s)", "sites.office.people.installer.arrives",
     "did you mean \"uniform\"?"},
    {"distribution_reversed", "uniform(10 s, 20 s)", "@uniform(30 s, 20 s)", "sites.office.people.installer.arrives",
     "the low end lies above the high end"},
    {"distribution_without_argument", "lognormal(median: 20 ms, p95: 60 ms)", "@lognormal(median: 20 ms)",
     "servers.redirection.capacity.service_time", "\"p95\" is missing; expected lognormal(median: ..., p95: ...)"},
    {"distribution_with_unknown_argument", "lognormal(median: 20 ms, p95: 60 ms)",
     "@lognormal(median: 20 ms, p99: 60 ms)", "servers.redirection.capacity.service_time",
     "no argument \"p99\"; did you mean \"p95\"?"},
    // choices and texts
    {"unknown_choice", "kind: registrar", "kind: @registar", "servers.registrar.kind", "did you mean \"registrar\"?"},
    {"not_an_address", "192.0.2.53", "@192.0.2.530", "servers.dns.address", "is not an IPv4 address"},
    {"network_with_host_bits", "192.168.1.0/24", "@192.168.1.1/24", "sites.office.router.network", "host bits"},
    {"not_a_url", "\"http://prov.csp.example/office/\"", "@\"prov.csp.example/office/\"",
     "servers.redirection.codes[0].url", "is not a URL"},
    {"code_too_short", "default: \"1234567890\"", "default: @\"12345\"", "parameters.code", "expected 6 to 16 digits"},
    {"unknown_firmware", "count: 4\n      places", "count: 4\n      firmware: @refrence_base\n      places",
     "sites.office.bases.firmware", "did you mean \"reference_base\"?"},
    {"firmware_of_the_other_kind", "count: 4\n      places", "count: 4\n      firmware: @plain_handset\n      places",
     "sites.office.bases.firmware", "is a firmware for handsets"},
    {"firmware_neither_library_nor_program", "count: 4\n      places",
     "count: 4\n      firmware: @{library: /bin/true, program: /bin/true}\n      places", "sites.office.bases.firmware",
     "exactly one of library, program and platform"},
    {"firmware_program_not_executable", "count: 4\n      places", "count: 4\n      firmware: @/etc/passwd\n      places",
     "sites.office.bases.firmware", "neither a shared library"},
    {"firmware_memory_in_the_process", "count: 4\n      places",
     "count: 4\n      firmware: @{library: /bin/true, in: process, memory: 1 MiB}\n      places",
     "sites.office.bases.firmware", "meaningful only in a child process"},
    {"firmware_platform_in_a_child", "count: 4\n      places",
     "count: 4\n      firmware: @{platform: /bin/true, in: child}\n      places", "sites.office.bases.firmware",
     "a platform runs in the process of the run"},
    {"firmware_platform_and_library", "count: 4\n      places",
     "count: 4\n      firmware: @{platform: /bin/true, library: /bin/true}\n      places", "sites.office.bases.firmware",
     "exactly one of library, program and platform"},
    {"firmware_platform_with_memory", "count: 4\n      places",
     "count: 4\n      firmware: @{platform: /bin/true, memory: 1 MiB}\n      places", "sites.office.bases.firmware",
     "a platform has no process of its own"},
    {"firmware_patience_of_a_program", "count: 4\n      places",
     "count: 4\n      firmware: @{program: /bin/true, patience: 1 s}\n      places", "sites.office.bases.firmware",
     "patience is meaningful only with platform"},
    {"firmware_platform_missing", "count: 4\n      places",
     "count: 4\n      firmware: {platform: @./none.so}\n      places", "sites.office.bases.firmware.platform",
     "does not exist"},
    {"firmware_platform_by_update", "count: 4\n      places",
     "count: 4\n      update: {firmware: @{platform: /bin/true}}\n      places", "sites.office.bases.update.firmware",
     "cannot come by an update"},
    {"library_missing", "count: 4\n      places", "count: 4\n      firmware: @./none.so\n      places",
     "sites.office.bases.firmware", "does not exist"},
    // parameters
    {"unknown_parameter", "code: \"${code}\"}\n      user", "code: @\"${cod}\"}\n      user",
     "sites.office.people.installer.tasks[2].activates.code", "unknown parameter \"cod\"; did you mean \"code\"?"},
    {"unclosed_parameter", "seed: 7", "seed: @\"${code\"", "seed", "lacks the closing brace"},
    {"unknown_parameter_type", "type: code", "type: @cod", "parameters.code.type", "did you mean \"code\"?"},
    // references
    {"handset_out_of_range", "\"handset[0]\"}\n          - activates", "@\"handset[9]\"}\n          - activates",
     "sites.office.people.installer.tasks[1].inserts_battery.handsets", "the site has handset[0] to handset[4]"},
    {"base_for_handset", "activates: {handset: \"handset[0]\"", "activates: {handset: @\"base[0]\"",
     "sites.office.people.installer.tasks[2].activates.handset", "names a base; expected a handset"},
    {"two_handsets_at_once", "activates: {handset: \"handset[0]\"", "activates: {handset: @\"handset[0..1]\"",
     "sites.office.people.installer.tasks[2].activates.handset", "names 2 handsets; expected one"},
    {"no_handset_of_their_own", "activates: {handset: \"handset[0]\"", "activates: {handset: @own",
     "sites.office.people.installer.tasks[2].activates.handset", "no handset of their own"},
    {"selection_of_nothing", "{bases: all, each", "{bases: @some, each",
     "sites.office.people.installer.tasks[0].plugs_in.bases", "\"some\" names no devices"},
    {"two_tasks_in_one", "inserts_battery: {handsets: \"handset[0]\"}", "@waits: 3 s\n            calls: {}",
     "sites.office.people.installer.tasks[1]", "expected exactly one of plugs_in"},
    {"files_missing", "files: files", "files: @flies", "servers.provisioning.files", "\"flies\" does not exist"},
    {"files_no_folder", "files: files", "files: @home_single_base.yaml", "servers.provisioning.files", "is no folder"},
    {"duplicate_address", "203.0.113.20", "@203.0.113.10", "servers.registrar.address",
     "is also the address of servers.provisioning"},
    {"duplicate_name", "sip.csp.example", "@prov.csp.example", "servers.registrar.name",
     "is also the name of servers.provisioning"},
    {"pool_outside_network", "192.168.1.100-192.168.1.199", "@192.168.2.100-192.168.2.199",
     "sites.office.router.dhcp.pool", "does not lie among the hosts of 192.168.1.0/24"},
    {"pool_with_router", "192.168.1.100-192.168.1.199", "@192.168.1.1-192.168.1.199", "sites.office.router.dhcp.pool",
     "contains the router's own address"},
    {"pool_reversed", "192.168.1.100-192.168.1.199", "@192.168.1.199-192.168.1.100", "sites.office.router.dhcp.pool",
     "ends before it starts"},
    {"host_of_no_server", "\"http://prov.csp.example/office/\"", "@\"http://porv.csp.example/office/\"",
     "servers.redirection.codes[0].url", "no provisioning server is called \"porv.csp.example\"; did you mean"},
    {"too_few_places", "places: {grid: {columns: 2, step_x: 10 m}}", "places: @{list: [[1 m, 1 m], [2 m, 2 m]]}",
     "sites.office.bases.places", "the list has 2 places for 4"},
    // timeline
    {"unknown_action", "do: power_cut", "do: @powercut", "timeline[0].do", "did you mean \"power_cut\"?"},
    {"action_not_offered", "do: power_cut", "do: @outage", "timeline[0].do", "a base does not offer \"outage\""},
    {"unknown_target", "target: office/base[3]", "target: @office/base[4]", "timeline[0].target",
     "nothing in the scenario is called \"office/base[4]\""},
    {"at_and_on", "  - name: cut\n", "  - @name: cut\n    on: {record: device_reset}\n", "timeline[0]",
     "exactly one of at and on"},
    {"at_after_the_end", "at: 10 min", "at: @50 min", "timeline[0].at", "lies after the end of the run"},
    {"unknown_argument", "    for: 30 s\n", "    for: 30 s\n    with: {rate: @5 %}\n", "timeline[0].with.rate",
     "power_cut has no argument \"rate\""},
    {"trigger_of_unknown_record", "    at: 10 min", "    on: {record: @dhcp_mesage}", "timeline[0].on.record",
     "did you mean \"dhcp_message\"?"},
    {"trigger_field_unknown", "    at: 10 min", "    on: {record: dhcp_message, where: {tipe: @ACK}}",
     "timeline[0].on.where.tipe", "dhcp_message has no field \"tipe\"; did you mean \"type\"?"},
    // expectations
    {"expectation_without_name", "  - name: all ready\n    bases", "  - @bases", "expectations[0].name", "is missing"},
    {"same_name_twice", "name: quick leases", "name: @all ready", "expectations[1].name", "for the second time"},
    {"unknown_phase", "phase: lease", "phase: @leese", "expectations[1].phase", "did you mean \"lease\"?"},
    {"limit_without_comparison", "p95: \"< 5 s\"", "p95: @5 s", "expectations[1].p95", "lacks a comparison"},
    {"limit_without_unit", "p95: \"< 5 s\"", "p95: @\"< 5\"", "expectations[1].p95", "has no unit"},
    {"phase_without_limit", "  - name: quick leases\n    phase: lease\n    p95: \"< 5 s\"",
     "  - @name: quick leases\n    phase: lease", "expectations[1]", "expected a limit"},
    {"unknown_record", "record: sip_message", "record: @sip_mesage", "expectations[2].never.record",
     "did you mean \"sip_message\"?"},
    {"unknown_field", "{method: REGISTER}", "{metod: @REGISTER}", "expectations[2].never.where.metod",
     "did you mean \"method\"?"},
    {"text_has_no_order", "{method: REGISTER}", "{method: @\">= REGISTER\"}", "expectations[2].never.where.method",
     "has no order"},
    {"number_wanted", "{method: REGISTER}", "{status: @REGISTER}", "expectations[2].never.where.status",
     "is not a quantity"},
    {"bad_count", "{ready: all,", "{ready: @most,", "expectations[0].bases.ready", "expected all, none or a number"},
    {"judged_after_the_end", "by: 20 min", "by: @2 h", "expectations[0].bases.by", "lies after the end"},
    {"key_of_another_statement", "    before: 1 min", "    @by: 1 min", "expectations[2].by",
     "meaningful only with eventually"},
};

INSTANTIATE_TEST_SUITE_P(table, one_mistake, testing::ValuesIn(mistakes),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(mistakes, sample_itself_has_none) { expect_loads(load_sample(sample_text)); }

TEST(mistakes, all_are_reported_at_once_in_order_of_place) {
    std::string text = with(sample_text, "seed: 7", "sed: 7");
    text = with(text, "down: 20 Mbit/s", "down: 20 s");
    text = with(text, "do: power_cut", "do: powercut");
    text = with(text, "phase: lease", "phase: leese");
    const auto result = load_sample(text);
    const auto& errors = std::get<diagnostics>(result);
    ASSERT_EQ(errors.size(), 4u) << all_texts(errors);
    EXPECT_EQ(errors[0].key, "sed");
    EXPECT_EQ(errors[1].key, "sites.office.access_line.down");
    EXPECT_EQ(errors[2].key, "timeline[0].do");
    EXPECT_EQ(errors[3].key, "expectations[1].phase");
}

TEST(mistakes, line_reads_like_a_compiler) {
    const diagnostic d{
        {"office.yaml", 12, 5}, "sites.office.bases.cuont", "unknown key \"cuont\"; did you mean \"count\"?"};
    EXPECT_EQ(to_text(d),
              "office.yaml:12:5: error: sites.office.bases.cuont: unknown key \"cuont\"; did you mean \"count\"?");
}

TEST(mistakes, unreadable_file_and_folder_are_reported) {
    EXPECT_EQ(expect_one_error(load("/nowhere/at_all.yaml")).message, "cannot be read");
    EXPECT_EQ(expect_one_error(load(library_folder)).message, "is a folder");
}

TEST(mistakes, empty_text_and_wrong_roots_are_reported) {
    for (const char* text : {"", "# only a comment\n", "just a text", "[1, 2]", "~", "---\n"}) {
        const auto result = load_sample(text);
        EXPECT_TRUE(std::holds_alternative<diagnostics>(result)) << text;
    }
}

TEST(mistakes, second_document_is_refused) {
    EXPECT_NE(expect_one_error(load_sample(sample_text + "---\ndectbed: 1\n")).message.find("one document"),
              std::string::npos);
}

TEST(mistakes, aliases_that_unfold_without_end_are_refused) {
    std::string text = "dectbed: 1\na: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string below = "*a" + std::to_string(i - 1);
        text += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
        for (int k = 0; k < 9; ++k) text += ", " + below;
        text += "]\n";
    }
    const auto result = load_sample(text);
    ASSERT_TRUE(std::holds_alternative<diagnostics>(result));
    EXPECT_NE(all_texts(std::get<diagnostics>(result)).find("unfolds into more than"), std::string::npos);
}

TEST(mistakes, deep_nesting_is_refused_without_harm) {
    const auto result = load_sample("dectbed: 1\nx: " + std::string(20000, '[') + std::string(20000, ']') + "\n");
    EXPECT_TRUE(std::holds_alternative<diagnostics>(result));
}

}  // namespace
}  // namespace dectbed::scenarios
