// Captures in the classic pcap format with nanosecond time stamps, which Wireshark and tshark read.
// Format: "PCAP Capture File Format", draft-ietf-opsawg-pcap.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

enum class link_type : std::uint32_t {
    ethernet = 1,  ///< LINKTYPE_ETHERNET: frames, from cables and switches
    raw_ip = 101   ///< LINKTYPE_RAW: datagrams, from access lines and the Internet
};

/// 2025-01-01T00:00:00Z: the wall-clock time that a run's start has in captures.
constexpr std::uint32_t default_capture_epoch_s = 1735689600;

/// One file. Octets depend on the packets and on simulated time only.
class pcap_file {
  public:
    /// Throws sim::run_failure, naming file and reason, if the file cannot be written; so do write() and
    /// close().
    pcap_file(std::string path, link_type type, std::uint32_t epoch_s = default_capture_epoch_s);
    /// Closes, but can no longer say that something failed: call close() first.
    ~pcap_file();
    pcap_file(const pcap_file&) = delete;
    pcap_file& operator=(const pcap_file&) = delete;

    void write(sim::time_point at, sim::byte_view packet);
    void close();
    std::uint64_t packets() const { return packets_; }
    const std::string& path() const { return path_; }

  private:
    [[noreturn]] void fail(const char* what) const;
    void put(const void* octets, std::size_t size);

    std::string path_;
    std::uint32_t epoch_s_;
    std::FILE* file_ = nullptr;
    std::uint64_t packets_ = 0;
};

/// The captures of a run: makes files in one folder and closes them together.
class capture_set {
  public:
    /// The folder exists.
    capture_set(sim::simulation& s, std::string folder, std::uint32_t epoch_s = default_capture_epoch_s)
        : sim_(s), folder_(std::move(folder)), epoch_s_(epoch_s) {}

    /// A tap for lan_switch::capture, access_line::capture or internet::capture (frames and datagrams are the
    /// same to it). It may outlive the set's close(): what comes later is not captured. "office/base[3]"
    /// becomes "office.base[3].pcap".
    std::function<void(const frame&)> tap(const std::string& name, link_type type);

    /// The same for packets that were sent at another time than now; they come in the order of their times.
    std::function<void(sim::time_point, sim::byte_view)> timed_tap(const std::string& name, link_type type);

    /// Call at the end of the run. Throws sim::run_failure if a file is not complete.
    void close();
    std::vector<std::string> paths() const;

  private:
    std::shared_ptr<pcap_file> open(const std::string& name, link_type type);

    sim::simulation& sim_;
    std::string folder_;
    std::uint32_t epoch_s_;
    std::vector<std::shared_ptr<pcap_file>> files_;
};

}  // namespace dectbed::models::network
