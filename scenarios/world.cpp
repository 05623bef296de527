#include "scenarios/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "models/firmware/reference/reference_firmware.h"
#include "radio/vendor_announcement.h"
#include "scenarios/people_world.h"
#include "scenarios/site_world.h"
#include "scenarios/triggers.h"
#include "sim/wall_clock.h"

namespace dectbed::scenarios {

namespace net = models::network;

namespace {

/// How often run() looks whether the run has settled, in simulated time.
constexpr sim::duration look_interval = std::chrono::seconds(1);

models::firmware::firmware_library built_in_firmwares() {
    models::firmware::firmware_library library;
    library.add_built_in("reference_base", dectbed_reference_base);
    library.add_built_in("naive_base", dectbed_naive_base);
    library.add_built_in("reference_handset", dectbed_reference_handset);
    library.add_built_in("plain_handset", dectbed_reference_plain_handset);
    return library;
}

/// When the last fault that is triggered at a time is over.
sim::time_point end_of_timeline(const scenario& sc) {
    sim::time_point end{};
    for (const auto& fault : sc.timeline) {
        if (fault.at) end = std::max(end, *fault.at + fault.delay + fault.lasts.value_or(sim::duration{0}));
    }
    for (const auto& marker : sc.markers) end = std::max(end, marker.first);
    return end;
}

}  // namespace

struct world::parts {
    parts(const scenario& sc, std::uint64_t seed, world_options o)
        : scenario_(sc),
          options(std::move(o)),
          sim(seed, options.pace),
          bridge(sim.kernel()),
          firmwares(built_in_firmwares()) {}

    void build();
    void publish_assumptions();
    bool settled() const;

