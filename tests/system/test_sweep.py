"""A fault at every point of a run: what is enumerated, what is judged, and that each point can be run again."""
import shlex
import unittest

from program import BUILD, LIBRARY, PROGRAM, ROOT, Run, command

HOME = LIBRARY / "home_single_base.yaml"
LEASE = LIBRARY / "option_66_holds_url.yaml"
EVERY_WRITE = "power_cut @ flash_write[*]"
# What must hold however often the power fails; that somebody reads the good news must not.
SURVIVES = ["--set", "expectations=[{name: the base is ready in the end, bases: {ready: all}}]"]
NO_OPTION_66 = ["--set", "sites.office.router.dhcp.tftp_server="]


def points(run):
    return {scenario: summary for (scenario, _), summary in run.summaries.items() if "--" in scenario}


class sweep(unittest.TestCase):
    def test_reference_base_survives_a_power_cut_at_every_flash_write_of_an_onboarding(self):
        run = Run(HOME, "--sweep", EVERY_WRITE + " on home/base[*]", "--journal", *SURVIVES)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        plain = (run.out / "home_single_base" / "1" / "journal.jsonl").read_text().splitlines()
        writes = [line for line in plain if '"flash_write"' in line and "home/base[0]" in line]
        self.assertGreaterEqual(len(writes), 3)
        self.assertEqual(len(points(run)), len(writes))
        for name, summary in points(run).items():
            self.assertEqual(summary["outcome"], "passed", name)
            self.assertTrue(any("power_cut" in fault for fault in summary["faults"]), name)
            journal = (run.out / name / "1" / "journal.jsonl").read_text()
            self.assertIn('"flash_torn"', journal, "the cut comes in the middle of the write")

    def test_update_survives_a_power_cut_at_every_write_and_erasure_of_the_flash(self):
        for sweep, record, least in ((EVERY_WRITE, "flash_write", 20), ("power_cut @ flash_erase[*]", "flash_erase", 2)):
            run = Run(ROOT / "scenarios/optional/small_update.yaml", "--sweep", sweep + " on home/base[*]", "--journal")
            self.assertEqual(run.code, 0, run.stdout + run.stderr)
            plain = (run.out / "small_update" / "1" / "journal.jsonl").read_text().splitlines()
            writes = sum(f'"record":"{record}"' in line for line in plain)
            self.assertGreaterEqual(writes, least, "onboarding, image, control record and confirmation")
            self.assertEqual(len(points(run)), writes)
            torn = sum('"flash_torn"' in (run.out / name / "1" / "journal.jsonl").read_text() for name in points(run))
            self.assertEqual(torn, writes, "each cut comes in the middle of it")

    def test_report_shows_the_points_that_failed(self):
        mutant = BUILD / "firmware/third_party_mutant_configuration_in_place.so"
        run = Run(LEASE, "--sweep", EVERY_WRITE, "--set", f"sites.office.bases.firmware={mutant}", *NO_OPTION_66)
        self.assertEqual(run.code, 1, run.stdout + run.stderr)
        failed = sorted(name for name, summary in points(run).items() if summary["outcome"] == "failed")
        self.assertGreaterEqual(len(failed), 1)
        self.assertLess(len(failed), len(points(run)), "the address is stored in a safe way")
        self.assertIn(f"{len(points(run)) - len(failed)} of {len(points(run))} points of the sweep passed", run.stdout)
        junit, report = (run.out / "junit.xml").read_text(), (run.out / "report.html").read_text()
        for name in failed:
            self.assertIn(name, run.stdout)
            self.assertIn(name, report)
            self.assertRegex(junit, f'<testsuite name="{name}" tests="[0-9]+" failures="[1-9]')
        # Only the first base of the population is swept, and each failure says how to run it again.
        self.assertTrue(all(name.endswith("office-base-0") for name in points(run)), list(points(run)))
        replay = next(line for line in run.stdout.splitlines() if "--sweep" in line and "Replay" in line)
        words = shlex.split(replay.split("dectbed run ")[1])
        again = Run(*[word for word in words if word != "--journal"])
        self.assertEqual(again.code, 1, again.stdout)
        self.assertEqual({n: s["journal_digest"] for n, s in points(again).items()},
                         {n: run.summaries[n, 1]["journal_digest"] for n in points(again)})

    def test_number_of_jobs_changes_nothing(self):
        one = Run(LEASE, "--sweep", EVERY_WRITE, "--jobs", 1)
        three = Run(LEASE, "--sweep", EVERY_WRITE, "--jobs", 3)
        self.assertEqual(one.digests(), three.digests())
        self.assertGreater(len(one.digests()), 2)

    def test_records_of_others_conditions_and_ranges(self):
        run = Run(LEASE, "--sweep", 'power_cut @ dhcp_message[1..2]{type: "[*]"} on office/base[1] for 5 s')
        self.assertEqual(run.code, 2, "no message is of that type")
        run = Run(LEASE, "--sweep", "power_cut @ dhcp_message[1]{type: ACK} on office/base[1] for 5 s delay 1 s")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(list(points(run)), ["option_66_holds_url--power_cut-dhcp_message-001--office-base-1"])
        run = Run(LEASE, "--sweep", "outage(mode: refuse) @ http_request[*] on internet/registrar")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertGreater(len(points(run)), 2)

    def test_slips_are_shown_in_their_column(self):
        for text, column, meant in (("power_cut @ flsh_write[*]", 13, "flash_write"),
                                    ("power_cat @ flash_write[*]", 1, "power_cut"),
                                    ("power_cut @ flash_write[0]", 25, "a number from 1"),
                                    ("power_cut @ dhcp_message[*]{tipe: ACK}", 29, "type"),
                                    ("power_cut @ flash_write[*] on ofice/base[0]", 31, "office/base[0]"),
                                    ("power_cut @ flash_write[*] for soon", 32, "a time"),
                                    ("power_cut @ flash_write", 24, "[*]"),
                                    ("reset @ flash_write[*] for 2 s", 28, "at once")):
            done = command("run", LEASE, "--sweep", text)
            self.assertEqual(done.returncode, 2, text + done.stdout + done.stderr)
            self.assertIn(f"column {column}:", done.stderr, text)
            self.assertIn(meant, done.stderr, text)


if __name__ == "__main__":
    unittest.main()
