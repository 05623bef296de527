"""The SDK as a firmware team gets it: installed, built against outside the tree, and run."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from program import BUILD, LIBRARY, Run, library


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def base_sites(path):
    """Keys of the populations of bases that a scenario's sites have, for --set."""
    resolved = run(BUILD / "dectbed", "validate", "--resolved", path)
    sites, inside = [], False
    for line in resolved.splitlines():
        if re.match(r"\S", line):
            inside = line == "sites:"
        elif inside and (site := re.match(r"  ([\w-]+):$", line)):
            sites.append(site.group(1))
    return sites


class sdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="dectbed-sdk-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.sdk = cls.folder / "sdk"
        run("cmake", "--install", BUILD, "--component", "sdk", "--prefix", cls.sdk)
        shutil.copytree(cls.sdk / "share/dectbed/examples/blocking_base", cls.folder / "project")
        run("cmake", "-S", cls.folder / "project", "-B", cls.folder / "build", f"-DCMAKE_PREFIX_PATH={cls.sdk}",
            "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS=-Werror")
        run("cmake", "--build", cls.folder / "build")
        cls.library = cls.folder / "build/blocking_base.so"
        cls.program = cls.folder / "build/blocking_base"

    def test_it_has_headers_libraries_runner_and_documents(self):
        names = {str(p.relative_to(self.sdk)) for p in self.sdk.rglob("*") if p.is_file()}
        for wanted in ("include/dectbed/firmware.h", "include/dectbed/firmware_process.h", "include/dectbed/rtos/rt.h",
                       "include/dectbed/lib/fw_io.h", "bin/dectbed-firmware-runner", "share/dectbed/sdk/firmware_process.md",
                       "share/dectbed/sdk/LICENCE.txt"):
            self.assertIn(wanted, names)
        for header in self.sdk.rglob("*.h"):
            self.assertIn("MIT-0", header.read_text().splitlines()[0], header)

    def onboards(self, path, firmware):
        settings = [s for site in base_sites(path) for s in ("--set", f"sites.{site}.bases.firmware={firmware}")]
        ours = Run(path, "--seeds", "1..3", *settings)
        self.assertIn(ours.code, (0, 1), f"{path.name}: {ours.stdout}{ours.stderr}")
        reference = Run(path, "--seeds", "1..3")
        for key, summary in reference.summaries.items():
            bases = ours.summaries[key]["devices"]["bases"]
            self.assertGreaterEqual(bases["ready"], summary["devices"]["bases"]["ready"], f"{key}: {bases}")

    def test_the_blocking_base_onboards_wherever_the_reference_base_does(self):
        for path in library():
            if path.stem != "mass_unboxing":  # 200 processes: below, once
                with self.subTest(path.stem):
                    self.onboards(path, self.library)

    def test_a_crowd_of_blocking_bases_onboards(self):
        path = LIBRARY / "mass_unboxing.yaml"
        summary = Run(path, "--seed", 1, "--set", f"sites.hotel.bases.firmware={self.library}").only()
        self.assertEqual(summary["devices"]["bases"]["ready"], 200, summary["devices"]["bases"])

    def test_library_and_program_give_the_same_run(self):
        home = LIBRARY / "home_single_base.yaml"
        digests = [Run(home, "--seed", 3, "--set", f"sites.home.bases.firmware={f}").digests()
                   for f in (self.library, self.program)]
        self.assertEqual(*digests)

    def test_many_live_in_one_process_where_that_is_asked_for(self):
        office = LIBRARY / "office_activation_code.yaml"
        child = Run(office, "--set", f"sites.office.bases.firmware={self.library}").digests()
        within = Run(office, "--set", f"sites.office.bases.firmware.library={self.library}",
                     "--set", "sites.office.bases.firmware.in=process").digests()
        self.assertEqual(child, within)


if __name__ == "__main__":
    unittest.main()
