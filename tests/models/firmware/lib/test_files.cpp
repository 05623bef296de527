// Addresses of files, and the clients that fetch them by TFTP and FTP.
#include "models/firmware/lib/fetch.h"
#include "models/firmware/lib/user_files.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

using namespace std::string_literals;

// --- addresses ------------------------------------------------------------------------------------------------------

std::string parsed(const char* text) {
    fw_url u;
    if (!fw_url_parse(text, &u)) return "refused";
    std::string out = std::string(fw_protocol_name(u.protocol)) + "|";
    if (u.has_credentials) out += std::string(u.user) + "|" + u.password + "|";
    return out + u.host + "|" + std::to_string(u.port) + "|" + u.path;
}

TEST(url, SPL_05_when_of_the_grammar_then_its_parts_are_read) {
    EXPECT_EQ(parsed("10.0.0.10"), "|10.0.0.10|0|");
    EXPECT_EQ(parsed("ftp://provisioning.test.com"), "ftp|provisioning.test.com|0|");
    EXPECT_EQ(parsed("ftp://user:password@provisioning.example.com"), "ftp|user|password|provisioning.example.com|0|");
    EXPECT_EQ(parsed("http://server.example.com/boot"), "http|server.example.com|0|/boot");
    EXPECT_EQ(parsed("https://server.example.com:10443/boot"), "https|server.example.com|10443|/boot");
    EXPECT_EQ(parsed("server:8080/a/b.cfg"), "|server|8080|/a/b.cfg");
    EXPECT_EQ(parsed("TFTP://h/"), "tftp|h|0|/");
    EXPECT_EQ(parsed("http://u:p@ss:w@h/x@y"), "http|u|p@ss:w|h|0|/x@y");
    EXPECT_EQ(parsed("ftp://u:@h"), "ftp|u||h|0|");
}

TEST(url, SPL_05_when_not_of_the_grammar_then_it_is_refused) {
    for (const char* bad :
         {"", "http://", "http:///x", "user:password@host", "ftp://user@host", "ftp://:p@host", "gopher://h",
          "sftp://h", "http://h:0/", "http://h:65536/", "http://h:/", "http://h:80x/", "http://h ost/", "http://h/a b",
          "http://-_h/", "a..b", "http://h/\x01", "http://u\n:p@h/"}) {
        EXPECT_EQ(parsed(bad), "refused") << bad;
    }
    EXPECT_EQ(parsed(("http://h/" + std::string(300, 'x')).c_str()), "refused");
    EXPECT_EQ(parsed((std::string(70, 'a') + ".b").c_str()), "refused");
    noise random(8);
    fw_url u;
    for (int i = 0; i < 50000; ++i) {
        const std::string text = text_of(random.spoil(bytes_of("https://user:password@server.example.com:10443/boot")));
        if (fw_url_parse(text.c_str(), &u)) {
            EXPECT_LT(strnlen(u.host, sizeof u.host), sizeof u.host);
        }
    }
}

TEST(url, SPL_06_when_a_protocol_is_written_then_it_chooses_the_port) {
    EXPECT_EQ(fw_protocol_port(FW_PROTOCOL_TFTP), 69);
    EXPECT_EQ(fw_protocol_port(FW_PROTOCOL_FTP), 21);
    EXPECT_EQ(fw_protocol_port(FW_PROTOCOL_FTPS), 21);
    EXPECT_EQ(fw_protocol_port(FW_PROTOCOL_HTTP), 80);
    EXPECT_EQ(fw_protocol_port(FW_PROTOCOL_HTTPS), 443);
    fw_http_client http{};
    fw_fetch fetch{};
    fetch.http = &http;
    for (const char* url : {"tftp://h/", "ftp://h/", "http://h/"}) EXPECT_TRUE(fw_fetch_can(&fetch, url)) << url;
    EXPECT_FALSE(fw_fetch_can(&fetch, "h"));
    for (const char* url : {"ftps://h/", "https://h/"})
        EXPECT_FALSE(fw_fetch_can(&fetch, url)) << url << ": no TLS here";
    fw_tls_device tls{};
    http.config.tls = &tls;
    for (const char* url : {"ftps://h/", "https://h/"}) EXPECT_TRUE(fw_fetch_can(&fetch, url)) << url;
}

