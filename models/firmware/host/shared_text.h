// A text that thousands of devices have alike, kept once for all of them: 8 octets each.
#pragma once

#include <string>

namespace dectbed::models::firmware {

/// What is said once stays in memory until the program ends, so not for texts that differ from device to device.
class shared_text {
  public:
    shared_text() = default;
    shared_text(const std::string& text) : text_(kept(text)) {}
    shared_text(const char* text) : shared_text(std::string(text)) {}
    const std::string& str() const { return *text_; }
    operator const std::string&() const { return *text_; }
    bool empty() const { return text_->empty(); }
    friend bool operator==(const shared_text& a, const std::string& b) { return a.str() == b; }
    friend bool operator==(const std::string& a, const shared_text& b) { return a == b.str(); }

  private:
    static const std::string* kept(const std::string& text);
    const std::string* text_ = kept({});
};

}  // namespace dectbed::models::firmware
