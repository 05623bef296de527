// Files under power cuts and wear: at every octet of any write the old file or the new one, and blocks erased evenly.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/firmware/lib/file_store.h"
#include "models/firmware/lib/kv_store.h"
#include "tests/models/firmware/fake/fake_host.h"

namespace dectbed::test {
namespace {

constexpr std::uint32_t block = 1024, page = 64;

class files_bench {
  public:
    explicit files_bench(std::uint32_t blocks = 6) : blocks_(blocks) {
        host.flash.block = block;
        host.flash.page = page;
        host.flash.cells.assign(blocks * block, 0xFF);
        host.deliver = [this](const dectbed_event* event) {
            for (const auto w : worn) {  // as they are before the next erasure that fails
                const auto at = host.flash.cells.begin() + static_cast<std::ptrdiff_t>(w * block);
                if (host.log.empty() || host.log.back().type() != DECTBED_REQ_FLASH_ERASE)
                    kept_[w].assign(at, at + block);
            }
            if (event->record.type == DECTBED_EV_FLASH_DONE && host.log.back().type() == DECTBED_REQ_FLASH_ERASE)
                ++erases[reinterpret_cast<const dectbed_ev_flash*>(event)->address];
            if (event->record.type == DECTBED_EV_FLASH_DONE && refuses(event)) {
                auto failed = *reinterpret_cast<const dectbed_ev_flash*>(event);
                failed.status = DECTBED_FLASH_NOT_ERASED;
                if (worn_keep_octets) {
                    const auto& kept = kept_[failed.address / block];
                    std::copy(kept.begin(), kept.end(), host.flash.cells.begin() + failed.address);
                }
                fw_files_handle(&files, &failed.event);
            } else if (fw_io_begin(&io, event)) {
                fw_files_handle(&files, event);
            }
        };
        fw_io_init(&io, &host.api);
        fw_files_init(&files, &io, &config());
    }
    ~files_bench() { fw_files_free(&files); }

    void load() {
        host.power_off();
        host.log.clear();
        host.flash.dead = false;
        host.flash.octets_until_cut = ~0ull;
        fw_files_free(&files);
        fw_files_init(&files, &io, &config());
        result_ = -1;
        fw_files_load(&files, note, this);
        host.run_until_true([&] { return result_ != -1; }, 10000000);
        ASSERT_EQ(result_, 1);
    }
    /// 1: done, 0: failed, -1: no answer (power), -2: not begun
    int write(const std::string& name, const std::string& text) {
        return answered([&] { return fw_files_write(&files, name.c_str(), text.data(), text.size(), note, this); });
    }
    int remove(const std::string& name) {
        return answered([&] { return fw_files_remove(&files, name.c_str(), note, this); });
    }
    /// "(none)" without such a file
    std::string read(const std::string& name, std::uint32_t place = 0) {
        const fw_file* f = fw_files_find(&files, name.c_str());
        if (f == nullptr) return "(none)";
        std::string out(f->octets - place, '?');
        EXPECT_EQ(
            answered([&] { return fw_files_read(&files, name.c_str(), place, out.data(), out.size(), note, this); }),
            1);
        return out;
    }
    std::map<std::string, std::string> all() {
        std::vector<std::string> names;
        std::map<std::string, std::string> out;
        for (std::size_t i = 0; i < files.count; ++i) names.emplace_back(files.files[i].name);
        for (const auto& name : names) out[name] = read(name);
        return out;
    }

    fake_host host;
    fw_io io{};
    fw_files files{};
    std::set<std::uint32_t> worn;                   ///< blocks whose erases fail
    bool worn_keep_octets = false;                  ///< they are as before; else they are blank all the same
    std::map<std::uint32_t, std::uint32_t> erases;  ///< by address

