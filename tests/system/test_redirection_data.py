"""What a vendor knows of sold goods decides where a base is sent."""
import unittest

from program import BUILD, ROOT, Run

CARTON = ROOT / "scenarios/optional/carton_of_handsets.yaml"


class redirection_data(unittest.TestCase):
    def test_gs_40_a_handset_out_of_the_range_that_was_told_leads_to_its_provider_another_does_not(self):
        run = Run(CARTON, "--seeds", "1..10")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(len(run.summaries), 10)

    def test_gs_40_a_firmware_that_does_not_say_which_handset_it_was_is_judged_by_the_code_alone(self):
        run = Run(CARTON, "--seed", 1, "--set", f"sites.home.bases.firmware={BUILD}/firmware/third_party_base.so")
        self.assertEqual({name for _, name in run.failed_expectations()},
                         {"the base with a handset out of the carton is ready", "the IPEI decided"}, run.stdout)


if __name__ == "__main__":
    unittest.main()
