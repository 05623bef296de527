#include "models/person/typist.h"

#include <utility>

namespace dectbed::models::person {

void typist::type(handset_ui& handset, std::string code, std::function<void(const std::string&)> done) {
    handset_ = &handset;
    code_ = std::move(code);
    typed_.clear();
    done_ = std::move(done);
    next_digit();
}

void typist::next_digit() {
    const auto& p = body_.parameters();
    auto& hands = body_.hands();
    body_.then(p.key_interval_s.sample_time(hands), [this, &p, &hands] {
        if (typed_.size() == code_.size()) return std::exchange(done_, nullptr)(typed_);
        const char wanted = code_[typed_.size()];
        if (!hands.chance(p.typo_probability)) {
            handset_->press(digit_key(wanted));
            typed_.push_back(wanted);
            return next_digit();
        }
        const char wrong = static_cast<char>('0' + (static_cast<unsigned>(wanted - '0') + 1 + hands.below(9)) % 10);
        handset_->press(digit_key(wrong));
        if (!hands.chance(p.typo_notice_probability)) {
            typed_.push_back(wrong);
            return next_digit();
        }
        body_.then(p.typo_notice_s.sample_time(hands), [this] {
            body_.act("corrects typo", handset_->entity());
            handset_->press(key::clear);
            next_digit();
        });
    });
}

}  // namespace dectbed::models::person
