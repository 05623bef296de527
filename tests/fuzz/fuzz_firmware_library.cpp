// The readers in the firmware library: DHCP, DNS, SIP, JSON, configuration files, NWK, the activation protocol, HTTP
// dates and locations, digest challenges, addresses of files, replies of FTP, firmware images, and
// records of a boot loader. The first octet chooses.
#include <algorithm>
#include <string>

#include "models/firmware/examples/third_party_base/third_party_payload.h"
#include "models/firmware/lib/activation.h"
#include "models/firmware/lib/band_beacon.h"
#include "models/firmware/lib/boot_control.h"
#include "models/firmware/lib/cfg.h"
#include "models/firmware/lib/dhcp_client.h"
#include "models/firmware/lib/digest_auth.h"
#include "models/firmware/lib/dns_message.h"
#include "models/firmware/lib/firmware_image.h"
#include "models/firmware/lib/ftp_client.h"
#include "models/firmware/lib/http_client.h"
#include "models/firmware/lib/json.h"
#include "models/firmware/lib/lce_paging.h"
#include "models/firmware/lib/lldp.h"
#include "models/firmware/lib/module_mail.h"
#include "models/firmware/lib/nwk.h"
#include "models/firmware/lib/nwk_elements.h"
#include "models/firmware/lib/sip_message.h"
#include "models/firmware/lib/url.h"
#include "tests/fuzz/fuzz.h"

