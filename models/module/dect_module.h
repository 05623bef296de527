// A base's DECT module as a part on its board: the line to the base's processor, an EEPROM, the program (program.h),
// and what can go wrong with such a part.
//
// Publishes module_mail for every mail on the line and module_state. Draws of lost mails come from the stream
// (base, "module mail"), the entropy of the program from (base, "module").
#pragma once

#include <deque>
#include <functional>

#include "dectbed/module.h"
#include "models/firmware/host/coprocessor.h"
#include "models/firmware/host/device_board.h"
#include "models/firmware/lib/module_mail.h"
#include "sim/units.h"

namespace dectbed::models::module {

struct module_parameters {
    /// From reset to its first mail's first octet (assumed; the slowest of the usual ones take seconds).
    sim::duration start = std::chrono::milliseconds(1200);
    sim::bit_rate line{115'200};
    /// One write of its EEPROM (Microchip 24LC64: 5 ms at most).
    sim::duration eeprom_write = std::chrono::milliseconds(5);
    double mail_loss = 0;                ///< of each mail, either way
    bool resets_on_band_change = false;  ///< as modules do that read their band at the start only
};

class dect_module final : private firmware::event_port {
  public:
    /// What the module does to its transceiver: a radio request, and a reset of it.
    struct transceiver {
        std::function<dectbed_status(const firmware::request&)> perform;
        std::function<void()> reset;
    };

    dect_module(firmware::device_board& board, const module_parameters& p, transceiver t);
    ~dect_module();
    dect_module(const dect_module&) = delete;
    dect_module& operator=(const dect_module&) = delete;

    /// Where the transceiver's events go.
    firmware::event_port& radio_port() { return *this; }
    /// MAIL_SEND and MODULE_RESET of the base's processor.
    dectbed_status perform(const firmware::request& r);
    /// One reset line for both: the module starts and ends with the base's processor.
    void firmware_started() { begin("the board starts it"); }
    void firmware_ended() { end(); }
    /// Offers "module_hang", "module_reset", "module_slow_start", "module_lost_mail", "module_drop_mail" and
    /// "module_band_reset" on the base.
    void offer_faults();

    static constexpr std::size_t waiting_max = 4;
    static constexpr const char *to_module = "to module", *from_module = "from module";

  private:
    enum class way { to_module, from_module };
    struct line {
        sim::time_point free{};  ///< of what was said last
        std::size_t waiting = 0;
    };
    struct dropping {
        way on = way::to_module;
        std::string mail;  ///< only of this name; empty: any
        std::int64_t skip = 0, count = 1;
    };

    void post(sim::bytes event) override { program_.post(std::move(event)); }
    bool running() const override { return program_.running(); }
    bool powered() const override { return board_.powered(); }
    sim::simulation& simulation() override { return sim_; }
    sim::entity_id who() const override { return board_.who(); }

    void begin(const char* cause);
    void end();
    void restart(const char* cause);
    void hang();
    void change(const std::string& state, const std::string& cause);
    void serve(const firmware::request& r);
    void say(way w, sim::bytes octets);
    void arrive(way w, const sim::bytes& octets);
    bool lost(way w, const std::string& name);
    void write_next();
    std::string drop(const sim::fault_arguments& a, bool begins);

    firmware::device_board& board_;
    sim::simulation& sim_;
    const module_parameters parameters_;
    const transceiver transceiver_;
    sim::random_stream loss_, entropy_;
    firmware::coprocessor program_;
    sim::bytes eeprom_;
    struct write {
        std::uint32_t address = 0, token = 0;
        sim::bytes data;
    };
    std::deque<write> writes_;
    sim::event_handle writing_, starting_;
    std::uint64_t life_ = 0;  ///< of the module; what is on the line belongs to one
    line lines_[2];
    std::string state_ = "off";
    // what goes wrong
    double loss_rates_[2];
    std::vector<dropping> dropping_;
    sim::duration slow_{0};
    std::int64_t band_resets_ = 0;
};

}  // namespace dectbed::models::module
