#include "scenarios/internet_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace dectbed::scenarios {

namespace net = models::network;
namespace srv = models::servers;

namespace {

net::internet_parameters parameters_of(const internet_parameters& p) {
    net::internet_parameters out;
    out.latency = p.latency;
    return out;
}

srv::overflow_policy policy_of(overflow_policy p) {
    switch (p) {
        case overflow_policy::reject:
            return srv::overflow_policy::reject;
        case overflow_policy::drop:
            return srv::overflow_policy::drop;
        case overflow_policy::close:
            return srv::overflow_policy::close;
    }
    return srv::overflow_policy::reject;
}

srv::service_parameters service_of(const capacity_parameters& c) {
    srv::service_parameters p{static_cast<std::size_t>(c.workers), c.service_time, static_cast<std::size_t>(c.queue),
                              policy_of(c.overflow)};
    if (const auto& s = c.scaling) {
        p.scaling = {static_cast<std::size_t>(s->workers_max),
                     s->target,
                     static_cast<std::size_t>(s->step),
                     s->delay,
                     s->cool_down,
                     s->window};
    }
    return p;
}

std::int64_t whole_seconds(sim::duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); }

srv::response_rule rule_of(const response_entry& e) {
    srv::response_rule r;
    r.name = e.name;
    r.method = e.request.method;
    r.path = e.request.path;
    r.query = e.request.query;
    r.headers = e.request.headers;
    r.body = e.request.body;
    r.client = e.request.device;
    r.status = static_cast<int>(e.answer.status);
    r.content_type = e.answer.type;
    r.fields = e.answer.headers;
    r.content = e.answer.body;
    r.delay = e.answer.delay;
    r.verdict = e.answer.verdict;
    r.times = static_cast<std::uint64_t>(e.times);
    if (e.answer.file) {
        std::ifstream in(e.answer.file->path, std::ios::binary);
        std::ostringstream content;
        content << in.rdbuf();
        if (!in) throw sim::run_failure("internet", "cannot read " + e.answer.file->shown);
        r.content = content.str();
        r.verbatim = true;
        if (r.content_type.empty()) r.content_type = srv::content_type_of(e.answer.file->path);
    }
    return r;
}

srv::http_server_parameters http_of(const server& sv, const std::string& path, tls_world& tls, std::uint64_t seed) {
    srv::http_server_parameters p;
    for (const auto& e : sv.responses) p.responses.push_back(rule_of(e));
    if (sv.plug_in) p.plug_in = srv::plug_in_parameters{sv.plug_in->program.path, sv.plug_in->arguments, seed};
    p.port = static_cast<std::uint16_t>(sv.port);
    p.retry_after_s = whole_seconds(sv.capacity.retry_after);
    p.service = service_of(sv.capacity);
    p.requests_per_connection_max = static_cast<std::size_t>(sv.requests_per_connection);
    p.idle_timeout = sv.idle_timeout;
    p.request_timeout = sv.http.request_timeout;
    p.connections_max = static_cast<std::size_t>(sv.http.connections);
    p.chunked = sv.http.chunked;
    p.retry_after_as_date = sv.http.retry_after_as_date;
    for (const auto& r : sv.http.redirects) p.redirects.push_back({r.from, r.to, static_cast<int>(r.status)});
    if (const auto& a = sv.http.authentication) {
        p.authentication.scheme = a->scheme == http_scheme::basic ? srv::http_scheme::basic : srv::http_scheme::digest;
        p.authentication.algorithm =
            a->algorithm == digest_algorithm::md5 ? srv::digest_algorithm::md5 : srv::digest_algorithm::sha256;
        p.authentication.realm = a->realm;
        for (const auto& u : a->users) p.authentication.users[u.name] = u.password;
        p.authentication.nonce_lifetime = a->nonce_lifetime;
    }
    if (sv.tls) p.tls = tls.server(path, sv.name, sv.address, *sv.tls);
    return p;
}

std::vector<srv::firmware_image> images_of(const server& sv) {
    std::vector<srv::firmware_image> out;
    for (const auto& i : sv.firmware) out.push_back({i.path, i.model, i.version, static_cast<std::uint32_t>(i.octets)});
    return out;
}

