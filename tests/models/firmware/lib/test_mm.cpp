// Mobility management and calls: both sides against each other, by octets, with messages lost and with noise.
#include <deque>

#include "models/firmware/lib/cc_call.h"
#include "models/firmware/lib/mm_ft.h"
#include "models/firmware/lib/mm_pt.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

constexpr std::uint8_t ipui[5] = {0x00, 0xDB, 0x01, 0x23, 0x45}, rfpi[5] = {0x00, 0xDB, 0x00, 0x00, 0x0B};

/// Both machines on one host; what one sends, the other handles at once, unless it is lost.
class mm_bench {
  public:
    enum timer : std::uint32_t { ft_timer = 1, pt_timer = 2 };
    enum token : std::uint32_t { ft_token = 1, pt_token = 2 };
    struct told {
        fw_mm_what what;
        bool ok;
        std::uint8_t reason;
        std::uint32_t tpui;
        octets key;
    };

    mm_bench() {
        fw_io_init(&io, &host.api);
        host.deliver = [this](const dectbed_event* event) {
            if (!fw_io_begin(&io, event) || event->record.type != DECTBED_EV_TIMER) return;
            const auto expired = reinterpret_cast<const dectbed_ev_timer*>(event)->timer;
            if (!fw_mm_ft_timeout(&ft, expired)) fw_mm_pt_timeout(&pt, expired);
            deliver();
        };
        host.on[DECTBED_REQ_NWK_SEND] = [this](const request& r) {
            sent.push_back({r.token(), r.data<dectbed_req_link>()});
        };
        dectbed_ev_boot boot = fake_host::handset_identity();
        host.boot_event(boot);
        host.run_for(1000);
        fw_mm_ft_config f{};
        f.timer = ft_timer;
        f.token = ft_token;
        f.algorithm = FW_AUTH_DSAA2;
        f.context = this;
        f.listener = [](void* context, const fw_mm_event* e) { static_cast<mm_bench*>(context)->ft_event(*e); };
        f.key = [](void* context, std::uint8_t type, std::uint8_t k[FW_AUTH_KEY_OCTETS]) {
            const auto& self = *static_cast<mm_bench*>(context);
            if (type != FW_KEY_UAK) return false;
            std::copy(self.uak.begin(), self.uak.end(), k);
            return self.ft_has_uak;
        };
        fw_mm_ft_init(&ft, &io, 7, &f);
        fw_mm_pt_config p{};
        p.timer = pt_timer;
        p.token = pt_token;
        std::copy(std::begin(ipui), std::end(ipui), p.ipui);
        p.context = this;
        p.listener = [](void* context, const fw_mm_event* e) { static_cast<mm_bench*>(context)->pt_event(*e); };
        fw_mm_pt_init(&pt, &io, &p);
        fw_mm_pt_start(&pt, 7);
        fw_auth_code_from_digits("1234", ac);
        fw_auth_b1(ac, sizeof ac, ac_k);
        for (std::size_t i = 0; i < uak.size(); ++i) uak[i] = static_cast<std::uint8_t>(i * 7 + 1);
    }
    void share_uak() {
        std::copy(uak.begin(), uak.end(), pt.keys.uak);
        pt.keys.has_uak = ft_has_uak = true;
    }
    void know_ac(const char* digits = "1234") {
        std::uint8_t code[FW_AUTH_CODE_OCTETS];
        fw_auth_code_from_digits(digits, code);
        pt.keys.has_ac = fw_auth_b1(code, sizeof code, pt.keys.ac);
    }
    /// Hands over what is under way until nothing is.
    void deliver() {
        while (!sent.empty()) {
            const auto [from, data] = sent.front();
            sent.pop_front();
            story += (from == ft_token ? " <" : " >") + hex({data[1]});
            last = data;
            if (lose > 0 && data[1] == lose) {
                lose = 0;
                continue;
            }
            if (deaf) continue;
            fw_nwk_message m;
            ASSERT_TRUE(fw_nwk_parse(data.data(), data.size(), &m));
            if (from == ft_token) {
                fw_mm_pt_handle(&pt, &m);
            } else {
                fw_mm_ft_handle(&ft, &m);
            }
        }
    }
    bool done(const std::vector<told>& by, fw_mm_what what, bool ok) const {
        return std::any_of(by.begin(), by.end(), [&](const told& t) { return t.what == what && t.ok == ok; });
    }

