#include "scenarios/tls_world.h"

#include <algorithm>

#include "scenarios/language/assemble.h"
#include "sim/wall_clock.h"

namespace dectbed::scenarios {

namespace tls = models::tls;
namespace net = models::network;

namespace {

constexpr std::int64_t day_s = 86'400;
/// A year's certificate that was issued a month ago.
constexpr std::int64_t issued_before_s = 30 * day_s, runs_out_after_s = 335 * day_s;
constexpr const char* self = "self";
constexpr const char* manufacture = "manufacture";
constexpr std::int64_t manufacture_validity_s = 20 * 365 * day_s;

std::string text_of(const file_ref& f) {
    std::string text;
    if (!read_text_file(f.path, text)) throw sim::run_failure(f.shown, "cannot be read");
    return text;
}

bool offers(const std::vector<tls_version>& versions, tls_version v) {
    return versions.empty() || std::find(versions.begin(), versions.end(), v) != versions.end();
}

tls::client_certificates policy_of(tls_client_certificates c) {
    switch (c) {
        case tls_client_certificates::none:
            return tls::client_certificates::none;
        case tls_client_certificates::request:
            return tls::client_certificates::request;
        case tls_client_certificates::require:
            return tls::client_certificates::require;
    }
    return tls::client_certificates::none;
}

}  // namespace

tls_world::tls_world(sim::simulation& s, const scenario& sc, const std::string& capture_folder)
    : sim_(s),
      scenario_(sc),
      pki_(s),
      in_use_(std::any_of(sc.servers.begin(), sc.servers.end(),
                          [](const auto& entry) { return entry.second.tls.has_value(); })),
      asks_clients_(std::any_of(sc.servers.begin(), sc.servers.end(), [](const auto& entry) {
          return entry.second.tls && entry.second.tls->client_certificates != tls_client_certificates::none;
      })) {
    if (!capture_folder.empty() && in_use_) keys_ = std::make_shared<tls::key_log>(capture_folder + "/tls.keys");
}

tls::server_parameters tls_world::server(const std::string& path, const std::string& name, net::ipv4_address address,
                                         const server_tls_parameters& p) {
    tls::server_parameters out;
    out.how = scenario_.tls.model == tls_model::timing ? tls::model::timing : tls::model::openssl;
    out.tls_1_2 = offers(p.versions, tls_version::v1_2);
    out.tls_1_3 = offers(p.versions, tls_version::v1_3);
    out.clients = policy_of(p.client_certificates);
    out.session_tickets = p.session_tickets;
    out.ticket_lifetime = p.ticket_lifetime;
    out.costs = {static_cast<std::size_t>(p.cores), p.full_handshake, p.resumed_handshake};
    out.keys = out.how == tls::model::openssl ? keys_ : nullptr;

    const certificate_parameters& c = p.certificate;
    if (c.file) {
        out.own = tls::load_identity(c.file->path, c.key->path);
        if (c.root) out.own_root = text_of(*c.root);
    } else {
        tls::certificate_wish wish;
        wish.label = path;
        wish.names = c.names;
        if (wish.names.empty()) {
            if (!name.empty()) wish.names.push_back(name);
            wish.names.push_back(net::to_text(address));
        }
        wish.common_name = wish.names.front();
        wish.valid_from = c.valid_from ? c.valid_from->unix_s : sim::start_unix_s(sim_) - issued_before_s;
        wish.valid_to = c.valid_to ? c.valid_to->unix_s : sim::start_unix_s(sim_) + runs_out_after_s;
        out.own = c.issuer == self ? pki_.self_signed(wish) : pki_.issue(c.issuer, wish);
        if (c.issuer != self) out.own_root = pki_.root_pem(c.issuer);
    }
    if (out.clients == tls::client_certificates::none) return out;
    out.client_anchors = pki_.root_pem(p.client_authority);
    tls::certificate_wish sample;
    sample.label = path + "/sample of a client";
    sample.common_name = "DB-100 02:00:00:00:00:00";
    sample.valid_from = sim::start_unix_s(sim_) - issued_before_s;
    sample.valid_to = sim::start_unix_s(sim_) + manufacture_validity_s;
    sample.client = true;
    if (out.how == tls::model::timing) out.client_sample = pki_.issue(p.client_authority, sample);
    return out;
}

std::shared_ptr<const std::string> tls_world::anchors(const base_population& p) {
    std::string key;
    for (const auto& name : p.trusts) key += name + "\n";
    if (p.ca_bundle) key += p.ca_bundle->path;
    auto& known = anchors_[key];
    if (known) return known;
    std::string pem;
    for (const auto& name : p.trusts) pem += pki_.root_pem(name);
    if (p.ca_bundle) {
        const std::string bundle = text_of(*p.ca_bundle);
        if (tls::certificates_in(bundle).empty())
            throw sim::run_failure(p.ca_bundle->shown, "holds no certificate in PEM");
        pem += bundle;
    }
    known = std::make_shared<const std::string>(std::move(pem));
    return known;
}

void tls_world::equip(models::firmware::manufacturing_data& factory, const base_population& p,
                      const net::mac_address& mac) {
    if (!in_use_) return;
    factory.tls_model = scenario_.tls.model == tls_model::timing ? DECTBED_TLS_TIMING : DECTBED_TLS_GENUINE;
    factory.tls_versions = static_cast<std::uint8_t>((offers(p.tls_versions, tls_version::v1_2) ? 1 : 0) |
                                                     (offers(p.tls_versions, tls_version::v1_3) ? 2 : 0));
    factory.trust_anchors = anchors(p);
    // Where nobody asks for it, nobody can tell whether it was made.
    if (!p.client_certificate || !asks_clients_) return;
    factory.certificate = [this, mac = net::to_text(mac), model = p.model]() -> std::pair<std::string, std::string> {
        tls::certificate_wish wish;
        wish.label = "device/" + mac;
        wish.common_name = model + " " + mac;
        wish.valid_from = sim::start_unix_s(sim_) - issued_before_s;
        wish.valid_to = sim::start_unix_s(sim_) + manufacture_validity_s;
        wish.client = true;
        const auto own = pki_.issue(manufacture, wish);
        return {"subject=" + tls::subject_of(own->chain.front().get()) + "\n" + tls::pem_of(*own),
                tls::key_pem_of(*own)};
    };
}

void tls_world::write_files(const std::string& folder) {
    if (keys_) keys_->close();
    if (in_use_ && !folder.empty()) pki_.write(folder);
}

}  // namespace dectbed::scenarios
