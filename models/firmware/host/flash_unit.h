// A flash chip in time: operations queue and run one after the other, and a power cut tears the one that
// is running. Contents outlive power; the queue does not.
//
// Times are the typical ones of a serial NOR flash (Winbond W25Q64JV data sheet, AC characteristics):
// first octet of a program 30 us, each further octet 2.5 us, a 4 KiB sector erase 45 ms; reading at
// 50 MHz on one data line, 160 ns an octet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "dectbed/firmware.h"
#include "models/firmware/host/flash_array.h"
#include "sim/lean_queue.h"
#include "sim/simulation.h"

namespace dectbed::models::firmware {

struct flash_times {
    sim::duration program_first_octet = std::chrono::microseconds(30);
    sim::duration program_further_octet = std::chrono::nanoseconds(2500);
    sim::duration erase_block = std::chrono::milliseconds(45);
    sim::duration read_octet = std::chrono::nanoseconds(160);
    /// Erase cycles that a block endures; each further one leaves one more bit at 0. 0: any number.
    std::uint32_t endurance = 0;
};

struct flash_operation {
    enum class kind { read, program, erase };
    kind what = kind::read;
    std::uint32_t token = 0, address = 0;  ///< erase: first address of the block
    std::uint32_t octets = 0;
    sim::bytes data;  ///< program: what to write; read: filled in when done
};

class flash_unit {
  public:
    using done_handler = std::function<void(const flash_operation&, dectbed_status)>;

    /// Draws of torn octets come from the stream (who, "flash").
    flash_unit(sim::simulation& s, sim::entity_id who, const flash_geometry& g, const flash_times& t,
               done_handler done);
    ~flash_unit() { finished_.cancel(); }
    flash_unit(const flash_unit&) = delete;
    flash_unit& operator=(const flash_unit&) = delete;

    /// Takes an operation that lies within the device. An erase that leaves bits at 0, because the block is worn, ends
    /// with DECTBED_FLASH_NOT_ERASED, and is told once as a change of the machine "flash block <address>" to "worn".
    /// DECTBED_TOO_MANY if the queue is full.
    dectbed_status submit(flash_operation op);
    /// Tears the running operation; the queue is lost and nobody is told.
    void power_cut();
    /// The processor restarted: the queue is lost, the chip finishes what it is doing, nobody is told.
    void forget_queue();

    const flash_array& cells() const { return cells_; }
    flash_array& cells() { return cells_; }  ///< for factory contents
    bool busy() const { return running_; }

    static constexpr std::size_t queue_max = 1024;

  private:
    sim::duration time_of(const flash_operation& op) const;
    void start_next();
    void finish();
    dectbed_status erase(std::uint32_t block);

    sim::simulation& sim_;
    sim::entity_id who_;
    flash_array cells_;
    flash_times times_;
    done_handler done_;
    sim::random_stream stream_;
    sim::lean_queue<flash_operation> queue_;  ///< front: running
    bool running_ = false, orphan_ = false;
    sim::time_point started_{};
    sim::event_handle finished_;
    std::int64_t writes_ = 0, erases_ = 0;
    /// Only with a limited endurance.
    struct wear {
        std::uint32_t erased = 0;
        std::map<std::uint32_t, std::uint8_t> stuck;  ///< by address: bits that stay 0
    };
    std::unique_ptr<std::map<std::uint32_t, wear>> wear_;  ///< by first address of the block; null: nothing is worn
};

}  // namespace dectbed::models::firmware
