#include "cli/decode.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "cli/app.h"
#include "cli/decode_pcap.h"
#include "cli/terminal.h"
#include "models/firmware/lib/module_mail.h"
#include "models/network/link/pcap.h"
#include "radio/capture/burst_frame.h"
#include "radio/capture/describe.h"
#include "radio/capture/lan_frame.h"
#include "radio/capture/session.h"
#include "sim/kernel.h"

namespace dectbed::cli {

namespace {

constexpr const char* decode_examples = R"(Examples:
  dectbed decode out/office/office/1/office.dect.pcap --summary          # who said what when
  dectbed decode office.dect.pcap --layer nwk --from 60 --to 75          # messages with all their elements
  dectbed decode --hex 6102b6ec8aa5af59                                  # an A-field
  dectbed decode --hex 115500...                                         # a DLC frame or an NWK message
  dectbed decode --layer mail --hex 10030003030001d220                   # what passes between a base and its DECT module
  dectbed decode office.dect.pcap --export-nwk nwk.pcap                  # for Wireshark 4.2 or later (unconfirmed)

Captures are classic pcap files, link type Ethernet: bursts in ethertype 0x2323, DLC frames in ethertype 0xA000.
Times count from the start of the run, or from the first packet of other programs' captures.
)";

int wrong_input(const std::string& text) {
    std::fprintf(stderr, "%s: %s\n", colours(stderr).bad("error").c_str(), text.c_str());
    return input_wrong;
}

const char* layer_text(radio::decoded_layer l) {
    switch (l) {
        case radio::decoded_layer::mac:
            return "MAC";
        case radio::decoded_layer::dlc:
            return "DLC";
        case radio::decoded_layer::nwk:
            return "NWK";
    }
    return "?";
}

std::optional<radio::decoded_layer> layer_named(const std::string& name) {
    if (name == "mac") return radio::decoded_layer::mac;
    if (name == "dlc") return radio::decoded_layer::dlc;
    if (name == "nwk") return radio::decoded_layer::nwk;
    return std::nullopt;
}

std::string clock_text(sim::duration d) { return fmt::format("{:12.6f}", std::chrono::duration<double>(d).count()); }
double ms_of(sim::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// Prints items as they come.
class printer {
  public:
    printer(const decode_arguments& a, radio::decoded_layer lowest) : a_(a), lowest_(lowest), c_(stdout) {}

    void show(const radio::decoded_item& i) {
        ++shown_;
        if (i.layer == radio::decoded_layer::nwk) ++messages_;
        if (i.wrong) ++wrong_;
        if (a_.summary ? i.milestone : i.layer >= lowest_ || i.milestone) a_.summary ? brief(i) : full(i);
    }
    std::size_t messages() const { return messages_; }
    std::size_t wrong() const { return wrong_; }

  private:
    std::string bearer(const radio::decoded_item& i) const {
        return i.bearer == 0 ? "    " : fmt::format("{:<4}", fmt::format("#{}", i.bearer));
    }
    std::string coloured(const radio::decoded_item& i, const std::string& text) const {
        if (i.wrong) return c_.bad(text);
        if (i.layer == radio::decoded_layer::nwk) return c_.strong(text);
        return i.bearer == 0 ? c_.soft(text) : text;
    }
    void full(const radio::decoded_item& i) const {
        const int indent = i.layer == radio::decoded_layer::mac ? 0 : i.layer == radio::decoded_layer::dlc ? 2 : 4;
        fmt::print("{}  {}{:<13}{}  {:{}}{}  {}\n", clock_text(i.at), bearer(i), i.where, radio::direction_text(i.from),
                   "", indent, layer_text(i.layer), coloured(i, i.text));
        for (const std::string& line : i.details) fmt::print("{:>{}}{}\n", "", details_column, line);
    }
    /// A bearer begins with a line about who talks where.
    void brief(const radio::decoded_item& i) {
        if (i.bearer > last_bearer_) {
            fmt::print("\n#{}: PMID {} and {} {}, {}\n", i.bearer, i.portable.empty() ? "?" : i.portable,
                       i.fixed.size() == 3 ? "FMID" : "RFPI", i.fixed.empty() ? "?" : i.fixed,
                       i.where.substr(0, i.where.rfind(" f")));
            last_bearer_ = i.bearer;
        }
        const std::string pace = i.since_previous ? fmt::format("{:+10.1f} ms", ms_of(*i.since_previous)) : "";
        fmt::print("{}  {}{}  {:<13}  {}\n", clock_text(i.at), bearer(i), radio::direction_text(i.from), pace,
                   coloured(i, i.brief));
    }

    static constexpr int details_column = 49;
    const decode_arguments& a_;
    const radio::decoded_layer lowest_;
    const colours c_;
    std::size_t shown_ = 0, messages_ = 0, wrong_ = 0;
    std::uint32_t last_bearer_ = 0;
};

/// DLC frames for programs that read them from a LAN.
class nwk_export {
  public:
    explicit nwk_export(const std::string& path) : file_(path, models::network::link_type::ethernet) {}
    void show(const radio::decoded_item& i) {
        if (i.layer != radio::decoded_layer::dlc || i.wrong) return;
        radio::lan_frame f;
        f.what = i.from == radio::side::fixed ? radio::lan_frame::primitive::data_request
                                              : radio::lan_frame::primitive::data_indication;
        f.connection = static_cast<std::uint8_t>(i.bearer);
        f.dlc = i.octets;
        if (const auto packet = radio::encode(f)) file_.write(sim::time_point{i.at}, packet.value());
    }
    std::uint64_t close() {
        file_.close();
        return file_.packets();
    }

  private:
    models::network::pcap_file file_;
};

/// Where time 0 is: the start of the run in our captures, else the first packet.
std::int64_t origin_ns(const pcap_contents& capture) {
    if (capture.packets.empty()) return 0;
    for (const pcap_packet& p : capture.packets) {
        const auto burst = radio::decode_burst_frame(p.octets);
        if (burst && burst.value().ours())
            return std::int64_t{models::network::default_capture_epoch_s} * 1'000'000'000;
        if (burst) break;
    }
    return capture.packets.front().at_ns;
}

int decode_file(const decode_arguments& a) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(a.file, error)) return wrong_input(a.file + ": there is no such file");
    std::ifstream in(a.file, std::ios::binary);
    const sim::bytes octets{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.good() && !in.eof()) return wrong_input(a.file + ": this file cannot be read");
    const auto capture = read_pcap(octets);
    if (!capture)
        return wrong_input(fmt::format("{}: octet {}: {}", a.file, capture.error().offset, capture.error().reason));
    if (capture.value().link_type != static_cast<std::uint32_t>(models::network::link_type::ethernet))
        return wrong_input(
            fmt::format("{}: its link type is {}; expected 1 (Ethernet)", a.file, capture.value().link_type));
    const auto lowest = a.layer.empty() ? radio::decoded_layer::mac : *layer_named(a.layer);
    printer out(a, lowest);
    std::unique_ptr<nwk_export> exported;
    if (!a.export_nwk.empty()) {
        try {
            exported = std::make_unique<nwk_export>(a.export_nwk);
        } catch (const sim::run_failure& e) {
            return wrong_input(e.what());
        }
    }
    // Everything is decoded, because frames and messages may begin before the time that is asked for.
    radio::session_decoder decoder([&](const radio::decoded_item& i) {
        const double at_s = std::chrono::duration<double>(i.at).count();
        if ((a.from_s && at_s < *a.from_s) || (a.to_s && at_s > *a.to_s)) return;
        out.show(i);
        if (exported) exported->show(i);
    });
    const std::int64_t origin = origin_ns(capture.value());
    std::size_t taken = 0;
    for (const pcap_packet& p : capture.value().packets)
        taken += decoder.packet(time_between(origin, p.at_ns), p.octets) ? 1 : 0;
    decoder.finish();
    if (taken == 0) return wrong_input(a.file + ": it holds no packet of the air (ethertypes 0x2323 and 0xA000)");
    const std::size_t others = capture.value().packets.size() - taken;
    fmt::print("\n{} packets of the air, {} messages, {} not readable{}{}\n", taken, out.messages(), out.wrong(),
               others != 0 ? fmt::format("; {} packets of something else", others) : "",
               capture.value().cut_off ? "; the file ends within a packet" : "");
    if (exported) {
        try {
            fmt::print("{} DLC frames in {}\n", exported->close(), a.export_nwk);
        } catch (const sim::run_failure& e) {
            return wrong_input(e.what());
        }
    }
    return all_hold;
}