fw_user_file_settings settings() {
    fw_user_file_settings s{};
    s.general.protocol = FW_PROTOCOL_HTTPS;
    std::strcpy(s.general.server, "prov.example.com");
    std::strcpy(s.general.path, "/omm/");
    s.general.validates_certificates = true;
    s.specific.protocol = FW_PROTOCOL_TFTP;
    std::strcpy(s.specific.server, "192.168.112.109");
    std::strcpy(s.specific.path, "user_config");
    return s;
}

std::string located(const fw_user_file_settings& s, const char* login) {
    fw_user_file f;
    return fw_user_file_locate(&s, login, &f) ? std::string(f.url) + (f.validates_certificates ? " validated" : "")
                                              : "refused";
}

TEST(user_files, MIT_26_when_the_system_starts_or_a_user_logs_in_then_the_addresses_are_these) {
    auto s = settings();
    s.specific_source = true;
    EXPECT_EQ(located(s, nullptr), "tftp://192.168.112.109/user_config/user_common.cfg");
    EXPECT_EQ(located(s, "4711"), "tftp://192.168.112.109/user_config/4711.cfg");
    s.specific.path[0] = '\0';
    EXPECT_EQ(located(s, "4711"), "tftp://192.168.112.109/4711.cfg");
    for (const char* bad : {"", "../4711", "a/b", "47 11", ".x"}) EXPECT_EQ(located(s, bad), "refused") << bad;
}

TEST(user_files, MIT_25_when_the_protocol_takes_credentials_then_they_are_in_the_address_and_never_for_tftp) {
    auto s = settings();
    s.specific_source = true;
    std::strcpy(s.specific.user, "omm");
    std::strcpy(s.specific.password, "secret");
    EXPECT_EQ(located(s, "1"), "tftp://192.168.112.109/user_config/1.cfg");
    for (const auto& [protocol, name] :
         std::vector<std::pair<fw_protocol, std::string>>{{FW_PROTOCOL_FTP, "ftp"},
                                                          {FW_PROTOCOL_FTPS, "ftps"},
                                                          {FW_PROTOCOL_HTTP, "http"},
                                                          {FW_PROTOCOL_HTTPS, "https"}}) {
        s.specific.protocol = protocol;
        EXPECT_EQ(located(s, "1"), name + "://omm:secret@192.168.112.109/user_config/1.cfg");
    }
    s.specific.protocol = FW_PROTOCOL_NONE;
    EXPECT_EQ(located(s, "1"), "refused");
}

TEST(user_files, MIT_27_when_no_specific_source_is_configured_then_the_general_server_and_its_validation_count) {
    auto s = settings();
    EXPECT_EQ(located(s, "4711"), "https://prov.example.com/omm/4711.cfg validated");
    s.specific_source = true;
    s.specific.protocol = FW_PROTOCOL_HTTPS;
    EXPECT_EQ(located(s, "4711"), "https://192.168.112.109/user_config/4711.cfg");
    s.system_security = true;
    EXPECT_EQ(located(s, "4711"), "https://192.168.112.109/user_config/4711.cfg validated");
    s.system_security = false;
    s.specific.validates_certificates = true;
    EXPECT_EQ(located(s, "4711"), "https://192.168.112.109/user_config/4711.cfg validated");
    s.specific.protocol = FW_PROTOCOL_TFTP;
    EXPECT_EQ(located(s, "4711"), "tftp://192.168.112.109/user_config/4711.cfg");
}

// --- fetching -------------------------------------------------------------------------------------------------------

