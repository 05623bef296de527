#include "models/servers/file_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

namespace fs = std::filesystem;

struct folder_of_files : ::testing::Test {
    folder_of_files() {
        fs::create_directories(root / "office");
        write(root / "common.cfg", "band = eu\n");
        write(root / "office/021b2c000001.cfg", "name = one\n");
        write(outside / "secret.cfg", "secret");
        fs::create_symlink(outside / "secret.cfg", root / "leak.cfg");
        fs::create_symlink(outside, root / "elsewhere");
        fs::create_symlink(root / "common.cfg", root / "office/common.cfg");
    }
    static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
    std::string content(const std::string& path) {
        const auto found = folder.find(path);
        return found ? *found : "none";
    }

    const fs::path outside = test::temporary_folder() / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    const fs::path root = outside / "given";
    file_folder folder;
};

TEST_F(folder_of_files, when_files_are_asked_for_then_those_below_the_root_are_given_and_nothing_else) {
    ASSERT_TRUE(folder.open(root.string()));
    EXPECT_EQ(content("common.cfg"), "band = eu\n");
    EXPECT_EQ(content("/office//./021b2c000001.cfg"), "name = one\n");
    EXPECT_EQ(content("office/common.cfg"), "band = eu\n");
    for (const char* none : {"", "/", "office", "other.cfg", "office/021b2c000002.cfg", "nowhere/common.cfg",
                             "common.cfg/x", "leak.cfg", "elsewhere/secret.cfg", "../given/common.cfg"})
        EXPECT_EQ(content(none), "none") << none;
}

TEST_F(folder_of_files, when_the_folder_changes_during_a_run_then_the_run_sees_it_as_it_was_until_it_opens_it_again) {
    ASSERT_TRUE(folder.open(root.string()));
    EXPECT_EQ(content("common.cfg"), "band = eu\n");
    EXPECT_EQ(content("late.cfg"), "none");
    write(root / "common.cfg", "band = us\n");
    write(root / "late.cfg", "name = late\n");
    EXPECT_EQ(content("common.cfg"), "band = eu\n");
    EXPECT_EQ(content("late.cfg"), "none");
    ASSERT_TRUE(folder.open(root.string()));
    EXPECT_EQ(content("common.cfg"), "band = us\n");
    EXPECT_EQ(content("late.cfg"), "name = late\n");
    ASSERT_TRUE(folder.open(""));
    EXPECT_EQ(content("common.cfg"), "none");
    EXPECT_FALSE(folder.open((root / "nowhere").string()));
}

}  // namespace
}  // namespace dectbed::models::servers
