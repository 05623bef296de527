#include "models/module/dect_module.h"

#include <algorithm>
#include <cstdlib>

#include "models/module/program.h"

namespace dectbed::models::module {

using firmware::make_event;
namespace record = sim::record;

namespace {
constexpr auto mail_event = static_cast<dectbed_event_type>(DECTBED_EV_MAIL);
/// Start bit, eight bits, stop bit.
constexpr std::int64_t bits_an_octet = 10;
}  // namespace

dect_module::dect_module(firmware::device_board& board, const module_parameters& p, transceiver t)
    : board_(board),
      sim_(board.simulation()),
      parameters_(p),
      transceiver_(std::move(t)),
      loss_(sim_.stream(board.who(), "module mail")),
      entropy_(sim_.stream(board.who(), "module")),
      program_(sim_, sim_.journal().path_of(board.who()) + "/module", program_entry(), 1,
               [this](const firmware::request& r) { serve(r); }),
      loss_rates_{p.mail_loss, p.mail_loss} {}

dect_module::~dect_module() {
    writing_.cancel();
    starting_.cancel();
}

// --- life ------------------------------------------------------------------------------------------------------

void dect_module::change(const std::string& state, const std::string& cause) {
    if (state == state_) return;
    state_ = state;
    sim_.publish(board_.who(), record::module_state{state, cause});
}

void dect_module::begin(const char* cause) {
    ++life_;
    if (eeprom_.empty()) eeprom_.assign(eeprom_map::octets, 0xFF);
    change("starting", cause);
    starting_ = sim_.kernel().after(parameters_.start + slow_, [this] {
        dectbed_ev_boot b{};
        const auto& factory = board_.config().factory;
        b.reset_cause = DECTBED_RESET_POWER_ON;
        for (auto& octet : b.entropy) octet = static_cast<std::uint8_t>(entropy_.below(256));
        std::copy(factory.rfpi.begin(), factory.rfpi.end(), b.rfpi);
        b.bands = factory.bands;
        program_.start(make_event(DECTBED_EV_BOOT, 0, b));
    });
}

void dect_module::end() {
    ++life_;
    starting_.cancel();
    writing_.cancel();
    writes_.clear();
    for (auto& l : lines_) l = line{};
    program_.halt();
    transceiver_.reset();
    change("off", "reset");
}

void dect_module::restart(const char* cause) {
    end();
    begin(cause);
}

/// Its program stands still; what its radio repeats by itself goes on.
void dect_module::hang() {
    if (state_ == "off") return;
    starting_.cancel();
    writing_.cancel();
    writes_.clear();
    program_.halt();
    change("hangs", "fault");
}

dectbed_status dect_module::perform(const firmware::request& r) {
    sim::byte_view octets;
    if (!r.with_data<dectbed_record>(octets)) return DECTBED_BAD_FIELD;
    if (r.type() == DECTBED_REQ_MODULE_RESET) {
        if (!octets.empty()) return DECTBED_BAD_FIELD;
        restart("its reset line");
        return DECTBED_OK;
    }
    if (octets.empty() || octets.size() > DECTBED_MAIL_OCTETS_MAX) return DECTBED_BAD_FIELD;
    if (lines_[0].waiting > waiting_max) return DECTBED_TOO_MANY;
    say(way::to_module, sim::to_bytes(octets));
    return DECTBED_OK;
}

// --- what its program asks for ---------------------------------------------------------------------------------

void dect_module::serve(const firmware::request& r) {
    sim::byte_view data;
    switch (r.type()) {
        case DECTBED_REQ_MAIL_SEND:
            if (r.with_data<dectbed_record>(data)) say(way::from_module, sim::to_bytes(data));
            return;
        case DECTBED_REQ_RESET:
            // What is on the line goes out first.
            starting_ = sim_.kernel().after(std::chrono::milliseconds(20), [this] { restart("command"); });
            return;
        case DECTBED_REQ_STATE:
            if (const auto s = r.exactly<dectbed_req_state>())
                change(firmware::clean_field(s->state), firmware::clean_field(s->cause));
            return;
        case DECTBED_REQ_FLASH_READ: {
            const auto f = r.exactly<dectbed_req_flash>();
            if (!f || f->address + f->length > eeprom_.size()) return;
            dectbed_ev_flash e{};
            e.address = f->address;
            post(make_event(DECTBED_EV_FLASH_DATA, r.token(), e,
                            sim::byte_view(eeprom_.data() + f->address, static_cast<std::ptrdiff_t>(f->length))));
            return;
        }
        case DECTBED_REQ_FLASH_PROGRAM: {
            const auto f = r.with_data<dectbed_req_flash>(data);
            if (!f || f->address + static_cast<std::size_t>(data.size()) > eeprom_.size()) return;
            writes_.push_back({f->address, r.token(), sim::to_bytes(data)});
            if (!writing_.pending()) write_next();
            return;
        }
        default:
            break;
    }
    if (r.type() < DECTBED_REQ_RADIO_START || r.type() > DECTBED_REQ_RADIO_PAGE) return;
    const dectbed_status status = transceiver_.perform(r);
    if (status == DECTBED_OK || r.type() != DECTBED_REQ_RADIO_START) return;
    dectbed_ev_radio_started refused{};
    refused.status = static_cast<std::uint16_t>(status);
    post(make_event(DECTBED_EV_RADIO_STARTED, r.token(), refused));
}

void dect_module::write_next() {
    if (writes_.empty()) return;
    writing_ = sim_.kernel().after(parameters_.eeprom_write, [this] {
        const write done = std::move(writes_.front());
        writes_.pop_front();
        std::copy(done.data.begin(), done.data.end(), eeprom_.begin() + done.address);
        dectbed_ev_flash e{};
        e.address = done.address;
        post(make_event(DECTBED_EV_FLASH_DONE, done.token, e));
        write_next();
    });
}

// --- the line --------------------------------------------------------------------------------------------------

void dect_module::say(way w, sim::bytes octets) {
    line& l = lines_[static_cast<int>(w)];
    const auto takes = parameters_.line.time_for_octets(static_cast<std::int64_t>(octets.size())) * bits_an_octet / 8;
    l.free = std::max(l.free, sim_.now()) + takes;
    ++l.waiting;
    sim_.kernel().after(l.free - sim_.now(), [this, w, life = life_, o = std::move(octets)] {
        if (life != life_) return;  // cut off by a reset
        --lines_[static_cast<int>(w)].waiting;
        arrive(w, o);
    });
}

bool dect_module::lost(way w, const std::string& name) {
    bool gone = false;
    for (auto d = dropping_.begin(); d != dropping_.end();) {
        const bool meant = d->on == w && (d->mail.empty() || d->mail == name);
        if (meant && d->skip > 0)
            --d->skip;
        else if (meant && !gone) {
            gone = true;
            if (--d->count == 0) {
                d = dropping_.erase(d);
                continue;
            }
        }
        ++d;
    }
    const double rate = loss_rates_[static_cast<int>(w)];
    return gone || (rate > 0 && loss_.unit() < rate);
}

void dect_module::arrive(way w, const sim::bytes& octets) {
    fw_mail m{};
    const char* why = "";
    record::module_mail r;
    const bool is_mail = fw_mail_decode(octets.data(), octets.size(), &m, &why);
    const bool answer = is_mail && (m.opcode & FW_MAIL_ANSWER) != 0;
    r.direction = w == way::to_module ? to_module : from_module;
    r.mail = is_mail ? fw_mail_name(m.opcode) : "octets";
    r.answer = answer;
    r.sequence = is_mail ? m.sequence : -1;
    r.octets = sim::to_hex(octets);
    const bool heard = w == way::from_module ? board_.running() : program_.running();
    r.fate = lost(w, r.mail) ? "lost" : heard ? "delivered" : "not read";
    const bool delivered = r.fate == "delivered";
    sim_.publish(board_.who(), std::move(r));
    if (!delivered) return;
    if (w == way::from_module) {
        board_.post(make_event(mail_event, 0, dectbed_ev_data{}, octets));
        return;
    }
    const bool sets_band = is_mail && m.opcode == FW_MAIL_SET_BAND && m.octets == 1;
    if (sets_band && band_resets_ > 0) {
        --band_resets_;
        return restart("band change");
    }
    if (sets_band && parameters_.resets_on_band_change && m.payload[0] != DECTBED_BAND_NONE &&
        m.payload[0] < DECTBED_BANDS && eeprom_[eeprom_map::band] != m.payload[0]) {
        eeprom_[eeprom_map::band] = m.payload[0];
        return restart("band change");
    }
    post(make_event(mail_event, 0, dectbed_ev_data{}, octets));
}

// --- faults ----------------------------------------------------------------------------------------------------

namespace {
std::string text_of(const sim::fault_arguments& a, const char* name) {
    const auto found = a.find(name);
    return found == a.end() ? std::string() : found->second;
}
double number_of(const sim::fault_arguments& a, const char* name, double otherwise) {
    const std::string text = text_of(a, name);
    return text.empty() ? otherwise : std::strtod(text.c_str(), nullptr);
}
}  // namespace

std::string dect_module::drop(const sim::fault_arguments& a, bool begins) {
    if (!begins) return {};
    const std::string direction = text_of(a, "direction");
    for (const way w : {way::to_module, way::from_module}) {
        if (direction == (w == way::to_module ? from_module : to_module)) continue;
        dropping_.push_back({w, text_of(a, "mail"), static_cast<std::int64_t>(number_of(a, "skip", 0)),
                             static_cast<std::int64_t>(number_of(a, "count", 1))});
    }
    return {};
}

void dect_module::offer_faults() {
    auto& faults = sim_.faults();
    faults.offer(board_.who(), "module_hang", [this](const sim::fault_arguments&, bool begins) -> std::string {
        if (begins) hang();
        return {};
    });
    faults.offer(board_.who(), "module_reset", [this](const sim::fault_arguments&, bool begins) -> std::string {
        if (begins && state_ != "off") restart("fault");
        return {};
    });
    faults.offer(board_.who(), "module_slow_start", [this](const sim::fault_arguments& a, bool begins) -> std::string {
        slow_ = begins ? sim::from_seconds(number_of(a, "by", 0)) : sim::duration{0};
        return {};
    });
    faults.offer(board_.who(), "module_lost_mail", [this](const sim::fault_arguments& a, bool begins) -> std::string {
        const std::string direction = text_of(a, "direction");
        const double rate = begins ? number_of(a, "rate", 1) : parameters_.mail_loss;
        if (direction != from_module) loss_rates_[0] = rate;
        if (direction != to_module) loss_rates_[1] = rate;
        return {};
    });
    faults.offer(board_.who(), "module_drop_mail",
                 [this](const sim::fault_arguments& a, bool begins) { return drop(a, begins); });
    faults.offer(board_.who(), "module_band_reset", [this](const sim::fault_arguments& a, bool begins) -> std::string {
        if (begins) band_resets_ += static_cast<std::int64_t>(number_of(a, "count", 1));
        return {};
    });
}

}  // namespace dectbed::models::module
