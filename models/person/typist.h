// Types a row of digits at human pace, with typos, most of which are noticed and corrected with CLEAR.
#pragma once

#include <string>

#include "models/person/body.h"

namespace dectbed::models::person {

class typist {
  public:
    explicit typist(body& b) : body_(b) {}
    /// `done` gets what is on the display when the person believes it is the code.
    void type(handset_ui& handset, std::string code, std::function<void(const std::string& typed)> done);

  private:
    void next_digit();

    body& body_;
    handset_ui* handset_ = nullptr;
    std::string code_, typed_;
    std::function<void(const std::string&)> done_;
};

}  // namespace dectbed::models::person
