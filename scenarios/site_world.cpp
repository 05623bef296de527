#include "scenarios/site_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "dectbed/mac_bursts.h"
#include "models/network/link/packets.h"
#include "results/provisioning_intent.h"
#include "scenarios/identities.h"
#include "scenarios/lan_world.h"
#include "scenarios/language/fields_lan.h"

namespace dectbed::scenarios {

namespace net = models::network;
namespace fw = models::firmware;

namespace {

fw::firmware_image_ptr firmware_of(factory& f, const firmware_choice& choice, std::uint32_t kind, sim::entity_id who) {
    using place = fw::firmware_source::place;
    fw::firmware_source source;
    source.name = choice.builtin.empty() ? choice.file.path : choice.builtin;
    source.arguments = choice.arguments;
    if (choice.place) source.in = *choice.place == firmware_place::child ? place::child : place::within;
    source.memory_octets = choice.memory_octets;
    source.platform = choice.platform;
    if (choice.patience) source.patience = *choice.patience;
    auto image = f.firmwares.open(source, kind);
    if (!image) throw sim::run_failure(f.sim.journal().path_of(who), image.error().reason);
    return image.value();
}

fw::flash_geometry geometry_of(const flash_parameters& p) {
    return {static_cast<std::uint32_t>(p.octets), static_cast<std::uint32_t>(p.block_octets),
            static_cast<std::uint32_t>(p.page_octets)};
}

fw::flash_times times_of(const flash_parameters& p) {
    return {p.program_first_octet, p.program_further_octet, p.erase_block, p.read_octet,
            static_cast<std::uint32_t>(p.endurance)};
}

bool uses_module(const fw::firmware_image& image) { return (image.manifest().flags & DECTBED_FLAG_MODULE) != 0; }

/// The firmware runs MAC and DLC itself.
bool uses_bursts(const fw::firmware_image& image) { return (image.manifest().flags & DECTBED_FLAG_MAC_BURSTS) != 0; }

/// What the baseband of such a base has none of is refused by name.
void check_bursts(sim::simulation& s, const base_population& p, const fw::firmware_image& image, sim::entity_id who) {
    if (!uses_bursts(image)) return;
    const char* const unknown = uses_module(image)                 ? "a DECT module"
                                : p.listening != fast_set_up::none ? "'fast_set_up'"
                                : p.synchronisation                ? "'synchronisation'"
                                                                   : nullptr;
    if (unknown == nullptr) return;
    throw sim::run_failure(
        s.journal().path_of(who),
        fmt::format("firmware '{}' runs MAC itself (DECTBED_FLAG_MAC_BURSTS): its baseband knows no {}", image.title(),
                    unknown));
}

/// Empty: the firmware runs the protocol itself.
std::optional<models::module::module_parameters> module_of(sim::simulation& s, const base_population& p,
                                                           const fw::firmware_image& image, sim::entity_id who) {
    if (!uses_module(image)) {
        if (!p.module) return {};
        throw sim::run_failure(
            s.journal().path_of(who),
            fmt::format("'module' is written, but firmware '{}' talks to no DECT module (DECTBED_FLAG_MODULE)",
                        image.title()));
    }
    const auto m = p.module.value_or(dect_module_parameters{});
    return models::module::module_parameters{m.start, m.line, m.eeprom_write, m.mail_loss, m.resets_on_band_change};
}

static_assert(static_cast<int>(commercial_band::eu) == DECTBED_BAND_EU &&
              static_cast<int>(commercial_band::japan) == DECTBED_BAND_JAPAN &&
              static_cast<int>(commercial_band::thailand) == DECTBED_BAND_THAILAND);
std::uint8_t code_of(const std::optional<commercial_band>& b, dectbed_band unset) {
    return static_cast<std::uint8_t>(b ? static_cast<int>(*b) : static_cast<int>(unset));
}

/// The transceiver's bands as bits; none written: all.
std::uint16_t bits_of(const std::vector<commercial_band>& bands) {
    unsigned bits = bands.empty() ? (1u << DECTBED_BANDS) - 2 : 0u;
    for (const auto b : bands) bits |= 1u << static_cast<unsigned>(b);
    return static_cast<std::uint16_t>(bits);
}
static_assert(static_cast<int>(band_method::sku) == DECTBED_BAND_DISCOVERY_SKU &&
              static_cast<int>(band_method::beacon) == DECTBED_BAND_DISCOVERY_BEACON &&
              static_cast<int>(band_method::stun) == DECTBED_BAND_DISCOVERY_STUN &&
              static_cast<int>(band_method::redirection_echo) == DECTBED_BAND_DISCOVERY_REDIRECTION_ECHO);

/// What a router does besides translating; null: nothing.
std::shared_ptr<const net::middlebox_parameters> middleboxes_of(const site& s, net::ipv4_address dns) {
    const auto& r = s.router;
    net::middlebox_parameters p;
    p.sip_alg = r.sip_alg;
    p.mtu = static_cast<std::size_t>(s.access_line.mtu);
    p.fragmentation_needed = s.access_line.fragmentation_needed;
    p.clamp_mss = r.clamp_mss;
    if (r.firewall) {
        p.firewall.emplace();
        p.firewall->rejects = r.firewall->otherwise == firewall_answer::reject;
        for (const auto& rule : r.firewall->allow) p.firewall->allow.push_back(*net::parse_egress_rule(rule));
    }
    if (r.captive_portal)
        p.portal = {r.captive_portal->login_url, r.captive_portal->opens_after, r.captive_portal->captures_dns};
    if (r.forwards_dns && dns) {
        const auto& f = *r.forwards_dns;
        p.dns = {dns, f.lie, f.address, f.delay, f.loss};
    }
    const bool any =
        p.sip_alg != sip_alg_mode::off || p.mtu < net::ethernet_mtu || p.clamp_mss || p.firewall || p.portal || p.dns;
    return any ? std::make_shared<const net::middlebox_parameters>(std::move(p)) : nullptr;
}

/// When its frames begin, and how fast its oscillator is.
radio::station_clock clock_of(sim::random_stream stream, const sim::distribution& error_ppm) {
    radio::station_clock c;
    c.phase = sim::duration{static_cast<std::int64_t>(stream.below(10'000'000'000))};
    const auto error_ppb = static_cast<std::int32_t>(error_ppm.sample(stream) * 1000.0);
    c.ppb = stream.chance(0.5) ? error_ppb : -error_ppb;
    c.first_frame = static_cast<std::uint8_t>(stream.below(16));
    return c;
}

radio::set_up_detection detection_of(fast_set_up f) {
    switch (f) {
        case fast_set_up::none:
            return radio::set_up_detection::none;
        case fast_set_up::selective:
            return radio::set_up_detection::selective;
        case fast_set_up::complete:
            return radio::set_up_detection::complete;
    }
    return radio::set_up_detection::none;
}

radio::synchronisation::method method_of(base_synchronisation s) {
    switch (s) {
        case base_synchronisation::none:
            return radio::synchronisation::method::none;
        case base_synchronisation::air:
            return radio::synchronisation::method::air;
        case base_synchronisation::lan:
            return radio::synchronisation::method::lan;
    }
    return radio::synchronisation::method::none;
}

}  // namespace

site_world::site_world(factory& f, const site& parameters, std::string path, std::uint32_t index)
    : factory_(f), parameters_(parameters), path_(std::move(path)), number_(f.sites++), index_(index) {
    sim::journal& j = f.sim.journal();
    who_ = j.declare(path_, "site");
    network_entities_.lan_switch = j.declare(path_ + "/switch", "switch", who_);
    network_entities_.router = j.declare(path_ + "/router", "router", who_,
                                         net::to_text(net::mac_address::from_number(first_router_mac + number_)));
    network_entities_.access_line = j.declare(path_ + "/access_line", "access_line", who_);

    std::size_t on_site = 0;
    for (const auto& population : parameters_.bases) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(population.count); ++i, ++on_site) {
            const std::uint32_t number = f.bases++;
            const auto mac = population.first_mac ? net::mac_address::from_number(population.first_mac->number() + i)
                                                  : net::mac_address::from_number(first_base_mac + number);
            const std::string name = fmt::format("{}/base[{}]", path_, on_site);
            const auto id = rfpi_of(static_cast<std::uint16_t>(population.emc), number);
            const auto who = j.declare(name, "base", who_, net::to_text(mac), sim::to_hex(id));
            base_plans_.push_back({&population, who, mac, number, i});
            known_.push_back({name, mac});
        }
    }
    for (std::size_t i = 0; i < parameters_.foreign_hosts.size(); ++i) {
        const auto& host = parameters_.foreign_hosts[i];
        const auto mac = host.mac.value_or(net::mac_address::from_number(first_foreign_mac + f.foreign_hosts++));
        foreign_plans_.push_back(
            {j.declare(fmt::format("{}/foreign[{}]", path_, i), "foreign_host", who_, net::to_text(mac)), mac});
    }
    on_site = 0;
    for (const auto& population : parameters_.handsets) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(population.count); ++i, ++on_site) {
            const std::uint32_t number = f.handsets++;
            const auto serial =
                population.first_number ? static_cast<std::uint32_t>(*population.first_number) + i : number + 1;
            const auto ipei = ipei_of(static_cast<std::uint16_t>(population.emc), static_cast<std::uint32_t>(serial));
            const auto who =
                j.declare(fmt::format("{}/handset[{}]", path_, on_site), "handset", who_, "", sim::to_hex(ipei));
            handset_plans_.push_back({&population, who, ipei, number, i});
        }
    }
}

