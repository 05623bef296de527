// results.sqlite: every figure of a batch in tables, for queries and for making the report again.
#include <sqlite3.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "results/batch.h"
#include "results/files.h"

namespace dectbed::results {

namespace fs = std::filesystem;

namespace {

/// Version of the tables; a store with another one is refused.
constexpr int store_version = 5;

class database {
  public:
    database(const fs::path& file, int flags) : file_(file.string()) {
        if (sqlite3_open_v2(file.c_str(), &db_, flags, nullptr) != SQLITE_OK) fail("cannot be opened");
    }
    ~database() { sqlite3_close(db_); }
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    void execute(const std::string& sql) {
        if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db_));
    }
    [[noreturn]] void fail(const std::string& reason) const { throw std::runtime_error(file_ + ": " + reason); }
    sqlite3* handle() { return db_; }

  private:
    std::string file_;
    sqlite3* db_ = nullptr;
};

/// One prepared statement; values are bound and read from left to right.
class statement {
  public:
    statement(database& db, const std::string& sql) : db_(db) {
        if (sqlite3_prepare_v2(db.handle(), sql.c_str(), -1, &s_, nullptr) != SQLITE_OK) {
            db.fail(sqlite3_errmsg(db.handle()));
        }
    }
    ~statement() { sqlite3_finalize(s_); }
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    statement& add(std::int64_t v) { return bound(sqlite3_bind_int64(s_, ++column_, v)); }
    statement& add(std::uint64_t v) { return add(static_cast<std::int64_t>(v)); }
    statement& add(bool v) { return add(std::int64_t{v}); }
    statement& add(double v) { return bound(sqlite3_bind_double(s_, ++column_, v)); }
    statement& add(const std::string& v) {
        return bound(sqlite3_bind_text(s_, ++column_, v.data(), static_cast<int>(v.size()), SQLITE_TRANSIENT));
    }
    statement& add(const char* v) { return add(std::string(v)); }
    statement& add(const std::optional<sim::time_point>& v) {
        return v ? add(std::int64_t{sim::picoseconds_of(*v)}) : bound(sqlite3_bind_null(s_, ++column_));
    }
    void insert() {
        if (sqlite3_step(s_) != SQLITE_DONE) db_.fail(sqlite3_errmsg(db_.handle()));
        sqlite3_reset(s_);
        column_ = 0;
    }

    bool next() {
        column_ = 0;
        const int code = sqlite3_step(s_);
        if (code == SQLITE_ROW) return true;
        if (code != SQLITE_DONE) db_.fail(sqlite3_errmsg(db_.handle()));
        return false;
    }
    std::int64_t integer() { return sqlite3_column_int64(s_, column_++); }
    double real() { return sqlite3_column_double(s_, column_++); }
    std::string text() {
        const auto* octets = reinterpret_cast<const char*>(sqlite3_column_text(s_, column_));
        const auto n = static_cast<std::size_t>(sqlite3_column_bytes(s_, column_++));
        return octets ? std::string(octets, n) : std::string();
    }
    std::optional<sim::time_point> instant() {
        if (sqlite3_column_type(s_, column_) == SQLITE_NULL) {
            ++column_;
            return std::nullopt;
        }
        return sim::time_point{sim::duration{integer()}};
    }

  private:
    statement& bound(int code) {
        if (code != SQLITE_OK) db_.fail(sqlite3_errmsg(db_.handle()));
        return *this;
    }
    database& db_;
    sqlite3_stmt* s_ = nullptr;
    int column_ = 0;
};

std::string milestone_columns(const char* type) {
    std::string columns;
    for (std::size_t i = 0; i < milestone_count; ++i) {
        columns += ", " + std::string(to_text(static_cast<milestone>(i))) + "_ps" + type;
    }
    return columns;
}