srv::redirection_parameters redirection_of(const server& sv, const std::vector<known_base>& bases,
                                           srv::http_server_parameters http) {
    srv::redirection_parameters p;
    p.path = sv.path;
    p.http = std::move(http);
    p.per_source = {static_cast<std::size_t>(sv.rate_limit.requests), sv.rate_limit.window};
    std::string reason;
    if (sv.data_file && !p.table.add_file(sv.data_file->path, reason)) throw sim::run_failure("internet", reason);
    for (const auto& entry : sv.codes) {
        if (!p.table.add_code(entry.code, entry.url, reason)) throw sim::run_failure("internet", reason);
    }
    for (const auto& entry : sv.macs) {
        if (entry.mac) {
            if (!p.table.add_mac(net::to_text(*entry.mac), entry.url, reason))
                throw sim::run_failure("internet", reason);
            continue;
        }
        for (const auto& base : bases) {
            if (sim::path_matches(entry.bases, base.path) &&
                !p.table.add_mac(net::to_text(base.mac), entry.url, reason)) {
                throw sim::run_failure("internet", reason);
            }
        }
    }
    return p;
}

net::carrier_nat_parameters gateway_of(const gateway& g) {
    net::carrier_nat_parameters p;
    p.box = g.kind == gateway_kind::vpn ? "vpn" : "carrier nat";
    p.first = g.address;
    p.addresses = static_cast<std::uint32_t>(g.addresses);
    p.ports_each = static_cast<std::uint32_t>(g.ports_per_site);
    p.nat = translation_of(g.nat);
    p.latency = g.latency;
    return p;
}

void add_record(srv::dns_zone& zone, const dns_record& r, std::uint32_t ttl_s) {
    std::string problem;
    if (r.address) zone.add(r.name, r.address);
    if (!r.alias.empty()) zone.add_alias(r.name, r.alias);
    if (r.srv) {
        problem = zone.add_record(fmt::format("{}. {} IN SRV {} {} {} {}.", r.name, ttl_s, r.srv->priority,
                                              r.srv->weight, r.srv->port, r.srv->target),
                                  ttl_s);
    }
    if (r.naptr) {
        problem =
            zone.add_record(fmt::format("{}. {} IN NAPTR {} {} \"{}\" \"{}\" \"\" {}.", r.name, ttl_s, r.naptr->order,
                                        r.naptr->preference, r.naptr->flags, r.naptr->service, r.naptr->replacement),
                            ttl_s);
    }
    if (!problem.empty()) throw sim::run_failure("internet", problem);
}

}  // namespace

net::nat_parameters translation_of(const nat_parameters& from) {
    net::nat_parameters p;
    p.mapping = from.mapping;
    p.filtering = from.filtering;
    p.udp_timeout = from.udp_timeout;
    p.tcp_established_timeout = from.tcp_timeout;
    p.tcp_transitory_timeout = from.tcp_transitory_timeout;
    p.refresh_from_outside = from.refresh_from_outside;
    p.ports = from.ports;
    p.keep_parity = from.keep_parity;
    p.hairpinning = from.hairpinning;
    p.mappings_max = static_cast<std::size_t>(from.mappings_max);
    return p;
}

internet_world::internet_world(sim::simulation& s, const scenario& sc, tls_world& tls)
    : sim_(s),
      scenario_(sc),
      tls_(tls),
      who_(s.journal().declare("internet", "internet")),
      core_(s, who_, parameters_of(sc.internet)) {
    for (const auto& [key, sv] : sc.servers) {
        (void)sv;
        entities_.push_back(s.journal().declare("internet/" + key, "server", who_));
    }
    for (const auto& [key, g] : sc.internet.gateways) {
        gateways_.push_back(std::make_unique<net::carrier_nat>(
            s, s.journal().declare("internet/" + key, "gateway", who_), gateway_of(g), core_));
    }
    for (const auto& fault : sc.timeline) lines_fail_ |= fault.action == "reconnect" || fault.action == "flap";
}

net::datagram_network& internet_world::way_out(const std::string& key) {
    for (std::size_t i = 0; i < gateways_.size(); ++i)
        if (scenario_.internet.gateways[i].first == key) return *gateways_[i];
    return core_;
}

net::ipv4_address internet_world::fresh_address() { return {scenario_.internet.site_addresses.last() - 1 - fresh_++}; }

net::ipv4_address internet_world::dns_address(const std::string& key) const {
    for (const auto& [name, sv] : scenario_.servers) {
        if (name == key) return sv.address;
    }
    return {};
}

