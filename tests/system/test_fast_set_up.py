"""Fast set-up, which a firmware may use and need not: the second search for a handset takes no page."""
import unittest

from program import BUILD, ROOT, Run

SCENARIO = ROOT / "scenarios/optional/home_fast_set_up.yaml"
SECOND_SEARCH = ("home_fast_set_up", "the first search takes a page, the second none")


class fast_set_up(unittest.TestCase):
    def test_the_reference_base_calls_a_handset_that_listens(self):
        run = Run(SCENARIO, "--seeds", "1..20")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(len(run.summaries), 20)

    def test_a_handset_that_does_not_listen_is_paged_again(self):
        run = Run(SCENARIO, "--seed", 1, "--set", "sites.home.handsets.fast_set_up=none")
        paged_again = ("home_fast_set_up", "nobody is paged any more")  # after a call that nobody answers
        self.assertEqual(run.failed_expectations(), {SECOND_SEARCH, paged_again}, run.stdout)

    def test_a_firmware_without_it_pages_and_onboards_all_the_same(self):
        for name in ("third_party_base", "blocking_base"):
            run = Run(SCENARIO, "--seed", 1, "--set", f"sites.home.bases.firmware={BUILD}/firmware/{name}.so")
            self.assertEqual(run.failed_expectations(), {SECOND_SEARCH}, name)


if __name__ == "__main__":
    unittest.main()
