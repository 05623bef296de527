// The DECT service of one site as its users see it: fixed parts and portable parts on one air.
//
// Below this surface are the medium, PHY, MAC, DLC (LAPC); above it are NWK messages
// (EN 300 175-5, S-format) as octets. Nothing ticks per slot: a beacon that nobody listens to is free.
//
// Every callback comes in a kernel event of its own, never from within a call of the user, who may do
// anything in it. stop(), set_power(false) and destruction call nobody back, and what was still to be told
// then is dropped. Stations are made by an air and do not outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "radio/fading.h"
#include "radio/reception.h"
#include "sim/bytes.h"
#include "sim/simulation.h"
#include "sim/units.h"

namespace dectbed::radio {

/// 40 bits: E bit, PARI, RPN (EN 300 175-6).
struct rfpi {
    std::array<std::uint8_t, 5> octets{};
    std::uint64_t number() const {
        std::uint64_t n = 0;
        for (auto o : octets) n = n << 8 | o;
        return n;
    }
    friend bool operator==(const rfpi& a, const rfpi& b) { return a.number() == b.number(); }
    friend bool operator!=(const rfpi& a, const rfpi& b) { return a.number() != b.number(); }
    friend bool operator<(const rfpi& a, const rfpi& b) { return a.number() < b.number(); }
    /// 12 least significant bits: the FMID.
    std::uint16_t fmid() const { return static_cast<std::uint16_t>((octets[3] & 0x0F) << 8 | octets[4]); }
};
std::string to_text(const rfpi& id);  ///< 10 hexadecimal digits, lower case

/// Codes as in the firmware interface. Their carriers, limits and power: radio/band.h.
enum class band : std::uint8_t {
    none = 0,
    eu = 1,
    us = 2,  ///< and Canada
    latin_america = 3,
    brazil = 4,
    japan = 5,
    korea = 6,
    taiwan = 7,
    china = 8,
    thailand = 9
};
const char* to_text(band b);

/// What a fixed part broadcasts on its Q-channel besides the static information.
struct system_information {
    std::uint64_t fixed_part_capabilities = 0;  ///< a12..a47, a12 as bit 35
    std::uint16_t escape_emc = 0;               ///< 0: no QT escape message
    std::uint32_t escape_data = 0;              ///< a28..a47, a28 as bit 19
    /// Extended fixed part capabilities, part 2: a12..a47 likewise; 0: none are broadcast.
    std::uint64_t extended_capabilities = 0;
    friend bool operator==(const system_information& x, const system_information& y) {
        return x.fixed_part_capabilities == y.fixed_part_capabilities && x.escape_emc == y.escape_emc &&
               x.escape_data == y.escape_data && x.extended_capabilities == y.extended_capabilities;
    }
};
/// FP capabilities bit a44: access rights requests supported.
constexpr std::uint64_t capability_bit(int a) { return std::uint64_t{1} << (47 - a); }

enum class release_reason { normal, setup_failed, base_busy, signal_lost, radio_off };
const char* to_text(release_reason r);
enum class unlock_reason { requested, signal_lost, radio_off };
const char* to_text(unlock_reason r);

using link_id = std::uint32_t;  ///< unique within its station, never 0, never reused

/// Oscillator of a station relative to simulated time.
struct station_clock {
    sim::duration phase{0};        ///< start of frame 0 after time 0, within [0, 10 ms)
    std::int32_t ppb = 0;          ///< rate error in 1e-9; EN 300 175-2: at most 10 ppm for a single-carrier RFP
    std::uint8_t first_frame = 0;  ///< frame number (0..15) at frame 0
};

struct path_loss_parameters {
    double reference_db = 37.0;  ///< at 1 m
    double exponent = 3.0;       ///< log-distance
    struct wall {
        double x1_m, y1_m, x2_m, y2_m;  ///< vertical, from floor to ceiling of every storey
        double loss_db;
    };
    std::vector<wall> walls;
    double floor_loss_db = 18.3;
    double storey_height_m = 3.0;
    double shadowing_db = 0;              ///< standard deviation; 0: none (radio/shadowing.h)
    double shadowing_correlation_m = 10;  ///< distance over which the correlation falls to 1/e
    fading_parameters fades;              ///< of either end's surroundings (radio/fading.h); none unless set
};

/// What a traffic bearer's bursts are (radio/slot_type.h).
enum class slot_type : std::uint8_t { full, half, double_slot, long_640, long_672 };
constexpr std::uint8_t slot_type_bit(slot_type t) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(t)); }

