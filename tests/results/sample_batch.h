// A batch with figures that look like those of real runs: an office, and a wrong code of which some runs fail.
#pragma once

#include "results/batch.h"

namespace dectbed::test {

results::batch_result sample_batch(std::uint64_t seeds = 10, int bases = 10, int handsets = 40);

}  // namespace dectbed::test
