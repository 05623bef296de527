#include "tests/radio_differential/script.h"

#include <algorithm>
#include <cmath>

#include "radio/identity.h"
#include "radio/vendor_announcement.h"
#include "sim/random.h"

namespace dectbed::radio::plain {

namespace {

using kind = script::action::kind;
constexpr std::uint16_t emc = 0x0DB0;

class author {
  public:
    author(std::uint64_t seed, bool calm) : r_(seed, "differential", "script"), calm_(calm) { s_.seed = seed; }

    script write() {
        s_.duration = r_.between(20, 40) * second;
        side_m_ = r_.uniform(8.0, 70.0);
        surroundings();
        const auto bases = static_cast<int>(r_.between(2, 6));
        const auto handsets = static_cast<int>(r_.between(2, 10));
        for (int i = 0; i < bases; ++i) add_base(i);
        for (int i = 0; i < handsets; ++i) add_handset(i);
        for (int i = 0; i < bases; ++i) life_of_base(i);
        for (int i = 0; i < handsets; ++i) life_of_handset(i);
        if (calm_) return calm();
        if (r_.chance(0.6)) rush();
        if (s_.seed % 5 == 4) fast_set_ups();
        if (s_.seed % 5 == 2) broadcasts();
        return in_order();
    }

  private:
    script in_order() {
        std::stable_sort(s_.actions.begin(), s_.actions.end(),
                         [](const auto& a, const auto& b) { return a.at < b.at; });
        for (std::size_t i = 1; i < s_.actions.size(); ++i)
            s_.actions[i].at = std::max(s_.actions[i].at, s_.actions[i - 1].at + 1);
        return s_;
    }

    /// Bases on one channel that slide over one another slowly, and handsets that stay where they are: two and two
    /// choose the same channel for their links, at different bases.
    script calm() {
        s_.actions.clear();
        const int bases = static_cast<int>(s_.bases.size());
        for (int i = 0; i < bases; ++i) {
            add(kind::base_start, within(10 * millisecond, 150 * millisecond), i).power = sim::dbm::of(24.0);
            if (r_.chance(0.5)) add(kind::base_send, within(8 * second, s_.duration), i).messages = messages();
        }
        for (int i = 0; i < static_cast<int>(s_.handsets.size()); ++i) {
            ps t = within(500 * millisecond, second);
            add(kind::power_on, t, i);
            while (t < s_.duration) {
                add(kind::lock, t + 1, i).number = i % bases;
                t += within(3 * second, 4 * second);
                if (r_.chance(0.35)) {
                    add(kind::open_link, t, i).messages = messages();
                    for (auto n = r_.below(3); n > 0; --n) {
                        t += within(second, 3 * second);
                        add(kind::send, t, i).messages = messages();
                    }
                    if (r_.chance(0.5)) add(kind::release, t += second, i);
                }
                t += within(8 * second, 20 * second);
            }
        }
        return in_order();
    }

    sim::position anywhere() {
        if (one_system_) {  // along the row of bases
            const double length = spacing_m_ * static_cast<double>(std::max<std::size_t>(s_.bases.size(), 2) - 1);
            return {r_.uniform(-5.0, length + 5.0), r_.uniform(0.0, 10.0), 0.5};
        }
        return {r_.uniform(0.0, side_m_), r_.uniform(0.0, side_m_), r_.chance(0.1) ? 3.5 : 0.5};
    }
    ps within(ps from, ps to) { return r_.between(from, to); }

