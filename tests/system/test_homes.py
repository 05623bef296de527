"""Many homes in one run: the same journal whoever else computes, and a cost that grows with them and no faster."""
import csv
import unittest

from program import ROOT, Run

HOMES = ROOT / "scenarios/scale/homes_1k.yaml"
RATE = ROOT / "scenarios/scale/homes_rate.yaml"


def run(homes, *arguments):
    return Run(HOMES, "--set", f"homes={homes}", *arguments)


class homes(unittest.TestCase):
    def test_two_hundred_homes_are_all_ready_and_say_what_they_assume(self):
        summary = run(200).only()
        self.assertEqual(summary["devices"]["bases"], {"total": 200, "ready": 200, "failed": []})
        # One registration at the first boot, and one each twelve hours after it.
        self.assertGreaterEqual(summary["servers"]["internet/registrar"]["requests"], 200)
        self.assertLessEqual(summary["servers"]["internet/registrar"]["requests"], 3 * 200)
        self.assertTrue(any("keep-alive" in text for text in summary["assumptions"]), summary["assumptions"])

    def test_the_journal_is_the_same_at_any_number_of_jobs(self):
        digests = [run(200, "--seeds", "1..3", "--jobs", jobs).digests() for jobs in ("1", "3")]
        self.assertEqual(len(digests[0]), 3)
        self.assertEqual(digests[0], digests[1])

    def test_a_home_costs_the_same_among_few_and_among_many(self):
        few, many = (run(n).only() for n in (100, 800))
        for what in ("events", "records"):
            per_home = [s[what] / s["devices"]["bases"]["total"] for s in (few, many)]
            self.assertLess(per_home[1], per_home[0] * 1.05, what)

    def test_a_day_in_service_costs_a_home_a_handful_of_events(self):
        short = run(100, "--set", "sites.homes.bases.power_on_curve=~", "--set", "sites.homes.bases.power_on=5 s",
                    "--set", "duration=1 h").only()
        long = run(100, "--set", "sites.homes.bases.power_on_curve=~", "--set", "sites.homes.bases.power_on=5 s",
                   "--set", "duration=25 h").only()
        looks = 24 * 3600  # the run itself looks once a second whether everything has settled
        per_home = (long["events"] - short["events"] - looks) / 100
        self.assertLess(per_home, 200, "two registrations and a lease renewal, and nothing that ticks")

    def test_the_table_of_servers_accounts_for_every_request(self):
        homes_run = run(100)
        summary = homes_run.only()
        rows = [line.split(",") for line in next(homes_run.out.rglob("servers.csv")).read_text().splitlines()]
        self.assertEqual(rows[0][:4], ["second", "server", "requests", "retries"])
        for server in ("internet/redirection", "internet/provisioning", "internet/registrar"):
            seconds = [row for row in rows[1:] if row[1] == server]
            self.assertEqual(sum(int(row[2]) for row in seconds), summary["servers"][server]["requests"])
            self.assertEqual(sum(int(row[8]) for row in seconds), summary["servers"][server]["bytes"])
            self.assertEqual(max(int(row[2]) for row in seconds), summary["servers"][server]["peak_rps"])

    def test_for_a_thousand_homes_the_timing_model_agrees_with_genuine_tls(self):
        seen = []
        for model in ("timing", "openssl"):
            r = Run(RATE, "--set", "homes=1000", "--set", f"tls_model={model}")
            summary = r.only()
            self.assertEqual(summary["devices"]["bases"]["ready"], 1000)
            rows = list(csv.DictReader(next(r.out.rglob("servers.csv")).read_text().splitlines()))
            figures = {"p99 time to ready": summary["phases"]["ready"]["p99"]}
            for server in ("internet/redirection", "internet/provisioning"):
                for column in ("requests", "handshakes_full", "connections", "egress_octets"):
                    peak = max(float(row[column]) for row in rows if row["server"] == server)
                    self.assertGreater(peak, 0, f"{server}: {column}")
                    figures[f"{server}, peak of {column}"] = peak
            seen.append(figures)
        for what, modelled in seen[0].items():
            genuine = seen[1][what]
            self.assertLessEqual(abs(modelled - genuine), 0.05 * genuine, f"{what}: {modelled} against {genuine}")
        print("\ntiming model and genuine TLS:", *(f"\n  {w}: {v:g}, {seen[1][w]:g}" for w, v in seen[0].items()))


if __name__ == "__main__":
    unittest.main()
