// An FTP server (RFC 959) that gives files of a real folder in passive mode (PASV, and EPSV of RFC 2428), also under
// TLS (explicit: AUTH TLS of RFC 4217), and takes none.
//
// docs/models/ftp_server.md. Publishes file_transfer when a transfer ends.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/file_folder.h"
#include "models/servers/service_station.h"
#include "models/servers/stream_listener.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

struct ftp_account {
    std::string user, password;  ///< user: a pattern with '*' may be
};

struct ftp_parameters {
    std::uint16_t port = 21;
    std::string folder, changed_folder;                          ///< the second one after action "change_files"
    std::vector<firmware_image> images;                          ///< beside the folder's files
    std::vector<ftp_account> accounts;                           ///< empty: "anonymous" with any password (RFC 1635)
    std::uint16_t passive_first = 50'000, passive_count = 1000;  ///< ports for data
    std::size_t connections_max = 10'000;
    /// RFC 1123, 4.1.3.2: at least five minutes.
    sim::duration idle_timeout = std::chrono::minutes{5};
    std::string greeting = "dectbed file server";
    /// Puts TLS over an accepted connection (acceptor::wrap); none: AUTH is not known.
    std::function<network::tcp_stream_ptr(network::tcp_stream_ptr)> tls;
    service_parameters service{16, sim::distribution::constant(0.005), 1000, overflow_policy::reject};
};

/// "RETR" and "a b.cfg" of "retr a b.cfg": one line of a control connection, without its end. Telnet commands (0xFF and
/// the octet behind it) are taken out (RFC 1123, 4.1.2.12). False: no command, or one with control characters.
struct ftp_command {
    std::string verb, argument;
};
bool parse_ftp_command(std::string_view line, ftp_command& out);

class ftp_server {
  public:
    ftp_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, ftp_parameters parameters);
    ~ftp_server();
    ftp_server(const ftp_server&) = delete;
    ftp_server& operator=(const ftp_server&) = delete;

    service_station& station() { return station_; }
    std::size_t sessions() const { return sessions_.size(); }

  private:
    using session_id = stream_listener::connection_id;
    struct session {
        std::string user, folder;  ///< folder: relative, without slashes around it
        bool logged_in = false, binary = false, secure = false, data_secure = false;
        int refused = 0;
        std::uint16_t passive = 0;     ///< port that waits for this client's data connection; 0: none
        network::tcp_stream_ptr data;  ///< connected
        std::string file, content;     ///< to be sent once there is a data connection
        bool pending = false, sending = false;
    };

    void received(session_id id, sim::bytes& unread);
    void handle(session_id id, session& s, const ftp_command& c);
    void log_in(session_id id, session& s, const std::string& password);
    void enter_passive(session_id id, session& s, bool extended);
    void change_folder(session_id id, session& s, const std::string& to);
    void retrieve(session_id id, session& s, const std::string& path);
    void send_list(session_id id, session& s, const std::string& path);
    void data_accepted(std::uint16_t port, network::tcp_stream_ptr stream);
    void send_data(session_id id);
    void data_over(session_id id, bool complete);
    void drop_data(session& s);
    void reply(session_id id, const std::string& line);
    void publish(session_id id, const session& s, std::size_t octets, const std::string& result);
    static std::string below(const session& s, const std::string& path);

    sim::simulation& simulation_;
    sim::entity_id who_;
    ftp_parameters parameters_;
    service_station station_;
    file_folder folder_;
    network::ip_stack& stack_;
    stream_listener control_;
    std::map<session_id, session> sessions_;
    std::map<std::uint16_t, session_id> passive_;  ///< who waits at which port
    std::uint16_t next_passive_ = 0, listening_ = 0;
    /// Tells handlers of data connections, which may outlive this, that it is gone.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dectbed::models::servers
