// Random input and small helpers shared by the client tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "models/firmware/lib/fw_io.h"
#include "tests/models/firmware/fake/fake_world.h"

namespace dectbed::test {

constexpr std::uint64_t second_us = 1000000;

class noise {
  public:
    explicit noise(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return state_ >> 24;
    }
    /// A few octets changed, removed at the end, or put in.
    octets spoil(octets data) {
        for (std::uint64_t n = next() % 6; n > 0 && !data.empty(); --n) {
            data[next() % data.size()] = static_cast<std::uint8_t>(next());
        }
        if (next() % 4 == 0) data.resize(next() % (data.size() + 1));
        if (next() % 8 == 0) data.insert(data.begin() + static_cast<std::ptrdiff_t>(next() % (data.size() + 1)), 0xC0);
        return data;
    }
    octets garbage(std::size_t longest) {
        octets out(next() % (longest + 1));
        for (auto& o : out) o = static_cast<std::uint8_t>(next());
        return out;
    }

  private:
    std::uint64_t state_;
};

/// On the heap and of just that size, so that a sanitizer sees any step past the end.
class exact {
  public:
    explicit exact(const octets& data) : size_(data.size()), data_(std::make_unique<std::uint8_t[]>(size_)) {
        std::copy(data.begin(), data.end(), data_.get());
    }
    const std::uint8_t* data() const { return data_.get(); }
    const char* text() const { return reinterpret_cast<const char*>(data_.get()); }
    std::size_t size() const { return size_; }

  private:
    std::size_t size_;
    std::unique_ptr<std::uint8_t[]> data_;
};

}  // namespace dectbed::test