    fake_host host;
    fw_io io{};
    fw_mm_ft ft{};
    fw_mm_pt pt{};
    std::deque<std::pair<std::uint32_t, octets>> sent;
    std::vector<told> ft_told, pt_told;
    std::string story;
    octets last;
    int lose = 0;
    bool deaf = false, ft_has_uak = false;
    std::uint8_t ac[FW_AUTH_CODE_OCTETS], ac_k[FW_AUTH_KEY_OCTETS];
    std::array<std::uint8_t, FW_AUTH_KEY_OCTETS> uak{};

  private:
    void ft_event(const fw_mm_event& e) {
        note(ft_told, e);
        const fw_park park = fw_park_of_rfpi(rfpi);
        if (e.what == FW_MM_ACCESS_RIGHTS_ASKED) fw_mm_ft_allocate_key(&ft, ac_k);
        if (e.what == FW_MM_KEY_DONE && e.ok) fw_mm_ft_accept_access_rights(&ft, ipui, &park);
        if (e.what == FW_MM_KEY_DONE && !e.ok) fw_mm_ft_reject(&ft, e.reason);
        if (e.what == FW_MM_LOCATION_ASKED) fw_mm_ft_authenticate(&ft, FW_KEY_UAK, uak.data());
        if (e.what == FW_MM_AUTHENTICATION_DONE && ft.asked == FW_MM_FT_LOCATION) {
            if (e.ok) {
                fw_mm_ft_accept_location(&ft, 0x00123, 39);
            } else {
                fw_mm_ft_reject(&ft, e.reason);
            }
        }
        if (e.what == FW_MM_TERMINATION_ASKED) fw_mm_ft_accept_termination(&ft);
        if (e.what == FW_MM_CIPHERING_SUGGESTED) fw_mm_ft_cipher(&ft, true, FW_CIPHER_DSC2);
    }
    void pt_event(const fw_mm_event& e) {
        note(pt_told, e);
        const std::uint8_t upi[2] = {0x12, 0x34};
        if (e.what == FW_MM_USER_KEY_ASKED) fw_mm_pt_user_key(&pt, upi, sizeof upi);
        if (e.what == FW_MM_CIPHERING_ASKED) {
            fw_mm_pt_ciphering(&pt, true, FW_REJECT_NONE);
            fw_mm_ft_ciphering(&ft, true);
        }
        if (e.what == FW_MM_LOCATE_SUGGESTED) fw_mm_pt_locate(&pt);
    }
    static void note(std::vector<told>& to, const fw_mm_event& e) {
        octets key;
        if (e.key != nullptr) key.assign(e.key, e.key + FW_AUTH_KEY_OCTETS);
        to.push_back({e.what, e.ok, e.reason, e.tpui, key});
    }
};

TEST(mm, when_access_rights_are_obtained_then_both_sides_have_the_same_new_key) {
    mm_bench b;
    b.know_ac();
    ASSERT_TRUE(fw_mm_pt_obtain(&b.pt));
    EXPECT_EQ(hex(b.sent.front().second), "0544050780a800db012345");
    b.deliver();
    EXPECT_EQ(b.story, " >44 <42 >40 <41 <45");
    EXPECT_EQ(hex(b.last), "8545050780a800db0123450607a0a500db000008");
    ASSERT_TRUE(b.done(b.pt_told, FW_MM_ACCESS_RIGHTS_DONE, true));
    octets at_ft;
    for (const auto& t : b.ft_told) {
        if (t.what == FW_MM_KEY_DONE) at_ft = t.key;
    }
    EXPECT_EQ(at_ft.size(), 16u);
    EXPECT_EQ(at_ft, b.pt_told.back().key);
}

TEST(mm, when_the_ac_differs_then_neither_side_gets_a_key) {
    mm_bench b;
    b.know_ac("1235");
    fw_mm_pt_obtain(&b.pt);
    b.deliver();
    EXPECT_EQ(b.story, " >44 <42 >40 <43 <47");
    EXPECT_TRUE(b.pt.wrong_ac);
    EXPECT_FALSE(b.pt.keys.has_uak);
    EXPECT_TRUE(b.done(b.pt_told, FW_MM_ACCESS_RIGHTS_DONE, false));
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_KEY_DONE, false));
}

TEST(mm, when_located_then_the_temporary_identity_is_acknowledged) {
    mm_bench b;
    b.share_uak();
    fw_mm_pt_locate(&b.pt);
    b.deliver();
    EXPECT_EQ(b.story, " >54 <40 >41 <55 >5d");
    EXPECT_EQ(b.pt.tpui, 0x00123u);
    EXPECT_TRUE(b.done(b.pt_told, FW_MM_LOCATION_DONE, true));
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_TPUI_DONE, true));
}

