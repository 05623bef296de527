// Octets and the results of codecs: one home for both, used by every protocol in the house.
#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/all_narrow.hpp>
#include <cstddef>
#include <cstdint>
#include <gsl/span>
#include <string>
#include <string_view>
#include <vector>

namespace dectbed::sim {

using bytes = std::vector<std::uint8_t>;
using byte_view = gsl::span<const std::uint8_t>;

/// Why a decoder refused its input, and where.
struct decode_error {
    std::size_t offset = 0;  ///< octet at which the problem was found
    std::string reason;      ///< lower case, no full stop: "length 3 exceeds the 2 octets left"
};

/// Why an encoder refused a message: which field does not fit and what would.
struct encode_error {
    std::string reason;
};

/// Boost.Outcome's basic result is a tenth of the whole library to compile.
template <class T, class E>
using result = boost::outcome_v2::basic_result<T, E, boost::outcome_v2::policy::all_narrow>;
template <class T>
using decoded = result<T, decode_error>;
template <class T>
using encoded = result<T, encode_error>;

inline byte_view view(std::string_view s) { return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()}; }
inline std::string_view text(byte_view b) {
    return {reinterpret_cast<const char*>(b.data()), static_cast<std::size_t>(b.size())};
}
inline bytes to_bytes(byte_view b) { return bytes(b.begin(), b.end()); }

/// Lower-case hexadecimal without separators, and back; from_hex ignores blanks.
std::string to_hex(byte_view b);
decoded<bytes> from_hex(std::string_view hex);

/// Reads big-endian fields. It never reads past the end: after the first short read `ok()` is false,
/// every further read gives zero and `offset()` stays where the input ran out.
class byte_reader {
  public:
    explicit byte_reader(byte_view input) : input_(input) {}
    bool ok() const { return ok_; }
    std::size_t offset() const { return offset_; }
    std::size_t left() const { return static_cast<std::size_t>(input_.size()) - offset_; }
    std::uint8_t u8() { return static_cast<std::uint8_t>(take(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(take(2)); }
    std::uint32_t u24() { return static_cast<std::uint32_t>(take(3)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(take(4)); }
    std::uint64_t u48() { return take(6); }
    std::uint64_t u64() { return take(8); }
    byte_view octets(std::size_t n) {
        if (!ok_ || n > left()) {
            ok_ = false;
            return {};
        }
        auto part = input_.subspan(offset_, n);
        offset_ += n;
        return part;
    }
    void skip(std::size_t n) { (void)octets(n); }

  private:
    std::uint64_t take(std::size_t n) {
        auto part = octets(n);
        std::uint64_t value = 0;
        for (auto octet : part) value = value << 8 | octet;
        return value;
    }
    byte_view input_;
    std::size_t offset_ = 0;
    bool ok_ = true;
};

/// Appends big-endian fields to a buffer.
class byte_writer {
  public:
    void u8(std::uint8_t v) { out_.push_back(v); }
    void u16(std::uint16_t v) { put(v, 2); }
    void u24(std::uint32_t v) { put(v, 3); }
    void u32(std::uint32_t v) { put(v, 4); }
    void u48(std::uint64_t v) { put(v, 6); }
    void u64(std::uint64_t v) { put(v, 8); }
    void octets(byte_view b) { out_.insert(out_.end(), b.begin(), b.end()); }
    void octets(std::string_view s) { octets(view(s)); }
    void zeros(std::size_t n) { out_.insert(out_.end(), n, 0); }
    std::size_t size() const { return out_.size(); }
    /// Overwrites a 16-bit field written before, for lengths and checksums known only later.
    void patch_u16(std::size_t at, std::uint16_t v) {
        out_[at] = static_cast<std::uint8_t>(v >> 8);
        out_[at + 1] = static_cast<std::uint8_t>(v);
    }
    const bytes& data() const { return out_; }
    bytes take() { return std::move(out_); }

  private:
    void put(std::uint64_t v, int octets) {
        for (int i = octets - 1; i >= 0; --i) out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    }
    bytes out_;
};

}  // namespace dectbed::sim
