#include "models/servers/ftp_server.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

std::string folder() {
    const auto path = test::temporary_folder() / "ftp";
    std::filesystem::create_directories(path / "boot");
    std::ofstream(path / "boot" / "common.cfg") << "band = eu\nname = x\n";
    std::ofstream(path / "021b2c000001.cfg") << "own\n";
    return path.string();
}

TEST(ftp_codec, when_a_line_is_a_command_then_its_parts_are_read_and_telnet_is_taken_out) {
    ftp_command c;
    EXPECT_TRUE(parse_ftp_command("retr a b.cfg", c));
    EXPECT_EQ(c.verb, "RETR");
    EXPECT_EQ(c.argument, "a b.cfg");
    EXPECT_TRUE(
        parse_ftp_command("\xFF\xF4\xFF\xF2"
                          "ABOR",
                          c));
    EXPECT_EQ(c.verb, "ABOR");
    for (const char* bad : {"", "X", "RETRY x", "12", "RE\tTR x", "\xFF"})
        EXPECT_FALSE(parse_ftp_command(bad, c)) << bad;
    sim::random_stream random(1, "test", "ftp");
    for (int round = 0; round < 20'000; ++round) {
        std::string line = "RETR some/file.cfg";
        for (int i = 0; i < 3; ++i) line[random.below(line.size())] = static_cast<char>(random.below(256));
        if (parse_ftp_command(line, c)) {
            EXPECT_LE(c.verb.size(), 4u);
        }
    }
}

struct ftp_bench : bench {
    ftp_server server;
    tcp_client control;
    explicit ftp_bench(ftp_parameters p = {})
        : server(s, who, server_stack, with_folder(std::move(p))), control(*this, 21) {
        control.say("");  // speaks once it is connected
        run(100ms);
    }
    static ftp_parameters with_folder(ftp_parameters p) {
        p.folder = folder();
        if (p.accounts.empty()) p.accounts = {{"user", "password"}};
        return p;
    }
    /// The reply to one command.
    std::string ask(const std::string& line) {
        const auto before = control.answer.size();
        control.say(line + "\r\n");
        run(200ms);
        return control.answer.substr(before);
    }
    void log_in() {
        ask("USER user");
        EXPECT_EQ(ask("PASS password").substr(0, 4), "230 ");
    }
    std::uint16_t passive() {
        const auto reply = ask("EPSV");
        return static_cast<std::uint16_t>(std::stoi(reply.substr(reply.find("|||") + 3)));
    }
};

TEST(ftp_server, MIT_25_when_logged_in_then_a_file_comes_in_passive_mode) {
    ftp_bench b;
    EXPECT_EQ(b.control.answer, "220 dectbed file server\r\n");
    EXPECT_EQ(b.ask("RETR boot/common.cfg"), "530 Not logged in\r\n");
    b.log_in();
    EXPECT_EQ(b.ask("TYPE I"), "200 Command okay\r\n");
    EXPECT_EQ(b.ask("RETR boot/common.cfg"), "425 Use PASV or EPSV first\r\n");
    {
        tcp_client data(b, b.passive());
        b.run(100ms);
        EXPECT_EQ(b.ask("RETR boot/common.cfg"),
                  "150 File status okay; about to open data connection\r\n226 Closing data connection\r\n");
        EXPECT_EQ(data.answer, "band = eu\nname = x\n");
        EXPECT_TRUE(data.finished);
    }
    // The order may be the other way round: first the command, then the connection.
    const auto port = b.passive();
    EXPECT_EQ(b.ask("RETR 021b2c000001.cfg").substr(0, 4), "150 ");
    tcp_client late(b, port);
    b.run(1s);
    EXPECT_EQ(late.answer, "own\n");
    const auto transfers = b.records<sim::record::file_transfer>();
    ASSERT_EQ(transfers.size(), 2u);
    EXPECT_EQ(transfers[0].protocol, "ftp");
    EXPECT_EQ(transfers[0].octets, 19);
    EXPECT_EQ(transfers[0].result, "done");
    EXPECT_EQ(transfers[1].client, b.base);
}

TEST(ftp_server, when_pasv_is_asked_then_the_address_is_the_servers_and_text_gets_its_line_ends) {
    ftp_bench b;
    b.log_in();
    const auto reply = b.ask("PASV");
    EXPECT_EQ(reply.substr(0, 41), "227 Entering Passive Mode (198,51,100,1,1") << reply;
    EXPECT_EQ(reply, "227 Entering Passive Mode (198,51,100,1,195,80)\r\n");
    tcp_client data(b, 50000);
    b.run(100ms);
    b.ask("TYPE A");
    b.ask("RETR boot/common.cfg");
    EXPECT_EQ(data.answer, "band = eu\r\nname = x\r\n");
}

