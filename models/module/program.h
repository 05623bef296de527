// What runs in a DECT module: the protocol on the radio's side, mails on the other (module_mail.h).
//
// It is a firmware of its own, written against the same interface as a base's (firmware.h), with the client library's
// machines for mobility management, calls and pages. Its host is the module's hardware (dect_module.h): radio requests,
// timers, the mail records of dectbed/module.h, and FLASH_READ and FLASH_PROGRAM for its EEPROM, in which a piece is
// either written or not.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "dectbed/module.h"
#include "models/firmware/lib/cc_call.h"
#include "models/firmware/lib/lce_paging.h"
#include "models/firmware/lib/mm_ft.h"
#include "models/firmware/lib/module_mail.h"

namespace dectbed::models::module {

/// Where things lie in the EEPROM.
struct eeprom_map {
    static constexpr std::size_t handsets_max = 20, record_octets = 32, octets = record_octets * (1 + handsets_max);
    static constexpr std::size_t version = 0, band = 1, starts = 2;  ///< of the head
    static constexpr std::uint8_t layout = 1;
};

namespace timing {
/// A mail of the module that is not answered is repeated so often, then given up (assumed).
constexpr std::uint64_t repeat_us = 250 * FW_MILLISECOND_US;
constexpr int repeats_max = 4;
constexpr std::uint64_t link_idle_us = 30 * FW_SECOND_US;     // as the reference base
constexpr std::uint64_t vendor_link_us = 300 * FW_SECOND_US;  // somebody waits for a verdict
constexpr std::uint64_t link_close_us = 2 * FW_SECOND_US;
constexpr std::uint64_t speechless_us = 1 * FW_SECOND_US;
}  // namespace timing

class program {
  public:
    explicit program(const dectbed_host* host) { fw_io_init(&io_, host); }
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    void handle(const dectbed_event* event);

  private:
    static constexpr std::size_t links_max = 8, nobody = ~std::size_t{0};
    enum class link_use { free, idle, vendor, challenged, in_call, closing };
    enum class purpose { none, location, termination, call };
    struct link {
        program* owner = nullptr;
        std::uint32_t id = 0;  ///< the radio's number
        link_use use = link_use::free;
        bool vendor_told = false;  ///< the other processor knows this link
        purpose why = purpose::none;
        std::size_t handset = nobody;
        std::uint8_t call_transaction = 0;
        fw_mm_ft mm{};
        fw_cc call{};
    };
    struct handset {
        bool used = false, located = false, unsaved = false;
        std::array<std::uint8_t, FW_IPUI_OCTETS> ipui{};
        std::array<std::uint8_t, FW_AUTH_KEY_OCTETS> uak{};
        std::uint32_t accepts_link = 0;  ///< this link gets its access rights once the record is stored
        std::uint8_t pages_left = 0;
    };

    // program.cpp: life and mails
    void boot(const dectbed_ev_boot& event);
    void loaded(const dectbed_event* event);
    void written(std::uint32_t token);
    void timer(std::uint32_t number);
    void enter(fw_module_state next, const char* cause);
    void tell(const fw_mail& m);
    void say_first();
    void answer(const fw_mail& to, fw_mail_status status) { answer(to, status, fw_mail{}); }
    void answer(const fw_mail& to, fw_mail_status status, const fw_mail& rest);
    void mail(const fw_mail& m);
    void command(const fw_mail& m);
    void set_band(const fw_mail& m);
    void start(const fw_mail& m);
    void stop();
    void receive_only(const fw_mail& m);
    void registration(const fw_mail& m);
    void announce(const fw_mail& m);
    void list_handsets(const fw_mail& m);
    void vendor_down(const fw_mail& m);
    void started(const dectbed_ev_radio_started& event);
    void heard(const dectbed_ev_scan_result& event);
    void listened();
    void broadcast();
    void put_state(fw_mail& m) const;
    std::uint8_t handset_count() const;

    // program_links.cpp: what handsets say
    void link_established(const dectbed_ev_link& event);
    void link_released(const dectbed_ev_link& event);
    void link_timeout(std::size_t index);
    void message_received(const dectbed_event* event);
    bool page_answered(link& l, const fw_nwk_message& message);
    void vendor_up(link& l, const fw_nwk_message& message);
    void call_message(link& l, const fw_nwk_message& message);
    void refuse_call(link& l, std::uint8_t transaction, std::uint8_t reason);
    void prepare(link& l);
    void mobility_event(link& l, const fw_mm_event& event);
    void access_rights_asked(link& l, const fw_portable_identity& identity);
    void authenticated(link& l, bool ok, std::uint8_t reason);
    bool authenticate(link& l, std::size_t who, purpose why);
    void send(link& l, const fw_nwk_writer& message);
    void close(link& l);
    void free_link(link& l);
    link* find_link(std::uint32_t id);
    std::size_t index_of(const link& l) const { return static_cast<std::size_t>(&l - links_.data()); }
    std::size_t find(const fw_portable_identity& identity) const;
    void page_all(std::uint8_t number);
    void page();
    void save();
    void saved(std::size_t i);
    void forget(std::size_t i);
    void tell_of(fw_mail_opcode what, std::size_t i, std::uint8_t cause = 0);

    fw_io io_{};
    dectbed_ev_boot identity_{};
    fw_module_state state_ = FW_MODULE_IDLE;
    bool loaded_ = false;
    std::uint8_t band_ = DECTBED_BAND_NONE, listens_on_ = DECTBED_BAND_NONE, found_ = 0;
    std::uint16_t starts_ = 0;
    bool starting_ = false, open_ = false;
    std::string pin_;
    std::uint16_t announced_emc_ = 0;
    std::uint32_t announced_ = 0;

    fw_mail_reader reader_{};
    fw_mail last_command_{}, last_answer_{};
    bool any_command_ = false;
    std::deque<fw_mail> queue_;  ///< first: under way if said_ is not 0
    int said_ = 0;
    std::uint8_t sequence_ = 0;

    std::array<link, links_max> links_{};
    std::array<handset, eeprom_map::handsets_max> handsets_{};
    std::size_t saving_ = nobody;
    bool head_unsaved_ = false, head_saving_ = false;
    fw_mail head_waits_{};  ///< SET-BAND that is answered when the head is written
    bool head_answer_due_ = false;
};

/// Its numbers of timers and tokens.
namespace ids {
enum timer : std::uint32_t {
    mail_timer = 1,
    window_timer,
    page_timer,
    link_timers = 16,
    mobility_timers = 32,
    call_timers = 48
};
enum token : std::uint32_t { radio_token = 1, message_token, closing_token, head_token, record_token = 64 };
}  // namespace ids

/// The program as a firmware: kind base, re-entrant.
const dectbed_firmware* program_entry();

}  // namespace dectbed::models::module
