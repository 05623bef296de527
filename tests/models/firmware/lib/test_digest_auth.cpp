#include "models/firmware/lib/digest_auth.h"
#include "tests/models/firmware/lib/client_bench.h"

namespace dectbed::test {
namespace {

const char* const rfc_7616_challenge =
    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=%s, "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

std::string response_to(const std::string& algorithm) {
    std::string text = rfc_7616_challenge;
    text.replace(text.find("%s"), 2, algorithm);
    fw_digest_challenge c;
    char out[FW_DIGEST_RESPONSE_OCTETS];
    const fw_digest_request r{
        "Mufasa", "Circle of Life", "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 1};
    if (!fw_digest_read_challenge(text.c_str(), &c) || !fw_digest_response(&c, &r, out)) return "refused";
    return out;
}

TEST(digest_auth, when_challenged_as_in_rfc_7616_3_9_1_then_the_responses_are_those) {
    EXPECT_EQ(response_to("MD5"), "8ca523f5e9506fed4657c9700eebdbec");
    EXPECT_EQ(response_to("SHA-256"), "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    EXPECT_EQ(response_to("SHA-512-256"), "refused");
    EXPECT_EQ(response_to("MD5-sess"), "refused");
}

TEST(digest_auth, when_written_then_it_holds_every_field) {
    fw_digest_challenge c;
    ASSERT_TRUE(
        fw_digest_read_challenge("digest  nonce = \"n\\\"1\" ,realm=\"r\",algorithm=md5,stale=TRUE,qop=auth", &c));
    EXPECT_TRUE(c.stale);
    EXPECT_STREQ(c.nonce, "n\\\"1");
    char out[400];
    const fw_digest_request r{"u", "p", "REGISTER", "sip:x", "c0", 255};
    const std::size_t n = fw_digest_write(out, sizeof out, &c, &r);
    char response[FW_DIGEST_RESPONSE_OCTETS];
    ASSERT_TRUE(fw_digest_response(&c, &r, response));
    EXPECT_EQ(std::string(out, n),
              std::string("Digest username=\"u\",realm=\"r\",nonce=\"n\\\"1\",uri=\"sip:x\",response=\"") + response +
                  "\",algorithm=MD5,qop=auth,nc=000000ff,cnonce=\"c0\"");
    for (std::size_t size = 0; size <= n; ++size) EXPECT_EQ(fw_digest_write(out, size, &c, &r), 0u);
    const fw_digest_request bad{"u\"", "p", "REGISTER", "sip:x", "c0", 1};
    EXPECT_EQ(fw_digest_write(out, sizeof out, &c, &bad), 0u);
}

TEST(digest_auth, when_a_challenge_is_cut_or_spoilt_then_it_is_refused_or_usable) {
    noise random(5);
    fw_digest_challenge c;
    for (const char* bad : {"", "Basic realm=\"x\"", "Digest", "Digest realm=\"x\"", "Digest nonce=\"x\"",
                            "Digest realm=\"x", "Digest realm=\"x\",nonce=\"y\",qop=\"auth-int\"", "Digest ,,=,"}) {
        EXPECT_FALSE(fw_digest_read_challenge(bad, &c)) << bad;
    }
    const std::string long_nonce = "Digest realm=\"x\",nonce=\"" + std::string(200, 'n') + "\"";
    EXPECT_FALSE(fw_digest_read_challenge(long_nonce.c_str(), &c));
    for (int i = 0; i < 20000; ++i) {
        const std::string text = text_of(random.spoil(bytes_of(rfc_7616_challenge)));
        if (fw_digest_read_challenge(text.c_str(), &c)) {
            EXPECT_LT(strnlen(c.nonce, sizeof c.nonce), sizeof c.nonce);
        }
    }
}

}  // namespace
}  // namespace dectbed::test
