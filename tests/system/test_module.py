"""A base whose firmware talks to a DECT module: it onboards under every fault of the module, whichever way it is attached;
a careless firmware does not."""
import concurrent.futures
import os
import re
import unittest

from program import BUILD, LIBRARY, ROOT, Run, command

FOLDER = ROOT / "scenarios/module"
CAREFUL = BUILD / "firmware/third_party_module_base.so"
CARELESS = BUILD / "firmware/third_party_module_base_careless.so"
KEY = "sites.home.bases.firmware"


def rows():
    """What docs/models/dect_module.md says of each scenario here: {name: (careful, careless)}."""
    said = {}
    for line in (ROOT / "docs/models/dect_module.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"`module_\w+`", cells[0]):
            said[cells[0].strip("`")] = (cells[2], cells[3])
    return said


class module(unittest.TestCase):
    def run_all(self, *arguments):
        paths = sorted(FOLDER.glob("*.yaml"))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return dict(zip([path.stem for path in paths], pool.map(lambda path: Run(path, *arguments), paths)))

    def test_every_scenario_is_a_row_and_every_row_a_scenario(self):
        self.assertEqual({path.stem for path in FOLDER.glob("module_*.yaml")}, set(rows()))

    def test_the_careful_one_is_ready_under_every_fault(self):
        for name, run in self.run_all("--seeds", "1..5", "--set", f"{KEY}={CAREFUL}").items():
            self.assertEqual(run.code, 0, f"{name}: {run.stdout}{run.stderr}")

    def test_the_careless_one_fails_where_the_table_says(self):
        said = rows()
        for name, run in self.run_all("--seed", 1, "--set", f"{KEY}={CARELESS}").items():
            if name not in said:
                continue
            ready = run.only()["devices"]["bases"]["ready"] == 1 and run.only()["devices"]["handsets"]["ready"] == 1
            self.assertEqual("ready" if ready else "fails", said[name][1].split()[0].rstrip(":,"), name)

    def test_as_a_library_and_as_a_child_the_digests_are_the_same(self):
        ways = [("--set", f"{KEY}.library={CAREFUL}", "--set", f"{KEY}.in={where}") for where in ("process", "child")]
        for name in ("home", "module_hangs", "module_mail_lost"):
            digests = [Run(FOLDER / f"{name}.yaml", "--seed", 1, *way).only()["journal_digest"] for way in ways]
            self.assertEqual(*digests, name)

    def test_faults_trigger_on_mails(self):
        run = Run(FOLDER / "home.yaml", "--seed", 1, "--set", f"{KEY}={CAREFUL}", "--journal", "--set",
                  "timeline=[{name: late, on: {record: module_mail, where: {mail: ANNOUNCE, answer: true}, nth: 2}, "
                  "do: module_hang, target: 'home/base[0]'}]")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        journal = next(run.out.rglob("journal.jsonl")).read_text()
        self.assertIn('"hangs"', journal)
        # What is in the journal can be read.
        octets = re.search(r'"module_mail".*"mail":"VENDOR-MM-UP".*"octets":"([0-9a-f]+)"', journal)[1]
        shown = command("decode", "--hex", octets)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"VENDOR-MM-UP #\d+: link 0, type 50, IPUI [0-9a-f]{10}, EMC 0db0, 01010a34373131")

    def test_slips_are_named(self):
        home = LIBRARY / "home_single_base.yaml"
        run = Run(home, "--set", "sites.home.bases.module={start: 2 s}")
        self.assertEqual(run.code, 3, run.stdout)
        self.assertIn("talks to no DECT module", run.stdout + run.stderr)
        run = Run(FOLDER / "home.yaml", "--set", f"{KEY}={CAREFUL}", "--set",
                  "sites.home.bases.update={firmware: reference_base}")
        self.assertIn("no base is made for both", run.stdout + run.stderr)
        done = command("validate", FOLDER / "home.yaml", "--set", "sites.home.bases.module={line: 3 bit/s}")
        self.assertEqual(done.returncode, 2)
        self.assertIn("sites.home.bases.module.line", done.stdout + done.stderr)
        run = Run(home, "--set", "timeline=[{name: x, at: 1 s, do: module_hang, target: 'home/base[0]'}]")
        self.assertEqual(run.code, 3, "no module, no such fault")


if __name__ == "__main__":
    unittest.main()
