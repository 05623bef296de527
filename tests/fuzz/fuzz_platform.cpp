// Machine code of somebody else on a virtual platform: any access to the registers of the mailbox at any time, and
// through them any request at the hardware of a base. The first octet chooses the base, the others what its platform
// does from each trigger of SystemC to the next.
//
// SystemC allows one world a process, so one serves all inputs: an input is what happens between plug and unplug, and
// the boot event has to wait in the mailbox at the next plug, whatever the last one did.
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "dectbed/http_service.h"
#include "dectbed/mac_bursts.h"
#include "dectbed/module.h"
#include "dectbed/platform.h"
#include "models/base/base_station.h"
#include "models/network/link/lan_switch.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace std::chrono_literals;
using dectbed::fuzz::demand;
namespace sim = dectbed::sim;
namespace fw = dectbed::models::firmware;
namespace mb = dectbed::models::base;
namespace mn = dectbed::models::network;

/// What is left of the input; zeros when nothing is.
struct reader {
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;

    bool empty() const { return size == 0; }
    std::uint8_t octet() {
        if (size == 0) return 0;
        --size;
        return *data++;
    }
    std::uint32_t word() {
        std::uint32_t w = 0;
        for (int i = 0; i < 4; ++i) w |= std::uint32_t{octet()} << (8 * i);
        return w;
    }
    /// Of just this size, so that a sanitizer sees the first octet beyond it.
    std::vector<unsigned char> octets(std::size_t n) {
        std::vector<unsigned char> out(n);
        for (auto& o : out) o = octet();
        return out;
    }
    /// Anything from 0 to beyond the end of SystemC's time, and most often little.
    sc_core::sc_time time(unsigned bits) {
        const std::uint64_t mantissa = octet();
        return sc_core::sc_time::from_value(mantissa << (octet() % bits));
    }
};
reader input;

constexpr std::array<std::uint16_t, 54> requests = {DECTBED_REQ_TIMER_START,
                                                    DECTBED_REQ_TIMER_STOP,
                                                    DECTBED_REQ_WALL_CLOCK_SET,
                                                    DECTBED_REQ_WALL_CLOCK_GET,
                                                    DECTBED_REQ_ENTROPY,
                                                    DECTBED_REQ_CONSUME_CPU,
                                                    DECTBED_REQ_WATCHDOG,
                                                    DECTBED_REQ_RESET,
                                                    DECTBED_REQ_LOG,
                                                    DECTBED_REQ_STATE,
                                                    DECTBED_REQ_WATCHDOG_AWAKE,
                                                    DECTBED_REQ_FACTORY_READ,
                                                    DECTBED_REQ_ETHERNET_OPEN,
                                                    DECTBED_REQ_ETHERNET_SEND,
                                                    DECTBED_REQ_IP_CONFIGURE,
                                                    DECTBED_REQ_UDP_OPEN,
                                                    DECTBED_REQ_UDP_SEND,
                                                    DECTBED_REQ_UDP_CLOSE,
                                                    DECTBED_REQ_TCP_CONNECT,
                                                    DECTBED_REQ_TCP_SEND,
                                                    DECTBED_REQ_TCP_CLOSE,
                                                    DECTBED_REQ_TCP_ABORT,
                                                    DECTBED_REQ_ADDRESS_PROBE,
                                                    DECTBED_REQ_VLAN,
                                                    DECTBED_REQ_RADIO_START,
                                                    DECTBED_REQ_RADIO_STOP,
                                                    DECTBED_REQ_RADIO_SYSTEM_INFORMATION,
                                                    DECTBED_REQ_RADIO_SCAN,
                                                    DECTBED_REQ_RADIO_LOCK,
                                                    DECTBED_REQ_RADIO_UNLOCK,
                                                    DECTBED_REQ_LINK_OPEN,
                                                    DECTBED_REQ_LINK_RELEASE,
                                                    DECTBED_REQ_NWK_SEND,
                                                    DECTBED_REQ_RADIO_PAGE,
                                                    DECTBED_REQ_LED,
                                                    DECTBED_REQ_DISPLAY,
                                                    DECTBED_REQ_FLASH_READ,
                                                    DECTBED_REQ_FLASH_PROGRAM,
                                                    DECTBED_REQ_FLASH_ERASE,
                                                    DECTBED_REQ_MAIL_SEND,
                                                    DECTBED_REQ_MODULE_RESET,
                                                    DECTBED_REQ_HTTP_SETUP,
                                                    DECTBED_REQ_HTTP,
                                                    DECTBED_REQ_HTTP_CANCEL,
                                                    DECTBED_REQ_MAC_START,
                                                    DECTBED_REQ_MAC_STOP,
                                                    DECTBED_REQ_MAC_MEASURE,
                                                    DECTBED_REQ_MAC_BROADCAST,
                                                    DECTBED_REQ_MAC_OPEN,
                                                    DECTBED_REQ_MAC_BURST,
                                                    DECTBED_REQ_MAC_CLOSE,
                                                    0x0000,
                                                    0xFFFF,
                                                    DECTBED_REQ_HTTP_BODY};