TEST(mm, when_the_keys_differ_then_the_location_is_refused) {
    mm_bench b;
    b.share_uak();
    b.pt.keys.uak[3] ^= 1;
    fw_mm_pt_locate(&b.pt);
    b.deliver();
    EXPECT_EQ(b.story, " >54 <40 >41 <57");
    EXPECT_TRUE(b.done(b.pt_told, FW_MM_LOCATION_DONE, false));
}

TEST(mm, when_the_fixed_part_is_asked_who_it_is_then_only_the_right_one_can_prove_it) {
    for (const bool right : {true, false}) {
        mm_bench b;
        b.share_uak();
        if (!right) b.uak[0] ^= 0x80;
        ASSERT_TRUE(fw_mm_pt_authenticate(&b.pt, FW_AUTH_DSAA2, FW_KEY_UAK));
        b.deliver();
        EXPECT_EQ(b.story, " >40 <41");
        EXPECT_TRUE(b.done(b.pt_told, FW_MM_AUTHENTICATION_DONE, right));
    }
    mm_bench nobody;
    nobody.share_uak();
    nobody.ft_has_uak = false;
    fw_mm_pt_authenticate(&nobody.pt, FW_AUTH_DSAA2, FW_KEY_UAK);
    nobody.deliver();
    EXPECT_EQ(hex(nobody.last), "8543600113");
}

TEST(mm, when_the_user_is_authenticated_then_the_upi_counts) {
    mm_bench b;
    b.share_uak();
    const std::uint8_t upi[2] = {0x12, 0x34}, other[2] = {0x12, 0x35};
    std::uint8_t k[FW_AUTH_KEY_OCTETS];
    ASSERT_TRUE(fw_auth_b2(b.uak.data(), b.uak.size(), upi, 2, k));
    ASSERT_TRUE(fw_mm_ft_authenticate_user(&b.ft, k));
    EXPECT_FALSE(fw_mm_ft_identify(&b.ft, FW_PORTABLE_IPUI)) << "one procedure of ours at a time";
    b.deliver();
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_USER_AUTHENTICATION_DONE, true));
    ASSERT_TRUE(fw_auth_b2(b.uak.data(), b.uak.size(), other, 2, k));
    fw_mm_ft_authenticate_user(&b.ft, k);
    b.deliver();
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_USER_AUTHENTICATION_DONE, false));
}

TEST(mm, when_identities_are_asked_for_and_assigned_then_they_are_told) {
    mm_bench b;
    fw_mm_ft_identify(&b.ft, FW_PORTABLE_IPEI);
    EXPECT_EQ(hex(b.sent.front().second), "055802028090");
    b.deliver();
    EXPECT_EQ(hex(b.last), "8559050790a40db0123450");
    fw_mm_ft_identify(&b.ft, FW_PORTABLE_TPUI);
    b.deliver();
    EXPECT_EQ(hex(b.last), "8559") << "there is none yet";
    fw_mm_ft_assign(&b.ft, 0xABCDE);
    EXPECT_EQ(hex(b.sent.front().second), "055c0505a0940abcde");
    b.deliver();
    EXPECT_EQ(b.pt.tpui, 0xABCDEu);
    fw_mm_ft_identify(&b.ft, FW_PORTABLE_TPUI);
    b.deliver();
    EXPECT_EQ(hex(b.last), "85590505a0940abcde");
    fw_mm_pt_detach(&b.pt);
    EXPECT_EQ(hex(b.sent.front().second), "05560505a0940abcde");
    b.deliver();
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_DETACHED, true));
}

TEST(mm, when_ciphering_is_asked_for_or_suggested_then_a_key_must_be_there) {
    mm_bench b;
    b.share_uak();
    EXPECT_FALSE(fw_mm_ft_cipher(&b.ft, true, FW_CIPHER_DSC2)) << "no DCK yet";
    fw_mm_pt_locate(&b.pt);
    b.deliver();
    ASSERT_TRUE(fw_mm_ft_cipher(&b.ft, true, FW_CIPHER_DSC2));
    EXPECT_EQ(hex(b.sent.front().second), "054c19028290");
    b.deliver();
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_CIPHERING_DONE, true));
    EXPECT_EQ(octets(b.ft.dck, b.ft.dck + 16), octets(b.pt.dck, b.pt.dck + 16));
    b.ft_told.clear();
    ASSERT_TRUE(fw_mm_pt_suggest_cipher(&b.pt, true, FW_CIPHER_DSC2));
    b.deliver();
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_CIPHERING_DONE, true));
    EXPECT_TRUE(b.done(b.pt_told, FW_MM_CIPHERING_DONE, true));
}

