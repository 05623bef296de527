// The cells of a block flash: octets that erase to 0xFF and whose bits programming can only clear.
//
// Pure state without time. Blocks that were never programmed take no memory, and pages with equal octets are kept
// once for all devices of the process: a hundred thousand bases store the same configuration.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <map>
#include <vector>

#include "sim/bytes.h"

namespace dectbed::models::firmware {

struct flash_geometry {
    std::uint32_t octets = 8 << 20;     ///< whole device; a multiple of block_octets
    std::uint32_t block_octets = 4096;  ///< unit of erase
    std::uint32_t page_octets = 256;    ///< most octets of one program operation
};

/// 256 octets that never change, shared by all that have the same.
struct flash_page;
void intrusive_ptr_add_ref(flash_page* page);
void intrusive_ptr_release(flash_page* page);

class flash_array {
  public:
    explicit flash_array(const flash_geometry& g) : geometry_(g) {}

    const flash_geometry& geometry() const { return geometry_; }
    bool contains(std::uint64_t address, std::uint64_t octets) const { return address + octets <= geometry_.octets; }
    /// First octet of the block that holds `address`.
    std::uint32_t block_of(std::uint32_t address) const { return address - address % geometry_.block_octets; }

    // All ranges must lie within the device.
    sim::bytes read(std::uint32_t address, std::uint32_t octets) const;
    /// Clears bits. False if some bit should have gone from 0 to 1: that octet then reads as the AND of both.
    bool program(std::uint32_t address, sim::byte_view data);
    void erase(std::uint32_t block);

    /// What an interrupted operation leaves: `done` octets as wanted, one octet `undefined`, the rest as it was.
    void tear_program(std::uint32_t address, sim::byte_view data, std::uint32_t done, std::uint8_t undefined);
    void tear_erase(std::uint32_t block, std::uint32_t done, std::uint8_t undefined);

    std::size_t blocks_in_memory() const { return blocks_.size(); }
    /// Different pages kept by all arrays together.
    static std::size_t pages_in_memory();

  private:
    using page_ptr = boost::intrusive_ptr<flash_page>;  ///< null: erased

    /// Changes octets of one page at a time: change(old octets, position in the range, how many).
    template <class Change>
    void rewrite(std::uint32_t address, std::uint32_t octets, Change&& change);

    flash_geometry geometry_;
    std::map<std::uint32_t, std::vector<page_ptr>> blocks_;  ///< by first address; absent: erased
};

}  // namespace dectbed::models::firmware