sim::entity_id internet_world::entity_of(const std::string& key) const {
    for (std::size_t i = 0; i < scenario_.servers.size(); ++i)
        if (scenario_.servers[i].first == key) return entities_[i];
    return {};
}

net::ipv4_address internet_world::serve_dhcp(const std::string& key, net::ipv4_address relay,
                                             net::dhcp_server_parameters p) {
    for (std::size_t i = 0; i < scenario_.servers.size(); ++i) {
        if (scenario_.servers[i].first != key || !servers_[i]->dhcp) continue;
        servers_[i]->dhcp->serve(relay, std::move(p));
        return scenario_.servers[i].second.address;
    }
    throw sim::run_failure("internet/" + key, "is no DHCP server");
}

void internet_world::build(net::host_pool& pool, const std::vector<known_base>& bases) {
    for (std::size_t i = 0; i < scenario_.servers.size(); ++i) {
        const server& sv = scenario_.servers[i].second;
        servers_.push_back(std::make_unique<running>());
        running& r = *servers_.back();
        r.farm = attach(pool, entities_[i], sv.address, r);
        running second;
        if (sv.alternate_address) r.alternate = attach(pool, entities_[i], sv.alternate_address, second);
        start(r, sv, entities_[i], bases);
        if (sv.loiterers) loiter(pool, r, sv);
    }
    join_stand_ins();
}

/// They come one a millisecond, so that the server's backlog is none.
void internet_world::loiter(net::host_pool& pool, running& r, const server& sv) {
    running nobody;
    r.loiterers = attach(pool, who_, sv.loiterers->address, nobody);
    for (std::int64_t i = 0; i < sv.loiterers->connections; ++i) {
        sim_.kernel().after(std::chrono::milliseconds(i),
                            [&r, to = net::endpoint{sv.address, static_cast<std::uint16_t>(sv.port)}] {
                                r.idle.push_back(r.loiterers->connect(to));
                            });
    }
}

srv::service_station& internet_world::station_of(running& r) const {
    if (r.dns) return r.dns->station();
    if (r.redirection) return r.redirection->station();
    if (r.provisioning) return r.provisioning->station();
    if (r.registrar) return r.registrar->station();
    if (r.geolocation) return r.geolocation->http().station();
    if (r.proxy) return r.proxy->station();
    if (r.tftp) return r.tftp->station();
    if (r.ftp) return r.ftp->station();
    if (r.turn) return r.turn->station();
    if (r.ntp) return r.ntp->station();
    return r.stun->station();
}

void internet_world::join_stand_ins() {
    for (std::size_t first = 0; first < scenario_.servers.size(); ++first) {
        const auto& [key, sv] = scenario_.servers[first];
        const auto name_address = [this, name = sv.name](net::ipv4_address a) {
            for (const auto& r : servers_) {
                if (r->dns) r->dns->zone().replace(name, a);
            }
        };
        const auto receive_by = [receiver = servers_[first]->receiver](running& r) { *receiver = r.farm.get(); };
        fail_over_group* group = nullptr;
        for (std::size_t i = 0; i < scenario_.servers.size(); ++i) {
            const server& other = scenario_.servers[i].second;
            if (other.stands_in_for != key) continue;
            const srv::health_check_parameters checks{other.health.interval, static_cast<int>(other.health.failures),
                                                      static_cast<int>(other.health.successes)};
            if (group == nullptr) {
                groups_.push_back(std::make_unique<fail_over_group>(sim_));
                group = groups_.back().get();
                group->add(entities_[i], entities_[first], checks, station_of(*servers_[first]),
                           [this, name_address, receive_by, first] {
                               name_address(scenario_.servers[first].second.address);
                               receive_by(*servers_[first]);
                           });
            }
            group->add(entities_[i], entities_[i], checks, station_of(*servers_[i]),
                       [this, name_address, receive_by, i] {
                           const server& now = scenario_.servers[i].second;
                           if (now.fail_over == fail_over_method::dns)
                               name_address(now.address);
                           else
                               receive_by(*servers_[i]);
                       });
        }
    }
}

