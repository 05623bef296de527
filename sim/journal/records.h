// What can be said in the journal: the vocabulary of typed records.
//
// Models publish these and know nothing of reports; metrics, expectations and reports read these and
// know nothing of models; fault triggers match them. A record says what anyone could have observed: on
// the wire, in the air, in flash, on LEDs, at a registrar, by a person. Only `state_changed` and
// `firmware_log` are a firmware's own words, and nothing is judged by them.
//
// Each record has a name (as scenarios and exports write it) and one field list, which the digest, the
// export, the expectations and the fault triggers share. Fields are integers, booleans, strings,
// durations (picoseconds) and entity ids; no floating point, so that a digest has no rounding.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "sim/time.h"

namespace dectbed::sim {

/// Number of an entity in declaration order; 0 is "none".
struct entity_id {
    std::uint32_t value = 0;
    explicit operator bool() const { return value != 0; }
    friend bool operator==(entity_id a, entity_id b) { return a.value == b.value; }
    friend bool operator!=(entity_id a, entity_id b) { return a.value != b.value; }
    friend bool operator<(entity_id a, entity_id b) { return a.value < b.value; }
};

namespace record {

#define DECTBED_RECORD(record_name)                              \
    static constexpr const char* name = #record_name;            \
    template <class Visitor>                                     \
    void fields(Visitor&& f) const

// --- the run -------------------------------------------------------------------------------------

struct run_started {
    std::string scenario, scenario_digest, version;
    std::uint64_t seed = 0;
    DECTBED_RECORD(run_started) { f("scenario", scenario); f("scenario_digest", scenario_digest); f("version", version); f("seed", seed); }
};
struct run_ended {
    std::string reason;  ///< "everything settled", "limit reached", ...
    DECTBED_RECORD(run_ended) { f("reason", reason); }
};
/// Published once for every entity; the record's `who` is the entity itself.
struct entity_declared {
    std::string path;   ///< "office/base[3]"
    std::string kind;   ///< "site", "base", "handset", "person", "router", "dhcp_server", "server", ...
    entity_id parent;
    std::string mac;    ///< "" if it has none; "02:1b:.."
    std::string radio_identity;  ///< RFPI or IPEI, hexadecimal, if it has one
    DECTBED_RECORD(entity_declared) { f("path", path); f("kind", kind); f("parent", parent); f("mac", mac); f("radio_identity", radio_identity); }
};
/// An unconfirmed parameter or a stand-in that this run uses; listed in its summary.
struct assumption_used {
    std::string text;
    DECTBED_RECORD(assumption_used) { f("text", text); }
};
struct fault_applied {
    entity_id target;
    std::string action, detail;
    DECTBED_RECORD(fault_applied) { f("target", target); f("action", action); f("detail", detail); }
};
/// A statement of the scenario's timeline became effective ("phase" marks for reports).
struct marker {
    std::string text;
    DECTBED_RECORD(marker) { f("text", text); }
};

// --- devices (who = the base or handset) ------------------------------------------------------------

struct power_changed {
    bool on = false;
    std::string cause;  ///< "plugged in", "battery inserted", "power cut", "power restored"
    DECTBED_RECORD(power_changed) { f("on", on); f("cause", cause); }
};
struct device_reset {
    std::string cause;  ///< "power_on", "brown_out", "watchdog", "software", "update"
    DECTBED_RECORD(device_reset) { f("cause", cause); }
};
/// Announced by the firmware; a diagnostic.
struct state_changed {
    std::string machine, from, to, cause;
    DECTBED_RECORD(state_changed) { f("machine", machine); f("from", from); f("to", to); f("cause", cause); }
};
struct firmware_log {
    std::int64_t level = 0;  ///< 0 error, 1 warning, 2 info, 3 debug
    std::string text;
    DECTBED_RECORD(firmware_log) { f("level", level); f("text", text); }
};
struct led_changed {
    std::int64_t led = 0;
    std::string pattern;  ///< "off", "on", "blink_slow", "blink_fast", "flash"
    DECTBED_RECORD(led_changed) { f("led", led); f("pattern", pattern); }
};
struct key_pressed {
    std::string key;  ///< "0".."9", "star", "hash", "menu", "ok", "clear", "off_hook", "on_hook", "button"
    DECTBED_RECORD(key_pressed) { f("key", key); }
};
struct display_changed {
    std::string text;  ///< all lines, separated by "\n"
    DECTBED_RECORD(display_changed) { f("text", text); }
};
/// Start of a program operation; a power cut before `takes` has passed tears it.
struct flash_write {
    std::int64_t ordinal = 0, address = 0, octets = 0;  ///< ordinal counts this device's writes from 1
    duration takes{0};
    DECTBED_RECORD(flash_write) { f("ordinal", ordinal); f("address", address); f("octets", octets); f("takes", takes); }
};
struct flash_erase {
    std::int64_t ordinal = 0, address = 0, octets = 0;
    duration takes{0};
    DECTBED_RECORD(flash_erase) { f("ordinal", ordinal); f("address", address); f("octets", octets); f("takes", takes); }
};
struct flash_torn {
    std::int64_t address = 0, octets_done = 0, octets_lost = 0;
    DECTBED_RECORD(flash_torn) { f("address", address); f("octets_done", octets_done); f("octets_lost", octets_lost); }
};
struct watchdog_fired {
    DECTBED_RECORD(watchdog_fired) { (void)f; }
};

// --- network ----------------------------------------------------------------------------------------

/// who = the DHCP server; `client` = the device with that MAC, if it is one of ours.
struct dhcp_message {
    std::string type;  ///< "DISCOVER", "OFFER", "REQUEST", "ACK", "NAK", "DECLINE", "RELEASE", "INFORM"
    std::string client_mac, address;
    std::uint64_t xid = 0;
    entity_id client;
    std::string relay = {};    ///< the relay agent's address; "" without one
    std::string server = {};   ///< option 54; "" if absent
    std::int64_t lease_s = 0;  ///< option 51 as granted or asked for; 0 if absent
    std::string facts = {};    ///< other options worth reading: "vendor class ...", "boot server ..."
    DECTBED_RECORD(dhcp_message) { f("type", type); f("client_mac", client_mac); f("address", address); f("xid", xid); f("client", client); f("relay", relay); f("server", server); f("lease_s", lease_s); f("facts", facts); }
};
/// who = a host that noticed that another one uses an address, its own or one it was about to use (RFC 5227).
struct address_conflict {
    std::string address, mac;  ///< mac: of the other
    DECTBED_RECORD(address_conflict) { f("address", address); f("mac", mac); }
};
/// who = the switch: a port that did not simply forward, or does not any more.
struct switch_port_changed {
    entity_id device;   ///< at the port's other end
    std::string state;  ///< "blocking", "learning", "forwarding", "closed", "open"
    std::int64_t vlan = 0;  ///< untagged frames belong to it; 0: no VLANs
    DECTBED_RECORD(switch_port_changed) { f("device", device); f("state", state); f("vlan", vlan); }
};
/// who = a device that has learnt from LLDP where it is connected.
struct lldp_heard {
    std::string system;
    std::int64_t voice_vlan = -1;  ///< of LLDP-MED's network policy; -1: none
    DECTBED_RECORD(lldp_heard) { f("system", system); f("voice_vlan", voice_vlan); }
};
/// who = a middlebox that did more, or less, than pass on what came.
struct middlebox_action {
    std::string box;  ///< "sip alg", "firewall", "proxy", "captive portal", "dns forwarder", "carrier nat", "vpn"
    std::string action, detail;
    entity_id client;  ///< whose traffic it was, if it is known
    DECTBED_RECORD(middlebox_action) { f("box", box); f("action", action); f("detail", detail); f("client", client); }
};
/// who = what sends an ICMP error.
struct icmp_sent {
    std::string to, kind;  ///< kind: "fragmentation needed", "port unreachable", ...
    DECTBED_RECORD(icmp_sent) { f("to", to); f("kind", kind); }
};
/// who = the server: a TLS handshake came to its end.
struct tls_handshake {
    std::uint64_t id = 0;  ///< counts this server's handshakes from 1
    std::string version, cipher, server_name;
    bool resumed = false;
    std::string client_subject;  ///< of the client's certificate; "" without one
    std::string model;           ///< "openssl", "timing model"
    std::string result;          ///< "done", or the alert that ended it
    duration took{0};            ///< from the ClientHello
    std::string source;
    entity_id client;
    DECTBED_RECORD(tls_handshake) { f("id", id); f("version", version); f("cipher", cipher); f("server_name", server_name); f("resumed", resumed); f("client_subject", client_subject); f("model", model); f("result", result); f("took", took); f("source", source); f("client", client); }
};
/// who = a device whose firmware has set its wall clock.
struct wall_clock_set {
    std::int64_t unix_ms = 0, before_ms = -1;  ///< before_ms: -1 when it was unset
    DECTBED_RECORD(wall_clock_set) { f("unix_ms", unix_ms); f("before_ms", before_ms); }
};
/// who = the NTP server.
struct ntp_exchange {
    std::string source;
    entity_id client;
    DECTBED_RECORD(ntp_exchange) { f("source", source); f("client", client); }
};
/// who = a file server other than HTTP: a transfer came to its end.
struct file_transfer {
    std::string protocol;   ///< "tftp", "ftp", "ftps"
    std::string operation;  ///< "read", "write"
    std::string file;
    std::int64_t octets = 0;
    std::string result;  ///< "done", or the error as the protocol words it
    std::string source;
    entity_id client;
    DECTBED_RECORD(file_transfer) { f("protocol", protocol); f("operation", operation); f("file", file); f("octets", octets); f("result", result); f("source", source); f("client", client); }
};
/// who = the TURN server.
struct turn_allocation {
    std::string source, relayed;
    std::int64_t lifetime_s = 0;
    std::string result;  ///< "allocated", "refreshed", "deleted", "expired", or the error: "486 Allocation Quota Reached"
    DECTBED_RECORD(turn_allocation) { f("source", source); f("relayed", relayed); f("lifetime_s", lifetime_s); f("result", result); }
};
/// who = the server that looks up in which country an address lies.
struct geolocation_lookup {
    std::string address, country;  ///< country: ISO 3166-1 alpha-2; "" if unknown
    std::string result;            ///< "found", "unknown", "unreachable"
    entity_id client;
    DECTBED_RECORD(geolocation_lookup) { f("address", address); f("country", country); f("result", result); f("client", client); }
};
/// who = the server: so many workers from now on.
struct server_scaled {
    std::int64_t workers = 0;
    std::string reason;
    DECTBED_RECORD(server_scaled) { f("workers", workers); f("reason", reason); }
};
/// who = what watches the health of a group of servers.
struct server_health {
    entity_id member;
    bool healthy = true;
    std::string reason;
    DECTBED_RECORD(server_health) { f("member", member); f("healthy", healthy); f("reason", reason); }
};
/// who = the DNS server.
struct dns_exchange {
    std::string query_name, query_type, result;  ///< result: addresses, or "NXDOMAIN", "SERVFAIL", "REFUSED"
    std::string source = {};                     ///< who asked: address as seen by the server
    DECTBED_RECORD(dns_exchange) { f("query_name", query_name); f("query_type", query_type); f("result", result); f("source", source); }
};
/// who = the STUN server.
struct stun_exchange {
    std::string source;    ///< address and port the request came from, as the server saw them
    std::string answered;  ///< address and port the answer was sent from; empty: none was
    std::string result;    ///< "mapped", or the error: "420 Unknown Attribute"
    DECTBED_RECORD(stun_exchange) { f("source", source); f("answered", answered); f("result", result); }
};
/// who = the server. One record when the request is complete.
struct http_request {
    std::string method, target, host, source;  ///< source: address as seen by the server
    entity_id client;                          ///< device named in the request, if it is one of ours
    std::uint64_t id = 0;                      ///< pairs request and response at this server
    DECTBED_RECORD(http_request) { f("method", method); f("target", target); f("host", host); f("source", source); f("client", client); f("id", id); }
};
/// who = the server. One record when the last octet was handed to TCP.
struct http_response {
    std::uint64_t id = 0;
    std::int64_t status = 0, octets = 0;
    duration waited{0}, served{0};
    entity_id client;
    std::string verdict;  ///< redirection: "address by code", "address by mac", "code refused", "mac unknown", ...
    DECTBED_RECORD(http_response) { f("id", id); f("status", status); f("octets", octets); f("waited", waited); f("served", served); f("client", client); f("verdict", verdict); }
};
/// who = the device. `from` and `to` are offsets of TCP payload received on this connection so far.
struct tcp_payload_received {
    std::string remote;
    std::int64_t from = 0, to = 0;
    DECTBED_RECORD(tcp_payload_received) { f("remote", remote); f("from", from); f("to", to); }
};
/// who = the server: how many connections are open now.
struct server_connections {
    std::int64_t open = 0;
    DECTBED_RECORD(server_connections) { f("open", open); }
};
struct server_queue {
    std::int64_t busy = 0, waiting = 0;
    DECTBED_RECORD(server_queue) { f("busy", busy); f("waiting", waiting); }
};
/// A request the server did not serve: queue full, outage, rate limit.
struct server_refused {
    std::string reason;
    DECTBED_RECORD(server_refused) { f("reason", reason); }
};
struct server_state {
    bool up = true;
    std::string reason;
    DECTBED_RECORD(server_state) { f("up", up); f("reason", reason); }
};
/// who = the registrar.
struct sip_message {
    bool received = true;
    std::string method;      ///< of the request, or of the request that is answered
    std::int64_t status = 0; ///< 0 for a request
    std::string aor, source;
    entity_id client;
    std::int64_t octets = 0;
    DECTBED_RECORD(sip_message) { f("received", received); f("method", method); f("status", status); f("aor", aor); f("source", source); f("client", client); f("octets", octets); }
};
/// who = the registrar: a binding was made, refreshed (active) or is gone.
struct sip_registration {
    std::string aor, contact;
    bool active = false;
    std::int64_t expires_s = 0;
    entity_id client;
    DECTBED_RECORD(sip_registration) { f("aor", aor); f("contact", contact); f("active", active); f("expires_s", expires_s); f("client", client); }
};
struct packet_dropped {
    std::string where, reason;
    std::int64_t octets = 0;
    DECTBED_RECORD(packet_dropped) { f("where", where); f("reason", reason); f("octets", octets); }
};
struct link_changed {
    bool up = false;
    std::string cause;
    DECTBED_RECORD(link_changed) { f("up", up); f("cause", cause); }
};

// --- radio -------------------------------------------------------------------------------------------

/// who = the fixed part: its dummy bearer is on the air or not.
struct transmitter_changed {
    bool on = false;
    std::string band;
    std::int64_t carrier = -1, slot = -1;
    DECTBED_RECORD(transmitter_changed) { f("on", on); f("band", band); f("carrier", carrier); f("slot", slot); }
};
/// who = a station that transmits what the rules of its country do not allow: a lasting transmission when it begins
/// (began, no slots yet) and when it ends, a single burst once.
struct out_of_band_transmission {
    bool began = false;
    std::string band;          ///< that of the station
    std::int64_t carrier = -1, centre_khz = 0;
    std::string reason;        ///< "outside the band", "too much power"
    std::int64_t slots = 0;    ///< sent, of the whole transmission
    duration on_air{0};        ///< its bursts together
    DECTBED_RECORD(out_of_band_transmission) { f("began", began); f("band", band); f("carrier", carrier); f("centre_khz", centre_khz); f("reason", reason); f("slots", slots); f("on_air", on_air); }
};
/// who = a base without a band that has decoded a beacon which names one; once for each beacon in a life of its firmware.
struct band_message_heard {
    entity_id from;       ///< the handset
    std::string band;     ///< that it names; "" if malformed
    std::string verdict;  ///< "usable", "other manufacturer", "malformed", "unsupported band"
    DECTBED_RECORD(band_message_heard) { f("from", from); f("band", band); f("verdict", verdict); }
};
/// who = a base that turns to a band which it was not made for: from now on it may transmit there.
struct band_discovered {
    std::string method;  ///< "beacon"
    std::string band;
    entity_id from;           ///< whose word it takes
    std::int64_t others = 0;  ///< usable beacons of its last round that named another band
    DECTBED_RECORD(band_discovered) { f("method", method); f("band", band); f("from", from); f("others", others); }
};
/// who = a fixed part that takes its timing from others: how it stands with that.
struct synchronisation_changed {
    std::string state;   ///< "searching", "synchronised", "adjusting", "free running", "none"
    std::string method;  ///< "air", "lan"
    entity_id source;
    std::int64_t hops = 0;          ///< from the root of its tree
    std::int64_t corrected_ns = 0;  ///< its clock is, or is being, set forward by so much
    DECTBED_RECORD(synchronisation_changed) { f("state", state); f("method", method); f("source", source); f("hops", hops); f("corrected_ns", corrected_ns); }
};
/// who = the fixed part: what it broadcasts in its system information from the next Q-channel on.
struct system_information_changed {
    std::string service;  ///< "not_ready", "waiting_for_code", "in_service", "refused"
    bool access_rights_requests = false;
    DECTBED_RECORD(system_information_changed) { f("service", service); f("access_rights_requests", access_rights_requests); }
};
/// who = the portable part.
struct scan_finished {
    std::int64_t found = 0;
    duration took{0};
    DECTBED_RECORD(scan_finished) { f("found", found); f("took", took); }
};
struct lock_changed {
    bool locked = false;
    entity_id fixed_part;
    std::string rfpi, reason;
    std::int64_t rssi_milli_dbm = 0;
    DECTBED_RECORD(lock_changed) { f("locked", locked); f("fixed_part", fixed_part); f("rfpi", rfpi); f("reason", reason); f("rssi_milli_dbm", rssi_milli_dbm); }
};
/// who = the portable part.
struct access_request {
    entity_id fixed_part;
    std::int64_t carrier = 0, slot = 0, attempt = 0;
    std::string outcome;  ///< "confirmed", "collision", "too weak", "no free slot", "wait", "not listening"
    DECTBED_RECORD(access_request) { f("fixed_part", fixed_part); f("carrier", carrier); f("slot", slot); f("attempt", attempt); f("outcome", outcome); }
};
/// who = the portable part.
struct bearer_changed {
    bool established = false;
    entity_id fixed_part;
    std::string reason;
    DECTBED_RECORD(bearer_changed) { f("established", established); f("fixed_part", fixed_part); f("reason", reason); }
};
/// who = the portable part: a bearer went to another channel, or the connection to another fixed part, or not.
struct handover {
    std::string kind;     ///< "bearer", "connection"
    std::string reason;   ///< "interference", "weak signal"
    std::string outcome;  ///< "done", "failed", "link lost", "radio off"
    std::int64_t attempts = 0;
    entity_id from, to;
    std::int64_t from_carrier = -1, from_slot = -1, to_carrier = -1, to_slot = -1;
    DECTBED_RECORD(handover) { f("kind", kind); f("reason", reason); f("outcome", outcome); f("attempts", attempts); f("from", from); f("to", to); f("from_carrier", from_carrier); f("from_slot", from_slot); f("to_carrier", to_carrier); f("to_slot", to_slot); }
};
/// who = the fixed part: the first burst of a page, or that none was sent because there was no room in time.
struct page_sent {
    std::string octets;  ///< hexadecimal
    bool sent = false, fast = false;
    DECTBED_RECORD(page_sent) { f("octets", octets); f("sent", sent); f("fast", fast); }
};
/// who = a portable part that heard it, whomever it was for.
struct page_heard {
    entity_id fixed_part;
    std::string octets;
    DECTBED_RECORD(page_heard) { f("fixed_part", fixed_part); f("octets", octets); }
};
/// who = a handset that has been granted access rights by a fixed part, or lost them, as its messages say.
struct subscription_changed {
    bool subscribed = false;
    std::string rfpi;    ///< of the fixed part
    std::string reason;  ///< the message
    DECTBED_RECORD(subscription_changed) { f("subscribed", subscribed); f("rfpi", rfpi); f("reason", reason); }
};
/// who = a handset whose location a fixed part has accepted, or does not have any more, as its messages say.
struct location_changed {
    bool located = false;
    std::string rfpi, reason;
    DECTBED_RECORD(location_changed) { f("located", located); f("rfpi", rfpi); f("reason", reason); }
};
/// A complete NWK layer message was delivered. who = its receiver.
struct nwk_message {
    entity_id sender;
    std::string message;  ///< "MM-INFO-SUGGEST", "CC-SETUP", ...
    bool proprietary = false;
    std::string octets;   ///< hexadecimal
    DECTBED_RECORD(nwk_message) { f("sender", sender); f("name", message); f("proprietary", proprietary); f("octets", octets); }
};

/// who = a base with a DECT module: a mail on the line between them, when its last octet has passed.
struct module_mail {
    std::string direction;  ///< "to module", "from module"
    std::string mail;       ///< "SET-BAND", ...; "octets": no whole mail
    bool answer = false;
    std::int64_t sequence = 0;  ///< -1: no whole mail
    std::string fate;           ///< "delivered", "lost", "not read": nobody was there
    std::string octets;         ///< hexadecimal
    DECTBED_RECORD(module_mail) { f("direction", direction); f("mail", mail); f("answer", answer); f("sequence", sequence); f("fate", fate); f("octets", octets); }
};
/// who = a base with a DECT module.
struct module_state {
    std::string state;  ///< "off", "starting", "idle", "on the air", "receive only", "hangs"
    std::string cause;
    DECTBED_RECORD(module_state) { f("state", state); f("cause", cause); }
};

// --- people (who = the person) ------------------------------------------------------------------------

struct person_action {
    std::string action;  ///< "starts", "unpacks", "plugs in", "types code", "reads", "walks to", "waits", "gives up", "finishes"
    entity_id object;
    std::string detail;
    DECTBED_RECORD(person_action) { f("action", action); f("object", object); f("detail", detail); }
};

#undef DECTBED_RECORD

using any = std::variant<
    run_started, run_ended, entity_declared, assumption_used, fault_applied, marker,
    power_changed, device_reset, state_changed, firmware_log, led_changed, key_pressed, display_changed,
    flash_write, flash_erase, flash_torn, watchdog_fired,
    dhcp_message, dns_exchange, http_request, http_response, tcp_payload_received, server_connections,
    server_queue, server_refused, server_state, sip_message, sip_registration, packet_dropped, link_changed,
    transmitter_changed, out_of_band_transmission, system_information_changed, scan_finished, lock_changed, access_request,
    bearer_changed, nwk_message, person_action, page_sent, page_heard, handover,
    subscription_changed, location_changed, stun_exchange, band_message_heard, band_discovered, synchronisation_changed,
    address_conflict, switch_port_changed, lldp_heard, middlebox_action, icmp_sent, tls_handshake, wall_clock_set,
    ntp_exchange, file_transfer, turn_allocation, geolocation_lookup, server_scaled, server_health, module_mail, module_state>;

}  // namespace record
}  // namespace dectbed::sim