/// Does what the input says, from one trigger of SystemC to the next.
struct fuzzed_platform : sc_core::sc_module {
    SC_HAS_PROCESS(fuzzed_platform);
    tlm_utils::simple_initiator_socket<fuzzed_platform> host{"host"};
    sc_core::sc_in<bool> interrupt{"interrupt"}, reset{"reset"};
    bool plugged = false;  ///< and has not yet begun its first life since
    std::function<void(std::uint8_t)> person;

    explicit fuzzed_platform(const sc_core::sc_module_name& name) : sc_module(name) {
        SC_METHOD(run);
        sensitive << reset << interrupt;
        dont_initialize();
    }

  private:
    void run() {
        if (plugged && !reset.read()) first_life();
        if (plugged) return;
        while (!input.empty())
            if (!step()) return;
    }
    /// False: it waits now.
    bool step() {
        switch (input.octet() % 12) {
            case 0:
                write(DECTBED_MAILBOX_WORD, input.octets(1 + input.octet() % 4));
                break;
            case 1:
                request();
                break;
            case 2:
                word(DECTBED_MAILBOX_SEND, input.word());
                break;
            case 3:
                word(DECTBED_MAILBOX_NEXT, 1);
                break;
            case 4: {
                const std::uint32_t address = input.word();
                std::vector<unsigned char> octets(input.octet());
                access(tlm::TLM_READ_COMMAND, address, octets);
                break;
            }
            case 5: {
                const std::uint32_t address = input.word();
                write(address, input.octets(input.octet()));
                break;
            }
            case 6:
                write(DECTBED_MAILBOX_FAULT, input.octets(input.octet()));
                break;
            case 7:
                ahead_ = input.time(64);
                break;
            case 8:
                // A dynamic trigger: no edge of reset or interrupt comes through meanwhile.
                next_trigger(input.time(33) + sc_core::sc_time::from_value(1));
                ahead_ = sc_core::SC_ZERO_TIME;
                return false;
            case 9:
                odd_payload();
                break;
            case 10:
                return take_event();
            default:
                person(input.octet());
        }
        return true;
    }
    /// As the mailbox has it after power came, before this platform does anything.
    void first_life() {
        plugged = false;
        ahead_ = sc_core::SC_ZERO_TIME;
        dectbed_ev_boot b{};
        demand(size_of_event() == sizeof b, "a boot event waits");
        std::vector<unsigned char> octets(sizeof b);
        access(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WINDOW, octets);
        std::memcpy(&b, octets.data(), sizeof b);
        demand(b.event.record.type == DECTBED_EV_BOOT && b.event.now_us == 0, "it is the first of this life");
    }
    /// As a driver does it. False: it waits for the next one.
    bool take_event() {
        const std::uint32_t size = size_of_event();
        if (size == 0) return false;
        std::vector<unsigned char> octets(size + 8);
        access(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WINDOW, octets);
        dectbed_record head;
        std::memcpy(&head, octets.data(), sizeof head);
        demand(head.size == size, "an event has the size that is told of it");
        demand(std::all_of(octets.begin() + size, octets.end(), [](unsigned char o) { return o == 0; }),
               "zeros are behind it");
        word(DECTBED_MAILBOX_NEXT, 1);
        demand(size_of_event() == 0, "it is gone");
        return true;
    }
    std::uint32_t size_of_event() {
        std::vector<unsigned char> size(4);
        demand(access(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WAITING, size) == tlm::TLM_OK_RESPONSE, "it can be read");
        return size[0] | size[1] << 8U | size[2] << 16U | static_cast<std::uint32_t>(size[3]) << 24U;
    }
    void request() {
        const std::uint16_t type = requests[input.octet() % requests.size()];
        const std::size_t body = input.octet(), times = input.octet() % 8 == 0 ? 8 : 1;
        const std::size_t size = sizeof(dectbed_record) + body * times;
        const dectbed_record head{type, static_cast<std::uint16_t>(size), input.octet()};
        std::vector<unsigned char> octets(sizeof head);
        std::memcpy(octets.data(), &head, sizeof head);
        const auto rest = input.octets(size - sizeof head);
        octets.insert(octets.end(), rest.begin(), rest.end());
        for (std::size_t at = 0; at < size; at += 4)
            write(DECTBED_MAILBOX_WORD, {octets.begin() + static_cast<std::ptrdiff_t>(at),
                                         octets.begin() + static_cast<std::ptrdiff_t>(std::min(at + 4, size))});
        word(DECTBED_MAILBOX_SEND, static_cast<std::uint32_t>(size));
    }
    void odd_payload() {
        const std::uint8_t kind = input.octet();
        std::vector<unsigned char> octets = input.octets(kind >> 4), enables(4, 0xFF);
        tlm::tlm_generic_payload t;
        t.set_command(kind & 1 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_IGNORE_COMMAND);
        t.set_address(DECTBED_MAILBOX_FAULT);
        t.set_data_ptr(kind & 2 ? nullptr : octets.data());
        t.set_data_length(static_cast<unsigned>(octets.size()));
        t.set_streaming_width(kind & 4 ? 1 : static_cast<unsigned>(octets.size()));
        if (kind & 8) {
            t.set_byte_enable_ptr(enables.data());
            t.set_byte_enable_length(4);
        }
        host->b_transport(t, ahead_);
        tlm::tlm_dmi dmi;
        demand(!host->get_direct_mem_ptr(t, dmi), "there is no DMI");
        t.set_command(tlm::TLM_READ_COMMAND);
        demand(host->transport_dbg(t) == 0, "there is no debug transport");
    }
    void word(std::uint64_t address, std::uint32_t value) {
        std::vector<unsigned char> octets(4);
        for (std::size_t i = 0; i < 4; ++i) octets[i] = static_cast<unsigned char>(value >> (8 * i));
        write(address, std::move(octets));
    }
    void write(std::uint64_t address, std::vector<unsigned char> octets) {
        access(tlm::TLM_WRITE_COMMAND, address, octets);
    }
    tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address,
                                    std::vector<unsigned char>& octets) {
        tlm::tlm_generic_payload t;
        t.set_command(command);
        t.set_address(address);
        t.set_data_ptr(octets.data());
        t.set_data_length(static_cast<unsigned>(octets.size()));
        t.set_streaming_width(static_cast<unsigned>(octets.size()));
        host->b_transport(t, ahead_);
        return t.get_response_status();
    }
    sc_core::sc_time ahead_;  ///< of SystemC's time
};

