// The functions that replace OpenSSL's generator as a whole are marked as old; there is no other way to have
// every random octet from elsewhere, those of key generation and signatures included.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "models/tls/library_environment.h"

#include <openssl/rand.h>
#include <openssl/x509.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

#include "models/tls/lean_provider.h"

namespace dectbed::models::tls {

namespace {

library_environment* current = nullptr;

/// Has the linker take our parser of certificates (certificate_memory.cpp) into every program that has this file.
[[gnu::used]] X509* (*const parser)(X509**, const unsigned char**, long) = &d2i_X509;

int draw_octets(unsigned char* out, int size) {
    if (current == nullptr || size < 0) return 0;
    current->fill(out, static_cast<std::size_t>(size));
    return 1;
}

/// What callers mix in is of no use to us: a stream is what seed, path and purpose say.
int take_seed(const void*, int) { return 1; }
int take_entropy(const void*, int, double) { return 1; }
void clean_up() {}
int ready() { return 1; }

/// Replaced before anything draws: by the constructor of the first scope.
bool replace_generator() {
    use_lean_provider();
    static const RAND_METHOD method = {take_seed, draw_octets, clean_up, take_entropy, draw_octets, ready};
    return RAND_set_rand_method(&method) == 1;
}

}  // namespace

environment_scope::environment_scope(library_environment& e) : before_(current) {
    static const bool replaced = replace_generator();
    (void)replaced;
    current = &e;
}

environment_scope::~environment_scope() { current = before_; }

void entity_environment::draw(sim::random_stream& stream, std::uint8_t* octets, std::size_t size) {
    while (size > 0) {
        std::uint32_t word = stream.u32();
        for (int i = 0; i < 4 && size > 0; ++i, --size, word >>= 8) *octets++ = static_cast<std::uint8_t>(word);
    }
}

}  // namespace dectbed::models::tls

/// The program's own time() comes before the C library's for every library that is loaded, libssl among them.
extern "C" time_t time(time_t* out) noexcept {
    using dectbed::models::tls::current;
    const time_t now = current != nullptr ? static_cast<time_t>(current->unix_s()) : ::syscall(SYS_time, nullptr);
    if (out != nullptr) *out = now;
    return now;
}
