#include "models/servers/firmware_image.h"

#include <gtest/gtest.h>

#include "models/firmware/lib/firmware_image.h"
#include "models/servers/file_folder.h"
#include "models/servers/provisioning_server.h"
#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

const firmware_image one{"fw/DB-100.bin", "DB-100", "1.1.0", 100'003};

TEST(firmware_image, when_a_server_makes_one_up_then_devices_take_it) {
    const std::string image = encode_firmware_image(one);
    EXPECT_EQ(image.size(), one.octets + FW_IMAGE_HEAD_OCTETS + FW_IMAGE_DIGEST_OCTETS);
    EXPECT_EQ(encode_firmware_image(one), image);
    firmware_image newer = one;
    newer.version = "1.2.0";
    EXPECT_NE(encode_firmware_image(newer).substr(48, 1000), image.substr(48, 1000));
    fw_image_check c{};
    fw_image_begin(&c);
    EXPECT_TRUE(fw_image_take(&c, "DB-100", "1.1.0", image.data(), image.size()));
    EXPECT_TRUE(fw_image_good(&c));
    fw_image_free(&c);
}

TEST(firmware_image, when_it_is_asked_for_by_http_then_ranges_of_it_are_served) {
    bench b;
    provisioning_parameters p;
    p.images = {one};
    provisioning_server server(b.s, b.who, b.server_stack, p);
    tcp_client c(b);
    c.say("GET /fw/DB-100.bin HTTP/1.1\r\nHost: x\r\nRange: bytes=100000-\r\nConnection: close\r\n\r\n");
    b.run(5s);
    EXPECT_EQ(status_line(c.answer), "HTTP/1.1 206 Partial Content");
    EXPECT_EQ(body_of(c.answer), encode_firmware_image(one).substr(100'000));
}

TEST(firmware_image, when_a_folder_offers_it_then_it_is_found_there_and_outside_it_is_not) {
    file_folder folder;
    ASSERT_TRUE(folder.open(test::temporary_folder().string()));
    folder.offer({one});
    const auto content = folder.find("/fw/DB-100.bin");
    ASSERT_NE(content, nullptr);
    EXPECT_EQ(content->size(), encode_firmware_image(one).size());
    EXPECT_EQ(folder.find("../fw/DB-100.bin"), nullptr);
}

}  // namespace
}  // namespace dectbed::models::servers
