#include "models/firmware/host/platform_code.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "dectbed/platform.h"

namespace dectbed::models::firmware {

namespace {

std::string fault_of(const ::dectbed_platform* table) {
    if (!table) return fmt::format("{}() returned nothing", platform_symbol);
    if (table->abi != DECTBED_PLATFORM_ABI)
        return fmt::format("it is built for version {} of platform.h, this program has version {}", table->abi,
                           DECTBED_PLATFORM_ABI);
    if (table->systemc != SYSTEMC_VERSION)
        return fmt::format("it is built with SystemC {}, this program with {}", table->systemc,
                           static_cast<std::uint32_t>(SYSTEMC_VERSION));
    if (table->kind != DECTBED_KIND_BASE)
        return fmt::format("platforms are for bases, and its kind is {}", table->kind);
    if (!table->name || !table->version) return "it has no name or no version";
    if (!table->make) return "it lacks make";
    return {};
}

}  // namespace

sim::result<const ::dectbed_platform*, std::string> load_platform(const std::string& file,
                                                                  const std::string& shown_as) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char* why = dlerror();
        return fmt::format("platform '{}' cannot be loaded: {}", shown_as, why ? why : "unknown reason");
    }
    const auto entry = reinterpret_cast<dectbed_platform_entry_fn>(dlsym(library, platform_symbol));
    const ::dectbed_platform* table = entry ? entry() : nullptr;
    const std::string fault = entry ? fault_of(table) : fmt::format("it does not export {}()", platform_symbol);
    if (fault.empty()) return table;
    dlclose(library);
    return fmt::format("platform '{}' cannot be used: {}", shown_as, fault);
}

}  // namespace dectbed::models::firmware
