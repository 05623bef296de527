// Certificates are parsed once.
//
// Each handshake brings the same few certificates, and OpenSSL 3 takes a quarter of a handshake to make objects of
// their octets. The object is a function of the octets alone, is counted by reference, and nobody here changes one that
// he has parsed: so everybody who parses the same octets gets the same object. The program's own d2i_X509() comes
// before that of libcrypto for every library that is loaded, libssl among them, as time() does in
// library_environment.cpp.
#include <dlfcn.h>
#include <openssl/x509.h>

#include <map>
#include <string>
#include <string_view>

namespace {

/// More at once than any scenario's servers have; certificates of clients come and go.
constexpr std::size_t certificates_max = 64;
/// RFC 8446, 4.4.2 would allow 16 MiB; what is longer than this is no certificate of ours.
constexpr long octets_max = 16 * 1024;

using parser = X509* (*)(X509**, const unsigned char**, long);

/// Freed with the process: OpenSSL may be asked until its end.
auto& known() {
    static auto* const certificates = new std::map<std::string, X509*, std::less<>>;
    return *certificates;
}

}  // namespace

extern "C" X509* d2i_X509(X509** out, const unsigned char** in, long size) {
    static const auto genuine = reinterpret_cast<parser>(dlsym(RTLD_NEXT, "d2i_X509"));
    if (in == nullptr || *in == nullptr || size <= 0 || size > octets_max) return genuine(out, in, size);
    const std::string_view octets(reinterpret_cast<const char*>(*in), static_cast<std::size_t>(size));
    const auto found = known().find(octets);
    if (found != known().end()) {
        X509_up_ref(found->second);
        *in += size;
        if (out != nullptr) {
            X509_free(*out);
            *out = found->second;
        }
        return found->second;
    }
    const std::string key(octets);  // *in moves
    const unsigned char* const end = *in + size;
    X509* parsed = genuine(out, in, size);
    if (parsed == nullptr || *in != end) return parsed;
    if (known().size() >= certificates_max) {
        for (const auto& [old, certificate] : known()) X509_free(certificate);
        known().clear();
    }
    X509_up_ref(parsed);
    known().emplace(key, parsed);
    return parsed;
}
