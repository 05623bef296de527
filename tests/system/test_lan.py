"""LANs and DHCP as an independent witness sees them: tshark, with checksum verification on."""
import unittest

from program import LIBRARY, Run, tshark

FAULTS = LIBRARY / "faults"
BAD = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0"


class lan(unittest.TestCase):
    def run_clean(self, row):
        run = Run(FAULTS / f"{row}.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        for capture in run.captures():
            self.assertEqual(tshark(capture, "-Y", BAD), [], f"{row}: {capture.name}")
        return {capture.name: capture for capture in run.captures()}

    def count(self, capture, what):
        return len(tshark(capture, "-Y", what))

    def test_every_row_leaves_captures_without_a_bad_octet(self):
        for path in sorted(FAULTS.glob("lan_*.yaml")) + sorted(FAULTS.glob("dhcp_*.yaml")):
            with self.subTest(path.stem):
                self.run_clean(path.stem)

    def test_the_voice_vlan_is_announced_by_lldp_med_and_used(self):
        base = self.run_clean("lan_voice_vlan")["careful.base[0].pcap"]
        self.assertGreaterEqual(self.count(base, "lldp.media.subtype == 0x02 && lldp.media.vlan.id == 20"), 1)
        self.assertGreaterEqual(self.count(base, "vlan.id == 20 && dhcp.option.dhcp == 5"), 1)
        self.assertEqual(self.count(base, "dhcp && !vlan"), 0)
        self.assertGreaterEqual(self.count(base, "vlan.id == 20 && sip.Method == \"REGISTER\""), 1)

    def test_a_used_address_is_probed_and_declined(self):
        base = self.run_clean("lan_address_conflict")["careful.base[0].pcap"]
        self.assertGreaterEqual(self.count(base, "arp.isprobe"), 1)
        self.assertEqual(self.count(base, "dhcp.option.dhcp == 4"), 1)
        self.assertGreaterEqual(self.count(base, "arp.isannouncement || arp.isgratuitous"), 1)

    def test_the_relay_s_messages_hold_option_82(self):
        captures = self.run_clean("dhcp_relay")
        server = captures["internet.dhcp.pcap"]
        self.assertGreaterEqual(self.count(server, "dhcp.option.agent_information_option && dhcp.ip.relay != 0.0.0.0"), 8)
        self.assertEqual(self.count(captures["careful.base[0].pcap"], "dhcp.option.agent_information_option"), 0)

    def test_gs_33_gs_34_option_66_has_a_nul_behind_the_url(self):
        base = self.run_clean("dhcp_option_66_url")["careful.base[0].pcap"]
        self.assertGreaterEqual(self.count(base, "dhcp.option.type == 66"), 1)
        self.assertGreaterEqual(self.count(base, "http.request.uri contains \"/home/\" && ip.dst == 203.0.113.10"), 1)

    def test_act_13_misdirected_bases_are_listed(self):
        run = Run(FAULTS / "dhcp_two_providers.yaml", "--seed", 1)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        misdirected = run.only()["devices"]["bases"]["misdirected"]
        self.assertEqual([m["base"] for m in misdirected], ["careful/base[1]", "naive/base[1]"])
        self.assertEqual({m["asked"] for m in misdirected}, {"internet/provisioning"})


if __name__ == "__main__":
    unittest.main()
