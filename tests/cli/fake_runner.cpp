#include "tests/cli/fake_runner.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "models/firmware/host/firmware_probe.h"
#include "sim/kernel.h"
#include "tests/temporary_folder.h"

namespace dectbed::test {

namespace fs = std::filesystem;
namespace record = sim::record;

namespace {

using plan = std::map<std::string, std::set<std::uint64_t>>;

plan plan_of(const std::string& file) {
    std::ifstream in(file);
    plan p;
    std::string line;
    while (std::getline(in, line)) {
        std::istringstream words(line);
        std::string word;
        words >> word;
        auto& seeds = p[word];
        for (std::uint64_t seed = 0; words >> seed;) seeds.insert(seed);
    }
    return p;
}

bool has(const plan& p, const char* word, std::uint64_t seed) {
    const auto found = p.find(word);
    return found != p.end() && found->second.count(seed) > 0;
}

std::vector<results::expectation> expectations() {
    results::device_expectation e;
    e.kind = "base";
    e.count.text = "all";
    return {{"base is ready", "x.yaml:1:1", e}};
}

[[noreturn]] void hang() {
    for (volatile unsigned long i = 0;; i = i + 1) {
    }
}

cli::run_facts run(const cli::loaded_scenario& s, std::uint64_t seed, cli::run_watch& watch) {
    const plan& p = *static_cast<const plan*>(s.world.get());
    if (p.count("slow")) std::this_thread::sleep_for(std::chrono::milliseconds(seed < 10 ? 20 * (10 - seed) : 0));
    // As in the real runner, the journal outlives an exception; the process ends soon anyway.
    auto& kernel = *new sim::kernel;
    auto& journal = *new sim::journal(kernel);
    journal.add_sink(watch.sink);
    watch.digest = [&journal] { return journal.digest(); };
    const auto at = [&](double seconds, std::function<void()> what) {
        kernel.at(sim::time_point{sim::from_seconds(seconds)}, std::move(what));
    };
    journal.publish({}, record::run_started{s.name, s.digest, "test", seed});
    const auto office = journal.declare("office", "site");
    const auto base = journal.declare("office/base[0]", "base", office);
    const auto server = journal.declare("internet/registrar", "server");
    at(1, [&] { journal.publish(base, record::power_changed{true, "plugged in"}); });
    at(2, [&] { journal.publish(base, record::link_changed{true, ""}); });
    at(3, [&] { journal.publish(server, record::dhcp_message{"ACK", "", "", 1, base}); });
    at(4, [&] { journal.publish(base, record::transmitter_changed{true, "eu", 1, 2}); });
    if (has(p, "wavers", seed)) {
        const auto other = std::chrono::steady_clock::now().time_since_epoch().count();
        at(3.5, [&journal, base, other] { journal.publish(base, record::firmware_log{2, std::to_string(other)}); });
    }
    const bool fails = has(p, "fails", seed) || has(p, "wavers", seed);
    at(5, [&] {
        journal.publish(base, record::system_information_changed{fails ? "waiting_for_code" : "in_service", false});
    });
    at(6, [&] {
        models::firmware::firmware_scope scope("office/base[0]", "test firmware 1.0", 0x1102);
        if (has(p, "crashes", seed)) std::abort();
        if (has(p, "hangs", seed)) hang();
        if (has(p, "breaks", seed)) throw sim::run_failure("office/base[0]", "its flash caught fire");
    });
    const double ready = 10 + static_cast<double>(seed);
    if (!fails) at(ready, [&] { journal.publish(server, record::sip_registration{"a", "b", true, 3600, base}); });
    at(ready + 1, [&] { journal.publish({}, record::run_ended{"settled"}); });
    kernel.run_until(sim::time_point{sim::from_seconds(ready + 2)});
    if (!watch.pcap_folder.empty()) std::ofstream(fs::path(watch.pcap_folder) / "lan.pcap") << "packets";
    return {journal.digest(), kernel.executed_events(), kernel.now()};
}

std::variant<cli::loaded_scenario, cli::problems> load(const std::string& file,
                                                       const std::vector<std::string>& overrides) {
    auto p = std::make_shared<const plan>(plan_of(file));
    if (p->count("invalid")) return cli::problems{file + ":3:1: error: too many cooks", file + ":4:1: error: broth"};
    for (const std::string& o : overrides) {
        if (o.find('=') == std::string::npos) return cli::problems{o + ": expected PATH=VALUE"};
    }
    cli::loaded_scenario s;
    s.name = fs::path(file).stem().string();
    s.file = file;
    s.description = "About " + s.name;
    s.digest = "0123";
    s.expectations = expectations();
    s.world = p;
    return s;
}

std::vector<std::string> files(const std::string& path) {
    if (!fs::is_directory(path)) return {path};
    std::vector<std::string> all;
    for (const auto& e : fs::directory_iterator(path)) {
        if (e.path().extension() == ".yaml") all.push_back(e.path().string());
    }
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace

cli::runner fake_runner() {
    cli::runner r;
    r.files = files;
    r.load = load;
    r.warm_up = [] {};
    r.run = run;
    r.resolved = [](const cli::loaded_scenario& s) { return "name: " + s.name + "\n"; };
    r.schema = [] { return std::string("{}\n"); };
    return r;
}

workplace::workplace() {
    std::string pattern = (test::temporary_folder() / "cli_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
}
workplace::~workplace() {
    std::error_code error;
    fs::permissions(folder_, fs::perms::owner_all, error);
    fs::remove_all(folder_, error);
}
std::string workplace::scenario(const std::string& name, const std::string& words) const {
    const fs::path file = folder_ / (name + ".yaml");
    std::ofstream(file) << words << "\n";
    return file.string();
}
std::string workplace::read(const std::string& relative) const {
    std::ifstream in(folder_ / relative, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

}  // namespace dectbed::test
