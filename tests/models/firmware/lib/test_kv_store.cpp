// The store under power cuts: at every octet of every program and erase, old value or new, never anything else.
#include <gtest/gtest.h>

#include <map>

#include "models/firmware/lib/kv_store.h"
#include "tests/models/firmware/fake/fake_host.h"

namespace dectbed::test {
namespace {

class store_bench {
  public:
    explicit store_bench(std::uint32_t block = 4096, std::uint32_t page = 256) {
        host.flash.block = block;
        host.flash.cells.assign(2 * block, 0xFF);
        config_ = {9, 0, block, page};
        host.deliver = [this](const dectbed_event* event) {
            if (fw_io_begin(&io, event)) fw_kv_handle(&store, event);
        };
        fw_io_init(&io, &host.api);
        fw_kv_init(&store, &io, &config_);
    }
    ~store_bench() { fw_kv_free(&store); }

    /// As after a reset: pending operations are lost, the flash is what it is.
    void load() {
        host.power_off();
        host.flash.dead = false;
        host.flash.octets_until_cut = ~0ull;
        fw_kv_free(&store);
        fw_kv_init(&store, &io, &config_);
        bool loaded = false;
        fw_kv_load(
            &store, [](void* context) { *static_cast<bool*>(context) = true; }, &loaded);
        host.run_for(1000000);
        ASSERT_TRUE(loaded);
    }
    /// 1: stored, 0: failed, -1: no answer (power), -2: not begun
    int set(std::uint8_t key, const std::string& value) {
        int result = -1;
        const bool begun = fw_kv_set(
            &store, key, value.data(), value.size(), [](void* context, bool ok) { *static_cast<int*>(context) = ok; },
            &result);
        if (!begun) return -2;
        host.run_until_true([&] { return host.flash.dead; }, 10000000);
        return result;
    }
    std::string get(std::uint8_t key) const {
        std::size_t octets = 0;
        const auto* value = fw_kv_get(&store, key, &octets);
        return value == nullptr ? "" : std::string(reinterpret_cast<const char*>(value), octets);
    }

    fake_host host;
    fw_io io{};
    fw_kv_store store{};

