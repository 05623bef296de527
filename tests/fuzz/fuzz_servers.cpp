// What servers read from anybody: HTTP requests in pieces, SIP, DNS queries, STUN, TFTP, FTP commands, TURN. The first
// octet chooses.
#include <algorithm>

#include "models/servers/dns_server.h"
#include "models/servers/ftp_server.h"
#include "models/servers/http_codec.h"
#include "models/servers/sip_codec.h"
#include "models/servers/stun_server.h"
#include "models/servers/tftp_codec.h"
#include "models/servers/turn_server.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;
namespace servers = dectbed::models::servers;

namespace {

void http(sim::byte_view octets) {
    servers::http_request_reader reader({1024, 1024});
    std::size_t piece = 1;  // pieces of growing size
    while (!octets.empty()) {
        const std::size_t n = std::min(piece++, static_cast<std::size_t>(octets.size()));
        reader.append(octets.first(n));
        octets = octets.subspan(n);
        servers::http_request_reader::state s{};
        while ((s = reader.advance()) == servers::http_request_reader::state::complete) {
            const auto r = reader.take();
            fuzz::demand(r.body.size() <= 1024, "bodies are bounded");
        }
        if (s == servers::http_request_reader::state::error) {
            fuzz::demand(reader.status() >= 400, "an error has a status");
            return;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const sim::byte_view octets(data + 1, size - 1);
    switch (data[0] % 8) {
        case 0:
            http(octets);
            break;
        case 1: {
            const models::network::endpoint from{{0xC0A80114}, 5060};
            if (const auto request = servers::decode_sip_request(octets, from)) {
                servers::sip_response answer;
                answer.to_tag = "t";
                answer.contacts = request.value().contacts;
                (void)servers::encode_sip_response(request.value(), from, answer);
            }
            break;
        }
        case 2: {
            servers::dns_zone zone;
            (void)zone.add_record("_sip._udp.csp.example. 300 IN SRV 10 60 5060 sip1.csp.example.", 300);
            zone.add("csp.example", {0xC6336401});
            (void)servers::answer_dns(octets, zone, 60);
            (void)servers::refuse_dns(octets, 2, false);
            break;
        }
        case 4: {
            (void)servers::decode_sip_answer(octets);
            const auto frame = servers::sip_frame(octets);
            fuzz::demand(!frame || *frame <= static_cast<std::size_t>(octets.size()), "a frame lies inside");
            break;
        }
        case 5:
            if (const auto packet = servers::decode_tftp(octets)) {
                const auto again = servers::encode_tftp(packet.value());
                fuzz::demand(again.has_value() && servers::decode_tftp(again.value()).has_value(),
                             "what was read can be written and read");
            }
            break;
        case 6: {
            servers::ftp_command command;
            if (servers::parse_ftp_command(sim::text(octets), command))
                fuzz::demand(command.verb.size() >= 3 && command.verb.size() <= 4, "verbs have three or four letters");
            (void)servers::relative_path(sim::text(octets));
            break;
        }
        case 7:
            if (const auto c = servers::decode_channel_data(octets))
                fuzz::demand(c->channel >= 0x4000 && c->channel <= 0x4FFF, "channels are in their range");
            break;
        default: {
            const servers::stun_endpoints two{{0xC6336401}, {0xC6336501}, 3478, 3479};
            const auto r = servers::answer_stun(octets, {{0xC0A80114}, 5060}, {}, two, "");
            fuzz::demand(r.octets.empty() || servers::decode_stun(r.octets), "what we answer can be read");
            (void)servers::integrity_right(octets, sim::view("secret"));
        }
    }
    return 0;
}
