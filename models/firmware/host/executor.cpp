#include "models/firmware/host/executor.h"

#include <fmt/format.h>

#include "models/firmware/host/firmware_library.h"
#include "models/firmware/host/firmware_probe.h"
#include "models/firmware/process/device_environment.h"
#include "models/tls/library_environment.h"

namespace dectbed::models::firmware {

namespace {

class within : public executor, private tls::library_environment {
  public:
    within(firmware_code_ptr code, std::string device, std::string title, std::function<firmware_code_ptr()> again)
        : code_(std::move(code)), device_(std::move(device)), title_(std::move(title)), again_(std::move(again)) {
        host_.abi = DECTBED_FIRMWARE_ABI;
        host_.context = this;
        host_.request = &within::take_request;
    }
    ~within() override { end(); }

    std::optional<firmware_failure> handle(const sim::bytes& event, sim::bytes& requests) override {
        dectbed_record head;
        std::memcpy(&head, event.data(), sizeof head);
        dectbed_environment_event(&environment_, reinterpret_cast<const dectbed_event*>(event.data()));
        count_ = 0;
        collecting_ = &requests;
        std::optional<firmware_failure> failure;
        if (!instance_) {
            if (!code_) code_ = again_();
            if (!code_) return firmware_failure{"crash", "its code cannot be loaded any more"};
            failure = guarded(0, [&] { instance_ = code_->table().create(&host_); });
            if (!failure && !instance_) failure = firmware_failure{"crash", "create() returned nothing"};
        }
        if (!failure)
            failure = guarded(head.type, [&] {
                code_->table().handle(instance_, reinterpret_cast<const dectbed_event*>(event.data()));
            });
        collecting_ = nullptr;
        if (!failure && too_many())
            failure =
                firmware_failure{"requests", fmt::format("made more than {} requests or {} MiB of them in one event",
                                                         requests_max, request_octets_max >> 20)};
        if (failure) end();  // an exception leaves an object that can be destroyed, if nothing better
        return failure;
    }

    void end() override {
        if (!instance_) return;
        void* instance = instance_;
        instance_ = nullptr;
        guarded(0, [&] { code_->table().destroy(instance); });
        if (again_) code_ = nullptr;
    }

  private:
    static void take_request(void* context, const dectbed_record* r) {
        auto& self = *static_cast<within*>(context);
        if (!self.collecting_) return;
        dectbed_environment_request(&self.environment_, r);
        ++self.count_;
        if (self.too_many()) return;
        dectbed_record empty{};
        if (!r || r->size < sizeof(dectbed_record)) {
            // Nothing to copy: what is kept is enough to be refused as a record of no known kind.
            if (r) empty.token = r->token;
            empty.size = sizeof empty;
            r = &empty;
        }
        const auto* octets = reinterpret_cast<const std::uint8_t*>(r);
        self.collecting_->insert(self.collecting_->end(), octets, octets + r->size);
    }
    bool too_many() const { return count_ > requests_max || (collecting_ && collecting_->size() > request_octets_max); }

    template <class Call>
    std::optional<firmware_failure> guarded(std::uint32_t event_type, Call&& call) {
        const firmware_scope scope(device_.c_str(), title_.c_str(), event_type);
        const tls::environment_scope libraries(*this);
        try {
            call();
            return std::nullopt;
        } catch (const std::exception& e) {
            return firmware_failure{"crash", fmt::format("let an exception escape: {}", e.what())};
        } catch (...) {
            return firmware_failure{"crash", "let an exception escape"};
        }
    }

    void fill(std::uint8_t* octets, std::size_t size) override {
        dectbed_environment_fill(&environment_, octets, size);
    }
    std::int64_t unix_s() override { return dectbed_environment_unix_us(&environment_) / 1'000'000; }

    firmware_code_ptr code_;
    const std::string device_, title_;
    const std::function<firmware_code_ptr()> again_;
    dectbed_environment environment_{};
    dectbed_host host_{};
    void* instance_ = nullptr;
    sim::bytes* collecting_ = nullptr;
    std::size_t count_ = 0;
};

class as_child : public executor {
  public:
    as_child(const child_program& program, std::string device) : child_(program, std::move(device)) {}

    std::optional<firmware_failure> handle(const sim::bytes& event, sim::bytes& requests) override {
        if (!child_.running()) {
            child_hello hello;
            if (auto failure = child_.start(hello)) return failure;
            if (!hello.refusal.empty()) return firmware_failure{"crash", hello.refusal};
        }
        return child_.turn(event, requests);
    }
    void end() override { child_.end(); }

  private:
    child_process child_;
};

}  // namespace

std::unique_ptr<executor> run_within(firmware_code_ptr code, std::string device, std::string title,
                                     std::function<firmware_code_ptr()> again) {
    return std::make_unique<within>(std::move(code), std::move(device), std::move(title), std::move(again));
}
std::unique_ptr<executor> run_as_child(const child_program& program, std::string device) {
    return std::make_unique<as_child>(program, std::move(device));
}

}  // namespace dectbed::models::firmware
