// A newer firmware: the file names its version and where it is; the base fetches the image, checks it while it arrives,
// remembers what it runs from now on, and restarts.
#include <cstring>

#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

bool base::wants_update() const {
    const auto& wanted = configuration_.firmware_version;
    return !wanted.empty() && wanted != version_ && !update_given_up_;
}

void base::begin_update() {
    fw_log(&io_, FW_LOG_INFORMATION, "firmware %s is wanted, %s runs", configuration_.firmware_version.c_str(),
           version_.c_str());
    fw_backoff_reset(&backoff_);
    enter(state::updating, "another firmware is wanted");
    fetch_image();
}

void base::fetch_image() {
    std::string url = configuration_.firmware_url;
    if (url.find("://") == std::string::npos) url = url_ + url;
    if (wants_time(url, job::image)) return;
    job_ = job::image;
    fw_image_begin(&image_);
    fw_http_options options{};
    options.sink = [](void* context, std::uint64_t offset, const void* data, std::size_t octets) {
        auto& self = *static_cast<base*>(context);
        if (offset != self.image_.octets) fw_image_begin(&self.image_);
        return offset == self.image_.octets &&
               fw_image_take(&self.image_, self.identity_.model, self.configuration_.firmware_version.c_str(), data,
                             octets);
    };
    fw_fetch_get(
        &fetch_, url.c_str(), &options,
        [](void* context, const fw_http_result* result) { static_cast<base*>(context)->http_finished(*result); }, this);
}

void base::image_fetched(const fw_http_result& result) {
    job_ = job::none;
    const bool came = result.error == FW_HTTP_OK && result.status == 200;
    fw_consume_cpu(&io_, static_cast<std::uint32_t>(image_.octets / image_octets_per_us));
    if (came && fw_image_good(&image_)) {
        fw_image_free(&image_);
        const auto& version = configuration_.firmware_version;
        const auto kept = [](void* context, bool ok) {
            auto& self = *static_cast<base*>(context);
            self.update_given_up_ = true;
            if (ok) {
                fw_log(&self.io_, FW_LOG_INFORMATION, "restarting with firmware %s",
                       self.configuration_.firmware_version.c_str());
                fw_reset(&self.io_, DECTBED_RESET_UPDATE);
            } else {
                self.network_up();
            }
        };
        if (fw_kv_set(&store_, version_key, version.data(), version.size(), kept, this)) return;
    }
    fw_image_free(&image_);
    const bool bad = came || result.error == FW_HTTP_TOO_LARGE;  // the sink did not like it
    const bool refused =
        result.error == FW_HTTP_OK && result.status >= 400 && result.status < 500 && result.status != 429;
    fw_log(&io_, FW_LOG_WARNING, "no firmware: %s%s%s, status %u",
           bad ? "not the image that is wanted" : fw_http_error_text(result.error),
           result.detail[0] != '\0' ? ": " : "", result.detail, result.status);
    if (!io_.naive && !bad && !refused && backoff_.taken + 1 < exchange_tries) {
        waiting_job_ = job::image;
        fw_timer_start(&io_, state_timer, fw_backoff_next(&backoff_, &io_, result.retry_after_s * FW_SECOND_US));
        return;
    }
    update_given_up_ = true;  // until the next restart: on with what runs
    network_up();
}

}  // namespace dectbed::reference
