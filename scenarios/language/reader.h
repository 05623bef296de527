// Fills structs from a tree by their lists of keys; every problem is reported with its place.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <type_traits>

#include "scenarios/language/document.h"
#include "scenarios/language/fields.h"

namespace dectbed::scenarios {

class reader {
  public:
    /// Paths are shown relative to the folder of `main_file`.
    reader(std::string main_file, diagnostics& errors) : main_file_(std::move(main_file)), errors_(errors) {}

    template <class T>
    void read(const node& n, const std::string& path, T& out) {
        places_[path] = n.where;
        value(n, path, out, plain());
    }

    /// Where a key was written; for a key that was not, the nearest one that encloses it.
    location where(std::string path) const;
    void error(const std::string& path, std::string message) {
        errors_.push_back({where(path), path, std::move(message)});
    }

  private:
    // Visits the keys of one struct.
    class struct_visitor {
      public:
        struct_visitor(reader& r, const node& n, const std::string& path) : reader_(r), node_(n), path_(path) {}

        template <class T>
        void operator()(const char* key, T& target, const spec& s, const char*) {
            known_.emplace_back(key);
            const std::string path = path_.empty() ? key : path_ + "." + key;
            const auto found =
                std::find_if(node_.members.begin(), node_.members.end(), [&](const member& m) { return m.key == key; });
            if (found == node_.members.end()) {
                if (s.is_required && applies_) reader_.fail(node_, path, "is missing");
                return;
            }
            reader_.places_[path] = found->value.where;
            if (!applies_) {
                // A condition that was read badly says nothing.
                if (reader_.errors_.size() != errors_before_) return;
                reader_.errors_.push_back(
                    {found->where, path, fmt::format("\"{}\" is meaningful only with {}", key, condition_)});
                return;
            }
            reader_.value(found->value, path, target, s);
        }
        void when(bool applies, const char* what) {
            applies_ = applies;
            condition_ = what;
        }
        template <class F>
        void rule(const char* key, F check) {
            if (reader_.errors_.size() != errors_before_) return;  // what was read badly would break rules, too
            const std::string problem = check();
            if (problem.empty()) return;
            const std::string path = *key ? (path_.empty() ? key : path_ + "." + key) : path_;
            reader_.error(path, problem);
        }
        void report_unknown();

      private:
        reader& reader_;
        const node& node_;
        const std::string& path_;
        std::vector<std::string> known_;
        bool applies_ = true;
        const char* condition_ = "";
        std::size_t errors_before_ = reader_.errors_.size();
    };

    void fail(const node& n, const std::string& path, std::string message) {
        errors_.push_back({n.where, path, std::move(message)});
    }
    bool expect(const node& n, const std::string& path, node::kind kind);
    /// The scalar's text; null and an error if it is none.
    const std::string* scalar(const node& n, const std::string& path, const std::string& expected);
    bool in_range(const node& n, const std::string& path, double v, const spec& s, const std::string& shown);
    void check_firmware_file(const node& n, const std::string& path, const firmware_choice& f, bool program);
    bool number(const node& n, const std::string& path, double& out, const spec& s);

    void value(const node& n, const std::string& path, bool& out, const spec& s);
    void value(const node& n, const std::string& path, std::int64_t& out, const spec& s);
    void value(const node& n, const std::string& path, std::uint64_t& out, const spec& s);
    void value(const node& n, const std::string& path, int& out, const spec& s);
    void value(const node& n, const std::string& path, double& out, const spec& s);
    void value(const node& n, const std::string& path, std::string& out, const spec& s);
    void value(const node& n, const std::string& path, sim::duration& out, const spec& s);
    void value(const node& n, const std::string& path, sim::bit_rate& out, const spec& s);
    void value(const node& n, const std::string& path, sim::dbm& out, const spec& s);
    void value(const node& n, const std::string& path, sim::db& out, const spec& s);
    void value(const node& n, const std::string& path, sim::distribution& out, const spec& s);
    void value(const node& n, const std::string& path, sim::position& out, const spec& s);
    void value(const node& n, const std::string& path, models::network::ipv4_address& out, const spec& s);
    void value(const node& n, const std::string& path, models::network::mac_address& out, const spec& s);
    void value(const node& n, const std::string& path, ipv4_network& out, const spec& s);
    void value(const node& n, const std::string& path, ipv4_range& out, const spec& s);
    void value(const node& n, const std::string& path, instant& out, const spec& s);
    void value(const node& n, const std::string& path, file_ref& out, const spec& s);
    void value(const node& n, const std::string& path, firmware_choice& out, const spec& s);
    void value(const node& n, const std::string& path, selection& out, const spec& s);
    void value(const node& n, const std::string& path, placement& out, const spec& s);
    void value(const node& n, const std::string& path, how_many_text& out, const spec& s);
    void value(const node& n, const std::string& path, limit_text& out, const spec& s);
    void value(const node& n, const std::string& path, bound_clause& out, const spec& s);