    /// Some worlds have worse receivers, walls, shadows, fades; receivers that tell the loudness of channels apart so
    /// finely that everybody finds the same one the quietest; or, deaf ones, to whom all channels are quiet.
    void surroundings() {
        s_.loss.exponent = r_.uniform(2.5, 4.0);
        one_system_ = r_.chance(0.4);
        // So far apart that a handset half-way is less than 10 dB above the sensitivity.
        const double weak_at_m = std::pow(10.0, 60.0 / (10.0 * s_.loss.exponent));
        spacing_m_ = weak_at_m * r_.uniform(1.0, 1.8);
        for (auto n = one_system_ ? 0 : r_.below(4); n > 0; --n) {
            const auto a = anywhere(), b = anywhere();
            s_.loss.walls.push_back({a.x_m, a.y_m, b.x_m, b.y_m, r_.uniform(3.0, 25.0)});
        }
        if (r_.chance(0.25)) {
            s_.loss.shadowing_db = r_.uniform(1.0, 8.0);
            s_.loss.shadowing_correlation_m = r_.uniform(3.0, 20.0);
        }
        if (r_.chance(0.25)) {
            s_.loss.fades.kind = r_.chance(0.5) ? fading_kind::rayleigh : fading_kind::rice;
            s_.loss.fades.rice_k_db = r_.uniform(0.0, 9.0);
            s_.loss.fades.coherence = sim::duration{within(20 * millisecond, 2 * second)};
        }
        calm_ = r_.chance(0.2) || calm_;
        if (calm_) {
            one_system_ = false;
            s_.loss.shadowing_db = 0;
            s_.loss.fades = {};
        }
        deaf_ = calm_ || r_.chance(0.5);
        if (deaf_) {
            s_.receiver.rssi_floor = sim::dbm::of(-30.0);
            s_.receiver.rssi_ceiling = sim::dbm::of(0.0);
        } else if (r_.chance(0.5)) {
            s_.receiver.rssi_floor = sim::dbm::of(-150.0);
            s_.receiver.rssi_step = sim::db::of(r_.uniform(0.5, 3.0));
        }
        if (r_.chance(0.4)) s_.receiver.rejection = {sim::db::of(8.0), sim::db::of(16.0), sim::db::of(25.0)};
        if (r_.chance(0.2)) s_.receiver.sensitivity = sim::dbm::of(r_.uniform(-86.0, -76.0));
        together_ = calm_ || r_.chance(0.7);
        extreme_ = !calm_ && r_.chance(0.25);
        common_phase_ = within(0, 9 * millisecond);
        common_channel_ = r_.below(carriers * slot_pairs);
        receivers_ = r_.chance(0.3) ? 3 : 1;
    }

    /// A number that nobody has yet, with which the station's first choice among so many is that one.
    int name_for(const char* room, std::uint64_t choices, std::uint64_t wanted) {
        for (;; ++names_)
            if (sim::random_stream(s_.seed, "office/" + std::string(room) + "[" + std::to_string(names_) + "]",
                                   "radio channel selection")
                    .below(choices) == wanted)
                return names_++;
    }

    void add_base(int i) {
        script::base b;
        b.identity = one_system_ ? make_rfpi_class_a(emc, 7, static_cast<std::uint8_t>(i))
                                 : make_rfpi_class_a(emc, static_cast<std::uint32_t>(i + 1), 0);
        b.system = one_system_ ? 1 : 0;
        b.place = one_system_ ? sim::position{spacing_m_ * i, 5.0, 0.5} : anywhere();
        // Near one another at first, so that they slide into and out of each other.
        const ps apart = calm_ ? millisecond / 5 : r_.chance(0.5) ? millisecond / 4 : millisecond;
        b.phase = together_ ? common_phase_ + within(0, apart) : within(0, frame_length - 1);
        const std::int64_t ppb_max = extreme_ ? 400'000 : calm_ ? 10'000 : 25'000;
        b.ppb = r_.chance(0.15) ? 0 : static_cast<std::int32_t>(r_.between(-ppb_max, ppb_max));
        b.first_frame = static_cast<int>(r_.below(16));
        b.bearers_max = static_cast<int>(r_.chance(0.3) ? r_.between(1, 2) : r_.between(3, 8));
        b.transceivers = static_cast<int>(r_.between(1, receivers_));
        // Where all channels are alike, many bases choose the same one.
        const bool same = r_.chance(calm_ ? 0.9 : 0.7);
        b.name = deaf_ ? name_for("base", carriers * slot_pairs, same ? common_channel_ : r_.below(120)) : names_++;
        s_.bases.push_back(b);
    }

    void add_handset(int i) {
        script::handset h;
        h.place = anywhere();
        h.power = r_.chance(0.3) ? sim::dbm::of(r_.uniform(0.0, 24.0)) : sim::dbm::of(24);
        // The slot pair of the dummy bearer is none of theirs: 110 channels. Two and two choose the same one at first.
        const std::uint64_t first = (common_channel_ * 11 + static_cast<std::uint64_t>(i / 2) * 37) % 110;
        h.name = deaf_ ? name_for("handset", 110, first) : names_++;
        s_.handsets.push_back(h);
    }

