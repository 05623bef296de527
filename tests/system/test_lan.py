"""LANs and DHCP as an independent witness sees them: tshark, with checksum verification on."""
import json
import unittest

from program import LIBRARY, Run, tshark

FAULTS = LIBRARY / "faults"
BAD = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0"


class lan(unittest.TestCase):
    def setUp(self):
        self.runs = []

    def run_clean(self, row):
        run = Run(FAULTS / f"{row}.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        for capture in run.captures():
            self.assertEqual(tshark(capture, "-Y", BAD), [], f"{row}: {capture.name}")
        self.runs.append(run)  # its folder goes with it
        return {capture.name: capture for capture in run.captures()}

    def count(self, capture, what):
        return len(tshark(capture, "-Y", what))

    def test_every_row_leaves_captures_without_a_bad_octet(self):
        for path in sorted(FAULTS.glob("lan_*.yaml")) + sorted(FAULTS.glob("dhcp_*.yaml")):
            with self.subTest(path.stem):
                self.run_clean(path.stem)

    def test_the_voice_vlan_is_announced_by_lldp_med_and_used(self):
        base = self.run_clean("lan_voice_vlan")["careful.base[0].pcap"]
        self.assertGreaterEqual(self.count(base, "lldp.media.subtype == 0x02 && lldp.media.vlan_id == 20"), 1)
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
        self.assertGreaterEqual(self.count(server, "dhcp.option.type == 82 && dhcp.ip.relay != 0.0.0.0"), 8)
        self.assertEqual(self.count(captures["careful.base[0].pcap"], "dhcp.option.type == 82"), 0)

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

    def test_act_12_an_option_comes_only_from_a_server_that_the_provider_can_reach(self):
        nobody = Run(FAULTS / "dhcp_nobody_to_ask.yaml", "--seed", 1)
        self.assertEqual(nobody.code, 0, nobody.stdout + nobody.stderr)
        bases = nobody.only()["devices"]["bases"]
        self.assertEqual(bases["ready"], 0)
        self.assertEqual([f["cause"] for f in bases["failed"]], ["no provisioning address"])
        carrier = Run(FAULTS / "dhcp_provider_is_carrier.yaml", "--seed", 1).only()["devices"]["bases"]
        self.assertEqual(carrier["ready"], carrier["total"], "the provider is the access provider, too")

    def test_spl_03_the_method_decides_where_a_base_looks_for_its_server(self):
        bases = "sites.careful.bases.provisioning"
        servers_asked = {
            "disabled": set(),
            "static": {"internet/provisioning"},
            "dhcp": {"internet/provisioning"},
            "default": {"internet/redirection", "internet/provisioning"},
        }
        for method, expected in servers_asked.items():
            chosen = ["--set", f"{bases}.method={method}"]
            if method == "static":
                chosen += ["--set", f"{bases}.url=http://203.0.113.10/home/"]
            run = Run(FAULTS / "dhcp_option_66_url.yaml", "--seed", 1, "--journal", *chosen)
            asked = {r["who"] for r in self.journal(run) if r["record"] == "http_request" and r["client"] == "careful/base[0]"}
            self.assertEqual(asked, expected, method)

    def test_gs_37_the_measured_pace_of_dhcp_and_of_the_first_request_can_be_set(self):
        run = Run(FAULTS / "dhcp_option_66_url.yaml", "--seed", 1, "--journal",
                  "--set", "sites.careful.router.dhcp.response=12 ms", "--set", "sites.careful.bases.lan.settling=20.5 s")
        mine = [r for r in self.journal(run) if r.get("client") == "careful/base[0]"]
        first = next(r["at"] for r in mine if r["record"] == "dhcp_message" and r["type"] == "DISCOVER")
        acknowledged = next(r["at"] for r in mine if r["record"] == "dhcp_message" and r["type"] == "ACK")
        asked = next(r["at"] for r in mine if r["record"] == "http_request")
        self.assertAlmostEqual((acknowledged - first) / 1e9, 25, delta=2, msg="milliseconds from DISCOVER to ACK")
        self.assertAlmostEqual((asked - acknowledged) / 1e12, 20.5, delta=0.2, msg="seconds from ACK to the first GET")

    def journal(self, run):
        return [json.loads(line) for path in run.out.rglob("journal.jsonl") for line in path.read_text().splitlines()]


if __name__ == "__main__":
    unittest.main()
