// What reaches a firmware through its host: HTTP responses in pieces, the contents of its flash at power-up, and the
// reference base's configuration file. The first octet chooses.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "models/firmware/lib/http_client.h"
#include "models/firmware/lib/kv_store.h"
#include "models/firmware/reference/base_configuration.h"
#include "tests/fuzz/fuzz.h"

namespace {

using dectbed::fuzz::demand;

/// Keeps what was asked for; nothing happens by itself.
struct silent_host {
    silent_host() {
        host.abi = DECTBED_FIRMWARE_ABI;
        host.context = this;
        host.request = [](void* context, const dectbed_record* r) {
            auto& self = *static_cast<silent_host*>(context);
            if (r->type == DECTBED_REQ_TCP_CONNECT || r->type == DECTBED_REQ_FLASH_READ ||
                r->type == DECTBED_REQ_FLASH_PROGRAM || r->type == DECTBED_REQ_FLASH_ERASE)
                self.asked.emplace_back(reinterpret_cast<const std::uint8_t*>(r),
                                        reinterpret_cast<const std::uint8_t*>(r) + r->size);
        };
        fw_io_init(&io, &host);
        io.random[0] = 1;
    }
    /// The oldest request; its fixed part has type T.
    template <class T>
    T next(std::vector<std::uint8_t>* data = nullptr) {
        T head{};
        std::memcpy(&head, asked.front().data(), std::min(sizeof head, asked.front().size()));
        if (data != nullptr)
            data->assign(asked.front().begin() + static_cast<std::ptrdiff_t>(sizeof head), asked.front().end());
        asked.erase(asked.begin());
        return head;
    }

