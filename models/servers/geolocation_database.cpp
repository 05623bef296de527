#include "models/servers/geolocation_database.h"

#include <maxminddb.h>
#include <netinet/in.h>

namespace dectbed::models::servers {

struct geolocation_database::implementation {
    MMDB_s file{};
    ~implementation() { MMDB_close(&file); }
};

namespace {

std::string text_at(MMDB_entry_s& entry, const char* const* path) {
    MMDB_entry_data_s data{};
    if (MMDB_aget_value(&entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING)
        return {};
    return {data.utf8_string, data.data_size};
}

std::optional<double> number_at(MMDB_entry_s& entry, const char* const* path) {
    MMDB_entry_data_s data{};
    if (MMDB_aget_value(&entry, &data, path) != MMDB_SUCCESS || !data.has_data) return std::nullopt;
    if (data.type == MMDB_DATA_TYPE_DOUBLE) return data.double_value;
    if (data.type == MMDB_DATA_TYPE_FLOAT) return static_cast<double>(data.float_value);
    return std::nullopt;
}

}  // namespace

geolocation_database::geolocation_database(std::unique_ptr<implementation> i) : implementation_(std::move(i)) {}
geolocation_database::~geolocation_database() = default;

std::unique_ptr<geolocation_database> geolocation_database::open(const std::string& path, std::string& error) {
    MMDB_s file{};
    const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file);
    if (status != MMDB_SUCCESS) {
        error = path + ": " + MMDB_strerror(status);
        return nullptr;
    }
    auto i = std::make_unique<implementation>();
    i->file = file;
    return std::unique_ptr<geolocation_database>(new geolocation_database(std::move(i)));
}

std::optional<geolocation> geolocation_database::find(network::ipv4_address a) const {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(a.value);
    int error = MMDB_SUCCESS;
    auto found = MMDB_lookup_sockaddr(&implementation_->file, reinterpret_cast<const sockaddr*>(&where), &error);
    if (error != MMDB_SUCCESS || !found.found_entry) return std::nullopt;
    static constexpr const char* country[] = {"country", "iso_code", nullptr};
    static constexpr const char* region[] = {"subdivisions", "0", "iso_code", nullptr};
    static constexpr const char* isp[] = {"traits", "isp", nullptr};
    static constexpr const char* latitude[] = {"location", "latitude", nullptr};
    static constexpr const char* longitude[] = {"location", "longitude", nullptr};
    geolocation out;
    out.country = text_at(found.entry, country);
    if (out.country.empty()) return std::nullopt;
    out.region = text_at(found.entry, region);
    out.network_operator = text_at(found.entry, isp);
    out.latitude = number_at(found.entry, latitude);
    out.longitude = number_at(found.entry, longitude);
    return out;
}

std::string geolocation_database::description() const {
    const auto& meta = implementation_->file.metadata;
    return std::string(meta.database_type) + ", built at " + std::to_string(meta.build_epoch);
}

}  // namespace dectbed::models::servers