std::string schema() {
    return "PRAGMA user_version = " + std::to_string(store_version) +
           ";CREATE TABLE batch (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
           "CREATE TABLE scenarios (name TEXT PRIMARY KEY, file TEXT NOT NULL, description TEXT NOT NULL, arguments "
           "TEXT NOT "
           "NULL, point TEXT NOT NULL);"
           "CREATE TABLE runs (id INTEGER PRIMARY KEY, scenario TEXT NOT NULL, seed INTEGER NOT NULL, outcome TEXT NOT "
           "NULL, failed_who TEXT NOT NULL, failed_reason TEXT NOT NULL, failed_known TEXT NOT NULL, version TEXT NOT "
           "NULL, scenario_digest TEXT "
           "NOT "
           "NULL, journal_digest TEXT NOT NULL, end_reason TEXT NOT NULL, simulated_ps INTEGER NOT NULL, wall_s REAL "
           "NOT "
           "NULL, events INTEGER NOT NULL, records INTEGER NOT NULL, bin_s INTEGER NOT NULL, bearers INTEGER NOT NULL, "
           "scans INTEGER NOT NULL, nwk_messages INTEGER NOT NULL, people INTEGER NOT NULL, gave_up INTEGER NOT NULL, "
           "keystrokes INTEGER NOT NULL, people_busy_ps INTEGER NOT NULL);"
           "CREATE TABLE devices (run INTEGER NOT NULL REFERENCES runs, path TEXT NOT NULL, kind TEXT NOT NULL, ready "
           "INTEGER NOT NULL, cause TEXT NOT NULL, evidence TEXT NOT NULL" +
           milestone_columns(" INTEGER") +
           ");CREATE TABLE phases (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, n INTEGER NOT NULL, min_s "
           "REAL, mean_s REAL, p50_s REAL, p90_s REAL, p95_s REAL, p99_s REAL, max_s REAL);"
           "CREATE TABLE servers (run INTEGER NOT NULL REFERENCES runs, path TEXT NOT NULL, requests INTEGER NOT NULL, "
           "peak_rps INTEGER NOT NULL, bytes INTEGER NOT NULL, errors INTEGER NOT NULL, refused INTEGER NOT NULL, "
           "queue_max INTEGER NOT NULL, connections_max INTEGER NOT NULL, retries INTEGER NOT NULL, handshakes INTEGER "
           "NOT NULL, resumed INTEGER NOT NULL);"
           "CREATE TABLE server_load (run INTEGER NOT NULL REFERENCES runs, path TEXT NOT NULL, bin INTEGER NOT NULL, "
           "requests INTEGER NOT NULL, queue_max INTEGER NOT NULL, connections_max INTEGER NOT NULL, egress INTEGER "
           "NOT "
           "NULL, errors INTEGER NOT NULL, retries INTEGER NOT NULL, handshakes INTEGER NOT NULL, resumed INTEGER NOT "
           "NULL);"
           "CREATE TABLE access_requests (run INTEGER NOT NULL REFERENCES runs, outcome TEXT NOT NULL, n INTEGER NOT "
           "NULL);"
           "CREATE TABLE band_search (run INTEGER NOT NULL REFERENCES runs, what TEXT NOT NULL, n INTEGER NOT NULL);"
           "CREATE TABLE out_of_band (run INTEGER NOT NULL REFERENCES runs, station TEXT NOT NULL, site TEXT NOT NULL, "
           "slots INTEGER NOT NULL, on_air_ps INTEGER NOT NULL);"
           "CREATE TABLE expectations (run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, position TEXT NOT "
           "NULL, "
           "passed INTEGER NOT NULL, observed TEXT NOT NULL, demanded TEXT NOT NULL, known TEXT NOT NULL);"
           "CREATE TABLE notes (run INTEGER NOT NULL REFERENCES runs, kind TEXT NOT NULL, text TEXT NOT NULL);";
}

const char* outcome_text(verdict v) {
    return v == verdict::passed ? "passed" : v == verdict::failed ? "failed" : "not completed";
}
verdict outcome_of(const std::string& text) {
    return text == "passed" ? verdict::passed : text == "failed" ? verdict::failed : verdict::not_completed;
}