    script::action& add(kind what, ps at, int who) {
        script::action a;
        a.what = what;
        a.at = at;
        a.who = who;
        s_.actions.push_back(std::move(a));
        return s_.actions.back();
    }

    system_information information() {
        system_information i;
        i.fixed_part_capabilities = r_.below(std::uint64_t{1} << 36);
        if (r_.chance(0.6)) {
            i.escape_emc = emc;
            i.escape_data = r_.chance(0.7) ? encode_announcement(static_cast<announced_service>(r_.below(4)))
                                           : static_cast<std::uint32_t>(r_.below(1U << 20));
        }
        return i;
    }

    void life_of_base(int i) {
        add(kind::base_information, within(1, 50 * millisecond), i).information = information();
        ps t = within(60 * millisecond, r_.chance(0.8) ? second : s_.duration / 2);
        add(kind::base_start, t, i).power = sim::dbm::of(r_.chance(0.3) ? r_.uniform(0.0, 24.0) : 24.0);
        t += second;
        while (t < s_.duration) {
            t += within(second / 2, 10 * second);
            switch (r_.below(8)) {
                case 0: {
                    add(kind::base_stop, t, i);
                    t += within(100 * millisecond, 7 * second);
                    add(kind::base_start, t, i).power = sim::dbm::of(24.0);
                    break;
                }
                case 1:
                    add(kind::base_information, t, i).information = information();
                    break;
                case 2:
                    add(kind::base_busy, t, i).number = 1;
                    t += within(100 * millisecond, 5 * second);
                    add(kind::base_busy, t, i).number = 0;
                    break;
                case 3:
                    add(kind::base_release, t, i);
                    break;
                default:
                    add(kind::base_send, t, i).messages = messages();
                    break;
            }
        }
    }

    std::vector<sim::bytes> messages() {
        std::vector<sim::bytes> all(r_.below(3) + 1);
        for (auto& m : all) {
            m.resize(r_.below(r_.chance(0.1) ? 150 : 40) + 1);
            for (auto& octet : m) octet = static_cast<std::uint8_t>(r_.below(256));
            m[0] = static_cast<std::uint8_t>(r_.below(80));  // what a base answers with is no longer than 40 octets
        }
        return all;
    }

    void life_of_handset(int i) {
        ps t = within(10 * millisecond, 2 * second);
        add(kind::power_on, t, i);
        while (t < s_.duration) {
            if (r_.chance(0.3)) {
                t += within(10 * millisecond, second);
                auto& scan = add(kind::scan, t, i);
                scan.number = static_cast<int>(r_.between(2, 40));
                t += scan.number * 10 * frame_length + within(-second / 5, second / 2);
            }
            t += within(millisecond, second);
            const auto base = r_.below(s_.bases.size());
            add(kind::lock, t, i).number = static_cast<int>(base);
            if (one_system_ && r_.chance(0.7)) add(kind::move, t - 1, i).place = near(base);
            t += within(second, 4 * second);
            for (auto n = r_.below(4); n > 0; --n) {
                add(kind::open_link, t, i).messages = messages();
                t += within(50 * millisecond, 3 * second);
                if (one_system_ && r_.chance(0.7)) {
                    walk(i, base, t);
                } else if (r_.chance(0.3)) {
                    wander(i, t);
                }
                if (r_.chance(0.6)) {
                    add(kind::send, t, i).messages = messages();
                    t += within(5 * millisecond, 2 * second);
                }
                if (r_.chance(0.6)) add(kind::release, t, i);
                t += within(20 * millisecond, 5 * second);
            }
            switch (r_.below(6)) {
                case 0:
                    add(kind::power_off, t, i);
                    t += within(10 * millisecond, second);
                    add(kind::power_on, t, i);
                    break;
                case 1:
                    add(kind::unlock, t, i);
                    break;
                case 2:
                    wander(i, t);
                    break;
                default:
                    t += within(0, 6 * second);
                    break;
            }
        }
    }

    sim::position near(std::size_t base) {
        sim::position p = s_.bases[base].place;
        p.x_m += r_.uniform(-3.0, 3.0);
        p.y_m += r_.uniform(-3.0, 3.0);
        return p;
    }

