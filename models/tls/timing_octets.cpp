#include "models/tls/timing_octets.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "dectbed/tls_timing.h"

namespace dectbed::models::tls {

bool timing_reader::begins(int content) {
    const bool magic = number(1) == 'd' && number(1) == 't' && number(1) == 1;
    return number(1) == static_cast<std::uint64_t>(content) && magic && good_;
}

std::uint64_t timing_reader::number(std::size_t octets) {
    std::uint64_t value = 0;
    for (; octets > 0; --octets) {
        good_ = good_ && at_ < data_.size();
        value = value << 8 | (good_ ? data_[at_++] : 0u);
    }
    return value;
}

std::string timing_reader::text() {
    const auto size = static_cast<std::size_t>(number(1));
    good_ = good_ && size <= data_.size() - at_;
    if (!good_) return {};
    std::string out(sim::text(data_.subspan(at_, size)));
    at_ += size;
    return out;
}

timing_writer::timing_writer(int content) { out_ = {'d', 't', 1, static_cast<std::uint8_t>(content)}; }

void timing_writer::number(std::uint64_t value, std::size_t octets) {
    for (; octets > 0; --octets) out_.push_back(static_cast<std::uint8_t>(value >> (8 * (octets - 1))));
}

void timing_writer::text(const std::string& t) {
    const std::size_t size = std::min<std::size_t>(t.size(), 255);
    number(size, 1);
    out_.insert(out_.end(), t.begin(), t.begin() + static_cast<std::ptrdiff_t>(size));
}

namespace {

void record_head(sim::bytes& out, std::size_t body) {
    out.insert(out.end(),
               {DECTBED_TLS_TYPE_DATA, 3, 3, static_cast<std::uint8_t>(body >> 8), static_cast<std::uint8_t>(body)});
}

std::int64_t unix_of(const ASN1_TIME* t) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(t, &parts) != 1) return 0;
    return ::timegm(&parts);
}

void add_names(timing_writer& w, X509* leaf) {
    std::vector<std::string> names;
    auto* found = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(found); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(found, i);
        if (name->type == GEN_DNS) {
            names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                               static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
        } else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 4) {
            const unsigned char* a = ASN1_STRING_get0_data(name->d.iPAddress);
            names.push_back(std::to_string(a[0]) + "." + std::to_string(a[1]) + "." + std::to_string(a[2]) + "." +
                            std::to_string(a[3]));
        }
    }
    GENERAL_NAMES_free(found);
    // Without alternative names the common name counts (RFC 9525 leaves that to old clients; OpenSSL is one).
    if (names.empty()) names.push_back(common_name_of(leaf));
    constexpr std::size_t names_max = 16;  // must find room in the flight
    if (names.size() > names_max) names.resize(names_max);
    w.number(names.size(), 1);
    for (const auto& name : names) w.text(name);
}

}  // namespace

sim::bytes in_records(const std::vector<std::uint16_t>& sizes, const sim::bytes& content) {
    sim::bytes out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        std::size_t body = sizes[i] - std::size_t{DECTBED_TLS_RECORD_HEAD};
        if (i + 1 == sizes.size()) body = std::max(body, content.size() - at);
        const std::size_t n = std::min(body, content.size() - at);
        record_head(out, body);
        out.insert(out.end(), content.begin() + static_cast<std::ptrdiff_t>(at),
                   content.begin() + static_cast<std::ptrdiff_t>(at + n));
        out.resize(out.size() + body - n);
        at += n;
    }
    return out;
}

void append_data_records(sim::bytes& out, sim::byte_view plain, bool tls_1_3) {
    const std::size_t added = (tls_1_3 ? DECTBED_TLS_OVERHEAD_1_3 : DECTBED_TLS_OVERHEAD_1_2) - DECTBED_TLS_RECORD_HEAD;
    while (plain.size() > 0) {
        const auto n = std::min<std::ptrdiff_t>(plain.size(), DECTBED_TLS_RECORD_MAX);
        record_head(out, static_cast<std::size_t>(n) + added);
        out.insert(out.end(), plain.data(), plain.data() + n);
        out.resize(out.size() + added);
        plain = plain.subspan(n);
    }
}

sim::bytes farewell_record(bool tls_1_3) {
    sim::bytes out;
    const std::size_t size = tls_1_3 ? DECTBED_TLS_ALERT_OCTETS_1_3 : DECTBED_TLS_ALERT_OCTETS_1_2;
    record_head(out, size - DECTBED_TLS_RECORD_HEAD);
    out.resize(size);
    out.back() = DECTBED_TLS_FAREWELL;
    return out;
}

std::uint64_t certificate_id(X509* certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    if (size <= 0) return 0;
    std::string base64(static_cast<std::size_t>(size / 3 + 1) * 4 + 1, '\0');
    base64.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), der, size)));
    OPENSSL_free(der);
    std::uint64_t id = 0xCBF29CE484222325u;
    for (const char c : base64) id = (id ^ static_cast<std::uint8_t>(c)) * 0x100000001B3u;
    return id;
}

sim::bytes certificate_octets(const server_parameters& p) {
    timing_writer w;
    const auto& chain = p.own->chain;
    w.number(chain.size(), 1);
    for (const auto& c : chain) {
        w.number(static_cast<std::uint64_t>(unix_of(X509_get0_notBefore(c.get()))), 8);
        w.number(static_cast<std::uint64_t>(unix_of(X509_get0_notAfter(c.get()))), 8);
        w.number(certificate_id(c.get()), 8);
    }
    std::uint64_t root = 0;
    X509* top = chain.back().get();
    if (X509_self_signed(top, 0) == 1) root = certificate_id(top);
    for (const auto& c : certificates_in(p.own_root)) {
        if (X509_check_issued(c.get(), top) == X509_V_OK) root = certificate_id(c.get());
    }
    w.number(root, 8);
    add_names(w, chain.front().get());
    return w.take();
}

}  // namespace dectbed::models::tls
