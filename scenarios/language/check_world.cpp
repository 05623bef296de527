// References and rules between the keys of servers, sites, devices and people.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "scenarios/language/entities.h"
#include "scenarios/language/resolve.h"
#include "scenarios/language/writer.h"

namespace dectbed::scenarios {

namespace {

std::string host_of(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return "";
    const std::string rest = url.substr(scheme + 3, url.find('/', scheme + 3) - scheme - 3);
    const std::string host = rest.substr(rest.rfind('@') + 1);  // behind user and password
    return host.substr(0, host.find(':'));
}

/// Who serves files under such an address.
server_kind kind_for(const std::string& url) {
    if (url.compare(0, 7, "tftp://") == 0) return server_kind::tftp;
    if (url.compare(0, 6, "ftp://") == 0 || url.compare(0, 7, "ftps://") == 0) return server_kind::ftp;
    return server_kind::provisioning;
}

class world_check {
  public:
    world_check(const scenario& s, checker& check) : s_(s), check_(check) {}

    void run() {
        for (const auto& [key, server] : s_.servers) {
            const std::string path = "servers." + key;
            if (check_.clean(path)) check_server(path, server);
        }
        for (const auto& [key, gateway] : s_.internet.gateways) check_gateway("internet.gateways." + key, key, gateway);
        if (s_.sites.empty() && check_.clean("sites"))
            check_.error("sites", "is missing; a scenario needs at least one site");
        std::int64_t sites = 0;
        for (const auto& [key, site] : s_.sites) {
            sites += site.count.value_or(1);
            if (key == "internet")
                check_.error("sites.internet", "\"internet\" is taken; call the site something else");
            if (check_.clean("sites." + key)) check_site("sites." + key, site);
        }
        const ipv4_network& wan = s_.internet.site_addresses;
        const auto room = static_cast<std::int64_t>(wan.last() - wan.address.value) - 1;
        if (sites > room && check_.clean("internet"))
            check_.error("internet.site_addresses",
                         fmt::format("has addresses for {} sites, the scenario has {}", room, sites));
        check_macs();
        for (std::size_t i = 0; i < s_.pcap.size(); ++i) check_capture(fmt::format("pcap[{}]", i), s_.pcap[i]);
    }

  private:
    // A host of a URL: a server's name or address, of the kind that is wanted.
    void check_host(const std::string& path, const std::string& url, server_kind kind) {
        if (!check_.clean("servers") || !check_.clean(path)) return;
        const std::string host = host_of(url);
        std::vector<std::string> names;
        for (const auto& [key, server] : s_.servers) {
            if (server.kind != kind) continue;
            if (host == server.name || host == address_text(server.address)) return;
            if (!server.name.empty()) names.push_back(server.name);
        }
        for (const auto& [key, server] : s_.servers) {  // a name of its own that leads there
            for (const dns_record& r : server.records)
                if (r.name == host) return;
        }
        check_.error(path, fmt::format("no {} server is called \"{}\"{}", writer::value(kind, {})->text, host,
                                       did_you_mean(host, names)));
    }

    void check_server(const std::string& path, const server& x) {
        if (check_stand_in(path, x)) check_address(path, ".address", x.address);
        if (x.loiterers) check_address(path, ".loiterers.address", x.loiterers->address);
        if (x.alternate_address) check_address(path, ".alternate_address", x.alternate_address);
        if (x.kind == server_kind::stun && x.port == x.alternate_port)
            check_.error(path + ".alternate_port", fmt::format("{} is also its port", x.port));
        if (!x.name.empty()) {
            if (const auto [other, fresh] = names_.emplace(x.name, path); !fresh)
                check_.error(path + ".name", fmt::format("\"{}\" is also the name of {}", x.name, other->second));
        }
        if (x.kind == server_kind::redirection) check_redirection(path, x);
        check_answers(path, x);
        check_folder(path + ".files", x.files);
        check_folder(path + ".changed_files", x.changed_files);
        if (x.kind == server_kind::turn && x.users.empty())
            check_.error(path + ".users", "is missing; a relay does not serve just anybody");
    }

