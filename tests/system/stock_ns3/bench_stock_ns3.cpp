// The exchange of a first boot on a network as ns-3's own helpers build it, for comparison: a CSMA LAN with a home
// router for each site, a point-to-point line from there to one core router, the servers on a CSMA LAN behind it,
// static routes. Octets as in scenarios/scale/homes_rate.yaml: four datagrams of DHCP with the router, five questions
// to DNS, POST to the redirection server, a file that is not there and one of 8 kB from the provisioning server, DHCP
// again, REGISTER.
//
// Nobody translates addresses here (ns-3 has no NAT), no firmware runs, and nothing is written down: what it costs is a
// lower bound of what the same scenario would cost on such a layout.
//
// Usage: bench_stock_ns3 SITES; prints the exchanges completed and the processor seconds of building and running.
#include <ns3/core-module.h>
#include <ns3/csma-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {

constexpr double spread_s = 300, end_s = 420;
constexpr std::uint16_t port = 9;

struct step {
    enum class kind { udp, tcp, wait } what;
    int server;               ///< udp, tcp: -1 the home router, else its number
    std::uint32_t out, back;  ///< octets of payload; wait: milliseconds
};
enum server { dns, redirection, provisioning, registrar, servers };

const std::vector<step> first_boot = {
    {step::kind::udp, -1, 300, 300},        {step::kind::udp, -1, 300, 300},
    {step::kind::udp, dns, 40, 56},         {step::kind::tcp, redirection, 300, 176},
    {step::kind::udp, dns, 34, 50},         {step::kind::tcp, provisioning, 170, 110},
    {step::kind::udp, dns, 34, 50},         {step::kind::tcp, provisioning, 170, 8450},
    {step::kind::wait, 0, 0, 4000},         {step::kind::udp, -1, 300, 300},
    {step::kind::udp, -1, 300, 300},        {step::kind::udp, dns, 33, 49},
    {step::kind::udp, registrar, 520, 480},
};

/// The first four octets of a request say how many octets the answer has.
ns3::Ptr<ns3::Packet> request(std::uint32_t octets, std::uint32_t answer) {
    std::vector<std::uint8_t> data(octets);
    for (unsigned i = 0; i < 4; ++i) data[i] = static_cast<std::uint8_t>(answer >> (8 * i));
    return ns3::Create<ns3::Packet>(data.data(), octets);
}

std::uint32_t answer_octets(const ns3::Packet& packet) {
    std::uint8_t head[4] = {};
    packet.CopyData(head, sizeof head);
    return head[0] | head[1] << 8 | static_cast<std::uint32_t>(head[2]) << 16 |
           static_cast<std::uint32_t>(head[3]) << 24;
}

void answer_datagram(ns3::Ptr<ns3::Socket> socket) {
    ns3::Address from;
    while (const auto packet = socket->RecvFrom(from)) {
        socket->SendTo(ns3::Create<ns3::Packet>(answer_octets(*packet)), 0, from);
    }
}

void answer_stream(ns3::Ptr<ns3::Socket> socket) {
    while (const auto packet = socket->Recv()) {
        if (packet->GetSize() < 4) return;
        socket->Send(ns3::Create<ns3::Packet>(answer_octets(*packet)));
    }
}

void serve(ns3::Ptr<ns3::Node> node, const char* factory) {
    const auto socket = ns3::Socket::CreateSocket(node, ns3::TypeId::LookupByName(factory));
    socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port));
    socket->SetRecvCallback(ns3::MakeCallback(&answer_datagram));
    if (std::string(factory) != "ns3::TcpSocketFactory") return;
    socket->Listen();
    socket->SetAcceptCallback(ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>(),
                              ns3::MakeCallback(+[](ns3::Ptr<ns3::Socket> accepted, const ns3::Address&) {
                                  accepted->SetRecvCallback(ns3::MakeCallback(&answer_stream));
                                  accepted->SetCloseCallbacks(
                                      ns3::MakeCallback(+[](ns3::Ptr<ns3::Socket> s) { s->Close(); }),
                                      ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
                              }));
}

int completed = 0;

class base {
  public:
    base(ns3::Ptr<ns3::Node> node, ns3::Ipv4Address router, const std::vector<ns3::Ipv4Address>& server_addresses)
        : node_(node), router_(router), servers_(server_addresses) {}

