"""Same binary, scenario and seed: the same journal digest, whatever the machine does around it."""
import pathlib
import unittest

from program import JOBS, LIBRARY, Run, library

SEEDS = "1..50"
SEEDS_ALONE = range(1, 21)  # what a run inherits from its neighbours depends on their order, hardly on the seed


class determinism(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.batch = Run(LIBRARY, "--seeds", SEEDS, "--jobs", JOBS)

    def test_library_passes_for_all_seeds(self):
        failed = sorted(key for key, s in self.batch.summaries.items() if not all(e["passed"] for e in s["expectations"]))
        self.assertEqual(self.batch.code, 0, f"{failed}\n{self.batch.stdout[-4000:]}\n{self.batch.stderr[-4000:]}")
        self.assertEqual(len(self.batch.summaries), 50 * len(library()))

    def test_every_run_has_a_digest_of_its_own(self):
        digests = self.batch.digests()
        self.assertEqual(len(set(digests.values())), len(digests))

    def test_number_of_jobs_changes_nothing(self):
        alone = Run(LIBRARY, "--seeds", f"{SEEDS_ALONE[0]}..{SEEDS_ALONE[-1]}", "--jobs", "1")
        self.assertEqual(alone.digests(), {k: d for k, d in self.batch.digests().items() if k[1] in SEEDS_ALONE})

    def test_fresh_processes_with_address_space_randomisation_agree(self):
        self.assertNotEqual(pathlib.Path("/proc/sys/kernel/randomize_va_space").read_text().strip(), "0")
        for path in library():
            for seed in (1, 2):
                key, digest = next(iter(Run(path, "--seed", seed).digests().items()))
                self.assertEqual(digest, self.batch.digests()[key], key)

    def test_older_processor_features_agree(self):
        masked = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-FMA,-FMA4,-BMI1,-BMI2,-ERMS,-SSE4_2,-MOVBE",
                  "OPENSSL_ia32cap": "0"}
        other = Run(LIBRARY, "--seeds", "1..2", "--jobs", JOBS, environment=masked)
        self.assertEqual(len(other.digests()), 2 * len(library()))
        for key, digest in other.digests().items():
            self.assertEqual(digest, self.batch.digests()[key], key)

    def test_one_millisecond_changes_the_digest(self):
        path = LIBRARY / "home_single_base.yaml"
        key = ("home_single_base", 1)
        site = "sites.home.access_line.delay"
        digests = {self.batch.digests()[key]}
        for delay in ("21 ms", "22 ms"):
            digests.add(Run(path, "--seed", 1, "--set", f"{site}={delay}").only()["journal_digest"])
        self.assertEqual(len(digests), 3)


if __name__ == "__main__":
    unittest.main()
