"""HTTP as a service: a base firmware without an HTTP client onboards, by http and https, as the one that has a client."""
import unittest

from program import BUILD, LIBRARY, Run, tshark

SERVICE = BUILD / "firmware/third_party_service_base.so"
BOTH = BUILD / "firmware/third_party_service_module_base.so"
KEY = "sites.home.bases.firmware"


class http_service(unittest.TestCase):
    def ready(self, scenario, firmware, *more):
        run = Run(LIBRARY / f"{scenario}.yaml", "--set", f"{KEY}={firmware}", *more)
        self.assertEqual(run.code, 0, f"{scenario}: {run.stdout}{run.stderr}")
        return run

    def test_it_onboards_by_http_and_https(self):
        for scenario in ("home_single_base", "home_by_https"):
            self.ready(scenario, SERVICE, "--seeds", "1..3")

    def test_with_a_module_besides(self):
        self.ready("home_single_base", BOTH, "--seed", 1)

    def test_through_a_proxy_that_the_factory_wrote(self):
        run = Run(LIBRARY / "faults/box_proxy_known.yaml", "--seed", 1, "--set",
                  f"sites.careful.bases.firmware={SERVICE}", "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        base = next(path for path in run.captures() if path.name.startswith("careful.base"))
        asked = tshark(base, "-Y", "http.request", "-T", "fields", "-e", "tcp.dstport", "-e", "http.request.uri")
        self.assertTrue(asked and all(line.startswith("3128\thttp://") for line in asked), asked)

    def test_the_octets_are_on_the_wire(self):
        run = self.ready("home_single_base", SERVICE, "--seed", 1, "--pcap")
        base = next(path for path in run.captures() if path.name.startswith("home.base"))
        asked = tshark(base, "-Y", "http.request", "-T", "fields", "-e", "http.request.method", "-e", "http.user_agent")
        self.assertTrue(any(line.startswith("POST") for line in asked), asked)
        self.assertTrue(any(line.startswith("GET") for line in asked), asked)
        self.assertTrue(all("DB-100/" in line for line in asked), asked)

    def test_as_a_library_and_as_a_child_the_digests_are_the_same(self):
        digests = [Run(LIBRARY / "home_by_https.yaml", "--seed", 1, "--set", f"{KEY}.library={SERVICE}", "--set",
                       f"{KEY}.in={where}").only()["journal_digest"] for where in ("process", "child")]
        self.assertEqual(*digests)


if __name__ == "__main__":
    unittest.main()