net::site_network_parameters site_world::network_parameters(internet_world& internet) const {
    net::site_network_parameters p;
    p.lan.port_rate = parameters_.lan.rate;
    p.lan.forwarding_latency = parameters_.lan.latency;
    p.lan.negotiation = parameters_.lan.negotiation;

    const auto& r = parameters_.router;
    p.router.lan_mac = net::mac_address::from_number(first_router_mac + number_);
    p.router.lan_address = r.address;
    p.router.prefix_length = static_cast<unsigned>(r.network.prefix);
    p.router.wan_address = wan_;
    p.router.dhcp_enabled = r.dhcp.enabled;
    const auto dns = internet.dns_address(r.dns);
    p.router.middleboxes = middleboxes_of(parameters_, dns);
    const bool forwards = p.router.middleboxes && p.router.middleboxes->dns;
    p.router.dhcp = dhcp_of(parameters_, r.address, dns && forwards ? r.address : dns, path_);
    if (const auto second = internet.dns_address(r.second_dns); second && !forwards)
        p.router.dhcp.dns.push_back(second);
    p.lan.managed =
        managed_of(parameters_.lan, net::mac_address::from_number(first_switch_mac + number_), path_ + "/switch");
    if (!r.dhcp.served_by.empty()) {
        p.router.dhcp_enabled = false;
        p.router.dhcp_relay_to = internet.serve_dhcp(r.dhcp.served_by, wan_, p.router.dhcp);
        p.router.dhcp = {};
    }
    p.router.nat = translation_of(r.nat);
    if (r.nat.keep_alives_folded) p.router.nat.kept_alive_port = 5060;

    const auto& line = parameters_.access_line;
    p.line.up = {line.up, line.delay, line.loss, line.queue_octets, 0};
    p.line.down = {line.down, line.delay, line.loss, line.queue_octets, 0};
    if (line.load) p.line.load = {line.load->peak, line.load->curve, line.load->begins_at};
    p.mtu = static_cast<std::size_t>(line.mtu);
    p.fragmentation_needed = line.fragmentation_needed;
    return p;
}