/// How a portable part in Idle_Locked listens for a fixed part that sets a connection up without paging: fast set-up
/// (EN 300 175-3, 10.2.3, 11.3.3.2). Always on the carrier that the fixed part's primary scan is on a frame later.
enum class set_up_detection : std::uint8_t {
    none,
    selective,  ///< in one slot of the fixed part's half of the frame (SEL 1)
    complete    ///< in all of them
};
/// What a portable part does when it is called so.
enum class call_answer : std::uint8_t {
    confirm,
    wait,   ///< its host is busy: WAIT until it is free, or T200 is over
    refuse  ///< RELEASE in the half-frame that follows the request
};

/// Where a fixed part takes its timing from (radio/synchronisation.h).
struct synchronisation {
    enum class method : std::uint8_t { none, air, lan };
    method by = method::none;
    std::uint32_t system = 0;  ///< only fixed parts with the same number, and the same method, follow one another
    /// 1: a root, which follows nobody. n > 1: follows only those of a level above 0 and below n. 0: whoever is best.
    int level = 0;
    int hops_max = 12;                                ///< from the root to a follower; 1..
    sim::dbm weakest = sim::dbm::of(-80);             ///< over the air: no source that is heard more faintly
    sim::duration search = std::chrono::seconds(20);  ///< one that starts looks for a source so long, up to twice this
};

enum class synchronisation_state : std::uint8_t {
    none,          ///< not asked for, or off the air
    searching,     ///< not on the air yet: looks for a source
    synchronised,  ///< in step with its source
    adjusting,     ///< has a source, is not in step with it yet
    free_running   ///< by its own clock; others may follow
};
const char* to_text(synchronisation_state s);

class air;
class burst_observer;  // radio/capture/observer.h

