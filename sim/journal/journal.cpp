#include "sim/journal/journal.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>
#include <tuple>
#include <utility>

namespace dectbed::sim {

namespace {

/// Octets gathered before they are hashed: large enough to hide the call, small enough for a cache.
constexpr std::size_t block_octets = 32 * 1024;

/// The canonical encoding: little-endian fixed-width integers; texts with their length before them.
class canonical_writer {
  public:
    explicit canonical_writer(std::string& out) : out_(out) {}
    ~canonical_writer() { flush(); }
    canonical_writer(const canonical_writer&) = delete;
    canonical_writer& operator=(const canonical_writer&) = delete;
    void number(std::uint64_t v) {
        char* at = room(8);
        for (unsigned i = 0; i < 8; ++i) at[i] = static_cast<char>(v >> (8 * i));
    }
    void text(std::string_view s) {
        number(s.size());
        if (s.size() <= sizeof pending_) {
            if (!s.empty()) std::memcpy(room(s.size()), s.data(), s.size());
        } else {
            flush();
            out_.append(s);
        }
    }
    void operator()(const char*, bool v) { *room(1) = v ? 1 : 0; }
    void operator()(const char*, std::int64_t v) { number(static_cast<std::uint64_t>(v)); }
    void operator()(const char*, std::uint64_t v) { number(v); }
    void operator()(const char*, duration v) { number(static_cast<std::uint64_t>(v.count())); }
    void operator()(const char*, entity_id v) { number(v.value); }
    void operator()(const char*, const std::string& v) { text(v); }

  private:
    char* room(std::size_t octets) {
        if (used_ + octets > sizeof pending_) flush();
        char* at = pending_ + used_;
        used_ += octets;
        return at;
    }
    void flush() {
        out_.append(pending_, used_);
        used_ = 0;
    }