std::optional<sim::position> site_world::place_of_handset(std::size_t i) const {
    const auto& plan = handset_plans_.at(i);
    if (!plan.population->places) return {};
    return place_of(*plan.population->places, plan.index, factory_.sim.stream(plan.who, "place"));
}

void site_world::build(internet_world& internet, net::host_pool& pool,
                       const std::vector<sim::position>& handset_places) {
    sim::simulation& s = factory_.sim;
    const auto& addresses = internet.site_addresses();
    wan_ = {addresses.address.value + number_ + 1};
    if (const auto& own = parameters_.router.wan_address) wan_ = {own->value + index_};
    network_ = std::make_unique<net::site_network>(s, network_entities_, network_parameters(internet),
                                                   internet.way_out(parameters_.access_line.gateway));
    if (internet.lines_fail()) network_->offer_line_faults([&internet] { return internet.fresh_address(); });

    radio::path_loss_parameters loss;
    loss.reference_db = parameters_.radio.reference_loss.value();
    loss.exponent = parameters_.radio.exponent;
    loss.floor_loss_db = parameters_.radio.floor_loss.value();
    loss.storey_height_m = parameters_.radio.storey_height_m;
    for (const auto& w : parameters_.radio.walls) {
        loss.walls.push_back({w.from.x_m, w.from.y_m, w.to.x_m, w.to.y_m, w.loss.value()});
    }
    if (const auto& shadowing = parameters_.radio.shadowing) {
        loss.shadowing_db = shadowing->deviation.value();
        loss.shadowing_correlation_m = shadowing->correlation_m;
    }
    if (const auto& fading = parameters_.radio.fading) {
        loss.fades.kind = fading->law == fading_law::rice ? radio::fading_kind::rice : radio::fading_kind::rayleigh;
        loss.fades.rice_k_db = fading->k.value();
        loss.fades.coherence = fading->coherence;
    }
    air_ = radio::make_air(s, who_, loss, {}, parameters_.country);

    for (const auto& plan : base_plans_) {
        if (plan.population->provider.empty() && plan.population->provisioning.method == provisioning_method::default_)
            continue;
        const auto provider = internet.entity_of(plan.population->provider);
        const results::provisioning_intent intent{
            provider ? s.journal().path_of(provider) : std::string(),
            choice_names<provisioning_method>()[static_cast<std::size_t>(plan.population->provisioning.method)]};
        s.publish(plan.who, sim::record::assumption_used{to_text(intent)});
    }
    for (const auto& plan : base_plans_) build_base(plan, pool);
    build_foreign_hosts();
    offer_faults();
    if (handset_plans_.empty()) return;
    rack_ = std::make_unique<models::handset::handset_rack>(fmt::format("handsets_of_site_{}", number_).c_str(),
                                                            handset_plans_.size());
    for (std::size_t i = 0; i < handset_plans_.size(); ++i) {
        build_handset(handset_plans_[i], *rack_, handset_places[i]);
    }
}

