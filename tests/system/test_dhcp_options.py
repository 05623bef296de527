"""What a DHCP server can say beside an address, and that the base does something with each of it."""
import json
import unittest

from program import ROOT, Run

ROUTES = ROOT / "scenarios/optional/dhcp_routes.yaml"
NAMES = ROOT / "scenarios/optional/dhcp_names_and_times.yaml"
OPTIONS = {
    2: {"code": 2, "hex": "00001c20"},
    12: {"code": 12, "text": "reception"},
    42: {"code": 42, "addresses": ["198.51.100.30"]},
    66: {"code": 66, "text": "prov"},
    67: {"code": 67, "text": "acme/base.cfg"},
}


def failed(scenario, *settings):
    arguments = [part for setting in settings for part in ("--set", setting)]
    run = Run(scenario, "--seed", 1, *arguments)
    assert run.summaries, run.stdout + run.stderr
    return {name for _, name in run.failed_expectations()}


class dhcp_options(unittest.TestCase):
    def test_gs_35_routes_of_options_33_and_121_lead_to_the_provider(self):
        run = Run(ROUTES, "--seeds", "1..10")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(len(run.summaries), 10)

    def test_gs_35_without_them_the_provider_is_out_of_reach(self):
        router = {"code": 3, "addresses": ["192.168.1.250"]}
        for site, what in (("classless", "the base behind option 121 is ready"),
                           ("static", "the base behind option 33 is ready"),
                           ("both", "where both are sent 121 counts")):
            setting = f"sites.{site}.router.dhcp.options={json.dumps([router])}"
            self.assertEqual(failed(ROUTES, setting), {what})

    def test_gs_35_the_base_uses_each_of_the_names_and_times_it_is_told(self):
        run = Run(NAMES, "--seeds", "1..10")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(len(run.summaries), 10)

    def test_gs_35_without_an_option_what_rests_on_it_fails(self):
        without = {
            2: {"the next look at the file is at half past ten by the local clock (2)"},
            12: {"the base introduces itself as it was called (12)"},
            42: {"the clock is set by the server that was named (42)",
                 "the next look at the file is at half past ten by the local clock (2)"},
            67: {"the file is the one that was named (67)", "the base is ready",
                 "the clock is set by the server that was named (42)",
                 "the next look at the file is at half past ten by the local clock (2)"},
        }
        for code, expected in without.items():
            rest = [option for other, option in OPTIONS.items() if other != code]
            with self.subTest(option=code):
                self.assertEqual(failed(NAMES, f"sites.office.router.dhcp.options={json.dumps(rest)}"), expected)

    def test_gs_35_without_the_domain_a_short_name_means_nothing(self):
        self.assertLessEqual({"the short name is completed (15)", "the base is ready"},
                             failed(NAMES, "sites.office.router.dhcp.domain=~"))


if __name__ == "__main__":
    unittest.main()