    std::string& out_;
    char pending_[256];  ///< most records fit: one append for all their fields
    std::size_t used_ = 0;
};

std::string as_text(bool v) { return v ? "true" : "false"; }
std::string as_text(std::int64_t v) { return std::to_string(v); }
std::string as_text(std::uint64_t v) { return std::to_string(v); }
std::string as_text(duration v) { return std::to_string(v.count()); }
std::string as_text(entity_id v) { return std::to_string(v.value); }
std::string as_text(const std::string& v) { return v; }

template <class Function, std::size_t... index>
void for_each_record_type(Function&& fn, std::index_sequence<index...>) {
    (fn(std::variant_alternative_t<index, record::any>{}), ...);
}
template <class Function>
void for_each_record_type(Function&& fn) {
    for_each_record_type(fn, std::make_index_sequence<std::variant_size_v<record::any>>{});
}

}  // namespace

const char* name_of(const record::any& what) {
    return std::visit([](const auto& r) { return r.name; }, what);
}

namespace {

/// The named field, if it is a T. (One walk over the fields for each T, compiled here and nowhere else.)
template <typename T>
std::optional<T> field_as(const record::any& what, std::string_view field) {
    std::optional<T> found;
    std::visit(
        [&](const auto& r) {
            r.fields([&](const char* name, const auto& value) {
                if constexpr (std::is_same_v<std::decay_t<decltype(value)>, T>) {
                    if (field == name) found = value;
                } else {
                    static_cast<void>(name);
                }
            });
        },
        what);
    return found;
}

}  // namespace

entity_id entity_field(const record::any& what, std::string_view field) {
    return field_as<entity_id>(what, field).value_or(entity_id{});
}

std::optional<duration> duration_field(const record::any& what, std::string_view field) {
    return field_as<duration>(what, field);
}

bool field_text(const record::any& what, std::string_view field, std::string& out) {
    bool found = false;
    std::visit(
        [&](const auto& r) {
            r.fields([&](const char* name, const auto& value) {
                if (found || field != name) return;
                out = as_text(value);
                found = true;
            });
        },
        what);
    return found;
}

std::vector<std::string> field_names(std::string_view record_name) {
    std::vector<std::string> names;
    for_each_record_type([&](const auto& r) {
        if (record_name == r.name) r.fields([&](const char* name, const auto&) { names.emplace_back(name); });
    });
    return names;
}

std::vector<std::string> record_names() {
    std::vector<std::string> names;
    for_each_record_type([&](const auto& r) { names.emplace_back(r.name); });
    return names;
}

journal::journal(const kernel& clock) : clock_(clock), hash_(XXH3_createState()) {
    XXH3_128bits_reset(hash_);
    scratch_.reserve(block_octets + 1024);
    kinds_.push_back(&*kinds_known_.insert("").first);
}

journal::~journal() { XXH3_freeState(hash_); }

entity_id journal::declare(std::string path, std::string kind, entity_id parent, std::string mac,
                           std::string radio_identity) {
    if (path.empty()) throw run_failure("", "an entity without a path");
    const entity_id id{static_cast<std::uint32_t>(paths_.size())};
    if (find(path)) throw run_failure(path, "declared twice");
    if (!mac.empty() && !by_mac_.emplace(mac, id).second) {
        throw run_failure(path, "MAC address " + mac + " is also that of " + path_of(find_by_mac(mac)));
    }
    paths_.push_back(path);
    by_path_.emplace(paths_.back(), id);
    kinds_.push_back(&*kinds_known_.insert(kind).first);
    publish(id, record::entity_declared{std::move(path), std::move(kind), parent, std::move(mac),
                                        std::move(radio_identity)});
    return id;
}

const std::string& journal::path_of(entity_id id) const { return paths_.at(id.value); }
const std::string& journal::kind_of(entity_id id) const { return *kinds_.at(id.value); }

entity_id journal::find(std::string_view path) const {
    const auto it = by_path_.find(path);
    return it == by_path_.end() ? entity_id{} : it->second;
}

entity_id journal::find_by_mac(std::string_view mac) const {
    const auto it = by_mac_.find(std::string(mac));
    return it == by_mac_.end() ? entity_id{} : it->second;
}

template <class Record>
void journal::publish(entity_id who, Record what) {
    publish_any(who, record::any(std::in_place_type<Record>, std::move(what)));
}

namespace {

template <std::size_t... index>
constexpr auto publish_of_each(std::index_sequence<index...>) {
    return std::make_tuple(&journal::publish<std::variant_alternative_t<index, record::any>>...);
}
/// Has publish() compiled for every record.
[[gnu::used]] const auto publishers = publish_of_each(std::make_index_sequence<std::variant_size_v<record::any>>{});

}  // namespace

void journal::publish_any(entity_id who, record::any what) {
    if (publishing_) throw std::logic_error("a sink of the journal published");
    const journal_entry entry{clock_.now(), who, std::move(what)};
    {
        canonical_writer out(scratch_);
        out.number(static_cast<std::uint64_t>(picoseconds_of(entry.at)));
        out.number(who.value);
        std::visit(
            [&](const auto& r) {
                out.text(r.name);
                r.fields(out);
            },
            entry.what);
    }
    ++records_;
    if (scratch_.size() >= block_octets) {
        XXH3_128bits_update(hash_, scratch_.data(), scratch_.size());
        scratch_.clear();
    }
    if (sinks_.empty()) return;
    publishing_ = true;
    for (const sink& s : sinks_) s(entry);
    publishing_ = false;
}

std::string journal::digest() const {
    XXH3_state_t* copy = XXH3_createState();
    XXH3_copyState(copy, hash_);
    XXH3_128bits_update(copy, scratch_.data(), scratch_.size());
    const XXH128_hash_t value = XXH3_128bits_digest(copy);
    XXH3_freeState(copy);
    return fmt::format("{:016x}{:016x}", value.high64, value.low64);
}

}  // namespace dectbed::sim