class fetch_bench {
  public:
    fetch_bench() {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* event) {
            if (!fw_io_begin(&io, event)) return;
            if (!fw_dns_handle(&dns, event) && !fw_http_handle(&http, event)) fw_fetch_handle(&fetch, event);
        };
        const fw_dns_config dns_config{16, 32, 3};
        fw_dns_init(&dns, &io, &dns_config);
        fw_http_config http_config{};
        http_config.timer = 5;
        http_config.socket_first = 60;
        http_config.body_octets_max = 4096;
        fw_http_init(&http, &io, &dns, &http_config);
        const fw_fetch_config config{6, 7, 80, 90, 4096};
        fw_fetch_init(&fetch, &io, &dns, &http, &config);
    }
    ~fetch_bench() {
        fw_http_free(&http);
        fw_fetch_free(&fetch);
        fw_dns_free(&dns);
    }
    void get(const std::string& url) {
        calls = 0;
        fw_fetch_start(
            &fetch, url.c_str(),
            [](void* context, const fw_http_result* r) {
                auto& self = *static_cast<fetch_bench*>(context);
                ++self.calls;
                self.error = r->error;
                self.status = r->status;
                self.body.assign(r->body, r->body_octets);
            },
            this);
    }
    fake_host host;
    fw_io io{};
    fw_dns_client dns{};
    fw_http_client http{};
    fw_fetch fetch{};
    int calls = 0;
    fw_http_error error = FW_HTTP_OK;
    unsigned status = 0;
    std::string body;
};

/// A TFTP server whose answers a test decides; 10 ms away, its transfers from port 4000.
struct tftp_world : fetch_bench {
    tftp_world() {
        host.on[DECTBED_REQ_UDP_SEND] = [this](const request& r) {
            const auto u = r.as<dectbed_req_udp_send>();
            const std::string data = text_of(r.data<dectbed_req_udp_send>());
            sent.push_back(data);
            if (serve) serve(u, data);
        };
    }
    void say(const dectbed_req_udp_send& to, const std::string& packet, std::uint16_t port = 4000,
             std::uint64_t delay_us = 10000) {
        dectbed_ev_udp_received event{};
        event.socket = to.socket;
        event.address = to.address;
        event.port = port;
        host.post(DECTBED_EV_UDP_RECEIVED, event, delay_us, bytes_of(packet));
    }
    static std::string data(std::uint16_t block, const std::string& content) {
        return {"\0\3"s + static_cast<char>(block >> 8) + static_cast<char>(block) + content};
    }
    /// A server without options, as RFC 1350 has it.
    void plain_server(const std::string& file) {
        serve = [this, file](const dectbed_req_udp_send& u, const std::string& packet) {
            const std::size_t block = packet[1] == 1
                                          ? 0
                                          : static_cast<std::size_t>(static_cast<unsigned char>(packet[2])) << 8 |
                                                static_cast<unsigned char>(packet[3]);
            if (packet[1] == 5 || block * 512 > file.size()) return;
            say(u, data(static_cast<std::uint16_t>(block + 1), file.substr(block * 512, 512)));
        };
    }
    std::function<void(const dectbed_req_udp_send&, const std::string&)> serve;
    std::vector<std::string> sent;
};

TEST(tftp_client, when_a_file_is_asked_for_then_the_request_is_that_of_rfc_1350_2347_and_7440) {
    tftp_world w;
    w.get("tftp://192.0.2.69/user_config/4711.cfg");
    EXPECT_EQ(w.sent.at(0), "\0\1user_config/4711.cfg\0octet\0blksize\0001428\0tsize\0000\0windowsize\0004\0"s);
    EXPECT_EQ(w.host.of(DECTBED_REQ_UDP_SEND)[0].as<dectbed_req_udp_send>().port, 69);
}

TEST(tftp_client, when_the_server_knows_no_options_then_blocks_of_512_are_taken) {
    for (const std::size_t octets : {0u, 1u, 511u, 512u, 1025u}) {
        tftp_world w;
        w.plain_server(std::string(octets, 'z'));
        w.get("tftp://192.0.2.69/f");
        w.host.run_for(second_us);
        EXPECT_EQ(w.calls, 1) << octets;
        EXPECT_EQ(w.status, 200u);
        EXPECT_EQ(w.body, std::string(octets, 'z'));
    }
}

