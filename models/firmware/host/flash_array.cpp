#include "models/firmware/host/flash_array.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <unordered_set>

namespace dectbed::models::firmware {

namespace {
constexpr std::uint32_t shared_octets = 256;
using page_octets = std::array<std::uint8_t, shared_octets>;
}  // namespace

struct flash_page {
    std::uint32_t users = 0;
    std::uint64_t hash = 0;
    page_octets octets{};
};

namespace {

struct hash_of_page {
    std::size_t operator()(const flash_page* p) const { return p->hash; }
};
struct same_octets {
    bool operator()(const flash_page* a, const flash_page* b) const { return a->octets == b->octets; }
};
/// Looked up, never iterated. A leaf of the process: pages outlive no array.
using page_set = std::unordered_set<flash_page*, hash_of_page, same_octets>;
page_set& pages() {
    static page_set all;
    return all;
}

/// Null for an erased page.
boost::intrusive_ptr<flash_page> shared_page(const page_octets& octets) {
    if (std::all_of(octets.begin(), octets.end(), [](std::uint8_t o) { return o == 0xFF; })) return nullptr;
    auto made = std::make_unique<flash_page>();
    made->octets = octets;
    made->hash = XXH3_64bits(octets.data(), octets.size());
    const auto [place, is_new] = pages().insert(made.get());
    if (is_new) return boost::intrusive_ptr<flash_page>(made.release());
    return boost::intrusive_ptr<flash_page>(*place);
}

}  // namespace

void intrusive_ptr_add_ref(flash_page* page) { ++page->users; }
void intrusive_ptr_release(flash_page* page) {
    if (--page->users > 0) return;
    pages().erase(page);
    delete page;
}

std::size_t flash_array::pages_in_memory() { return pages().size(); }

template <class Change>
void flash_array::rewrite(std::uint32_t address, std::uint32_t octets, Change&& change) {
    for (std::uint32_t done = 0; done < octets;) {
        const std::uint32_t at = address + done, in_block = at % geometry_.block_octets;
        const std::uint32_t offset = in_block % shared_octets;
        const std::uint32_t n = std::min({octets - done, shared_octets - offset, geometry_.block_octets - in_block});
        auto& block = blocks_[at - in_block];
        if (block.empty()) block.resize((geometry_.block_octets + shared_octets - 1) / shared_octets);
        page_ptr& page = block[in_block / shared_octets];
        page_octets now;
        if (page)
            now = page->octets;
        else
            now.fill(0xFF);
        change(now.data() + offset, done, n);
        page = shared_page(now);
        done += n;
    }
}

sim::bytes flash_array::read(std::uint32_t address, std::uint32_t octets) const {
    sim::bytes out(octets, 0xFF);
    for (std::uint32_t done = 0; done < octets;) {
        const std::uint32_t at = address + done, in_block = at % geometry_.block_octets;
        const std::uint32_t offset = in_block % shared_octets;
        const std::uint32_t n = std::min({octets - done, shared_octets - offset, geometry_.block_octets - in_block});
        if (const auto block = blocks_.find(at - in_block); block != blocks_.end()) {
            const page_ptr& page = block->second[in_block / shared_octets];
            if (page) std::memcpy(out.data() + done, page->octets.data() + offset, n);
        }
        done += n;
    }
    return out;
}

bool flash_array::program(std::uint32_t address, sim::byte_view data) {
    bool as_wanted = true;
    rewrite(address, static_cast<std::uint32_t>(data.size()),
            [&](std::uint8_t* octets, std::uint32_t from, std::uint32_t n) {
                for (std::uint32_t i = 0; i < n; ++i) {
                    octets[i] = octets[i] & data[from + i];
                    as_wanted = as_wanted && octets[i] == data[from + i];
                }
            });
    return as_wanted;
}

void flash_array::erase(std::uint32_t block) { blocks_.erase(block); }

void flash_array::tear_program(std::uint32_t address, sim::byte_view data, std::uint32_t done, std::uint8_t undefined) {
    program(address, data.first(done));
    rewrite(address + done, 1, [&](std::uint8_t* octet, std::uint32_t, std::uint32_t) { *octet = undefined; });
}

void flash_array::tear_erase(std::uint32_t block, std::uint32_t done, std::uint8_t undefined) {
    rewrite(block, done, [](std::uint8_t* octets, std::uint32_t, std::uint32_t n) { std::fill_n(octets, n, 0xFF); });
    rewrite(block + done, 1, [&](std::uint8_t* octet, std::uint32_t, std::uint32_t) { *octet = undefined; });
}

}  // namespace dectbed::models::firmware
