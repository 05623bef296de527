#include "radio/vendor_announcement.h"

#include <fmt/format.h>

#include <utility>

namespace dectbed::radio {

namespace {
constexpr std::uint32_t version = 1, band_beacon = 4;
std::vector<vendor_announcement> other_vendors;

/// The service that this vendor's bits mean; nothing if they mean none.
std::optional<announced_service> service_of(const vendor_announcement& v, std::uint32_t bits) {
    for (std::size_t i = 0; i < v.services.size(); ++i)
        if (v.services[i] && (bits & v.mask) == *v.services[i]) return static_cast<announced_service>(i);
    return std::nullopt;
}
}  // namespace

const char* to_text(announced_service s) {
    switch (s) {
        case announced_service::not_ready:
            return "not_ready";
        case announced_service::waiting_for_code:
            return "waiting_for_code";
        case announced_service::in_service:
            return "in_service";
        case announced_service::busy:
            return "busy";
    }
    return "not_ready";
}

std::uint32_t encode_announcement(announced_service s) { return version << 16 | static_cast<std::uint32_t>(s) << 12; }

sim::decoded<announced_service> decode_announcement(std::uint32_t bits) {
    if (bits > 0xFFFFF) return sim::decode_error{0, "more than 20 bits"};
    if (bits >> 16 != version) return sim::decode_error{0, fmt::format("version {} is not {}", bits >> 16, version)};
    const std::uint32_t service = bits >> 12 & 0xF;
    if (service > static_cast<std::uint32_t>(announced_service::busy))
        return sim::decode_error{0, fmt::format("service {} is reserved", service)};
    if ((bits & 0xFFF) != 0) return sim::decode_error{1, "reserved bits are not zero"};
    return static_cast<announced_service>(service);
}

std::uint32_t encode_band_beacon(band named) {
    return version << 16 | band_beacon << 12 | static_cast<std::uint32_t>(named);
}

bool claims_band_beacon(std::uint32_t bits) { return bits >> 12 == (version << 4 | band_beacon); }

sim::decoded<band> decode_band_beacon(std::uint32_t bits) {
    if (!claims_band_beacon(bits)) return sim::decode_error{0, "no band beacon"};
    if ((bits >> 8 & 0xF) != 0) return sim::decode_error{1, "reserved bits are not zero"};
    const std::uint32_t number = bits & 0xFF;
    if (number == 0 || number > static_cast<std::uint32_t>(band::thailand))
        return sim::decode_error{1, fmt::format("{} is no band", number)};
    return static_cast<band>(number);
}

void set_vendor_announcements(std::vector<vendor_announcement> known) { other_vendors = std::move(known); }

std::string announcement_text(const system_information& info) {
    if (info.escape_emc == 0) return "none";
    for (const vendor_announcement& v : other_vendors) {
        if (v.emc != info.escape_emc) continue;
        const auto service = service_of(v, info.escape_data);
        return service ? to_text(*service) : fmt::format("vendor {:05x}", info.escape_data);
    }
    if (auto named = decode_band_beacon(info.escape_data)) return fmt::format("band beacon {}", to_text(named.value()));
    if (auto service = decode_announcement(info.escape_data)) return to_text(service.value());
    return fmt::format("vendor {:05x}", info.escape_data);
}

}  // namespace dectbed::radio
