"""Firmwares from outside: one that crashes, one that hangs, one that a third party wrote."""
import pathlib
import subprocess
import tempfile
import unittest

from program import BUILD, LIBRARY, ROOT, Run

HOME = LIBRARY / "home_single_base.yaml"


def with_firmware(path):
    return ["--set", f"sites.home.bases.firmware={path}"]


class firmware(unittest.TestCase):
    def assert_not_completed(self, way, word):
        run = Run(HOME, "--seeds", "1..2", *with_firmware(BUILD / "firmware" / f"{way}_base.so"))
        self.assertEqual(run.code, 3, run.stdout + run.stderr)
        said = run.stdout + run.stderr
        self.assertIn("home/base[0]", said)
        self.assertIn("misbehaving-base 1.0", said)
        self.assertIn(word, said)
        self.assertRegex(said, r"2 of 2 runs|Seed 2")  # the batch went on

    def test_crash_ends_its_run_and_not_the_batch(self):
        self.assert_not_completed("crashes", "signal 6")

    def test_hang_ends_its_run_and_not_the_batch(self):
        self.assert_not_completed("hangs", "processor time")

    def test_shared_library_gives_the_same_run_as_the_linked_firmware(self):
        linked = Run(HOME, "--seed", 4).only()
        shared = Run(HOME, "--seed", 4, *with_firmware(BUILD / "firmware/reference_base.so")).only()
        self.assertEqual(linked["events"], shared["events"])
        self.assertEqual(linked["phases"], shared["phases"])

    def test_third_party_base_goes_into_service(self):
        with tempfile.TemporaryDirectory() as folder:
            source = ROOT / "models/firmware/examples/third_party_base"
            for command in (["cmake", "-S", source, "-B", folder, "-DCMAKE_BUILD_TYPE=Release"],
                            ["cmake", "--build", folder]):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            libraries = sorted(pathlib.Path(folder).rglob("*.so"))
            self.assertEqual(len(libraries), 1, libraries)
            run = Run(HOME, "--seeds", "1..5", *with_firmware(libraries[0]))
            self.assertEqual(len(run.summaries), 5, run.stdout + run.stderr)
            self.assertTrue(all(s["devices"]["bases"]["ready"] == 1 for s in run.summaries.values()), run.stdout)
            # This vendor's base never asks by MAC alone; all else that a home demands holds.
            self.assertLessEqual({name for _, name in run.failed_expectations()}, {"the MAC alone is unknown"})
            for summary in run.summaries.values():
                self.assertEqual(summary["devices"]["handsets"]["failed"], [])


if __name__ == "__main__":
    unittest.main()