  private:
    fw_kv_config config_{};
};

TEST(kv_store, when_flash_is_blank_then_store_is_empty_and_takes_values) {
    store_bench b;
    b.load();
    EXPECT_EQ(b.get(1), "");
    EXPECT_EQ(b.set(1, "one"), 1);
    EXPECT_EQ(b.set(2, "two"), 1);
    EXPECT_EQ(b.set(1, "uno"), 1);
    EXPECT_EQ(b.get(1), "uno");
    b.load();
    EXPECT_EQ(b.get(1), "uno");
    EXPECT_EQ(b.get(2), "two");
    EXPECT_EQ(b.set(2, ""), 1);
    b.load();
    EXPECT_EQ(b.get(2), "");
}

TEST(kv_store, when_first_values_are_set_then_the_octets_are_as_documented) {
    store_bench b;
    b.load();
    ASSERT_EQ(b.set(1, "ab"), 1);
    const auto programs = b.host.of(DECTBED_REQ_FLASH_PROGRAM);
    ASSERT_EQ(programs.size(), 2u);  // entry, then header
    EXPECT_EQ(programs[0].as<dectbed_req_flash>().address, 16u);
    const octets entry = programs[0].data<dectbed_req_flash>(), header = programs[1].data<dectbed_req_flash>();
    const std::uint8_t crc_of[] = {1, 2, 0, 'a', 'b'};
    const std::uint32_t crc = fw_crc32(0, crc_of, 5);
    EXPECT_EQ(hex(octets(entry.begin(), entry.begin() + 4)), "5a010200");
    EXPECT_EQ(entry[4] | entry[5] << 8 | entry[6] << 16 | static_cast<std::uint32_t>(entry[7]) << 24, crc);
    EXPECT_EQ(hex(octets(header.begin(), header.begin() + 8)), "46574b5601000000");
    EXPECT_EQ(b.set(2, "x"), 1);
    EXPECT_EQ(b.host.count(DECTBED_REQ_FLASH_PROGRAM), 3u);
    EXPECT_EQ(b.host.count(DECTBED_REQ_FLASH_ERASE), 0u);
}

TEST(kv_store, when_crc_is_taken_then_it_is_that_of_ieee_802_3) {
    EXPECT_EQ(fw_crc32(0, reinterpret_cast<const std::uint8_t*>("123456789"), 9), 0xCBF43926u);
}

TEST(kv_store, when_value_is_unchanged_then_flash_is_not_written) {
    store_bench b;
    b.load();
    ASSERT_EQ(b.set(1, "same"), 1);
    const auto written = b.host.flash.written;
    EXPECT_EQ(b.set(1, "same"), 1);
    EXPECT_EQ(b.set(3, ""), 1);
    EXPECT_EQ(b.host.flash.written, written);
}

TEST(kv_store, when_it_cannot_fit_then_nothing_is_begun) {
    store_bench b(512, 64);
    b.load();
    EXPECT_EQ(b.set(1, std::string(489, 'x')), -2);
    EXPECT_EQ(b.set(1, std::string(480, 'x')), 1);
    EXPECT_EQ(b.set(2, std::string(20, 'y')), -2);
    EXPECT_EQ(b.set(0, "x"), -2);
    EXPECT_EQ(b.set(255, "x"), -2);
    for (std::uint8_t key = 2; key <= FW_KV_KEYS_MAX; ++key) EXPECT_EQ(b.set(1, "small"), 1);
}

TEST(kv_store, when_all_places_are_taken_then_a_further_key_is_refused) {
    store_bench b;
    b.load();
    constexpr std::uint8_t last = FW_KV_KEYS_MAX;
    for (std::uint8_t key = 1; key <= last; ++key) EXPECT_EQ(b.set(key, "v"), 1);
    EXPECT_EQ(b.set(last + 1, "v"), -2);
    EXPECT_EQ(b.set(last, ""), 1);
    EXPECT_EQ(b.set(last + 1, "v"), 1);
}

TEST(kv_store, when_busy_then_a_second_set_is_refused) {
    store_bench b;
    b.load();
    int first = -1;
    const auto note = [](void* context, bool ok) { *static_cast<int*>(context) = ok; };
    ASSERT_TRUE(fw_kv_set(&b.store, 1, "a", 1, note, &first));
    EXPECT_FALSE(fw_kv_set(&b.store, 2, "b", 1, note, &first));
    b.host.run_for(1000000);
    EXPECT_EQ(first, 1);
}

TEST(kv_store, when_thousands_of_values_are_written_then_blocks_alternate_and_all_is_kept) {
    store_bench b(512, 64);
    b.load();
    std::map<int, std::string> wanted;
    for (int i = 0; i < 3000; ++i) {
        const int key = 1 + i % 5;
        wanted[key] = std::string(static_cast<std::size_t>(i * 7 % 60), static_cast<char>('a' + i % 26));
        ASSERT_EQ(b.set(static_cast<std::uint8_t>(key), wanted[key]), 1) << i;
        if (i % 97 == 0) b.load();
        for (const auto& [k, v] : wanted) ASSERT_EQ(b.get(static_cast<std::uint8_t>(k)), v) << i;
    }
    EXPECT_GT(b.host.count(DECTBED_REQ_FLASH_ERASE), 50u);
}

TEST(kv_store, when_a_program_is_requested_then_it_stays_within_a_page) {
    store_bench b(2048, 64);
    b.load();
    ASSERT_EQ(b.set(1, std::string(700, 'q')), 1);
    ASSERT_EQ(b.set(2, std::string(200, 'r')), 1);
    for (const auto& r : b.host.of(DECTBED_REQ_FLASH_PROGRAM)) {
        const auto f = r.as<dectbed_req_flash>();
        EXPECT_LE(f.length, 64u);
        EXPECT_EQ(f.address / 64, (f.address + f.length - 1) / 64);
    }
    b.load();
    EXPECT_EQ(b.get(1), std::string(700, 'q'));
}

/// A history of writes that appends, moves between blocks (with and without erase) and deletes.
std::vector<std::pair<int, std::string>> history() {
    std::vector<std::pair<int, std::string>> out;
    out.push_back({1, "http://prov.csp.example/office/"});
    out.push_back({2, std::string(90, 'c')});
    out.push_back({1, "http://prov.other.example/"});
    out.push_back({2, std::string(80, 'd')});  // does not fit any more: moves
    out.push_back({3, std::string("\xFF\xFF\xFF\xFF", 4)});
    out.push_back({1, ""});
    out.push_back({2, std::string(85, 'e')});  // moves back: erases first
    out.push_back({1, "http://prov.csp.example/"});
    return out;
}

TEST(kv_store, when_power_is_cut_at_any_octet_of_any_write_then_old_or_new_value_is_there) {
    const auto writes = history();
    int cuts = 0;
    for (const std::uint8_t torn : {0x00, 0xFF, 0x5A, 0x01, 0x80}) {
        for (std::size_t step = 0; step < writes.size(); ++step) {
            for (std::uint64_t at = 0;; ++at) {
                store_bench b(256, 32);
                b.load();
                std::map<int, std::string> before;
                for (std::size_t i = 0; i < step; ++i) {
                    ASSERT_EQ(b.set(static_cast<std::uint8_t>(writes[i].first), writes[i].second), 1);
                    before[writes[i].first] = writes[i].second;
                }
                const auto& [key, value] = writes[step];
                b.host.flash.torn_and = torn;
                b.host.flash.octets_until_cut = b.host.flash.written + at;
                const int result = b.set(static_cast<std::uint8_t>(key), value);
                if (!b.host.flash.dead) {
                    ASSERT_EQ(result, 1);
                    break;  // all of the write was done before the cut
                }
                ++cuts;
                ASSERT_EQ(result, -1);
                b.load();
                const std::string now = b.get(static_cast<std::uint8_t>(key));
                ASSERT_TRUE(now == value || now == before[key])
                    << "write " << step << " cut at octet " << at << " torn " << int{torn} << ": '" << now << "'";
                for (const auto& [k, v] : before) {
                    if (k != key) {
                        ASSERT_EQ(b.get(static_cast<std::uint8_t>(k)), v) << step << " " << at;
                    }
                }
                // and the store still works, once more through a reset
                ASSERT_EQ(b.set(static_cast<std::uint8_t>(key), value), 1) << step << " " << at;
                ASSERT_EQ(b.set(7, "after"), 1);
                b.load();
                ASSERT_EQ(b.get(static_cast<std::uint8_t>(key)), value) << step << " " << at;
                ASSERT_EQ(b.get(7), "after");
            }
        }
    }
    EXPECT_GT(cuts, 4000);  // five kinds of torn octets at each of more than 800 places
}

TEST(kv_store, when_power_is_cut_twice_in_the_same_write_then_the_rest_survives) {
    std::uint64_t seed = 3;
    for (int i = 0; i < 2000; ++i) {
        store_bench b(256, 32);
        b.load();
        ASSERT_EQ(b.set(1, "keep me"), 1);
        std::string last = "first";
        ASSERT_EQ(b.set(2, last), 1);
        for (int round = 0; round < 6; ++round) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            b.host.flash.torn_and = static_cast<std::uint8_t>(seed >> 50);
            b.host.flash.octets_until_cut = b.host.flash.written + (seed >> 33) % 300;
            const std::string next = "value " + std::to_string(round) + std::string(seed >> 58, 'z');
            const int result = b.set(2, next);
            b.load();
            if (result == 1) last = next;
            ASSERT_TRUE(b.get(2) == last || b.get(2) == next);
            last = b.get(2);
            ASSERT_EQ(b.get(1), "keep me");
        }
    }
}

TEST(kv_store, when_flash_holds_garbage_then_it_is_an_empty_store_that_works) {
    std::uint64_t seed = 11;
    for (int i = 0; i < 300; ++i) {
        store_bench b(256, 32);
        for (auto& cell : b.host.flash.cells) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            cell = static_cast<std::uint8_t>(seed >> 40);
        }
        if (i % 3 == 0) std::memcpy(b.host.flash.cells.data(), "FWKV", 4);
        b.load();
        EXPECT_EQ(b.get(1), "");
        EXPECT_EQ(b.set(1, "x"), 1);
        b.load();
        EXPECT_EQ(b.get(1), "x");
    }
}

TEST(kv_store, when_place_is_not_blank_after_all_then_value_goes_to_the_other_block) {
    store_bench b;
    b.load();
    ASSERT_EQ(b.set(1, "one"), 1);
    b.host.flash.cells[40] = 0;
    ASSERT_EQ(b.set(2, "two and more than twenty octets"), 1);
    b.load();
    EXPECT_EQ(b.get(1), "one");
    EXPECT_EQ(b.get(2), "two and more than twenty octets");
}

TEST(kv_store, when_reads_are_refused_then_store_is_empty) {
    store_bench b;
    b.host.on[DECTBED_REQ_FLASH_READ] = [&](const request& r) {
        dectbed_ev_refused event{};
        event.request_type = DECTBED_REQ_FLASH_READ;
        b.host.post(DECTBED_EV_REFUSED, event, 10, {}, r.token());
    };
    b.load();
    EXPECT_EQ(b.get(1), "");
}

}  // namespace
}  // namespace dectbed::test