  private:
    std::map<std::uint32_t, octets> kept_;
    const fw_files_config& config() {
        config_ = {9, 0, blocks_, block, page};
        return config_;
    }
    bool refuses(const dectbed_event* event) const {
        const auto& e = *reinterpret_cast<const dectbed_ev_flash*>(event);
        const auto& asked = host.log.back();
        return asked.type() == DECTBED_REQ_FLASH_ERASE && worn.count(e.address / block) != 0;
    }
    static void note(void* context, bool ok) { static_cast<files_bench*>(context)->result_ = ok; }
    template <class Begin>
    int answered(Begin&& begin) {
        result_ = -1;
        if (!begin()) return -2;
        host.run_until_true([&] { return host.flash.dead || result_ != -1; }, 100000000);
        host.log.erase(host.log.begin(),
                       host.log.end() - std::min<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(host.log.size())));
        return result_;
    }
    std::uint32_t blocks_;
    fw_files_config config_{};
    int result_ = -1;
};

std::string text_of(std::size_t octets, unsigned seed) {
    std::string out;
    for (std::size_t i = 0; i < octets; ++i) out += static_cast<char>((i * 31 + seed * 7 + i / 9) & 0xFF);
    return out;
}

TEST(file_store, when_files_are_written_replaced_and_removed_then_that_is_what_is_there_after_a_restart) {
    files_bench b;
    b.load();
    EXPECT_EQ(b.read("a"), "(none)");
    EXPECT_EQ(b.write("a", text_of(1000, 1)), 1);
    EXPECT_EQ(b.write("empty", ""), 1);
    EXPECT_EQ(b.write("a", text_of(300, 2)), 1);
    EXPECT_EQ(b.write("b", text_of(10, 3)), 1);
    EXPECT_EQ(b.remove("b"), 1);
    EXPECT_EQ(b.remove("b"), -2);
    for (int life = 0; life < 2; ++life) {
        EXPECT_EQ(b.read("a"), text_of(300, 2));
        EXPECT_EQ(b.read("a", 250), text_of(300, 2).substr(250));
        EXPECT_EQ(b.read("empty"), "");
        EXPECT_EQ(b.read("b"), "(none)");
        EXPECT_EQ(b.all().size(), 2u);
        b.load();
    }
    EXPECT_EQ(b.write("", "x"), -2);
    EXPECT_EQ(b.write(std::string(FW_FILES_NAME_MAX + 1, 'n'), "x"), -2);
    EXPECT_EQ(b.write(std::string(FW_FILES_NAME_MAX, 'n'), "x"), 1);
}

TEST(file_store, when_the_first_file_is_written_then_the_octets_are_as_documented) {
    files_bench b;
    b.load();
    ASSERT_EQ(b.write("n", "ab"), 1);
    const auto& cells = b.host.flash.cells;
    EXPECT_EQ(hex(octets(cells.begin(), cells.begin() + 12)), "465746530100000001000000");
    EXPECT_EQ(hex(octets(cells.begin() + 16, cells.begin() + 28)), "5b0102000100000000000000");
    EXPECT_EQ(hex(octets(cells.begin() + 32, cells.begin() + 46)), "61625b0201000100000002000000");
    const std::uint8_t head[] = {0x5B, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'a', 'b'};
    const std::uint32_t crc = fw_crc32(0, head, sizeof head);
    EXPECT_EQ(cells[28] | cells[29] << 8 | cells[30] << 16 | static_cast<std::uint32_t>(cells[31]) << 24, crc);
}

TEST(file_store, when_more_is_written_than_fits_then_it_is_refused_and_what_is_there_stays) {
    files_bench b;
    b.load();
    const auto room = fw_files_room(&b.files);
    EXPECT_GT(room, 1000u);
    EXPECT_EQ(b.write("a", text_of(room + 1, 1)), -2);
    ASSERT_EQ(b.write("a", text_of(room, 1)), 1);
    EXPECT_EQ(b.write("a", text_of(room, 2)), -2) << "the old one stays until the new one is complete";
    for (int i = 0; i < 50; ++i) ASSERT_EQ(b.write("b", ""), 1) << i;
    b.load();
    EXPECT_EQ(b.read("a"), text_of(room, 1));
}

TEST(file_store, when_thousands_of_files_are_written_then_all_is_kept_and_blocks_are_erased_evenly) {
    files_bench b(8);
    b.load();
    std::map<std::string, std::string> wanted;
    for (unsigned i = 0; i < 3000; ++i) {
        const std::string name = "file " + std::to_string(i * 7 % 5);
        if (i % 13 == 0 && wanted.count(name) != 0) {
            wanted.erase(name);
            ASSERT_EQ(b.remove(name), 1) << i;
        } else {
            wanted[name] = text_of(i * 37 % 500, i);
            ASSERT_EQ(b.write(name, wanted[name]), 1) << i;
        }
        if (i % 101 == 0) b.load();
        if (i % 17 == 0) {
            ASSERT_EQ(b.all(), wanted) << i;
        }
    }
    std::uint32_t least = ~0u, most = 0;
    for (const auto& [address, count] : b.erases) {
        least = std::min(least, count);
        most = std::max(most, count);
    }
    EXPECT_EQ(b.erases.size(), 8u);
    EXPECT_GT(least, 50u);
    EXPECT_LE(most, least + least / 4);
}

TEST(file_store, when_power_is_cut_at_any_octet_then_every_file_is_the_old_or_the_new_one_and_the_store_works_on) {
    files_bench b(5);
    b.load();
    std::map<std::string, std::string> before;
    std::uint64_t cuts = 0, cleaned = 0;
    for (unsigned i = 0; i < 26; ++i) {
        const std::string name = i % 5 == 4 ? "settled" : i % 2 == 0 ? "a" : "b";
        const bool removes = i % 9 == 8;
        const std::string text = text_of(i * 53 % 300 + (i % 7 == 0 ? 150 : 0), i);
        const octets cells = b.host.flash.cells;
        const auto act = [&](files_bench& on) { return removes ? on.remove("a") : on.write(name, text); };
        auto after = before;
        if (removes)
            after.erase("a");
        else
            after[name] = text;
        for (std::uint64_t at = 0;; at += i < 12 ? 1 : 3) {
            files_bench cut(5);
            cut.host.flash.cells = cells;
            cut.load();
            ASSERT_EQ(cut.all(), before);
            cut.host.flash.torn_and = static_cast<std::uint8_t>(at * 0x53 + (at % 4 == 0 ? 0xFF : 0));
            cut.host.flash.octets_until_cut = cut.host.flash.written + at;
            const int result = act(cut);
            if (!cut.host.flash.dead) {
                ASSERT_EQ(result, 1);
                break;
            }
            ++cuts;
            cut.load();
            const auto now = cut.all();
            ASSERT_TRUE(now == before || now == after) << "step " << i << ", octet " << at;
            ASSERT_EQ(cut.write("probe", "after " + std::to_string(at)), 1) << i << " " << at;
            if (now == before) {
                ASSERT_EQ(act(cut), 1) << i << " " << at;
            }
            cut.load();
            after["probe"] = "after " + std::to_string(at);
            ASSERT_EQ(cut.all(), after) << i << " " << at;
            after.erase("probe");
        }
        const auto erased = b.host.flash.written;
        ASSERT_EQ(act(b), 1);
        cleaned += b.host.flash.written - erased > block;
        before = after;
    }
    EXPECT_GT(cuts, 5000u);
    EXPECT_GE(cleaned, 3u) << "among them steps that go round the log";
}

TEST(file_store, when_a_block_is_worn_then_it_is_left_out) {
    files_bench b(8);
    b.load();
    b.worn = {3};
    std::map<std::string, std::string> wanted;
    for (unsigned i = 0; i < 200; ++i) {
        const std::string name = std::to_string(i % 3);
        wanted[name] = text_of(i * 11 % 400, i);
        ASSERT_EQ(b.write(name, wanted[name]), 1) << i;
    }
    EXPECT_EQ(b.all(), wanted);
    b.load();
    EXPECT_EQ(b.all(), wanted);
}

TEST(file_store, when_two_blocks_wear_out_and_power_fails_at_any_time_then_the_store_goes_on_taking_files) {
    std::uint64_t cuts = 0, worn_and_cut = 0;
    for (unsigned seed = 0; seed < 400; ++seed) {
        std::uint64_t state = seed * 2862933555777941757u + 3037000493u;
        const auto draw = [&](std::uint64_t below) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            return (state >> 33) % below;
        };
        files_bench b(8);
        b.worn_keep_octets = seed % 2 == 0;
        b.load();
        std::map<std::string, std::string> wanted;
        const std::uint64_t first = 10 + draw(60), second = first + 1 + draw(60);
        for (unsigned i = 0; i < 140; ++i) {
            if (i == first || i == second) b.worn.insert(static_cast<std::uint32_t>(draw(8)));
            const std::string name = std::to_string(draw(3)), text = text_of(draw(400), i);
            const bool removes = wanted.count(name) != 0 && draw(8) == 0;
            auto after = wanted;
            if (removes)
                after.erase(name);
            else
                after[name] = text;
            if (draw(4) == 0) b.host.flash.octets_until_cut = b.host.flash.written + draw(3000);
            b.host.flash.torn_and = static_cast<std::uint8_t>(draw(256));
            const int result = removes ? b.remove(name) : b.write(name, text);
            const std::string where = "seed " + std::to_string(seed) + ", write " + std::to_string(i);
            if (!b.host.flash.dead) {
                b.host.flash.octets_until_cut = ~0ull;
                ASSERT_EQ(result, 1) << where;
                wanted = after;
                continue;
            }
            ++cuts;
            worn_and_cut += b.worn.size() == 2;
            b.load();
            const auto now = b.all();
            ASSERT_TRUE(now == wanted || now == after) << where;
            wanted = now;
        }
        b.load();
        ASSERT_EQ(b.all(), wanted) << seed;
    }
    EXPECT_GT(cuts, 2000u);
    EXPECT_GT(worn_and_cut, 1000u);
}

TEST(file_store, when_flash_holds_garbage_then_there_are_no_files_and_new_ones_work) {
    std::uint64_t seed = 5;
    for (int i = 0; i < 200; ++i) {
        files_bench b(5);
        for (auto& cell : b.host.flash.cells) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            cell = static_cast<std::uint8_t>(seed >> 40);
        }
        if (i % 2 == 0) {  // good heads before garbage
            for (std::uint32_t k = 0; k < 5; ++k) {
                std::uint8_t* p = b.host.flash.cells.data() + k * block;
                std::memcpy(p, "FWFS", 4);
                const std::uint32_t crc = fw_crc32(0, p, 12);
                for (int o = 0; o < 4; ++o) p[12 + o] = static_cast<std::uint8_t>(crc >> 8 * o);
            }
        }
        b.load();
        EXPECT_TRUE(b.all().empty());
        ASSERT_EQ(b.write("a", text_of(500, 1)), 1);
        b.load();
        ASSERT_EQ(b.read("a"), text_of(500, 1));
    }
}

}  // namespace
}  // namespace dectbed::test