    void check_answers(const std::string& path, const server& x) {
        std::error_code ignored;
        for (std::size_t i = 0; i < x.responses.size(); ++i) {
            const auto& file = x.responses[i].answer.file;
            if (file && !std::filesystem::is_regular_file(file->path, ignored))
                check_.error(fmt::format("{}.responses[{}].answer.file", path, i),
                             fmt::format("\"{}\" is no file", file->shown));
        }
        if (x.plug_in && (!std::filesystem::is_regular_file(x.plug_in->program.path, ignored) ||
                          ::access(x.plug_in->program.path.c_str(), X_OK) != 0))
            check_.error(path + ".plug_in.program", fmt::format("\"{}\" is no program", x.plug_in->program.shown));
    }

    void check_folder(const std::string& path, const std::optional<file_ref>& folder) {
        std::error_code ignored;
        if (folder && !std::filesystem::is_directory(folder->path, ignored))
            check_.error(path, fmt::format("\"{}\" is no folder", folder->shown));
    }

    /// False: its address is another server's, and may be.
    bool check_stand_in(const std::string& path, const server& x) {
        if (x.stands_in_for.empty()) return true;
        if (x.kind == server_kind::dhcp) {
            check_.error(path + ".stands_in_for", "a dhcp server has no stand-in: relay agents know one address");
            return true;
        }
        std::vector<std::string> keys;
        for (const auto& [key, other] : s_.servers) {
            if (other.kind != x.kind || !other.stands_in_for.empty()) continue;
            keys.push_back(key);
            if (key != x.stands_in_for) continue;
            if (x.fail_over == fail_over_method::dns) {
                if (other.name.empty()) check_.error(path + ".stands_in_for", key + " has no name that DNS could give");
                return true;
            }
            if (x.address.value != other.address.value)
                check_.error(path + ".address",
                             fmt::format("anycast: expected {}, the address of {}", address_text(other.address), key));
            return false;
        }
        check_.error(path + ".stands_in_for",
                     fmt::format("no other {} server has the key \"{}\"{}", writer::value(x.kind, {})->text,
                                 x.stands_in_for, did_you_mean(x.stands_in_for, keys)));
        return true;
    }

    void check_address(const std::string& path, const char* key, models::network::ipv4_address a) {
        const std::string address = address_text(a);
        if (const auto [other, fresh] = addresses_.emplace(a.value, path); !fresh)
            check_.error(path + key, fmt::format("{} is also the address of {}", address, other->second));
        if (s_.internet.site_addresses.contains(a) && check_.clean("internet"))
            check_.error(path + key, fmt::format("{} lies in internet.site_addresses", address));
    }

    void check_gateway(const std::string& path, const std::string& key, const gateway& x) {
        if (!check_.clean(path)) return;
        for (const auto& [server, what] : s_.servers)
            if (server == key) check_.error(path, fmt::format("\"{}\" is also the key of a server", key));
        for (std::int64_t i = 0; i < x.addresses; ++i)
            check_address(path, ".address", {x.address.value + static_cast<std::uint32_t>(i)});
        std::int64_t sites = 0;
        for (const auto& [name, site] : s_.sites)
            if (site.access_line.gateway == key) sites += site.count.value_or(1);
        constexpr std::int64_t ports = 65536 - 1024;
        const std::int64_t room = x.addresses * (ports / x.ports_per_site);
        if (sites > room)
            check_.error(path, fmt::format("has blocks of {} ports for {} sites, {} leave through it", x.ports_per_site,
                                           room, sites));
    }

    void check_line(const std::string& path, const access_line_parameters& x) {
        if (x.gateway.empty()) return;
        std::vector<std::string> known;
        for (const auto& [key, gateway] : s_.internet.gateways) {
            if (key == x.gateway) return;
            known.push_back(key);
        }
        check_.error(path + ".gateway",
                     fmt::format("no gateway has the key \"{}\"{}", x.gateway, did_you_mean(x.gateway, known)));
    }

    // A router's own outside address must be nobody else's.
    void check_wan(const std::string& path, const site& x) {
        if (!x.router.wan_address || !check_.clean(path)) return;
        for (std::int64_t i = 0; i < x.count.value_or(1); ++i)
            check_address(path, ".router.wan_address", {x.router.wan_address->value + static_cast<std::uint32_t>(i)});
    }

