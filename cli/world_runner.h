// The real runner: scenarios of the language, run in the world that they describe.
#pragma once

#include "cli/runner.h"

namespace dectbed::cli {

runner world_runner();

}  // namespace dectbed::cli
