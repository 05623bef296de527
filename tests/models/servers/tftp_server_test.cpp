#include "models/servers/tftp_server.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

using namespace std::string_literals;

std::string folder() {
    const auto path = test::temporary_folder() / "tftp";
    std::filesystem::create_directories(path / "user_config");
    std::ofstream(path / "user_config" / "4711.cfg") << "name = 4711\n";
    std::ofstream(path / "user_config" / "user_common.cfg") << std::string(1200, 'u');
    std::ofstream(path / "exact") << std::string(1024, 'x');
    std::ofstream(path / "empty") << "";
    std::ofstream(path / "021b2c000001.cfg") << "a\rb\n";
    std::ofstream(test::temporary_folder() / "secret") << "secret";
    return path.string();
}

sim::bytes octets(const std::string& s) { return sim::to_bytes(sim::view(s)); }

TEST(tftp_codec, when_packets_are_written_then_they_are_those_of_rfc_1350_and_2348) {
    tftp_packet p;
    p.kind = tftp_kind::read_request;
    p.file = "foobar";
    p.mode = "octet";
    p.options = {{"blksize", "1432"}};
    const auto request = "\0\1foobar\0octet\0blksize\0001432\0"s;  // RFC 2348, "Example"
    EXPECT_EQ(encode_tftp(p).value(), octets(request));
    tftp_packet o;
    o.kind = tftp_kind::option_acknowledgement;
    o.options = {{"blksize", "1432"}};
    EXPECT_EQ(encode_tftp(o).value(), octets("\0\6blksize\0001432\0"s));
    tftp_packet a;
    a.block = 0x0102;
    EXPECT_EQ(encode_tftp(a).value(), octets("\0\4\1\2"s));
    tftp_packet d;
    d.kind = tftp_kind::data;
    d.block = 1;
    d.data = octets("xyz");
    EXPECT_EQ(encode_tftp(d).value(), octets("\0\3\0\1xyz"s));
    tftp_packet e;
    e.kind = tftp_kind::error;
    e.code = tftp_file_not_found;
    e.text = "File not found";
    EXPECT_EQ(encode_tftp(e).value(), octets("\0\5\0\1File not found\0"s));
    const auto read = decode_tftp(octets("\0\1foobar\0OCTET\0BLKSIZE\0001432\0"s));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read.value().mode, "octet");
    EXPECT_EQ(read.value().options, p.options);
}

TEST(tftp_codec, when_cut_or_spoilt_then_refused_or_read_and_what_is_read_can_be_written_again) {
    const std::vector<std::string> packets = {"\0\1foobar\0octet\0blksize\0001432\0tsize\0000\0"s, "\0\3\0\1xyz"s,
                                              "\0\4\0\1"s, "\0\5\0\1text\0"s, "\0\6windowsize\0004\0"s};
    EXPECT_FALSE(decode_tftp(octets("\0\1f\0octet\0blksize\0"s)).has_value());
    EXPECT_FALSE(decode_tftp(octets("\0\1\0octet\0"s)).has_value());
    EXPECT_FALSE(decode_tftp(octets("\0\7\0\1"s)).has_value());
    EXPECT_FALSE(decode_tftp(octets("\0\4\0\1\0"s)).has_value());
    sim::random_stream random(1, "test", "tftp");
    for (const auto& packet : packets) {
        for (std::size_t n = 0; n < packet.size(); ++n) {
            const auto r = decode_tftp(octets(packet.substr(0, n)));
            if (r.has_value()) {
                EXPECT_TRUE(r.value().kind == tftp_kind::data || r.value().options.size() < 2) << n;
            }
        }
        for (int round = 0; round < 5'000; ++round) {
            auto spoilt = octets(packet);
            for (int i = 0; i < 2; ++i)
                spoilt[random.below(spoilt.size())] = static_cast<std::uint8_t>(random.below(256));
            const auto r = decode_tftp(spoilt);
            if (!r.has_value()) continue;
            const auto again = encode_tftp(r.value());
            ASSERT_TRUE(again.has_value());
            ASSERT_TRUE(decode_tftp(again.value()).has_value());
        }
    }
}

