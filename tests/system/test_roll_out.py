"""What the office and the mass unboxing show of a roll-out, as their users read it in summaries."""
import unittest

from program import LIBRARY, Run


class roll_out(unittest.TestCase):
    def test_act_33_any_handset_activates_the_office(self):
        tasks = "sites.office.people.installer.tasks"
        for handset in (7, 23, 39):  # each of them somebody's own later
            run = Run(LIBRARY / "office_activation_code.yaml",
                      "--set", f"{tasks}[2].inserts_battery.handsets=['handset[0]', 'handset[{handset}]']",
                      "--set", f"{tasks}[3].activates.handset=handset[{handset}]")
            self.assertEqual(run.code, 0, run.stdout + run.stderr)
            self.assertEqual(run.only()["devices"]["bases"]["ready"], 10)

    def test_act_50_a_mass_unboxing_says_what_it_asks_of_servers_air_and_time(self):
        run = Run(LIBRARY / "mass_unboxing.yaml", "--seed", 1)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        summary = run.only()
        ready = summary["phases"]["ready"]
        self.assertEqual(ready["n"], 200)
        self.assertTrue(0 < ready["p50"] < ready["p95"] <= ready["max"])
        for server in ("internet/redirection", "internet/provisioning"):
            load = summary["servers"][server]
            # Every base asks redirection by MAC and by code, and provisioning for its own file and the common one.
            self.assertGreaterEqual(load["requests"], 400)
            self.assertTrue(0 < load["peak_rps"] < load["requests"])
            self.assertGreater(load["connections_max"], 0)
        attempts = summary["radio"]["access_requests"]
        self.assertGreaterEqual(attempts["confirmed"], 200)
        self.assertGreater(attempts["collision"], 0)


if __name__ == "__main__":
    unittest.main()