TEST(mm, when_rights_are_terminated_by_either_side_then_the_other_accepts) {
    mm_bench b;
    fw_mm_pt_terminate(&b.pt);
    b.deliver();
    EXPECT_EQ(b.story, " >48 <49");
    EXPECT_TRUE(b.done(b.pt_told, FW_MM_TERMINATION_DONE, true));
    fw_mm_ft_terminate(&b.ft, ipui);
    b.deliver();
    EXPECT_TRUE(b.done(b.pt_told, FW_MM_TERMINATED_BY_FT, true));
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_TERMINATION_DONE, true));
    const std::uint8_t somebody[5] = {0x00, 0xDB, 0x01, 0x23, 0x46};
    fw_mm_ft_terminate(&b.ft, somebody);
    b.deliver();
    EXPECT_TRUE(b.done(b.ft_told, FW_MM_TERMINATION_DONE, false));
}

TEST(mm, when_a_location_is_suggested_then_it_comes) {
    mm_bench b;
    b.share_uak();
    fw_mm_ft_suggest_location(&b.ft);
    b.deliver();
    EXPECT_EQ(b.story, " <52 >54 <40 >41 <55 >5d");
}

struct timing {
    const char* name;
    std::function<void(mm_bench&)> begin;
    int type;
    std::uint64_t timer_us;
    fw_mm_what end;
    bool at_ft;
};

TEST(mm, when_nobody_answers_then_each_timer_runs_out_twice) {
    const timing table[] = {
        {"MM_access.1", [](mm_bench& b) { fw_mm_pt_obtain(&b.pt); }, 0x44, 60 * second_us, FW_MM_ACCESS_RIGHTS_DONE,
         false},
        {"MM_access.2 PT", [](mm_bench& b) { fw_mm_pt_terminate(&b.pt); }, 0x48, 20 * second_us, FW_MM_TERMINATION_DONE,
         false},
        {"MM_access.2 FT", [](mm_bench& b) { fw_mm_ft_terminate(&b.ft, ipui); }, 0x48, 10 * second_us,
         FW_MM_TERMINATION_DONE, true},
        {"MM_auth.1 FT", [](mm_bench& b) { fw_mm_ft_authenticate(&b.ft, FW_KEY_UAK, b.uak.data()); }, 0x40,
         10 * second_us, FW_MM_AUTHENTICATION_DONE, true},
        {"MM_auth.1 PT", [](mm_bench& b) { fw_mm_pt_authenticate(&b.pt, FW_AUTH_DSAA2, FW_KEY_UAK); }, 0x40,
         10 * second_us, FW_MM_AUTHENTICATION_DONE, false},
        {"MM_auth.2", [](mm_bench& b) { fw_mm_ft_authenticate_user(&b.ft, b.uak.data()); }, 0x40, 100 * second_us,
         FW_MM_USER_AUTHENTICATION_DONE, true},
        {"MM_cipher.1",
         [](mm_bench& b) {
             b.ft.has_dck = true;
             fw_mm_ft_cipher(&b.ft, true, FW_CIPHER_DSC2);
         },
         0x4C, 10 * second_us, FW_MM_CIPHERING_DONE, true},
        {"MM_cipher.2", [](mm_bench& b) { fw_mm_pt_suggest_cipher(&b.pt, true, FW_CIPHER_DSC2); }, 0x4E, 10 * second_us,
         FW_MM_CIPHERING_DONE, false},
        {"MM_ident.1", [](mm_bench& b) { fw_mm_ft_assign(&b.ft, 1); }, 0x5C, 10 * second_us, FW_MM_TPUI_DONE, true},
        {"MM_ident.2", [](mm_bench& b) { fw_mm_ft_identify(&b.ft, 0); }, 0x58, 10 * second_us, FW_MM_IDENTITY_DONE,
         true},
        {"MM_key.1", [](mm_bench& b) { fw_mm_ft_allocate_key(&b.ft, b.ac_k); }, 0x42, 10 * second_us, FW_MM_KEY_DONE,
         true},
        {"MM_locate.1", [](mm_bench& b) { fw_mm_pt_locate(&b.pt); }, 0x54, 20 * second_us, FW_MM_LOCATION_DONE, false},
    };
    for (const auto& t : table) {
        mm_bench b;
        b.share_uak();
        b.know_ac();
        b.deaf = true;
        t.begin(b);
        b.deliver();
        b.host.run_for(t.timer_us - 1);
        b.deliver();
        const std::string once = b.story;
        EXPECT_EQ(hex({b.last[1]}), hex({static_cast<std::uint8_t>(t.type)})) << t.name;
        b.host.run_for(1);
        b.deliver();
        EXPECT_EQ(b.story, once + once) << t.name;
        const auto& told = t.at_ft ? b.ft_told : b.pt_told;
        b.host.run_for(t.timer_us - 1);
        EXPECT_TRUE(told.empty()) << t.name;
        b.host.run_for(1);
        ASSERT_EQ(told.size(), 1u) << t.name;
        EXPECT_EQ(told[0].what, t.end) << t.name;
        EXPECT_FALSE(told[0].ok);
        EXPECT_EQ(told[0].reason, FW_REJECT_TIMER_EXPIRY);
        b.host.run_for(300 * second_us);
        b.deliver();
        EXPECT_EQ(b.story, once + once) << t.name << " is over";
    }
}