struct tftp_bench : bench {
    tftp_server server;
    network::udp_socket_ptr socket = client_stack.open_udp(2000);
    struct seen {
        network::endpoint from;
        tftp_packet packet;
    };
    std::vector<seen> answers;
    explicit tftp_bench(tftp_parameters p = {}) : server(s, who, server_stack, with_folder(std::move(p))) {
        socket->on_data = [this](network::endpoint from, sim::byte_view d) {
            answers.push_back({from, decode_tftp(d).value()});
            if (on_answer) on_answer();
        };
    }
    ~tftp_bench() { socket->on_data = nullptr; }
    static tftp_parameters with_folder(tftp_parameters p) {
        p.folder = folder();
        return p;
    }
    void send(std::uint16_t port, const std::string& octets) {
        socket->send({server_address, port}, sim::view(octets));
    }
    void acknowledge(std::uint16_t block) {
        send(answers.back().from.port, {'\0', '\4', static_cast<char>(block >> 8), static_cast<char>(block)});
    }
    /// A client that acknowledges each window; gives the file.
    std::string get(const std::string& request, std::size_t block_octets, std::size_t window) {
        std::string file;
        std::uint16_t expected = 1;
        std::size_t unacknowledged = 0;
        on_answer = [&] {
            const auto& p = answers.back().packet;
            if (p.kind == tftp_kind::option_acknowledgement) acknowledge(0);
            if (p.kind != tftp_kind::data || p.block != expected) return;
            file.append(p.data.begin(), p.data.end());
            ++expected;
            if (++unacknowledged == window || p.data.size() < block_octets) {
                acknowledge(p.block);
                unacknowledged = 0;
            }
        };
        send(69, request);
        run(5s);
        on_answer = nullptr;
        return file;
    }
    std::function<void()> on_answer;
};

TEST(tftp_server, MIT_25_when_a_client_without_options_reads_then_blocks_of_512_from_a_port_of_its_own) {
    tftp_bench b;
    EXPECT_EQ(b.get("\0\1user_config/user_common.cfg\0netascii\0"s, 512, 1), std::string(1200, 'u'));
    EXPECT_EQ(b.answers.size(), 3u);
    EXPECT_NE(b.answers[0].from.port, 69);
    const auto transfers = b.records<sim::record::file_transfer>();
    ASSERT_EQ(transfers.size(), 1u);
    EXPECT_EQ(transfers[0].protocol, "tftp");
    EXPECT_EQ(transfers[0].file, "user_config/user_common.cfg");
    EXPECT_EQ(transfers[0].octets, 1200);
    EXPECT_EQ(transfers[0].result, "done");
    EXPECT_EQ(transfers[0].source, "203.0.113.5:2000");
    EXPECT_EQ(b.server.transfers(), 0u);
}

TEST(tftp_server, when_the_length_is_a_multiple_of_a_block_then_an_empty_block_ends_it) {
    tftp_bench b;
    EXPECT_EQ(b.get("\0\1exact\0octet\0"s, 512, 1).size(), 1024u);
    EXPECT_EQ(b.answers.size(), 3u);
    EXPECT_TRUE(b.answers[2].packet.data.empty());
    tftp_packet last = b.answers.back().packet;
    EXPECT_EQ(last.block, 3);
}

TEST(tftp_server, when_a_file_is_empty_or_text_then_it_comes_as_its_mode_says) {
    tftp_bench b;
    EXPECT_EQ(b.get("\0\1empty\0octet\0"s, 512, 1), "");
    EXPECT_EQ(b.answers.size(), 1u);
    EXPECT_EQ(b.get("\0\1"
                    "021b2c000001.cfg\0netascii\0"s,
                    512, 1),
              "a\r\0b\r\n"s);
    EXPECT_EQ(b.records<sim::record::file_transfer>().back().client, b.base);
}

TEST(tftp_server, when_options_are_asked_for_then_those_it_knows_come_back_within_its_limits) {
    tftp_bench b;
    EXPECT_EQ(
        b.get(
            "\0\1user_config/user_common.cfg\0octet\0tsize\0000\0blksize\00065464\0windowsize\00064\0multicast\000x\0"s,
            1428, 8),
        std::string(1200, 'u'));
    const auto& agreed = b.answers[0].packet;
    EXPECT_EQ(agreed.kind, tftp_kind::option_acknowledgement);
    EXPECT_EQ(agreed.options, (std::vector<std::pair<std::string, std::string>>{
                                  {"tsize", "1200"}, {"blksize", "1428"}, {"windowsize", "8"}}));
    tftp_parameters plain;
    plain.negotiates = false;
}

