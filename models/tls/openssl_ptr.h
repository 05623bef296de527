// OpenSSL's objects with owners.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace dectbed::models::tls {

template <auto release>
struct releaser {
    template <class T>
    void operator()(T* p) const {
        release(p);
    }
};
using x509_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, releaser<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, releaser<SSL_free>>;
using session_ptr = std::unique_ptr<SSL_SESSION, releaser<SSL_SESSION_free>>;

}  // namespace dectbed::models::tls
