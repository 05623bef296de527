#include "radio/capture/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "radio/capture/burst_frame.h"
#include "radio/capture/describe.h"
#include "radio/capture/lan_frame.h"
#include "radio/frame_time.h"
#include "radio/nwk/clms_fixed.h"
#include "radio/page_schedule.h"
#include "radio/paging.h"

namespace dectbed::radio {

namespace {

// In a capture that has every burst, it is another bearer if nothing came for so long: T201, after which both ends have
// given up (EN 300 175-3, annex A). Ours have no bursts without content, a LAN has no bursts at all.
constexpr sim::duration bearer_forgotten_after = std::chrono::seconds(5);
constexpr sim::duration release_repeated_within = 2 * frame_nominal;
constexpr std::size_t message_octets_max = 1024;  // far beyond what any procedure sends

constexpr std::uint8_t unnumbered_information = 0x03;
constexpr int segment_spacing = 2;  // frames: C-channel of a connectionless bearer

constexpr std::size_t place(side s) { return static_cast<std::size_t>(s); }

}  // namespace

bool session_decoder::packet(sim::duration at, sim::byte_view ethernet) {
    if (ethernet.size() < 14) return false;
    const unsigned ethertype = static_cast<unsigned>(ethernet[12]) << 8 | ethernet[13];
    if (ethertype == ethertype_dect) return burst(at, ethernet);
    if (ethertype == ethertype_lan_dlc) return lan_frame(at, ethernet);
    return false;
}

session_decoder::bearer& session_decoder::bearer_of(const bearer_key& key, sim::duration at, bool every_burst) {
    bearer& b = bearers_[key];
    if (b.number == 0 || b.released || (every_burst && at - b.last > bearer_forgotten_after)) {
        b = {};
        b.number = ++bearers_made_;
    }
    b.last = at;
    return b;
}

decoded_item session_decoder::item_of(const bearer& b, sim::duration at, side from, decoded_layer layer) const {
    decoded_item item;
    item.at = at;
    item.layer = layer;
    item.from = from;
    item.where = b.where;
    item.bearer = b.number;
    if (b.fixed) {
        item.fixed = to_text(*b.fixed);
    } else if (b.fmid) {
        item.fixed = fmt::format("{:03x}", *b.fmid);
    }
    if (b.pmid) item.portable = fmt::format("{:05x}", *b.pmid);
    return item;
}

void session_decoder::milestone(bearer& b, decoded_item item) {
    item.milestone = true;
    if (b.last_milestone) item.since_previous = item.at - *b.last_milestone;
    b.last_milestone = item.at;
    tell_(item);
}

// --- bursts ----------------------------------------------------------------------------------------------

bool session_decoder::burst(sim::duration at, sim::byte_view ethernet) {
    const auto decoded = decode_burst_frame(ethernet);
    decoded_item item;
    item.at = at;
    if (!decoded) {
        item.text = "no burst: " + decoded.error().reason;
        item.wrong = true;
        tell_(item);
        return true;
    }
    const burst_frame& f = decoded.value();
    item.from = f.from;
    item.where = fmt::format("c{} s{:02} f{:02}", f.carrier, f.slot, f.frame_number);
    item.text = describe_a_field(f.a_field, f.from);
    if (const auto dbm = f.level_dbm()) {
        item.text += fmt::format(", {} dBm", *dbm);
        if (f.mode == 1) item.text += ", not received";
    }
    const auto a = decode_a_field(f.a_field, f.from);
    if (!a) {
        item.wrong = true;
        tell_(item);
        return true;
    }
    if ((f.a_field[0] >> 1 & 7) <= 1 && f.rest.size() > 40 && !x_crc_holds(f.rest)) {
        item.text += ", wrong X-CRC";
        item.wrong = true;
    }
    bearer_key key{{}, static_cast<std::uint32_t>(f.carrier) << 8 | static_cast<std::uint32_t>(f.slot % 12)};
    const auto& [low, high] = std::minmax(f.source, f.destination);
    std::copy(low.begin(), low.end(), key.first.begin());
    std::copy(high.begin(), high.end(), key.first.begin() + 6);
    const auto* identity = std::get_if<tail::identity>(&a.value().content);
    if (a.value().header.ba == static_cast<std::uint8_t>(b_field::none)) {  // a dummy bearer
        if (identity != nullptr && f.from == side::fixed) {
            by_fmid_[identity->id.fmid()] = identity->id;
            if (f.ours()) heard_from_[f.source] = identity->id;
        }
        if (f.from == side::fixed) {
            if (const auto known = heard_from_.find(f.source); f.ours() && known != heard_from_.end())
                item.fixed = to_text(known->second);
            else if (identity != nullptr)
                item.fixed = to_text(identity->id);
        }
        // C-channel data with BA = 111: of a connectionless bearer, or of any in a foreign capture.
        if (!std::holds_alternative<tail::c_channel>(a.value().content) &&
            !std::holds_alternative<tail::basic_control>(a.value().content) &&
            !std::holds_alternative<tail::attributes>(a.value().content) &&
            !std::holds_alternative<tail::basic_release>(a.value().content)) {
            tell_(item);
            if (f.from == side::fixed) broadcast_burst(key, item, a.value(), f.frame_number);
            return true;
        }
    }

    const auto* control = std::get_if<tail::basic_control>(&a.value().content);
    // A fixed part that sets a bearer up has no code for a first transmission.
    const bool request =
        control != nullptr && (a.value().first_transmission ||
                               (f.from == side::fixed && control->command == tail::basic_command::access_request));
    if (request) bearers_.erase(key);
    const auto* released = std::get_if<tail::basic_release>(&a.value().content);
    if (released != nullptr && said_again(key, *released, at)) {
        item.bearer = bearers_[key].number;
        tell_(item);
        return true;
    }
    bearer& b = bearer_of(key, at, !f.ours());
    b.where = item.where;
    if (identity != nullptr) b.fixed = identity->id;
    if (control != nullptr) {
        b.fmid = control->fmid;
        b.pmid = control->pmid;
        const auto address = heard_from_.find(f.from == side::fixed ? f.source : f.destination);
        if (address != heard_from_.end()) {
            b.fixed = address->second;
        } else if (const auto known = by_fmid_.find(control->fmid); known != by_fmid_.end() && !b.fixed) {
            b.fixed = known->second;
        }
    }
    if (released != nullptr) b.pmid = released->pmid;
    const decoded_item peers = item_of(b, at, f.from, decoded_layer::mac);
    item.fixed = peers.fixed;
    item.portable = peers.portable;
    item.bearer = b.number;
    item.brief = describe_tail(a.value(), f.a_field);
    if (f.ours() && f.mode == 1) item.brief += ", not received";
    if (control != nullptr || std::holds_alternative<tail::attributes>(a.value().content)) {
        milestone(b, item);
    } else if (released != nullptr) {
        b.released = true;
        milestone(b, item);
    } else {
        tell_(item);
    }
    if (const auto* c = std::get_if<tail::c_channel>(&a.value().content))
        segment(b, item, {c->packet_number, c->octets});
    return true;
}

/// Of a dummy or connectionless bearer, without C-channel data.
void session_decoder::broadcast_burst(const bearer_key& key, const decoded_item& item, const a_field& a,
                                      int frame_number) {
    if (const auto* page = std::get_if<tail::page_other>(&a.content)) return long_page(key, item, *page);
    // NT where a segment might be: a message that has begun does not go on.
    if (frame_number % segment_spacing == 0) return;
    const auto found = bearers_.find(key);
    if (found == bearers_.end()) return;
    decoded_item like = item;
    like.bearer = found->second.number;
    abandon(found->second, like, "a segment is missing");
}

void session_decoder::long_page(const bearer_key& key, const decoded_item& like, const tail::page_other& t) {
    const auto section = long_page_section(t);
    if (!section) return;
    if (t.length == long_page_first || t.length == long_page_all) long_pages_.erase(key);
    sim::bytes& so_far = long_pages_[key];
    const bool goes_on = t.length == long_page_middle || t.length == long_page_last;
    if (goes_on == so_far.empty() || so_far.size() >= long_section_octets * long_sections_max) {
        long_pages_.erase(key);  // its beginning was not heard
        return;
    }
    so_far.insert(so_far.end(), section.value().begin(), section.value().end());
    if (t.length != long_page_last && t.length != long_page_all) return;
    decoded_item item = like;
    item.layer = decoded_layer::nwk;
    item.octets = std::move(so_far);
    long_pages_.erase(key);
    if (const auto m = nwk::decode_clms_fixed(item.octets)) {
        item.text = item.brief = nwk::describe(m.value());
    } else {
        item.wrong = true;
        item.text = item.brief =
            fmt::format("unreadable: {} (octet {}): {}", m.error().reason, m.error().offset, sim::to_hex(item.octets));
    }
    item.milestone = true;
    tell_(item);
}

/// A release is said twice, in successive frames (EN 300 175-3, 10.7.2.1); the first ends the bearer.
bool session_decoder::said_again(const bearer_key& key, const tail::basic_release& r, sim::duration at) const {
    const auto found = bearers_.find(key);
    return found != bearers_.end() && found->second.released && found->second.pmid == r.pmid &&
           at - found->second.last <= release_repeated_within;
}

void session_decoder::segment(bearer& b, const decoded_item& like, const c_segment& s) {
    direction& d = b.directions[place(like.from)];
    if (d.last_number && *d.last_number == s.number) {
        if (s.octets == d.last_segment) return;  // sent again
        abandon(b, like, "a segment is missing");
    }
    d.last_number = s.number;
    d.last_segment = s.octets;
    if (d.frame.empty() && d.message.empty()) d.message_began = like.at;
    d.frame.insert(d.frame.end(), s.octets.begin(), s.octets.end());
    if (d.frame.size() < announced_length(d.frame)) return;
    const sim::bytes frame = std::move(d.frame);
    d.frame.clear();
    dlc(b, like, frame);
}

void session_decoder::abandon(bearer& b, const decoded_item& like, const char* why) {
    direction& d = b.directions[place(like.from)];
    if (!d.frame.empty()) {
        decoded_item item = like;
        item.layer = decoded_layer::dlc;
        item.wrong = true;
        item.text = fmt::format("frame lost after {} octets: {}", d.frame.size(), why);
        item.octets = d.frame;
        tell_(item);
    }
    d.frame.clear();
    d.message.clear();
}

// --- data link ---------------------------------------------------------------------------------------------

void session_decoder::dlc(bearer& b, const decoded_item& like, sim::byte_view octets) {
    decoded_item item = like;
    item.layer = decoded_layer::dlc;
    item.octets = sim::to_bytes(octets);
    // Unsigned, or signed with the PMID assigned to the portable part (EN 300 175-4, 10.3.1).
    auto frame = decode_dlc_frame(octets, 0);
    bool is_signed = false;
    if (!frame && b.pmid) {
        auto other = decode_dlc_frame(octets, static_cast<std::uint16_t>(*b.pmid));
        if (other) {
            frame = std::move(other);
            is_signed = true;
        }
    }
    if (!frame) {
        item.wrong = true;
        item.text = fmt::format("unreadable: {} (octet {})", frame.error().reason, frame.error().offset);
        tell_(item);
        return;
    }
    const dlc_frame& f = frame.value();
    item.text = describe_dlc_frame(f, like.from) + (is_signed ? ", signed" : "") + ", checksum good";
    direction& d = b.directions[place(like.from)];
    const bool numbered = f.kind == dlc_kind::i;
    const bool again =
        numbered && !f.new_link && d.last_sent && *d.last_sent == f.send_number && d.last_information == f.information;
    if (again) item.text += ", again";
    tell_(item);
    if (f.kind == dlc_kind::u && f.unnumbered == unnumbered_information && !f.information.empty())
        nwk(b, like, f);  // class U
    if (numbered && !again) {
        d.last_sent = f.send_number;
        d.last_information = f.information;
        nwk(b, like, f);
    }
}

void session_decoder::nwk(bearer& b, const decoded_item& like, const dlc_frame& f) {
    direction& d = b.directions[place(like.from)];
    const bool on_air = d.last_number.has_value();
    d.message.insert(d.message.end(), f.information.begin(), f.information.end());
    if (d.message.size() > message_octets_max) d.message.clear();
    if (f.more || d.message.empty()) return;
    decoded_item item = like;
    item.layer = decoded_layer::nwk;
    item.octets = std::move(d.message);
    d.message.clear();
    if (const auto m = nwk::decode_message(item.octets)) {
        item.text = nwk::name_of(m.value().pd, m.value().type);
        if (m.value().transaction != 0) item.text += fmt::format(", transaction {}", m.value().transaction);
        if (m.value().from_responder) item.text += ", answer";
        item.brief = item.text;
        if (const std::string words = vendor_words(m.value()); !words.empty()) item.brief += " (" + words + ")";
        item.text += fmt::format(", {} octets", item.octets.size());
        if (on_air)
            item.text += fmt::format(" from {:.6f} s on", std::chrono::duration<double>(d.message_began).count());
        item.details = describe_elements(m.value());
    } else {
        item.wrong = true;
        item.text =
            fmt::format("unreadable: {} (octet {}): {}", m.error().reason, m.error().offset, sim::to_hex(item.octets));
        item.brief = item.text;
    }
    milestone(b, std::move(item));
}

// --- DLC frames on a LAN -----------------------------------------------------------------------------------

bool session_decoder::lan_frame(sim::duration at, sim::byte_view ethernet) {
    const auto decoded = decode_lan_frame(ethernet);
    decoded_item item;
    item.at = at;
    item.layer = decoded_layer::dlc;
    if (!decoded) {
        item.wrong = true;
        item.text = "no frame: " + decoded.error().reason;
        tell_(item);
        return true;
    }
    if (!decoded.value()) return true;
    const radio::lan_frame& f = *decoded.value();
    const bearer_key key{{}, 0xFFFF0000U | f.connection};
    if (f.what == radio::lan_frame::primitive::connection) bearers_.erase(key);
    bearer& b = bearer_of(key, at, false);
    b.where = fmt::format("link {}", f.connection);
    const side from = f.what == radio::lan_frame::primitive::data_request ? side::fixed : side::portable;
    if (f.what == radio::lan_frame::primitive::connection) {
        b.pmid = f.pmid_low;
        item = item_of(b, at, from, decoded_layer::mac);
        item.portable = fmt::format("..{:04x}", f.pmid_low);
        item.text = item.brief = fmt::format("connection, PMID ..{:04x}", f.pmid_low);
        milestone(b, item);
        return true;
    }
    dlc(b, item_of(b, at, from, decoded_layer::dlc), f.dlc);
    return true;
}

void session_decoder::finish() {
    for (auto& [key, b] : bearers_)
        for (side s : {side::fixed, side::portable})
            abandon(b, item_of(b, b.last, s, decoded_layer::dlc), "the capture ends");
}

}  // namespace dectbed::radio
