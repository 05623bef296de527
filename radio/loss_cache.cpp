#include "radio/loss_cache.h"

namespace dectbed::radio {

namespace {
constexpr std::size_t first_slots = 16;
}

void loss_cache::forget(std::uint32_t owner) {
    if (owner < rows_.size()) drop(rows_[owner]);
}

void loss_cache::drop(row& r) {
    slots_ -= r.slots.size();
    std::vector<slot>().swap(r.slots);  // assigning nothing would keep the room
    r.used = 0;
}

/// Rows that were not used since the last time make room; if there are none, all the others do.
void loss_cache::make_room(const row& but) {
    const std::size_t before = slots_;
    for (row& r : rows_)
        if (&r != &but && r.used_in != period_) drop(r);
    ++period_;
    if (slots_ < before / 2 + 1) return;
    for (row& r : rows_)
        if (&r != &but) drop(r);
}

void loss_cache::grow(row& r) {
    const std::size_t size = r.slots.empty() ? first_slots : r.slots.size() * 2;
    if (slots_ + size > room_) make_room(r);
    const std::vector<slot> old = std::move(r.slots);
    r.slots.assign(size, slot{});
    r.used = 0;
    slots_ += size - old.size();
    for (const slot& s : old)
        if (s.other != free_slot) put(r, s);
}

void loss_cache::put(row& r, const slot& s) {
    if (4 * (r.used + 1) > 3 * r.slots.size()) grow(r);
    std::size_t i = home_of(r, s.other);
    // What was known of an earlier place of the other gives way.
    while (r.slots[i].other != free_slot && r.slots[i].other != s.other) i = (i + 1) & (r.slots.size() - 1);
    if (r.slots[i].other == free_slot) ++r.used;
    r.slots[i] = s;
}

}  // namespace dectbed::radio