TEST(tftp_client, when_options_are_agreed_then_windows_are_acknowledged_and_a_gap_is_told_once) {
    tftp_world w;
    bool lost = false;
    w.serve = [&](const dectbed_req_udp_send& u, const std::string& p) {
        if (p[1] == 1) w.say(u, "\0\6blksize\0008\0windowsize\0003\0tsize\00042\0"s);
        if (p[1] != 4) return;
        const int acknowledged = p[3];
        for (int block = acknowledged + 1; block <= acknowledged + 3 && block <= 6; ++block) {
            if (block == 2 && !lost) {
                lost = true;
                continue;
            }
            const std::string content = block == 6 ? "12" : "abcdefgh";
            w.say(u, tftp_world::data(static_cast<std::uint16_t>(block), content), 4000,
                  10000 + static_cast<unsigned>(block));
        }
    };
    w.get("tftp://192.0.2.69/f");
    w.host.run_for(second_us);
    EXPECT_EQ(w.body, "abcdefghabcdefghabcdefghabcdefghabcdefgh12");
    EXPECT_EQ(w.sent, (std::vector<std::string>{w.sent[0], "\0\4\0\0"s, "\0\4\0\1"s, "\0\4\0\4"s, "\0\4\0\6"s}));
}

TEST(tftp_client, when_packets_are_lost_then_they_are_asked_for_again_with_growing_waits) {
    tftp_world w;
    w.get("tftp://192.0.2.69/f");
    w.host.run_for(200 * second_us);
    EXPECT_EQ(w.sent.size(), 6u);
    EXPECT_EQ(w.error, FW_HTTP_RESPONSE_TIMEOUT);
    tftp_world late;
    int requests = 0;
    late.serve = [&](const dectbed_req_udp_send& u, const std::string& p) {
        if (p[1] == 1 && ++requests == 2) late.say(u, tftp_world::data(1, std::string(512, 'x')));
        if (p[1] == 4 && p[3] == 1 && late.sent.size() >= 4) late.say(u, tftp_world::data(2, "end"));
    };
    late.get("tftp://192.0.2.69/f");
    late.host.run_for(20 * second_us);
    EXPECT_EQ(late.body.size(), 515u);
}

TEST(tftp_client, when_the_server_refuses_then_the_status_says_why) {
    for (const auto& [code, status] : std::vector<std::pair<char, unsigned>>{{1, 404}, {2, 403}, {0, 500}}) {
        tftp_world w;
        w.serve = [&, code = code](const dectbed_req_udp_send& u, const std::string&) {
            w.say(u, "\0\5\0"s + code + "Because\0"s);
        };
        w.get("tftp://192.0.2.69/f");
        w.host.run_for(second_us);
        EXPECT_EQ(w.status, status);
        EXPECT_EQ(w.calls, 1);
    }
    tftp_world w;  // options refused: once more without (RFC 2347)
    w.serve = [&](const dectbed_req_udp_send& u, const std::string& p) {
        if (p.find("blksize") != std::string::npos) {
            w.say(u, "\0\5\0\10no\0"s);
        } else if (p[1] == 1) {
            w.say(u, tftp_world::data(1, "ok"), 5000);
        }
    };
    w.get("tftp://192.0.2.69/f");
    w.host.run_for(second_us);
    EXPECT_EQ(w.body, "ok");
}

TEST(tftp_client, when_strangers_or_rubbish_come_then_only_the_first_port_counts) {
    tftp_world w;
    w.serve = [&](const dectbed_req_udp_send& u, const std::string& p) {
        if (p[1] != 1) return;
        w.say(u, tftp_world::data(1, std::string(512, 'a')), 4000, 1000);
        w.say(u, tftp_world::data(2, "evil"), 4001, 2000);
        w.say(u, "\0\4"s, 4000, 2500);
        w.say(u, tftp_world::data(2, "good"), 4000, 3000);
    };
    w.get("tftp://192.0.2.69/f");
    w.host.run_for(second_us);
    EXPECT_EQ(w.body.substr(512), "good");
    EXPECT_NE(std::find(w.sent.begin(), w.sent.end(), "\0\5\0\5Unknown transfer ID\0"s), w.sent.end());
    tftp_world big;
    big.plain_server(std::string(5000, 'b'));
    big.get("tftp://192.0.2.69/f");
    big.host.run_for(second_us);
    EXPECT_EQ(big.error, FW_HTTP_TOO_LARGE);
    tftp_world options;
    options.serve = [&](const dectbed_req_udp_send& u, const std::string&) {
        options.say(u, "\0\6blksize\0009999\0"s);
    };
    options.get("tftp://192.0.2.69/f");
    options.host.run_for(second_us);
    EXPECT_EQ(options.error, FW_HTTP_MALFORMED);
    noise random(4);
    for (int i = 0; i < 2000; ++i) {
        tftp_world spoilt;
        spoilt.serve = [&](const dectbed_req_udp_send& u, const std::string&) {
            spoilt.say(u, text_of(random.spoil(bytes_of(i % 2 == 0 ? "\0\6blksize\0008\0windowsize\0003\0"s
                                                                   : tftp_world::data(1, "content")))));
        };
        spoilt.get("tftp://192.0.2.69/f");
        spoilt.host.run_for(100 * second_us);
        EXPECT_EQ(spoilt.calls, 1);
    }
}