fuzzed_platform* made = nullptr;  ///< the last one

const dectbed_platform table = {
    DECTBED_PLATFORM_ABI, SYSTEMC_VERSION, DECTBED_KIND_BASE, 0, "fuzzed", "1", [](const dectbed_platform_device*) {
        made = new fuzzed_platform("fuzzed");
        return dectbed_platform_pins{&made->host, &made->interrupt, &made->reset};
    }};

enum variant { usual, with_http, with_module, with_bursts, variants };

/// A base of each variant at one switch, with a host that answers, on one air.
struct world {
    struct place {
        std::unique_ptr<mb::base_station> base;
        fuzzed_platform* platform = nullptr;
    };
    world()
        : sim(1),
          bridge(sim.kernel()),
          pool(sim),
          lan(sim, sim.journal().declare("office/switch", "switch")),
          air(dectbed::radio::make_air(sim, sim.journal().declare("office", "site"), {})) {
        const auto peer_who = sim.journal().declare("office/peer", "host");
        peer = std::make_unique<mn::device_host>(sim, pool, peer_who, address(0xFE), lan.add_port(peer_who));
        for (int v = 0; v < variants; ++v) add(static_cast<variant>(v));
        bridge.start();
        peer->power_on();
        peer->configure({0xC0A80102}, 24, {});
        peer->listen(80, [this](mn::tcp_stream_ptr s) {
            streams[next_stream++ % streams.size()] = s;
            auto* stream = s.get();
            s->on_data = [stream](sim::byte_view) {
                stream->send(sim::to_bytes(sim::view("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
                stream->close();
            };
        });
    }
    static mn::mac_address address(std::uint8_t last) { return {{2, 0, 0, 0, 0, last}}; }

    void add(variant v) {
        place& p = places[v];
        mb::base_config c;
        const std::string path = "office/base[" + std::to_string(v) + "]";
        c.board.who = sim.journal().declare(path, "base", {}, "02:00:00:00:00:0" + std::to_string(v));
        c.board.firmware =
            std::make_shared<const fw::firmware_image>(fw::platform_code{&table, "fuzzed.so", {}, 1600ms},
                                                       fw::firmware_manifest{DECTBED_KIND_BASE, 0, "fuzzed", "1"});
        c.board.factory.mac = address(static_cast<std::uint8_t>(v)).octets;
        c.board.factory.rfpi = {0x10, 0, 0, 0, static_cast<std::uint8_t>(v << 4)};
        c.board.factory.bands = 0x3FE;
        c.board.factory.band_discovery = DECTBED_BAND_DISCOVERY_BEACON;
        c.board.flash.octets = 1 << 18;
        c.board.reset_hold = {};
        c.http_service = v == with_http;
        c.mac_bursts = v == with_bursts;
        if (v == with_module) c.module.emplace();
        p.base = std::make_unique<mb::base_station>("base_" + std::to_string(v), sim, bridge, c, pool,
                                                    lan.add_port(c.board.who), *air);
        p.platform = made;
        made->person = [this, &p](std::uint8_t what) { sim.kernel().soon([this, &p, what] { touch(p, what); }); };
    }
    /// What people and the rest of the world do meanwhile.
    void touch(place& p, std::uint8_t what) {
        auto& board = p.base->hardware().board();
        switch (what % 4) {
            case 0:
                board.press(DECTBED_KEY_BUTTON, 1ms);
                break;
            case 1:
                board.reset(DECTBED_RESET_SOFTWARE);
                break;
            case 2:
                board.brown_out();
                break;
            default:
                board.press(what, 0ms);
        }
    }
    void live(place& p) {
        auto& board = p.base->hardware().board();
        p.platform->plugged = true;
        p.base->plug_in();
        sim.kernel().run_until(sim.now() + 2s);
        demand(!p.platform->plugged, "it has got power and begun");
        p.base->unplug();
        input = {};
        sim.kernel().run_until(sim.now() + 10ms);
        demand(!board.running(), "without power nothing runs");
        const auto& g = board.flash().geometry();
        for (std::uint32_t block = 0; block < g.octets; block += g.block_octets) board.flash().erase(block);
    }

    sim::simulation sim;
    sim::systemc_bridge bridge;
    mn::host_pool pool;
    mn::lan_switch lan;
    std::unique_ptr<dectbed::radio::air> air;
    std::unique_ptr<mn::device_host> peer;
    std::array<mn::tcp_stream_ptr, 64> streams;  ///< the last ones
    std::size_t next_stream = 0;
    std::array<place, variants> places;
};

}  // namespace

/// Nothing is taken down at the end, the world as little as OpenSSL's providers.
extern "C" int __lsan_is_turned_off() { return 1; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // As long as the process: SystemC's modules are never taken away.
    static auto& all = *new world;
    input = {data, size};
    const std::uint8_t which = input.octet() % variants;
    all.live(all.places[which]);
    return 0;
}
