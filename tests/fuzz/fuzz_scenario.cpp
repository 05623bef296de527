// Scenario files: whatever is written in one, the answer is a scenario or a list of what is wrong.
#include "scenarios/language/document.h"
#include "scenarios/language/load.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dectbed::scenarios;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto loaded = load_text(text, DECTBED_SOURCE_DIR "/scenarios/library/fuzzed.yaml");
    if (const auto* wrong = std::get_if<diagnostics>(&loaded)) {
        dectbed::fuzz::demand(!wrong->empty(), "a refusal has reasons");
    } else {
        dectbed::fuzz::demand(!dump_resolved(std::get<scenario>(loaded)).empty(), "a scenario has a resolved form");
    }
    return 0;
}