    dectbed_host host{};
    fw_io io{};
    std::vector<std::vector<std::uint8_t>> asked;
};

/// An event on the heap, of just its size, so that a sanitizer sees any step past the end.
template <class T>
std::unique_ptr<std::uint8_t[]> event_of(std::uint16_t type, std::uint32_t token, T head, const std::uint8_t* data,
                                         std::size_t octets) {
    head.event.record.type = type;
    head.event.record.size = static_cast<std::uint16_t>(sizeof head + octets);
    head.event.record.token = token;
    auto out = std::make_unique<std::uint8_t[]>(sizeof head + octets);
    std::memcpy(out.get(), &head, sizeof head);
    if (octets != 0) std::memcpy(out.get() + sizeof head, data, octets);
    return out;
}

void http_response(const std::uint8_t* data, std::size_t size) {
    silent_host h;
    fw_dns_client dns;
    fw_dns_config names{100, 100, 9};
    fw_dns_init(&dns, &h.io, &names);
    fw_http_config c{};
    c.timer = 1;
    c.token = 2;
    c.socket_first = 10;
    c.body_octets_max = 1024;
    fw_http_client client;
    fw_http_init(&client, &h.io, &dns, &c);
    int answers = 0;
    fw_http_start(
        &client, "http://192.0.2.1/office/common.cfg", nullptr, nullptr,
        [](void* context, const fw_http_result* r) {
            demand(r->body_octets <= 1024, "bodies are bounded");
            demand(r->error == FW_HTTP_OK || r->status == 0, "a failure has no status");
            demand(r->retry_after_s <= 86400, "at most a day");
            ++*static_cast<int*>(context);
        },
        &answers);
    const auto tell = [&](const std::unique_ptr<std::uint8_t[]>& e) {
        const auto* event = reinterpret_cast<const dectbed_event*>(e.get());
        if (fw_io_begin(&h.io, event)) (void)fw_http_handle(&client, event);
    };
    std::size_t piece = 1;
    // Redirections lead to further connections; each gets what is left of the input.
    while (!h.asked.empty()) {
        (void)h.next<dectbed_record>();
        dectbed_ev_tcp tcp{};
        tcp.socket = client.socket;
        tell(event_of(DECTBED_EV_TCP_CONNECTED, 2, tcp, nullptr, 0));
        while (size > 0 && answers == 0 && h.asked.empty()) {
            const std::size_t n = std::min(piece++, size);
            tell(event_of(DECTBED_EV_TCP_RECEIVED, 0, tcp, data, n));
            data += n;
            size -= n;
        }
        if (answers != 0 || !h.asked.empty()) continue;
        dectbed_ev_tcp_closed closed{};
        closed.socket = client.socket;
        closed.reason = DECTBED_TCP_CLOSED_BY_PEER;
        tell(event_of(DECTBED_EV_TCP_CLOSED, 0, closed, nullptr, 0));
    }
    demand(answers <= 1, "one answer at most");
    fw_http_free(&client);
    fw_dns_free(&dns);
}

void flash(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint32_t block = 512;
    std::vector<std::uint8_t> cells(2 * block, 0xFF);
    std::copy_n(data, std::min<std::size_t>(size, cells.size()), cells.begin());
    silent_host h;
    fw_kv_config c{7, 0, block, 256};
    fw_kv_store store;
    fw_kv_init(&store, &h.io, &c);
    bool loaded = false, stored = false, begun = false;
    fw_kv_load(
        &store, [](void* context) { *static_cast<bool*>(context) = true; }, &loaded);
    const std::uint8_t value[] = {1, 2, 3, 4, 5};
    for (int steps = 0; steps < 1000; ++steps) {
        if (h.asked.empty()) {
            if (!loaded || begun) break;
            begun = fw_kv_set(
                &store, 5, value, sizeof value, [](void* context, bool ok) { *static_cast<bool*>(context) = ok; },
                &stored);
            if (!begun || stored) break;
            continue;
        }
        std::vector<std::uint8_t> written;
        const auto request = h.next<dectbed_req_flash>(&written);
        dectbed_ev_flash done{};
        done.address = request.address;
        demand(request.address <= cells.size(), "addresses lie in the store's blocks");
        std::unique_ptr<std::uint8_t[]> e;
        if (request.record.type == DECTBED_REQ_FLASH_READ) {
            demand(request.address + request.length <= cells.size(), "reads lie in the store's blocks");
            e = event_of(DECTBED_EV_FLASH_DATA, 7, done, cells.data() + request.address, request.length);
        } else if (request.record.type == DECTBED_REQ_FLASH_ERASE) {
            const std::size_t from = request.address / block * block;
            demand(from + block <= cells.size(), "erases lie in the store's blocks");
            std::fill_n(cells.begin() + static_cast<std::ptrdiff_t>(from), block, std::uint8_t{0xFF});
            e = event_of(DECTBED_EV_FLASH_DONE, 7, done, nullptr, 0);
        } else {
            demand(request.address + written.size() <= cells.size(), "writes lie in the store's blocks");
            for (std::size_t i = 0; i < written.size(); ++i) cells[request.address + i] &= written[i];
            e = event_of(DECTBED_EV_FLASH_DONE, 7, done, nullptr, 0);
        }
        const auto* event = reinterpret_cast<const dectbed_event*>(e.get());
        if (fw_io_begin(&h.io, event)) (void)fw_kv_handle(&store, event);
    }
    demand(loaded, "any contents end the loading");
    if (stored) {
        std::size_t octets = 0;
        const std::uint8_t* back = fw_kv_get(&store, 5, &octets);
        demand(back != nullptr && octets == sizeof value && std::equal(back, back + octets, value),
               "what was stored is there");
    }
    fw_kv_free(&store);
}

void configuration(const std::uint8_t* data, std::size_t size) {
    silent_host h;
    const std::uint8_t mac[6] = {2, 0x1B, 0x2C, 0, 0, 1};
    const std::string text(reinterpret_cast<const char*>(data), size);
    dectbed::reference::base_configuration out;
    std::string why;
    if (dectbed::reference::read_configuration(&h.io, mac, text.data(), text.size(), out, why)) {
        demand(!out.registrar.empty() && !out.user.empty(), "mandatory keys are there");
        demand(out.expires_s >= 60 && out.expires_s <= 86400, "range");
        demand(out.subscription_pin.size() >= 4 && out.subscription_pin.size() <= 8, "4 to 8 digits");
    } else {
        demand(!why.empty() && why.find('\n') == std::string::npos, "one line says why");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    switch (data[0] % 3) {
        case 0:
            http_response(data + 1, size - 1);
            break;
        case 1:
            flash(data + 1, size - 1);
            break;
        default:
            configuration(data + 1, size - 1);
    }
    return 0;
}
