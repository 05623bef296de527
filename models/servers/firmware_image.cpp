#include "models/servers/firmware_image.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <algorithm>

#include "models/firmware/lib/firmware_image.h"

namespace dectbed::models::servers {

namespace {

void append_field(std::string& out, const std::string& text, std::size_t size) {
    out += text.substr(0, size);
    out.append(size - std::min(text.size(), size), '\0');
}

}  // namespace

std::string encode_firmware_image(const firmware_image& image) {
    std::string out("DBFW\x01\0\0\0", 8);
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(image.octets >> shift & 0xFF);
    append_field(out, image.model, FW_IMAGE_MODEL_OCTETS);
    append_field(out, image.version, FW_IMAGE_VERSION_OCTETS);
    const std::string name = image.model + "/" + image.version;
    const std::uint64_t seed = XXH3_64bits(name.data(), name.size());
    out.reserve(out.size() + image.octets + FW_IMAGE_DIGEST_OCTETS);
    // As real images are: nothing that a line or a server could compress.
    for (std::uint64_t i = 0; i * 8 < image.octets; ++i) {
        const std::uint64_t word = XXH3_64bits_withSeed(&i, sizeof i, seed);
        const std::size_t n = std::min<std::size_t>(8, image.octets - i * 8);
        for (std::size_t k = 0; k < n; ++k) out += static_cast<char>(word >> (8 * k) & 0xFF);
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(out.data(), out.size(), digest, &size, EVP_sha256(), nullptr);
    return out.append(reinterpret_cast<const char*>(digest), size);
}

const firmware_image* find_image(const std::vector<firmware_image>& images, const std::string& path) {
    const auto found = std::find_if(images.begin(), images.end(), [&path](const auto& i) { return i.path == path; });
    return found == images.end() ? nullptr : &*found;
}

}  // namespace dectbed::models::servers
