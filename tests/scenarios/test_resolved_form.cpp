// What a scenario means in the end: faults, expectations, selections, defaults.
#include "scenarios/language/actions.h"
#include "scenarios/language/entities.h"
#include "scenarios/language/record_facts.h"
#include "tests/scenarios/sample_scenario.h"

namespace dectbed::scenarios {
namespace {

using results::comparison;

TEST(defaults, what_depends_on_other_keys_is_filled_in) {
    const scenario s = expect_loads(load_sample(sample_text));
    EXPECT_EQ(s.servers.at(0).second.port, 80);
    EXPECT_EQ(s.servers.at(0).second.path, "/v1/redirections");
    EXPECT_EQ(s.servers.at(2).second.port, 5060);
    EXPECT_EQ(s.servers.at(3).second.port, 53);
    const router_parameters& r = s.sites.at(0).second.router;
    EXPECT_EQ(r.address.value, 0xC0A80101u);
    EXPECT_EQ(r.dns, "dns");
    EXPECT_EQ(s.name, "sample");
    EXPECT_EQ(s.sites.at(0).second.lan.rate.bits_per_second, 100'000'000);
    EXPECT_EQ(s.sites.at(0).second.people.at(0).second.tasks.at(0).plugs_in->each, sim::distribution::constant(40.0));
    EXPECT_EQ(s.sites.at(0).second.people.at(1).second.tasks.at(0).inserts_battery->handsets.text, "own");
}

TEST(timeline, a_trigger_compares_lists_and_waits_for_what_must_come_before) {
    const scenario s = expect_loads(load_sample(with(sample_text, "timeline:\n", R"(timeline:
  - on:
      record: http_response
      where: {status: [">= 400", "!= 404"], waited: "< 2 s", verdict: [file, "code *"]}
      after:
        - {record: lock_changed, where: {locked: true}}
        - {record: system_information_changed, who: "office/base[0]", where: {service: "!= in_service"}}
    do: power_cut
    target: "{client}"
  - on: {record: tcp_payload_received, body_octet: 7, after: {record: power_changed}}
    do: power_cut
    target: "{who}"
)")));
    EXPECT_EQ(s.timeline.size(), 1u) << "the sample's own";
    ASSERT_EQ(s.watched.size(), 2u);
    const watched_fault& w = s.watched[0];
    EXPECT_EQ(w.fault.action, "power_cut");
    EXPECT_EQ(w.fault.target, "{client}");
    const auto& m = w.when.where;
    ASSERT_EQ(m.size(), 4u);
    EXPECT_EQ(m[0].op, results::comparison::greater_equal);
    EXPECT_EQ(m[0].number, 400);
    EXPECT_EQ(m[1].op, results::comparison::not_equal);
    EXPECT_EQ(m[2].number, 2e12);
    EXPECT_EQ(m[3].values, (std::vector<std::string>{"file", "code *"}));
    ASSERT_EQ(w.after.size(), 2u);
    EXPECT_EQ(w.after[0].record, "lock_changed");
    EXPECT_EQ(w.after[1].who, "office/base[0]");
    EXPECT_EQ(s.watched[1].body_octet, 7);
    EXPECT_EQ(s.watched[1].after.at(0).record, "power_changed");
}

TEST(timeline, a_key_with_a_plus_adds_to_what_lies_below) {
    const std::string two = with(sample_text, "timeline:\n", R"(timeline:
  - {at: 6 min, do: mark, with: {text: half time}}
  - {at: 7 min, do: power_cut, target: "office/base[0]", for: 20 s}
)");
    const scenario s =
        expect_loads(load_sample(two, {"timeline+=[{at: 8 min, do: reset, target: \"office/base[0]\"}]"}));
    ASSERT_EQ(s.timeline.size(), 3u) << "with the sample's own";
    EXPECT_EQ(s.timeline[2].action, "reset");
    EXPECT_EQ(s.markers.size(), 1u);
}

TEST(timeline, becomes_fault_specs_with_arguments_in_base_units) {
    const scenario s = expect_loads(load_sample(with(sample_text, "timeline:\n", R"(timeline:
  - at: 5 min
    do: loss
    target: office/access_line
    with: {rate: 5 %, direction: up}
    for: 1 min
  - name: silence
    on: {record: dhcp_message, where: {type: ACK, client: "office/base[*]"}, nth: 2, every: true}
    do: power_cut
    target: "{client}"
    delay: 10 ms
    for: 5 s
  - on: {record: tcp_payload_received, who: "office/base[0]", octet: 100}
    do: power_cut
    target: "{who}"
  - {at: 6 min, do: mark, with: {text: half time}}
)")));
    ASSERT_EQ(s.timeline.size(), 4u);
    const sim::fault_spec& loss = s.timeline[0];
    EXPECT_EQ(loss.name, "loss");
    EXPECT_EQ(loss.action, "loss");
    EXPECT_EQ(loss.at, sim::time_point{} + std::chrono::minutes{5});
    EXPECT_EQ(loss.arguments, (sim::fault_arguments{{"rate", "0.05"}, {"direction", "up"}}));
    EXPECT_EQ(loss.lasts, std::chrono::minutes{1});
    const sim::fault_spec& silence = s.timeline[1];
    EXPECT_EQ(silence.name, "silence");
    EXPECT_EQ(silence.on->record, "dhcp_message");
    EXPECT_EQ(silence.on->fields.at("type"), "ACK");
    EXPECT_EQ(silence.on->fields.at("client"), "office/base[*]");
    EXPECT_EQ(silence.on->nth, 2u);
    EXPECT_TRUE(silence.every_match);
    EXPECT_EQ(silence.delay, std::chrono::milliseconds{10});
    EXPECT_EQ(s.timeline[2].on->octet, 100);
    EXPECT_EQ(s.timeline[2].on->who, "office/base[0]");
    ASSERT_EQ(s.markers.size(), 1u);
    EXPECT_EQ(s.markers[0].second, "half time");
}

TEST(timeline, every_action_of_the_table_can_be_written) {
    for (const action_facts& a : all_actions()) {
        const std::string kind = a.kinds.empty() ? "" : a.kinds.front();
        const std::string target = kind == "base"          ? "office/base[0]"
                                   : kind == "handset"     ? "office/handset[0]"
                                   : kind == "access_line" ? "office/access_line"
                                   : kind == "router"      ? "office/router"
                                   : kind == "server"      ? "internet/redirection"
                                   : kind == "switch"      ? "office/switch"
                                   : kind == "site"        ? "office"
                                   : kind == "gateway"     ? "internet/carrier"
                                                           : kind;
        std::string with_text;
        for (const action_argument& x : a.arguments) {
            const std::string value = x.what == action_argument::type::choice     ? x.choices.front()
                                      : x.what == action_argument::type::quantity ? quantity_text(x.high, x.dim)
                                      : x.what == action_argument::type::integer  ? "1"
                                                                                  : "192.0.2.53";
            with_text += (with_text.empty() ? "" : ", ") + x.name + ": \"" + value + "\"";
        }
        std::string entry = "timeline:\n  - {at: 1 min, do: " + a.name;
        if (!target.empty()) entry += ", target: \"" + target + "\"";
        entry += ", with: {" + with_text + "}}\n";
        const std::string gateway =
            "internet: {gateways: {carrier: {kind: carrier_nat, address: 203.0.113.200}}}\nservers:\n";
        expect_loads(load_sample(with(with(sample_text, "timeline:\n", entry), "servers:\n", gateway)));
    }
}

TEST(expectation, every_form_is_resolved) {
    const scenario s = expect_loads(load_sample(with(sample_text, "expectations:\n", R"(expectations:
  - name: devices
    bases: {which: "office/base[*]", ready: ">= 3", failed: {cause: code refused, count: none}, by: 5 min}
  - name: handsets
    handsets: {powered: at least 4}
  - name: times
    phase: ready
    of: handset
    p50: "<= 3 min"
    max: below 1 h
  - name: load
    server: redirection
    peak_rps: "< 10"
    bytes: "< 1 MB"
  - name: waited
    never: {record: http_response, who: "internet/*", where: {waited: "> 5 s", status: [404, 403], client: "office/base[1]"}}
    after: {record: server_state, where: {up: true}}
  - name: enough
    eventually: {record: dhcp_message, where: {type: "!= NAK"}}
    count: at least 4
    by: 10 min
    each: "office/base[*]"
  - name: in order
    order: [{record: dhcp_message}, {record: sip_message}]
    each: "office/base[*]"
    all_steps: false
)")));
    const auto find = [&](const std::string& name) -> const results::expectation& {
        for (const auto& e : s.expectations)
            if (e.name == name) return e;
        ADD_FAILURE() << name;
        return s.expectations.front();
    };
    const auto& ready = std::get<results::device_expectation>(find("devices: ready").what);
    EXPECT_EQ(ready.kind, "base");
    EXPECT_EQ(ready.which, "office/base[*]");
    EXPECT_EQ(ready.count.number.op, comparison::greater_equal);
    EXPECT_EQ(ready.count.number.value, 3);
    EXPECT_EQ(ready.by, sim::time_point{} + std::chrono::minutes{5});
    const auto& failed = std::get<results::device_expectation>(find("devices: failed").what);
    EXPECT_EQ(failed.cause, "code refused");
    EXPECT_EQ(failed.count.what, results::how_many::kind::none);
    EXPECT_EQ(std::get<results::device_expectation>(find("handsets").what).what,
              results::device_expectation::state::powered);

    const auto& p50 = std::get<results::phase_expectation>(find("times: p50").what);
    EXPECT_EQ(p50.kind, "handset");
    EXPECT_EQ(p50.what, results::statistic::p50);
    EXPECT_EQ(p50.demanded.value, 180);
    EXPECT_EQ(p50.demanded.text, "<= 3 min");
    EXPECT_EQ(std::get<results::phase_expectation>(find("times: max").what).what, results::statistic::max);

    const auto& bytes = std::get<results::server_expectation>(find("load: bytes").what);
    EXPECT_EQ(bytes.server, "internet/redirection");
    EXPECT_EQ(bytes.what, results::server_measure::bytes);
    EXPECT_EQ(bytes.demanded.value, 1e6);

    const auto& never = std::get<results::never_expectation>(find("waited").what);
    ASSERT_EQ(never.pattern.where.size(), 3u);
    EXPECT_EQ(never.pattern.where[0].op, comparison::greater);
    EXPECT_EQ(never.pattern.where[0].number, 5e12) << "durations in picoseconds";
    EXPECT_EQ(never.pattern.where[1].values, (std::vector<std::string>{"404", "403"}));
    EXPECT_EQ(never.pattern.where[2].values, std::vector<std::string>{"office/base[1]"});
    EXPECT_EQ(std::get<results::record_pattern>(never.after).record, "server_state");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(never.before));

    const auto& enough = std::get<results::eventually_expectation>(find("enough").what);
    EXPECT_EQ(enough.pattern.where[0].op, comparison::not_equal);
    EXPECT_EQ(enough.count.value, 4);
    EXPECT_EQ(enough.each, "office/base[*]");
    EXPECT_EQ(std::get<results::order_expectation>(find("in order").what).all_steps, false);
    EXPECT_NE(find("in order").position.find("sample.yaml:"), std::string::npos);
}

TEST(expectation, statistics_and_measures_have_the_order_of_their_enumerations) {
    std::string text = "expectations:\n";
    for (auto name : results::statistic_names)
        text += "  - {name: s " + std::string(name) + ", phase: lease, " + std::string(name) + ": \"" +
                (name == "n" ? "< 1" : "< 1 s") + "\"}\n";
    for (auto name : results::server_measure_names)
        text += "  - {name: m " + std::string(name) + ", server: dns, " + std::string(name) + ": \"" +
                (name == "bytes" ? "< 1 B" : "< 1") + "\"}\n";
    const scenario s = expect_loads(load_sample(with(sample_text, "expectations:\n", text)));
    for (const auto& e : s.expectations) {
        if (e.name.substr(0, 2) == "s ") {
            EXPECT_EQ(
                results::statistic_names[static_cast<std::size_t>(std::get<results::phase_expectation>(e.what).what)],
                e.name.substr(2));
        } else if (e.name.substr(0, 2) == "m ") {
            EXPECT_EQ(results::server_measure_names[static_cast<std::size_t>(
                          std::get<results::server_expectation>(e.what).what)],
                      e.name.substr(2));
        }
    }
}

TEST(selection, chooses_in_written_order_and_each_once) {
    using term = selection::term;
    selection s;
    s.terms = {{term::kind::range, 3, 3}, {term::kind::range, 0, 4}, {term::kind::own, 0, 0}};
    EXPECT_EQ(chosen(s, 6, {5, 1}), (std::vector<std::int64_t>{3, 0, 1, 2, 4, 5}));
    s.terms = {{term::kind::all, 0, 0}};
    EXPECT_EQ(chosen(s, 2, {}), (std::vector<std::int64_t>{0, 1}));
}

TEST(selection, defaults_are_what_they_say) {
    EXPECT_EQ(chosen(plugs_in_task{}.bases, 3, {}), (std::vector<std::int64_t>{0, 1, 2}));
    EXPECT_EQ(chosen(activates_task{}.bases, 2, {}), (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(chosen(activates_task{}.handset, 3, {2}), (std::vector<std::int64_t>{2}));
    EXPECT_TRUE(chosen(person_population{}.handsets, 3, {}).empty());
}

TEST(entities, paths_have_kinds) {
    const std::string arrays =
        with(with(with(sample_text, "  office:\n    router", "  office:\n    count: 3\n    router"),
                  "target: office/base[3]", "target: office[1]/base[3]"),
             "places: {grid", "places: {grid");
    const scenario s = expect_loads(load_sample(arrays));
    const auto kind = [&](const char* path) { return kind_of_path(s, path).value_or("-"); };
    EXPECT_EQ(kind("office[2]"), "site");
    EXPECT_EQ(kind("office[3]"), "-");
    EXPECT_EQ(kind("office"), "-");
    EXPECT_EQ(kind("office[0]/router"), "router");
    EXPECT_EQ(kind("office[0]/access_line"), "access_line");
    EXPECT_EQ(kind("office[0]/base[3]"), "base");
    EXPECT_EQ(kind("office[0]/base[4]"), "-");
    EXPECT_EQ(kind("office[0]/base"), "-");
    EXPECT_EQ(kind("office[0]/base[x]"), "-");
    EXPECT_EQ(kind("office[0]/person/installer"), "person");
    EXPECT_EQ(kind("office[0]/person/user[3]"), "person");
    EXPECT_EQ(kind("office[0]/person/user"), "-");
    EXPECT_EQ(kind("internet/dns"), "server");
    EXPECT_EQ(kind("internet/nobody"), "-");
    EXPECT_EQ(kinds_of_pattern(s, "*/base[*]"), std::vector<std::string>{"base"});
    EXPECT_EQ(kinds_of_pattern(s, "internet/*"), std::vector<std::string>{"server"});
    EXPECT_TRUE(kinds_of_pattern(s, "*/base[9]").empty());
}

TEST(records, facts_agree_with_the_journal) {
    std::vector<std::string> names;
    for (const record_facts& r : all_records()) {
        names.push_back(r.name);
        EXPECT_EQ(r.field_names(), sim::field_names(r.name)) << r.name;
    }
    EXPECT_EQ(names, sim::record_names());
    EXPECT_EQ(*find_record("http_response")->find("waited"), field_type::time);
    EXPECT_EQ(*find_record("http_response")->find("client"), field_type::entity);
    EXPECT_EQ(*find_record("http_response")->find("status"), field_type::number);
    EXPECT_EQ(*find_record("power_changed")->find("on"), field_type::boolean);
}

TEST(addresses, written_macs_must_not_meet) {
    const std::string two =
        with(sample_text, "    bases:\n      count: 4\n      places: {grid: {columns: 2, step_x: 10 m}}\n",
             "    bases:\n      - {count: 2, first_mac: \"02:1b:2c:11:00:01\"}\n"
             "      - {count: 2, first_mac: \"02:1b:2c:11:00:02\"}\n");
    EXPECT_NE(expect_one_error(load_sample(two)).message.find("02:1b:2c:11:00:02 would be given twice"),
              std::string::npos);
    expect_loads(load_sample(with(two, "11:00:02", "11:00:03")));
}

}  // namespace
}  // namespace dectbed::scenarios
