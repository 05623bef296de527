#pragma once

#include <filesystem>

namespace dectbed::test {

/// A folder of this test process alone: made when first asked for, removed when the tests end. Tests run beside each
/// other, so a name below /tmp that two of them write is a race. `TMPDIR` names it, too, for code that is tested.
const std::filesystem::path& temporary_folder();

}  // namespace dectbed::test
