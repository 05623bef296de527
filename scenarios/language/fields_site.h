// Keys of sites, their network, radio and devices. See spec.h for how the lists are used.
#pragma once

#include "scenarios/language/fields_lan.h"
#include "scenarios/language/spec.h"

namespace dectbed::scenarios {

constexpr double devices_max = 1'000'000;

/// How a placement is written: exactly one of these keys.
struct grid_form {
    sim::position origin;
    std::int64_t columns = 1;
    double step_x_m = 10, step_y_m = 10;
};
struct box_form {
    sim::position from, to;
};
struct placement_form {
    std::optional<sim::position> at;
    std::optional<grid_form> grid;
    std::optional<std::vector<sim::position>> list;
    std::optional<box_form> random;
};

template <class V>
void describe(V& v, grid_form& x) {
    v("origin", x.origin, length(), "Place of number 0.");
    v("columns", x.columns, integer(1, devices_max).required(), "Places in a row; rows follow along y.");
    v("step_x", x.step_x_m, length().from(0), "Distance between neighbours in a row.");
    v("step_y", x.step_y_m, length().from(0), "Distance between rows.");
}
template <class V>
void describe(V& v, box_form& x) {
    v("from", x.from, length().required(), "One corner.");
    v("to", x.to, length().required(), "The opposite corner.");
}
template <class V>
void describe(V& v, placement_form& x) {
    v("at", x.at, length(), "All at one point.");
    v("grid", x.grid, plain(), "Row by row.");
    v("list", x.list, length(), "One place for each.");
    v("random", x.random, plain(), "Uniform within a box; each device's place depends on the seed and its path only.");
    v.rule("", [&]() -> std::string {
        const int written = bool(x.at) + bool(x.grid) + bool(x.list) + bool(x.random);
        return written == 1 ? "" : "expected exactly one of at, grid, list and random";
    });
}

/// How a firmware is written that needs more than a name: exactly one of library, program and platform.
struct firmware_form {
    std::optional<file_ref> library, program, platform;
    std::vector<std::string> arguments;
    std::optional<firmware_place> place;
    std::optional<std::int64_t> memory_octets;
    std::optional<sim::duration> patience;
};
template <class V>
void describe(V& v, firmware_form& x) {
    v("library", x.library, plain(), "A shared library (relative to this file).");
    v("program", x.program, plain(), "A program that speaks the firmware protocol (relative to this file).");
    v("platform", x.platform, plain(),
      "A virtual platform, SystemC modules in a shared library (relative to this file), that joins the run by TLM-2.0 "
      "sockets (docs/models/virtual_platform.md). For bases.");
    v("arguments", x.arguments, text(text_kind::any).or_many(), "Of the program or platform.");
    v("in", x.place, plain(),
      "Where it runs: process, in that of the run, which it can crash; child, in one of its own for each device. "
      "Unset: "
      "child, unless a library is declared re-entrant.");
    v("memory", x.memory_octets, quantity(dimension::octets).from(0).to(1e12),
      "Address space of its process; 0 B: no limit. Unset: 256 MiB, or no limit for code built with a sanitizer.");
    v("patience", x.patience, time(),
      "How long a platform may leave an event in its mailbox before it counts as hung; 0 s: for ever. Unset: 1.6 s.");
    v.rule("", [&]() -> std::string {
        if (x.library.has_value() + x.program.has_value() + x.platform.has_value() != 1)
            return "expected exactly one of library, program and platform";
        if (!x.arguments.empty() && x.library) return "arguments are meaningful only with program and platform";
        if (x.platform && x.place) return "a platform runs in the process of the run: without in";
        if (x.platform && x.memory_octets) return "a platform has no process of its own: without memory";
        if (x.patience && !x.platform) return "patience is meaningful only with platform";
        if (x.place == firmware_place::process && x.program) return "a program runs in a process of its own: in: child";
        if (x.place == firmware_place::process && x.memory_octets)
            return "memory is meaningful only in a child process";
        return "";
    });
}

template <class V>
void describe(V& v, flash_parameters& x) {
    const spec size = quantity(dimension::octets).above(0).to(1 << 28);
    v("size", x.octets, size, "Whole device.");
    v("block", x.block_octets, size, "Unit of erase.");
    v("page", x.page_octets, size, "Largest unit of one program request.");
    v("program_first_octet", x.program_first_octet, time(), "Of one program request; a power cut meanwhile tears it.");
    v("program_further_octet", x.program_further_octet, time(), "Each octet after the first of a request.");
    v("erase_block", x.erase_block, time(), "Time to erase one block.");
    v("read_octet", x.read_octet, time(), "Each octet read.");
    v("endurance", x.endurance, integer(0, 100'000'000),
      "Erase cycles that a block endures; each further one fails and leaves one more bit at 0. 0: any number.");
    v.rule("", [&]() -> std::string {
        return x.octets % x.block_octets == 0 && x.block_octets % x.page_octets == 0
                   ? ""
                   : "size must be a multiple of block, and block of page";
    });
}

template <class V>
void describe(V& v, cost_parameters& x) {
    v("boot", x.boot, time(), "From the end of reset until its firmware is unpacked and gets its first event.");
    v("tls_handshake", x.tls_handshake, time(),
      "Keys and certificates of a whole TLS handshake; 0 s: the firmware's own figures.");
    v("tls_resumption", x.tls_resumption, time(), "Of a resumed one; 0 s: the firmware's own figures.");
    v("hash_megabyte", x.hash_megabyte, time(),
      "SHA-256 of a million octets: of a firmware's image when it has come, and when it starts first.");
}

template <class V>
void describe(V& v, update_parameters& x) {
    v("firmware", x.firmware, plain(), "What the other slot holds after the update; as the base's own firmware.");
    v("attempts", x.attempts, integer(1, 100),
      "Watchdog resets during the trial, the last of which brings the old firmware back.");
    v("trial", x.trial, time(), "So long it must run without one to stay.");
}

template <class V>
void describe(V& v, dect_module_parameters& x) {
    v("start", x.start, time().to(60), "From its reset to its first mail.");
    v("line", x.line, quantity(dimension::rate).from(1200).to(10e6),
      "Serial line between it and the base's processor; ten bits an octet.");
    v("eeprom_write", x.eeprom_write, time().to(1), "Each write of its EEPROM.");
    v("mail_loss", x.mail_loss, share(), "Of all mails, either way.");
    v("resets_on_band_change", x.resets_on_band_change, plain(),
      "It takes a new band over by starting anew, without an answer to the command.");
}

template <class V>
void describe(V& v, curve_step& x) {
    v("at", x.at, time().required(), "From this time after the start on.");
    v("weight", x.weight, plain().from(0).required(), "How many get power from here to the next step, in any unit.");
}
template <class V>
void describe(V& v, power_curve& x) {
    v("file", x.file, plain(), "More steps, lines \"HOUR,WEIGHT\"; relative to this file.");
    v("steps", x.steps, plain(), "Steps in order of time; the last one ends the curve.");
    v("later_by", x.later_by, time(), "Everything so much later, as in a time zone further west.");
}
template <class V>
void describe(V& v, base_population& x) {
    v("name", x.name, text(text_kind::name).maybe(), "Name of this population among several, for merging.");
    v("count", x.count, integer(1, devices_max), "How many; their paths are <site>/base[0], base[1], ...");
    v("places", x.places, plain(), "Where they stand.");
    v("firmware", x.firmware, plain(),
      "reference_base, naive_base (the same without retries and jitter), or a shared library or program (relative to "
      "this "
      "file).");
    v("model", x.model, text(text_kind::short_text), "Model name in the manufacturing data and in User-Agent.");
    v("serial_prefix", x.serial_prefix, text(text_kind::short_text), "Start of the serial number; 8 digits follow.");
    v("emc", x.emc, integer(0, 65535), "Equipment manufacturer code: of the RFPI and of vendor messages.");
    v("first_mac", x.first_mac, plain(), "MAC of the first one; unset: counted from 02:1b:2c:00:00:01 over all sites.");
    v("eu_band", x.eu_band, plain(), "Made for the European band; false: no band is known before the configuration.");
    v("band", x.band, plain(), "Made for this band, one commercial reference for each; unset: as eu_band says.");
    v("band_discovery", x.band_discovery, plain().or_many(),
      "How it learns a band where none is written, receive-only until then: sku, not at all; beacon, a handset names "
      "it; "
      "stun, redirection_echo, the country of its public address does. Several are tried in order.");
    v("stun_server", x.stun_server, text(text_kind::host_port), "Burned in at manufacture, for band_discovery: stun.");
    v("geolocation_url", x.geolocation_url, text(text_kind::url),
      "Burned in at manufacture: where the country of an address is asked; the address is appended.");
    v("http_proxy", x.http_proxy, text(text_kind::host_port).maybe(),
      "Set before it is shipped: the proxy that takes all its HTTP requests; unset: none.");
    v("supported_bands", x.supported_bands, plain(), "What its transceiver can be tuned to; unset: all.");
    v("redirection_by_mac", x.redirection_by_mac, plain(),
      "Ask the redirection server with the MAC alone before waiting for a code.");
    v("redirection_url", x.redirection_url, text(text_kind::url), "Burned in at manufacture.");
    v("time_server", x.time_server, text(text_kind::host).maybe(),
      "Burned in: name or address of an NTP server; unset: none.");
    v("trusts", x.trusts, text(text_kind::name), "Authorities whose root certificates are burned in.");
    v("ca_bundle", x.ca_bundle, plain(),
      "Further root certificates in PEM, imported by the owner; relative to this file.");
    v("tls_versions", x.tls_versions, plain().or_many(), "That it offers; unset: both.");
    v("client_certificate", x.client_certificate, plain(),
      "Has a certificate of its own from manufacture, issued by the authority \"manufacture\".");
    v("bearers", x.bearers, integer(1, 11), "Simultaneous traffic bearers.");
    v("clock_error", x.clock_error_ppm, quantity(dimension::clock_error).from(0).to(50),
      "Amount of the oscillator's error; the sign is drawn too (EN 300 175-2: at most 10 ppm).");
    v("synchronisation", x.synchronisation, plain(),
      "Bases of a site with the same way are in step: over the air from base to base, or over the LAN; unset: none.");
    v("fast_set_up", x.listening, plain(),
      "Fast set-up: a base tells handsets that it has reached to listen for links that it sets up without a page: in "
      "one "
      "slot (selective), or in every slot (complete).");
    v("synchronisation_roots", x.synchronisation_roots, integer(1, devices_max),
      "The first so many take their timing from nobody, and wait for nobody; unset: whoever has looked in vain first.");
    v("cpu_speed", x.cpu_speed, plain().above(0).to(1000),
      "Speed of its processor: whatever its firmware says it computes (starting, handshakes, files) takes its time "
      "divided by this.");
    v("costs", x.costs, plain(), "What computing takes on it.");
    v("update", x.update, plain(),
      "A newer firmware, which it starts when it restarts for an update (by its own request, or the action update).");
    v("module", x.module, plain(),
      "Its DECT module. Only where the firmware talks to one (docs/models/dect_module.md); unset there: the usual "
      "one.");
    v("reset_hold", x.reset_hold, time(), "From power or reset to the firmware's first event.");
    v("flash", x.flash, plain(), "Its flash memory.");
    v("power_on", x.power_on, time(), "Gets power at this time without a person; unset: a person plugs it in.");
    v.rule("band_discovery", [&]() -> std::string {
        const auto& d = x.band_discovery;
        if (d.empty() || d.size() > 4) return "expected one to four methods";
        for (std::size_t i = 0; i < d.size(); ++i) {
            if (d[i] == band_method::sku && d.size() > 1)
                return "sku stands alone: with it the band is known, or never";
            for (std::size_t j = 0; j < i; ++j)
                if (d[i] == d[j]) return "a method is named twice";
        }
        return "";
    });
    v("power_on_curve", x.power_on_curve, plain(), "Or at a time drawn from a curve of deliveries.");
    v("lan", x.lan, plain(), "What it does on its LAN.");
    v("provisioning", x.provisioning, plain(), "How it finds its provisioning server.");
    v("provider", x.provider, text(text_kind::name).maybe(),
      "Key of the provisioning server that is to serve it; another one that it asks counts as misdirection. Unset: "
      "any.");
    v.rule("power_on_curve", [&]() -> std::string {
        return x.power_on && x.power_on_curve ? "expected one of power_on and power_on_curve" : "";
    });
    v.rule("band", [&]() -> std::string {
        return x.eu_band || !x.band ? "" : "eu_band: false means that no band is known; write either of them";
    });
}

template <class V>
void describe(V& v, handset_population& x) {
    v("name", x.name, text(text_kind::name).maybe(), "Name of this population among several, for merging.");
    v("count", x.count, integer(1, devices_max), "How many; their paths are <site>/handset[0], handset[1], ...");
    v("places", x.places, plain(), "Where they lie; unset: with the person who owns them, else at the origin.");
    v("firmware", x.firmware, plain(),
      "reference_handset, plain_handset (a GAP handset without the activation menu), or a shared library or program.");
    v("model", x.model, text(text_kind::short_text), "Model name in the manufacturing data.");
    v("serial_prefix", x.serial_prefix, text(text_kind::short_text), "Start of the serial number; 8 digits follow.");
    v("emc", x.emc, integer(0, 65535), "Equipment manufacturer code: of the IPEI and of vendor messages.");
    v("first_number", x.first_number, integer(0, (1 << 20) - 1),
      "Serial part (20 bits) of the first one's IPEI; unset: counted from 1 over all sites.");
    v("transmit_power", x.transmit_power, quantity(dimension::level).from(-30).to(30), "Nominal transmit power.");
    v("band", x.band, plain(), "Made for this band; unset: the European one.");
    v("fast_set_up", x.listening, plain(),
      "Can listen for links that its base sets up: in one slot (selective), or in one and in every slot (complete).");
    v("beacon", x.beacon, plain(), "Can name a band to bases that have none, and has a menu entry for it.");
    v("beacon_linger", x.beacon_linger, time().to(255),
      "Goes on naming the band for so long after each acknowledgement, in whole seconds; 0 s: ends at the first one.");
    v("reset_hold", x.reset_hold, time(), "From power or reset to the firmware's first event.");
    v("flash", x.flash, plain(), "Its flash memory.");
    v("power_on", x.power_on, time(), "Gets its battery at this time without a person; unset: a person inserts it.");
}

template <class V>
void describe(V& v, lan_parameters& x) {
    v("rate", x.rate, quantity(dimension::rate).above(0), "Each cable of the switched LAN.");
    v("latency", x.latency, time(), "Of the switch, from a frame's last bit in to its first bit out.");
    v("negotiation", x.negotiation, time(), "From power at both ends of a cable to its link being up.");
    v("managed", x.managed, plain(), "A managed switch; unset: a plain one.");
}
template <class V>
void describe(V& v, nat_parameters& x) {
    v("mapping", x.mapping, plain(), "Mapping behaviour (RFC 4787, section 4.1).");
    v("filtering", x.filtering, plain(), "Filtering behaviour (RFC 4787, section 5).");
    v("udp_timeout", x.udp_timeout, time().above(0), "A UDP mapping without outbound traffic ends.");
    v("tcp_timeout", x.tcp_timeout, time().above(0), "An established TCP session without traffic ends.");
    v("tcp_transitory_timeout", x.tcp_transitory_timeout, time().above(0), "A TCP session half open or closing ends.");
    v("refresh_from_outside", x.refresh_from_outside, plain(),
      "Datagrams from outside, too, keep a UDP mapping alive.");
    v("ports", x.ports, plain(),
      "Outside ports of new mappings: the inside one if it is free, in order, or at random.");
    v("keep_parity", x.keep_parity, plain(), "Even ports stay even, odd ones odd (RFC 4787, section 4.2.2).");
    v("hairpinning", x.hairpinning, plain(), "From inside to the router's own outside address (RFC 4787, section 6).");
    v("mappings_max", x.mappings_max, integer(0, 65536), "Mappings at a time; 0: as many as there are ports.");
    v("keep_alives_folded", x.keep_alives_folded, plain(),
      "UDP mappings towards port 5060 last, as if keep-alives went on being sent; the packets are left out.");
}
template <class V>
void describe(V& v, dhcp_parameters& x) {
    v("enabled", x.enabled, plain(), "The router runs a DHCP server.");
    v("pool", x.pool, plain(), "Addresses it leases.");
    v("lease", x.lease, time().from(1), "Lease time (option 51).");
    v("offer_hold", x.offer_hold, time().above(0), "How long an OFFER keeps its address for the client.");
    v("response", x.response, time(), "Delay of each answer.");
    v("domain", x.domain, text(text_kind::host).maybe(), "Option 15; unset: not sent.");
    v("vendor_specific", x.vendor_specific, text(text_kind::hex).maybe(), "Option 43; unset: not sent.");
    v("tftp_server", x.tftp_server, plain().maybe(), "Option 66; unset: not sent.");
    v("renew_after", x.renew_after, time().from(1), "T1 (option 58); unset: half the lease.");
    v("rebind_after", x.rebind_after, time().from(1), "T2 (option 59); unset: seven eighths of the lease.");
    v("administered_by", x.administered_by, plain(),
      "Who sets its options: user, provider, isp (the access provider), or nobody whom the provider can reach: then "
      "there are no options of the provider (ACT-12).");
    v("served_by", x.served_by, text(text_kind::name).maybe(),
      "Key of the server of kind dhcp that the router relays to; unset: the router serves itself.");
    v("options", x.options, plain(), "More options; one that is for the client goes before the above of its code.");
    v("others", x.others, integer(0, 65536),
      "So many addresses, from the pool's first on, are leased to other people's devices at the start.");
    v("others_leave", x.others_leave, time(), "When those leases end, since the start.");
    v.rule("administered_by", [&]() -> std::string {
        const bool provider_speaks = !x.options.empty() || !x.tftp_server.empty() || !x.vendor_specific.empty();
        return x.administered_by == dhcp_administrator::nobody && provider_speaks
                   ? "nobody whom the provider can reach sets options here: leave options, tftp_server and "
                     "vendor_specific out"
                   : "";
    });
}
template <class V>
void describe(V& v, firewall_rules& x) {
    v("allow", x.allow, text(text_kind::egress).or_many(), "What may leave; answers come back by themselves.");
    v("otherwise", x.otherwise, plain(), "What happens to the rest: silence, or an answer by RST or ICMP.");
}
template <class V>
void describe(V& v, portal_parameters& x) {
    v("login_url", x.login_url, text(text_kind::url).maybe(),
      "Where every HTTP request is sent by a 302; unset: a page of the router's own.");
    v("opens_after", x.opens_after, time(),
      "Somebody logs in so long after the start of the run; unset: only the action log_in opens it.");
    v("captures_dns", x.captures_dns, plain(), "Until then every name has the router's address.");
}
template <class V>
void describe(V& v, dns_forwarder& x) {
    v("lie", x.lie, plain(), "wildcard: names that do not exist have `address`; wrong: all names have.");
    v("address", x.address, plain(), "The address that it lies.");
    v("delay", x.delay, time(), "Of each answer, besides the way to the DNS server.");
    v("loss", x.loss, share(), "Of queries.");
}
template <class V>
void describe(V& v, router_parameters& x) {
    v("network", x.network, plain(), "The LAN's network.");
    v("address", x.address, plain(), "The router's LAN address; unset: the network's first host.");
    v("nat", x.nat, plain(), "Address translation.");
    v("dhcp", x.dhcp, plain(), "DHCP server.");
    v("dns", x.dns, text(text_kind::name).maybe(),
      "Key of the server of kind dns that clients are told (option 6); unset: the first one.");
    v("second_dns", x.second_dns, text(text_kind::name).maybe(),
      "Key of another one, told behind it: asked when the first does not answer.");
    v("wan_address", x.wan_address, plain(),
      "Its outside address, of an array the first one's; unset: from internet.site_addresses.");
    v("sip_alg", x.sip_alg, plain(),
      "Gateway for SIP over UDP: rewrite puts outside addresses into Via and Contact; corrupt does so badly.");
    v("firewall", x.firewall, plain(), "What may leave the site; unset: everything.");
    v("captive_portal", x.captive_portal, plain(), "Lets nobody out before a login; unset: none.");
    v("dns_forwarder", x.forwards_dns, plain(),
      "Clients are told the router itself as DNS server, and it passes their questions on; unset: none.");
    v("clamp_mss", x.clamp_mss, plain(), "Lowers the MSS of TCP connections to what fits the line's MTU.");
}
template <class V>
void describe(V& v, line_load& x) {
    v("peak", x.peak, share().to(0.95), "Share of the line that others take in the busiest hour.");
    v("curve", x.curve, plain(), "How the share changes over the day.");
    v("begins_at", x.begins_at, time().to(86400), "Time of day at which the run begins, since midnight.");
}
template <class V>
void describe(V& v, access_line_parameters& x) {
    const line_profile before = x.profile;
    v("profile", x.profile, plain(), "Kind of line, whose figures the keys that follow have unless they are written.");
    if (x.profile != before) x = line_of(x.profile);
    v("down", x.down, quantity(dimension::rate).above(0), "Towards the site.");
    v("up", x.up, quantity(dimension::rate).above(0), "From the site.");
    v("delay", x.delay, time(), "One way, each packet; order is kept.");
    v("loss", x.loss, share(), "Of packets, each direction.");
    v("queue", x.queue_octets, quantity(dimension::octets).from(1500), "Each direction; more is dropped.");
    v("mtu", x.mtu, integer(576, 1500), "Largest datagram that it carries, octets.");
    v("fragmentation_needed", x.fragmentation_needed, plain(),
      "Senders of longer ones are told by ICMP (RFC 1191); false: a black hole.");
    v("load", x.load, plain(), "Traffic of others by the time of day: takes rate and adds delay; unset: none.");
    v("gateway", x.gateway, text(text_kind::name).maybe(),
      "Key of internet.gateways: carrier-grade NAT or VPN that the site leaves through; unset: none.");
}
template <class V>
void describe(V& v, wall_parameters& x) {
    v("from", x.from, length().required(), "One end.");
    v("to", x.to, length().required(), "The other end.");
    v("loss", x.loss, quantity(dimension::gain).from(0).to(100), "Each time a path crosses it.");
}
template <class V>
void describe(V& v, shadowing_parameters& x) {
    v("deviation", x.deviation, quantity(dimension::gain).above(0).to(20),
      "Standard deviation of the additional loss.");
    v("correlation", x.correlation_m, length().from(0.5).to(1000),
      "Moving one end so far lowers the correlation of the loss to 1/e.");
}
template <class V>
void describe(V& v, fading_parameters& x) {
    v("law", x.law, plain(), "rayleigh: many paths alike; rice: one of them stands out.");
    v("k", x.k, quantity(dimension::gain).from(-20).to(40), "Rice: the steady path's power over that of all others.");
    v("coherence", x.coherence, time().from(0.001).to(3600),
      "The gain is constant for so long, then independent of what it was.");
}
template <class V>
void describe(V& v, radio_parameters& x) {
    v("reference_loss", x.reference_loss, quantity(dimension::gain).from(0).to(200), "Path loss at 1 m.");
    v("exponent", x.exponent, plain().from(1).to(8), "Of the log-distance law; 2 is free space.");
    v("floor_loss", x.floor_loss, quantity(dimension::gain).from(0).to(100), "Each floor between two storeys.");
    v("storey_height", x.storey_height_m, length().from(0.1), "Height of a storey.");
    v("walls", x.walls, plain(), "Walls, through every storey.");
    v("shadowing", x.shadowing, plain(), "Log-normal shadowing; unset: none.");
    v("fading", x.fading, plain(), "Block fading; unset: none.");
}

}  // namespace dectbed::scenarios