    const scenario& scenario_;
    const world_options options;
    sim::simulation sim;
    sim::systemc_bridge bridge;
    models::firmware::firmware_library firmwares;
    std::unique_ptr<net::host_pool> pool;
    std::unique_ptr<net::capture_set> captures;
    std::unique_ptr<tls_world> tls;
    std::unique_ptr<internet_world> internet;
    std::unique_ptr<factory> maker;
    std::vector<std::unique_ptr<site_world>> sites;
    std::vector<std::unique_ptr<people_world>> people;
    std::unique_ptr<trigger_watch> triggers;
    sim::time_point timeline_end{};
};

void world::parts::build() {
    dectbed::sim::set_start(sim, scenario_.starts_at.unix_s);
    if (options.sink) sim.journal().add_sink(options.sink);
    sim.publish({}, sim::record::run_started{scenario_.name, options.scenario_digest, options.version, sim.seed()});
    publish_assumptions();

    pool = std::make_unique<net::host_pool>(sim);
    tls = std::make_unique<tls_world>(sim, scenario_, options.pcap_folder);
    internet = std::make_unique<internet_world>(sim, scenario_, *tls);
    maker = std::make_unique<factory>(factory{sim, bridge, firmwares, *tls});
    for (const auto& [name, parameters] : scenario_.sites) {
        const auto count = parameters.count.value_or(1);
        for (std::int64_t i = 0; i < count; ++i) {
            const std::string path = parameters.count ? fmt::format("{}[{}]", name, i) : name;
            sites.push_back(std::make_unique<site_world>(*maker, parameters, path, static_cast<std::uint32_t>(i)));
            people.push_back(std::make_unique<people_world>(sim, *sites.back()));
        }
    }
    std::vector<known_base> bases;
    for (const auto& s : sites) bases.insert(bases.end(), s->known_bases().begin(), s->known_bases().end());
    internet->build(*pool, bases);
    for (std::size_t i = 0; i < sites.size(); ++i) {
        sites[i]->build(*internet, *pool, people[i]->handset_places());
        people[i]->build();
    }

    if (!options.pcap_folder.empty()) {
        captures = std::make_unique<net::capture_set>(sim, options.pcap_folder,
                                                      static_cast<std::uint32_t>(scenario_.starts_at.unix_s));
        const auto wanted = [this](const std::string& path) {
            return options.pcap_all ||
                   std::any_of(scenario_.pcap.begin(), scenario_.pcap.end(),
                               [&](const std::string& glob) { return sim::path_matches(glob, path); });
        };
        internet->capture(*captures, wanted);
        for (auto& s : sites) s->capture(*captures, wanted);
    }

    bridge.start();
    for (const auto& fault : scenario_.timeline) sim.faults().arm(fault);
    if (!scenario_.watched.empty()) triggers = std::make_unique<trigger_watch>(sim, *pool, scenario_.watched);
    for (const auto& [at, text] : scenario_.markers) {
        const std::string& said = text;
        sim.kernel().at(at, [this, &said] { sim.publish({}, sim::record::marker{said}); });
    }
    timeline_end = end_of_timeline(scenario_);
    for (std::size_t i = 0; i < sites.size(); ++i) {
        sites[i]->power_up();
        people[i]->start();
    }
}

void world::parts::publish_assumptions() {
    if (!scenario_.servers.empty())
        sim.publish({},
                    sim::record::assumption_used{
                        "servers: workers, service times, queues and limits are the scenario's, not measured ones"});
    if (std::any_of(scenario_.sites.begin(), scenario_.sites.end(),
                    [](const auto& s) { return s.second.router.nat.keep_alives_folded; }))
        sim.publish({},
                    sim::record::assumption_used{
                        "keep-alives of SIP are folded into the state of the routers' address translation: mappings "
                        "towards port 5060 last, and no packets are sent for that"});
    const bool secure = std::any_of(scenario_.servers.begin(), scenario_.servers.end(),
                                    [](const auto& entry) { return entry.second.tls.has_value(); });
    if (secure) {
        sim.publish({}, sim::record::assumption_used{
                            "TLS: what handshakes cost devices and servers is a table, not measured on a product"});
        if (scenario_.tls.model == tls_model::timing)
            sim.publish({}, sim::record::assumption_used{
                                "TLS is a timing model: flights, record sizes and costs of genuine TLS, certificates "
                                "checked by data instead of cryptography"});
    }
    std::set<std::int64_t> emcs;
    for (const auto& [name, s] : scenario_.sites) {
        (void)name;
        for (const auto& b : s.bases) emcs.insert(b.emc);
        for (const auto& h : s.handsets) emcs.insert(h.emc);
    }
    for (const auto& [name, v] : scenario_.vendors) {
        (void)name;
        emcs.erase(v.emc);
    }
    for (std::int64_t emc : emcs) {
        sim.publish({}, sim::record::assumption_used{fmt::format(
                            "vendor messages use the equipment manufacturer code 0x{:04X} of the scenario, a "
                            "stand-in for a vendor's own, and the reference vendor's payload layout",
                            emc)});
    }
}

bool world::parts::settled() const {
    if (scenario_.ends != end_rule::settled || options.devices == nullptr || sim.now() < timeline_end) return false;
    for (const auto& p : people) {
        if (!p->all_finished()) return false;
    }
    const auto& devices = options.devices->devices();
    return std::all_of(devices.begin(), devices.end(), [](const auto& d) { return !d.powered || d.ready; });
}

namespace {

/// What other vendors' bases announce.
std::vector<radio::vendor_announcement> announcements_of(const scenario& s) {
    std::vector<radio::vendor_announcement> out;
    for (const auto& [name, v] : s.vendors) {
        (void)name;
        const auto bits = [](const std::string& text) {
            return static_cast<std::uint32_t>(std::stoul("0" + text, nullptr, 16));
        };
        radio::vendor_announcement a;
        a.emc = static_cast<std::uint16_t>(v.emc);
        a.mask = bits(v.mask);
        const std::string* said[] = {&v.not_ready, &v.waiting_for_code, &v.in_service, &v.busy};
        for (std::size_t i = 0; i < a.services.size(); ++i)
            if (!said[i]->empty()) a.services[i] = bits(*said[i]) & a.mask;
        out.push_back(a);
    }
    return out;
}

}  // namespace

world::world(const scenario& s, std::uint64_t seed, world_options o)
    : parts_(std::make_unique<parts>(s, seed, std::move(o))) {
    radio::set_vendor_announcements(announcements_of(s));
    parts_->build();
}

world::~world() = default;

void world::run() {
    parts& w = *parts_;
    sim::kernel& k = w.sim.kernel();
    const sim::time_point limit{w.scenario_.duration};
    sim::time_point unsettled_at = k.now();  // the last look at which something was still to come
    std::string reason = "limit reached";
    while (k.now() < limit) {
        const sim::time_point before = k.now();
        k.run_until(std::min(limit, before + look_interval));
        if (k.now() == before) {
            reason = "nothing left to happen";
            break;
        }
        if (w.options.progress) w.options.progress(k.now());
        if (!w.settled()) {
            unsettled_at = k.now();
        } else if (k.now() > unsettled_at + w.scenario_.linger) {
            reason = "everything settled";
            break;
        }
    }
    for (auto& s : w.sites) s->close_accounts();
    w.sim.publish({}, sim::record::run_ended{reason});
    for (auto& site : w.sites) site->finish_capture();
    if (w.captures) w.captures->close();
    w.tls->write_files(w.options.files_folder);
}

std::string world::digest() const { return parts_->sim.journal().digest(); }
std::uint64_t world::events() const { return parts_->sim.kernel().executed_events(); }
sim::time_point world::now() const { return parts_->sim.kernel().now(); }

}  // namespace dectbed::scenarios
