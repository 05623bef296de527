#include "models/firmware/host/shared_text.h"

#include <mutex>
#include <set>

namespace dectbed::models::firmware {

const std::string* shared_text::kept(const std::string& text) {
    static const std::string nothing;
    if (text.empty()) return &nothing;
    static std::mutex one_at_a_time;
    static std::set<std::string> texts;
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    return &*texts.insert(text).first;
}

}  // namespace dectbed::models::firmware
