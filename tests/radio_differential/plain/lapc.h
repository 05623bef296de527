// LAPC class A (EN 300 175-4, 9.2.3), written anew: one I frame at a time, numbered modulo 2, repeated by a timer.
#pragma once

#include <deque>
#include <vector>

#include "radio/a_field.h"
#include "sim/bytes.h"

namespace dectbed::radio::plain {

class data_link {
  public:
    data_link(side own, std::uint16_t signature) : own_(own), signature_(signature) {}

    /// What the last call wants done; the caller takes it.
    struct wishes {
        std::vector<sim::bytes> frames, received;
        int confirmed = 0;
        enum class timer { as_it_is, start, stop } clock = timer::as_it_is;
        bool given_up = false;
    };
    wishes send(const sim::bytes& message);
    wishes frame_came(sim::byte_view octets);
    wishes timer_ran_out();
    wishes once_more();  ///< what is on its way, because something else carries it now
    bool everything_confirmed() const { return !waiting_ && pieces_.empty(); }

  private:
    struct piece {
        sim::bytes octets;
        bool last = true;
    };
    void next(wishes& w);
    void put_on_air(wishes& w);
    void ready_to_receive(bool new_link, wishes& w);
    void confirm(int number, wishes& w);

    side own_;
    std::uint16_t signature_;
    std::deque<piece> pieces_;
    bool waiting_ = false;  // the front piece is on its way
    bool spoken_ = false;   // anything was ever sent
    bool first_ = false;    // the front piece carries the new link flag
    bool dead_ = false;
    int number_ = 0;    // N(S) of the front piece, or of the next
    int expected_ = 0;  // N(R)
    int tries_ = 0;
    sim::bytes message_;
};

}  // namespace dectbed::radio::plain