/// An FTP server that a table of replies makes: verb -> lines.
struct ftp_world : fetch_bench {
    ftp_world() {
        replies = {{"", "220-Welcome\r\n220 to you\r\n"},
                   {"USER", "331 password\r\n"},
                   {"PASS", "230 in\r\n"},
                   {"TYPE", "200 ok\r\n"},
                   {"EPSV", "229 Entering Extended Passive Mode (|||50001|)\r\n"},
                   {"PASV", "227 Entering Passive Mode (10,0,0,1,195,82)\r\n"},
                   {"RETR", "150 here\r\n"}};
        host.on[DECTBED_REQ_TCP_CONNECT] = [this](const request& r) {
            const auto c = r.as<dectbed_req_socket>();
            connected.push_back({c.address, c.port});
            dectbed_ev_tcp event{};
            event.socket = c.socket;
            host.post(DECTBED_EV_TCP_CONNECTED, event, 10000);
            if (connected.size() == 1) {
                control = c.socket;
                say(replies[""]);
            } else {
                data = c.socket;
            }
        };
        host.on[DECTBED_REQ_TCP_SEND] = [this](const request& r) {
            const std::string line = text_of(r.data<dectbed_req_tcp_send>());
            commands.push_back(line.substr(0, line.size() - 2));
            const std::string verb = line.substr(0, 4);
            if (verb == "QUIT") return;
            say(replies[verb]);
            if (verb != "RETR" || replies[verb].substr(0, 1) != "1") return;
            dectbed_ev_tcp event{};
            event.socket = data;
            host.post(DECTBED_EV_TCP_RECEIVED, event, 20000, bytes_of(file));
            dectbed_ev_tcp_closed closed{};
            closed.socket = data;
            closed.reason = how;
            host.post(DECTBED_EV_TCP_CLOSED, closed, 21000);
            if (how == DECTBED_TCP_CLOSED_BY_PEER) say("226 done\r\n", done_us);
        };
    }
    void say(const std::string& text, std::uint64_t delay_us = 10000) {
        dectbed_ev_tcp event{};
        event.socket = control;
        for (std::size_t at = 0; at < text.size(); at += 7)  // lines come in pieces
            host.post(DECTBED_EV_TCP_RECEIVED, event, delay_us + at, bytes_of(text.substr(at, 7)));
    }
    std::map<std::string, std::string> replies;
    std::vector<std::pair<std::uint32_t, std::uint16_t>> connected;
    std::vector<std::string> commands;
    std::string file = "band = eu\n";
    std::uint32_t control = 0, data = 0, how = DECTBED_TCP_CLOSED_BY_PEER;
    std::uint64_t done_us = 30000;
};

TEST(ftp_client, MIT_25_when_a_file_is_asked_for_then_the_dialogue_is_that_of_rfc_959_and_2428) {
    ftp_world w;
    w.get("ftp://user:pass@192.0.2.21:2121/boot/common.cfg");
    w.host.run_for(second_us);
    EXPECT_EQ(w.calls, 1);
    EXPECT_EQ(w.status, 200u);
    EXPECT_EQ(w.body, "band = eu\n");
    EXPECT_EQ(w.commands,
              (std::vector<std::string>{"USER user", "PASS pass", "TYPE I", "EPSV", "RETR boot/common.cfg", "QUIT"}));
    EXPECT_EQ(w.connected,
              (std::vector<std::pair<std::uint32_t, std::uint16_t>>{{0xC0000215, 2121}, {0xC0000215, 50001}}));
}

