// What stands in for functions of ns-3 does what they do.
#include <gtest/gtest.h>
#include <ns3/arp-cache.h>
#include <ns3/arp-l3-protocol.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/pointer.h>
#include <ns3/random-variable-stream.h>
#include <ns3/tcp-option.h>
#include <ns3/tcp-rx-buffer.h>
#include <ns3/tcp-socket-state.h>
#include <ns3/uinteger.h>

#include "models/network/host/lean_ns3.h"
#include "models/network/host/tcp_layer.h"

namespace dectbed::models::network {
namespace {

struct lean_ns3 : ::testing::Test {
    void SetUp() override { use_lean_ns3(); }
};

template <class T>
void has_initial_values() {
    const ns3::Ptr<T> object = ns3::CreateObject<T>();
    std::size_t compared = 0;
    for (ns3::TypeId type = T::GetTypeId(); type != ns3::ObjectBase::GetTypeId(); type = type.GetParent()) {
        for (std::size_t i = 0; i < type.GetAttributeN(); ++i) {
            const auto a = type.GetAttribute(i);
            const auto value = a.checker->Create();
            if (!(a.flags & ns3::TypeId::ATTR_CONSTRUCT) || !(a.flags & ns3::TypeId::ATTR_GET)) continue;
            if (!a.accessor->Get(ns3::PeekPointer(object), *value)) continue;
            const auto wanted = a.checker->CreateValidValue(*a.initialValue);
            // Objects made for an attribute are different ones each time.
            if (!wanted || a.checker->GetValueTypeName() == "ns3::PointerValue") continue;
            if (a.checker->GetValueTypeName() == "ns3::ObjectPtrContainerValue") continue;
            EXPECT_EQ(value->SerializeToString(a.checker), wanted->SerializeToString(a.checker))
                << type.GetName() << "::" << a.name;
            ++compared;
        }
    }
    EXPECT_GT(compared, 0u) << T::GetTypeId().GetName();
}

TEST_F(lean_ns3, when_an_object_is_made_then_its_attributes_have_their_initial_values) {
    has_initial_values<ns3::Ipv4L3Protocol>();
    has_initial_values<ns3::ArpCache>();
    has_initial_values<ns3::TcpSocketState>();
    has_initial_values<dectbed_tcp>();
}

TEST_F(lean_ns3, when_an_attribute_is_given_then_it_is_set) {
    const auto given = ns3::CreateObjectWithAttributes<ns3::Ipv4L3Protocol>("DefaultTtl", ns3::UintegerValue(11));
    ns3::UintegerValue value;
    given->GetAttribute("DefaultTtl", value);
    EXPECT_EQ(value.Get(), 11u);
    const auto other = ns3::CreateObject<ns3::Ipv4L3Protocol>();
    other->GetAttribute("DefaultTtl", value);
    EXPECT_EQ(value.Get(), 64u);
}

TEST_F(lean_ns3, when_an_initial_value_is_a_text_then_each_object_has_an_object_of_its_own) {
    const auto one = ns3::CreateObject<ns3::ArpL3Protocol>(), other = ns3::CreateObject<ns3::ArpL3Protocol>();
    ns3::PointerValue a, b;
    one->GetAttribute("RequestJitter", a);
    other->GetAttribute("RequestJitter", b);
    ASSERT_TRUE(a.Get<ns3::RandomVariableStream>());
    EXPECT_NE(a.Get<ns3::RandomVariableStream>(), b.Get<ns3::RandomVariableStream>());
}

TEST_F(lean_ns3, when_a_trace_source_is_connected_then_only_those_of_congestion_states_are_passed_over) {
    const auto buffer = ns3::CreateObject<ns3::TcpRxBuffer>();
    static int heard;
    heard = 0;
    const auto count = +[](ns3::SequenceNumber32, ns3::SequenceNumber32) { ++heard; };
    EXPECT_TRUE(buffer->TraceConnectWithoutContext("NextRxSequence", ns3::MakeCallback(count)));
    EXPECT_FALSE(buffer->TraceConnectWithoutContext("NoSuchSource", ns3::MakeCallback(count)));
    buffer->SetNextRxSequence(ns3::SequenceNumber32(5));
    EXPECT_EQ(heard, 1);
    const auto state = ns3::CreateObject<ns3::TcpSocketState>();
    EXPECT_TRUE(state->TraceConnectWithoutContext("HighestSequence", ns3::MakeCallback(count)));
    state->m_highTxMark = ns3::SequenceNumber32(5);
    EXPECT_EQ(heard, 1);
}

TEST_F(lean_ns3, when_an_option_is_made_then_it_is_of_its_kind) {
    for (unsigned kind = 0; kind < 256; ++kind) {
        const auto option = ns3::TcpOption::CreateOption(static_cast<std::uint8_t>(kind));
        const bool known = ns3::TcpOption::IsKindKnown(static_cast<std::uint8_t>(kind));
        EXPECT_EQ(option->GetKind(), known ? kind : unsigned{ns3::TcpOption::UNKNOWN});
    }
}

}  // namespace
}  // namespace dectbed::models::network
