#include "models/servers/ftp_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dectbed::models::servers {

namespace {

constexpr std::size_t line_octets_max = 1024;
constexpr int refused_max = 3;  // wrong passwords on one connection

/// RFC 959, 3.1.1.1: over the wire lines of text end in CR LF.
std::string as_text(const std::string& content) {
    std::string out;
    for (const char c : content) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

}  // namespace

bool parse_ftp_command(std::string_view line, ftp_command& out) {
    constexpr char interpret_as_command = '\xFF';
    out = {};
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == interpret_as_command) {
            ++i;  // and what it commands
        } else {
            text += line[i];
        }
    }
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    }
    const auto space = text.find(' ');
    out.verb = text.substr(0, space);
    if (space != std::string::npos) out.argument = text.substr(space + 1);
    std::transform(out.verb.begin(), out.verb.end(), out.verb.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return out.verb.size() >= 3 && out.verb.size() <= 4 &&
           std::all_of(out.verb.begin(), out.verb.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

ftp_server::ftp_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, ftp_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service),
      stack_(stack),
      control_(s,
               {[this](session_id id) {
                    sessions_.emplace(id, session{});
                    reply(id, "220 " + parameters_.greeting);
                },
                [this](session_id id, sim::bytes& unread) { received(id, unread); },
                [this](session_id id) {
                    const auto it = sessions_.find(id);
                    if (it == sessions_.end()) return;
                    if (it->second.sending) publish(id, it->second, 0, "control connection lost");
                    drop_data(it->second);
                    sessions_.erase(it);
                }},
               {parameters_.connections_max, line_octets_max, parameters_.idle_timeout}) {
    folder_.offer(parameters_.images);
    if (!folder_.open(parameters_.folder)) throw sim::run_failure(s.journal().path_of(who), "its folder is gone");
    station_.offer_outage();
    station_.on_change = [this](outage_mode mode) {
        control_.refusing = mode == outage_mode::refuse;
        control_.silent = mode == outage_mode::silent;
        if (mode != outage_mode::silent) control_.abort_all();
    };
    s.faults().offer(who, "change_files", [this](const sim::fault_arguments&, bool begin) -> std::string {
        if (begin && parameters_.changed_folder.empty()) return "it has no changed_files";
        return folder_.open(begin ? parameters_.changed_folder : parameters_.folder) ? "" : "its folder is gone";
    });
    control_.listen(stack, parameters_.port);
}

ftp_server::~ftp_server() = default;

void ftp_server::reply(session_id id, const std::string& line) {
    control_.send(id, sim::to_bytes(sim::view(line + "\r\n")));
}

void ftp_server::received(session_id id, sim::bytes& unread) {
    while (true) {
        const auto end = std::find(unread.begin(), unread.end(), static_cast<std::uint8_t>('\n'));
        const auto it = sessions_.find(id);
        if (end == unread.end() || it == sessions_.end()) return;
        std::string line(unread.begin(), end);
        unread.erase(unread.begin(), end + 1);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        ftp_command c;
        if (!parse_ftp_command(line, c)) {
            reply(id, "500 Syntax error, command unrecognized");
            continue;
        }
        handle(id, it->second, c);
        if (c.verb == "AUTH") {
            // What was sent in the clear behind it must not count as said under TLS.
            unread.clear();
            return;
        }
    }
}

void ftp_server::handle(session_id id, session& s, const ftp_command& c) {
    if (c.verb == "USER") {
        s.user = c.argument;
        s.logged_in = false;
        reply(id, "331 User name okay, need password");
    } else if (c.verb == "PASS") {
        log_in(id, s, c.argument);
    } else if (c.verb == "AUTH" && parameters_.tls) {
        if (c.argument != "TLS" && c.argument != "TLS-C") {
            reply(id, "504 Command not implemented for that parameter");
            return;
        }
        reply(id, "234 AUTH TLS okay");
        s = {};
        s.secure = true;
        control_.replace(id, parameters_.tls);
    } else if (c.verb == "PBSZ" && s.secure) {
        reply(id, "200 PBSZ=0");
    } else if (c.verb == "PROT" && s.secure) {
        s.data_secure = c.argument == "P";
        reply(id, c.argument == "P" || c.argument == "C" ? "200 Protection set" : "536 Protection not supported");
    } else if (c.verb == "FEAT") {
        reply(id, std::string("211-Features:\r\n EPSV\r\n SIZE\r\n") +
                      (parameters_.tls ? " AUTH TLS\r\n PBSZ\r\n PROT\r\n" : "") + "211 End");
    } else if (c.verb == "SYST") {
        reply(id, "215 UNIX Type: L8");
    } else if (c.verb == "NOOP") {
        reply(id, "200 Command okay");
    } else if (c.verb == "QUIT") {
        reply(id, "221 Service closing control connection");
        control_.close(id);
    } else if (!s.logged_in) {
        reply(id, "530 Not logged in");
    } else if (c.verb == "TYPE") {
        const bool known = c.argument == "I" || c.argument == "A" || c.argument == "A N" || c.argument == "L 8";
        if (known) s.binary = c.argument[0] != 'A';
        reply(id, known ? "200 Command okay" : "504 Command not implemented for that parameter");
    } else if (c.verb == "MODE" || c.verb == "STRU") {
        const bool usual = c.argument == (c.verb == "MODE" ? "S" : "F");
        reply(id, usual ? "200 Command okay" : "504 Command not implemented for that parameter");
    } else if (c.verb == "PASV" || c.verb == "EPSV") {
        enter_passive(id, s, c.verb == "EPSV");
    } else if (c.verb == "CWD" || c.verb == "CDUP") {
        change_folder(id, s, c.verb == "CWD" ? c.argument : "..");
    } else if (c.verb == "PWD") {
        reply(id, "257 \"/" + s.folder + "\"");
    } else if (c.verb == "SIZE") {
        const auto content = folder_.find(below(s, c.argument));
        reply(id, content != nullptr ? fmt::format("213 {}", content->size()) : "550 File not found");
    } else if (c.verb == "RETR") {
        retrieve(id, s, c.argument);
    } else if (c.verb == "LIST" || c.verb == "NLST") {
        send_list(id, s, c.argument);
    } else if (c.verb == "ABOR") {
        drop_data(s);
        reply(id, "226 Closing data connection");
    } else if (c.verb == "STOR" || c.verb == "STOU" || c.verb == "APPE" || c.verb == "DELE" || c.verb == "RNFR" ||
               c.verb == "MKD" || c.verb == "RMD") {
        reply(id, "550 Permission denied");
    } else {
        reply(id, "502 Command not implemented");  // PORT and EPRT too: data go through translators only this way
    }
}

void ftp_server::log_in(session_id id, session& s, const std::string& password) {
    if (s.user.empty()) {
        reply(id, "503 Bad sequence of commands");
        return;
    }
    const auto account = std::find_if(parameters_.accounts.begin(), parameters_.accounts.end(), [&s](const auto& a) {
        return a.user == s.user || sim::path_matches(a.user, s.user);
    });
    const bool anonymous = parameters_.accounts.empty() && s.user == "anonymous";
    s.logged_in = anonymous || (account != parameters_.accounts.end() && account->password == password);
    if (s.logged_in) {
        reply(id, "230 User logged in, proceed");
        return;
    }
    station_.refused("wrong password");
    reply(id, "530 Not logged in");
    if (++s.refused >= refused_max) control_.close(id);
}

void ftp_server::enter_passive(session_id id, session& s, bool extended) {
    drop_data(s);
    // Ports are used in turn; each is listened on from its first use.
    std::uint16_t port = 0;
    for (std::uint16_t tries = 0; tries < parameters_.passive_count && port == 0; ++tries) {
        const auto candidate = static_cast<std::uint16_t>(parameters_.passive_first + next_passive_);
        if (next_passive_ == listening_) {
            ++listening_;
            stack_.listen(candidate, [this, candidate, alive = std::weak_ptr<bool>(alive_)](network::tcp_stream_ptr d) {
                if (!alive.expired()) data_accepted(candidate, std::move(d));
            });
        }
        next_passive_ = static_cast<std::uint16_t>((next_passive_ + 1) % parameters_.passive_count);
        if (passive_.count(candidate) == 0) port = candidate;
    }
    if (port == 0) {
        reply(id, "425 Can't open data connection");
        return;
    }
    s.passive = port;
    passive_[port] = id;
    if (extended) {
        reply(id, fmt::format("229 Entering Extended Passive Mode (|||{}|)", port));
        return;
    }
    const std::uint32_t a = control_.local(id).address.value;
    reply(id, fmt::format("227 Entering Passive Mode ({},{},{},{},{},{})", a >> 24, a >> 16 & 255, a >> 8 & 255,
                          a & 255, port >> 8, port & 255));
}

/// A path as the client means it: from the root, or from where it is.
std::string ftp_server::below(const session& s, const std::string& path) {
    return path.substr(0, 1) == "/" || s.folder.empty() ? path : s.folder + "/" + path;
}

void ftp_server::change_folder(session_id id, session& s, const std::string& to) {
    std::string wanted;
    if (to == "..") {
        const auto slash = s.folder.rfind('/');
        wanted = slash == std::string::npos ? "" : s.folder.substr(0, slash);
    } else {
        wanted = below(s, to);
    }
    const auto relative = relative_path(wanted);
    if (!relative || !folder_.list(*relative)) {
        reply(id, "550 No such folder");
        return;
    }
    s.folder = *relative;
    reply(id, "250 Requested file action okay, completed");
}

void ftp_server::retrieve(session_id id, session& s, const std::string& path) {
    if (s.passive == 0 && !s.data) {
        reply(id, "425 Use PASV or EPSV first");
        return;
    }
    const bool taken = station_.submit([this, id, path](sim::duration, sim::duration) {
        const auto it = sessions_.find(id);
        if (it == sessions_.end()) return;
        session& mine = it->second;
        const auto content = folder_.find(below(mine, path));
        mine.file = path;
        if (content == nullptr) {
            drop_data(mine);
            reply(id, "550 File not found");
            publish(id, mine, 0, "550 File not found");
            return;
        }
        mine.content = mine.binary ? *content : as_text(*content);
        mine.pending = true;
        reply(id, "150 File status okay; about to open data connection");
        send_data(id);
    });
    if (taken) return;
    if (station_.when_full() == overflow_policy::reject) reply(id, "450 Requested file action not taken");
    if (station_.when_full() == overflow_policy::close) control_.abort(id);
}

void ftp_server::send_list(session_id id, session& s, const std::string& path) {
    const auto names = folder_.list(relative_path(below(s, path)).value_or(".."));
    if (!names || (s.passive == 0 && !s.data)) {
        reply(id, names ? "425 Use PASV or EPSV first" : "550 No such folder");
        return;
    }
    s.file.clear();
    s.content = *names;
    s.pending = true;
    reply(id, "150 Here it comes");
    send_data(id);
}

void ftp_server::data_accepted(std::uint16_t port, network::tcp_stream_ptr stream) {
    const auto waiting = passive_.find(port);
    const auto it = waiting == passive_.end() ? sessions_.end() : sessions_.find(waiting->second);
    // Somebody else's connection would steal a file, or put one in its place.
    if (it == sessions_.end() || !station_.up() || stream->remote().address != control_.remote(it->first).address) {
        stream->abort();
        return;
    }
    const session_id id = it->first;
    passive_.erase(waiting);
    it->second.passive = 0;
    it->second.data = it->second.data_secure ? parameters_.tls(std::move(stream)) : std::move(stream);
    const std::weak_ptr<bool> alive = alive_;
    it->second.data->on_peer_finished = [] {};  // it has nothing to say to us anyway
    it->second.data->on_closed = [this, alive, id](network::close_reason why) {
        if (!alive.expired()) data_over(id, why == network::close_reason::here);
    };
    send_data(id);
}

void ftp_server::send_data(session_id id) {
    const auto it = sessions_.find(id);
    if (it == sessions_.end() || !it->second.pending || !it->second.data) return;
    session& s = it->second;
    s.pending = false;
    s.sending = true;
    const network::tcp_stream_ptr data = s.data;
    if (!s.content.empty()) data->send(sim::to_bytes(sim::view(s.content)));
    data->close();
}

void ftp_server::data_over(session_id id, bool complete) {
    const auto it = sessions_.find(id);
    if (it == sessions_.end()) return;
    session& s = it->second;
    const bool was_sending = s.sending;
    s.sending = false;
    s.pending = false;
    const network::tcp_stream_ptr over = std::move(s.data);
    s.data = nullptr;
    if (!was_sending) return;
    reply(id, complete ? "226 Closing data connection" : "426 Connection closed; transfer aborted");
    if (!s.file.empty()) publish(id, s, complete ? s.content.size() : 0, complete ? "done" : "426 transfer aborted");
    s.content.clear();
}

void ftp_server::drop_data(session& s) {
    if (s.passive != 0) passive_.erase(s.passive);
    s.passive = 0;
    s.pending = false;
    s.sending = false;
    if (!s.data) return;
    const network::tcp_stream_ptr data = std::move(s.data);
    s.data = nullptr;
    data->on_closed = nullptr;
    data->abort();
}

void ftp_server::publish(session_id id, const session& s, std::size_t octets, const std::string& result) {
    const std::string mac = mac_in_file_name(s.file);
    simulation_.publish(who_, sim::record::file_transfer{
                                  s.secure ? "ftps" : "ftp", "read", s.file, static_cast<std::int64_t>(octets), result,
                                  network::to_text(control_.remote(id)), simulation_.journal().find_by_mac(mac)});
}

}  // namespace dectbed::models::servers