// --- a few octets --------------------------------------------------------------------------------------------

void print_a_field(sim::byte_view octets, const decode_arguments& a) {
    for (radio::side s : {radio::side::fixed, radio::side::portable}) {
        if (!a.direction.empty() && a.direction != (s == radio::side::fixed ? "ft" : "pt")) continue;
        const std::string text = radio::describe_a_field(octets, s);
        if (a.direction.empty() && s == radio::side::portable &&
            text == radio::describe_a_field(octets, radio::side::fixed))
            continue;  // the same whoever sends it
        fmt::print("MAC  {}  {}\n", radio::direction_text(s), text);
    }
}

void print_message(const radio::nwk::message& m, int indent) {
    fmt::print("{:{}}NWK  {}\n", "", indent, radio::nwk::name_of(m.pd, m.type));
    for (const std::string& line : radio::describe_elements(m)) fmt::print("{:{}}{}\n", "", indent + 7, line);
}

/// Whatever passed on the line, mail after mail.
int print_mails(const sim::bytes& o) {
    struct seen {
        std::size_t mails = 0;
    } all;
    fw_mail_reader reader{};
    fw_mail_read(
        &reader, o.data(), o.size(),
        [](void* context, const fw_mail* m) {
            char text[2 * FW_MAIL_OCTETS_MAX + 128];
            fw_mail_describe(m, text, sizeof text);
            fmt::print("MAIL {}\n", text);
            ++static_cast<seen*>(context)->mails;
        },
        &all);
    const std::size_t others = reader.skipped + reader.used;
    if (all.mails == 0) {
        fw_mail m;
        const char* why = "";
        (void)fw_mail_decode(o.data(), o.size(), &m, &why);
        return wrong_input(std::string("--hex: these octets cannot be read as a mail: ") + why);
    }
    if (others != 0) fmt::print("{} octets belong to no mail\n", others);
    return all_hold;
}