    void next() {
        if (at_ == first_boot.size()) {
            ++completed;
            return;
        }
        const step& s = first_boot[at_++];
        if (s.what == step::kind::wait) {
            ns3::Simulator::Schedule(ns3::MilliSeconds(s.back), &base::next, this);
            return;
        }
        const bool tcp = s.what == step::kind::tcp;
        socket_ = ns3::Socket::CreateSocket(
            node_, ns3::TypeId::LookupByName(tcp ? "ns3::TcpSocketFactory" : "ns3::UdpSocketFactory"));
        socket_->Bind();
        missing_ = s.back;
        socket_->SetRecvCallback(ns3::MakeCallback(&base::received, this));
        const auto to = s.server < 0 ? router_ : servers_[static_cast<std::size_t>(s.server)];
        if (tcp)
            socket_->SetConnectCallback(ns3::MakeCallback(&base::connected, this),
                                        ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
        socket_->Connect(ns3::InetSocketAddress(to, port));
        if (!tcp) socket_->Send(request(s.out, s.back));
    }

  private:
    void connected(ns3::Ptr<ns3::Socket> socket) {
        const step& s = first_boot[at_ - 1];
        socket->Send(request(s.out, s.back));
    }
    void received(ns3::Ptr<ns3::Socket> socket) {
        while (const auto packet = socket->Recv()) missing_ -= std::min(missing_, packet->GetSize());
        if (missing_ > 0) return;
        socket->SetRecvCallback(ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
        socket->Close();
        ns3::Simulator::ScheduleNow(&base::next, this);
    }

    ns3::Ptr<ns3::Node> node_;
    ns3::Ipv4Address router_;
    const std::vector<ns3::Ipv4Address>& servers_;
    ns3::Ptr<ns3::Socket> socket_;
    std::size_t at_ = 0;
    std::uint32_t missing_ = 0;
};

double processor_s() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) * 1e-6;
}

}  // namespace

int main(int argc, char** argv) {
    const int sites = argc == 2 ? std::atoi(argv[1]) : 0;
    if (sites < 1 || sites > 60000) {
        std::fprintf(stderr, "usage: bench_stock_ns3 SITES (1 to 60000)\n");
        return 2;
    }
    const double begun = processor_s();
    ns3::RngSeedManager::SetSeed(1);
    ns3::InternetStackHelper stack;
    ns3::Ipv4StaticRoutingHelper routing;
    ns3::CsmaHelper lan;
    lan.SetChannelAttribute("DataRate", ns3::StringValue("100Mbps"));
    ns3::PointToPointHelper line;
    line.SetDeviceAttribute("DataRate", ns3::StringValue("20Mbps"));
    line.SetChannelAttribute("Delay", ns3::StringValue("20ms"));

    ns3::NodeContainer core(1), behind(servers);
    stack.Install(core);
    stack.Install(behind);
    ns3::Ipv4AddressHelper addresses("192.0.2.0", "255.255.255.0");
    const auto server_lan = addresses.Assign(lan.Install(ns3::NodeContainer(core, behind)));
    std::vector<ns3::Ipv4Address> server_addresses;
    for (std::uint32_t i = 0; i < servers; ++i) {
        server_addresses.push_back(server_lan.GetAddress(i + 1));
        routing.GetStaticRouting(behind.Get(i)->GetObject<ns3::Ipv4>())->SetDefaultRoute(server_lan.GetAddress(0), 1);
        serve(behind.Get(i), "ns3::UdpSocketFactory");
        serve(behind.Get(i), "ns3::TcpSocketFactory");
    }

    const auto core_routes = routing.GetStaticRouting(core.Get(0)->GetObject<ns3::Ipv4>());
    ns3::Ipv4AddressHelper lans("10.0.0.0", "255.255.255.252"), lines("172.16.0.0", "255.255.255.252");
    std::vector<std::unique_ptr<base>> bases;
    const auto draws = ns3::CreateObject<ns3::UniformRandomVariable>();
    for (int i = 0; i < sites; ++i) {
        ns3::NodeContainer home(2);  // router, base
        stack.Install(home);
        const auto inside = lans.Assign(lan.Install(home));
        const auto outside = lines.Assign(line.Install(core.Get(0), home.Get(0)));
        lans.NewNetwork();
        lines.NewNetwork();
        routing.GetStaticRouting(home.Get(0)->GetObject<ns3::Ipv4>())->SetDefaultRoute(outside.GetAddress(0), 2);
        routing.GetStaticRouting(home.Get(1)->GetObject<ns3::Ipv4>())->SetDefaultRoute(inside.GetAddress(0), 1);
        core_routes->AddNetworkRouteTo(inside.GetAddress(0).CombineMask("255.255.255.252"), "255.255.255.252",
                                       outside.GetAddress(1), static_cast<std::uint32_t>(i) + 2);
        serve(home.Get(0), "ns3::UdpSocketFactory");
        bases.push_back(std::make_unique<base>(home.Get(1), inside.GetAddress(0), server_addresses));
        ns3::Simulator::Schedule(ns3::Seconds(draws->GetValue(0, spread_s)), &base::next, bases.back().get());
    }
    const double built = processor_s();
    ns3::Simulator::Stop(ns3::Seconds(end_s));
    ns3::Simulator::Run();
    const double ran = processor_s();
    std::printf("{\"sites\": %d, \"completed\": %d, \"build_s\": %.3f, \"run_s\": %.3f}\n", sites, completed,
                built - begun, ran - built);
    std::fflush(stdout);
    std::_Exit(completed == sites ? 0 : 1);  // taking it apart takes longer than some runs
}
