// Defaults that depend on other keys, and the lists kept in files of their own.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/language/assemble.h"
#include "scenarios/language/resolve.h"

namespace dectbed::scenarios {

bool checker::clean(const std::string& path) const {
    const auto covers = [](const std::string& above, const std::string& below) {
        return below.compare(0, above.size(), above) == 0 && (below.size() == above.size() || above.empty() ||
                                                              below[above.size()] == '.' || below[above.size()] == '[');
    };
    return std::none_of(errors_.begin(), errors_.end(), [&](const diagnostic& d) {
        return !d.key.empty() && (covers(d.key, path) || covers(path, d.key));
    });
}

namespace {

// Calls `use(line number, line, its words)` for each line of the file in which there is something besides a comment,
// which '#' starts.
template <class Use>
void read_lines(const std::string& path, diagnostics& errors, Use use) {
    std::string text;
    if (!read_text_file(path, text)) {
        errors.push_back({{path, 0, 0}, "", "cannot be read"});
        return;
    }
    int number = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        ++number;
        line = line.substr(0, line.find('#'));
        if (const std::string_view words = trim(line); !words.empty()) use(number, line, words);
    }
}

// Calls `use(line number, first word, second word, column of the second)` for each line "WORD WORD".
template <class Use>
void read_pairs(const file_ref& file, diagnostics& errors, Use use) {
    read_lines(file.path, errors, [&](int number, std::string_view line, std::string_view words) {
        const auto gap = words.find_first_of(" \t,");
        if (gap == std::string_view::npos) {
            errors.push_back({{file.path, number, 1}, "", "expected two words, the first a key"});
            return;
        }
        const std::string_view second = trim(words.substr(words.find_first_not_of(" \t,", gap)));
        use(number, std::string(words.substr(0, gap)), std::string(second),
            static_cast<int>(second.data() - line.data()) + 1);
    });
}

void check_url(const file_ref& file, int line, int column, const std::string& url, diagnostics& errors) {
    if (const std::string problem = text_problem(url, text_kind::url); !problem.empty())
        errors.push_back({{file.path, line, column}, "", problem});
}

void read_lists(server& s, diagnostics& errors) {
    if (s.codes_file) {
        read_pairs(*s.codes_file, errors, [&](int line, std::string code, std::string url, int column) {
            if (const std::string problem = text_problem(code, text_kind::code); !problem.empty())
                errors.push_back({{s.codes_file->path, line, 1}, "", problem});
            check_url(*s.codes_file, line, column, url, errors);
            s.codes.push_back({std::move(code), std::move(url)});
        });
        s.codes_file.reset();
    }
    if (s.macs_file) {
        read_pairs(*s.macs_file, errors, [&](int line, const std::string& mac, std::string url, int column) {
            const auto parsed = parse_mac(mac);
            if (!parsed)
                errors.push_back({{s.macs_file->path, line, 1}, "", fmt::format("\"{}\" is not a MAC address", mac)});
            check_url(*s.macs_file, line, column, url, errors);
            if (parsed) s.macs.push_back({parsed, "", std::move(url)});
        });
        s.macs_file.reset();
    }
}

void read_users(server& s, diagnostics& errors) {
    if (!s.users_file) return;
    read_pairs(*s.users_file, errors, [&](int, std::string user, std::string password, int) {
        s.users.push_back({std::move(user), std::move(password)});
    });
    s.users_file.reset();
}

std::int64_t usual_port(server_kind k) {
    switch (k) {
        case server_kind::redirection:
            return 80;  // HTTP, RFC 9110
        case server_kind::provisioning:
            return 80;
        case server_kind::registrar:
            return 5060;  // SIP, RFC 3261
        case server_kind::dns:
            return 53;  // RFC 1035
        case server_kind::stun:
        case server_kind::turn:
            return 3478;  // RFC 8489
        case server_kind::dhcp:
            return 67;  // RFC 2131
        case server_kind::geolocation:
            return 80;
        case server_kind::http_proxy:
            return 3128;  // what most proxies take
        case server_kind::tftp:
            return 69;  // RFC 1350
        case server_kind::ftp:
            return 21;  // RFC 959
        case server_kind::ntp:
            return 123;  // RFC 5905
    }
    return 0;
}

/// Lines "HOUR,WEIGHT"; a first line of words is a heading.
void read_curve(power_curve& curve, diagnostics& errors) {
    if (!curve.file) return;
    const std::string path = curve.file->path;
    read_lines(path, errors, [&](int number, std::string_view, std::string_view words) {
        if (number == 1 && words.find_first_of("0123456789") == std::string_view::npos) return;
        const auto gap = words.find_first_of(",;");
        const auto hour = parse_quantity(trim(words.substr(0, gap)), dimension::number);
        const auto weight =
            parse_quantity(gap == std::string_view::npos ? "" : trim(words.substr(gap + 1)), dimension::number);
        if (!hour.error.empty() || !weight.error.empty() || hour.value < 0 || weight.value < 0)
            errors.push_back({{path, number, 1},
                              "",
                              fmt::format("expected an hour and a weight such as \"8.5,3\"; found \"{}\"", words)});
        else
            curve.steps.push_back({sim::from_seconds(hour.value * 3600), weight.value});
    });
    curve.file.reset();
}

/// A curve without order, or without anything in it, could place nobody.
void check_curve(const power_curve& curve, const std::string& path, checker& check) {
    double all = 0;
    for (std::size_t i = 0; i + 1 < curve.steps.size(); ++i) {
        if (curve.steps[i + 1].at <= curve.steps[i].at)
            return check.error(path + ".steps", fmt::format("step {} is not later than the one before it", i + 1));
        all += curve.steps[i].weight;
    }
    if (all <= 0) check.error(path, "expected two steps or more, one of them before the last with a weight");
}

/// A stand-in has what the server has that it stands in for, but for its address and its capacity. Its own name goes:
/// DNS gives one answer for one name.
void stand_in(scenario& s) {
    for (auto& [key, server] : s.servers) {
        if (server.stands_in_for.empty()) continue;
        for (const auto& [other_key, other] : s.servers) {
            if (other_key != server.stands_in_for || other.kind != server.kind || !other.stands_in_for.empty())
                continue;
            auto copy = other;
            copy.address = server.address;
            copy.capacity = server.capacity;
            copy.stands_in_for = server.stands_in_for;
            copy.fail_over = server.fail_over;
            copy.health = server.health;
            copy.name.clear();
            server = std::move(copy);
            break;
        }
    }
}

}  // namespace

