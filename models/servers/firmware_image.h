// Firmware images that servers give out: made up, with the size that a product's have
// (models/firmware/lib/firmware_image.h has the format). The content is a function of model and version, so that a
// whole and a resumed download agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dectbed::models::servers {

struct firmware_image {
    std::string path;  ///< relative to the server's root: "firmware/DB-100.bin"
    std::string model, version;
    std::uint32_t octets = 0;  ///< of the content; head and digest are 80 more
};

std::string encode_firmware_image(const firmware_image& image);
/// The image with this path; null: none.
const firmware_image* find_image(const std::vector<firmware_image>& images, const std::string& path);

}  // namespace dectbed::models::servers
