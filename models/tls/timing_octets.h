// Octets of the timing model of TLS (dectbed/tls_timing.h), the server's side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/tls/parameters.h"
#include "sim/bytes.h"

namespace dectbed::models::tls {

/// Reads past the end give zeros and make it bad.
class timing_reader {
  public:
    explicit timing_reader(sim::byte_view data) : data_(data) {}
    /// Takes the first four octets; true if they are those of this content.
    bool begins(int content);
    std::uint64_t number(std::size_t octets);
    std::string text();
    bool good() const { return good_; }

  private:
    sim::byte_view data_;
    std::size_t at_ = 0;
    bool good_ = true;
};

class timing_writer {
  public:
    timing_writer() = default;
    explicit timing_writer(int content);
    void number(std::uint64_t value, std::size_t octets);
    void text(const std::string& t);  ///< cut to 255 octets
    void append(const sim::bytes& octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }
    sim::bytes take() { return std::move(out_); }

  private:
    sim::bytes out_;
};

/// Records of these sizes with the content in their bodies, then zeros. Content that does not fit lengthens the last
/// record.
sim::bytes in_records(const std::vector<std::uint16_t>& sizes, const sim::bytes& content);
void append_data_records(sim::bytes& out, sim::byte_view plain, bool tls_1_3);
sim::bytes farewell_record(bool tls_1_3);

/// Chain, root and names as the server flight has them.
sim::bytes certificate_octets(const server_parameters& p);
/// Identifies a certificate: FNV-1a over its base64 text, which the firmware library computes too.
std::uint64_t certificate_id(X509* certificate);

}  // namespace dectbed::models::tls