    void check_redirection(const std::string& path, const server& x) {
        std::set<std::string> codes;
        for (std::size_t i = 0; i < x.codes.size(); ++i) {
            const std::string item = fmt::format("{}.codes[{}]", path, i);
            if (!codes.insert(x.codes[i].code).second)
                check_.error(item + ".code",
                             fmt::format("the code \"{}\" is here for the second time", x.codes[i].code));
            check_host(item + ".url", x.codes[i].url, kind_for(x.codes[i].url));
        }
        for (std::size_t i = 0; i < x.macs.size(); ++i) {
            const std::string item = fmt::format("{}.macs[{}]", path, i);
            check_host(item + ".url", x.macs[i].url, kind_for(x.macs[i].url));
            if (!x.macs[i].bases.empty()) check_pattern(item + ".bases", x.macs[i].bases, {"base"});
        }
    }

    void check_pattern(const std::string& path, const std::string& pattern, const std::vector<std::string>& kinds) {
        if (!check_.clean("sites") || !check_.clean("servers")) return;
        const auto found = kinds_of_pattern(s_, pattern);
        if (found.empty()) {
            check_.error(path, fmt::format("nothing in the scenario is called \"{}\"{}", pattern,
                                           did_you_mean(pattern, known_paths(s_))));
            return;
        }
        for (const std::string& kind : found)
            if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return;
        check_.error(path, fmt::format("\"{}\" is a {}; expected a {}", pattern, found.front(),
                                       fmt::format("{}", fmt::join(kinds, " or "))));
    }

    void check_capture(const std::string& path, const std::string& pattern) {
        check_pattern(path, pattern, {"base", "access_line", "server", "site"});
    }

    void check_site(const std::string& path, const site& x) {
        check_router(path + ".router", x.router);
        check_line(path + ".access_line", x.access_line);
        check_wan(path, x);
        const bool many_bases = x.bases.size() > 1, many_handsets = x.handsets.size() > 1;
        for (std::size_t i = 0; i < x.bases.size(); ++i)
            check_bases(many_bases ? fmt::format("{}.bases[{}]", path, i) : path + ".bases", x.bases[i]);
        for (std::size_t i = 0; i < x.handsets.size(); ++i) {
            const auto& h = x.handsets[i];
            const std::string item = many_handsets ? fmt::format("{}.handsets[{}]", path, i) : path + ".handsets";
            if (h.places) check_places(item + ".places", *h.places, h.count);
            if (h.firmware.builtin == "reference_base" || h.firmware.builtin == "naive_base")
                check_.error(item + ".firmware", fmt::format("\"{}\" is a firmware for bases", h.firmware.builtin));
            if (h.firmware.platform) check_.error(item + ".firmware", "a platform is for bases");
            if (h.first_number && *h.first_number + h.count * x.count.value_or(1) > (1 << 20))
                check_.error(item + ".first_number", "the serial parts of the last handsets would exceed 20 bits");
        }
        for (const auto& [key, person] : x.people) check_person(path + ".people." + key, x, person);
    }

    void check_router(const std::string& path, const router_parameters& r) {
        const auto inside = [&](models::network::ipv4_address a) {
            return r.network.contains(a) && a != r.network.address && a.value != r.network.last();
        };
        const std::string network = fmt::format("{}/{}", address_text(r.network.address), r.network.prefix);
        if (!inside(r.address))
            check_.error(path + ".address", fmt::format("{} is no host of {}", address_text(r.address), network));
        if (r.dhcp.enabled) {
            const ipv4_range& pool = r.dhcp.pool;
            const std::string shown = address_text(pool.first) + "-" + address_text(pool.last);
            if (!inside(pool.first) || !inside(pool.last))
                check_.error(path + ".dhcp.pool", fmt::format("{} does not lie among the hosts of {}", shown, network));
            else if (pool.first.value <= r.address.value && r.address.value <= pool.last.value)
                check_.error(path + ".dhcp.pool",
                             fmt::format("{} contains the router's own address {}", shown, address_text(r.address)));
            constexpr std::uint32_t pool_max = 65536;
            if (pool.size() > pool_max)
                check_.error(path + ".dhcp.pool",
                             fmt::format("has {} addresses; accepted: at most {}", pool.size(), pool_max));
        }
        check_dns(path + ".dns", r.dns);
        check_dns(path + ".second_dns", r.second_dns);
    }

