#include "cli/observation.h"

#include <algorithm>
#include <cstring>

#include "cli/process_pool.h"
#include "cli/run_body.h"

namespace dectbed::cli {

std::vector<observed> observe(const runner& r, const std::vector<observation_order>& orders, unsigned jobs,
                              const std::function<bool()>& cancelled,
                              const std::function<void(std::size_t done)>& progress) {
    std::vector<observed> all(orders.size());
    if (orders.empty()) return all;
    std::size_t done = 0;
    process_pool::callbacks c;
    c.body = [&](std::size_t task, run_slot& slot) {
        run_order order;
        order.scenario = orders[task].scenario;
        order.seed = orders[task].seed;
        observation o;
        if (orders[task].make) o = orders[task].make();
        order.sink = o.on;
        const std::string packed = run_and_judge(r, order, slot);
        const std::uint64_t length = packed.size();
        std::string answer(reinterpret_cast<const char*>(&length), sizeof length);
        answer += packed;
        if (o.answer) answer += o.answer();
        return answer;
    };
    c.done = [&](std::size_t task, task_end end) {
        observed& one = all[task];
        ++done;
        if (progress) progress(done);
        if (!end.answered) {
            one.reason = (end.who.empty() ? "" : end.who + ": ") + end.reason;
            one.result.outcome = results::verdict::not_completed;
            one.result.failed_who = end.who;
            one.result.failed_reason = end.reason;
            return;
        }
        std::uint64_t length = 0;
        std::memcpy(&length, end.payload.data(), sizeof length);
        one.result = results::unpack(end.payload.substr(sizeof length, length));
        one.answer = end.payload.substr(sizeof length + length);
        one.completed = one.result.outcome != results::verdict::not_completed;
        one.reason = one.result.failed_reason;
    };
    c.cancelled = cancelled;
    for (observed& one : all) one.reason = "interrupted";
    process_pool::options options;
    options.jobs = static_cast<unsigned>(std::min<std::size_t>(std::max(1u, jobs), orders.size()));
    process_pool(options, std::move(c)).run(orders.size());
    return all;
}

}  // namespace dectbed::cli
