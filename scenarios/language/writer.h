// Turns structs back into a tree, every default visible: for dumps, digests, and the defaults shown in the
// schema and the reference.
#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include "scenarios/language/document.h"
#include "scenarios/language/fields.h"

namespace dectbed::scenarios {

class writer {
  public:
    template <class T>
    static node write(const T& x) {
        return *value(x, plain());
    }

    /// Nothing means: not written.
    using maybe_node = std::optional<node>;

    static maybe_node value(bool x, const spec& s);
    static maybe_node value(std::int64_t x, const spec& s);
    static maybe_node value(std::uint64_t x, const spec& s);
    static maybe_node value(int x, const spec& s) { return value(std::int64_t{x}, s); }
    static maybe_node value(double x, const spec& s);
    static maybe_node value(const std::string& x, const spec& s);
    static maybe_node value(sim::duration x, const spec& s);
    static maybe_node value(sim::bit_rate x, const spec& s);
    static maybe_node value(sim::dbm x, const spec& s);
    static maybe_node value(sim::db x, const spec& s);
    static maybe_node value(const sim::distribution& x, const spec& s);
    static maybe_node value(const sim::position& x, const spec& s);
    static maybe_node value(models::network::ipv4_address x, const spec& s);
    static maybe_node value(const models::network::mac_address& x, const spec& s);
    static maybe_node value(const ipv4_network& x, const spec& s);
    static maybe_node value(const ipv4_range& x, const spec& s);
    static maybe_node value(const instant& x, const spec& s);
    static maybe_node value(const file_ref& x, const spec& s);
    static maybe_node value(const firmware_choice& x, const spec& s);
    static maybe_node value(const selection& x, const spec& s);
    static maybe_node value(const placement& x, const spec& s);
    static maybe_node value(const how_many_text& x, const spec& s);
    static maybe_node value(const limit_text& x, const spec& s);
    static maybe_node value(const bound_clause& x, const spec& s);

    template <class T>
    static maybe_node value(const std::optional<T>& x, const spec& s) {
        return x ? value(*x, s) : std::nullopt;
    }
    template <class T>
    static maybe_node value(const std::vector<T>& x, const spec& s) {
        if (x.empty()) return std::nullopt;
        if (s.one_or_many && x.size() == 1) return value(x.front(), s);
        node out = node::list();
        for (const T& i : x)
            if (auto n = value(i, s)) out.items.push_back(std::move(*n));
        return out;
    }
    template <class T>
    static maybe_node value(const named<T>& x, const spec& s) {
        if (x.empty()) return std::nullopt;
        node out = node::map();
        for (const auto& [name, item] : x)
            if (auto n = value(item, s)) out.members.push_back({name, {}, std::move(*n)});
        return out;
    }
    template <class T>
    static maybe_node value(const T& x, const spec&) {
        if constexpr (std::is_enum_v<T>) {
            for (const auto& [name, choice] : choices<T>())
                if (choice == x) return node::of_text(name);
            return std::nullopt;
        } else {
            struct_visitor visitor;
            describe(visitor, const_cast<T&>(x));  // one list of keys for reading and writing; nothing is changed
            return std::move(visitor.out);
        }
    }

  private:
    struct struct_visitor {
        node out = node::map();
        bool applies = true;

        template <class T>
        void operator()(const char* key, const T& member, const spec& s, const char*) {
            if (!applies) return;
            if (auto n = value(member, s)) out.members.push_back({key, {}, std::move(*n)});
        }
        void when(bool a, const char*) { applies = a; }
        template <class F>
        void rule(const char*, F) {}
    };
};

std::string instant_text(const instant& x);
std::string address_text(models::network::ipv4_address a);
std::string mac_text(const models::network::mac_address& m);

}  // namespace dectbed::scenarios