int decode_hex(const decode_arguments& a) {
    const auto octets = sim::from_hex(a.hex);
    if (!octets)
        return wrong_input(fmt::format("--hex: {} (character {})", octets.error().reason, octets.error().offset));
    const sim::bytes& o = octets.value();
    if (o.empty()) return wrong_input("--hex: there are no octets");
    if (a.layer == "mail") return print_mails(o);
    const auto wants = [&](const char* layer) { return a.layer.empty() || a.layer == layer; };
    std::string why;

    const auto as_a_field = [&](radio::side s) { return radio::decode_a_field(o, s); };
    if (wants("mac")) {
        const auto f = as_a_field(radio::side::fixed), p = as_a_field(radio::side::portable);
        if (f || p) {
            print_a_field(o, a);
            return all_hold;
        }
        if (const auto burst = radio::decode_burst_frame(o)) {
            radio::session_decoder one([](const radio::decoded_item& i) {
                fmt::print("MAC  {}  {}  {}\n", i.where, radio::direction_text(i.from), i.text);
            });
            one.packet({}, o);
            return all_hold;
        }
        why = "as an A-field: " + f.error().reason;
    }
    if (wants("dlc")) {
        const auto frame = radio::decode_dlc_frame(o, 0);
        if (frame) {
            const radio::dlc_frame& d = frame.value();
            // Who sent it shows in C/R only if it is known whether it is a command; I frames are (EN 300 175-4, 7.3.2).
            const bool fixed =
                a.direction.empty() ? d.command_bit == (d.kind == radio::dlc_kind::i) : a.direction == "ft";
            const radio::side s = fixed ? radio::side::fixed : radio::side::portable;
            fmt::print("DLC  {}  {}, checksum good\n", radio::direction_text(s), radio::describe_dlc_frame(d, s));
            if (d.information.empty()) return all_hold;
            if (const auto m = radio::nwk::decode_message(d.information); m && !d.more)
                print_message(m.value(), 2);
            else
                fmt::print("       information {}\n", sim::to_hex(d.information));
            return all_hold;
        }
        why += (why.empty() ? "" : "; ") + std::string("as a DLC frame: ") + frame.error().reason;
    }
    if (wants("nwk")) {
        const auto m = radio::nwk::decode_message(o);
        if (m) {
            print_message(m.value(), 0);
            return all_hold;
        }
        why += (why.empty() ? "" : "; ") + std::string("as an NWK message: ") + m.error().reason;
    }
    if (a.layer.empty() && o.front() == FW_MAIL_FIRST_OCTET) {
        fw_mail m;
        const char* broken = "";
        if (fw_mail_decode(o.data(), o.size(), &m, &broken)) return print_mails(o);
        why += std::string("; as a mail of a DECT module: ") + broken;
    }
    return wrong_input("--hex: these octets cannot be read " + why);
}

}  // namespace

