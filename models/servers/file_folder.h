// A real folder whose files a server gives out. A run sees each file as it was when first asked for, and those files
// that were there when first one of their folder was asked for; nothing outside the folder can be reached, neither by
// ".." nor by a symbolic link.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/servers/firmware_image.h"

namespace dectbed::models::servers {

class file_folder {
  public:
    /// An empty path is an empty folder. False: there is no such folder.
    bool open(const std::string& path);

    /// Beside the folder's files, and before them.
    void offer(std::vector<firmware_image> images) { images_ = std::move(images); }

    /// Content of a file; null: none. `path` is relative to the folder, a slash at its beginning does not count.
    std::shared_ptr<const std::string> find(const std::string& path);
    /// Names of the files in a folder below, with a slash behind folders, in order; nothing: no such folder.
    std::optional<std::string> list(const std::string& path) const;

  private:
    bool lists(const std::string& relative);

    std::string root_;  ///< canonical
    std::vector<firmware_image> images_;
    std::map<std::string, std::shared_ptr<const std::string>> seen_;
    /// By folder, what is in it: many devices ask for files that do not exist, and each would have to be remembered.
    std::map<std::string, std::set<std::string>, std::less<>> names_;
};

/// "a/b.cfg" of "/a//./b.cfg"; nothing if it tries to leave its root or has octets that no path of ours has.
std::optional<std::string> relative_path(std::string_view path);

/// The MAC address that a file is named after ("office/021b2c000001.cfg"), as "02:1b:2c:00:00:01"; empty: none.
/// Protocols that say nothing about a client leave only that.
std::string mac_in_file_name(std::string_view path);

}  // namespace dectbed::models::servers
