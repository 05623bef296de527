"""The scale scenarios stand apart from the library, and nobody runs them by the way: a small campus keeps them alive."""
import unittest

from program import JOBS, ROOT, Run, command

SCALE = ROOT / "scenarios/scale"


class scale(unittest.TestCase):
    def test_every_scale_scenario_is_valid(self):
        checked = command("validate", SCALE)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_everybody_registers_on_a_small_campus(self):
        campus = Run(SCALE / "campus_64.yaml", "--seeds", "1..3", "--jobs", JOBS)
        self.assertEqual(campus.code, 0, campus.stdout)
        for summary in campus.summaries.values():
            self.assertEqual(summary["devices"]["bases"]["ready"], 64)
            self.assertEqual(summary["devices"]["handsets"]["total"], 156)

    def test_nothing_happens_when_nobody_does_anything(self):
        events = [Run(SCALE / "idle_100.yaml", "--set", f"duration={hours} h").only()["events"] for hours in (1, 2)]
        per_base = (events[1] - events[0]) / 100
        self.assertLess(per_base, 1500, "an idle base and its handsets cost some timers, not a frame each")


if __name__ == "__main__":
    unittest.main()
