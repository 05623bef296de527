#include "models/firmware/host/flash_array.h"

#include <algorithm>

namespace dectbed::models::firmware {

sim::bytes flash_array::read(std::uint32_t address, std::uint32_t octets) const {
    sim::bytes out(octets, 0xFF);
    for (std::uint32_t done = 0; done < octets;) {
        const std::uint32_t at = address + done, offset = at % geometry_.block_octets;
        const std::uint32_t n = std::min(octets - done, geometry_.block_octets - offset);
        if (auto block = blocks_.find(at - offset); block != blocks_.end())
            std::copy_n(block->second.begin() + offset, n, out.begin() + done);
        done += n;
    }
    return out;
}

std::uint8_t& flash_array::cell(std::uint32_t address) {
    auto& block = blocks_[block_of(address)];
    if (block.empty()) block.assign(geometry_.block_octets, 0xFF);
    return block[address % geometry_.block_octets];
}

bool flash_array::program(std::uint32_t address, sim::byte_view data) {
    bool as_wanted = true;
    for (const std::uint8_t wanted : data) {
        auto& octet = cell(address++);
        octet = octet & wanted;
        as_wanted = as_wanted && octet == wanted;
    }
    return as_wanted;
}

void flash_array::erase(std::uint32_t block) { blocks_.erase(block); }

void flash_array::tear_program(std::uint32_t address, sim::byte_view data, std::uint32_t done, std::uint8_t undefined) {
    program(address, data.first(done));
    cell(address + done) = undefined;
}

void flash_array::tear_erase(std::uint32_t block, std::uint32_t done, std::uint8_t undefined) {
    for (std::uint32_t i = 0; i < done; ++i) cell(block + i) = 0xFF;
    cell(block + done) = undefined;
}

}  // namespace dectbed::models::firmware
