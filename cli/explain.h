// dectbed explain: why a device is not ready, from the journal of its run.
#pragma once

#include <cstddef>
#include <string>

namespace CLI {
class App;
}

namespace dectbed::cli {

struct explain_arguments {
    std::string folder, device;
    std::size_t last = 0;  ///< lines; 0: all
};

/// Adds the command to the program's; its options are stored in `a`, which must live as long.
CLI::App* add_explain(CLI::App& app, explain_arguments& a);
/// Exit code: 0, or 2 if the input is wrong. Writes to standard output, errors to standard error.
int explain_command(const explain_arguments& a);

}  // namespace dectbed::cli
