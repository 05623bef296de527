"""What stands between a base and its servers, as tshark sees it in captures on both sides."""
import unittest

from program import LIBRARY, Run, tshark

BAD = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || " \
      "icmp.checksum.status == 0"


class middleboxes(unittest.TestCase):
    def run_of(self, name):
        run = Run(LIBRARY / f"faults/{name}.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        for capture in run.captures():
            self.assertEqual(tshark(capture, "-Y", BAD), [], f"{name}: {capture.name}")
        return run

    def seen(self, run, ending, shown, *fields):
        arguments = ["-Y", shown, "-T", "fields"]
        for field in fields:
            arguments += ["-e", field]
        return [line for capture in run.captures() if capture.name.endswith(ending)
                for line in tshark(capture, *arguments)]

    def test_behind_a_carrier_grade_translator_lines_have_shared_addresses_and_servers_see_one(self):
        run = self.run_of("nat_carrier_grade")
        lines = set(self.seen(run, "access_line.pcap", "ip.dst == 203.0.113.20", "ip.src"))
        self.assertEqual(lines, {"100.64.0.1", "100.64.0.2"})
        at_server = self.seen(run, "registrar.pcap", "ip.dst == 203.0.113.20 && sip", "ip.src", "udp.srcport")
        self.assertEqual({line.split("\t")[0] for line in at_server}, {"203.0.113.113"})
        blocks = {(int(line.split("\t")[1]) - 1024) // 512 for line in at_server}
        self.assertEqual(blocks, {0, 1}, "a block of 512 ports for each site")

    def test_fragmentation_needed_names_the_mtu_and_segments_fit_afterwards(self):
        run = self.run_of("line_mtu_icmp")
        told = self.seen(run, "provisioning.pcap", "icmp.type == 3 && icmp.code == 4", "icmp.mtu")
        self.assertGreaterEqual(len(told), 2)
        self.assertEqual(set(told), {"1400"})
        self.assertEqual(self.seen(run, "access_line.pcap", "ip.len > 1400", "ip.len"), [])

    def test_clamping_lowers_the_mss_both_ways(self):
        run = self.run_of("line_mtu_clamped")
        self.assertEqual(set(self.seen(run, "access_line.pcap", "tcp.flags.syn == 1 && tcp.flags.ack == 0",
                                       "tcp.options.mss_val")), {"1360"})
        self.assertEqual(set(self.seen(run, "base[0].pcap", "tcp.flags.syn == 1 && tcp.flags.ack == 1",
                                       "tcp.options.mss_val")), {"1360"})

    def test_the_portals_page_and_the_proxys_requests_are_genuine_http(self):
        run = self.run_of("box_captive_portal")
        pages = self.seen(run, "base[0].pcap", "http.response.code == 302", "http.location")
        self.assertEqual(set(pages), {"http://192.168.1.1/"})
        run = self.run_of("box_proxy_known")
        forwarded = self.seen(run, "redirection.pcap", "http.request", "http.request.uri", "ip.src")
        self.assertTrue(forwarded)
        self.assertEqual({line.split("\t")[1] for line in forwarded}, {"203.0.113.30"})
        self.assertTrue(all(line.startswith("/v1/") for line in forwarded))

    def test_sip_gateways_and_lying_names_leave_no_malformed_packet(self):
        for name in ("box_sip_alg_rewrites", "box_sip_alg_corrupts", "box_dns_lies", "box_firewall_rejects", "geo_stun",
                     "geo_vpn_abroad"):
            self.run_of(name)


if __name__ == "__main__":
    unittest.main()
