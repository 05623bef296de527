// A newer firmware: the file names its version and where it is. The base fetches the image and checks it while it
// arrives, writes it into the slot that does not run, and restarts: the boot loader tries it, and the firmware confirms
// itself when it is in service (models/firmware/lib/boot_slots.h).
#include <cstring>

#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

void base::open_slots(fw_slots_done loaded) {
    const fw_slots_config config{slots_token, identity_.flash_octets, identity_.flash_block_octets,
                                 identity_.flash_page_octets};
    slots_ = std::make_unique<fw_slots>();
    fw_slots_init(slots_.get(), &io_, &config);
    fw_slots_load(slots_.get(), loaded, this);
}

bool base::wants_update() const {
    const auto& wanted = configuration_.firmware_version;
    const bool tried = slots_ && fw_slots_rejected(slots_.get(), wanted.c_str());
    return !wanted.empty() && wanted != version_ && !update_given_up_ && !tried;
}

void base::begin_update() {
    fw_log(&io_, FW_LOG_INFORMATION, "firmware %s is wanted, %s runs", configuration_.firmware_version.c_str(),
           version_.c_str());
    fw_backoff_reset(&backoff_);
    enter(state::updating, "another firmware is wanted");
    if (!slots_) {
        open_slots([](void* context, const char*) { static_cast<base*>(context)->fetch_image(); });
    } else if (!slots_->ended) {  // else it is being written, whatever becomes of the network
        fetch_image();
    }
}

void base::fetch_image() {
    std::string url = configuration_.firmware_url;
    if (address_ == 0) return;
    if (url.find("://") == std::string::npos) url = url_ + url;
    if (wants_time(url, job::image)) return;
    job_ = job::image;
    fw_image_begin(&fetching().image);
    fw_slots_begin(slots_.get());  // where there is no slot, it takes nothing
    fw_http_options options{};
    options.sink = [](void* context, std::uint64_t offset, const void* data, std::size_t octets) {
        auto& self = *static_cast<base*>(context);
        auto& image = self.fetching().image;
        if (offset != image.octets) {
            fw_image_begin(&image);
            fw_slots_begin(self.slots_.get());
        }
        return offset == image.octets &&
               fw_image_take(&image, self.identity_.model, self.configuration_.firmware_version.c_str(), data,
                             octets) &&
               fw_slots_take(self.slots_.get(), data, octets);
    };
    fw_fetch_get(
        &fetching().fetch, url.c_str(), &options,
        [](void* context, const fw_http_result* result) { static_cast<base*>(context)->http_finished(*result); }, this);
}

void base::image_fetched(const fw_http_result& result) {
    job_ = job::none;
    const bool came = result.error == FW_HTTP_OK && result.status == 200;
    const std::uint64_t megabyte_us =
        identity_.cost_hash_megabyte_us != 0 ? identity_.cost_hash_megabyte_us : hash_megabyte_us;
    auto& image = fetching().image;
    fw_consume_cpu(&io_, static_cast<std::uint32_t>(image.octets * megabyte_us / 1'000'000));
    const bool good = came && fw_image_good(&image);
    fw_image_free(&image);
    if (good && fw_slots_finish(
                    slots_.get(), identity_.model, configuration_.firmware_version.c_str(),
                    [](void* context, const char* why) { static_cast<base*>(context)->image_written(why); }, this)) {
        return;
    }
    fw_slots_abandon(slots_.get());
    const bool bad = came || result.error == FW_HTTP_TOO_LARGE;  // the sink did not like it
    const bool refused =
        result.error == FW_HTTP_OK && result.status >= 400 && result.status < 500 && result.status != 429;
    fw_log(&io_, FW_LOG_WARNING, "no firmware: %s%s%s, status %u",
           bad ? "not the image that is wanted, or more than a slot holds" : fw_http_error_text(result.error),
           result.detail[0] != '\0' ? ": " : "", result.detail, result.status);
    if (!io_.naive && !bad && !refused && backoff_.taken + 1 < exchange_tries) {
        waiting_job_ = job::image;
        fw_timer_start(&io_, state_timer, fw_backoff_next(&backoff_, &io_, result.retry_after_s * FW_SECOND_US));
        return;
    }
    update_given_up_ = true;  // until the next restart: on with what runs
    network_up();
}

void base::image_written(const char* why) {
    update_given_up_ = true;
    if (why == nullptr) {
        fw_log(&io_, FW_LOG_INFORMATION, "restarting with firmware %s", configuration_.firmware_version.c_str());
        fw_reset(&io_, DECTBED_RESET_UPDATE);
        return;
    }
    fw_log(&io_, FW_LOG_WARNING, "no firmware: %s", why);
    if (address_ != 0) network_up();
}

}  // namespace dectbed::reference
