// An update under power cuts: at every octet of every program and erase, what runs is the old firmware or a whole new
// one.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "models/firmware/lib/boot_slots.h"
#include "tests/models/firmware/fake/fake_host.h"

namespace dectbed::test {
namespace {

constexpr std::uint32_t block = 256, page = 32, flash_octets = 40 * block;
constexpr const char* model = "DB-100";

std::string image_of(const std::string& version, std::size_t octets) {
    std::string out("DBFW\x01\0\0\0", 8);
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(octets >> shift & 0xFF);
    out += model + std::string(FW_IMAGE_MODEL_OCTETS - std::strlen(model), '\0');
    out += version + std::string(FW_IMAGE_VERSION_OCTETS - version.size(), '\0');
    for (std::size_t i = 0; i < octets; ++i) out += static_cast<char>(i * 13 + i / 7 + version.back());
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(out.data(), out.size(), digest, &size, EVP_sha256(), nullptr);
    return out.append(reinterpret_cast<const char*>(digest), size);
}

struct slots_bench {
    slots_bench() {
        host.flash.block = block;
        host.flash.page = page;
        host.flash.cells.assign(flash_octets, 0xFF);
        host.deliver = [this](const dectbed_event* event) {
            if (fw_io_begin(&io, event)) fw_slots_handle(&slots, event);
        };
        fw_io_init(&io, &host.api);
        load();
    }
    ~slots_bench() { fw_slots_free(&slots); }

    static void note(void* context, const char* why) {
        auto& self = *static_cast<slots_bench*>(context);
        self.answered = true;
        self.why = why == nullptr ? "" : why;
    }
    /// As after a reset.
    void load() {
        host.power_off();
        host.flash.dead = false;
        host.flash.octets_until_cut = ~0ull;
        fw_slots_free(&slots);
        const fw_slots_config config{9, flash_octets, block, page};
        fw_slots_init(&slots, &io, &config);
        answered = false;
        fw_slots_load(&slots, note, this);
        host.run_for(1000000);
        ASSERT_TRUE(answered);
    }
    /// In pieces, some of which come before the flash is ready; false: no answer.
    bool update(const std::string& version, const std::string& image) {
        answered = false;
        if (!fw_slots_begin(&slots)) return false;
        for (std::size_t at = 0; at < image.size(); at += 100) {
            if (!fw_slots_take(&slots, image.data() + at, std::min<std::size_t>(100, image.size() - at))) return false;
            if (at % 300 == 0) host.run_for(5000);
        }
        if (!fw_slots_finish(&slots, model, version.c_str(), note, this)) return false;
        host.run_until_true([&] { return host.flash.dead || answered; }, 100000000);
        return answered;
    }
    std::string running() const {
        const auto* r = fw_slots_running(&slots);
        return r == nullptr ? "" : r->version;
    }
    /// What the record speaks of is whole.
    bool whole() const {
        const auto* r = fw_slots_running(&slots);
        if (r == nullptr) return true;
        fw_image_check c{};
        fw_image_begin(&c);
        const auto from = fw_boot_slot_address(flash_octets, block, r->slot);
        const bool good =
            fw_image_take(&c, model, r->version, host.flash.cells.data() + from, r->octets) && fw_image_good(&c);
        fw_image_free(&c);
        return good;
    }

