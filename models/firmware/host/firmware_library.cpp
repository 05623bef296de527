#include "models/firmware/host/firmware_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "dectbed/platform.h"

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
    const bool is_platform = dlsym(library, platform_symbol) != nullptr;
    const std::string fault =
        entry ? fault_of(table)
              : fmt::format("it does not export {}(){}", entry_symbol, is_platform ? ", it is a platform" : "");
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

firmware_image::firmware_image(std::string path, firmware_code_ptr code)
    : path_(std::move(path)), code_(std::move(code)) {
    const auto& t = code_->table();
    manifest_ = {t.kind, t.flags, t.name, t.version};
}

std::string firmware_image::title() const { return fmt::format("{} {}", manifest_.name, manifest_.version); }

firmware_result<firmware_code_ptr> firmware_image::code_for_one_device() const {
    if (reentrant()) return code_;
    return load_private_copy(path_);
}

firmware_result<std::unique_ptr<executor>> firmware_image::executor_for(const std::string& device) const {
    if (in_child_process()) return run_as_child(program_, device);
    auto code = code_for_one_device();
    if (!code) return code.error();
    if (reentrant()) return run_within(code.value(), device, title(), nullptr);
    // As after any reset of a product, its globals are what they were at first.
    return run_within(code.value(), device, title(), [path = path_] {
        auto fresh = load_private_copy(path);
        return fresh ? fresh.value() : nullptr;
    });
}

std::vector<std::string> firmware_library::built_in_names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : built_in_) names.push_back(name);
    return names;
}

std::string firmware_library::runner() {
    std::error_code ec;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", ec);
    const auto beside = own.parent_path() / "dectbed-firmware-runner";
    if (!ec && std::filesystem::exists(beside, ec)) return beside.string();
    return DECTBED_FIRMWARE_RUNNER;
}

namespace {

/// Starts the program once and hears what it is.
firmware_result<firmware_image_ptr> introduce(const child_program& program, const std::string& shown_as) {
    const auto unusable = [&](const std::string& why) {
        return firmware_error{fmt::format("firmware '{}' {}", shown_as, why)};
    };
    child_hello hello;
    child_process child(program, "");
    try {
        if (const auto failure = child.start(hello))
            return unusable(fmt::format("cannot be used: it {} before it said hello", failure->reason));
    } catch (const std::system_error& e) {
        return unusable(fmt::format("cannot be started: {}", e.what()));
    }
    child.end();
    if (!hello.refusal.empty()) return unusable(hello.refusal);
    const auto never = [](const dectbed_host*) -> void* { return nullptr; };
    const dectbed_firmware told{hello.abi,
                                hello.kind,
                                hello.flags,
                                0,
                                hello.name.c_str(),
                                hello.version.c_str(),
                                never,
                                [](void*, const dectbed_event*) {},
                                [](void*) {}};
    if (const std::string fault = fault_of(&told); !fault.empty()) return unusable("cannot be used: " + fault);
    return std::make_shared<const firmware_image>(
        program, firmware_manifest{hello.kind, hello.flags, hello.name, hello.version});
}

std::int64_t memory_for(const firmware_source& source, std::initializer_list<std::string> files) {
    if (source.memory_octets) return *source.memory_octets;
    const bool any = std::any_of(files.begin(), files.end(), [](const std::string& f) { return is_sanitized(f); });
    return any ? 0 : firmware_source::default_memory;
}

}  // namespace

firmware_result<firmware_image_ptr> firmware_library::find_platform(const firmware_source& source) {
    std::error_code ec;
    const auto file = std::filesystem::absolute(source.name, ec).string();
    if (!std::filesystem::is_regular_file(file, ec))
        return firmware_error{fmt::format("platform '{}' cannot be loaded: there is no such file", source.name)};
    const auto table = load_platform(file, source.name);
    if (!table) return firmware_error{table.error()};
    const auto& t = *table.value();
    return std::make_shared<const firmware_image>(platform_code{&t, source.name, source.arguments, source.patience},
                                                  firmware_manifest{t.kind, t.flags, t.name, t.version});
}

firmware_result<firmware_image_ptr> firmware_library::find(const firmware_source& source) {
    if (source.platform) return find_platform(source);
    const std::string& name = source.name;
    using place = firmware_source::place;
    std::error_code ec;
    const bool is_path =
        name.find('/') != std::string::npos || (name.size() > 3 && name.compare(name.size() - 3, 3, ".so") == 0);
    if (!is_path) {
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
        return std::make_shared<const firmware_image>("", std::make_shared<const firmware_code>(table, nullptr));
    }

    // dlopen searches library folders for a name without '/'; a scenario means the file it names.
    const auto file = std::filesystem::absolute(name, ec).string();
    if (!std::filesystem::exists(file, ec))
        return firmware_error{fmt::format("firmware '{}' cannot be loaded: there is no such file", name)};
    if (!std::filesystem::is_regular_file(file, ec))
        return firmware_error{fmt::format("firmware '{}' cannot be loaded: it is no file", name)};
    const bool is_library = std::filesystem::path(file).filename().string().find(".so") != std::string::npos;
    if (!is_library) return introduce({file, source.arguments, memory_for(source, {file})}, name);

    // Even to read its manifest is to run its constructors: a stranger does that in a process of its own.
    if (source.in != place::within) {
        auto child = introduce({runner(), {file}, memory_for(source, {file, runner()})}, name);
        // Its library wants SystemC's main program, which the runner is none of.
        if (!child && child.error().reason.find("libsystemc") != std::string::npos)
            return firmware_error{child.error().reason + "; a virtual platform is written as {platform: ...}"};
        if (!child || source.in == place::child || !child.value()->reentrant()) return child;
    }
    auto code = load(file, name);
    if (!code) return code.error();
    return std::make_shared<const firmware_image>(file, code.value());
}

firmware_result<firmware_image_ptr> firmware_library::open(const firmware_source& source, std::uint32_t kind) {
    std::string key = fmt::format("{}\n{}\n{}\n{} {}", source.name, static_cast<int>(source.in),
                                  source.memory_octets ? std::to_string(*source.memory_octets) : "", source.platform,
                                  source.patience.count());
    for (const auto& a : source.arguments) key += "\n" + a;
    auto known = opened_.find(key);
    if (known == opened_.end()) {
        auto found = find(source);
        if (!found) return found.error();
        known = opened_.emplace(std::move(key), found.value()).first;
    }
    if (known->second->manifest().kind == kind) return known->second;
    return firmware_error{fmt::format("firmware '{}' is for a {}, not for a {}", source.name,
                                      kind_name(known->second->manifest().kind), kind_name(kind))};
}

}  // namespace dectbed::models::firmware
