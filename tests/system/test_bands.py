"""What a summary says of bands: nothing while all is well, how much when it is not, and what was taken for granted."""
import unittest

from program import LIBRARY, Run


class bands(unittest.TestCase):
    def test_act_39_nobody_is_out_of_band_at_home(self):
        radio = Run(LIBRARY / "home_single_base.yaml", "--seed", 1).only()["radio"]
        self.assertEqual(radio["slots_out_of_band"], 0)
        self.assertEqual(radio["out_of_band"], {})

    def test_act_39_act_40_a_base_of_another_region_is_counted_by_site_and_station(self):
        run = Run(LIBRARY / "wrong_region_sku.yaml", "--seed", 1)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        summary = run.only()
        radio = summary["radio"]
        # One burst in each frame of 10 ms, from its first minute to the end of the run.
        self.assertGreater(radio["slots_out_of_band"], 100 * (summary["simulated_s"] - 120))
        self.assertLess(radio["slots_out_of_band"], 100 * summary["simulated_s"])
        self.assertEqual(list(radio["out_of_band"]), ["home", "home/base[0]"])
        self.assertEqual({sums["slots"] for sums in radio["out_of_band"].values()}, {radio["slots_out_of_band"]})
        self.assertAlmostEqual(radio["out_of_band"]["home"]["seconds"], radio["slots_out_of_band"] * 96 / 1_152_000, 5)

    def test_act_38_a_configuration_of_the_right_band_ends_it(self):
        run = Run(LIBRARY / "wrong_region_sku_redirected.yaml", "--seeds", "1..5")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        for summary in run.summaries.values():
            self.assertTrue(0 < summary["radio"]["slots_out_of_band"] < 6000)

    def test_act_40_what_is_unconfirmed_is_listed(self):
        office = Run(LIBRARY / "us_office_activation.yaml", "--seed", 1)
        self.assertEqual(office.code, 0, office.stdout + office.stderr)
        listed = [text for text in office.only()["assumptions"] if text.startswith(("country", "band"))]
        self.assertEqual(listed, ["country US: 1920.000 MHz to 1930.000 MHz: 20.7 dBm as the highest power is unconfirmed",
                                  "band us: 20.7 dBm as the highest power is unconfirmed"])
        home = Run(LIBRARY / "home_single_base.yaml", "--seed", 1).only()
        self.assertEqual([text for text in home["assumptions"] if text.startswith(("country", "band"))], [])

    def test_act_39_a_country_without_rules_is_named(self):
        run = Run(LIBRARY / "home_single_base.yaml", "--seed", 1, "--set", "sites.home.country=XX")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertIn("country XX: its rules are unknown, so nothing sent there counts as out of band",
                      run.only()["assumptions"])


class band_beacon(unittest.TestCase):
    """The handset as beacon, whole runs: docs/models/bands.md says what each of these ought to come to."""

    def run_of(self, name, *arguments):
        run = Run(LIBRARY / f"band_beacon{name}.yaml", "--seeds", "1..3", *arguments)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(len(run.summaries), 3)
        return run.summaries.values()

    def test_act_41_act_42_act_43_every_base_is_told_and_nobody_is_out_of_band(self):
        for summary in self.run_of(""):
            self.assertEqual(summary["radio"]["band_search"], {"usable beacon": 3, "us discovered": 3})
            self.assertEqual(summary["radio"]["slots_out_of_band"], 0)

    def test_act_42_a_base_that_nobody_tells_transmits_nothing(self):
        for summary in self.run_of("_no_handset"):
            self.assertEqual(summary["radio"]["band_search"], {})
            self.assertEqual(summary["radio"]["access_requests"], {})
            self.assertEqual(summary["radio"]["slots_out_of_band"], 0)
            causes = [failed["cause"] for failed in summary["devices"]["bases"]["failed"]]
            self.assertEqual(causes, ["no band"])

    def test_act_44_a_wrong_band_is_counted_for_handset_and_base(self):
        for summary in self.run_of("_wrong_band"):
            sums = summary["radio"]["out_of_band"]
            self.assertEqual(list(sums), ["home", "home/base[0]", "home/handset[0]"])
            self.assertEqual(sums["home"]["slots"], summary["radio"]["slots_out_of_band"])
            self.assertEqual(summary["radio"]["band_search"], {"usable beacon": 1, "us discovered": 1})

    def test_act_44_each_further_failure_has_its_counter(self):
        for summary in self.run_of("_forged"):
            self.assertEqual(summary["radio"]["band_search"],
                             {"eu discovered": 1, "other manufacturer beacon": 1, "unsupported band beacon": 1,
                              "usable beacon": 1})
        for summary in self.run_of("_two_handsets"):
            self.assertEqual(summary["radio"]["band_search"], {"eu discovered": 1, "usable beacon": 2})
            self.assertNotIn("home/base[0]", summary["radio"]["out_of_band"])
        for summary in self.run_of("_first_acknowledgement_only"):
            self.assertEqual(summary["radio"]["slots_out_of_band"], 0)
        for summary in self.run_of("_acknowledgement_lost"):
            self.assertEqual(summary["people"]["gave_up"], 1)


if __name__ == "__main__":
    unittest.main()