void site_world::build_base(const base_plan& plan, net::host_pool& pool) {
    sim::simulation& s = factory_.sim;
    const base_population& p = *plan.population;
    const auto emc = static_cast<std::uint16_t>(p.emc);

    models::base::base_config c;
    c.board.who = plan.who;
    c.board.firmware = firmware_of(factory_, p.firmware, DECTBED_KIND_BASE, plan.who);
    c.board.factory.mac = plan.mac.octets;
    c.board.factory.rfpi = rfpi_of(emc, plan.number);
    c.board.factory.emc = emc;
    const bool learns = p.band_discovery.front() != band_method::sku;
    c.board.factory.band = code_of(p.band, p.eu_band && !learns ? DECTBED_BAND_EU : DECTBED_BAND_NONE);
    c.board.factory.band_discovery = static_cast<std::uint8_t>(p.band_discovery.front());
    for (std::size_t i = 1; i < p.band_discovery.size(); ++i)
        c.board.factory.band_fallbacks.at(i - 1) = static_cast<std::uint8_t>(p.band_discovery[i]);
    if (learns) {
        c.board.factory.stun_server = p.stun_server;
        c.board.factory.geolocation_url = p.geolocation_url;
    }
    c.board.factory.http_proxy = p.http_proxy;
    c.board.factory.bands = bits_of(p.supported_bands);
    if (c.board.factory.tries(DECTBED_BAND_DISCOVERY_BEACON))
        c.board.factory.ipei = portable_identity_of(emc, plan.number);
    c.board.factory.redirection_by_mac = p.redirection_by_mac;
    c.board.factory.model = p.model;
    c.board.factory.serial = fmt::format("{}{:08}", p.serial_prefix, plan.number + 1);
    c.board.factory.redirection_url = p.redirection_url;
    add_to(c.board.factory, p);
    c.board.factory.time_server = p.time_server;
    factory_.tls.equip(c.board.factory, p, plan.mac);
    c.board.flash = geometry_of(p.flash);
    c.board.flash_timing = times_of(p.flash);
    c.board.cpu_speed = p.cpu_speed;
    c.board.boot_time = sim::from_seconds(sim::to_seconds(p.costs.boot) / p.cpu_speed);
    c.board.tls_handshake = p.costs.tls_handshake;
    c.board.tls_resumption = p.costs.tls_resumption;
    c.board.hash_megabyte = p.costs.hash_megabyte;
    c.module = module_of(s, p, *c.board.firmware, plan.who);
    c.http_service = (c.board.firmware->manifest().flags & DECTBED_FLAG_HTTP_SERVICE) != 0;
    check_bursts(s, p, *c.board.firmware, plan.who);
    c.mac_bursts = uses_bursts(*c.board.firmware);
    if (c.module) c.board.factory.ipei = portable_identity_of(emc, plan.number);
    if (p.update) {
        fw::firmware_update update;
        update.image = firmware_of(factory_, p.update->firmware, DECTBED_KIND_BASE, plan.who);
        if ((update.image->manifest().flags & DECTBED_FLAG_HTTP_SERVICE) != 0) c.http_service = true;
        if (uses_module(*update.image) != uses_module(*c.board.firmware))
            throw sim::run_failure(s.journal().path_of(plan.who),
                                   fmt::format("one of '{}' and its update '{}' talks to a DECT module, the other to a "
                                               "radio: no base is made for both",
                                               c.board.firmware->title(), update.image->title()));
        if (uses_bursts(*update.image) != c.mac_bursts)
            throw sim::run_failure(
                s.journal().path_of(plan.who),
                fmt::format("one of '{}' and its update '{}' runs MAC itself, the other does not: no "
                            "base is made for both",
                            c.board.firmware->title(), update.image->title()));
        update.attempts = static_cast<int>(p.update->attempts);
        update.trial = p.update->trial;
        c.board.update = std::make_shared<const fw::firmware_update>(std::move(update));
    }
    c.board.reset_hold = p.reset_hold;
    c.place = place_of(p.places, plan.index, s.stream(plan.who, "place"));
    c.bearers_max = static_cast<int>(p.bearers);
    c.fast_set_up = detection_of(p.listening);
    if (p.synchronisation) c.timing.by = method_of(*p.synchronisation);
    if (static_cast<std::int64_t>(plan.index) < p.synchronisation_roots.value_or(0)) c.timing.level = 1;

    c.clock = clock_of(s.stream(plan.who, "clock"), p.clock_error_ppm);

    auto& port = network_->add_port(plan.who);
    if (parameters_.lan.managed)
        network_->lan().set_up_port(port, port_of(parameters_, static_cast<std::int64_t>(base_ports_.size())));
    base_ports_.push_back(&port);
    bases_.push_back(std::make_unique<models::base::base_station>(fmt::format("base_{}", plan.number), s,
                                                                  factory_.bridge, c, pool, port, *air_));
}