class writer {
  public:
    explicit writer(database& db) : db_(db) {}

    void batch(const batch_result& b) {
        statement set(db_, "INSERT INTO batch VALUES (?, ?)");
        set.add("version").add(b.version).insert();
        set.add("overrides")
            .add(nlohmann::json(b.overrides).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
            .insert();
        set.add("planned").add(std::to_string(b.planned)).insert();
        set.add("interrupted").add(b.interrupted ? "1" : "0").insert();
        statement scenario(db_, "INSERT INTO scenarios VALUES (?, ?, ?, ?, ?)");
        for (const scenario_info& s : b.scenarios) {
            scenario.add(s.name).add(s.file).add(s.description).add(s.arguments).add(s.point).insert();
        }
        std::int64_t id = 0;
        for (const run_result& run : b.runs) this->run(++id, run);
    }

  private:
    void run(std::int64_t id, const run_result& r) {
        run_.add(id).add(r.scenario).add(r.seed).add(outcome_text(r.outcome)).add(r.failed_who).add(r.failed_reason);
        run_.add(r.failed_known);
        run_.add(r.version).add(r.scenario_digest).add(r.journal_digest).add(r.end_reason);
        run_.add(std::int64_t{r.simulated.count()}).add(r.wall_s).add(r.events).add(r.records).add(r.bin_s);
        run_.add(r.radio.bearers).add(r.radio.scans).add(r.radio.nwk_messages).add(r.people.people);
        run_.add(r.people.gave_up).add(r.people.keystrokes).add(std::int64_t{r.people.busy.count()}).insert();
        for (const device_result& d : r.devices) {
            device_.add(id).add(d.path).add(d.is_base ? "base" : "handset").add(d.ready).add(d.cause).add(d.evidence);
            for (std::size_t m = 0; m < milestone_count; ++m) device_.add(d.first[m]);
            device_.insert();
        }
        for (const phase_result& p : r.phases) {
            phase_.add(id).add(p.name).add(p.took.n);
            for (const sim::duration d :
                 {p.took.min, p.took.mean, p.took.p50, p.took.p90, p.took.p95, p.took.p99, p.took.max}) {
                phase_.add(sim::to_seconds(d));
            }
            phase_.insert();
        }
        for (const server_result& s : r.servers) server(id, s);
        for (const auto& [outcome, n] : r.radio.access_requests) access_.add(id).add(outcome).add(n).insert();
        for (const auto& [what, n] : r.radio.band_search) band_.add(id).add(what).add(n).insert();
        for (const auto& [path, sum] : r.radio.out_of_band)
            wrong_.add(id).add(path).add(sum.site).add(sum.slots).add(std::int64_t{sum.on_air.count()}).insert();
        for (const expectation_result& e : r.expectations) {
            expectation_.add(id).add(e.name).add(e.position).add(e.passed).add(e.observed).add(e.limit).add(e.known);
            expectation_.insert();
        }
        for (const std::string& text : r.assumptions) note_.add(id).add("assumption").add(text).insert();
        for (const std::string& text : r.faults) note_.add(id).add("fault").add(text).insert();
        for (const auto& [name, hash] : r.firmwares) note_.add(id).add("firmware").add(hash + " " + name).insert();
    }
    void server(std::int64_t id, const server_result& s) {
        server_.add(id).add(s.path);
        for (const auto field : server_total_fields) server_.add(s.totals.*field);
        server_.insert();
        for (std::size_t bin = 0; bin < s.load.requests.size(); ++bin) {
            const bool last = bin + 1 == s.load.requests.size();  // tells how long the series is
            const bool idle = std::all_of(load_series_list.begin(), load_series_list.end(),
                                          [&](const load_series& one) { return (s.load.*one.values)[bin] == 0; });
            if (!last && idle) continue;
            load_.add(id).add(s.path).add(std::uint64_t{bin});
            for (const load_series& one : load_series_list) load_.add((s.load.*one.values)[bin]);
            load_.insert();
        }
    }

    static std::string marks(std::size_t n) {
        std::string text = "?";
        for (std::size_t i = 1; i < n; ++i) text += ", ?";
        return "(" + text + ")";
    }
    database& db_;
    statement run_{db_, "INSERT INTO runs VALUES " + marks(23)};
    statement device_{db_, "INSERT INTO devices VALUES " + marks(6 + milestone_count)};
    statement phase_{db_, "INSERT INTO phases VALUES " + marks(10)};
    statement server_{db_, "INSERT INTO servers VALUES " + marks(2 + server_total_fields.size())};
    statement load_{db_, "INSERT INTO server_load VALUES " + marks(3 + load_series_list.size())};
    statement access_{db_, "INSERT INTO access_requests VALUES " + marks(3)};
    statement band_{db_, "INSERT INTO band_search VALUES " + marks(3)};
    statement wrong_{db_, "INSERT INTO out_of_band VALUES " + marks(5)};
    statement expectation_{db_, "INSERT INTO expectations VALUES " + marks(7)};
    statement note_{db_, "INSERT INTO notes VALUES " + marks(3)};
};

void read_servers(database& db, std::map<std::int64_t, run_result*>& by_id) {
    std::map<std::pair<std::int64_t, std::string>, server_result*> known;
    statement all(db, "SELECT * FROM servers ORDER BY rowid");
    while (all.next()) {
        run_result& run = *by_id.at(all.integer());
        server_result s;
        s.path = all.text();
        for (const auto field : server_total_fields) s.totals.*field = all.integer();
        run.servers.push_back(std::move(s));
    }
    for (auto& [id, run] : by_id) {
        for (server_result& s : run->servers) known[{id, s.path}] = &s;
    }
    statement load(db, "SELECT * FROM server_load ORDER BY rowid");
    while (load.next()) {
        const std::int64_t id = load.integer();
        const std::string path = load.text();
        const auto bin = static_cast<std::size_t>(load.integer());
        server_load& l = known.at({id, path})->load;
        for (const load_series& one : load_series_list) {
            (l.*one.values).resize(bin + 1, 0);
            (l.*one.values).back() = load.integer();
        }
    }
}

void read_rest(database& db, std::map<std::int64_t, run_result*>& by_id) {
    statement devices(db, "SELECT * FROM devices ORDER BY rowid");
    while (devices.next()) {
        run_result& run = *by_id.at(devices.integer());
        device_result d;
        d.path = devices.text();
        d.is_base = devices.text() == "base";
        d.ready = devices.integer() != 0;
        d.cause = devices.text();
        d.evidence = devices.text();
        for (std::size_t m = 0; m < milestone_count; ++m)
            if (const auto at = devices.instant()) d.first.set(m, *at);
        run.devices.push_back(std::move(d));
    }
    statement access(db, "SELECT * FROM access_requests ORDER BY rowid");
    while (access.next()) {
        run_result& run = *by_id.at(access.integer());
        const std::string outcome = access.text();
        run.radio.access_requests[outcome] = access.integer();
    }
    statement band(db, "SELECT * FROM band_search ORDER BY rowid");
    while (band.next()) {
        run_result& run = *by_id.at(band.integer());
        const std::string what = band.text();
        run.radio.band_search[what] = band.integer();
    }
    statement wrong(db, "SELECT * FROM out_of_band ORDER BY rowid");
    while (wrong.next()) {
        run_result& run = *by_id.at(wrong.integer());
        out_of_band_result& sum = run.radio.out_of_band[wrong.text()];
        sum.site = wrong.text();
        sum.slots = wrong.integer();
        sum.on_air = sim::duration{wrong.integer()};
    }
    statement expectations(db, "SELECT * FROM expectations ORDER BY rowid");
    while (expectations.next()) {
        run_result& run = *by_id.at(expectations.integer());
        expectation_result e;
        e.name = expectations.text();
        e.position = expectations.text();
        e.passed = expectations.integer() != 0;
        e.observed = expectations.text();
        e.limit = expectations.text();
        e.known = expectations.text();
        run.expectations.push_back(std::move(e));
    }
    statement notes(db, "SELECT * FROM notes ORDER BY rowid");
    while (notes.next()) {
        run_result& run = *by_id.at(notes.integer());
        const std::string kind = notes.text(), text = notes.text();
        if (kind == "firmware") {
            const std::size_t blank = text.find(' ');
            run.firmwares.emplace_back(text.substr(blank + 1), text.substr(0, blank));
        } else {
            (kind == "assumption" ? run.assumptions : run.faults).push_back(text);
        }
    }
}

void read_runs(database& db, batch_result& b, std::vector<std::int64_t>& ids) {
    statement runs(db, "SELECT * FROM runs ORDER BY id");
    while (runs.next()) {
        run_result r;
        ids.push_back(runs.integer());
        r.scenario = runs.text();
        r.seed = static_cast<std::uint64_t>(runs.integer());
        r.outcome = outcome_of(runs.text());
        r.failed_who = runs.text();
        r.failed_reason = runs.text();
        r.failed_known = runs.text();
        r.version = runs.text();
        r.scenario_digest = runs.text();
        r.journal_digest = runs.text();
        r.end_reason = runs.text();
        r.simulated = sim::duration{runs.integer()};
        r.wall_s = runs.real();
        r.events = static_cast<std::uint64_t>(runs.integer());
        r.records = static_cast<std::uint64_t>(runs.integer());
        r.bin_s = runs.integer();
        r.radio.bearers = runs.integer();
        r.radio.scans = runs.integer();
        r.radio.nwk_messages = runs.integer();
        r.people.people = runs.integer();
        r.people.gave_up = runs.integer();
        r.people.keystrokes = runs.integer();
        r.people.busy = sim::duration{runs.integer()};
        b.runs.push_back(std::move(r));
    }
}

}  // namespace