CLI::App* add_decode(CLI::App& app, decode_arguments& a) {
    auto* decode =
        app.add_subcommand("decode", "Print the MAC, DLC and NWK layers of a DECT capture or of some octets");
    auto* file =
        decode->add_option("FILE", a.file, "Capture: classic pcap, Ethernet (\"dectbed run --pcap\" makes one a site)");
    decode
        ->add_option("--hex", a.hex,
                     "Octets instead of a file: an A-field, a DLC frame, an NWK message or a module's mail")
        ->option_text("STRING")
        ->excludes(file);
    decode
        ->add_option("--layer", a.layer,
                     "mac: everything (default); dlc: without A-fields; nwk: messages only. "
                     "With --hex: what the octets are; also mail, of a DECT module")
        ->option_text("mac|dlc|nwk|mail")
        ->check(CLI::IsMember({"mac", "dlc", "nwk", "mail"}));
    decode->add_option("--direction", a.direction, "With --hex: sent by the fixed (ft) or the portable part (pt)")
        ->option_text("ft|pt")
        ->check(CLI::IsMember({"ft", "pt"}));
    decode->add_flag("--summary", a.summary, "Only the sequence of set-ups, messages and releases, with their pace");
    decode->add_option("--from", a.from_s, "Only from this time on, in seconds")->option_text("S");
    decode->add_option("--to", a.to_s, "Only up to this time, in seconds")->option_text("S");
    decode
        ->add_option("--export-nwk", a.export_nwk,
                     "Also write the DLC frames to a capture of ethertype 0xA000, which Wireshark 4.2 is said to read")
        ->option_text("OUT.pcap");
    decode->footer(decode_examples);
    return decode;
}

int decode_command(const decode_arguments& a) {
    if (a.file.empty() == a.hex.empty()) return wrong_input("decode: expected a capture, or --hex with octets");
    if (a.layer == "mail" && a.hex.empty())
        return wrong_input("decode: mails are in no capture; give their octets by --hex");
    return a.file.empty() ? decode_hex(a) : decode_file(a);
}

}  // namespace dectbed::cli
