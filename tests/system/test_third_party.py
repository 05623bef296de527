"""Devices whose octets are not ours: another vendor's base and handset pair, and a redirection service that no model
speaks answers from a table or from a program."""
import re
import tempfile
import pathlib
import unittest

from program import ROOT, Run, command, tshark

PAIR = ROOT / "scenarios/third_party/foreign_vendor.yaml"
PLUG_IN = ROOT / "scenarios/third_party/foreign_vendor_plug_in.yaml"
EMC = 11329
# What the note says, as binary coded digits in the vendor's element of the code.
CODE = "a505" + "4711081512"


def capture(run):
    return next(run.out.rglob("home.dect.pcap"))


class third_party(unittest.TestCase):
    def test_another_vendors_base_and_handset_pair(self):
        run = Run(PAIR, "--seeds", "1..5")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        for summary in run.summaries.values():
            self.assertEqual(summary["devices"]["bases"]["ready"], 1)
            self.assertEqual(summary["devices"]["handsets"]["ready"], 1)

    def test_nobody_else_understands_them(self):
        for key, firmware in (("bases", "reference_base"), ("handsets", "reference_handset")):
            run = Run(PAIR, "--seed", 1, "--set", f"sites.home.{key}.firmware={firmware}")
            self.assertEqual(run.code, 1, firmware)
            self.assertIn("the base is ready", {name for _, name in run.failed_expectations()}, firmware)
        mixed = Run(PAIR, "--seed", 1, "--set", "sites.home.handsets.emc=4660")
        self.assertIn("the base is ready", {name for _, name in mixed.failed_expectations()})

    def test_captures_show_their_octets_and_whose_they_are(self):
        run = Run(PAIR, "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        shown = command("decode", capture(run))
        self.assertEqual(shown.returncode, 0, shown.stderr)
        said = re.findall(r"ESCAPE-TO-PROPRIETARY: EMC 2c41, ([0-9a-f]+)", shown.stdout)
        self.assertTrue(any(text.startswith(CODE) for text in said), said)
        self.assertTrue(any(text.startswith("c30280") for text in said), "the verdict: activated")
        self.assertNotIn("activation code", shown.stdout, "our own words are not for their octets")
        self.assertRegex(shown.stdout, r"escape: EMC 2c41, b4007 \(vendor b4007\)")
        with tempfile.TemporaryDirectory() as folder:
            frames = pathlib.Path(folder) / "nwk.pcap"
            exported = command("decode", capture(run), "--export-nwk", frames)
            self.assertEqual(exported.returncode, 0, exported.stderr)
            # The hexadecimal columns alone, without offsets and characters.
            lines = [re.match(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} ?)+)", line) for line in tshark(frames, "-x")]
            octets = "".join(m[1].replace(" ", "") for m in lines if m)
            self.assertIn("812c41" + CODE, octets)

    def test_a_program_answers_like_the_table(self):
        table, program = Run(PAIR, "--seeds", "1..2", "--journal"), Run(PLUG_IN, "--seeds", "1..2", "--journal")
        self.assertEqual(program.code, 0, program.stdout + program.stderr)
        verdicts = [[re.search(r'"verdict":"([^"]*)"', line)[1]
                     for line in (run.out / name / "1" / "journal.jsonl").read_text().splitlines()
                     if '"http_response"' in line and "internet/redirection" in line]
                    for run, name in ((table, PAIR.stem), (program, PLUG_IN.stem))]
        self.assertEqual(*verdicts)
        self.assertIn("maintenance", verdicts[0])
        self.assertEqual(Run(PLUG_IN, "--seeds", "1..2", "--jobs", 1).digests(),
                         Run(PLUG_IN, "--seeds", "1..2", "--jobs", 2).digests())

    def test_slips_are_shown_where_they_are(self):
        for setting, place in (("servers.redirection.plug_in={program: nothing.py}", "servers.redirection.plug_in.program"),
                               ("servers.redirection.responses=[{answer: {file: nothing.txt}}]",
                                "servers.redirection.responses[0].answer.file"),
                               ("servers.redirection.responses=[{answer: {status: 99}}]",
                                "servers.redirection.responses[0].answer.status"),
                               ("servers.redirection.responses=[{request: {pth: /a}}]",
                                "servers.redirection.responses[0].request.pth"),
                               ("servers.dns.plug_in={program: redirector.py}", "servers.dns.plug_in")):
            done = command("validate", PAIR, "--set", setting)
            self.assertEqual(done.returncode, 2, setting)
            self.assertIn(place, done.stdout + done.stderr, setting)

    def test_a_program_that_dies_ends_the_run_with_its_name(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "dies.sh"
            program.write_text("#!/bin/sh\nread line; echo '{\"hello\": 1}'; read line; exit 3\n")
            program.chmod(0o755)
            run = Run(PLUG_IN, "--seed", 1, "--set", f"servers.redirection.plug_in={{program: {program}}}")
            self.assertEqual(run.code, 3, run.stdout)
            self.assertIn("dies.sh has ended", run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
