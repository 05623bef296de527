// The example of a firmware from outside: built by its own project in a folder of its own, loaded, onboarded.
#include <dlfcn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/models/firmware/reference/base_bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::test {
namespace {

/// Copies only what an outsider needs, builds there, returns the library.
std::filesystem::path build() {
    namespace fs = std::filesystem;
    const fs::path folder = temporary_folder() / "third_party_base";
    fs::create_directory(folder);
    const fs::path source = fs::path(DECTBED_SOURCE_DIR) / "models/firmware";
    fs::copy(source / "examples/third_party_base", folder / "project", fs::copy_options::recursive);
    fs::create_directories(folder / "dectbed");
    fs::copy(source / "include", folder / "dectbed/include", fs::copy_options::recursive);
    fs::copy(source / "lib", folder / "dectbed/lib", fs::copy_options::recursive);
    const std::string f = folder.string();
    const std::string command = "(cmake -S " + f + "/project -B " + f + "/build -DDECTBED_FIRMWARE=" + f +
                                "/dectbed -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS=-Werror && cmake --build " + f +
                                "/build) > " + f + "/log 2>&1";
    const int status = std::system(command.c_str());
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        std::stringstream log;
        log << std::ifstream(folder / "log").rdbuf();
        ADD_FAILURE() << log.str();
    }
    return folder / "build/third_party_base.so";
}

TEST(third_party_base, when_built_outside_the_tree_then_it_onboards_like_the_reference) {
    const auto path = build();
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    const auto entry = reinterpret_cast<dectbed_firmware_entry_fn>(dlsym(library, "dectbed_firmware_entry"));
    ASSERT_NE(entry, nullptr);
    const dectbed_firmware* firmware = entry();
    EXPECT_EQ(firmware->abi, DECTBED_FIRMWARE_ABI);
    EXPECT_EQ(firmware->kind, static_cast<std::uint32_t>(DECTBED_KIND_BASE));
    {
        base_bench b(firmware);
        b.power_on();
        ASSERT_TRUE(b.reaches("wait_code"));
        EXPECT_EQ(b.service, 1);
        EXPECT_EQ(b.host.count(DECTBED_REQ_RADIO_START), 1u);
        b.send_code(1, "9999999999");
        ASSERT_TRUE(b.gets_verdict(1));
        EXPECT_EQ(b.verdict_on(1), 1);
        b.world.release(1);
        b.send_code(2, "1234567890");
        ASSERT_TRUE(b.gets_verdict(2));
        EXPECT_EQ(b.verdict_on(2), 0);
        b.world.release(2);
        ASSERT_TRUE(b.reaches("service"));
        EXPECT_EQ(b.service, 2);
        EXPECT_EQ(b.led, DECTBED_LED_ON);
        EXPECT_EQ(b.world.registers.size(), 1u);
        b.send_code(3, "1234567890");
        ASSERT_TRUE(b.gets_verdict(3));
        EXPECT_EQ(b.verdict_on(3), 4);
        b.world.establish(4);
        b.world.say(4, from_hex("0305 0507 80a8 00db012345"));
        b.run_for(21 * second_us);  // MM_auth.1, twice
        EXPECT_EQ(hex(b.world.air.back().data), "835ae209");
        b.world.carrier(false);
        b.run_for(10 * second_us);
        b.world.carrier(true);
        EXPECT_TRUE(b.reaches("service"));
    }
    dlclose(library);
    std::filesystem::remove_all(path.parent_path().parent_path());
}

}  // namespace
}  // namespace dectbed::test
