// The engine of radio/ under a script.
#pragma once

#include "tests/radio_differential/journal_line.h"
#include "tests/radio_differential/script.h"

namespace dectbed::radio::plain {

journal run_in_fast_engine(const script& s);

}  // namespace dectbed::radio::plain
