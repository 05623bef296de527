#include "scenarios/language/writer.h"

#include <fmt/format.h>

#include "scenarios/language/reader.h"

namespace dectbed::scenarios {

std::string address_text(models::network::ipv4_address a) {
    return fmt::format("{}.{}.{}.{}", a.value >> 24, a.value >> 16 & 255, a.value >> 8 & 255, a.value & 255);
}
std::string mac_text(const models::network::mac_address& m) {
    const auto& o = m.octets;
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", o[0], o[1], o[2], o[3], o[4], o[5]);
}

using maybe_node = writer::maybe_node;

maybe_node writer::value(bool x, const spec&) { return node::of_text(x ? "true" : "false"); }
maybe_node writer::value(std::int64_t x, const spec& s) {
    if (s.dim != dimension::number) return node::of_text(quantity_text(static_cast<double>(x), s.dim));
    return node::of_text(fmt::format("{}", x));
}
maybe_node writer::value(std::uint64_t x, const spec&) { return node::of_text(fmt::format("{}", x)); }
maybe_node writer::value(double x, const spec& s) { return node::of_text(quantity_text(x, s.dim)); }
maybe_node writer::value(const std::string& x, const spec& s) {
    if (x.empty() && s.omitted_if_empty) return std::nullopt;
    return node::of_text(x);
}
maybe_node writer::value(sim::duration x, const spec&) { return node::of_text(time_text(x)); }
maybe_node writer::value(sim::bit_rate x, const spec&) {
    return node::of_text(quantity_text(static_cast<double>(x.bits_per_second), dimension::rate));
}
maybe_node writer::value(sim::dbm x, const spec&) { return node::of_text(quantity_text(x.value(), dimension::level)); }
maybe_node writer::value(sim::db x, const spec&) { return node::of_text(quantity_text(x.value(), dimension::gain)); }
maybe_node writer::value(const sim::distribution& x, const spec& s) {
    return node::of_text(distribution_text(x, s.dim));
}
maybe_node writer::value(const sim::position& x, const spec&) {
    node out = node::list();
    for (double v : {x.x_m, x.y_m, x.z_m}) out.items.push_back(node::of_text(quantity_text(v, dimension::length)));
    return out;
}
maybe_node writer::value(models::network::ipv4_address x, const spec&) {
    if (!x) return std::nullopt;
    return node::of_text(address_text(x));
}
maybe_node writer::value(const models::network::mac_address& x, const spec&) { return node::of_text(mac_text(x)); }
maybe_node writer::value(const ipv4_network& x, const spec&) {
    return node::of_text(fmt::format("{}/{}", address_text(x.address), x.prefix));
}
maybe_node writer::value(const ipv4_range& x, const spec&) {
    return node::of_text(address_text(x.first) + "-" + address_text(x.last));
}
maybe_node writer::value(const instant& x, const spec&) { return node::of_text(instant_text(x)); }
maybe_node writer::value(const file_ref& x, const spec&) { return node::of_text(x.shown); }
maybe_node writer::value(const firmware_choice& x, const spec& s) {
    if (!x.builtin.empty()) return node::of_text(x.builtin);
    if (!x.arguments.empty() || x.place || x.memory_octets || x.platform) return value(form_of(x), s);
    // A library beside the scenario must not look like the name of a firmware that is linked in.
    const bool has_folder = x.file.shown.find('/') != std::string::npos;
    return node::of_text(has_folder ? x.file.shown : "./" + x.file.shown);
}
maybe_node writer::value(const selection& x, const spec&) {
    if (x.terms.empty()) return std::nullopt;
    if (x.terms.size() == 1) return node::of_text(x.text);
    node out = node::list();
    std::string_view rest = x.text;
    for (std::size_t i = 0; i < x.terms.size(); ++i) {
        const auto comma = rest.find(", ");
        out.items.push_back(node::of_text(std::string(rest.substr(0, comma))));
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 2);
    }
    return out;
}
maybe_node writer::value(const placement& x, const spec& s) { return value(form_of(x), s); }
maybe_node writer::value(const how_many_text& x, const spec&) { return node::of_text(x.value.text); }
maybe_node writer::value(const limit_text& x, const spec&) { return node::of_text(x.value.text); }
maybe_node writer::value(const bound_clause& x, const spec& s) {
    if (x.record) return value(*x.record, s);
    return x.at ? value(*x.at, s) : std::nullopt;
}

}  // namespace dectbed::scenarios
