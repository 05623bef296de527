"""The built program, for the tests beside this file: run it, and read what it leaves."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import weakref

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DECTBED_BUILD", ROOT / "build/release"))
PROGRAM = pathlib.Path(os.environ.get("DECTBED", BUILD / "dectbed"))
LIBRARY = ROOT / "scenarios/library"
JOBS = str(os.cpu_count())


class Run:
    """`dectbed run` with these arguments: exit code, output, summaries by (scenario, seed)."""

    def __init__(self, *arguments, environment=None, prefix=(), timeout=1200):
        self.out = pathlib.Path(tempfile.mkdtemp(prefix="dectbed-"))
        weakref.finalize(self, shutil.rmtree, self.out, ignore_errors=True)
        done = subprocess.run(
            [*prefix, PROGRAM, "run", *map(str, arguments), "--out", self.out], capture_output=True, text=True,
            env={**os.environ, **(environment or {})}, timeout=timeout, check=False)
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        self.summaries = {}
        for path in sorted(self.out.rglob("summary.json")):
            summary = json.loads(path.read_text())
            self.summaries[summary["scenario"], summary["seed"]] = summary

    def digests(self):
        return {key: summary["journal_digest"] for key, summary in self.summaries.items()}

    def only(self):
        assert len(self.summaries) == 1, f"{self.stdout}\n{self.stderr}"
        return next(iter(self.summaries.values()))

    def captures(self):
        return sorted(self.out.rglob("*.pcap"))

    def failed_expectations(self):
        return {(scenario, expectation["name"])
                for (scenario, _), summary in self.summaries.items()
                for expectation in summary["expectations"] if not expectation["passed"]}


def command(*arguments, **options):
    """Any dectbed command, for its exit code and texts."""
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False,
                          **options)


def library():
    """Paths of the library's scenarios, without the parts they are made of."""
    listed = command("list", LIBRARY)
    assert listed.returncode == 0, listed.stderr
    return sorted([*stories(), *LIBRARY.glob("faults/*.yaml")])


def stories():
    """Those that are no rows of docs/faults.md."""
    return sorted(LIBRARY.glob("*.yaml"))


def populations(path, firmware="reference_base"):
    """Keys of a scenario's populations of bases that run this firmware: "sites.home.bases", "sites.office.bases.old"."""
    resolved = command("validate", "--resolved", path)
    assert resolved.returncode == 0, resolved.stdout + resolved.stderr
    found, place, name = [], [], ""
    for line in resolved.stdout.splitlines():
        indent = len(line) - len(line.lstrip(" -"))
        key, _, value = line.lstrip(" -").partition(":")
        place = [step for step in place if step[0] < indent] + [(indent, key)]
        keys = [step[1] for step in place]
        if keys[:1] != ["sites"] or keys[2:3] != ["bases"] or len(keys) != 4:
            name = name if keys[2:3] == ["bases"] and len(keys) > 4 else ""
        elif key == "name" and line.lstrip().startswith("- "):
            name = "." + value.strip()
        elif key == "firmware" and value.strip() == firmware:
            found.append(f"sites.{keys[1]}.bases{name}")
    return found


def tshark(capture, *arguments):
    """Lines that tshark prints, with every checksum verified."""
    checks = [option for name in ("ip.check_checksum", "udp.check_checksum", "tcp.check_checksum")
              for option in ("-o", f"{name}:TRUE")]
    done = subprocess.run(["tshark", "-r", capture, *checks, *arguments], capture_output=True, text=True, timeout=300,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
