#include "models/servers/provisioning_server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

namespace fs = std::filesystem;

/// A directory with a few files beside one that must not be reached.
struct tree {
    fs::path top = test::temporary_folder() / "provisioning";
    tree() {
        fs::create_directories(top / "root/office");
        std::ofstream(top / "secret.cfg") << "secret = yes\n";
        std::ofstream(top / "root/office/common.cfg") << "band = eu\n";
        std::ofstream(top / "root/office/empty.cfg");
        fs::create_symlink(top / "secret.cfg", top / "root/link.cfg");
        fs::create_symlink("office/common.cfg", top / "root/alias.cfg");
        fs::create_directory_symlink(top, top / "root/up");
    }
    ~tree() { fs::remove_all(top); }
    std::string root() const { return (top / "root").string(); }
};

std::string get(const std::string& target, const std::string& extra = "", const std::string& method = "GET") {
    return method + " " + target + " HTTP/1.1\r\nHost: prov.csp.example\r\n" + extra + "\r\n";
}

struct outcome {
    std::string status, body, verdict, answer;
};

outcome fetch(const std::string& octets) {
    tree t;
    bench b;
    provisioning_parameters p;
    p.directory = t.root();
    p.files["office/021b2c000001.cfg"] = "name = first\n";
    provisioning_server server(b.s, b.who, b.server_stack, p);
    tcp_client c(b);
    c.say(octets);
    b.run(5s);
    const auto responses = b.records<sim::record::http_response>();
    return {status_line(c.answer), body_of(c.answer), responses.empty() ? "" : responses.back().verdict, c.answer};
}

TEST(provisioning_server, when_a_file_is_there_then_it_is_served) {
    auto o = fetch(get("/office/common.cfg"));
    EXPECT_EQ(o.status, "HTTP/1.1 200 OK");
    EXPECT_EQ(o.body, "band = eu\n");
    EXPECT_EQ(o.verdict, "file");
    EXPECT_NE(o.answer.find("Content-Type: text/plain\r\n"), std::string::npos);
    EXPECT_NE(o.answer.find("Content-Length: 10\r\n"), std::string::npos);
    EXPECT_EQ(fetch(get("/office/empty.cfg")).answer.find("Content-Length: 0\r\n") != std::string::npos, true);
    EXPECT_EQ(fetch(get("/office/021b2c000001.cfg")).body, "name = first\n");
    EXPECT_EQ(fetch(get("/alias.cfg")).body, "band = eu\n");
    EXPECT_EQ(fetch(get("/office//./common.cfg?mac=1")).body, "band = eu\n");
    EXPECT_EQ(fetch(get("http://prov.csp.example/office/%63ommon.cfg")).body, "band = eu\n");
}

TEST(provisioning_server, when_there_is_no_such_file_then_404) {
    for (const char* target : {"/office/021b2c000009.cfg", "/office", "/office/", "/", "/office/common.cfg/x"}) {
        const auto o = fetch(get(target));
        EXPECT_EQ(o.status, "HTTP/1.1 404 Not Found") << target;
        EXPECT_EQ(o.verdict, "not found");
    }
}

TEST(provisioning_server, when_a_path_leads_out_then_nothing_is_given) {
    for (const char* target :
         {"/../secret.cfg", "/office/../../secret.cfg", "/%2e%2e/secret.cfg", "/..%2fsecret.cfg", "/link.cfg",
          "/up/secret.cfg", "/office/..\\..\\secret.cfg", "/%00", "/%zz", "/%2", "*", "/office/common.cfg%00.txt"}) {
        const auto o = fetch(get(target));
        EXPECT_TRUE(o.status == "HTTP/1.1 400 Bad Request" || o.status == "HTTP/1.1 404 Not Found")
            << target << " " << o.status;
        EXPECT_EQ(o.answer.find("secret"), std::string::npos) << target;
    }
}

TEST(provisioning_server, when_the_client_has_the_file_then_304) {
    const auto first = fetch(get("/office/common.cfg"));
    const auto at = first.answer.find("ETag: ") + 6;
    const std::string etag = first.answer.substr(at, first.answer.find("\r\n", at) - at);
    const auto second = fetch(get("/office/common.cfg", "If-None-Match: " + etag + "\r\n"));
    EXPECT_EQ(second.status, "HTTP/1.1 304 Not Modified");
    EXPECT_EQ(second.body, "");
    EXPECT_EQ(fetch(get("/office/common.cfg", "If-None-Match: \"other\"\r\n")).status, "HTTP/1.1 200 OK");
}

TEST(provisioning_server, when_the_method_is_another_then_405) {
    EXPECT_EQ(fetch(get("/office/common.cfg", "Content-Length: 0\r\n", "PUT")).status,
              "HTTP/1.1 405 Method Not Allowed");
    const auto head = fetch(get("/office/common.cfg", "", "HEAD"));
    EXPECT_EQ(head.status, "HTTP/1.1 200 OK");
    EXPECT_EQ(head.body, "");
    EXPECT_NE(head.answer.find("Content-Length: 10\r\n"), std::string::npos);
}

TEST(provisioning_server, when_its_directory_is_missing_then_the_run_fails) {
    bench b;
    provisioning_parameters p;
    p.directory = "/nonexistent/directory";
    EXPECT_THROW(provisioning_server(b.s, b.who, b.server_stack, p), sim::run_failure);
}

TEST(safe_path, random_targets_never_leave_the_root) {
    sim::random_stream random(1, "test", "paths");
    const std::string alphabet = "/.%2e\\ab0fF?#";
    for (int round = 0; round < 20'000; ++round) {
        std::string target = "/";
        const auto length = random.below(20);
        for (std::uint64_t i = 0; i < length; ++i) target += alphabet[random.below(alphabet.size())];
        const auto path = safe_path(target);
        if (!path) continue;
        ASSERT_EQ(("/" + *path + "/").find("/../"), std::string::npos) << target;
        ASSERT_TRUE(path->empty() || path->front() != '/') << target;
    }
}

}  // namespace
}  // namespace dectbed::models::servers