    void check_dns(const std::string& path, const std::string& wanted) {
        if (wanted.empty()) return;
        std::vector<std::string> known;
        for (const auto& [key, server] : s_.servers) {
            if (server.kind != server_kind::dns) continue;
            if (key == wanted) return;
            known.push_back(key);
        }
        if (check_.clean("servers"))
            check_.error(path, fmt::format("no dns server has the key \"{}\"{}", wanted, did_you_mean(wanted, known)));
    }

    void check_places(const std::string& path, const placement& p, std::int64_t count) {
        if (p.what == placement::kind::list && static_cast<std::int64_t>(p.list.size()) < count)
            check_.error(path, fmt::format("the list has {} places for {}", p.list.size(), count));
    }

    void check_bases(const std::string& path, const base_population& b) {
        check_places(path + ".places", b.places, b.count);
        if (b.firmware.builtin == "reference_handset" || b.firmware.builtin == "plain_handset")
            check_.error(path + ".firmware", fmt::format("\"{}\" is a firmware for handsets", b.firmware.builtin));
        if (b.update && b.update->firmware.platform)
            check_.error(path + ".update.firmware", "a platform is made before the run and cannot come by an update");
        check_host(path + ".redirection_url", b.redirection_url, server_kind::redirection);
        const auto tries = [&](band_method m) {
            return std::count(b.band_discovery.begin(), b.band_discovery.end(), m) != 0;
        };
        const auto url = [](const std::string& server) { return "http://" + server + "/"; };
        if (tries(band_method::stun)) check_host(path + ".stun_server", url(b.stun_server), server_kind::stun);
        if (tries(band_method::stun) || tries(band_method::redirection_echo))
            check_host(path + ".geolocation_url", b.geolocation_url, server_kind::geolocation);
        if (!b.http_proxy.empty()) check_host(path + ".http_proxy", url(b.http_proxy), server_kind::http_proxy);
    }

    // What a selection names must exist and be of the right kind.
    void check_selection(const std::string& path, const selection& x, const std::string& device, std::int64_t count) {
        if (!x.device.empty() && x.device != device) {
            check_.error(path, fmt::format("\"{}\" names a {}; expected a {}", x.text, x.device, device));
            return;
        }
        for (const selection::term& t : x.terms) {
            if (t.what != selection::term::kind::range || t.last < count) continue;
            check_.error(path, count == 0 ? fmt::format("\"{}\": the site has no {}s", x.text, device)
                                          : fmt::format("\"{}\": the site has {}[0] to {}[{}]", x.text, device, device,
                                                        count - 1));
            return;
        }
    }

    void check_one_handset(const std::string& path, const selection& x, const site& where, const person_population& p) {
        const std::int64_t count = count_of(where.handsets);
        check_selection(path, x, "handset", count);
        if (!check_.clean(path)) return;
        const auto own = chosen(p.handsets, count, {});
        const bool takes_own = x.terms.size() == 1 && x.terms[0].what == selection::term::kind::own;
        if (takes_own) {
            if (static_cast<std::int64_t>(own.size()) < p.count.value_or(1))
                check_.error(
                    path, "the person has no handset of their own; name one, or list it under the person's handsets");
            return;
        }
        if (const auto n = chosen(x, count, own).size(); n != 1)
            check_.error(path, fmt::format("\"{}\" names {} handsets; expected one", x.text, n));
    }