/// Radio fixed part (base). Created once; on and off the air as told.
class fixed_part {
  public:
    struct config {
        rfpi identity;
        sim::position place;
        station_clock clock;
        int bearers_max = 8;   ///< simultaneous traffic bearers
        int transceivers = 1;  ///< 1..4
        /// Fixed parts with the same number above 0, and the same PARI, are one system: a connection may be handed over
        /// among them. Their links are carried by a network without delay or loss.
        std::uint32_t system = 0;
        synchronisation timing;
        /// Besides full slots. Half and double ones are added to the capabilities that are broadcast (a16, a15), long
        /// ones to the extended capabilities (a12 of the capabilities; a12, a13 of their part 2).
        std::uint8_t slot_types = slot_type_bit(slot_type::full);
        bool class_b = false;  ///< grants LAPC in class B to portable parts that ask for it
        /// What it tells portable parts to do; other than none is added to the capabilities (a24).
        set_up_detection fast_set_up = set_up_detection::none;
    };
    struct events {
        /// Answers start(): on the air with a dummy bearer, or no channel free (ok = false).
        std::function<void(bool ok, int carrier, int slot)> started;
        std::function<void(link_id, std::uint32_t pmid)> link_established;
        std::function<void(link_id, release_reason)> link_released;
        std::function<void(link_id, sim::byte_view nwk)> received;
        std::function<void(link_id)> sent;  ///< one message was acknowledged by the peer's DLC
        /// Connection handover: the link goes on at another fixed part of the system; this id means nothing any more.
        std::function<void(link_id, const rfpi& to)> link_left;
        /// The same at the other fixed part: the link has this id here, and had that one there.
        std::function<void(link_id, std::uint32_t pmid, const rfpi& from, link_id there)> link_arrived;
        std::function<void(link_id, bool on)> ciphering;  ///< the connection is ciphered from now on
        /// Answers connect() where no link came of it; what link_established is otherwise.
        std::function<void(std::uint32_t pmid, release_reason)> connect_failed;
    };
    virtual ~fixed_part() = default;
    virtual void set_events(events e) = 0;
    virtual void start(band b, sim::dbm power) = 0;  ///< scans for the quietest channel first, then transmits
    virtual void stop() = 0;                         ///< at once; also power loss. Links are lost silently on air
    virtual bool on_air() const = 0;
    virtual void move_to(const sim::position&) {}  ///< for one that is carried around
    virtual synchronisation_state synchronised() const = 0;
    virtual void set_information(const system_information& info) = 0;
    /// Broadcasts an {LCE-REQUEST-PAGE} of 3 or 5 octets (radio/paging.h): from the next frame 0 on, and three times
    /// more if the capabilities offer page repetition (a19). Fast: in the next frame that may carry a page, for
    /// portable parts in high duty. False if the length is another, nothing is on the air, or there is no room for it
    /// within T204.
    virtual bool page(const sim::bytes& message, bool fast = false) = 0;
    /// Broadcasts a message of the CLMS (EN 300 175-5, 14.3.1), once; nobody acknowledges it. A {CLMS-FIXED} of 5 to 30
    /// octets (radio/nwk/clms_fixed.h) goes by a long page, which every locked portable part hears that hears frame 0.
    /// A {CLMS-VARIABLE} of up to 63 octets goes over the connectionless link (radio/connectionless.h): only those hear
    /// it that were told before, by a page "no U-plane" or "general" for a connectionless TPUI (14.3.2). False if it is
    /// neither, nothing is on the air, there is no room for it in time, or, for the latter, the capabilities do not
    /// offer the connectionless downlink (a22).
    virtual bool broadcast(const sim::bytes& message) = 0;
    /// A busy host: bearer requests are answered by WAIT until it is free again, or T200 is over.
    virtual void set_host_busy(bool busy) = 0;
    /// Key for ciphering a link, 8 or 16 octets; the portable part starts it. False: no such link, or another length.
    virtual bool set_cipher_key(link_id link, const sim::bytes& key) = 0;
    virtual void send(link_id link, sim::bytes nwk) = 0;  ///< up to 63 octets; queued; unknown link: ignored
    virtual void release(link_id link) = 0;  ///< once the peer has everything sent before; answered by link_released
    /// As release(), and tells the portable part, to which that PMID is assigned, to listen for fast set-up from then
    /// on (RELEASE, "stay on listen"). One that cannot, or has another PMID, does not. Without `fast_set_up`:
    /// release().
    virtual void release_to_listen(link_id link, std::uint32_t pmid) = 0;
    /// Fast set-up of a link with one that was told to listen: answered by link_established or connect_failed. False:
    /// nobody with that PMID was told, it has a link here, one is being set up, or nothing is on the air.
    virtual bool connect(std::uint32_t pmid) = 0;
};

struct scan_entry {
    rfpi identity;
    int carrier = 0, slot = 0;  ///< carrier number as broadcast
    sim::dbm rssi;
    bool heard_capabilities = false, heard_escape = false;
    system_information information;
    sim::entity_id who;  ///< whose transmission that truly was: for journals, not for firmware
};

/// How often a portable part in Idle_Locked listens for pages (EN 300 175-3, 11.3.3.1).
enum class paging_duty : std::uint8_t {
    high,    ///< every frame that may carry one; only such a portable part hears fast pages
    normal,  ///< frame 0 of every multiframe, and further frames that the extend flag announces
    low      ///< the same in one multiframe of four, if the fixed part offers page repetition; else as normal
};