TEST(ftp_server, when_the_password_is_wrong_three_times_then_it_hangs_up) {
    ftp_bench b;
    EXPECT_EQ(b.ask("PASS password"), "503 Bad sequence of commands\r\n");
    b.ask("USER user");
    EXPECT_EQ(b.ask("PASS wrong"), "530 Not logged in\r\n");
    b.ask("PASS wrong");
    EXPECT_FALSE(b.control.finished);
    b.ask("PASS wrong");
    EXPECT_TRUE(b.control.finished);
}

TEST(ftp_server, when_there_are_no_accounts_then_anonymous_reads) {
    bench b;
    ftp_parameters p;
    p.folder = folder();
    ftp_server server(b.s, b.who, b.server_stack, p);
    tcp_client c(b, 21);
    c.say("USER anonymous\r\nPASS me@\r\nPWD\r\nCWD boot\r\nPWD\r\nSIZE common.cfg\r\nCDUP\r\nCWD ..\r\nQUIT\r\n");
    b.run(1s);
    EXPECT_EQ(c.answer,
              "220 dectbed file server\r\n331 User name okay, need password\r\n230 User logged in, proceed\r\n"
              "257 \"/\"\r\n250 Requested file action okay, completed\r\n257 \"/boot\"\r\n213 19\r\n"
              "250 Requested file action okay, completed\r\n250 Requested file action okay, completed\r\n"
              "221 Service closing control connection\r\n");
    EXPECT_TRUE(c.finished);
    EXPECT_EQ(server.sessions(), 0u);
}

TEST(ftp_server, when_a_file_is_not_there_or_not_below_then_550) {
    ftp_bench b;
    b.log_in();
    for (const char* path : {"nowhere", "../dectbed_secret", "boot", "/../../etc/passwd"}) {
        (void)b.passive();
        EXPECT_EQ(b.ask(std::string("RETR ") + path), "550 File not found\r\n") << path;
    }
    EXPECT_EQ(b.ask("STOR x"), "550 Permission denied\r\n");
    EXPECT_EQ(b.ask("PORT 1,2,3,4,5,6"), "502 Command not implemented\r\n");
    EXPECT_EQ(b.ask("AUTH TLS"), "502 Command not implemented\r\n");
}

TEST(ftp_server, when_somebody_else_comes_to_the_passive_port_then_he_is_reset) {
    ftp_bench b;
    b.log_in();
    const auto port = b.passive();
    network::fake::stack elsewhere(b.net, {0xCB007199});
    bool reset = false;
    const auto thief = elsewhere.connect({b.server_address, port});
    thief->on_closed = [&](network::close_reason r) { reset = r == network::close_reason::reset; };
    b.run(100ms);
    EXPECT_TRUE(reset);
    tcp_client data(b, port);
    b.run(100ms);
    b.ask("RETR boot/common.cfg");
    EXPECT_FALSE(data.answer.empty());
    thief->on_closed = nullptr;
}

TEST(ftp_server, when_the_client_breaks_the_data_connection_then_426) {
    ftp_bench b;
    b.log_in();
    const auto port = b.passive();
    {
        tcp_client data(b, port);
        b.run(100ms);
        data.stream->abort();
        b.run(100ms);
    }
    EXPECT_EQ(b.ask("RETR boot/common.cfg"), "425 Use PASV or EPSV first\r\n");
    EXPECT_EQ(b.ask("LIST"), "425 Use PASV or EPSV first\r\n");
    tcp_client list(b, b.passive());
    b.run(100ms);
    EXPECT_EQ(b.ask("NLST"), "150 Here it comes\r\n226 Closing data connection\r\n");
    EXPECT_EQ(list.answer, "021b2c000001.cfg\r\nboot/\r\n");
}

TEST(ftp_server, when_octets_are_garbage_then_it_says_so_or_hangs_up) {
    ftp_bench b;
    EXPECT_EQ(b.ask("\x01\x02\x03"), "500 Syntax error, command unrecognized\r\n");
    b.control.say(std::string(5000, 'x'));
    b.run(1s);
    EXPECT_TRUE(b.control.closed);
    EXPECT_EQ(b.server.sessions(), 0u);
}

}  // namespace
}  // namespace dectbed::models::servers