    void check_person(const std::string& path, const site& where, const person_population& p) {
        const std::int64_t bases = count_of(where.bases), handsets = count_of(where.handsets);
        check_places(path + ".places", p.places, p.count.value_or(1));
        check_selection(path + ".handsets", p.handsets, "handset", handsets);
        if (!check_.clean(path + ".handsets")) return;
        const bool owns = !chosen(p.handsets, handsets, {}).empty();
        for (std::size_t i = 0; i < p.tasks.size(); ++i) {
            const std::string item = fmt::format("{}.tasks[{}]", path, i);
            const task& t = p.tasks[i];
            if (t.plugs_in) check_selection(item + ".plugs_in.bases", t.plugs_in->bases, "base", bases);
            if (t.inserts_battery) {
                const selection& x = t.inserts_battery->handsets;
                check_selection(item + ".inserts_battery.handsets", x, "handset", handsets);
                const bool own = x.terms.size() == 1 && x.terms[0].what == selection::term::kind::own;
                if (own && !owns)
                    check_.error(item + ".inserts_battery.handsets",
                                 "the person has no handsets of their own; name some, or list them under the person's "
                                 "handsets");
            }
            if (t.activates) {
                check_one_handset(item + ".activates.handset", t.activates->handset, where, p);
                check_selection(item + ".activates.bases", t.activates->bases, "base", bases);
                if (t.activates->codes.empty())
                    check_.error(item + ".activates.code", "the list is empty; expected a code");
            }
            if (t.holds_button) check_selection(item + ".holds_button.bases", t.holds_button->bases, "base", bases);
            if (t.registers) {
                check_selection(item + ".registers.bases", t.registers->bases, "base", bases);
                check_one_handset(item + ".registers.handset", t.registers->handset, where, p);
                if (t.registers->pins.empty())
                    check_.error(item + ".registers.pin", "the list is empty; expected a PIN");
            }
            if (t.sets_band) check_one_handset(item + ".sets_band.handset", t.sets_band->handset, where, p);
            if (t.calls) check_one_handset(item + ".calls.handset", t.calls->handset, where, p);
        }
    }

    // Addresses that were written must not meet the others.
    void check_macs() {
        const bool written = std::any_of(s_.sites.begin(), s_.sites.end(), [](const auto& entry) {
            const auto& bases = entry.second.bases;
            return std::any_of(bases.begin(), bases.end(), [](const auto& b) { return b.first_mac.has_value(); });
        });
        if (!written || !check_.clean("sites")) return;
        // Each population's addresses are a range; sites of an array repeat what is written.
        struct range {
            std::uint64_t first, last;
            std::string path;
        };
        std::vector<range> ranges;
        std::uint64_t counted = first_counted_mac;
        for (const auto& [key, site] : s_.sites) {
            const std::int64_t sites = site.count.value_or(1);
            for (std::size_t i = 0; i < site.bases.size(); ++i) {
                const base_population& b = site.bases[i];
                const std::string path = site.bases.size() > 1 ? fmt::format("sites.{}.bases[{}]", key, i)
                                                               : fmt::format("sites.{}.bases", key);
                if (!b.first_mac) continue;
                if (sites > 1) check_.error(path + ".first_mac", "an array of sites cannot share one first_mac");
                const std::uint64_t first = b.first_mac->number();
                ranges.push_back({first, first + static_cast<std::uint64_t>(b.count) - 1, path});
            }
            counted += static_cast<std::uint64_t>(sites * count_of(site.bases));
        }
        ranges.push_back({first_counted_mac, counted - 1, "counted"});
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            for (std::size_t k = i + 1; k < ranges.size(); ++k) {
                if (ranges[i].last < ranges[k].first || ranges[k].last < ranges[i].first) continue;
                const std::uint64_t shared = std::max(ranges[i].first, ranges[k].first);
                const std::string whose =
                    k + 1 == ranges.size() ? "those that are counted from the start" : "those of " + ranges[k].path;
                check_.error(ranges[i].path + ".first_mac",
                             fmt::format("{} would be given twice: the addresses overlap {}",
                                         mac_text(models::network::mac_address::from_number(shared)), whose));
            }
        }
    }

    /// Bases without first_mac count from here over all sites (scenarios/identities.h).
    static constexpr std::uint64_t first_counted_mac = 0x021b2c000001;

    const scenario& s_;
    checker& check_;
    std::map<std::uint32_t, std::string> addresses_;
    std::map<std::string, std::string> names_;
};

}  // namespace

void check_world(const scenario& s, checker& check) {
    world_check(s, check).run();
    check_lan(s, check);
}

}  // namespace dectbed::scenarios
