"""The CI templates really run: the commands that they name, in a repository that holds nothing but a firmware."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

from program import BUILD, LIBRARY, PROGRAM, ROOT, Run, command

CI = ROOT / "docs/ci"
LEASE = LIBRARY / "option_66_holds_url.yaml"
TORN = BUILD / "firmware/third_party_mutant_configuration_in_place.so"


def commands(template):
    """What a template would have a shell do."""
    text = (CI / template).read_text()
    if template == "github.yml":
        found = re.findall(r"^      - run: (.*)$", text, re.M)
    else:
        block = re.search(r"^  script:\n((?:    - .*\n)+)", text, re.M)[1]
        found = re.findall(r"^    - (.*)$", block, re.M)
    # A quoted YAML scalar that begins with a variable.
    return [line[1:-1] if line.startswith('"') and line.endswith('"') else line for line in found]


class ci(unittest.TestCase):
    def run_template(self, template, known, firmware_defect=0):
        with tempfile.TemporaryDirectory() as folder:
            repository = pathlib.Path(folder)
            for path in (ROOT / "models/firmware/examples/third_party_base").iterdir():
                shutil.copy(path, repository)
            if firmware_defect:
                header = repository / "third_party_mutants.h"
                header.write_text(header.read_text().replace("#define THIRD_PARTY_MUTANT 0",
                                                             f"#define THIRD_PARTY_MUTANT {firmware_defect}"))
            (repository / "known_failures.json").write_text(json.dumps({"known": known}))
            environment = {**os.environ, "DECTBED_HOME": str(ROOT), "DECTBED": str(PROGRAM),
                           "BASELINE": "known_failures.json", "SEEDS": "1..2"}
            for line in commands(template):
                done = subprocess.run(["bash", "-c", line], cwd=repository, env=environment, capture_output=True,
                                      text=True, timeout=600, check=False)
                if done.returncode:
                    break
            reports = [xml.etree.ElementTree.parse(repository / "out" / name).getroot()
                       for name in ("library.xml", "power_cuts.xml")]
            return done.returncode, done.stdout + done.stderr, reports

    def test_templates_run(self):
        for template in ("gitlab-ci.yml", "github.yml"):
            self.assertEqual(len(commands(template)), 3, template)
            code, said, reports = self.run_template(template, [])
            self.assertEqual(code, 0, said)
            self.assertTrue(all(int(report.get("tests")) > 10 and report.get("failures") == "0" for report in reports))

    def test_only_new_failures_fail(self):
        defect = re.search(r"MUTANT_CONFIGURATION_IN_PLACE (\d+)",
                           (ROOT / "models/firmware/examples/third_party_base/third_party_mutants.h").read_text())[1]
        code, said, reports = self.run_template("gitlab-ci.yml", [], defect)
        self.assertEqual(code, 1, said)
        known = [{"scenario": "*", "expectation": "* ready*", "until": "2999-12-31", "reason": "ticket 1"}]
        code, said, reports = self.run_template("gitlab-ci.yml", known, defect)
        self.assertEqual(code, 0, said)
        self.assertTrue(any(int(suite.get("skipped")) > 0 for report in reports for suite in report))


class known_failures(unittest.TestCase):
    def test_baseline_is_written_used_and_expires(self):
        broken = [LEASE, "--sweep", "power_cut @ flash_write[*]", "--set", f"sites.office.bases.firmware={TORN}"]
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "known.json"
            self.assertEqual(Run(*broken, "--write-baseline", file).code, 1)
            again = Run(*broken, "--baseline", file)
            self.assertEqual(again.code, 0, again.stdout + again.stderr)
            self.assertIn("0 new failures", again.stdout)
            known = json.loads(file.read_text())
            for one in known["known"]:
                one["until"] = "2026-06-30"
            file.write_text(json.dumps(known))
            self.assertEqual(Run(*broken, "--baseline", file, "--today", "2026-06-30").code, 0)
            expired = Run(*broken, "--baseline", file, "--today", "2026-07-01")
            self.assertEqual(expired.code, 1)
            self.assertIn("a time that is over", expired.stdout)
            repaired = Run(LEASE, "--sweep", "power_cut @ flash_write[*]", "--baseline", file, "--today", "2026-06-30")
            self.assertEqual(repaired.code, 0)
            file.write_text("{}")
            self.assertEqual(Run(LEASE, "--baseline", file).code, 2)

    def test_limits(self):
        for limit, word in ((("--max-events", 100), "events"), (("--max-simulated", 3), "simulated"),
                            (("--max-memory", 1), "memory")):
            run = Run(LEASE, *limit)
            self.assertEqual(run.code, 3, run.stdout)
            self.assertIn(word, run.stdout)
        self.assertEqual(Run(LEASE, "--max-events", 10 ** 9, "--max-simulated", 10 ** 6, "--max-memory", 4096).code, 0)

    def test_date_that_does_not_exist(self):
        self.assertEqual(command("run", LEASE, "--today", "2026-02-30").returncode, 2)


if __name__ == "__main__":
    unittest.main()