std::unique_ptr<net::server_farm> internet_world::attach(net::host_pool& pool, sim::entity_id who,
                                                         net::ipv4_address address, running& of) {
    // Anycast: the Internet knows the address already, and brings its datagrams to one of those who have it.
    for (std::size_t i = 0; i < servers_.size() && &of != servers_[i].get(); ++i) {
        if (scenario_.servers[i].second.address.value != address.value) continue;
        of.to_internet = servers_[i]->to_internet;
        return std::make_unique<net::server_farm>(sim_, pool, who, address, of.to_internet);
    }
    of.receiver = std::make_shared<net::server_farm*>(nullptr);
    // A site's latency is the whole way to a data centre; the servers stand at the core.
    of.to_internet = core_.attach(
        address, [receiver = of.receiver](const net::datagram& d) { (*receiver)->receive(d); }, sim::duration{0});
    auto farm = std::make_unique<net::server_farm>(sim_, pool, who, address, of.to_internet);
    *of.receiver = farm.get();
    return farm;
}

std::function<net::tcp_stream_ptr(net::tcp_stream_ptr)> internet_world::secured(
    const server& sv, sim::entity_id who, const std::string& path, const std::vector<std::string>& more_names) {
    server_tls_parameters p = *sv.tls;
    if (p.certificate.names.empty()) {
        if (!sv.name.empty()) p.certificate.names.push_back(sv.name);
        for (const auto& name : more_names)
            if (name != sv.name) p.certificate.names.push_back(name);
        p.certificate.names.push_back(net::to_text(sv.address));
    }
    auto way = std::make_shared<models::tls::acceptor>(sim_, who, tls_.server(path, sv.name, sv.address, p));
    return [way](net::tcp_stream_ptr raw) { return way->wrap(std::move(raw)); };
}

