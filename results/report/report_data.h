// What the HTML report shows, gathered over the runs of a batch. It stays small however many runs there are:
// sums, percentiles and curves with a fixed number of points.
#pragma once

#include <nlohmann/json.hpp>

#include "results/batch.h"

namespace dectbed::results {

/// The object that report.js draws. Times are seconds, rounded to milliseconds.
nlohmann::ordered_json report_data(const batch_result& batch);

}  // namespace dectbed::results
