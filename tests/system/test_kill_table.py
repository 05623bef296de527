"""The kill table: every mutant of the reference base, of the reference handset and of the third-party base is killed by a
library scenario, correct bases pass, and no library expectation is vacuous."""
import concurrent.futures
import os
import re
import unittest

from program import BUILD, LIBRARY, Run, stories

SEEDS = "1..3"
# Too large to be run against everything; what it demands, the office demands too.
LARGE = {"mass_unboxing"}


# Must pass everything: no bug, but other habits and other names of states.
CORRECT = ("third_party_base", "third_party_base_other_timers", "blocking_base")
# The bugs that bases have shipped with, in the words of those who found them; numbers as in third_party_mutants.h.
THIRD_PARTY_MUTANTS_MIN = 20


def site_of(path):
    """The one site of a library scenario, from its own text or from the part that it extends."""
    text = path.read_text()
    own = re.search(r"^sites:\n  (\w+):", text, re.M)
    return own[1] if own else site_of(path.parent / re.search(r"^extends: \[?([\w/]+\.yaml)", text, re.M)[1])


# Faults of the world that no firmware can survive; they break what no mutant breaks.
FAULTS = {
    "another code on the note": lambda site: ["code=1111111111"],
    "another code at the vendor": lambda site: ["issued_code=2222222222"],
    "no Internet": lambda site: [f"sites.{site}.access_line.loss=100 %"],
    "no DHCP server": lambda site: [f"sites.{site}.router.dhcp.enabled=false"],
    "tiny servers": lambda site: [f"servers.{server}.capacity.{setting}" for server in ("redirection", "provisioning")
                                  for setting in ("workers=1", "queue=0", "service_time=3 s")],
    "handsets that know no codes": lambda site: [f"sites.{site}.handsets.firmware=plain_handset"],
    "handsets that do": lambda site: [f"sites.{site}.handsets.firmware=reference_handset"],
    "thick walls": lambda site: [f"sites.{site}.radio.exponent=6", f"sites.{site}.radio.reference_loss=80 dB"],
    "no walls, no distance": lambda site: [f"sites.{site}.radio.exponent=2", f"sites.{site}.radio.reference_loss=0 dB"],
    "slow DHCP server": lambda site: [f"sites.{site}.router.dhcp.response=20 s"],
    "bases made for Europe": lambda site: [f"sites.{site}.bases.band=eu"],
    "bases made for Korea": lambda site: [f"sites.{site}.bases.band=korea"],
    "everything made for Korea": lambda site: [f"sites.{site}.bases.band=korea", f"sites.{site}.handsets.band=korea"],
    "bases that look for a beacon": lambda site: [f"sites.{site}.bases.band_discovery=beacon"],
    "nothing on the timeline": lambda site: ["timeline=[]"],
    "no beacons": lambda site: [f"sites.{site}.handsets.beacon=false"],
    "a site in Korea": lambda site: [f"sites.{site}.country=KR"],
    "the MAC is known": lambda site: [f"servers.redirection.macs=[{{bases: \"{site}/base[*]\", "
                                      f"url: \"http://prov.csp.example/{'home' if site == 'home' else 'office'}/\"}}]"],
}


def populations(site, text):
    """Where the handsets of a scenario are described: one population, or a list of named ones."""
    block = re.search(r"^    handsets:\n((?:      .*\n)+)", text, re.M)
    names = re.findall(r"^      - \{name: (\w+)", block[1], re.M) if block else []
    return [f"sites.{site}.handsets.{name}." for name in names] or [f"sites.{site}.handsets."]


def breakers():
    table = {f"mutant {path.stem.removeprefix('mutant_')}":
             (lambda site, path=path: [f"sites.{site}.bases.firmware={path}"])
             for path in sorted((BUILD / "firmware").glob("mutant_*.so"))}
    table.update({f"mutant {path.stem}": (lambda site, path=path: [f"sites.{site}.handsets.firmware={path}"])
                  for path in sorted((BUILD / "firmware").glob("handset_mutant_*.so"))})
    # The guess of this mutant leads somewhere only where the vendor's domain has such a server.
    guessing = "mutant provisioning_before_redirection"
    if guessing in table:
        records = "servers.dns.records=[{name: prov.vendor.example, address: 203.0.113.10}]"
        table[f"{guessing}, with a name for its guess"] = lambda site: [*table[guessing](site), records]
    return {**table, **{f"fault {name}": sets for name, sets in FAULTS.items()}}