void site_world::build_foreign_hosts() {
    for (std::size_t i = 0; i < foreign_plans_.size(); ++i) {
        const auto& p = parameters_.foreign_hosts[i];
        const auto& plan = foreign_plans_[i];
        auto& port = network_->add_port(plan.who);
        if (parameters_.lan.managed) {
            auto settings = port_of(parameters_, -1);
            if (p.vlan) settings.access_vlan = static_cast<std::uint16_t>(*p.vlan);
            network_->lan().set_up_port(port, settings);
        }
        stations_.push_back(std::make_unique<net::lan_station>(
            factory_.sim, plan.who, station_of(parameters_, p, plan.mac, path_ + "/foreign"), port));
    }
}

void site_world::build_handset(const handset_plan& plan, models::handset::handset_rack& rack,
                               const sim::position& place) {
    sim::simulation& s = factory_.sim;
    const handset_population& p = *plan.population;
    models::handset::handset_config c;
    c.board.who = plan.who;
    c.board.firmware = firmware_of(factory_, p.firmware, DECTBED_KIND_HANDSET, plan.who);
    c.board.factory.ipei = plan.ipei;
    c.board.factory.band = code_of(p.band, DECTBED_BAND_EU);
    c.board.factory.emc = static_cast<std::uint16_t>(p.emc);
    c.board.factory.model = p.model;
    c.board.factory.serial = fmt::format("{}{:08}", p.serial_prefix, plan.number + 1);
    c.board.flash = geometry_of(p.flash);
    c.board.flash_timing = times_of(p.flash);
    c.board.reset_hold = p.reset_hold;
    c.place = place;
    c.power = p.transmit_power;
    c.detects = detection_of(p.listening);
    c.board.factory.bands = bits_of({});
    if (p.beacon) {
        c.board.factory.band_discovery = DECTBED_BAND_DISCOVERY_BEACON;
        c.board.factory.beacon_linger_s = static_cast<std::uint8_t>(sim::to_seconds(p.beacon_linger));
        c.board.factory.rfpi = beacon_rfpi_of(plan.number);
        c.clock = clock_of(s.stream(plan.who, "clock"), base_population{}.clock_error_ppm);
    }
    handsets_.push_back(std::make_unique<models::handset::handset_hardware>(s, factory_.bridge, rack, c, *air_));
}

