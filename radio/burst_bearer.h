// A bearer of a burst_fixed_part.h: the fixed end of one connection.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "radio/burst_fixed_part.h"

namespace dectbed::radio {

class burst_fixed_part::bearer final : public burst_end, public std::enable_shared_from_this<bearer> {
  public:
    bearer(burst_fixed_part& part, const connection::parameters& p);
    ~bearer();
    bearer(const bearer&) = delete;
    bearer& operator=(const bearer&) = delete;

    /// Once the part knows it: its answer is due.
    void await_answer();
    burst_refusal open(std::int64_t frame, const a_field& idle, int silence_frames);
    bool is_open() const { return idle_.has_value(); }
    const connection::parameters& settings() const { return on_->bearer()->settings(); }
    const std::shared_ptr<connection>& on() const { return on_; }
    std::int64_t answer_frame() const { return settings().request_frame + 1; }
    /// First frame in which a burst can still be asked for.
    std::int64_t next_frame() const;
    bool said(std::int64_t frame) const { return said_.count(frame) != 0; }
    void say(std::int64_t frame, const a_field& a);

    void heard(std::int64_t frame, const tail::any& said, bool q2, bool good) override;
    bool acknowledges(std::int64_t frame) const override;

  private:
    void answer_over();
    void burst_over(std::int64_t frame);
    void expect_echo(std::int64_t frame);
    void echo(std::int64_t frame);
    void report(std::int64_t frame, bool good, const tail::any& said, bool q2);
    void note(const tail::c_channel& segment);
    void note(const sim::bytes& frame);

    burst_fixed_part& part_;
    std::shared_ptr<connection> on_;
    std::optional<a_field> idle_;  // since it is open
    int silence_frames_ = 0;
    std::map<std::int64_t, a_field> said_;  // asked for; those that are over for a few frames more
    plan_ptr single_;                       // an answer without a bearer
    std::unique_ptr<signal_watch> watch_;
    std::int64_t told_in_ = -1;  // frame
    // What the portable part says, for the journal alone.
    std::uint8_t expected_number_ = 1, expected_frame_ = 0;
    sim::bytes frame_, message_;
};

}  // namespace dectbed::radio
