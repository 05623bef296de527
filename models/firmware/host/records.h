// Events on their way to a firmware and requests on their way out, as the octets of firmware.h.
//
// Reading is defensive: a request is a header and some octets until its size has been checked against
// the record it claims to be. Nothing here looks at alignment; records are copied.
#pragma once

#include <cstring>
#include <optional>
#include <type_traits>

#include "dectbed/firmware.h"
#include "sim/bytes.h"

namespace dectbed::models::firmware {

/// A record's size field has 16 bits; longer data is cut by the caller before it gets here.
constexpr std::size_t record_octets_max = 65535;

/// Octets of one event; `now_us` is filled in when it is delivered. `body.event` is overwritten.
template <class Event>
sim::bytes make_event(dectbed_event_type type, std::uint32_t token, Event body, sim::byte_view data = {}) {
    static_assert(std::is_trivially_copyable_v<Event>);
    const std::size_t size = sizeof(Event) + static_cast<std::size_t>(data.size());
    body.event.record.type = static_cast<std::uint16_t>(type);
    body.event.record.size = static_cast<std::uint16_t>(size);
    body.event.record.token = token;
    body.event.now_us = 0;
    sim::bytes octets(size);
    std::memcpy(octets.data(), &body, sizeof(Event));
    if (data.size() > 0) std::memcpy(octets.data() + sizeof(Event), data.data(), static_cast<std::size_t>(data.size()));
    return octets;
}

/// One request of a firmware. The view must hold at least a header.
class request {
  public:
    explicit request(sim::byte_view octets) : octets_(octets) { std::memcpy(&header_, octets.data(), sizeof header_); }

    std::uint16_t type() const { return header_.type; }
    std::uint32_t token() const { return header_.token; }
    sim::byte_view octets() const { return octets_; }

    /// The record, if it has exactly the size of T.
    template <class T>
    std::optional<T> exactly() const {
        return static_cast<std::size_t>(octets_.size()) == sizeof(T) ? std::optional<T>(copy<T>()) : std::nullopt;
    }
    /// The record, if it has at least the size of T; `data` becomes what follows it.
    template <class T>
    std::optional<T> with_data(sim::byte_view& data) const {
        if (static_cast<std::size_t>(octets_.size()) < sizeof(T)) return std::nullopt;
        data = octets_.subspan(sizeof(T));
        return copy<T>();
    }

  private:
    template <class T>
    T copy() const {
        static_assert(std::is_trivially_copyable_v<T>);
        T body;
        std::memcpy(&body, octets_.data(), sizeof(T));
        return body;
    }
    sim::byte_view octets_;
    dectbed_record header_{};
};

/// Text from a firmware, fit for the journal: valid UTF-8 is kept, every other octet and every control
/// character but '\n' becomes '?'. At most `octets_max` octets.
std::string clean_text(sim::byte_view text, std::size_t octets_max = 4096);

/// The same for a fixed field that ends at its first zero, or at its end.
template <std::size_t n>
std::string clean_field(const char (&field)[n]) {
    return clean_text(
        sim::byte_view(reinterpret_cast<const std::uint8_t*>(field), static_cast<std::ptrdiff_t>(strnlen(field, n))));
}

/// Copies text into a zero-terminated field; what does not fit is cut.
template <std::size_t n>
void set_field(char (&field)[n], const std::string& text) {
    std::memset(field, 0, n);
    std::memcpy(field, text.data(), text.size() < n ? text.size() : n - 1);
}

}  // namespace dectbed::models::firmware
