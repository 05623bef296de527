// dectbed decode: prints the MAC, DLC and NWK layers of a capture or of a few octets.
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace dectbed::cli {

struct decode_arguments {
    std::string file, hex, layer, direction, export_nwk;
    std::optional<double> from_s, to_s;
    bool summary = false;
};

/// Adds the command to the program's; its options are stored in `a`, which must live as long.
CLI::App* add_decode(CLI::App& app, decode_arguments& a);
/// Exit code: 0, or 2 if the input is wrong. Writes to standard output, errors to standard error.
int decode_command(const decode_arguments& a);

}  // namespace dectbed::cli
