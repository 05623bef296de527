#include "models/tls/lean_provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace dectbed::models::tls {

namespace {

// The default provider lives in a library context of its own; ours hands out what it has. Both live as long as the
// process: OpenSSL has pointers to them until it ends.
OSSL_PROVIDER* whole = nullptr;
std::vector<OSSL_ALGORITHM> decoders;

bool wanted(const OSSL_ALGORITHM& a) {
    static constexpr std::string_view known[] = {"EC", "RSA", "RSA-PSS", "ED25519", "ED448", "DER"};
    const std::string_view names = a.algorithm_names, properties = a.property_definition;
    const std::string_view first = names.substr(0, names.find(':'));
    if (std::find(std::begin(known), std::end(known), first) == std::end(known)) return false;
    return properties.find("input=der") != std::string_view::npos ||
           properties.find("input=pem") != std::string_view::npos;
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
    const OSSL_ALGORITHM* all = OSSL_PROVIDER_query_operation(whole, operation, no_cache);
    if (operation != OSSL_OP_DECODER || all == nullptr) return all;
    if (decoders.empty()) {
        for (; all->algorithm_names != nullptr; ++all) {
            if (wanted(*all)) decoders.push_back(*all);
        }
        decoders.push_back({});
    }
    return decoders.data();
}

/// The groups of TLS.
int capabilities(void*, const char* capability, OSSL_CALLBACK* each, void* argument) {
    return OSSL_PROVIDER_get_capabilities(whole, capability, each, argument);
}

int begin(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** context) {
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(query)},
        {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, reinterpret_cast<void (*)()>(capabilities)},
        {0, nullptr}};
    *out = functions;
    *context = OSSL_PROVIDER_get0_provider_ctx(whole);
    return 1;
}

}  // namespace

bool use_lean_provider() {
    OSSL_LIB_CTX* own = OSSL_LIB_CTX_new();
    whole = own != nullptr ? OSSL_PROVIDER_load(own, "default") : nullptr;
    if (whole == nullptr) {
        OSSL_LIB_CTX_free(own);
        return false;
    }
    return OSSL_PROVIDER_add_builtin(nullptr, "dectbed", begin) == 1 &&
           OSSL_PROVIDER_load(nullptr, "dectbed") != nullptr;
}

}  // namespace dectbed::models::tls
