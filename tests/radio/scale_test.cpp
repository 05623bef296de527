// 200 fixed and 600 portable parts unpacked on one site: what it costs in events. (Processor time is
// measured by scripts/bench; here only that nothing ticks.)
#include "tests/radio/world.h"

namespace dectbed::radio::test {
namespace {

TEST(scale, cost_grows_with_what_happens) {
    world w(42);
    for (int i = 0; i < 200; ++i) w.add_base({(i % 20) * 4.0, (i / 20) * 4.0, 0});
    for (int i = 0; i < 600; ++i) w.add_handset({(i % 30) * 2.5, (i / 30) * 2.0, 0.8});
    w.start_all();
    w.run(1s);
    std::uint64_t scan_events = w.s.kernel().executed_events();
    for (int round = 0; round < 3; ++round) {
        for (auto& h : w.handsets) h->part->scan(band::eu, 32);
        w.run(5s);
    }
    scan_events = w.s.kernel().executed_events() - scan_events;
    EXPECT_LE(scan_events, 3U * 600U * 12U + 1000U);
    double found = 0;
    for (auto& h : w.handsets) found += static_cast<double>(h->scanned.size());
    EXPECT_GT(found / 600.0, 140.0);  // nearly everybody is heard, some drown in their neighbours

    int wanted = 0;
    for (std::size_t i = 0; i < w.handsets.size(); i += 2, ++wanted)
        w.handsets[i]->part->lock(band::eu, w.handsets[i]->scanned.front().identity);
    w.run(5s);
    int locked = 0;
    for (auto& h : w.handsets) locked += h->count("locked", "ok");
    EXPECT_GT(locked, wanted * 9 / 10);
    for (auto& h : w.handsets) {
        h->on_established = [raw = h.get()] { raw->part->send(raw->link, sim::bytes(40, 3)); };
        h->part->open_link();
    }
    w.run(6s);
    int sent = 0;
    for (auto& h : w.handsets) sent += h->count("sent");
    EXPECT_GT(sent, locked * 9 / 10);
    for (auto& h : w.handsets)
        if (h->link != 0) h->part->release(h->link);
    w.run(6s);
    const auto before = w.s.kernel().executed_events();
    w.run(60s);
    EXPECT_LE(w.s.kernel().executed_events() - before, 200U);  // slides that break a lock, if any
}

}  // namespace
}  // namespace dectbed::radio::test
