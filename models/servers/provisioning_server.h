// The provider's provisioning server: serves the files of one real directory over HTTP.
//
// docs/models/provisioning_server.md. A run sees each file as it was when first asked for; nothing outside
// the directory can be reached, neither by ".." nor by a symbolic link.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/file_folder.h"
#include "models/servers/firmware_image.h"
#include "models/servers/http_conditions.h"
#include "models/servers/http_server.h"

namespace dectbed::models::servers {

struct provisioning_parameters {
    std::string directory;                     ///< empty: only `files`
    std::string changed_directory;             ///< instead of it after action "change_files"
    std::vector<firmware_image> images;        ///< before the directory's
    std::map<std::string, std::string> files;  ///< path ("office/common.cfg") -> content; before the directory's
    /// Last-Modified of every file, in seconds since 1970: a file's own date is the machine's and would make runs
    /// differ. Unset: the start of the run.
    std::optional<std::int64_t> modified_unix_s;
    http_server_parameters http;
};

/// The relative path that an HTTP target names: decoded, without query; nothing if it tries to leave its
/// root or has octets that no path of ours has.
std::optional<std::string> safe_path(std::string_view target);
const char* content_type_of(std::string_view path);

class provisioning_server {
  public:
    /// Throws run_failure if the directory does not exist.
    provisioning_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                        provisioning_parameters parameters);

    http_server& http() { return http_; }
    service_station& station() { return http_.station(); }

  private:
    http_answer serve(const http_exchange& x);
    const representation* find(const std::string& path);
    void open(const std::string& directory);

    sim::simulation& simulation_;
    sim::entity_id who_;
    provisioning_parameters parameters_;
    file_folder folder_;
    std::map<std::string, representation> seen_;
    http_server http_;
};

}  // namespace dectbed::models::servers
