#include "models/servers/tftp_server.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>
#include <vector>

namespace dectbed::models::servers {

namespace {

constexpr std::size_t block_min = 8, block_octets_usual = 512;  // RFC 2348; RFC 1350
constexpr std::uint64_t timeout_max_s = 255;                    // RFC 2349

bool number_in(const std::string& text, std::uint64_t low, std::uint64_t high, std::uint64_t& out) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    return error == std::errc{} && stop == end && out >= low && out <= high;
}

/// RFC 764, 3: lines end in CR LF, a lone CR is followed by NUL.
std::string netascii(const std::string& content) {
    std::string out;
    out.reserve(content.size() + content.size() / 16);
    for (std::size_t i = 0; i < content.size(); ++i) {
        const char c = content[i];
        if (c == '\n') {
            out += "\r\n";
        } else if (c == '\r') {
            out += '\r';
            out += '\0';
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

tftp_server::tftp_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, tftp_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service),
      stack_(stack),
      socket_(stack.open_udp(parameters_.port)) {
    if (!socket_) throw sim::run_failure(s.journal().path_of(who), "its TFTP port is taken");
    folder_.offer(parameters_.images);
    if (!folder_.open(parameters_.folder)) throw sim::run_failure(s.journal().path_of(who), "its folder is gone");
    station_.offer_outage();
    station_.on_change = [this](outage_mode) {
        while (!transfers_.empty()) end(transfers_.begin()->first, "server went out");
    };
    s.faults().offer(who, "change_files", [this](const sim::fault_arguments&, bool begin) -> std::string {
        if (begin && parameters_.changed_folder.empty()) return "it has no changed_files";
        return folder_.open(begin ? parameters_.changed_folder : parameters_.folder) ? "" : "its folder is gone";
    });
    s.faults().offer(who, "drop_next", [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
        const auto count = arguments.find("count");
        if (begin) losses_ += count == arguments.end() ? 1 : std::atoi(count->second.c_str());
        return {};
    });
    socket_->on_data = [this](network::endpoint from, sim::byte_view data) { received(from, data); };
}

tftp_server::~tftp_server() {
    socket_->on_data = nullptr;
    for (auto& [peer, t] : transfers_) {
        t.timer.cancel();
        t.socket->on_data = nullptr;
    }
}

void tftp_server::received(network::endpoint from, sim::byte_view data) {
    if (!station_.up()) {
        station_.refused("outage");
        return;
    }
    const auto decoded = decode_tftp(data);
    if (!decoded.has_value()) {
        station_.refused("malformed TFTP: " + decoded.error().reason);
        return;
    }
    const tftp_packet& p = decoded.value();
    if (p.kind == tftp_kind::error) return;  // never answered (RFC 1350, 7)
    if (p.kind == tftp_kind::write_request) {
        refuse(*socket_, from, tftp_access_violation, "Access violation");
        return;
    }
    if (p.kind != tftp_kind::read_request || (p.mode != "octet" && p.mode != "netascii")) {
        refuse(*socket_, from, tftp_illegal_operation, "Illegal TFTP operation");
        return;
    }
    // A request that comes again while its transfer is under way lost its answer: the timer sends that again.
    if (transfers_.count(from) != 0) return;
    (void)station_.submit([this, from, request = p](sim::duration, sim::duration) {
        if (transfers_.count(from) == 0) begin(from, request);
    });
}

void tftp_server::begin(network::endpoint from, const tftp_packet& request) {
    transfer t;
    t.file = request.file;
    t.peer = from;
    t.client = simulation_.journal().find_by_mac(mac_in_file_name(request.file));
    t.socket = stack_.open_udp(0);
    t.wait = parameters_.timeout;
    if (!t.socket) {
        station_.refused("no port for a transfer");
        return;
    }
    const auto content = folder_.find(request.file);
    if (content == nullptr) {
        refuse(*t.socket, from, tftp_file_not_found, "File not found");
        publish(t, "File not found");
        return;
    }
    t.content = request.mode == "netascii" ? netascii(*content) : *content;
    if (parameters_.negotiates) negotiate(t, request);
    t.socket->on_data = [this, from](network::endpoint sender, sim::byte_view data) {
        answer_received(from, sender, data);
    };
    transfers_.emplace(from, std::move(t));
    send_window(from);
}

/// What is not understood, or out of range, is left out of the answer (RFC 2347).
void tftp_server::negotiate(transfer& t, const tftp_packet& request) {
    tftp_packet agreed;
    agreed.kind = tftp_kind::option_acknowledgement;
    std::uint64_t value = 0;
    for (const auto& [name, text] : request.options) {
        if (name == "blksize" && number_in(text, block_min, 65464, value)) {
            t.block_octets = std::min<std::size_t>(value, parameters_.block_max);
            agreed.options.emplace_back(name, std::to_string(t.block_octets));
        } else if (name == "tsize" && number_in(text, 0, 0, value)) {
            agreed.options.emplace_back(name, std::to_string(t.content.size()));
        } else if (name == "timeout" && number_in(text, 1, timeout_max_s, value)) {
            t.wait = std::chrono::seconds{static_cast<std::int64_t>(value)};
            agreed.options.emplace_back(name, text);
        } else if (name == "windowsize" && number_in(text, 1, 65535, value)) {
            t.window = std::min<std::size_t>(value, parameters_.window_max);
            agreed.options.emplace_back(name, std::to_string(t.window));
        }
    }
    if (!agreed.options.empty()) t.options = encode_tftp(agreed).value();
}

void tftp_server::send_window(network::endpoint peer) {
    const auto it = transfers_.find(peer);
    if (it == transfers_.end()) return;
    transfer& t = it->second;
    if (++t.tries > parameters_.tries_max) {
        end(peer, t.acknowledged * t.block_octets + t.block_octets > t.content.size() ? "last block not acknowledged"
                                                                                      : "timed out");
        return;
    }
    t.timer.cancel();
    t.timer =
        simulation_.kernel().after(t.wait * (std::int64_t{1} << (t.tries - 1)), [this, peer] { send_window(peer); });
    if (!t.options.empty()) {
        t.socket->send(peer, t.options);
        return;
    }
    for (std::size_t i = 0; i < t.window; ++i) {
        const std::uint64_t block = t.acknowledged + i;  // counted from 0
        const std::uint64_t at = block * t.block_octets;
        if (at > t.content.size()) break;  // a last block may be empty
        const auto length = std::min<std::size_t>(t.block_octets, t.content.size() - at);
        tftp_packet p;
        p.kind = tftp_kind::data;
        p.block = static_cast<std::uint16_t>(block + 1);
        p.data.assign(t.content.begin() + static_cast<std::ptrdiff_t>(at),
                      t.content.begin() + static_cast<std::ptrdiff_t>(at + length));
        if (losses_ > 0) {
            --losses_;
        } else {
            t.socket->send(peer, encode_tftp(p).value());
        }
        if (length < t.block_octets) break;
    }
}

void tftp_server::answer_received(network::endpoint peer, network::endpoint from, sim::byte_view data) {
    const auto it = transfers_.find(peer);
    if (it == transfers_.end()) return;
    transfer& t = it->second;
    if (from != peer) {  // RFC 1350, 4: does not disturb the transfer
        refuse(*t.socket, from, tftp_unknown_transfer, "Unknown transfer ID");
        return;
    }
    const auto decoded = decode_tftp(data);
    if (!decoded.has_value()) {
        station_.refused("malformed TFTP: " + decoded.error().reason);
        return;
    }
    const tftp_packet& p = decoded.value();
    if (p.kind == tftp_kind::error) {
        end(peer, "ended by the client: " + p.text);
        return;
    }
    if (p.kind != tftp_kind::acknowledgement) return;
    if (!t.options.empty()) {
        if (p.block != 0) return;
        t.options.clear();
    } else {
        // How many blocks of the window it covers. An old one is not answered, or every block would go out twice from
        // then on (RFC 1123, 4.2.3.1) - unless a window was cut (RFC 7440, 4), when it repeats the last one before the
        // gap.
        const auto covered = static_cast<std::uint16_t>(p.block - static_cast<std::uint16_t>(t.acknowledged));
        if (covered > t.window || (covered == 0 && t.window == 1)) return;
        t.acknowledged += covered;
        if (t.acknowledged * t.block_octets > t.content.size()) {
            end(peer, "done");
            return;
        }
    }
    t.tries = 0;
    send_window(peer);
}

void tftp_server::refuse(network::udp_socket& socket, network::endpoint to, std::uint16_t code,
                         const std::string& text) {
    tftp_packet p;
    p.kind = tftp_kind::error;
    p.code = code;
    p.text = text;
    socket.send(to, encode_tftp(p).value());
}

void tftp_server::publish(const transfer& t, const std::string& result) {
    const auto octets = std::min<std::uint64_t>(t.acknowledged * t.block_octets, t.content.size());
    simulation_.publish(who_, sim::record::file_transfer{"tftp", "read", t.file, static_cast<std::int64_t>(octets),
                                                         result, network::to_text(t.peer), t.client});
}

void tftp_server::end(network::endpoint peer, const std::string& result) {
    const auto it = transfers_.find(peer);
    if (it == transfers_.end()) return;
    it->second.timer.cancel();
    it->second.socket->on_data = nullptr;
    const transfer over = std::move(it->second);  // its socket may be the one whose handler is running
    transfers_.erase(it);
    publish(over, result);
    simulation_.kernel().after(sim::duration{0}, [socket = over.socket] {});
}

}  // namespace dectbed::models::servers
