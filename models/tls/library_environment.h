// What OpenSSL and the C library get from the simulation instead of from the machine: randomness and time.
//
// Whoever calls OpenSSL for an entity opens a scope for it. Within a scope OpenSSL's random octets (keys,
// nonces, session identifiers, ticket keys) come from that entity's stream, and time() gives the entity's wall
// clock: libssl dates sessions and computes ticket ages by it. Outside every scope OpenSSL gets no random octets
// (its calls fail, so that a leak is noticed), and time() is the machine's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/simulation.h"
#include "sim/wall_clock.h"

namespace dectbed::models::tls {

class library_environment {
  public:
    virtual ~library_environment() = default;
    virtual void fill(std::uint8_t* octets, std::size_t size) = 0;
    virtual std::int64_t unix_s() = 0;
};

/// Scopes nest; the innermost counts. The environment must outlive its scope.
class environment_scope {
  public:
    explicit environment_scope(library_environment& e);
    ~environment_scope();
    environment_scope(const environment_scope&) = delete;
    environment_scope& operator=(const environment_scope&) = delete;

  private:
    library_environment* before_;
};

/// An entity whose clock is right (a server): random octets from its stream of that purpose.
class entity_environment final : public library_environment {
  public:
    entity_environment(sim::simulation& s, std::string_view path, std::string_view purpose)
        : simulation_(s), stream_(s.stream(path, purpose)) {}
    entity_environment(sim::simulation& s, sim::entity_id who, std::string_view purpose)
        : simulation_(s), stream_(s.stream(who, purpose)) {}
    void fill(std::uint8_t* octets, std::size_t size) override { draw(stream_, octets, size); }
    std::int64_t unix_s() override { return sim::unix_s(simulation_); }
    static void draw(sim::random_stream& stream, std::uint8_t* octets, std::size_t size);

  private:
    sim::simulation& simulation_;
    sim::random_stream stream_;
};

}  // namespace dectbed::models::tls
