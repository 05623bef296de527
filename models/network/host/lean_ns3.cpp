#include "models/network/host/lean_ns3.h"

#include <ns3/attribute-construction-list.h>
#include <ns3/ipv4-route.h>
#include <ns3/net-device.h>
#include <ns3/object-base.h>
#include <ns3/packet.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-option-rfc793.h>
#include <ns3/tcp-option-sack-permitted.h>
#include <ns3/tcp-option-sack.h>
#include <ns3/tcp-option-ts.h>
#include <ns3/tcp-option-winscale.h>
#include <ns3/tcp-socket-state.h>
#include <ns3/type-id.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dectbed::models::network {

namespace {

struct attribute {
    ns3::Ptr<const ns3::AttributeAccessor> accessor;
    ns3::Ptr<const ns3::AttributeChecker> checker;
    ns3::Ptr<const ns3::AttributeValue> initial;
    bool at_construction = false;
    bool ready = false;  ///< `initial` is of the attribute's own kind: no text to be read
};

/// ns-3 copies names and help texts of all attributes for each object. Types are never changed once there are objects.
const std::vector<attribute>& attributes_of(ns3::TypeId type) {
    static std::vector<std::unique_ptr<const std::vector<attribute>>> known;
    const std::size_t index = type.GetUid();
    if (index >= known.size()) known.resize(index + 1);
    if (known[index]) return *known[index];
    auto found = std::make_unique<std::vector<attribute>>();
    for (std::size_t i = 0; i < type.GetAttributeN(); ++i) {
        const auto information = type.GetAttribute(i);
        attribute a;
        a.accessor = information.accessor;
        a.checker = information.checker;
        a.initial = information.initialValue;
        a.at_construction = (information.flags & ns3::TypeId::ATTR_CONSTRUCT) != 0;
        a.ready = a.checker->Check(*a.initial);
        found->push_back(a);
    }
    known[index] = std::move(found);
    return *known[index];
}

}  // namespace

void use_lean_ns3() {}

}  // namespace dectbed::models::network

// NOLINTBEGIN: ns-3's names
namespace ns3 {

bool ObjectBase::TraceConnectWithoutContext(std::string name, const CallbackBase& callback) {
    static const TypeId congestion_state = TcpSocketState::GetTypeId();
    const TypeId type = GetInstanceTypeId();
    if (type == congestion_state) return true;
    const auto accessor = type.LookupTraceSourceByName(name);
    return accessor && accessor->ConnectWithoutContext(this, callback);
}

void ObjectBase::ConstructSelf(const AttributeConstructionList& given) {
    const bool any_given = given.Begin() != given.End();
    const TypeId last = ObjectBase::GetTypeId();
    for (TypeId type = GetInstanceTypeId();; type = type.GetParent()) {
        for (const auto& a : dectbed::models::network::attributes_of(type)) {
            const auto value = any_given ? given.Find(a.checker) : nullptr;
            if (value && !a.at_construction) throw std::logic_error("an attribute that is not set at construction");
            if (value)
                DoSet(a.accessor, a.checker, *value);
            else if (a.at_construction && a.ready)
                a.accessor->Set(this, *a.initial);
            else if (a.at_construction)
                DoSet(a.accessor, a.checker, *a.initial);
        }
        if (type == last || type.GetParent() == last) break;
    }
    NotifyConstructionCompleted();
}

Ptr<TcpOption> TcpOption::CreateOption(std::uint8_t kind) {
    switch (kind) {
        case END:
            return CreateObject<TcpOptionEnd>();
        case NOP:
            return CreateObject<TcpOptionNOP>();
        case MSS:
            return CreateObject<TcpOptionMSS>();
        case WINSCALE:
            return CreateObject<TcpOptionWinScale>();
        case SACKPERMITTED:
            return CreateObject<TcpOptionSackPermitted>();
        case SACK:
            return CreateObject<TcpOptionSack>();
        case TS:
            return CreateObject<TcpOptionTS>();
        default:
            return CreateObject<TcpOptionUnknown>();
    }
}

void TcpL4Protocol::SendPacket(Ptr<Packet> segment, const TcpHeader& header, const Address& from, const Address& to,
                               Ptr<NetDevice> device) const {
    if (!Ipv4Address::IsMatchingType(from))
        return SendPacketV6(segment, header, Ipv6Address::ConvertFrom(from), Ipv6Address::ConvertFrom(to), device);
    segment->AddHeader(header);
    m_downTarget(segment, Ipv4Address::ConvertFrom(from), Ipv4Address::ConvertFrom(to), PROT_NUMBER, nullptr);
}

}  // namespace ns3
// NOLINTEND
