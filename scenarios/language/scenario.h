// A scenario as the rest of the house sees it: units resolved, every default filled in, every reference
// checked. load() (language/load.h) makes it from YAML; it is const from then on.
//
// The member initialisers here are the defaults of the language. language/fields.h lists, for each struct,
// the key, unit, range and description of every member; parsing, dumping, the JSON Schema and the tables of
// docs/scenario_language.md all follow from that one list.
//
// Units: sim::duration for times that are not drawn; distributions of time in seconds; lengths in metres;
// shares per one; clock errors in ppm; octets in octets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/network/address.h"
#include "models/network/link/load_curve.h"
#include "models/network/link/middlebox_parameters.h"
#include "models/network/link/nat_behaviour.h"
#include "models/person/parameters.h"
#include "results/expectation.h"
#include "scenarios/language/lan_keys.h"
#include "scenarios/language/notations.h"
#include "scenarios/language/scenario_servers.h"
#include "scenarios/language/scenario_web.h"
#include "scenarios/language/server_choices.h"
#include "sim/distribution.h"
#include "sim/faults.h"
#include "sim/time.h"
#include "sim/units.h"

namespace dectbed::scenarios {

/// A map that keeps the order in which it was written.
template <class T>
using named = std::vector<std::pair<std::string, T>>;

// --- places ----------------------------------------------------------------------------------------------

/// One of: all at one point, a grid, a list, or random within a box.
struct placement {
    enum class kind { at, grid, list, random };
    kind what = kind::at;
    sim::position origin;                 ///< at: the point; grid: place of number 0; random: one corner
    sim::position corner;                 ///< random: the opposite corner
    int columns = 1;                      ///< grid: row by row, from the origin along x, then y
    double step_x_m = 10, step_y_m = 10;  ///< grid
    std::vector<sim::position> list;      ///< list: as many as there are devices, or more
};

// --- manufacture and devices -----------------------------------------------------------------------------

enum class firmware_place { process, child };

/// One of the firmwares that are linked in, a shared library, a program, or a virtual platform.
struct firmware_choice {
    std::string builtin;  ///< "reference_base", "naive_base", "reference_handset", "plain_handset"; empty: a file
    file_ref file;        ///< a shared library if its name has ".so" in it, else a program
    std::vector<std::string> arguments{};         ///< of a program or platform
    std::optional<firmware_place> place{};        ///< unset: as the library says of itself; a program is always a child
    std::optional<std::int64_t> memory_octets{};  ///< of a child; 0: no limit
    bool platform = false;                        ///< the file is a virtual platform
    std::optional<sim::duration> patience{};      ///< of a platform; 0: for ever
};

/// NOR flash of a device.
struct flash_parameters {
    std::int64_t octets = 8 << 20, block_octets = 4096, page_octets = 256;
    sim::duration program_first_octet = std::chrono::microseconds{30};
    sim::duration program_further_octet = std::chrono::nanoseconds{2500};
    sim::duration erase_block = std::chrono::milliseconds{45};
    sim::duration read_octet = std::chrono::nanoseconds{160};
    std::int64_t endurance = 0;  ///< erase cycles of a block; 0: any number
};

/// What computing takes on a device's processor, before cpu_speed divides it.
struct cost_parameters {
    sim::duration boot{0};
    sim::duration tls_handshake{0}, tls_resumption{0};  ///< 0: the firmware's own figures
    sim::duration hash_megabyte = std::chrono::milliseconds{25};
};

/// What a device finds when it restarts for an update, and how the boot loader proves it.
struct update_parameters {
    firmware_choice firmware{"reference_base", {}};
    std::int64_t attempts = 3;  ///< watchdog resets, the last of which brings the old one back
    sim::duration trial = std::chrono::minutes{10};
};

/// The DECT module of a base whose firmware talks to one.
struct dect_module_parameters {
    sim::duration start = std::chrono::milliseconds{1200};
    sim::bit_rate line{115'200};
    sim::duration eeprom_write = std::chrono::milliseconds{5};
    double mail_loss = 0;
    bool resets_on_band_change = false;
};

/// Band a device is made for, with the codes of the firmware interface.
enum class commercial_band {
    eu = 1,
    us = 2,
    latin_america = 3,
    brazil = 4,
    japan = 5,
    korea = 6,
    taiwan = 7,
    china = 8,
    thailand = 9
};

/// How a base without a configuration learns its band, with the codes of the firmware interface.
enum class band_method { sku = 0, beacon = 1, stun = 2, redirection_echo = 3 };
enum class base_synchronisation { none, air, lan };
enum class fast_set_up { none, selective, complete };

/// From `at` on, until the next step: how many get power there, in any unit.
struct curve_step {
    sim::duration at{0};
    double weight = 0;
};

/// When many devices get power, as a delivery or a working day spreads them.
struct power_curve {
    std::optional<file_ref> file;   ///< more steps, lines "HOUR,WEIGHT"; consumed by load
    std::vector<curve_step> steps;  ///< in order of time; the last one ends the curve
    sim::duration later_by{0};      ///< for those further west
};

/// `count` like bases. Their numbers go on where the site's populations before ended.
struct base_population {
    std::string name;  ///< for merging and messages; may be empty
    std::int64_t count = 1;
    placement places;
    firmware_choice firmware{"reference_base", {}};
    std::string model = "DB-100";                           ///< manufacturing data; at most 31 characters
    std::string serial_prefix = "DB";                       ///< followed by the number in 8 digits
    std::int64_t emc = 0x0DB0;                              ///< equipment manufacturer code
    std::optional<models::network::mac_address> first_mac;  ///< unset: counted from 02:1b:2c:00:00:01
    bool eu_band = true;                                    ///< SKU for the European band; false: no band, learn it
    std::optional<commercial_band> band;  ///< unset: the European one, if eu_band; none, if a beacon tells
    std::vector<band_method> band_discovery{band_method::sku};  ///< where no band is written, in this order
    std::vector<commercial_band> supported_bands;               ///< what its transceiver can be tuned to; empty: all
    bool redirection_by_mac = true;                             ///< first ask the redirection server with the MAC alone
    std::string redirection_url = "http://redirect.vendor.example/v1/redirections";
    std::string stun_server = "stun.vendor.example";                        ///< burned in; "host" or "host:port"
    std::string geolocation_url = "http://geo.vendor.example/v1/country/";  ///< burned in
    std::string http_proxy;                                                 ///< manufacturing data; empty: none
    std::string time_server;                    ///< burned in: name or address of an NTP server; empty: none
    std::vector<std::string> trusts{"vendor"};  ///< authorities whose root is burned in
    std::optional<file_ref> ca_bundle;          ///< further roots in PEM, imported
    std::vector<tls_version> tls_versions;      ///< of its TLS client; empty: both
    bool client_certificate = true;             ///< has one from manufacture
    std::int64_t bearers = 8;                   ///< simultaneous traffic bearers
    sim::distribution clock_error_ppm = sim::distribution::uniform(0, 10);  ///< amount; the sign is drawn too
    std::optional<base_synchronisation> synchronisation;                    ///< unset: none
    std::optional<std::int64_t> synchronisation_roots;          ///< the first so many give others their timing
    fast_set_up listening = fast_set_up::none;                  ///< what it tells handsets that it has reached
    double cpu_speed = 1;                                       ///< of its processor, beside the firmware's own figures
    cost_parameters costs;                                      ///< the same figures, set from outside
    std::optional<update_parameters> update;                    ///< unset: there is none to be had
    std::optional<dect_module_parameters> module;               ///< unset: as usual, where the firmware has one
    sim::duration reset_hold = std::chrono::milliseconds{240};  ///< power or reset to the firmware's first event
    flash_parameters flash;
    std::optional<sim::distribution> power_on;  ///< after the start, without a person; unset: a person's task
    std::optional<power_curve> power_on_curve;  ///< or by a curve
    base_lan_parameters lan;
    base_provisioning_parameters provisioning;
    std::string provider;  ///< key of the provisioning server that is to serve it; may be empty
};

struct handset_population {
    std::string name;
    std::int64_t count = 1;
    std::optional<placement> places;  ///< unset: with the person who owns it, else at the origin
    firmware_choice firmware{"reference_handset", {}};
    std::string model = "DH-10";
    std::string serial_prefix = "DH";
    std::int64_t emc = 0x0DB0;                 ///< also the EMC of its IPEI
    std::optional<std::int64_t> first_number;  ///< serial part of the IPEI; unset: counted from 1
    sim::dbm transmit_power = sim::dbm::of(24);
    std::optional<commercial_band> band;        ///< unset: the European one
    fast_set_up listening = fast_set_up::none;  ///< what it can do
    bool beacon = false;                        ///< can be a beacon for bases without a band, and has the menu for it
    sim::duration beacon_linger{0};             ///< goes on with it for so long after an acknowledgement
    sim::duration reset_hold = std::chrono::milliseconds{240};
    flash_parameters flash;
    std::optional<sim::distribution> power_on;
};

// --- people ------------------------------------------------------------------------------------------------

using person_pace = models::person::person_parameters;

struct plugs_in_task {
    selection bases{{{}}, "all", ""};
    sim::distribution each = sim::distribution::lognormal(60, 180);  ///< unpack, place, connect two cables
};
struct inserts_battery_task {
    selection handsets{{{selection::term::kind::own, 0, 0}}, "own", ""};
    sim::distribution each = sim::distribution::lognormal(25, 60);
};
struct activates_task {
    selection handset{{{selection::term::kind::own, 0, 0}}, "own", ""};  ///< exactly one (of own: the first)
    /// What the person believes the code is: the first at first, the next after each refusal, then the last.
    std::vector<std::string> codes;
    selection bases{{{}}, "all", ""};                                   ///< whose LEDs the person wants to see on
    bool brings_back = true;                                            ///< carries the handset back to where it was
    sim::distribution code_arrives = sim::distribution::constant(0.0);  ///< after the start of the run
    double code_lost = 0;                                               ///< probability that it never does
};
struct calls_task {
    selection handset{{{selection::term::kind::own, 0, 0}}, "own", ""};  ///< exactly one (of own: the first)
    std::int64_t times = 1;
    sim::distribution interval = sim::distribution::constant(20.0);  ///< between two attempts
};

struct registers_task {
    selection handset{{{selection::term::kind::own, 0, 0}}, "own", ""};  ///< exactly one (of own: the first)
    /// What the person believes the PIN is: the first at first, the next after each refusal, then the last.
    std::vector<std::string> pins;
    selection bases{{{}}, "all", ""};  ///< one of those next to the person is to be in service first
};
struct holds_button_task {
    selection bases{{{}}, "all", ""};
    sim::distribution time = sim::distribution::constant(4.0);
};

struct sets_band_task {
    selection handset{{{selection::term::kind::own, 0, 0}}, "own", ""};  ///< exactly one (of own: the first)
    commercial_band band = commercial_band::eu;                          ///< what the person believes is right
    std::int64_t times = 3;                                              ///< tries, if no base is found
};

/// One task; exactly one of the members after `not_before` is set. A person does tasks in order.
struct task {
    std::optional<sim::distribution> not_before;  ///< since the start of the run
    std::optional<plugs_in_task> plugs_in;
    std::optional<inserts_battery_task> inserts_battery;
    std::optional<activates_task> activates;
    std::optional<calls_task> calls;
    std::optional<registers_task> registers;
    std::optional<holds_button_task> holds_button;
    std::optional<sets_band_task> sets_band;
    std::optional<sim::distribution> waits;
};

/// One person ("office/person/installer") or, with `count`, several ("office/person/user[7]").
struct person_population {
    std::optional<std::int64_t> count;
    placement places;
    sim::distribution arrives = sim::distribution::constant(0.0);  ///< after the start of the run
    /// Handsets that are "own". Person i of n gets the i-th of n equal parts, [i*m/n, (i+1)*m/n) of m.
    selection handsets;
    person_pace pace;
    std::vector<task> tasks;
};

// --- sites --------------------------------------------------------------------------------------------------

struct lan_parameters {
    sim::bit_rate rate{100'000'000};
    sim::duration latency = std::chrono::microseconds{5};  ///< of the switch
    sim::duration negotiation{0};                          ///< from power at both ends of a cable to link up
    std::optional<managed_lan_parameters> managed;         ///< unset: a plain switch
};

using models::network::hairpinning;
using models::network::nat_behaviour;
using models::network::port_allocation;

struct nat_parameters {
    nat_behaviour mapping = nat_behaviour::endpoint_independent;
    nat_behaviour filtering = nat_behaviour::address_and_port_dependent;
    sim::duration udp_timeout = std::chrono::minutes{5};             // RFC 4787, REQ-5: recommended default
    sim::duration tcp_timeout = std::chrono::minutes{124};           // RFC 5382, REQ-5: not less than 2 h 4 min
    sim::duration tcp_transitory_timeout = std::chrono::minutes{4};  // RFC 5382, REQ-5
    bool refresh_from_outside = true;
    port_allocation ports = port_allocation::preserve;
    bool keep_parity = false;
    models::network::hairpinning hairpinning = models::network::hairpinning::external_source;
    int mappings_max = 0;
    bool keep_alives_folded = false;  ///< of SIP, into the state of the table
};

using models::network::dns_lie;
using models::network::sip_alg_mode;

enum class firewall_answer { drop, reject };
struct firewall_rules {
    std::vector<std::string> allow;  ///< egress_rule.h has the notation
    firewall_answer otherwise = firewall_answer::drop;
};
struct portal_parameters {
    std::string login_url;                     ///< empty: a page of the router's own
    std::optional<sim::duration> opens_after;  ///< unset: only by the action log_in
    bool captures_dns = false;
};
struct dns_forwarder {
    dns_lie lie = dns_lie::none;
    models::network::ipv4_address address{0xC0000250};  ///< that it lies: 192.0.2.80
    sim::distribution delay = sim::distribution::constant(0.0);
    double loss = 0;
};

struct dhcp_parameters {
    bool enabled = true;
    ipv4_range pool{{0xC0A80164}, {0xC0A801C7}};  ///< 192.168.1.100-192.168.1.199
    sim::duration lease = std::chrono::hours{24};
    sim::duration offer_hold = std::chrono::minutes{2};                    ///< how long an OFFER keeps its address
    sim::distribution response = sim::distribution::uniform(0.002, 0.02);  ///< delay of each answer
    std::string domain;                                                    ///< option 15; empty: not sent
    std::string vendor_specific;                                           ///< option 43, hexadecimal; empty: not sent
    std::string tftp_server;                                               ///< option 66; empty: not sent
    std::optional<sim::duration> renew_after, rebind_after;                ///< options 58 and 59
    dhcp_administrator administered_by = dhcp_administrator::user;
    std::string served_by;  ///< key of a server of kind dhcp; empty: the router
    std::vector<dhcp_option_entry> options;
    std::int64_t others = 0;                              ///< addresses leased to devices that are not modelled
    sim::duration others_leave = std::chrono::hours{24};  ///< since the start
};

struct router_parameters {
    ipv4_network network{{0xC0A80100}, 24};  ///< 192.168.1.0/24
    models::network::ipv4_address address;   ///< resolved: the network's first host if not written
    nat_parameters nat;
    dhcp_parameters dhcp;
    std::string dns;         ///< key of the dns server that clients are told; resolved
    std::string second_dns;  ///< key of another one that they are told behind it; empty: none
    std::optional<models::network::ipv4_address> wan_address;  ///< unset: from internet.site_addresses
    sip_alg_mode sip_alg = sip_alg_mode::off;
    std::optional<firewall_rules> firewall;  ///< unset: everything may leave
    std::optional<portal_parameters> captive_portal;
    std::optional<dns_forwarder> forwards_dns;  ///< unset: clients are told the DNS server itself
    bool clamp_mss = false;
};

using models::network::load_curve;

struct line_load {
    double peak = 0.5;  ///< share of the line that others take in the busiest hour
    load_curve curve = load_curve::residential;
    sim::duration begins_at{0};  ///< time of day at which the run begins, since midnight
};

/// What people call a line by. Its figures are the defaults of the keys that follow; docs/models/middleboxes.md.
enum class line_profile { custom, fibre, dsl, cable, lte, satellite };

struct access_line_parameters {
    line_profile profile = line_profile::custom;
    sim::bit_rate down{20'000'000}, up{5'000'000};
    sim::distribution delay = sim::distribution::constant(0.008);  ///< one way, each packet; order is kept
    double loss = 0;                                               ///< per one, each direction
    std::int64_t queue_octets = 65536;                             ///< each direction
    std::int64_t mtu = 1500;                                       ///< IPv4 octets
    bool fragmentation_needed = true;  ///< what is too long is answered by ICMP; false: it vanishes
    std::optional<line_load> load;     ///< of others on the same line or cell; unset: none
    std::string gateway;               ///< key of internet.gateways through which the site leaves; empty: none
};

struct wall_parameters {
    sim::position from, to;  ///< z is ignored: through every storey
    sim::db loss = sim::db::of(6);
};

struct shadowing_parameters {
    sim::db deviation = sim::db::of(5);
    double correlation_m = 10;
};

enum class fading_law { rayleigh, rice };

struct fading_parameters {
    fading_law law = fading_law::rayleigh;
    sim::db k = sim::db::of(6);  ///< only of rice
    sim::duration coherence = std::chrono::milliseconds{100};
};

struct radio_parameters {
    sim::db reference_loss = sim::db::of(37);  ///< at 1 m
    double exponent = 3.0;
    sim::db floor_loss = sim::db::of(18.3);
    double storey_height_m = 3.0;
    std::vector<wall_parameters> walls;
    std::optional<shadowing_parameters> shadowing;  ///< unset: none
    std::optional<fading_parameters> fading;        ///< unset: none
};

/// One site, or with `count` an array of like sites ("home[0]", "home[1]", ...).
struct site {
    std::optional<std::int64_t> count;
    std::string country = "DE";  ///< ISO 3166 alpha-2: whose rules count what is sent out of band
    lan_parameters lan;
    router_parameters router;
    access_line_parameters access_line;
    std::vector<foreign_host_parameters> foreign_hosts;
    radio_parameters radio;
    std::vector<base_population> bases;
    std::vector<handset_population> handsets;
    named<person_population> people;
};

// --- the Internet and its servers ------------------------------------------------------------------------------

/// What all traffic of some sites leaves through, behind its address.
struct gateway {
    gateway_kind kind = gateway_kind::carrier_nat;
    models::network::ipv4_address address;  ///< the first of its public ones
    std::int64_t addresses = 1;
    std::int64_t ports_per_site = 1024;  ///< RFC 7422; 64512: a site has an address to itself
    nat_parameters nat;
    sim::duration latency{0};  ///< one way, besides that of the Internet
};

struct internet_parameters {
    sim::distribution latency = sim::distribution::constant(0.01);  ///< one way, each packet; order is kept
    ipv4_network site_addresses{{0x64400000}, 10};  ///< 100.64.0.0/10: site i's WAN address is its host i + 1
    named<gateway> gateways;
};

// --- what happens and what is demanded, as written (for dumps); the resolved forms follow in scenario ------------

struct record_clause {
    std::string record;
    std::string who;
    named<std::vector<std::string>> where;
};
struct trigger_clause {
    std::string record, who;
    named<std::vector<std::string>> where;
    std::int64_t nth = 1;
    std::optional<std::int64_t> octet, body_octet;
    bool every = false;
    std::vector<record_clause> after;  ///< one after the other
};
struct timeline_clause {
    std::string name;
    std::optional<sim::duration> at;
    std::optional<trigger_clause> on;
    sim::duration delay{0};
    std::string action;  ///< key "do"
    std::string target;
    std::optional<sim::duration> lasts;  ///< key "for"
    named<std::string> with;
};

struct how_many_text {
    results::how_many value;
};
struct limit_text {
    results::limit value;  ///< unit by the field
};
struct failed_clause {
    std::string cause;
    how_many_text count;
};
struct devices_clause {
    std::string which;
    std::optional<how_many_text> ready, powered, misdirected;
    std::optional<failed_clause> failed;
    std::optional<sim::duration> by;
};
struct bound_clause {
    std::optional<sim::duration> at;
    std::optional<record_clause> record;
};
struct expectation_clause {
    std::string name;
    std::optional<devices_clause> bases, handsets;
    std::string phase, of, which;
    std::optional<limit_text> n, min, mean, p50, p90, p95, p99, max;
    std::string server;
    std::optional<limit_text> requests, peak_rps, bytes, errors, refused, queue_max, connections_max, retries,
        handshakes;
    std::optional<record_clause> never, eventually;
    std::optional<bound_clause> after, before;
    std::optional<sim::duration> by;
    std::optional<limit_text> count;
    std::string each;
    std::vector<record_clause> order;
    bool all_steps = true;
};

/// A fault at a record that a sim::record_match cannot describe: by comparisons and patterns, after others, or by an
/// octet of an HTTP body. The world watches for it (scenarios/triggers.h).
struct watched_fault {
    sim::fault_spec fault;  ///< neither `at` nor `on`; target with {who} and {client}
    results::record_pattern when;
    std::vector<results::record_pattern> after;  ///< must have come before, one after the other
    std::optional<std::int64_t> octet, body_octet;
    std::uint64_t nth = 1;
};

// --- the whole -----------------------------------------------------------------------------------------------------

enum class end_rule {
    limit,  ///< runs for the whole duration
    /// Ends `linger` after this has become true: every person has finished, every timed action of the timeline is
    /// over, and every device that has power is ready. Where that never comes true, at the limit.
    settled,
};

struct scenario {
    std::string name;  ///< stem of its file unless written
    file_ref file;     ///< where it was loaded from
    std::string description;
    sim::duration duration = std::chrono::hours{1};  ///< limit of simulated time
    end_rule ends = end_rule::settled;
    sim::duration linger = std::chrono::seconds{30};
    instant starts_at{1'735'689'600};  ///< wall clock at the start: 2025-01-01T00:00:00Z
    tls_parameters tls;
    std::uint64_t seed = 1;         ///< unless the command line says otherwise
    std::vector<std::string> pcap;  ///< globs over links: sites' devices, access lines, servers
    named<vendor_profile> vendors;
    internet_parameters internet;
    named<server> servers;
    named<site> sites;
    std::vector<timeline_clause> timeline_clauses;
    std::vector<expectation_clause> expectation_clauses;

    // Resolved from the clauses:
    std::vector<sim::fault_spec> timeline;  ///< arguments in base units (s, bit/s, per one) as text
    std::vector<watched_fault> watched;
    std::vector<results::record_pattern>
        triggers;  ///< of every clause with `on`, in order, for programs that make some
    std::vector<std::pair<sim::time_point, std::string>> markers;  ///< "do: mark"
    std::vector<results::expectation> expectations;
};

}  // namespace dectbed::scenarios
