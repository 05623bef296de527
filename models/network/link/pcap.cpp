#include "models/network/link/pcap.h"

#include <cerrno>
#include <cstring>

#include "sim/kernel.h"

namespace dectbed::models::network {

namespace {

constexpr std::uint32_t nanosecond_magic = 0xA1B23C4D;
constexpr std::uint32_t snapshot_octets = 65535;
constexpr std::size_t buffer_octets = 64 * 1024;

// The format lets the writer choose the byte order; little-endian everywhere keeps files equal on all hosts.
void put_u32(std::uint8_t* at, std::uint32_t v) {
    for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(v >> (8 * i));
}

}  // namespace

pcap_file::pcap_file(std::string path, link_type type, std::uint32_t epoch_s)
    : path_(std::move(path)), epoch_s_(epoch_s), file_(std::fopen(path_.c_str(), "wb")) {
    if (file_ == nullptr) fail("open");
    std::setvbuf(file_, nullptr, _IOFBF, buffer_octets);
    std::uint8_t header[24] = {};
    put_u32(header, nanosecond_magic);
    header[4] = 2;  // version 2.4
    header[6] = 4;
    put_u32(header + 16, snapshot_octets);
    put_u32(header + 20, static_cast<std::uint32_t>(type));
    try {
        put(header, sizeof header);
    } catch (...) {
        std::fclose(file_);
        throw;
    }
}

pcap_file::~pcap_file() {
    if (file_ != nullptr) std::fclose(file_);
}

void pcap_file::fail(const char* what) const {
    throw sim::run_failure("", std::string("capture: cannot ") + what + " '" + path_ + "': " + std::strerror(errno));
}

void pcap_file::put(const void* octets, std::size_t size) {
    if (std::fwrite(octets, 1, size, file_) != size) fail("write");
}

void pcap_file::write(sim::time_point at, sim::byte_view packet) {
    if (file_ == nullptr) return;
    constexpr std::int64_t ps_per_s = 1'000'000'000'000, ps_per_ns = 1000;
    const auto ps = sim::picoseconds_of(at);
    const auto size = static_cast<std::uint32_t>(packet.size());
    const std::uint32_t kept = size < snapshot_octets ? size : snapshot_octets;
    std::uint8_t header[16];
    put_u32(header, epoch_s_ + static_cast<std::uint32_t>(ps / ps_per_s));
    put_u32(header + 4, static_cast<std::uint32_t>(ps % ps_per_s / ps_per_ns));
    put_u32(header + 8, kept);
    put_u32(header + 12, size);
    put(header, sizeof header);
    put(packet.data(), kept);
    ++packets_;
}

void pcap_file::close() {
    if (file_ == nullptr) return;
    std::FILE* const file = file_;
    const bool written = std::fflush(file) == 0 && std::ferror(file) == 0;
    const int flush_error = errno;
    file_ = nullptr;
    const bool closed = std::fclose(file) == 0;
    if (!written) errno = flush_error;
    if (!written || !closed) fail("complete");
}

std::shared_ptr<pcap_file> capture_set::open(const std::string& name, link_type type) {
    std::string file_name = name;
    for (char& c : file_name)
        if (c == '/') c = '.';
    files_.push_back(std::make_shared<pcap_file>(folder_ + '/' + file_name + ".pcap", type, epoch_s_));
    return files_.back();
}

std::function<void(const frame&)> capture_set::tap(const std::string& name, link_type type) {
    return [&s = sim_, file = open(name, type)](const frame& f) { file->write(s.now(), *f); };
}

std::function<void(sim::time_point, sim::byte_view)> capture_set::timed_tap(const std::string& name, link_type type) {
    return [file = open(name, type)](sim::time_point at, sim::byte_view packet) { file->write(at, packet); };
}

void capture_set::close() {
    for (const auto& file : files_) file->close();
}

std::vector<std::string> capture_set::paths() const {
    std::vector<std::string> all;
    for (const auto& file : files_) all.push_back(file->path());
    return all;
}

}  // namespace dectbed::models::network