TEST(mm, when_any_message_is_lost_once_then_access_rights_and_location_come_about) {
    for (const int lost : {0x44, 0x42, 0x40, 0x45, 0x54, 0x55, 0x5D}) {
        mm_bench b;
        b.share_uak();
        b.know_ac();
        b.lose = lost;
        fw_mm_pt_obtain(&b.pt);
        b.deliver();
        b.host.run_for(130 * second_us);
        b.uak = {};
        std::copy_n(b.pt.keys.uak, 16, b.uak.begin());
        fw_mm_pt_locate(&b.pt);
        b.deliver();
        b.host.run_for(130 * second_us);
        EXPECT_EQ(b.lose, 0) << std::hex << lost;
        EXPECT_TRUE(b.done(b.pt_told, FW_MM_ACCESS_RIGHTS_DONE, true)) << std::hex << lost;
        EXPECT_TRUE(b.done(b.pt_told, FW_MM_LOCATION_DONE, true)) << std::hex << lost;
    }
}

TEST(mm, when_messages_are_garbled_then_nothing_breaks_and_nothing_is_granted) {
    noise n(11);
    mm_bench b;
    b.share_uak();
    for (int i = 0; i < 20000; ++i) {
        octets data = n.garbage(40);
        if (data.size() > 1) {
            data[0] = static_cast<std::uint8_t>((data[0] & 0x80) | FW_NWK_MM);
            data[1] = static_cast<std::uint8_t>(0x40 + data[1] % 0x30);
        }
        const exact e(data);
        fw_nwk_message m;
        if (!fw_nwk_parse(e.data(), e.size(), &m)) continue;
        if (i % 2) {
            fw_mm_ft_handle(&b.ft, &m);
        } else {
            fw_mm_pt_handle(&b.pt, &m);
        }
        if (i % 16 == 0) fw_mm_pt_locate(&b.pt);
        b.sent.clear();
    }
    EXPECT_FALSE(b.done(b.ft_told, FW_MM_AUTHENTICATION_DONE, true));
    EXPECT_FALSE(b.done(b.ft_told, FW_MM_KEY_DONE, true));
    EXPECT_FALSE(b.done(b.pt_told, FW_MM_AUTHENTICATION_DONE, true));
    EXPECT_FALSE(b.done(b.pt_told, FW_MM_ACCESS_RIGHTS_DONE, true));
}

TEST(mm, when_an_identity_is_malformed_then_it_is_refused) {
    const char* const wrong[] = {"0544 0501 80",
                                 "0544 0507 00a8 00db012345",
                                 "0544 0507 80a7 00db012345",
                                 "0544 0506 80a8 00db0123",
                                 "0544 0505 a094 2abcde",
                                 "0544 050a 80a8 00db012345000000"};
    for (const char* text : wrong) {
        const octets data = from_hex(text);
        fw_nwk_message m;
        fw_portable_identity id;
        if (!fw_nwk_parse(data.data(), data.size(), &m)) continue;
        EXPECT_FALSE(fw_read_portable_identity(&m, &id)) << text;
    }
}

TEST(mm, when_a_park_is_made_of_an_rfpi_then_it_fits_all_radio_fixed_parts_of_that_system) {
    const fw_park a = fw_park_of_rfpi(rfpi);
    EXPECT_EQ(a.bits, 37);
    std::uint8_t other[5];
    std::copy_n(rfpi, 5, other);
    other[4] ^= 7;
    other[0] |= 0x80;
    EXPECT_TRUE(fw_park_matches(&a, other)) << "another RPN, E bit set";
    other[4] ^= 8;
    EXPECT_FALSE(fw_park_matches(&a, other));
    const std::uint8_t class_b[5] = {0x12, 0x34, 0x56, 0x78, 0x9A};
    EXPECT_EQ(fw_park_of_rfpi(class_b).bits, 32);
}

}  // namespace
}  // namespace dectbed::test