    fake_host host;
    fw_io io{};
    fw_slots slots{};
    bool answered = false;
    std::string why;
};

TEST(boot_slots, when_an_image_is_written_then_it_runs_on_trial_until_it_is_confirmed) {
    slots_bench b;
    EXPECT_EQ(b.running(), "");
    ASSERT_TRUE(b.update("1.1.0", image_of("1.1.0", 700)));
    EXPECT_EQ(b.why, "");
    b.load();
    EXPECT_EQ(b.running(), "1.1.0");
    EXPECT_EQ(fw_slots_running(&b.slots)->slot, 1);
    EXPECT_TRUE(fw_slots_on_trial(&b.slots));
    EXPECT_FALSE(fw_slots_begin(&b.slots)) << "first it has to prove itself";
    fw_slots_confirm(&b.slots);
    b.host.run_for(100000);
    b.load();
    EXPECT_FALSE(fw_slots_on_trial(&b.slots));
    ASSERT_TRUE(b.update("1.2.0", image_of("1.2.0", 2000)));
    b.load();
    EXPECT_EQ(b.running(), "1.2.0");
    EXPECT_EQ(fw_slots_running(&b.slots)->slot, 0) << "the other one";
    EXPECT_TRUE(b.whole());
}

TEST(boot_slots, when_the_boot_loader_rejects_an_image_then_the_one_before_runs_and_the_version_is_known) {
    slots_bench b;
    ASSERT_TRUE(b.update("1.1.0", image_of("1.1.0", 300)));
    fw_slots_confirm(&b.slots);
    b.host.run_for(100000);
    ASSERT_TRUE(b.update("1.2.0", image_of("1.2.0", 300)));
    const int latest = fw_boot_latest(b.slots.records);
    b.host.flash.cells[(FW_BOOT_CONTROL_BLOCK + static_cast<std::uint32_t>(latest)) * block + FW_BOOT_REJECTED_AT] = 0;
    b.load();
    EXPECT_EQ(b.running(), "1.1.0");
    EXPECT_TRUE(fw_slots_rejected(&b.slots, "1.2.0"));
    EXPECT_FALSE(fw_slots_rejected(&b.slots, "1.1.0"));
    ASSERT_TRUE(b.update("1.3.0", image_of("1.3.0", 300)));
    b.load();
    EXPECT_EQ(b.running(), "1.3.0");
    EXPECT_TRUE(b.whole());
}

TEST(boot_slots, when_power_is_cut_at_any_octet_then_the_old_or_a_whole_new_firmware_runs_and_the_next_update_works) {
    const std::string first = image_of("1.1.0", 300), second = image_of("1.2.0", 500);
    std::uint64_t cuts = 0;
    for (const std::uint8_t torn : {0x00, 0xFF, 0x46}) {
        for (std::uint64_t at = 0;; ++at) {
            slots_bench b;
            ASSERT_TRUE(b.update("1.1.0", first));
            fw_slots_confirm(&b.slots);
            b.host.run_for(100000);
            b.host.flash.torn_and = torn;
            b.host.flash.octets_until_cut = b.host.flash.written + at;
            const bool done = b.update("1.2.0", second);
            if (!b.host.flash.dead) {
                ASSERT_TRUE(done);
                break;
            }
            ++cuts;
            b.load();
            ASSERT_TRUE(b.running() == "1.1.0" || b.running() == "1.2.0") << at << ": " << b.running();
            ASSERT_TRUE(b.whole()) << at;
            if (b.running() == "1.2.0") continue;
            ASSERT_TRUE(b.update("1.2.0", second)) << at;
            b.load();
            ASSERT_EQ(b.running(), "1.2.0") << at;
            ASSERT_TRUE(b.whole()) << at;
        }
    }
    EXPECT_GT(cuts, 3u * 1500u);
}

TEST(boot_slots, when_the_flash_does_not_hold_the_image_then_the_old_firmware_stays) {
    slots_bench b;
    std::string spoilt = image_of("1.1.0", 700);
    spoilt[200] = static_cast<char>(spoilt[200] ^ 1);
    ASSERT_TRUE(b.update("1.1.0", spoilt));
    EXPECT_NE(b.why, "");
    EXPECT_EQ(b.running(), "");
    EXPECT_FALSE(b.update("1.1.0", image_of("1.1.0", 4000))) << "more than a slot holds";
    fw_slots_abandon(&b.slots);
    b.host.run_for(100000);
    ASSERT_TRUE(b.update("1.1.0", image_of("1.1.0", 700))) << "the slots still work";
    EXPECT_EQ(b.why, "");
}

TEST(boot_slots, when_a_download_begins_anew_in_the_middle_then_only_the_second_counts) {
    slots_bench b;
    const std::string image = image_of("1.1.0", 900);
    ASSERT_TRUE(fw_slots_begin(&b.slots));
    ASSERT_TRUE(fw_slots_take(&b.slots, std::string(500, 'x').data(), 500));
    b.host.run_for(3500);
    ASSERT_TRUE(b.update("1.1.0", image));
    EXPECT_EQ(b.why, "");
    EXPECT_TRUE(b.whole());
}

TEST(boot_control, when_octets_are_random_or_cut_then_no_record_is_read) {
    fw_boot_record r{};
    r.sequence = 7;
    r.octets = 1000;
    r.slot = 1;
    r.attempts = 3;
    std::strcpy(r.version, "1.1.0");
    octets area(FW_BOOT_AREA_OCTETS, 0xFF);
    fw_boot_write(&r, area.data());
    fw_boot_record read{};
    fw_boot_read(area.data(), area.size(), &read);
    EXPECT_TRUE(read.valid);
    EXPECT_EQ(hex(octets(area.begin(), area.begin() + 16)), "465742430700000001030000e8030000");
    EXPECT_STREQ(read.version, "1.1.0");
    for (std::size_t n = 0; n < area.size(); ++n) {
        fw_boot_read(area.data(), n, &read);
        EXPECT_FALSE(read.valid) << n;
    }
    for (std::size_t i = 0; i < FW_BOOT_RECORD_OCTETS; ++i) {
        octets spoilt = area;
        spoilt[i] = static_cast<std::uint8_t>(spoilt[i] ^ 0x20);
        fw_boot_read(spoilt.data(), spoilt.size(), &read);
        EXPECT_FALSE(read.valid) << i;
    }
}

}  // namespace
}  // namespace dectbed::test
