// What web clients and servers read of each other beside HTTP's own frame: challenges, credentials, ranges, dates,
// addresses, records of TLS and of its timing model, packets of time. The first octet chooses.
#include <string>

#include "models/firmware/lib/fw_clock.h"
#include "models/firmware/lib/fw_tls.h"
#include "models/firmware/lib/http_text.h"
#include "models/servers/http_authentication.h"
#include "models/servers/http_conditions.h"
#include "models/servers/ntp_server.h"
#include "models/servers/plug_in.h"
#include "models/servers/response_table.h"
#include "models/tls/library_environment.h"
#include "models/tls/timing_octets.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;
namespace servers = dectbed::models::servers;
namespace tls = dectbed::models::tls;

namespace {

class counting_libraries final : public tls::library_environment {
  public:
    void fill(std::uint8_t* octets, std::size_t size) override {
        while (size-- > 0) *octets++ = count_++;
    }
    std::int64_t unix_s() override { return 1'735'689'600; }

  private:
    std::uint8_t count_ = 1;
};

/// A client that hears this from its server, in two pieces.
void client(std::uint32_t model, const std::uint8_t* data, std::size_t size) {
    counting_libraries libraries;
    const tls::environment_scope scope(libraries);
    fw_io io{};
    fw_tls_device device{};
    fw_tls_device_init(&device, &io, 1, model, 1'735'689'600);
    fw_tls_device_set(&device, "", nullptr, nullptr);
    if (fw_tls* t = fw_tls_open(&device, "host.example", 1'735'689'600)) {
        const std::uint8_t* out = nullptr;
        char plain[512];
        fuzz::demand(fw_tls_take(t, &out) > 0, "a client speaks first");
        fw_tls_receive(t, data, size / 2);
        while (fw_tls_read(t, plain, sizeof plain) > 0) {
        }
        fw_tls_receive(t, data + size / 2, size - size / 2);
        while (fw_tls_read(t, plain, sizeof plain) > 0) {
        }
        if (fw_tls_state_of(t) == FW_TLS_OPEN) fw_tls_write(t, "x", 1);
        fw_tls_finish(t);
        (void)fw_tls_take(t, &out);
        fuzz::demand(fw_tls_state_of(t) != FW_TLS_FAILED || *fw_tls_failure(t) != '\0', "a failure has a reason");
        fw_tls_free(t);
    }
    fw_tls_device_free(&device);
}

void texts(const std::string& text) {
    for (const auto& [name, value] : servers::parse_digest(text))
        fuzz::demand(name.size() + value.size() <= text.size(), "");
    const auto range = servers::parse_range(text, 1000);
    if (range.what == servers::byte_range::kind::satisfiable)
        fuzz::demand(range.size > 0 && range.first + range.size <= 1000, "a range lies within");
    if (const auto date = servers::parse_http_date(text)) (void)servers::http_date(*date);
    std::string error;
    if (const auto a = servers::read_plug_in_answer(text, error)) {
        fuzz::demand(error.empty() && a->response.status >= 200 && a->response.status < 600, "an answer is one");
        for (const auto& [name, value] : a->response.fields)
            fuzz::demand((name + value).find_first_of("\r\n") == std::string::npos, "a field is one line");
    }
    const std::size_t line = text.find('\n');
    if (line != std::string::npos) {
        std::vector<std::string> captures;
        const std::string pattern = text.substr(0, line), subject = text.substr(line + 1);
        if (servers::pattern_matches(pattern, subject, &captures)) {
            std::string again = pattern;
            for (const auto& c : captures) {
                const std::size_t star = again.find('*');
                again.replace(star, 1, c.find('*') == std::string::npos ? c : std::string(c.size(), '?'));
            }
            fuzz::demand(again.size() == subject.size(), "what stars stand for makes the text");
        }
    }
    (void)servers::query_of(text);
    (void)servers::known_mac_in(text, [](const std::string& mac) { return mac.back() == '1'; });
    fw_http_challenge challenge{};
    fw_http_read_challenge(text.c_str(), &challenge);
    char out[256];
    if (challenge.scheme != FW_HTTP_NO_SCHEME)
        (void)fw_http_authorize(&challenge, "user", "password", "GET", "/", 1, "00", out, sizeof out);
    fw_http_address address;
    (void)fw_http_split(text.c_str(), &address);
    if (fw_http_resolve_location("http://u:p@host.example/a/b?c", text.c_str(), out))
        fuzz::demand(std::string(out).size() < FW_URL_OCTETS, "an address fits");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const sim::byte_view octets(data + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            texts(std::string(sim::text(octets)));
            break;
        case 1:
            client(DECTBED_TLS_TIMING, octets.data(), octets.size());
            break;
        case 2:
            client(DECTBED_TLS_GENUINE, octets.data(), octets.size());
            break;
        default: {
            if (const auto p = servers::decode_ntp(octets))
                fuzz::demand(servers::encode(*p) == sim::to_bytes(octets.first(48)),
                             "a packet is written as it was read");
            std::int64_t received = 0, sent = 0;
            (void)fw_ntp_read_answer(octets.data(), octets.size(), 0, &received, &sent);
            tls::timing_reader r(octets);
            (void)r.begins(1);
            (void)r.text();
            (void)r.number(8);
        }
    }
    return 0;
}
