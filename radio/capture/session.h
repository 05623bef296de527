// Reads a capture of the air packet by packet: A-fields, the LAPC frames their C-channel carries, the NWK messages in
// these. Knows no more than the packets: where one is missing the frame it belonged to is lost and said to be.
//
// Two kinds of packets: bursts (ethertype 0x2323, radio/capture/burst_frame.h) and, as some base stations carry them on
// their LAN, DLC frames in ethertype 0xA000 (radio/capture/lan_frame.h).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radio/a_field.h"
#include "radio/dlc_frame.h"
#include "radio/identity.h"
#include "sim/bytes.h"
#include "sim/time.h"

namespace dectbed::radio {

enum class decoded_layer : std::uint8_t { mac, dlc, nwk };

struct decoded_item {
    sim::duration at{};  ///< of the packet that completed it
    decoded_layer layer = decoded_layer::mac;
    side from = side::fixed;
    std::string where;  ///< "c3 s16 f05": carrier, slot, frame number; "link 4" on a LAN
    std::string text;
    std::string brief;                 ///< of milestones: the text without what only experts of the layer ask for
    std::vector<std::string> details;  ///< of a message: its elements
    bool wrong = false;                ///< a checksum does not hold, or it cannot be read
    bool milestone = false;            ///< belongs to the sequence of set-ups, messages and releases
    std::string fixed, portable;       ///< RFPI or FMID, and PMID, as far as known
    std::uint32_t bearer = 0;          ///< counted from 1; 0: none
    std::optional<sim::duration> since_previous;  ///< milestones of a bearer: since the one before
    sim::bytes octets;                            ///< DLC frame or NWK message
};

class session_decoder {
  public:
    explicit session_decoder(std::function<void(const decoded_item&)> tell) : tell_(std::move(tell)) {}

    /// Returns false if the packet is neither a burst nor a DLC frame on a LAN.
    bool packet(sim::duration at, sim::byte_view ethernet);
    /// Says which frames and messages were never completed.
    void finish();

  private:
    struct c_segment {
        std::uint8_t number;
        std::array<std::uint8_t, 5> octets;
    };
    struct direction {
        sim::bytes frame;  // C-channel octets of a DLC frame so far
        sim::duration message_began{};
        std::optional<std::uint8_t> last_number;  // of the segment taken last
        std::array<std::uint8_t, 5> last_segment{};
        sim::bytes message;                     // information of I frames so far
        std::optional<std::uint8_t> last_sent;  // N(S) of the I frame taken last
        sim::bytes last_information;
    };
    struct bearer {
        std::uint32_t number = 0;
        std::string where;
        std::optional<rfpi> fixed;
        std::optional<std::uint16_t> fmid;
        std::optional<std::uint32_t> pmid;
        std::array<direction, 2> directions;
        sim::duration last{};
        std::optional<sim::duration> last_milestone;
        bool released = false;
    };
    using address_pair = std::array<std::uint8_t, 12>;  // both Ethernet addresses, the smaller first
    using bearer_key = std::pair<address_pair, std::uint32_t>;

    bool burst(sim::duration at, sim::byte_view ethernet);
    bool lan_frame(sim::duration at, sim::byte_view ethernet);
    bearer& bearer_of(const bearer_key& key, sim::duration at, bool every_burst);
    decoded_item item_of(const bearer& b, sim::duration at, side from, decoded_layer layer) const;
    bool said_again(const bearer_key& key, const tail::basic_release& r, sim::duration at) const;
    void milestone(bearer& b, decoded_item item);
    void segment(bearer& b, const decoded_item& like, const c_segment& s);
    void dlc(bearer& b, const decoded_item& like, sim::byte_view octets);
    void nwk(bearer& b, const decoded_item& like, const dlc_frame& f);
    void abandon(bearer& b, const decoded_item& like, const char* why);
    void broadcast_burst(const bearer_key& key, const decoded_item& item, const a_field& a, int frame_number);
    void long_page(const bearer_key& key, const decoded_item& like, const tail::page_other& t);

    std::function<void(const decoded_item&)> tell_;
    std::map<bearer_key, bearer> bearers_;
    std::map<bearer_key, sim::bytes> long_pages_;             // sections so far
    std::map<std::array<std::uint8_t, 6>, rfpi> heard_from_;  // our captures: who has which address
    std::map<std::uint16_t, rfpi> by_fmid_;                   // other captures
    std::uint32_t bearers_made_ = 0;
};

}  // namespace dectbed::radio
