"""What the captures show to an independent witness: tshark, with checksum verification on."""
import collections
import unittest

from program import LIBRARY, Run, command, tshark

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

    def test_the_air_of_the_office_is_dissected_without_a_wrong_check_sequence(self):
        run = Run(LIBRARY / "office_activation_code.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stderr)
        air = next(c for c in run.captures() if c.name == "office.dect.pcap")
        kinds = collections.Counter()
        numbers = tshark(air, "-T", "fields", "-e", "dect.cc.TA", "-e", "dect.afield.rcrc", "-e", "dect.bfield",
                         "-e", "dect.bfield.xcrc")
        for line in numbers:
            kind, r_crc, b_field, x_crc = line.split("\t")
            kinds[kind] += 1
            self.assertEqual(r_crc, "1", line)  # 1: it matches
            if b_field:
                kinds["B-field"] += 1
                self.assertEqual(x_crc, "1", line)
        print(dict(kinds))
        self.assertEqual(tshark(air, "-Y", "_ws.malformed"), [])
        self.assertEqual(tshark(air, "-Y", "!dect"), [])
        # Ten bases are heard with NT and QT by forty handsets; each takes one link: request, confirm, two releases,
        # and twelve segments at least for the code alone.
        self.assertGreaterEqual(kinds["[Nt]"], 400)
        self.assertGreaterEqual(kinds["[Qt]"], 400)
        self.assertGreaterEqual(kinds["[Mt]"], 40)
        self.assertGreaterEqual(kinds["[Ct]"], 120)
        self.assertGreaterEqual(kinds["B-field"], 300)
        self.assertGreaterEqual(len(tshark(air, "-Y", "dect.afield.tail.Mt.Mh.pmid && dect.afield.tail.Mt.Mh.fmid")), 20)
        times = [float(t) for t in tshark(air, "-T", "fields", "-e", "frame.time_epoch")]
        self.assertEqual(times, sorted(times))

    def test_a_burst_that_was_changed_is_seen(self):
        """The checks above would fail: the witness sees one wrong bit in header, tail and B-field."""
        run = Run(LIBRARY / "home_single_base.yaml", "--seed", 1, "--pcap")
        air = next(c for c in run.captures() if c.name.endswith(".dect.pcap"))
        octets = bytearray(air.read_bytes())
        at = 24
        while int.from_bytes(octets[at + 8:at + 12], "little") < 60:  # to the first with a B-field
            at += 16 + int.from_bytes(octets[at + 8:at + 12], "little")
        octets[at + 16 + 27] ^= 1      # tail
        octets[at + 16 + 33 + 6] ^= 128  # b48, the first test bit
        air.write_bytes(octets)
        wrong = tshark(air, "-T", "fields", "-e", "dect.afield.rcrc", "-e", "dect.bfield.xcrc")
        self.assertEqual([line for line in wrong if line == "0\t0"], ["0\t0"])
        self.assertEqual(sum("0" in line for line in wrong), 1)

    def test_a_capture_of_the_air_changes_nothing_and_is_decoded_completely(self):
        scenario = LIBRARY / "home_single_base.yaml"
        with_capture, without = Run(scenario, "--seed", 2, "--pcap"), Run(scenario, "--seed", 2)
        self.assertEqual(with_capture.digests(), without.digests())
        self.assertEqual(without.captures(), [])
        air = next(c for c in with_capture.captures() if c.name.endswith(".dect.pcap"))
        decoded = command("decode", air, "--summary")
        self.assertEqual(decoded.returncode, 0, decoded.stderr)
        self.assertIn(", 0 not readable", decoded.stdout)
        at = 0
        for step in ("access request", "bearer confirm", "MM-INFO-REQUEST", "MM-INFO-ACCEPT", "release"):
            at = decoded.stdout.find(step, at)
            self.assertGreater(at, 0, f"{step} is missing\n{decoded.stdout}")

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