def broken_by(path, sets, seeds=SEEDS):
    site = site_of(path)
    one = f"sites.{site}.handsets."
    settings = [text.replace(one, each) for text in sets(site)
                for each in (populations(site, path.read_text()) if text.startswith(one) else [one])]
    overrides = [word for text in settings for word in ("--set", text)]
    run = Run(path, "--seeds", seeds, "--jobs", "1", *overrides)
    if run.code not in (0, 1):
        raise AssertionError(f"{path.name} {overrides}: exit {run.code}\n{run.stdout}\n{run.stderr}")
    return run.failed_expectations()


def firmware(name):
    return BUILD / "firmware" / f"{name}.so"


def third_party_failures(name):
    """What this firmware fails in scenarios that the third-party base is made for, as (scenario, expectation)."""
    failures = set()
    for path in stories():
        if path.stem in LARGE:
            continue
        # One seed kills; of a correct one nothing may be wrong in any.
        seeds = SEEDS if name in CORRECT else "1"
        failures |= broken_by(path, lambda site: [f"sites.{site}.bases.firmware={firmware(name)}"], seeds)
    return failures


class kill_table(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mutants = sorted(path.stem for path in (BUILD / "firmware").glob("third_party_mutant_*.so"))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            names = (*CORRECT, *cls.mutants)
            cls.failures = dict(zip(names, pool.map(third_party_failures, names)))

    def test_correct_third_party_bases_pass(self):
        for name in CORRECT:
            self.assertEqual(self.failures[name], set(), f"{name} is correct and must pass")

    def test_third_party_base(self):
        mutants, failures = self.mutants, self.failures
        self.assertGreaterEqual(len(mutants), THIRD_PARTY_MUTANTS_MIN)
        print()
        survivors = []
        for name in mutants:
            kills = {}
            for scenario, expectation in sorted(failures[name]):
                kills.setdefault(scenario, []).append(expectation)
            print(name.removeprefix("third_party_mutant_").replace("_", " "))
            for scenario, expectations in kills.items():
                print(f"    {scenario}: {'; '.join(expectations)}")
            if not kills:
                print("    SURVIVES")
                survivors.append(name)
        print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants of the third-party base are killed")
        self.assertEqual(survivors, [], "mutants that survive")

    def test_reference_firmwares(self):
        scenarios = [path for path in stories() if path.stem not in LARGE]
        every = {(path.stem, expectation["name"]) for path in scenarios
                 for expectation in Run(path, "--seed", 1).only()["expectations"]}
        table = {}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            futures = {(name, path.stem): pool.submit(broken_by, path, sets)
                       for name, sets in breakers().items() for path in scenarios}
            for (name, scenario), future in futures.items():
                broken = future.result()
                if broken:
                    table.setdefault(name, {})[scenario] = sorted(expectation for _, expectation in broken)
        print()
        for name in breakers():
            print(name)
            for scenario, expectations in sorted(table.get(name, {}).items()):
                print(f"    {scenario}: {'; '.join(expectations)}")
            if name not in table:
                print("    SURVIVES")
        mutants_built = [name for name in breakers() if name.startswith("mutant ")]
        self.assertGreaterEqual(len(mutants_built), 8)
        self.assertEqual([name for name in mutants_built if name not in table], [], "mutants that survive")
        # A rule that several scenarios share, word for word, is proved by breaking it in one of them.
        self.maxDiff = None
        broken = {expectation for kills in table.values() for expectations in kills.values()
                  for expectation in expectations}
        broken |= {name for failures in self.failures.values() for _, name in failures}
        self.assertEqual(sorted({name for _, name in every} - broken), [], "expectations that nothing breaks")


if __name__ == "__main__":
    unittest.main()
