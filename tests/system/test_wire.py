"""What the captures show to an independent witness: tshark, with checksum verification on."""
import collections
import unittest

from program import LIBRARY, Run, tshark

BAD = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0"


class wire(unittest.TestCase):
    def assert_clean(self, run):
        for capture in run.captures():
            self.assertEqual(tshark(capture, "-Y", BAD), [], capture.name)

    def test_office_captures_hold_the_protocols_without_a_bad_octet(self):
        run = Run(LIBRARY / "office_activation_code.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stderr)
        self.assert_clean(run)
        frames = collections.Counter()
        for capture in run.captures():
            for protocol in ("dhcp", "dns", "http.request", "http.response", "sip.Method == \"REGISTER\"",
                             "sip.Status-Code == 200"):
                frames[protocol] += len(tshark(capture, "-Y", protocol))
        print(dict(frames))
        # Ten bases: each boots twice (4 DHCP messages each time), resolves three names, asks redirection by MAC and by
        # code, fetches one file that is missing and one that is there, and registers.
        self.assertGreaterEqual(frames["dhcp"], 80)
        self.assertGreaterEqual(frames["dns"], 60)
        self.assertGreaterEqual(frames["http.request"], 40)
        self.assertGreaterEqual(frames["http.response"], 40)
        self.assertGreaterEqual(frames["sip.Method == \"REGISTER\""], 10)
        self.assertGreaterEqual(frames["sip.Status-Code == 200"], 10)

    def test_act_27_wrong_code_leaves_no_register_on_any_wire(self):
        run = Run(LIBRARY / "office_activation_code.yaml", "--seed", 1, "--pcap", "--set", "code=1111111111")
        self.assertEqual(run.code, 1, run.stderr)
        bases = run.only()["devices"]["bases"]
        self.assertEqual(bases["ready"], 0)
        causes = {failure["cause"]: failure["count"] for failure in bases["failed"]}
        self.assertEqual(causes, {"code refused": bases["total"]})
        self.assert_clean(run)
        self.assertTrue(run.captures())
        for capture in run.captures():
            self.assertEqual(tshark(capture, "-Y", "sip"), [], capture.name)

    def test_captures_do_not_depend_on_the_run(self):
        arguments = (LIBRARY / "home_single_base.yaml", "--seed", 3, "--pcap")
        first, second = Run(*arguments), Run(*arguments)
        self.assertTrue(first.captures())
        self.assertEqual([c.read_bytes() for c in first.captures()], [c.read_bytes() for c in second.captures()])


if __name__ == "__main__":
    unittest.main()