void save_store(const batch_result& batch, const fs::path& file) {
    const fs::path temporary = temporary_beside(file);
    std::error_code error;
    fs::remove(temporary, error);
    try {
        database db(temporary, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        // The file is renamed only when complete: no journal and no waiting for the disk.
        db.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;" + schema());
        writer(db).batch(batch);
        db.execute("COMMIT");
    } catch (...) {
        fs::remove(temporary, error);
        throw;
    }
    fs::rename(temporary, file, error);
    if (error) throw std::runtime_error(file.string() + ": cannot be written: " + error.message());
}

batch_result load_store(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error)) throw std::runtime_error(file.string() + ": there is no such file");
    database db(file, SQLITE_OPEN_READONLY);
    statement version(db, "PRAGMA user_version");
    if (!version.next() || version.integer() != store_version) {
        throw std::runtime_error(file.string() + ": not a result store of this version of dectbed");
    }
    batch_result b;
    statement settings(db, "SELECT key, value FROM batch");
    while (settings.next()) {
        const std::string key = settings.text(), value = settings.text();
        if (key == "version") b.version = value;
        if (key == "overrides") b.overrides = nlohmann::json::parse(value).get<std::vector<std::string>>();
        if (key == "planned") b.planned = std::stoull(value);
        if (key == "interrupted") b.interrupted = value == "1";
    }
    statement scenarios(db, "SELECT name, file, description, arguments, point FROM scenarios ORDER BY rowid");
    while (scenarios.next()) {
        scenario_info s;
        s.name = scenarios.text();
        s.file = scenarios.text();
        s.description = scenarios.text();
        s.arguments = scenarios.text();
        s.point = scenarios.text();
        b.scenarios.push_back(std::move(s));
    }
    std::vector<std::int64_t> ids;
    read_runs(db, b, ids);
    std::map<std::int64_t, run_result*> by_id;
    for (std::size_t i = 0; i < ids.size(); ++i) by_id[ids[i]] = &b.runs[i];
    read_rest(db, by_id);
    read_servers(db, by_id);
    for (run_result& r : b.runs) r.phases = phases_of(r.devices);
    return b;
}

}  // namespace dectbed::results
