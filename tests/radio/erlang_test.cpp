// A loaded base refuses as many calls as Erlang's first formula says: Poisson calls, exponential times, nobody waits.
#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/random.h"
#include "tests/radio/world.h"

namespace dectbed::radio::test {
namespace {

/// The plain reference: B(n, a) = a B(n - 1, a) / (n + a B(n - 1, a)), B(0, a) = 1.
double erlang_b(int servers, double erlangs) {
    double b = 1;
    for (int n = 1; n <= servers; ++n) b = erlangs * b / (n + erlangs * b);
    return b;
}

/// Half the 99 % confidence interval of the share of refused calls among so many. Calls that find a full base are
/// likely to be followed by more of them; so the variance is that of independent calls plus the covariances of the
/// chain of what successive calls find, which this works out call by call.
double interval_99(int servers, double erlangs, int calls) {
    constexpr double quantile = 2.5758;  // of the normal distribution, two-sided 99 %
    const double b = erlang_b(servers, erlangs);
    const auto n = static_cast<std::size_t>(servers);
    std::vector<double> found(n + 1, 0.0);  // how likely a call finds that many, given that one before was refused
    found[n] = 1;
    double covariances = 0;
    for (int distance = 1; distance < calls; ++distance) {
        std::vector<double> next(n + 1, 0.0);
        double carried = 0;  // probability that this many are busy at some time before the next call
        for (std::size_t busy = n;; --busy) {
            carried += busy == n ? found[n] + found[n - 1] : busy > 0 ? found[busy - 1] : 0.0;
            const double arrival = erlangs / (erlangs + static_cast<double>(busy));
            next[busy] = carried * arrival;
            carried *= 1 - arrival;
            if (busy == 0) break;
        }
        found = std::move(next);
        const double covariance = b * (found[n] - b);
        covariances += covariance;
        if (covariance < 1e-12) break;
    }
    return quantile * std::sqrt((b * (1 - b) + 2 * covariances) / calls);
}

TEST(erlang_reference, agrees_with_published_tables) {
    // Offered load at 1 % and 0.5 % for 8 and 12 channels, as in every table of the formula.
    EXPECT_NEAR(erlang_b(8, 3.128), 0.01, 5e-5);
    EXPECT_NEAR(erlang_b(12, 5.876), 0.01, 5e-5);
    EXPECT_NEAR(erlang_b(12, 5.279), 0.005, 5e-5);
    EXPECT_NEAR(erlang_b(1, 1.0), 0.5, 1e-12);
    // With one server, and one call of load, refusals are independent of how many calls lie between: no more than that.
    EXPECT_GT(interval_99(8, 6, 1000), 2.5758 * std::sqrt(0.12 * 0.88 / 1000));
}

struct offered {
    int calls = 0, refused = 0, failed = 0, handsets_short = 0;
    double share() const { return static_cast<double>(refused) / calls; }
};

/// Calls come to one base at random and last at random; each is one set-up, however often it is attempted.
offered offer(int bearers, double erlangs, int calls, std::uint64_t seed) {
    // Long calls cost no more than short ones, and the time that a set-up takes is nothing against them.
    constexpr double mean_s = 600;
    world w(seed);
    fixed_part::config c;
    c.identity = make_rfpi_class_a(vendor_emc, 1, 0);
    c.bearers_max = bearers;
    c.transceivers = 2;  // with one, the last pair of slots would be refused by silence
    base& b = w.add_configured_base(c);
    const int handsets = bearers + 8;
    for (int i = 0; i < handsets; ++i) w.add_handset({5.0 + i % 5, 1.0 + i / 5, 0});
    w.start_all();
    w.run(1s);
    for (auto& h : w.handsets) h->part->lock(band::eu, b.id);
    w.run(10s);
    for (auto& h : w.handsets) EXPECT_EQ(h->count("locked", "ok"), 1);

    offered out;
    sim::random_stream arrivals(seed, "test", "calls"), times(seed, "test", "holding times");
    const auto after = [](sim::random_stream& r, double mean) {
        return std::chrono::duration_cast<duration>(std::chrono::duration<double>(-mean * std::log1p(-r.unit())));
    };
    std::vector<bool> busy(w.handsets.size(), false);
    for (std::size_t i = 0; i < w.handsets.size(); ++i) {
        portable_part& p = *w.handsets[i]->part;
        portable_part::events e;
        e.link_established = [&](link_id link) {
            (void)w.s.kernel().after(after(times, mean_s), [&p, link] { p.release(link); });
        };
        e.link_released = [&, i](link_id link, release_reason why) {
            busy[i] = false;
            if (link != 0) {
                out.failed += why == release_reason::normal ? 0 : 1;
                return;
            }
            ++(why == release_reason::base_busy ? out.refused : out.failed);
        };
        p.set_events(std::move(e));
    }
    // Before it counts, the base fills up for some holding times.
    int warming = static_cast<int>(erlangs * 6);
    while (out.calls < calls) {
        w.run(after(arrivals, mean_s / erlangs));
        if (warming > 0 && --warming == 0) out = {};
        const auto free = std::find(busy.begin(), busy.end(), false);
        if (free == busy.end()) {
            ++out.handsets_short;
            continue;
        }
        if (warming == 0) ++out.calls;
        *free = true;
        w.handsets[static_cast<std::size_t>(free - busy.begin())]->part->open_link();
    }
    w.run(10s);
    return out;
}

TEST(erlang, blocking_of_a_loaded_base_follows_erlang_b) {
    struct load {
        int bearers;
        double erlangs;
    };
    constexpr int calls = 6000;
    for (const load l : {load{4, 1.0}, {4, 3.0}, {8, 4.0}, {8, 8.0}, {11, 10.0}}) {
        const offered o = offer(l.bearers, l.erlangs, calls, static_cast<std::uint64_t>(l.bearers * 100) + 1);
        const double expected = erlang_b(l.bearers, l.erlangs), around = interval_99(l.bearers, l.erlangs, calls);
        fmt::print("{:2} bearers, {:4.1f} erlang: {:5} of {} refused = {:.4f}; Erlang B {:.4f} +- {:.4f}; failed {}\n",
                   l.bearers, l.erlangs, o.refused, o.calls, o.share(), expected, around, o.failed);
        EXPECT_NEAR(o.share(), expected, around) << l.bearers << " bearers, " << l.erlangs << " erlang";
        EXPECT_EQ(o.failed, 0);
        EXPECT_EQ(o.handsets_short, 0);
        // One bearer more or less would be noticed.
        for (int wrong : {l.bearers - 1, l.bearers + 1})
            EXPECT_GT(std::abs(o.share() - erlang_b(wrong, l.erlangs)), interval_99(wrong, l.erlangs, calls))
                << l.bearers << " bearers, " << l.erlangs << " erlang, against " << wrong;
    }
}

}  // namespace
}  // namespace dectbed::radio::test
