"""One firmware in three ways, and firmwares that fail in processes of their own: each costs its own device only."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from program import BUILD, LIBRARY, ROOT, Run, library, populations

FOLDER = BUILD / "firmware"
HOME = LIBRARY / "home_single_base.yaml"
NEIGHBOURS = pathlib.Path(__file__).parent / "firmware/neighbours.yaml"
FILE = FOLDER / "reference_base.so"
# The same as settings of a population of bases.
WAYS = {"linked in": [], "shared library": [f"={FILE}"], "child process": [f".library={FILE}", ".in=child"]}


class ways(unittest.TestCase):
    def digests(self, path):
        """By way; those of one scenario must be equal."""
        keys = populations(path)
        runs = {way: Run(path, "--seed", 1, *[word for key in keys for text in settings
                                              for word in ("--set", f"{key}.firmware{text}")])
                for way, settings in WAYS.items()}
        for way, run in runs.items():
            self.assertIn(run.code, (0, 1), f"{path.name}, {way}: {run.stdout}{run.stderr}")
        return path.stem, {way: run.only()["journal_digest"] for way, run in runs.items()}

    def test_same_digests_linked_in_as_a_library_and_as_a_child(self):
        # Hundreds of processes say no more than dozens.
        paths = [path for path in library() if path.stem != "mass_unboxing"]
        self.assertGreater(len(paths), 100)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            different = {name: digests for name, digests in pool.map(self.digests, paths)
                         if len(set(digests.values())) != 1 or "" in digests.values()}
        self.assertEqual(different, {})

    def test_a_base_in_python_gets_a_lease_and_shows_it(self):
        base = ROOT / "models/firmware/examples/python_base/base.py"
        run = Run(HOME, "--seed", 1, "--journal", "--set", f"sites.home.bases.firmware={base}")
        self.assertEqual(run.code, 1, run.stdout + run.stderr)  # it goes no further
        journal = next(run.out.rglob("journal.jsonl")).read_text()
        self.assertRegex(journal, r'"firmware_log".*"lease of 192\.168\.')
        self.assertRegex(journal, r'"led_changed".*"on"')
        self.assertNotIn('"failed"', journal)


class failures(unittest.TestCase):
    def neighbours(self, way, *arguments):
        run = Run(NEIGHBOURS, "--seed", 1, "--journal", "--firmware-cpu-limit", 0.3, *arguments,
                  "--set", f"sites.shop.bases.firmware.library={FOLDER / f'{way}_base.so'}",
                  "--set", "sites.shop.bases.firmware.in=child")
        self.assertIn(run.code, (0, 1), run.stdout + run.stderr)  # completed
        summary = run.only()
        failed = {name: f for f in summary["devices"]["bases"]["failed"] for name in f["names"]}
        self.assertEqual(set(failed), {"shop/base[0]"}, summary["devices"])
        self.assertEqual(summary["devices"]["bases"]["ready"], 1)
        return failed["shop/base[0]"], next(run.out.rglob("journal.jsonl")).read_text(), run

    def test_an_update_that_crashes_is_taken_back(self):
        path = LIBRARY / "firmware_update.yaml"
        run = Run(path, "--seed", 1, "--set", "sites.home.bases.update.firmware.in=child",
                  "--set", f"sites.home.bases.update.firmware.library={FOLDER / 'crashes_base.so'}")
        self.assertEqual(run.failed_expectations(), {("firmware_update", "the trial is passed")})
        self.assertEqual(run.only()["devices"]["bases"]["ready"], 1)

    def test_an_image_in_flash_whose_code_crashes_is_taken_back(self):
        run = Run(LIBRARY / "faults/http_firmware_breaks.yaml", "--seed", 1, "--journal",
                  "--set", "sites.careful.bases.update.firmware.in=child",
                  "--set", f"sites.careful.bases.update.firmware.library={FOLDER / 'crashes_base.so'}")
        self.assertEqual(run.failed_expectations(), set(), run.stdout)
        self.assertEqual(run.only()["devices"]["bases"]["ready"], 2)
        journal = next(run.out.rglob("journal.jsonl")).read_text()
        slots = [(r["from"], r["to"]) for r in map(json.loads, journal.splitlines())
                 if r["record"] == "state_changed" and r["machine"] == "boot loader" and r["who"] == "careful/base[0]"]
        self.assertEqual(slots, [("slot a", "slot b on trial"), ("slot b on trial", "slot a")])

    def test_gdb_stops_in_the_task_of_one_device_and_the_run_is_the_same(self):
        setting = ["--seed", 1, "--set", f"sites.home.bases.firmware={FOLDER / 'blocking_base.so'}"]
        folder = pathlib.Path(tempfile.mkdtemp(prefix="dectbed-gdb-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        (folder / "commands").write_text(
            f"set breakpoint pending on\nset logging file {folder / 'log'}\nset logging enabled on\n"
            "break fw_kv_load\nrun\nbacktrace 3\ndelete\ncontinue\n")
        debugged = Run(HOME, *setting, "--gdb", "home/base[0]",
                       "--debugger", f"gdb -q -nx -batch -x {folder / 'commands'} --args")
        self.assertRegex((folder / "log").read_text(), r"#0 .* in fw_kv_load[^#]*#1 .* in main_task")
        self.assertEqual(debugged.digests(), Run(HOME, *setting).digests())

    def test_a_debugged_device_runs_as_it_does_alone(self):
        child = ["--seed", 1, "--set", f"sites.home.bases.firmware.library={FILE}",
                 "--set", "sites.home.bases.firmware.in=child"]
        # Any command that runs another one will do.
        debugged = Run(HOME, *child, "--gdb", "home/base[0]", "--debugger", "env DEBUGGED=1")
        self.assertEqual(debugged.digests(), Run(HOME, *child).digests())
        missing = Run(HOME, *child, "--gdb", "home/base[0]", "--debugger", "no-such-debugger")
        self.assertIn("could not be started", str(missing.only()["devices"]["bases"]["failed"]))

    def test_a_crash_costs_its_own_device(self):
        failure, journal, run = self.neighbours("crashes")
        self.assertEqual(failure["cause"], "firmware failed (crash)")
        self.assertIn("crashed: aborted (signal 6)", str(failure))
        self.assertIn("watchdog_fired", journal)
        self.assertRegex(journal, r'"device_reset".*"watchdog"')
        self.assertIn("firmware failed (crash)", run.stdout)
        self.assertIn("firmware failed (crash)", (run.out / "report.html").read_text())

    def test_a_hang_costs_its_own_device(self):
        failure, journal, _ = self.neighbours("hangs")
        self.assertEqual(failure["cause"], "firmware failed (hang)")
        self.assertIn("did not end its turn within 0.3 s of processor time", str(failure))
        self.assertEqual(journal.count('"failed"'), 3)  # then it is held in reset

    def test_eating_memory_costs_its_own_device(self):
        failure, journal, _ = self.neighbours("eats", "--set", "sites.shop.bases.firmware.memory=32 MiB")
        self.assertEqual(failure["cause"], "firmware failed (memory)")
        self.assertIn("near its memory limit of 32768 KiB", journal)

    def test_failures_are_the_same_in_every_run(self):
        digests = {self.neighbours("crashes")[2].only()["journal_digest"] for _ in range(2)}
        self.assertEqual(len(digests), 1)


class mistakes(unittest.TestCase):
    def said(self, *settings):
        run = Run(HOME, *[s for setting in settings for s in ("--set", f"sites.home.bases.firmware{setting}")])
        self.assertNotIn(run.code, (0, 1))
        return run.stdout + run.stderr

    def test_they_are_named(self):
        library = FOLDER / "reference_base.so"
        self.assertIn("neither a shared library", self.said(f"={ROOT / 'README.md'}"))
        self.assertIn("is a folder", self.said(f"={ROOT / 'docs'}/"))
        self.assertIn("exactly one of library, program and platform", self.said(".in=child"))
        self.assertIn("arguments are meaningful only with program", self.said(f".library={library}", ".arguments=[x]"))
        self.assertIn("unknown value", self.said(f".library={library}", ".in=thread"))
        self.assertIn("in: child", self.said(f".program={sys.executable}", ".in=process"))
        self.assertIn("before it said hello", self.said(".program=/bin/true"))
        self.assertIn("for a handset, not for a base", self.said(f"={FOLDER / 'reference_handset.so'}"))


if __name__ == "__main__":
    unittest.main()
