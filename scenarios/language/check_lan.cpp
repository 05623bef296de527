// Checks of LANs, DHCP and foreign hosts that need the whole scenario.
#include <fmt/format.h>

#include <set>

#include "scenarios/language/entities.h"
#include "scenarios/language/resolve.h"
#include "scenarios/language/writer.h"

namespace dectbed::scenarios {

namespace {

class lan_check {
  public:
    lan_check(const scenario& s, checker& check) : s_(s), check_(check) {}

    void run() {
        for (const auto& [key, x] : s_.sites) {
            const std::string path = "sites." + key;
            check_server_key(path + ".router.dhcp.served_by", x.router.dhcp.served_by, server_kind::dhcp);
            check_managed(path + ".lan.managed", x);
            check_foreign_hosts(path, x);
            const bool many = x.bases.size() > 1;
            for (std::size_t i = 0; i < x.bases.size(); ++i) {
                const std::string item = many ? fmt::format("{}.bases[{}]", path, i) : path + ".bases";
                check_server_key(item + ".provider", x.bases[i].provider, server_kind::provisioning);
            }
        }
    }

  private:
    void check_server_key(const std::string& path, const std::string& wanted, server_kind kind) {
        if (wanted.empty() || !check_.clean("servers")) return;
        std::vector<std::string> known;
        for (const auto& [key, server] : s_.servers) {
            if (server.kind != kind) continue;
            if (key == wanted) return;
            known.push_back(key);
        }
        check_.error(path, fmt::format("no {} server has the key \"{}\"{}", writer::value(kind, {})->text, wanted,
                                       did_you_mean(wanted, known)));
    }

    void check_managed(const std::string& path, const site& x) {
        if (!x.lan.managed) return;
        const std::int64_t bases = count_of(x.bases);
        for (std::size_t i = 0; i < x.lan.managed->ports.size(); ++i) {
            const selection& chosen_bases = x.lan.managed->ports[i].bases;
            const std::string item = fmt::format("{}.ports[{}].bases", path, i);
            if (!chosen_bases.device.empty() && chosen_bases.device != "base") {
                check_.error(item, fmt::format("\"{}\" names no base", chosen_bases.text));
                continue;
            }
            if (chosen(chosen_bases, bases, {}).empty())
                check_.error(item, fmt::format("\"{}\": the site has {} bases", chosen_bases.text, bases));
        }
    }

    void check_foreign_hosts(const std::string& path, const site& x) {
        std::set<std::uint32_t> taken;
        const ipv4_network& network = x.router.network;
        const auto inside = [&](models::network::ipv4_address a) {
            return network.contains(a) && a != network.address && a.value != network.last();
        };
        const std::string shown = fmt::format("{}/{}", address_text(network.address), network.prefix);
        for (std::size_t i = 0; i < x.foreign_hosts.size(); ++i) {
            const auto& host = x.foreign_hosts[i];
            const std::string item = fmt::format("{}.foreign_hosts[{}]", path, i);
            if (!inside(host.address))
                check_.error(item + ".address", fmt::format("{} is no host of {}", address_text(host.address), shown));
            if (!taken.insert(host.address.value).second)
                check_.error(item + ".address",
                             fmt::format("{} is also another foreign host's", address_text(host.address)));
            if (host.dhcp && (!inside(host.dhcp->pool.first) || !inside(host.dhcp->pool.last)))
                check_.error(item + ".dhcp.pool", fmt::format("does not lie among the hosts of {}", shown));
            if (host.vlan && !x.lan.managed)
                check_.error(item + ".vlan", "is meaningful only with lan.managed: a plain switch has no VLANs");
        }
    }

    const scenario& s_;
    checker& check_;
};

}  // namespace

void check_lan(const scenario& s, checker& check) { lan_check(s, check).run(); }

}  // namespace dectbed::scenarios