void internet_world::start(running& r, const server& sv, sim::entity_id who, const std::vector<known_base>& bases) {
    const std::string& path = sim_.journal().path_of(who);
    switch (sv.kind) {
        case server_kind::redirection:
            r.redirection = std::make_unique<srv::redirection_server>(
                sim_, who, *r.farm, redirection_of(sv, bases, http_of(sv, path, tls_, sim_.seed())));
            return;
        case server_kind::provisioning: {
            srv::provisioning_parameters p;
            if (sv.files) p.directory = sv.files->path;
            p.images = images_of(sv);
            if (sv.changed_files) p.changed_directory = sv.changed_files->path;
            p.http = http_of(sv, path, tls_, sim_.seed());
            r.provisioning = std::make_unique<srv::provisioning_server>(sim_, who, *r.farm, std::move(p));
            return;
        }
        case server_kind::registrar: {
            srv::registrar_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            p.domain = sv.domain;
            p.expires_default_s = whole_seconds(sv.expires_max);
            p.expires_min_s = whole_seconds(sv.expires_min);
            p.expires_max_s = whole_seconds(sv.expires_max);
            p.retry_after_s = whole_seconds(sv.capacity.retry_after);
            p.service = service_of(sv.capacity);
            for (const auto& u : sv.users) p.accounts.push_back({u.user, u.password});
            p.algorithms.clear();
            for (const auto a : sv.algorithms) {
                p.algorithms.push_back(a == digest_choice::md5 ? srv::digest_algorithm::md5
                                                               : srv::digest_algorithm::sha256);
            }
            const auto carried_by = [&sv](sip_transport_choice t) {
                return std::find(sv.transports.begin(), sv.transports.end(), t) != sv.transports.end();
            };
            p.udp = carried_by(sip_transport_choice::udp);
            p.tcp = carried_by(sip_transport_choice::tcp);
            if (carried_by(sip_transport_choice::tls)) {
                p.tls_port = static_cast<std::uint16_t>(sv.tls_port);
                p.tls = secured(sv, who, path, {sv.domain});
            }
            p.realm = sv.realm;
            p.nonce_life = sv.nonce_life;
            p.qualify = sv.qualify;
            r.registrar = std::make_unique<srv::registrar>(sim_, who, *r.farm, std::move(p));
            return;
        }
        case server_kind::dns: {
            srv::dns_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            p.service = service_of(sv.capacity);
            for (const auto& [key, other] : scenario_.servers) {
                (void)key;
                if (!other.name.empty()) p.zone.add(other.name, other.address);
            }
            p.ttl_s = static_cast<std::uint32_t>(whole_seconds(sv.ttl));
            p.negative_ttl_s = static_cast<std::uint32_t>(whole_seconds(sv.negative_ttl));
            p.rotate = sv.rotate;
            for (const auto& record : sv.records) add_record(p.zone, record, p.ttl_s);
            if (sv.zone_file) {
                const std::string problem = p.zone.load(sv.zone_file->path, p.ttl_s);
                if (!problem.empty()) throw sim::run_failure("internet", sv.zone_file->shown + ": " + problem);
            }
            r.dns = std::make_unique<srv::dns_server>(sim_, who, *r.farm, std::move(p));
            return;
        }
        case server_kind::dhcp:
            r.dhcp = std::make_unique<net::dhcp_central>(sim_, who, *r.farm);
            return;
        case server_kind::ntp: {
            srv::ntp_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            p.stratum = sv.stratum;
            p.clock_offset_s = sv.clock_ahead_s;
            p.service = service_of(sv.capacity);
            r.ntp = std::make_unique<srv::ntp_server>(sim_, who, *r.farm, std::move(p));
            return;
        }
        case server_kind::stun: {
            srv::stun_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            p.alternate_port = static_cast<std::uint16_t>(sv.alternate_port);
            p.software = sv.software;
            p.service = service_of(sv.capacity);
            r.stun = std::make_unique<srv::stun_server>(sim_, who, *r.farm, r.alternate.get(), std::move(p));
            return;
        }
        case server_kind::geolocation: {
            srv::geolocation_parameters p;
            p.path = sv.path;
            p.database = sv.database->path;
            p.http = http_of(sv, path, tls_, sim_.seed());
            try {
                r.geolocation = std::make_unique<srv::geolocation_server>(sim_, who, *r.farm, std::move(p));
            } catch (const std::runtime_error& e) {
                throw sim::run_failure(sim_.journal().path_of(who), e.what());
            }
            return;
        }
        case server_kind::http_proxy: {
            srv::http_proxy_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            p.service = service_of(sv.capacity);
            p.names = names();
            r.proxy = std::make_unique<srv::http_proxy>(sim_, who, *r.farm, std::move(p));
            return;
        }
        case server_kind::tftp: {
            srv::tftp_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            p.folder = sv.files->path;
            p.images = images_of(sv);
            if (sv.changed_files) p.changed_folder = sv.changed_files->path;
            p.negotiates = sv.negotiates;
            p.block_max = static_cast<std::size_t>(sv.block_max);
            p.window_max = static_cast<std::size_t>(sv.window_max);
            p.service = service_of(sv.capacity);
            r.tftp = std::make_unique<srv::tftp_server>(sim_, who, *r.farm, std::move(p));
            return;
        }
        case server_kind::ftp: {
            srv::ftp_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            p.folder = sv.files->path;
            p.images = images_of(sv);
            if (sv.changed_files) p.changed_folder = sv.changed_files->path;
            for (const auto& u : sv.users) p.accounts.push_back({u.user, u.password});
            p.service = service_of(sv.capacity);
            if (sv.tls) p.tls = secured(sv, who, path, {});
            r.ftp = std::make_unique<srv::ftp_server>(sim_, who, *r.farm, std::move(p));
            return;
        }
        case server_kind::turn: {
            srv::turn_parameters p;
            p.port = static_cast<std::uint16_t>(sv.port);
            for (const auto& u : sv.users) p.accounts.push_back({u.user, u.password});
            p.realm = !sv.realm.empty() ? sv.realm : !sv.name.empty() ? sv.name : "turn";
            p.nonce_life = sv.nonce_life;
            p.lifetime_max_s = whole_seconds(sv.lifetime_max);
            p.quota = static_cast<std::size_t>(sv.quota);
            p.service = service_of(sv.capacity);
            r.turn = std::make_unique<srv::turn_server>(sim_, who, *r.farm, std::move(p));
            return;
        }
    }
}

std::map<std::string, net::ipv4_address> internet_world::names() const {
    std::map<std::string, net::ipv4_address> out;
    for (const auto& [key, sv] : scenario_.servers) {
        if (!sv.name.empty()) out.emplace(sv.name, sv.address);
        for (const auto& record : sv.records) out.emplace(record.name, record.address);
    }
    return out;
}

void internet_world::capture(net::capture_set& files, const std::function<bool(const std::string&)>& wanted) {
    for (std::size_t i = 0; i < entities_.size(); ++i) {
        const std::string& path = sim_.journal().path_of(entities_[i]);
        if (!wanted(path)) continue;
        const server& sv = scenario_.servers[i].second;
        const auto tap = files.tap(path, net::link_type::raw_ip);
        core_.capture(sv.address, tap);
        if (sv.alternate_address) core_.capture(sv.alternate_address, tap);
    }
}

}  // namespace dectbed::scenarios
