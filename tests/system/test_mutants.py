"""Every mutant of the reference base is killed by a library scenario, and no library expectation is vacuous."""
import concurrent.futures
import os
import unittest

from program import BUILD, LIBRARY, Run, library

SEEDS = "1..3"
# Faults of the world that no firmware can survive; they break what no mutant breaks.
FAULTS = {
    "wrong code": ["typed_code=1111111111"],
    "no code at all": ["installer_comes=false"],
}
# Too large to be run against everything; what it demands, the office demands too.
LARGE = {"mass_unboxing"}


def breakers():
    table = {f"mutant {path.stem.removeprefix('mutant_')}": [f"base_firmware={path}"]
             for path in sorted((BUILD / "firmware").glob("mutant_*.so"))}
    return {**table, **{f"fault {name}": sets for name, sets in FAULTS.items()}}


def broken_by(path, sets):
    overrides = [word for text in sets for word in ("--set", text)]
    run = Run(path, "--seeds", SEEDS, "--jobs", "1", *overrides)
    if run.code not in (0, 1):
        raise AssertionError(f"{path.name} {sets}: exit {run.code}\n{run.stderr}")
    return run.failed_expectations()


class mutants(unittest.TestCase):
    def test_kill_table(self):
        scenarios = [path for path in library() if path.stem not in LARGE]
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
        broken = {(scenario, expectation) for kills in table.values()
                  for scenario, expectations in kills.items() for expectation in expectations}
        self.assertEqual(sorted(every - broken), [], "expectations that nothing breaks")


if __name__ == "__main__":
    unittest.main()
