// Joins the page, its style and script, the charting library and the data to one file that opens offline.
#include <fmt/format.h>

#include <string_view>

#include "results/batch.h"
#include "results/report/report_data.h"

namespace dectbed::results {

namespace report_assets {
std::string_view page_html();
std::string_view report_css();
std::string_view report_js();
std::string_view uplot_iife_min_js();
std::string_view uplot_min_css();
}  // namespace report_assets

namespace {

void replace(std::string& page, std::string_view mark, std::string_view content) {
    const std::size_t at = page.find(mark);
    page.replace(at, mark.size(), content);
}

/// JSON inside a script element must not contain "</script" or "<!--".
std::string json_for_html(const nlohmann::ordered_json& j) {
    std::string out;
    for (const char c : j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) {
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string html_report(const batch_result& batch) {
    std::string page(report_assets::page_html());
    replace(page, "@CHART_STYLE@", report_assets::uplot_min_css());
    replace(page, "@STYLE@", report_assets::report_css());
    // The banner of the minified library is its address; the licence is named in the page instead.
    std::string_view library = report_assets::uplot_iife_min_js();
    if (library.substr(0, 3) == "/*!") library.remove_prefix(library.find("*/") + 2);
    replace(page, "@CHART_LIBRARY@", library);
    replace(page, "@SCRIPT@", report_assets::report_js());
    replace(page, "@DATA@", json_for_html(report_data(batch)));
    return page;
}

}  // namespace dectbed::results