/// Mains: what has no battery goes off and comes on together.
void site_world::offer_faults() {
    factory_.sim.faults().offer(who_, "power_cut", [this](const sim::fault_arguments&, bool begin) {
        power_cuts_ += begin ? 1 : -1;
        const bool supply = power_cuts_ == 0;
        if (begin && power_cuts_ > 1) return std::string();
        if (!begin && !supply) return std::string();
        network_->router().set_power(supply);
        const std::string cause = supply ? "power restored" : "power cut";
        for (const auto& base : bases_) base->hardware().board().set_supply(supply, cause);
        return std::string();
    });
}

namespace {

/// Where `share` (0..1) of all have got power.
sim::duration instant_of(const power_curve& curve, double share) {
    double all = 0;
    for (std::size_t i = 0; i + 1 < curve.steps.size(); ++i) all += curve.steps[i].weight;
    double left = share * all;
    for (std::size_t i = 0; i + 1 < curve.steps.size(); ++i) {
        const curve_step &from = curve.steps[i], &to = curve.steps[i + 1];
        if (left < from.weight || i + 2 == curve.steps.size()) {
            const double part = from.weight > 0 ? std::min(1.0, left / from.weight) : 0.0;
            return curve.later_by + from.at + sim::from_seconds(sim::to_seconds(to.at - from.at) * part);
        }
        left -= from.weight;
    }
    return curve.later_by;
}

}  // namespace

void site_world::power_up() {
    sim::simulation& s = factory_.sim;
    for (std::size_t i = 0; i < bases_.size(); ++i) {
        const base_population& p = *base_plans_[i].population;
        if (!p.power_on && !p.power_on_curve) continue;
        auto stream = s.stream(base_plans_[i].who, "power_on");
        const sim::duration when =
            p.power_on ? p.power_on->sample_time(stream) : instant_of(*p.power_on_curve, stream.unit());
        s.kernel().after(when, [base = bases_[i].get()] { base->plug_in(); });
    }
    for (std::size_t i = 0; i < handsets_.size(); ++i) {
        if (const auto& when = handset_plans_[i].population->power_on) {
            auto stream = s.stream(handset_plans_[i].who, "power_on");
            s.kernel().after(when->sample_time(stream), [handset = handsets_[i].get()] { handset->insert_battery(); });
        }
    }
}

void site_world::capture(net::capture_set& files, const std::function<bool(const std::string&)>& wanted) {
    for (std::size_t i = 0; i < known_.size(); ++i) {
        if (wanted(known_[i].path)) {
            network_->lan().capture(*base_ports_[i], files.tap(known_[i].path, net::link_type::ethernet));
        }
    }
    const std::string line = path_ + "/access_line";
    if (wanted(line)) network_->line().capture(files.tap(line, net::link_type::raw_ip));
    if (wanted(path_)) {
        air_capture_ = std::make_unique<radio::air_capture>(files.timed_tap(path_ + "/dect", net::link_type::ethernet));
        air_->set_observer(air_capture_.get());
    }
}

void site_world::finish_capture() {
    if (!air_capture_) return;
    air_->set_observer(nullptr);
    air_capture_->finish();
}

}  // namespace dectbed::scenarios