/// Portable part (handset).
class portable_part {
  public:
    struct config {
        std::array<std::uint8_t, 5> ipei{};
        sim::position place;
        sim::dbm power = sim::dbm::of(24);
        paging_duty duty = paging_duty::normal;
        slot_type slot = slot_type::full;  ///< of its bearers; a full one where the fixed part offers no other
        bool class_b = false;              ///< asks for LAPC in class B
        /// 1: requests bearers on the primary scan only; 2, 3: on the secondary and tertiary ones, too, of a fixed part
        /// that has so many transceivers.
        int scans_used = 1;
        set_up_detection detects = set_up_detection::none;  ///< what it can do; complete: selective, too
    };
    struct events {
        std::function<void(const std::vector<scan_entry>&)> scanned;  ///< strongest first
        /// Answers lock(): ok = false after the scan for that RFPI failed.
        std::function<void(bool ok, const scan_entry&)> locked;
        std::function<void(unlock_reason)> unlocked;
        std::function<void(const scan_entry&)> information_changed;  ///< of the FP it is locked to
        /// A page of that FP, 3 or 5 octets, whomever it is for; its repeats are not told again within T204.
        std::function<void(sim::byte_view message)> paged;
        /// A {CLMS-FIXED} or {CLMS-VARIABLE} of that FP, whomever it is for.
        std::function<void(sim::byte_view message)> broadcast_received;
        std::function<void(link_id)> link_established;
        std::function<void(link_id, release_reason)> link_released;  ///< link 0: set-up failed
        std::function<void(link_id, sim::byte_view nwk)> received;
        std::function<void(link_id)> sent;
        /// Connection handover: the link goes on at that fixed part, to which this one is locked now.
        std::function<void(link_id, const scan_entry&)> handed_over;
        std::function<void(link_id, bool on)> ciphering;  ///< on, or refused: no answer to start_ciphering
    };
    virtual ~portable_part() = default;
    virtual void set_events(events e) = 0;
    virtual void set_power(bool on) = 0;  ///< off: everything is forgotten, silently on air
    virtual void move_to(const sim::position& place) = 0;
    virtual sim::position place() const = 0;
    /// Takes dwell for each carrier; ends a lock first. `strongest` above 0: reports no more than so many, and looks at
    /// nothing that is weaker than so many heard before.
    virtual void scan(band b, int dwell_frames, int strongest = 0) = 0;
    virtual void lock(band b, const rfpi& identity) = 0;
    virtual void unlock() = 0;
    virtual void open_link() = 0;  ///< while locked
    /// As fixed_part::set_cipher_key; both ends need the same one before start_ciphering.
    virtual bool set_cipher_key(link_id link, const sim::bytes& key) = 0;
    virtual void start_ciphering(link_id link) = 0;  ///< answered by events.ciphering
    virtual void send(link_id link, sim::bytes nwk) = 0;
    virtual void release(link_id link) = 0;  ///< as fixed_part::release
    /// That it listens for when a fixed part tells it to (EN 300 175-3, 11.7.2: of the TPUI assigned to
    /// it), 1..0xFFFFF; 0: none, as at power-up. Links that it sets up itself have arbitrary PMIDs as before.
    virtual void assign_pmid(std::uint32_t pmid) = 0;
    /// What it does when it is called; links that are established are none of this. A change to confirm ends WAITs.
    virtual void answer_calls(call_answer how) = 0;
};

/// The air of one site. Stations keep references to it and must not outlive it.
class air {
  public:
    virtual ~air() = default;
    virtual std::unique_ptr<fixed_part> make_fixed_part(sim::entity_id who, const fixed_part::config& c) = 0;
    virtual std::unique_ptr<portable_part> make_portable_part(sim::entity_id who, const portable_part::config& c) = 0;
    /// Received level at a distance, without other stations: what a planner would compute.
    virtual sim::dbm level(const sim::position& from, const sim::position& to, sim::dbm power) const = 0;
    /// For a capture; it must outlive what happens on the air. Null ends it. An air without bursts tells nothing.
    virtual void set_observer(burst_observer*) {}
    /// The run is over: what is still being sent against the rules goes into the journal as it stands.
    virtual void close_accounts() {}
};

/// `country`: ISO 3166 alpha-2, where the site truly is. What is sent against its rules is counted
/// (radio/regulation.h).
std::unique_ptr<air> make_air(sim::simulation& s, sim::entity_id site, const path_loss_parameters& loss,
                              const receiver_parameters& receiver = {}, std::string_view country = "DE");

}  // namespace dectbed::radio
