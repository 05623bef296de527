#include "models/firmware/host/firmware_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace dectbed::models::firmware {

namespace {

constexpr const char* entry_symbol = "dectbed_firmware_entry";

const char* kind_name(std::uint32_t kind) {
    return kind == DECTBED_KIND_BASE ? "base" : kind == DECTBED_KIND_HANDSET ? "handset" : "unknown kind";
}

/// Empty, or what is wrong with a manifest.
std::string fault_of(const dectbed_firmware* table) {
    if (!table) return std::string(entry_symbol) + "() returned nothing";
    if (table->abi != DECTBED_FIRMWARE_ABI)
        return fmt::format("it is built for interface version {}, this program speaks version {}", table->abi,
                           DECTBED_FIRMWARE_ABI);
    if (table->kind != DECTBED_KIND_BASE && table->kind != DECTBED_KIND_HANDSET)
        return fmt::format("its kind is {}, which is neither base ({}) nor handset ({})", table->kind,
                           static_cast<int>(DECTBED_KIND_BASE), static_cast<int>(DECTBED_KIND_HANDSET));
    if (!table->name || !table->version) return "its manifest has no name or no version";
    if (!table->create || !table->handle || !table->destroy)
        return "its manifest lacks one of create, handle and destroy";
    return {};
}

firmware_result<firmware_code_ptr> load(const std::string& file, const std::string& shown_as) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char* why = dlerror();
        return firmware_error{
            fmt::format("firmware '{}' cannot be loaded: {}", shown_as, why ? why : "unknown reason")};
    }
    const auto entry = reinterpret_cast<dectbed_firmware_entry_fn>(dlsym(library, entry_symbol));
    const dectbed_firmware* table = entry ? entry() : nullptr;
    const std::string fault = entry ? fault_of(table) : fmt::format("it does not export {}()", entry_symbol);
    if (!fault.empty()) {
        dlclose(library);
        return firmware_error{fmt::format("firmware '{}' cannot be used: {}", shown_as, fault)};
    }
    return std::make_shared<const firmware_code>(table, library);
}

/// The dynamic loader recognises a file by name and by inode, so a private copy needs a name and an inode
/// of its own. Once loaded, the mapping keeps the inode, and the name may go.
firmware_result<firmware_code_ptr> load_private_copy(const std::string& path) {
    std::error_code ec;
    auto folder = std::filesystem::temp_directory_path(ec);
    if (ec) folder = "/tmp";
    std::string name = (folder / "dectbed-firmware-XXXXXX.so").string();
    const int fd = mkstemps(name.data(), 3);
    if (fd < 0)
        return firmware_error{
            fmt::format("firmware '{}' needs a private copy for each device, but none can be made in {}: {}", path,
                        folder.string(), std::generic_category().message(errno))};
    close(fd);
    std::filesystem::copy_file(path, name, std::filesystem::copy_options::overwrite_existing, ec);
    if (ec) {
        unlink(name.c_str());
        return firmware_error{fmt::format("firmware '{}' cannot be copied to {}: {}", path, name, ec.message())};
    }
    auto code = load(name, path);
    unlink(name.c_str());
    return code;
}

}  // namespace

firmware_code::~firmware_code() {
    if (library_) dlclose(library_);
}

std::string firmware_image::title() const { return fmt::format("{} {}", manifest().name, manifest().version); }

firmware_result<firmware_code_ptr> firmware_image::code_for_one_device() const {
    if (reentrant()) return code_;
    return load_private_copy(path_);
}

std::vector<std::string> firmware_library::built_in_names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : built_in_) names.push_back(name);
    return names;
}

firmware_result<firmware_image_ptr> firmware_library::open(const std::string& name, std::uint32_t kind) {
    auto right_kind = [&](const firmware_image_ptr& image) -> firmware_result<firmware_image_ptr> {
        if (image->manifest().kind == kind) return image;
        return firmware_error{fmt::format("firmware '{}' is for a {}, not for a {}", name,
                                          kind_name(image->manifest().kind), kind_name(kind))};
    };
    if (auto known = opened_.find(name); known != opened_.end()) return right_kind(known->second);

    const bool is_path =
        name.find('/') != std::string::npos || (name.size() > 3 && name.compare(name.size() - 3, 3, ".so") == 0);
    firmware_image_ptr image;
    if (is_path) {
        std::error_code ec;
        // dlopen searches library folders for a name without '/'; a scenario means the file it names.
        const auto file = std::filesystem::absolute(name, ec).string();
        if (!std::filesystem::exists(file, ec))
            return firmware_error{fmt::format("firmware '{}' cannot be loaded: there is no such file", name)};
        auto code = load(file, name);
        if (!code) return code.error();
        image = std::make_shared<const firmware_image>(file, code.value());
    } else {
        const auto entry = built_in_.find(name);
        if (entry == built_in_.end()) {
            std::string known;
            for (const auto& [other, unused] : built_in_) known += (known.empty() ? "" : ", ") + other;
            return firmware_error{
                fmt::format("there is no firmware '{}'; built in are: {}", name, known.empty() ? "none" : known)};
        }
        const dectbed_firmware* table = entry->second();
        std::string fault = fault_of(table);
        if (fault.empty() && !(table->flags & DECTBED_FLAG_REENTRANT)) fault = "a built-in firmware must be re-entrant";
        if (!fault.empty()) return firmware_error{fmt::format("firmware '{}' cannot be used: {}", name, fault)};
        image = std::make_shared<const firmware_image>("", std::make_shared<const firmware_code>(table, nullptr));
    }
    opened_.emplace(name, image);
    return right_kind(image);
}

}  // namespace dectbed::models::firmware
