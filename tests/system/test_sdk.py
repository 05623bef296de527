"""The SDK as a firmware team gets it: installed, built against outside the tree, and run."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from program import BUILD, LIBRARY, Run, library, populations


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class sdk(unittest.TestCase):
    maxDiff = None

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

    def falls_behind(self, path):
        """What a scenario demands and the reference base does, and this one does not."""
        keys = populations(path)
        settings = [word for key in keys for word in ("--set", f"{key}.firmware={self.library}")]
        ours, reference = Run(path, "--seed", 1, *settings), Run(path, "--seed", 1)
        self.assertIn(ours.code, (0, 1), f"{path.name}: {ours.stdout}{ours.stderr}")
        self.assertTrue(keys, f"{path.name} has no reference base")
        # What is expected of the naive ones beside them may hang on their servers' load, too.
        return {failure for failure in ours.failed_expectations() - reference.failed_expectations()
                if "naive" not in failure[1]}

    def test_the_blocking_base_survives_wherever_the_reference_base_does(self):
        paths = [path for path in library() if path.stem != "mass_unboxing"]  # 200 processes: below
        self.assertGreater(len(paths), 100)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            behind = sorted(set().union(*pool.map(self.falls_behind, paths)))
        self.assertEqual(behind, [])

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