    /// From one base to another, talking.
    void walk(int i, std::size_t from, ps& t) {
        const auto to = r_.below(s_.bases.size());
        const auto a = s_.bases[from].place, b = s_.bases[to].place;
        constexpr int steps = 12;
        const ps pace = within(100 * millisecond, 600 * millisecond);
        for (int n = 1; n <= steps; ++n, t += pace + within(0, 20 * millisecond)) {
            add(kind::move, t, i).place = {a.x_m + (b.x_m - a.x_m) * n / steps, a.y_m + 1.0, 0.5};
            if (n % 3 == 1) add(kind::send, t + pace / 2, i).messages = messages();
        }
    }

    void wander(int i, ps& t) {
        for (auto n = r_.below(4) + 1; n > 0; --n) {
            auto& m = add(kind::move, t, i);
            m.place = anywhere();
            if (r_.chance(0.25)) m.place.x_m += 30 * side_m_;  // out of everybody's reach
            t += within(100 * millisecond, second);
        }
    }

    /// All at once.
    void rush() {
        const int base = static_cast<int>(r_.below(s_.bases.size()));
        const ps t = within(4 * second, s_.duration - 8 * second);
        for (std::size_t i = 0; i < s_.handsets.size(); ++i) {
            add(kind::lock, t + within(0, 50 * millisecond), static_cast<int>(i)).number = base;
            for (int n = 0; n < 3; ++n)
                add(kind::open_link, t + (n + 1) * 2 * second + within(0, 12 * millisecond), static_cast<int>(i))
                    .messages = messages();
        }
    }

    /// Bases that have handsets listen, and set links up themselves.
    void fast_set_ups() {
        sim::random_stream r(s_.seed, "differential", "fast set-up");
        const auto within = [&r](ps from, ps to) { return r.between(from, to); };
        for (script::base& b : s_.bases)
            b.fast_set_up = r.chance(0.3) ? set_up_detection::selective : set_up_detection::complete;
        for (int i = 0; i < static_cast<int>(s_.handsets.size()); ++i) {
            s_.handsets[static_cast<std::size_t>(i)].detects = r.chance(0.1)   ? set_up_detection::none
                                                               : r.chance(0.1) ? set_up_detection::selective
                                                                               : set_up_detection::complete;
            // What it did of its own is over by now: nobody takes the link away that is to be ended so.
            const int base = static_cast<int>(r.below(s_.bases.size()));
            ps t = within(second, s_.duration / 2);
            const ps from = t, to = t + 12 * second;
            s_.actions.erase(std::remove_if(s_.actions.begin(), s_.actions.end(),
                                            [&](const script::action& a) {
                                                return a.what > kind::base_busy && a.who == i && a.at > from &&
                                                       a.at < to;
                                            }),
                             s_.actions.end());
            add(kind::power_on, t, i);
            add(kind::lock, t + 1, i).number = base;
            if (r.chance(0.7)) {
                auto& m = add(kind::move, t + 2, i);
                m.place = s_.bases[static_cast<std::size_t>(base)].place;
                m.place.x_m += r.uniform(0.5, r.chance(0.7) ? 4.0 : 40.0);
            }
            t += within(2 * second, 3 * second);
            add(kind::open_link, t, i).messages = {sim::bytes(1 + r.below(20), 0)};
            t += within(500 * millisecond, second);
            add(kind::base_release_to_listen, t, base).number = i;
            t += within(60 * millisecond, 400 * millisecond);
            for (auto n = 1 + r.below(4); n > 0; --n) {
                const bool odd = r.chance(0.4);
                if (odd) add(kind::answer_calls, t - 1, i).number = r.chance(0.65) ? 1 : 2;
                add(kind::base_connect, t, base).number = i;
                if (odd) add(kind::answer_calls, t + within(10 * millisecond, 1200 * millisecond), i).number = 0;
                t += within(100 * millisecond, 1500 * millisecond);
                if (r.chance(0.5)) add(kind::send, t, i).messages = {sim::bytes(1 + r.below(40), 2)};
                if (r.chance(0.5)) add(kind::base_send, t + 1, base).messages = {sim::bytes(1 + r.below(40), 4)};
                t += within(0, second / 2);
                const auto how = r.below(5);
                if (how < 2) {
                    add(kind::release, t, i);
                } else if (how < 4) {
                    add(kind::base_release_to_listen, t, base).number = i;
                }
                t += within(10 * millisecond, second / 2);
            }
        }
    }

