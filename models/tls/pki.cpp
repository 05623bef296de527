#include "models/tls/pki.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "models/tls/library_environment.h"
#include "sim/wall_clock.h"

namespace dectbed::models::tls {

namespace {

constexpr std::int64_t day_s = 86'400, year_s = 365 * day_s;
/// Older and longer than anything they sign.
constexpr std::int64_t root_before_s = 10 * year_s, root_after_s = 20 * year_s;
constexpr std::int64_t intermediate_before_s = 5 * year_s, intermediate_after_s = 10 * year_s;

using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, releaser<X509_EXTENSION_free>>;

void must(bool good, const char* what) {
    if (!good) throw sim::run_failure("internet", std::string("certificates: ") + what + " failed");
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const extension_ptr e(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    must(e && X509_add_ext(certificate, e.get(), -1) == 1, "an extension");
}

struct plan {
    std::string common_name;
    std::int64_t valid_from, valid_to;
    bool authority;
    int path_length;  ///< of an authority
    const certificate_wish* leaf;
};

std::string alternative_names(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) {
        const bool address = name.find_first_not_of("0123456789.") == std::string::npos;
        out += (out.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
    }
    return out;
}

/// Draws key and serial number; must run within a scope.
x509_ptr make(const plan& p, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
    x509_ptr c(X509_new());
    must(c && X509_set_version(c.get(), X509_VERSION_3) == 1, "a certificate");
    unsigned char serial[16];
    must(RAND_bytes(serial, sizeof serial) == 1, "a serial number");
    serial[0] &= 0x7F;  // RFC 5280, 4.1.2.2: positive
    serial[0] |= 0x40;
    const std::unique_ptr<BIGNUM, releaser<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
    must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(c.get())) != nullptr, "a serial number");
    X509_NAME* name = X509_get_subject_name(c.get());
    const auto add = [name](const char* field, const std::string& value) {
        must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                        reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0) == 1,
             "a name");
    };
    add("O", "dectbed");
    add("CN", p.common_name);
    must(X509_set_issuer_name(c.get(), issuer != nullptr ? X509_get_subject_name(issuer) : name) == 1, "an issuer");
    must(ASN1_TIME_set(X509_getm_notBefore(c.get()), p.valid_from) != nullptr &&
             ASN1_TIME_set(X509_getm_notAfter(c.get()), p.valid_to) != nullptr,
         "a date");
    must(X509_set_pubkey(c.get(), key) == 1, "a key");
    X509* signer = issuer != nullptr ? issuer : c.get();
    add_extension(c.get(), signer, NID_subject_key_identifier, "hash");
    if (p.authority) {
        add_extension(c.get(), signer, NID_basic_constraints,
                      "critical,CA:TRUE,pathlen:" + std::to_string(p.path_length));
        add_extension(c.get(), signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(c.get(), signer, NID_basic_constraints, "critical,CA:FALSE");
        add_extension(c.get(), signer, NID_key_usage, "critical,digitalSignature");
        add_extension(c.get(), signer, NID_ext_key_usage, p.leaf->client ? "clientAuth" : "serverAuth");
        if (!p.leaf->names.empty())
            add_extension(c.get(), signer, NID_subject_alt_name, alternative_names(p.leaf->names));
    }
    if (issuer != nullptr) add_extension(c.get(), signer, NID_authority_key_identifier, "keyid");
    must(X509_sign(c.get(), issuer_key, EVP_sha256()) > 0, "signing");
    return c;
}

key_ptr make_key() {
    key_ptr key(EVP_EC_gen("P-256"));
    must(key != nullptr, "a key");
    return key;
}

x509_ptr shared(X509* c) {
    X509_up_ref(c);
    return x509_ptr(c);
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string pem_of_one(X509* c) {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    must(bio && PEM_write_bio_X509(bio.get(), c) == 1, "PEM");
    return text_of(bio.get());
}

std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    if (!in) throw sim::run_failure(file, "cannot be read");
    return content.str();
}

void write_file(const std::string& path, const std::string& content) {
    std::ofstream out(path, std::ios::binary);
    out << content;
    out.close();
    if (!out) throw sim::run_failure(path, "cannot be written");
}

}  // namespace

