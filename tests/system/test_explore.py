"""Random faults find what a scenario forgot, and what is found is made small."""
import pathlib
import re
import tempfile
import unittest

from program import BUILD, LIBRARY, Run, command

TWO_BASES = LIBRARY / "option_66_holds_url.yaml"
TORN = BUILD / "firmware/third_party_mutant_configuration_in_place.so"
# Faults that last for minutes may keep a correct base from what a scenario of twenty minutes demands.
LONG = ["--set", "duration=3 h"]


def explore(folder, *arguments):
    return command("explore", TWO_BASES, "--out", folder, *LONG, *arguments)


class exploring(unittest.TestCase):
    def test_torn_write_becomes_one_device_and_one_fault(self):
        with tempfile.TemporaryDirectory() as folder:
            done = explore(folder, "--tries", 400, "--findings", 1, "--set", f"sites.office.bases.firmware={TORN}",
                           "--set", "sites.office.bases.count=4")
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("Made small: 1 fault, 1 device", done.stdout)
            files = [path for path in pathlib.Path(folder).glob("*.yaml")]
            self.assertEqual(len(files), 1, files)
            text = files[0].read_text()
            self.assertIn("extends:", text)
            self.assertEqual(len(re.findall(r"name: fault ", text)), 1, text)
            self.assertRegex(text, r"count: 1\b")
            run = Run(files[0])
            self.assertEqual(run.code, 1, run.stdout + run.stderr)
            self.assertEqual(run.only()["devices"]["bases"]["total"], 1)
            self.assertEqual(Run(files[0], "--set", "timeline=[]").code, 0, "without the fault it passes")
            reference = Run(files[0], "--set", "sites.office.bases.firmware=reference_base")
            self.assertEqual(reference.code, 0, "the bug is the firmware's, not the scenario's")

    def test_same_seed_and_tries_give_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            texts = []
            for jobs in (1, 3):
                out = pathlib.Path(folder) / "out"
                done = explore(out, "--tries", 120, "--seed", 5, "--findings", 1, "--jobs", jobs,
                               "--set", f"sites.office.bases.firmware={TORN}")
                texts.append((done.returncode, done.stdout, {p.name: p.read_text() for p in out.glob("*.yaml")}))
            self.assertEqual(texts[0], texts[1])

    def test_wrong_input(self):
        self.assertEqual(command("explore", "nothing.yaml").returncode, 2)
        with tempfile.TemporaryDirectory() as folder:
            done = explore(folder, "--budget", "soon")
            self.assertEqual(done.returncode, 2)
            self.assertIn("10min", done.stderr)


if __name__ == "__main__":
    unittest.main()
