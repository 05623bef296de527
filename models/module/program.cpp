#include "models/module/program.h"

#include <algorithm>
#include <cstring>

namespace dectbed::models::module {

using namespace ids;

namespace {
constexpr std::uint8_t version_minor = 3, version_major = 2;
/// FP capabilities of a module: full slot, basic A-field set-up, authentication required, location registration; and
/// access rights requests while it is open (EN 300 175-5, annex F: a17, a23, a36, a38, a44).
constexpr std::uint64_t capability(int a) { return std::uint64_t{1} << (47 - a); }
constexpr std::uint64_t capabilities = capability(17) | capability(23) | capability(36) | capability(38);
constexpr std::size_t queue_max = 64;
constexpr std::size_t pin_digits_max = 8;
constexpr std::uint8_t everybody = 0xFF;
constexpr std::uint32_t listen_frames_min = 16, listen_frames_max = 512;
constexpr int milli_dbm_in_tenth = 100;
constexpr std::int32_t power_max_tenths = 240;  // EN 300 175-2, 4.4: NTP 250 mW
}  // namespace

// --- life ------------------------------------------------------------------------------------------------------

void program::handle(const dectbed_event* event) {
    if (!fw_io_begin(&io_, event)) return;
    const auto& on_link = *reinterpret_cast<const dectbed_ev_link*>(event);  // where it is about one
    switch (event->record.type) {
        case DECTBED_EV_BOOT:
            boot(*reinterpret_cast<const dectbed_ev_boot*>(event));
            return;
        case DECTBED_EV_FLASH_DATA:
            loaded(event);
            return;
        case DECTBED_EV_FLASH_DONE:
            written(event->record.token);
            return;
        case DECTBED_EV_TIMER:
            timer(reinterpret_cast<const dectbed_ev_timer*>(event)->timer);
            return;
        case DECTBED_EV_MAIL: {
            const fw_payload p = fw_event_payload(event);
            if (!loaded_) return;
            fw_mail_read(
                &reader_, p.data, p.octets,
                [](void* context, const fw_mail* m) { static_cast<program*>(context)->mail(*m); }, this);
            return;
        }
        case DECTBED_EV_RADIO_STARTED:
            started(*reinterpret_cast<const dectbed_ev_radio_started*>(event));
            return;
        case DECTBED_EV_SCAN_RESULT:
            heard(*reinterpret_cast<const dectbed_ev_scan_result*>(event));
            return;
        case DECTBED_EV_SCAN_DONE:
            listened();
            return;
        case DECTBED_EV_LINK_ESTABLISHED:
            link_established(on_link);
            return;
        case DECTBED_EV_LINK_RELEASED:
            link_released(on_link);
            return;
        case DECTBED_EV_NWK_RECEIVED:
            message_received(event);
            return;
        case DECTBED_EV_NWK_SENT: {
            link* l = find_link(on_link.link);
            if (l == nullptr) return;
            if (event->record.token == closing_token) {
                if (l->use == link_use::closing) close(*l);
            } else if (l->use == link_use::vendor && event->record.token == message_token) {
                fw_mail m{};
                m.opcode = FW_MAIL_VENDOR_MM_SENT;
                fw_mail_put(&m, static_cast<std::uint32_t>(index_of(*l)), 1);
                tell(m);
            }
            return;
        }
        default:
            return;
    }
}

void program::boot(const dectbed_ev_boot& event) {
    identity_ = event;
    sequence_ = static_cast<std::uint8_t>(fw_random(&io_));
    fw_flash_read(&io_, head_token, 0, eeprom_map::octets);
}

void program::loaded(const dectbed_event* event) {
    const fw_payload p = fw_event_payload(event);
    if (p.octets != eeprom_map::octets) return;
    if (p.data[eeprom_map::version] == eeprom_map::layout) {
        band_ = p.data[eeprom_map::band];
        starts_ = static_cast<std::uint16_t>(p.data[eeprom_map::starts] | p.data[eeprom_map::starts + 1] << 8);
    }
    for (std::size_t i = 0; i < handsets_.size(); ++i) {
        const std::uint8_t* r = p.data + eeprom_map::record_octets * (i + 1);
        auto& h = handsets_[i];
        if (r[0] != eeprom_map::layout) continue;
        h.used = true;
        h.located = r[1] != 0;
        std::copy_n(r + 2, FW_IPUI_OCTETS, h.ipui.begin());
        std::copy_n(r + 2 + FW_IPUI_OCTETS, FW_AUTH_KEY_OCTETS, h.uak.begin());
    }
    ++starts_;
    loaded_ = head_unsaved_ = true;
    save();
    enter(FW_MODULE_IDLE, "started");
    fw_mail m{};
    m.opcode = FW_MAIL_STARTED_UP;
    put_state(m);
    tell(m);
}

void program::enter(fw_module_state next, const char* cause) {
    static constexpr const char* names[] = {"idle", "on the air", "receive only"};
    state_ = next;
    fw_state(&io_, "module", names[next], cause);
}

void program::timer(std::uint32_t number) {
    if (number == mail_timer) {
        if (said_ < timing::repeats_max) {
            say_first();
            return;
        }
        queue_.pop_front();  // nobody is there
        said_ = 0;
        if (!queue_.empty()) say_first();
    } else if (number == window_timer) {
        open_ = false;
        broadcast();
        fw_mail m{};
        m.opcode = FW_MAIL_REGISTRATION_CLOSED;
        tell(m);
    } else if (number == page_timer) {
        page();
    } else if (number - link_timers < links_max) {
        link_timeout(number - link_timers);
    } else if (number - mobility_timers < links_max) {
        auto& l = links_[number - mobility_timers];
        if (l.use != link_use::free) fw_mm_ft_timeout(&l.mm, number);
    } else if (number - call_timers < links_max) {
        auto& l = links_[number - call_timers];
        if (l.use != link_use::free) fw_cc_timeout(&l.call, number);
    }
}

// --- mails -----------------------------------------------------------------------------------------------------

namespace {
void put_on_line(fw_io& io, const fw_mail& m) {
    std::uint8_t octets[FW_MAIL_OCTETS_MAX];
    struct {
        dectbed_record head;
        std::uint8_t data[FW_MAIL_OCTETS_MAX];
    } request;
    const std::size_t n = fw_mail_write(&m, octets);
    request.head = {DECTBED_REQ_MAIL_SEND, static_cast<std::uint16_t>(sizeof request.head + n), 0};
    std::memcpy(request.data, octets, n);
    io.host->request(io.host->context, &request.head);
}
}  // namespace

void program::say_first() {
    ++said_;
    put_on_line(io_, queue_.front());
    fw_timer_start(&io_, mail_timer, timing::repeat_us);
}

void program::tell(const fw_mail& m) {
    if (queue_.size() >= queue_max) return;
    queue_.push_back(m);
    queue_.back().sequence = ++sequence_;
    if (queue_.size() == 1) say_first();
}

void program::answer(const fw_mail& to, fw_mail_status status, const fw_mail& rest) {
    fw_mail m{};
    m.opcode = static_cast<std::uint16_t>(to.opcode | FW_MAIL_ANSWER);
    m.sequence = to.sequence;
    fw_mail_put(&m, status, 1);
    fw_mail_put_octets(&m, rest.payload, rest.octets);
    last_answer_ = m;
    put_on_line(io_, m);
}

void program::mail(const fw_mail& m) {
    if ((m.opcode & FW_MAIL_ANSWER) != 0) {
        if (said_ == 0 || queue_.front().sequence != m.sequence || (queue_.front().opcode | FW_MAIL_ANSWER) != m.opcode)
            return;
        queue_.pop_front();
        said_ = 0;
        fw_timer_stop(&io_, mail_timer);
        if (!queue_.empty()) say_first();
        return;
    }
    if (any_command_ && last_command_.sequence == m.sequence && last_command_.opcode == m.opcode) {
        // Its answer was lost; or is still to come.
        if (last_answer_.sequence == m.sequence && last_answer_.opcode == (m.opcode | FW_MAIL_ANSWER))
            put_on_line(io_, last_answer_);
        return;
    }
    any_command_ = true;
    last_command_ = m;
    last_answer_ = {};
    command(m);
}

void program::command(const fw_mail& m) {
    switch (m.opcode) {
        case FW_MAIL_HELLO: {
            fw_mail rest{};
            put_state(rest);
            return answer(m, FW_MAIL_OK, rest);
        }
        case FW_MAIL_RESET:
            answer(m, FW_MAIL_OK);
            fw_reset(&io_, DECTBED_RESET_SOFTWARE);
            return;
        case FW_MAIL_SET_BAND:
            return set_band(m);
        case FW_MAIL_START:
            return start(m);
        case FW_MAIL_STOP:
            answer(m, FW_MAIL_OK);
            return stop();
        case FW_MAIL_RECEIVE_ONLY:
            return receive_only(m);
        case FW_MAIL_REGISTRATION:
            return registration(m);
        case FW_MAIL_ANNOUNCE:
            return announce(m);
        case FW_MAIL_HANDSETS:
            return list_handsets(m);
        case FW_MAIL_DELETE: {
            const std::size_t i = m.octets == 1 ? m.payload[0] : nobody;
            if (i >= handsets_.size() || !handsets_[i].used) return answer(m, FW_MAIL_NOT_FOUND);
            answer(m, FW_MAIL_OK);
            return forget(i);
        }
        case FW_MAIL_VENDOR_MM:
            return vendor_down(m);
        case FW_MAIL_CLOSE_LINK: {
            const std::size_t i = m.octets == 1 ? m.payload[0] : nobody;
            if (i >= links_max || !links_[i].vendor_told) return answer(m, FW_MAIL_NOT_FOUND);
            answer(m, FW_MAIL_OK);
            return close(links_[i]);
        }
        case FW_MAIL_PAGE:
            if (m.octets != 1) return answer(m, FW_MAIL_BAD_FIELD);
            if (state_ != FW_MODULE_ON_AIR) return answer(m, FW_MAIL_WRONG_STATE);
            answer(m, FW_MAIL_OK);
            return page_all(m.payload[0]);
        default:
            return answer(m, FW_MAIL_UNKNOWN);
    }
}

std::uint8_t program::handset_count() const {
    return static_cast<std::uint8_t>(
        std::count_if(handsets_.begin(), handsets_.end(), [](const handset& h) { return h.used; }));
}

void program::put_state(fw_mail& m) const {
    fw_mail_put(&m, FW_MODULE_INTERFACE, 1);
    fw_mail_put(&m, version_major << 8 | version_minor, 2);
    fw_mail_put(&m, band_, 1);
    fw_mail_put(&m, state_, 1);
    fw_mail_put(&m, handset_count(), 1);
    fw_mail_put_octets(&m, identity_.rfpi, sizeof identity_.rfpi);
    fw_mail_put(&m, starts_, 2);
}

void program::set_band(const fw_mail& m) {
    if (m.octets != 1 || m.payload[0] == DECTBED_BAND_NONE || m.payload[0] >= DECTBED_BANDS ||
        (identity_.bands >> m.payload[0] & 1) == 0)
        return answer(m, FW_MAIL_BAD_FIELD);
    if (state_ != FW_MODULE_IDLE || starting_) return answer(m, FW_MAIL_WRONG_STATE);
    if (band_ == m.payload[0]) return answer(m, FW_MAIL_OK);
    band_ = m.payload[0];
    head_unsaved_ = head_answer_due_ = true;  // answered once it is stored
    head_waits_ = m;
    save();
}

void program::start(const fw_mail& m) {
    const auto power = static_cast<std::int16_t>(fw_mail_get(&m, 0, 2));
    if (m.octets != 2 || power > power_max_tenths || power < -power_max_tenths) return answer(m, FW_MAIL_BAD_FIELD);
    if (state_ != FW_MODULE_IDLE || starting_ || band_ == DECTBED_BAND_NONE) return answer(m, FW_MAIL_WRONG_STATE);
    answer(m, FW_MAIL_OK);
    starting_ = true;
    broadcast();
    fw_radio_start(&io_, radio_token, band_, power * milli_dbm_in_tenth);
}

void program::started(const dectbed_ev_radio_started& event) {
    if (!starting_) return;
    starting_ = false;
    const bool ok = event.status == DECTBED_OK;
    if (ok) enter(FW_MODULE_ON_AIR, "start");
    fw_mail m{};
    m.opcode = FW_MAIL_ON_AIR;
    fw_mail_put(&m, ok ? FW_MAIL_OK : FW_MAIL_NO_CHANNEL, 1);
    fw_mail_put(&m, event.carrier, 1);
    fw_mail_put(&m, event.slot, 1);
    tell(m);
}

void program::stop() {
    starting_ = false;
    for (auto& l : links_)
        if (l.use != link_use::free) free_link(l);
    if (state_ == FW_MODULE_RECEIVE_ONLY) return;  // the scan comes to its end by itself
    fw_radio_stop(&io_);
    if (state_ != FW_MODULE_IDLE) enter(FW_MODULE_IDLE, "stop");
}

void program::receive_only(const fw_mail& m) {
    const std::uint32_t frames = fw_mail_get(&m, 1, 2);
    if (m.octets != 3 || m.payload[0] == DECTBED_BAND_NONE || m.payload[0] >= DECTBED_BANDS ||
        frames < listen_frames_min || frames > listen_frames_max)
        return answer(m, FW_MAIL_BAD_FIELD);
    if (state_ != FW_MODULE_IDLE || starting_) return answer(m, FW_MAIL_WRONG_STATE);
    answer(m, FW_MAIL_OK);
    listens_on_ = m.payload[0];
    found_ = 0;
    enter(FW_MODULE_RECEIVE_ONLY, "receive-only");
    fw_radio_scan(&io_, radio_token, listens_on_, frames);
}

void program::heard(const dectbed_ev_scan_result& event) {
    constexpr std::uint8_t heard_escape = 2;
    if (state_ != FW_MODULE_RECEIVE_ONLY) return;
    if (found_ < 0xFF) ++found_;
    const bool vendor = (event.heard & heard_escape) != 0;
    fw_mail m{};
    m.opcode = FW_MAIL_HEARD;
    fw_mail_put_octets(&m, event.rfpi, sizeof event.rfpi);
    fw_mail_put(&m, static_cast<std::uint32_t>(event.rssi_milli_dbm / milli_dbm_in_tenth), 2);
    fw_mail_put(&m, vendor ? event.information.escape_emc : 0, 2);
    fw_mail_put(&m, vendor ? event.information.escape_data : 0, 4);
    tell(m);
}

void program::listened() {
    if (state_ != FW_MODULE_RECEIVE_ONLY) return;
    enter(FW_MODULE_IDLE, "listened");
    fw_mail m{};
    m.opcode = FW_MAIL_LISTENED;
    fw_mail_put(&m, listens_on_, 1);
    fw_mail_put(&m, found_, 1);
    tell(m);
}

void program::registration(const fw_mail& m) {
    const std::uint32_t seconds = fw_mail_get(&m, 1, 2);
    const std::string pin(reinterpret_cast<const char*>(m.payload) + 3, m.octets < 3 ? 0u : m.octets - 3u);
    const bool opens = m.octets >= 3 && m.payload[0] == 1;
    const bool digits = std::all_of(pin.begin(), pin.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (m.octets < 3 || m.payload[0] > 1 || !digits || pin.size() > pin_digits_max || (opens && pin.empty()))
        return answer(m, FW_MAIL_BAD_FIELD);
    answer(m, FW_MAIL_OK);
    open_ = opens;
    pin_ = pin;
    fw_timer_stop(&io_, window_timer);
    if (opens && seconds > 0) fw_timer_start(&io_, window_timer, seconds * FW_SECOND_US);
    broadcast();
}

void program::announce(const fw_mail& m) {
    if (m.octets != 6 || fw_mail_get(&m, 2, 4) >> 20 != 0) return answer(m, FW_MAIL_BAD_FIELD);
    answer(m, FW_MAIL_OK);
    announced_emc_ = static_cast<std::uint16_t>(fw_mail_get(&m, 0, 2));
    announced_ = fw_mail_get(&m, 2, 4);
    broadcast();
}

/// What the Q-channel says.
void program::broadcast() {
    dectbed_system_information information{};
    information.fixed_part_capabilities = capabilities | (open_ ? capability(44) : 0);
    information.escape_emc = announced_emc_;
    information.escape_data = announced_;
    fw_radio_information(&io_, &information);
}

void program::list_handsets(const fw_mail& m) {
    fw_mail rest{};
    fw_mail_put(&rest, handset_count(), 1);
    for (std::size_t i = 0; i < handsets_.size(); ++i) {
        if (!handsets_[i].used) continue;
        fw_mail_put(&rest, static_cast<std::uint32_t>(i), 1);
        fw_mail_put(&rest, handsets_[i].located ? 1 : 0, 1);
        fw_mail_put_octets(&rest, handsets_[i].ipui.data(), handsets_[i].ipui.size());
    }
    answer(m, FW_MAIL_OK, rest);
}

void program::vendor_down(const fw_mail& m) {
    constexpr unsigned head = 5;
    constexpr std::uint8_t discriminator_emc = 0x81, info_type_dynamic_parameters = 0x86;
    const std::size_t i = m.octets > 0 ? m.payload[0] : nobody;
    const std::uint8_t type = m.octets > 1 ? m.payload[1] : 0;
    if (m.octets <= head || m.octets > head + FW_MAIL_VENDOR_MAX ||
        (type != FW_MM_INFO_ACCEPT && type != FW_MM_INFO_SUGGEST && type != FW_MM_INFO_REJECT))
        return answer(m, FW_MAIL_BAD_FIELD);
    if (i >= links_max || links_[i].use != link_use::vendor) return answer(m, FW_MAIL_NOT_FOUND);
    answer(m, FW_MAIL_OK);
    fw_nwk_writer w;
    std::uint8_t value[3 + FW_MAIL_VENDOR_MAX] = {discriminator_emc, m.payload[4], m.payload[3]};
    std::memcpy(value + 3, m.payload + head, m.octets - head);
    fw_nwk_begin(&w, FW_NWK_MM, 0, type != FW_MM_INFO_SUGGEST, type);
    if (type == FW_MM_INFO_REJECT)
        fw_nwk_put_octet(&w, FW_IE_REJECT_REASON, m.payload[2]);
    else
        fw_nwk_put_octet(&w, FW_IE_INFO_TYPE, info_type_dynamic_parameters);
    fw_nwk_put(&w, FW_IE_ESCAPE_TO_PROPRIETARY, value, 3u + m.octets - head);
    send(links_[i], w);
}

void program::page_all(std::uint8_t number) {
    for (std::size_t i = 0; i < handsets_.size(); ++i)
        if (handsets_[i].used && handsets_[i].located && (number == everybody || number == i))
            handsets_[i].pages_left = FW_LCE_N300 + 1;
    page();
}

// --- EEPROM ----------------------------------------------------------------------------------------------------

void program::save() {
    if (head_unsaved_ && !head_saving_) {
        const std::uint8_t head[] = {eeprom_map::layout, band_, static_cast<std::uint8_t>(starts_),
                                     static_cast<std::uint8_t>(starts_ >> 8)};
        head_unsaved_ = false;
        head_saving_ = true;
        fw_flash_program(&io_, head_token, 0, head, sizeof head);
    }
    if (saving_ != nobody) return;
    for (std::size_t i = 0; i < handsets_.size(); ++i) {
        auto& h = handsets_[i];
        if (!h.unsaved) continue;
        std::uint8_t r[eeprom_map::record_octets] = {};
        r[0] = h.used ? eeprom_map::layout : 0xFF;
        r[1] = h.located ? 1 : 0;
        std::copy(h.ipui.begin(), h.ipui.end(), r + 2);
        std::copy(h.uak.begin(), h.uak.end(), r + 2 + FW_IPUI_OCTETS);
        h.unsaved = false;
        saving_ = i;
        fw_flash_program(&io_, record_token, static_cast<std::uint32_t>(eeprom_map::record_octets * (i + 1)), r,
                         sizeof r);
        return;
    }
}

void program::written(std::uint32_t token) {
    if (token == head_token) {
        head_saving_ = false;
        if (head_answer_due_ && !head_unsaved_) {
            head_answer_due_ = false;
            answer(head_waits_, FW_MAIL_OK);
        }
        save();
    } else if (token == record_token && saving_ != nobody) {
        const std::size_t i = saving_;
        saving_ = nobody;
        saved(i);
        save();
    }
}

// --- entry -----------------------------------------------------------------------------------------------------

const dectbed_firmware* program_entry() {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI,
        DECTBED_KIND_BASE,
        DECTBED_FLAG_REENTRANT,
        0,
        "dect-module",
        "2.3",
        [](const dectbed_host* host) -> void* { return new program(host); },
        [](void* instance, const dectbed_event* event) { static_cast<program*>(instance)->handle(event); },
        [](void* instance) { delete static_cast<program*>(instance); }};
    return &firmware;
}

}  // namespace dectbed::models::module
