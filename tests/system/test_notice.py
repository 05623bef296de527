"""A base tells all its handsets something at once: by a long page, and over the connectionless link."""
import unittest

from program import ROOT, Run

SCENARIO = ROOT / "scenarios/optional/notice_to_all.yaml"


class notice(unittest.TestCase):
    def test_a_handset_hears_the_tone_and_shows_the_text(self):
        run = Run(SCENARIO, "--seeds", "1..10")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(len(run.summaries), 10)

    def test_without_a_notice_nobody_is_told(self):
        run = Run(SCENARIO, "--seed", 1, "--set", "servers.provisioning.files=" + str(ROOT / "scenarios/library/files"),
                  "--set", "servers.redirection.macs=[{bases: 'home/base[*]', url: 'http://prov.csp.example/home/'}]")
        told = ("notice_to_all", "the announcement comes first, then the tone, then the text")
        self.assertEqual(run.failed_expectations(), {told}, run.stdout)


if __name__ == "__main__":
    unittest.main()