const pki::authority& pki::find(const std::string& name) {
    const auto known = authorities_.find(name);
    if (known != authorities_.end()) return known->second;
    entity_environment e(simulation_, "internet", "pki authority " + name);
    const environment_scope scope(e);
    const std::int64_t start = sim::start_unix_s(simulation_);
    authority a;
    a.root_key = make_key();
    a.root = make({name + " root", start - root_before_s, start + root_after_s, true, 1, nullptr}, a.root_key.get(),
                  nullptr, a.root_key.get());
    a.intermediate_key = make_key();
    a.intermediate =
        make({name + " intermediate", start - intermediate_before_s, start + intermediate_after_s, true, 0, nullptr},
             a.intermediate_key.get(), a.root.get(), a.root_key.get());
    return authorities_.emplace(name, std::move(a)).first->second;
}

identity_ptr pki::issue(const std::string& authority_name, const certificate_wish& wish) {
    const authority& a = find(authority_name);
    entity_environment e(simulation_, wish.label, "pki certificate");
    const environment_scope scope(e);
    auto i = std::make_shared<identity>();
    i->key = make_key();
    i->chain.push_back(make({wish.common_name, wish.valid_from, wish.valid_to, false, 0, &wish}, i->key.get(),
                            a.intermediate.get(), a.intermediate_key.get()));
    i->chain.push_back(shared(a.intermediate.get()));
    constexpr std::size_t kept_max = 64;  // of clients: samples for people to look at
    if (!wish.client || issued_.size() < kept_max) issued_[wish.label] = i;
    return i;
}

identity_ptr pki::self_signed(const certificate_wish& wish) {
    entity_environment e(simulation_, wish.label, "pki certificate");
    const environment_scope scope(e);
    auto i = std::make_shared<identity>();
    i->key = make_key();
    i->chain.push_back(
        make({wish.common_name, wish.valid_from, wish.valid_to, false, 0, &wish}, i->key.get(), nullptr, i->key.get()));
    issued_[wish.label] = i;
    return i;
}

std::string pki::root_pem(const std::string& name) { return pem_of_one(find(name).root.get()); }

void pki::write(const std::string& folder) const {
    for (const auto& [name, a] : authorities_) {
        write_file(folder + "/" + name + ".root.pem", pem_of_one(a.root.get()));
        write_file(folder + "/" + name + ".intermediate.pem", pem_of_one(a.intermediate.get()));
    }
    for (const auto& [label, i] : issued_) {
        std::string name = label;
        std::replace(name.begin(), name.end(), '/', '.');
        write_file(folder + "/" + name + ".pem", pem_of(*i));
    }
}

identity_ptr load_identity(const std::string& certificate_file, const std::string& key_file) {
    auto i = std::make_shared<identity>();
    i->chain = certificates_in(content_of(certificate_file));
    if (i->chain.empty()) throw sim::run_failure(certificate_file, "holds no certificate in PEM");
    const std::string key = content_of(key_file);
    const bio_ptr bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
    // An empty pass phrase: nobody is there to type one.
    i->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
    ERR_clear_error();
    if (!i->key) throw sim::run_failure(key_file, "holds no private key in PEM without a pass phrase");
    if (X509_check_private_key(i->chain.front().get(), i->key.get()) != 1) {
        ERR_clear_error();
        throw sim::run_failure(key_file, "is not the key of the first certificate in " + certificate_file);
    }
    return i;
}

std::string pem_of(const identity& i) {
    std::string out;
    for (const auto& c : i.chain) out += pem_of_one(c.get());
    return out;
}

std::string key_pem_of(const identity& i) {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    must(bio && PEM_write_bio_PrivateKey(bio.get(), i.key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
    return text_of(bio.get());
}

std::vector<x509_ptr> certificates_in(const std::string& pem) {
    std::vector<x509_ptr> out;
    const bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    while (X509* c = PEM_read_bio_X509(bio.get(), nullptr, nullptr, const_cast<char*>(""))) out.emplace_back(c);
    ERR_clear_error();
    return out;
}

std::string subject_of(X509* certificate) {
    const bio_ptr bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    return text_of(bio.get());
}

std::string common_name_of(X509* certificate) {
    char text[128] = "";
    const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
    return length > 0 ? std::string(text) : std::string();
}

}  // namespace dectbed::models::tls
