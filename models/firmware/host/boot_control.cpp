#include "models/firmware/host/boot_control.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/lib/firmware_image.h"

namespace dectbed::models::firmware {

boot_control::boot_control(flash_array& cells) : cells_(cells) {
    const auto& g = cells_.geometry();
    if (fw_boot_slot_octets(g.octets, g.block_octets) == 0 || g.block_octets < FW_BOOT_AREA_OCTETS) return;
    for (int i = 0; i < 2; ++i) {
        const auto area = cells_.read(address_of(i), FW_BOOT_AREA_OCTETS);
        fw_boot_read(area.data(), area.size(), &records_[static_cast<std::size_t>(i)]);
    }
}

std::uint32_t boot_control::address_of(int record) const {
    return static_cast<std::uint32_t>(FW_BOOT_CONTROL_BLOCK + record) * cells_.geometry().block_octets;
}

void boot_control::mark(int record, std::uint32_t at) {
    constexpr std::uint8_t set = 0;
    cells_.program(address_of(record) + at, sim::byte_view(&set, 1));
}

bool boot_control::pending() const {
    const int latest = fw_boot_latest(records_.data());
    if (latest < 0) return false;
    const auto& r = records_[static_cast<std::size_t>(latest)];
    return !r.confirmed && !r.rejected && r.tries == 0;
}

bool boot_control::image_good(int record, const std::string& model) const {
    const auto& g = cells_.geometry();
    const auto& r = records_[static_cast<std::size_t>(record)];
    if (r.octets > fw_boot_slot_octets(g.octets, g.block_octets)) return false;
    const std::uint32_t from = fw_boot_slot_address(g.octets, g.block_octets, r.slot);
    fw_image_check check{};
    fw_image_begin(&check);
    constexpr std::uint32_t piece = 65536;
    bool good = true;
    for (std::uint32_t at = 0; at < r.octets && good; at += piece) {
        const auto octets = cells_.read(from + at, std::min(piece, r.octets - at));
        good = fw_image_take(&check, model.c_str(), r.version, octets.data(), octets.size());
    }
    good = good && fw_image_good(&check);
    fw_image_free(&check);
    return good;
}

boot_control::choice boot_control::choose(const std::string& model) {
    choice out;
    const int latest = fw_boot_latest(records_.data());
    if (latest >= 0) {
        auto& r = records_[static_cast<std::size_t>(latest)];
        if (!r.confirmed && !r.rejected) {
            if (r.tries == 0) out.hashed_octets = r.octets;
            if (r.tries == 0 && !image_good(latest, model)) {
                out.cause = fmt::format("slot {} does not hold {} whole", r.slot == 0 ? 'a' : 'b', r.version);
            } else if (r.tries >= r.attempts) {
                out.cause = fmt::format("{} did not confirm itself in {} starts", r.version, r.tries);
            } else {
                mark(latest, FW_BOOT_TRIES_AT + r.tries);
                out.cause = fmt::format("update to {}", r.version);
            }
            if (out.cause.rfind("update", 0) != 0) {
                out.rejected = r.rejected = true;
                mark(latest, FW_BOOT_REJECTED_AT);
            }
        }
    }
    const int running = fw_boot_running(records_.data());
    out.updated = running >= 0;
    out.slot = "slot a";
    if (out.updated) {
        const auto& r = records_[static_cast<std::size_t>(running)];
        out.slot = fmt::format("slot {}{}", r.slot == 0 ? 'a' : 'b', r.confirmed ? "" : " on trial");
        if (r.confirmed && out.cause.empty()) out.cause = fmt::format("{} has confirmed itself", r.version);
    }
    return out;
}

}  // namespace dectbed::models::firmware