access_line_parameters line_of(line_profile p) {
    const auto line = [p](std::int64_t down_mbit, std::int64_t up_mbit, sim::distribution delay, double loss,
                          std::int64_t queue) {
        access_line_parameters l;
        l.profile = p;
        l.down.bits_per_second = down_mbit * 1'000'000;
        l.up.bits_per_second = up_mbit * 1'000'000;
        l.delay = delay;
        l.loss = loss;
        l.queue_octets = queue;
        return l;
    };
    // Sources and what is assumed: docs/models/middleboxes.md.
    switch (p) {
        case line_profile::custom:
            break;
        case line_profile::fibre:
            return line(250, 50, sim::distribution::uniform(0.002, 0.004), 0.00001, 262'144);
        case line_profile::dsl: {
            auto l = line(50, 10, sim::distribution::uniform(0.008, 0.012), 0.0001, 131'072);
            l.mtu = 1492;  // PPPoE, RFC 2516, section 7
            return l;
        }
        case line_profile::cable:
            return line(100, 10, sim::distribution::uniform(0.006, 0.014), 0.0002, 262'144);
        case line_profile::lte:
            return line(30, 10, sim::distribution::lognormal(0.022, 0.045), 0.001, 524'288);
        case line_profile::satellite:
            return line(20, 2, sim::distribution::uniform(0.27, 0.29), 0.001, 524'288);
    }
    return {};
}

void complete(scenario& s, checker& check, diagnostics& errors) {
    std::string first_dns;
    for (auto& [key, server] : s.servers) {
        if (server.kind == server_kind::dns && first_dns.empty()) first_dns = key;
        const bool web = server.kind == server_kind::redirection || server.kind == server_kind::provisioning;
        if (server.port == 0) server.port = web && server.tls ? 443 : usual_port(server.kind);  // RFC 9110, 4.2
        if (server.path.empty() && server.kind == server_kind::redirection) server.path = "/v1/redirections";
        if (server.path.empty() && server.kind == server_kind::geolocation) server.path = "/v1/country/";
        read_lists(server, errors);
        read_users(server, errors);
    }
    stand_in(s);
    for (auto& [key, site] : s.sites) {
        if (!site.router.address) site.router.address = {site.router.network.address.value + 1};
        if (site.router.dns.empty()) site.router.dns = first_dns;
        for (std::size_t i = 0; i < site.bases.size(); ++i) {
            if (!site.bases[i].power_on_curve) continue;
            const std::string path = fmt::format("sites.{}.bases[{}].power_on_curve", key, i);
            read_curve(*site.bases[i].power_on_curve, errors);
            if (check.clean(path)) check_curve(*site.bases[i].power_on_curve, path, check);
        }
        for (auto& host : site.foreign_hosts)
            if (host.dhcp && !host.dhcp->gateway) host.dhcp->gateway = host.address;
    }
}

}  // namespace dectbed::scenarios