    /// Bases that tell all their handsets something: by long pages; and over the connectionless link, to those that a
    /// page has told to listen.
    void broadcasts() {
        sim::random_stream r(s_.seed, "differential", "broadcasts");
        constexpr std::uint64_t page_repetition = std::uint64_t{1} << 28,
                                downlink = std::uint64_t{1} << 25;  // a19, a22
        for (script::action& a : s_.actions) {
            if (a.what != kind::base_information) continue;
            a.information.fixed_part_capabilities &= ~page_repetition;
            if (r.chance(0.9)) a.information.fixed_part_capabilities |= downlink;
        }
        const auto octets = [&r](std::size_t n) {
            sim::bytes m(n);
            for (auto& o : m) o = static_cast<std::uint8_t>(r.below(256));
            return m;
        };
        for (int i = 0; i < static_cast<int>(s_.bases.size()); ++i) {
            ps t = r.between(second, 4 * second);
            while (t < s_.duration) {
                if (r.chance(0.7)) {
                    const auto group = static_cast<std::uint8_t>(r.chance(0.8) ? 0xCF : 0xB0);
                    add(kind::base_page, t, i).messages = {
                        {static_cast<std::uint8_t>(r.chance(0.9) ? 8 : 12), group, octets(1)[0]}};
                }
                t += r.between(millisecond, 2 * second);
                auto& what = add(kind::base_broadcast, t, i).messages;
                for (auto n = 1 + r.below(4); n > 0; --n) {
                    sim::bytes m;
                    if (r.chance(0.5)) {
                        m = octets(2 + r.below(62));
                        m[0] = 6;
                        m[1] = 1;
                    } else {
                        m = octets(5 * (1 + r.below(6)));
                        for (std::size_t at = 0; at < m.size(); at += 5) m[at] &= 7;
                        m[0] = static_cast<std::uint8_t>(8 + 1 + r.below(6));
                    }
                    what.push_back(std::move(m));
                }
                t += r.between(millisecond, 3 * second);
            }
        }
    }

    sim::random_stream r_;
    bool calm_;
    script s_;
    double side_m_ = 0, spacing_m_ = 0;
    bool together_ = false, one_system_ = false, deaf_ = false, extreme_ = false;
    ps common_phase_ = 0;
    std::uint64_t common_channel_ = 0;
    int receivers_ = 1, names_ = 0;
};

}  // namespace

script random_script(std::uint64_t seed) { return author(seed, false).write(); }
script calm_script(std::uint64_t seed) { return author(seed, true).write(); }

script in_step_script(std::uint64_t seed) {
    script s = random_script(seed);
    for (script::base& b : s.bases) {
        b.ppb = 0;
        b.phase = s.bases.front().phase;
        b.first_frame = s.bases.front().first_frame;
        b.transceivers = 3;
        b.bearers_max = 12;
    }
    return s;
}

script long_script(std::uint64_t seed) {
    constexpr std::uint64_t apart = 1'000'000;
    script s = random_script(seed);
    const auto there = [](int who, std::size_t all) { return static_cast<std::size_t>(who) < all; };
    for (std::uint64_t part = 1; part < 4; ++part) {
        const script next = random_script(seed + part * apart);
        for (script::action a : next.actions) {
            const bool of_base = a.what <= kind::base_busy;
            const bool at_base = a.what == kind::lock;
            const bool at_handset = a.what == kind::base_connect || a.what == kind::base_release_to_listen;
            if (!there(a.who, of_base ? s.bases.size() : s.handsets.size()) ||
                (at_base && !there(a.number, s.bases.size())) || (at_handset && !there(a.number, s.handsets.size())))
                continue;
            a.at += s.duration;
            s.actions.push_back(std::move(a));
        }
        s.duration += next.duration;
    }
    std::stable_sort(s.actions.begin(), s.actions.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    for (std::size_t i = 1; i < s.actions.size(); ++i)
        s.actions[i].at = std::max(s.actions[i].at, s.actions[i - 1].at + 1);
    // The plain engine repeats no pages.
    for (script::action& a : s.actions) a.information.fixed_part_capabilities &= ~(std::uint64_t{1} << 28);
    return s;
}

}  // namespace dectbed::radio::plain
