#include <gtest/gtest.h>

#include "results/device_evidence.h"
#include "tests/results/story.h"

namespace dectbed::results {
namespace {

using test::small_office;
namespace record = sim::record;

class device_evidence_test : public ::testing::Test {
  protected:
    std::string about_base() const { return book.about(o.base, names); }
    void dhcp(const char* type) { o.tell.tell(o.router, record::dhcp_message{type, "", "", 1, o.base}); }

    entity_names names;
    device_evidence book;
    small_office o{[this](const sim::journal_entry& e) {
        names.on(e);
        book.on(e);
    }};
};

TEST_F(device_evidence_test, without_a_lease_it_tells_how_far_dhcp_got) {
    EXPECT_EQ(about_base(), "no DHCP server heard it");
    dhcp("DISCOVER");
    EXPECT_EQ(about_base(), "a DHCP server saw 1 DISCOVER, sent 0 OFFERs");
    dhcp("OFFER");
    dhcp("DISCOVER");
    dhcp("NAK");
    EXPECT_EQ(about_base(), "a DHCP server saw 2 DISCOVERs, sent 1 OFFER and 1 NAK");
    dhcp("ACK");
    EXPECT_EQ(about_base(), "no request of it reached a server");
    dhcp("DISCOVER");
    EXPECT_EQ(about_base(), "a DHCP server saw 1 DISCOVER, sent 0 OFFERs") << "a new attempt counts anew";
}

TEST_F(device_evidence_test, a_port_is_named_while_it_does_not_forward) {
    o.tell.tell(o.router, record::switch_port_changed{o.base, "closed", 0});
    EXPECT_EQ(about_base(), "its switch port is closed; no DHCP server heard it");
    o.tell.tell(o.router, record::switch_port_changed{o.base, "open", 0});
    EXPECT_EQ(about_base(), "no DHCP server heard it");
}

TEST_F(device_evidence_test, the_last_word_of_each_kind_of_server_is_told) {
    dhcp("ACK");
    record::http_response web;
    web.client = o.base;
    web.status = 503;
    web.verdict = "overloaded";
    o.tell.tell(o.redirection, web);
    record::sip_message sip;
    sip.client = o.base;
    sip.method = "REGISTER";
    sip.status = 403;
    sip.received = false;
    o.tell.tell(o.registrar, sip);
    record::tls_handshake tls;
    tls.client = o.base;
    tls.result = "certificate expired";
    o.tell.tell(o.redirection, tls);
    const std::string said = about_base();
    const std::string redirection(names.path_of(o.redirection)), registrar(names.path_of(o.registrar));
    EXPECT_EQ(said, "TLS with " + redirection + " ended: certificate expired; last answer of " + redirection +
                        ": 503 overloaded; " + registrar + " answered REGISTER with 403");
    tls.result = "done";
    o.tell.tell(o.redirection, tls);
    EXPECT_EQ(about_base().find("TLS"), std::string::npos) << "a later handshake succeeded";
}

TEST_F(device_evidence_test, its_own_words_are_quoted_as_its_own_and_only_warnings) {
    dhcp("ACK");
    o.tell.tell(o.base, record::firmware_log{2, "all is well"});
    EXPECT_EQ(about_base(), "no request of it reached a server");
    o.tell.tell(o.base, record::firmware_log{1, "name not found"});
    EXPECT_EQ(about_base(), "no request of it reached a server; its own last warning: \"name not found\"");
}

TEST_F(device_evidence_test, nothing_is_said_of_what_is_no_device) { EXPECT_EQ(book.about(o.router, names), ""); }

}  // namespace
}  // namespace dectbed::results
