"""docs/faults.md says what each network fault does to a careful and to a naive base; the scenarios prove it."""
import re
import unittest

from program import JOBS, LIBRARY, ROOT, Run, command

FAULTS = LIBRARY / "faults"
SEEDS = "1..3"  # test_determinism runs the whole library, these scenarios among it, for fifty


def table():
    """row -> (what is met, careful, naive)"""
    rows = {}
    for line in (ROOT / "docs" / "faults.md").read_text().splitlines():
        match = re.match(r"\| `(\w+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$", line)
        if match:
            rows[match[1]] = tuple(cell.strip() for cell in match.groups()[1:])
    return rows


def scenarios():
    return {p.stem: p for p in sorted(FAULTS.glob("*.yaml"))}


class faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.batch = Run(FAULTS, "--seeds", SEEDS, "--jobs", JOBS)

    def test_each_row_has_its_scenario_and_each_scenario_its_row(self):
        self.assertEqual(sorted(table()), sorted(scenarios()))

    def test_each_scenario_meets_its_fault_with_a_careful_and_a_naive_base(self):
        for name, path in scenarios().items():
            resolved = command("validate", "--resolved", path).stdout
            for site, firmware in (("careful", "reference_base"), ("naive", "naive_base")):
                self.assertRegex(resolved, rf"(?m)^  {site}", f"{name} has no site {site}")
                self.assertIn(firmware, resolved, f"{name} has no {firmware}")

    def test_table_holds_for_all_seeds(self):
        failed = sorted(key for key, s in self.batch.summaries.items() if not all(e["passed"] for e in s["expectations"]))
        self.assertEqual(self.batch.code, 0, f"{failed}\n{self.batch.stdout[-4000:]}\n{self.batch.stderr[-4000:]}")
        self.assertEqual(len(self.batch.summaries), 3 * len(scenarios()))

    def test_a_row_that_says_fails_has_devices_that_are_not_ready_and_the_other_way_round(self):
        for name, (_, careful, naive) in table().items():
            bases = self.batch.summaries[(name, 1)]["devices"]["bases"]
            lost = {path.split("/")[0] for f in bases["failed"] for path in f["names"]}
            for site, cell in (("careful", careful), ("naive", naive)):
                if re.match(r"(some |most |two )?fails?\b", cell):
                    self.assertIn(site, lost, f"{name}: {site} should fail")
                if cell.startswith(("ready", "all ready")):
                    self.assertNotIn(site, lost, f"{name}: {site} should be ready")

    def test_every_failure_shows_its_cause_and_what_was_seen(self):
        for key, summary in self.batch.summaries.items():
            for kind in ("bases", "handsets"):
                for failure in summary["devices"][kind]["failed"]:
                    self.assertTrue(failure["cause"], key)
                    if kind == "bases":
                        self.assertTrue(failure["evidence"], f"{key}: {failure['cause']}")


if __name__ == "__main__":
    unittest.main()
