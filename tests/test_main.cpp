#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/temporary_folder.h"

namespace dectbed::test {
namespace {

namespace fs = std::filesystem;

struct own_folder {
    own_folder() : owner(::getpid()) {
        std::string pattern = (fs::temp_directory_path() / "dectbed_test_XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr || ::setenv("TMPDIR", pattern.c_str(), 1) != 0) {
            std::perror(pattern.c_str());
            std::abort();
        }
        path = pattern;
    }
    ~own_folder() {
        if (::getpid() != owner) return;  // a child that a test forked
        std::error_code ignored;
        fs::permissions(path, fs::perms::owner_all, ignored);
        fs::remove_all(path, ignored);
    }
    fs::path path;
    pid_t owner;
};

}  // namespace

const fs::path& temporary_folder() {
    static const own_folder folder;
    return folder.path;
}

}  // namespace dectbed::test

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    dectbed::test::temporary_folder();  // before the first test, for those who only know TMPDIR
    return RUN_ALL_TESTS();
}