namespace {

using dectbed::fuzz::demand;

constexpr std::uint8_t ipui_zero[FW_IPUI_OCTETS] = {};

void configuration(const char* text, std::size_t size) {
    fw_cfg_reader r;
    fw_cfg_item item;
    fw_cfg_begin(&r, text, size);
    for (std::size_t lines = 0; fw_cfg_next(&r, &item); ++lines) {
        demand(lines <= size, "every item takes octets");
        if (!item.well_formed) continue;
        (void)fw_cfg_expand(item.value, sizeof item.value, "mac", "021b2c000001");
        uint32_t number = 0;
        if (fw_cfg_number(item.value, 5, 70000, &number)) demand(number >= 5 && number <= 70000, "range");
    }
}

void elements(const fw_nwk_message& m) {
    fw_portable_identity id;
    fw_park park;
    fw_auth_type type;
    std::uint8_t ipui[FW_IPUI_OCTETS], a = 0, b = 0, octets[16];
    std::uint32_t tpui = 0;
    bool on = false;
    if (fw_read_portable_identity(&m, &id)) {
        demand(id.bits <= 8 * FW_PORTABLE_OCTETS_MAX, "identities are bounded");
        (void)fw_ipui_n(&id, ipui);
        if (fw_tpui(&id, &tpui)) demand(tpui < 1U << 20, "20 bits");
    }
    if (fw_read_park(&m, &park)) {
        demand(park.bits <= 40, "a PARK has no more bits than an RFPI");
        (void)fw_park_matches(&park, ipui_zero);
    }
    (void)fw_read_auth_type(&m, &type);
    (void)fw_read_allocation_type(&m, &a);
    (void)fw_read_cipher_info(&m, &on, &a);
    (void)fw_read_location_area(&m, &a);
    (void)fw_read_identity_type(&m, &a, &b);
    (void)fw_read_info_type(&m, &a);
    (void)fw_read_octets(&m, 0x0C, 8, octets);
    (void)fw_read_octets(&m, 0x0E, 16, octets);
    (void)fw_read_reject_reason(&m);
}

void nwk(const std::uint8_t* data, std::size_t size) {
    const std::uint8_t ipui[FW_IPUI_OCTETS] = {0, 0xE0, 0x20, 0x42, 0x79};
    (void)fw_lce_page_is_for(data, size, 0x00107, ipui);
    fw_nwk_message m;
    if (!fw_nwk_parse(data, size, &m)) return;
    elements(m);
    for (unsigned code = 0; code < 256; ++code) {
        const std::uint8_t* value = nullptr;
        std::size_t octets = 0;
        if (fw_nwk_find(&m, static_cast<std::uint8_t>(code), &value, &octets) && octets != 0)
            demand(value >= data && value + octets <= data + size, "elements lie inside");
    }
    fw_activation a;
    (void)fw_activation_read(&m, 0x0DB0, &a);
    if (payloadRead(&m, 0x2C41, &a) == FW_ACTIVATION_READ)
        demand(a.opcode >= FW_ACTIVATION_CODE && a.opcode <= FW_ACTIVATION_VERDICT, "what is read has an opcode");
    (void)fw_band_read_acknowledgement(&m, 0x0DB0, false);
    (void)fw_band_read_acknowledgement(&m, 0x0DB0, true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // Mails of a DECT module came later: the numbers of the corpus stay what they were.
    const unsigned choice = data[0] == 0x4D ? 12 : data[0] % 12;
    ++data;
    --size;
    const std::string text(reinterpret_cast<const char*>(data), size);
    switch (choice) {
        case 0: {
            const std::uint8_t mac[6] = {2, 0x1B, 0x2C, 0, 0, 1};
            fw_dhcp_reply reply;
            if (fw_dhcp_parse(data, size, mac, 32473, &reply)) {
                char url[256];
                (void)fw_dhcp_provisioning_url(&reply.lease, url, sizeof url);
            }
            fw_lldp_neighbour neighbour;
            if (fw_lldp_read(data, size, &neighbour) && neighbour.has_policy)
                demand(neighbour.vlan <= 4094, "a VLAN that exists");
            break;
        }
        case 1: {
            fw_dns_answer answer;
            const std::uint16_t id = size >= 2 ? static_cast<std::uint16_t>(data[0] << 8 | data[1]) : 0;
            if (fw_dns_read_answer(data, size, id, "redirect.vendor.example", FW_DNS_A, &answer))
                demand(answer.address_count <= FW_DNS_ADDRESSES_MAX, "addresses are bounded");
            fw_dns_srv service;
            fw_dns_naptr pointer;
            if (fw_dns_read_answer(data, size, id, "_sip._udp.ex", FW_DNS_SRV, &answer))
                (void)fw_dns_read_srv(data, size, answer.canonical, 0, &service);
            if (fw_dns_read_answer(data, size, id, "ex", FW_DNS_NAPTR, &answer))
                (void)fw_dns_read_naptr(data, size, answer.canonical, 0, &pointer);
            break;
        }
        case 2: {
            fw_sip_response response;
            (void)fw_sip_read_response(text.data(), size, "sip:base-021b2c000001@192.168.1.20:5060", &response);
            fw_sip_request request;
            char out[FW_SIP_OCTETS_MAX];
            if (fw_sip_read_request(text.data(), size, &request))
                (void)fw_sip_write_response(out, sizeof out, text.data(), size, "200 OK", "t", "", "192.0.2.1", 5060);
            demand(fw_sip_frame(text.data(), size) <= static_cast<long>(size), "a frame lies inside");
            break;
        }
        case 3: {
            char out[40];
            (void)fw_json_string(text.data(), size, "provisioning_url", out, sizeof out);
            std::size_t used = 0;
            char quoted[64];
            if (fw_json_append(quoted, sizeof quoted, &used, text.c_str())) demand(used <= sizeof quoted, "it fits");
            break;
        }
        case 4:
            configuration(text.data(), size);
            break;
        case 5:
            nwk(data, size);
            break;
        case 7: {
            fw_digest_challenge challenge;
            bool proxy = false;
            (void)fw_digest_read_challenge(text.c_str(), &challenge);
            (void)fw_sip_read_challenge(text.data(), size, &challenge, &proxy);
            break;
        }
        case 8: {
            fw_url parsed;
            if (fw_url_parse(text.c_str(), &parsed)) demand(parsed.host[0] != '\0', "there is a host");
            break;
        }
        case 10: {
            fw_image_check image{};
            fw_image_begin(&image);
            const std::size_t half = size / 2;
            const bool taken = fw_image_take(&image, "DB-100", "1.1.0", data, half) &&
                               fw_image_take(&image, "DB-100", "1.1.0", data + half, size - half);
            if (fw_image_good(&image)) demand(taken && size >= 80, "an image has head and digest");
            fw_image_free(&image);
            break;
        }
        case 11: {
            constexpr std::size_t block = 40;
            const std::size_t first = std::min(size, block);
            fw_boot_record records[2];
            fw_boot_read(data, first, &records[0]);
            fw_boot_read(data + first, size - first, &records[1]);
            const int running = fw_boot_running(records);
            demand(running < 2 && (running < 0 || (records[running].valid && records[running].slot < 2)), "a slot");
            break;
        }
        case 12: {
            fw_mail_reader reader{};
            fw_mail_read(
                &reader, data, size,
                [](void*, const fw_mail* m) {
                    char line[600];
                    std::uint8_t back[FW_MAIL_OCTETS_MAX];
                    fw_mail again;
                    const char* why = nullptr;
                    demand(fw_mail_describe(m, line, sizeof line), "every mail fits a line");
                    demand(fw_mail_decode(back, fw_mail_write(m, back), &again, &why), "what was read can be written");
                },
                nullptr);
            demand(reader.used < sizeof reader.data, "a mail is bounded");
            break;
        }
        case 9: {
            uint16_t port = 0;
            if (fw_ftp_read_passive(text.c_str(), &port)) demand(port != 0, "a port");
            if (fw_ftp_read_extended_passive(text.c_str(), &port)) demand(port != 0, "a port");
            break;
        }
        default: {
            int64_t unix_s = 0;
            char url[FW_URL_OCTETS];
            (void)fw_http_parse_date(text.c_str(), &unix_s);
            (void)fw_http_resolve_location("http://prov.csp.example:8080/office/common.cfg", text.c_str(), url);
        }
    }
    return 0;
}