TEST(tftp_server, when_windows_are_agreed_then_so_many_blocks_go_out_at_once_and_a_gap_is_filled) {
    tftp_bench b;
    EXPECT_EQ(b.get("\0\1exact\0octet\0blksize\000100\0windowsize\0004\0"s, 100, 4).size(), 1024u);
    b.answers.clear();
    b.send(69, "\0\1exact\0octet\0blksize\000100\0windowsize\0004\0"s);
    b.run(100ms);
    b.acknowledge(0);
    b.run(100ms);
    ASSERT_EQ(b.answers.size(), 5u);
    b.acknowledge(2);  // block 3 was lost: the window begins anew behind block 2 (RFC 7440, 4)
    b.run(100ms);
    ASSERT_EQ(b.answers.size(), 9u);
    EXPECT_EQ(b.answers[5].packet.block, 3);
}

TEST(tftp_server, when_an_acknowledgement_comes_twice_then_the_next_block_goes_out_once) {
    tftp_bench b;
    b.send(69, "\0\1exact\0octet\0"s);
    b.run(100ms);
    b.acknowledge(1);
    b.acknowledge(1);  // the sorcerer's apprentice (RFC 1123, 4.2.3.1)
    b.run(100ms);
    EXPECT_EQ(b.answers.size(), 2u);
}

TEST(tftp_server, when_nobody_acknowledges_then_it_repeats_with_growing_waits_and_gives_up) {
    tftp_bench b;
    b.send(69, "\0\1exact\0octet\0"s);
    b.run(200s);
    ASSERT_EQ(b.answers.size(), 6u);
    for (const auto& a : b.answers) EXPECT_EQ(a.packet.block, 1);
    EXPECT_EQ(b.records<sim::record::file_transfer>().at(0).result, "timed out");
    EXPECT_EQ(b.server.transfers(), 0u);
}

TEST(tftp_server, when_the_request_is_not_for_it_then_an_error_says_why) {
    tftp_bench b;
    const auto error = [&](const std::string& request) {
        b.answers.clear();
        b.send(69, request);
        b.run(1s);
        return b.answers.empty() ? -1 : b.answers[0].packet.kind == tftp_kind::error ? b.answers[0].packet.code : -2;
    };
    EXPECT_EQ(error("\0\1nowhere\0octet\0"s), tftp_file_not_found);
    EXPECT_EQ(error("\0\1../dectbed_secret\0octet\0"s), tftp_file_not_found);
    EXPECT_EQ(error("\0\1user_config\0octet\0"s), tftp_file_not_found);
    EXPECT_EQ(error("\0\2new\0octet\0"s), tftp_access_violation);
    EXPECT_EQ(error("\0\1exact\0mail\0"s), tftp_illegal_operation);
    EXPECT_EQ(error("\0\3\0\1x"s), tftp_illegal_operation);
    EXPECT_EQ(error("\0\5\0\1x\0"s), -1) << "errors are never answered";
    EXPECT_EQ(error("rubbish"), -1);
}

TEST(tftp_server, when_a_stranger_or_an_error_comes_then_the_first_is_refused_and_the_second_ends_it) {
    tftp_bench b;
    b.send(69, "\0\1exact\0octet\0"s);
    b.run(100ms);
    const auto transfer = b.answers.back().from;
    const auto stranger = b.client_stack.open_udp(3000);
    int refused = -1;
    stranger->on_data = [&](network::endpoint, sim::byte_view d) { refused = decode_tftp(d).value().code; };
    stranger->send(transfer, octets("\0\4\0\1"s));
    b.run(100ms);
    EXPECT_EQ(refused, tftp_unknown_transfer);
    EXPECT_EQ(b.server.transfers(), 1u);
    b.send(transfer.port, "\0\5\0\3no room\0"s);
    b.run(100ms);
    EXPECT_EQ(b.server.transfers(), 0u);
    EXPECT_EQ(b.records<sim::record::file_transfer>().at(0).result, "ended by the client: no room");
    stranger->on_data = nullptr;
}

}  // namespace
}  // namespace dectbed::models::servers