TEST(ftp_client, when_epsv_is_not_known_then_pasv_with_the_servers_own_address) {
    ftp_world w;
    w.replies["EPSV"] = "500 what?\r\n";
    w.get("ftp://192.0.2.21/f");
    w.host.run_for(second_us);
    EXPECT_EQ(w.status, 200u);
    EXPECT_EQ(w.commands[0], "USER anonymous");
    EXPECT_EQ(w.connected[1], (std::pair<std::uint32_t, std::uint16_t>{0xC0000215, 50002})) << "not to 10.0.0.1";
}

TEST(ftp_client, when_the_completion_comes_before_the_last_octets_then_it_waits_for_them) {
    ftp_world w;
    w.done_us = 1000;
    w.get("ftp://192.0.2.21/f");
    w.host.run_for(second_us);
    EXPECT_EQ(w.body, "band = eu\n");
}

TEST(ftp_client, when_the_server_refuses_or_breaks_then_the_outcome_says_so) {
    const std::vector<std::tuple<std::string, std::string, unsigned, fw_http_error>> cases = {
        {"", "421 too many\r\n", 503, FW_HTTP_OK},         {"PASS", "530 no\r\n", 401, FW_HTTP_OK},
        {"RETR", "550 no such file\r\n", 404, FW_HTTP_OK}, {"RETR", "450 busy\r\n", 503, FW_HTTP_OK},
        {"TYPE", "502 no\r\n", 500, FW_HTTP_OK},           {"USER", "hello\r\n", 0, FW_HTTP_MALFORMED},
        {"USER", "", 0, FW_HTTP_RESPONSE_TIMEOUT},
    };
    for (const auto& [verb, reply, status, error] : cases) {
        ftp_world w;
        w.replies[verb] = reply;
        w.get("ftp://192.0.2.21/f");
        w.host.run_for(100 * second_us);
        EXPECT_EQ(w.calls, 1) << verb << reply;
        EXPECT_EQ(w.error, error) << verb << reply;
        EXPECT_EQ(w.status, status) << verb << reply;
    }
    ftp_world broken;
    broken.how = DECTBED_TCP_RESET;
    broken.get("ftp://192.0.2.21/f");
    broken.host.run_for(second_us);
    EXPECT_EQ(broken.error, FW_HTTP_CLOSED_EARLY);
    ftp_world large;
    large.file = std::string(5000, 'x');
    large.get("ftp://192.0.2.21/f");
    large.host.run_for(second_us);
    EXPECT_EQ(large.error, FW_HTTP_TOO_LARGE);
    noise random(6);
    for (int i = 0; i < 500; ++i) {
        ftp_world w;
        for (auto& [verb, reply] : w.replies) reply = text_of(random.spoil(bytes_of(reply)));
        w.get("ftp://192.0.2.21/f");
        w.host.run_for(300 * second_us);
        EXPECT_EQ(w.calls, 1);
    }
}

TEST(ftp_client, when_passive_replies_are_read_then_only_well_formed_ones_count) {
    std::uint16_t port = 0;
    EXPECT_TRUE(fw_ftp_read_passive("227 Entering Passive Mode (132,235,1,2,24,131)", &port));
    EXPECT_EQ(port, 24 * 256 + 131);
    EXPECT_TRUE(fw_ftp_read_passive("227 =132,235,1,2,24,131", &port)) << "RFC 1123, 4.1.2.6";
    for (const char* bad : {"227 ", "227 (1,2,3,4,5)", "227 (1,2,3,4,5,256)", "227 (1,2,3,4,0,0)", "227"})
        EXPECT_FALSE(fw_ftp_read_passive(bad, &port)) << bad;
    EXPECT_TRUE(fw_ftp_read_extended_passive("229 Entering Extended Passive Mode (|||6446|)", &port));
    EXPECT_EQ(port, 6446);
    for (const char* bad :
         {"229 (|||0|)", "229 (|||65536|)", "229 (||6446|)", "229 (|||6446)", "229 |||6446|", "229 ("})
        EXPECT_FALSE(fw_ftp_read_extended_passive(bad, &port)) << bad;
}

}  // namespace
}  // namespace dectbed::test