    template <class T>
    void value(const node& n, const std::string& path, std::optional<T>& out, const spec& s) {
        value(n, path, out.emplace(), s);
    }
    template <class T>
    void value(const node& n, const std::string& path, std::vector<T>& out, const spec& s) {
        out.clear();
        if (s.one_or_many && n.what != node::kind::list) {
            value(n, path, out.emplace_back(), s);
            return;
        }
        if (!expect(n, path, node::kind::list)) return;
        for (std::size_t i = 0; i < n.items.size(); ++i) {
            const std::string item_path = fmt::format("{}[{}]", path, i);
            places_[item_path] = n.items[i].where;
            value(n.items[i], item_path, out.emplace_back(), s);
        }
    }
    template <class T>
    void value(const node& n, const std::string& path, named<T>& out, const spec& s) {
        out.clear();
        if (!expect(n, path, node::kind::map)) return;
        for (const member& m : n.members) {
            const std::string item_path = path + "." + m.key;
            places_[item_path] = m.value.where;
            if (const std::string problem = text_problem(m.key, text_kind::name); !problem.empty())
                errors_.push_back({m.where, item_path, problem});
            value(m.value, item_path, out.emplace_back(m.key, T{}).second, s);
        }
    }
    template <class T>
    void value(const node& n, const std::string& path, T& out, const spec&) {
        if constexpr (std::is_enum_v<T>) {
            const auto* written = scalar(n, path, "one of " + joined(choice_names<T>()));
            if (!written) return;
            for (const auto& [name, choice] : choices<T>()) {
                if (name != *written) continue;
                out = choice;
                return;
            }
            fail(n, path, fmt::format("unknown value \"{}\"{}", *written, did_you_mean(*written, choice_names<T>())));
        } else {
            if (!expect(n, path, node::kind::map)) return;
            struct_visitor visitor(*this, n, path);
            describe(visitor, out);
            visitor.report_unknown();
        }
    }
    static std::string joined(const std::vector<std::string>& names);

    std::string main_file_;
    diagnostics& errors_;
    std::map<std::string, location> places_;
};

/// "[1 m, 2 m]", as placement, limits and the like are written; each gives an error text if it cannot.
std::string parse_selection_term(std::string_view text, std::string& device, selection::term& out);
std::string parse_limit(std::string_view text, const spec& s, results::limit& out);
std::string parse_how_many(std::string_view text, results::how_many& out);
/// Takes "<", "<=", "=", "!=", ">=", ">", "at least", "at most", "exactly", "below", "above" off the front;
/// false if there is none.
bool take_comparison(std::string_view& text, results::comparison& op);
/// "2026-03-02T08:00:00Z", from 1970 to 2099.
std::optional<instant> parse_instant(std::string_view text);
std::optional<models::network::ipv4_address> parse_address(std::string_view text);
std::optional<models::network::mac_address> parse_mac(std::string_view text);

placement placement_of(const placement_form& form);
placement_form form_of(const placement& p);
firmware_choice firmware_of(const firmware_form& form);
firmware_form form_of(const firmware_choice& f);

}  // namespace dectbed::scenarios
