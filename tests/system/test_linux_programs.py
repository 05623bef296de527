"""Unmodified Linux programs as the firmware of a base: the world's clock is theirs, too, and the world's network."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from program import BUILD, LIBRARY, Run

WGET = shutil.which("wget")
LAUNCHER = BUILD / "dectbed-linux-program"
CURL, BUSYBOX, PYTHON = (shutil.which(name) for name in ("curl", "busybox", "python3"))
FILE = "http://prov.csp.example/home/common.cfg"
SCENARIO = f"""dectbed: 1
extends: {LIBRARY}/common/provider.yaml
description: A program as the firmware of a base.
duration: 2 h
ends: limit
servers:
  provisioning: {{files: {LIBRARY}/files}}
sites:
  home:
    router: {{dhcp: {{lease: 10 min}}}}
    access_line: {{down: 20 Mbit/s, up: 5 Mbit/s, delay: 9 ms}}
    bases: {{power_on: 1 s}}
"""


class linux_programs(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dectbed-linux-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.scenario = self.folder / "programs.yaml"
        self.scenario.write_text(SCENARIO)

    def run_program(self, *arguments, more=()):
        firmware = json.dumps({"program": str(LAUNCHER), "arguments": [str(a) for a in arguments]})
        return Run(self.scenario, "--seed", 1, "--journal", "--set", f"sites.home.bases.firmware={firmware}", *more)

    def records(self, run, name):
        lines = next(run.out.rglob("journal.jsonl")).read_text().splitlines()
        return [r for r in map(json.loads, lines) if r["record"] == name]

    def said(self, run):
        return "".join(path.read_text() for path in run.out.rglob("firmware_*.txt"))

    def test_curl_waits_for_a_server_in_simulated_time(self):
        began = time.monotonic()
        run = self.run_program(CURL, "-sS", "-A", "curl ({mac})", "--retry", 5, "--retry-delay", 600, FILE, more=(
            "--set", "timeline=[{at: 0 s, do: busy, target: internet/provisioning, for: 20 min}]"))
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertLess(time.monotonic() - began, 60, "twenty minutes passed in the simulation alone")
        answers = [(r["status"], r["client"]) for r in self.records(run, "http_response")]
        self.assertEqual(answers, [(503, "home/base[0]")] * 2 + [(200, "home/base[0]")])
        times = [r["at"] / 1e12 for r in self.records(run, "http_request")]
        self.assertAlmostEqual(times[1] - times[0], 600, delta=1)
        self.assertIn((LIBRARY / "files/home/common.cfg").read_text(), self.said(run))
        again = self.run_program(CURL, "-sS", "-A", "curl ({mac})", "--retry", 5, "--retry-delay", 600, FILE, more=(
            "--set", "timeline=[{at: 0 s, do: busy, target: internet/provisioning, for: 20 min}]"))
        self.assertEqual(run.digests(), again.digests())

    def test_curl_meets_faults_of_the_network(self):
        run = self.run_program(CURL, "-sS", "--max-time", 30, "http://nobody.csp.example/")
        self.assertIn("Could not resolve host", self.said(run))
        run = self.run_program(CURL, "-sS", "http://prov.csp.example:81/")
        self.assertRegex(self.said(run), "onnection refused|Failed to connect")
        run = self.run_program(CURL, "-sS", "--max-time", 30, FILE, more=(
            "--set", "timeline=[{at: 0 s, do: outage, target: internet/provisioning, with: {mode: silent}}]"))
        self.assertIn("Operation timed out after 300", self.said(run))

    def test_curl_gets_a_file_by_https_in_simulated_time_and_two_runs_are_the_same(self):
        secure = FILE.replace("http:", "https:")
        more = ("--set", "servers.provisioning.tls={certificate: {issuer: vendor}}", "--set", "tls.model=openssl")
        runs = [self.run_program(CURL, "-sS", "-k", "--retry", 2, "-A", "curl ({mac})", secure, more=more)
                for _ in range(2)]
        for run in runs:
            self.assertEqual(run.code, 0, run.stdout + run.stderr)
            self.assertIn((LIBRARY / "files/home/common.cfg").read_text(), self.said(run))
            self.assertIn("done", [r["result"] for r in self.records(run, "tls_handshake")])
        self.assertEqual(runs[0].digests(), runs[1].digests())
        other = self.run_program(CURL, "-sS", "-k", "--retry", 2, "-A", "curl ({mac})", secure,
                                 more=(*more, "--seed", 2))
        self.assertNotEqual(runs[0].digests(), other.digests())

    def test_chance_is_the_devices_whoever_is_asked(self):
        program = self.folder / "chance.py"
        program.write_text("import os, random, ssl, uuid\nprint('drew', os.urandom(8).hex(), open('/dev/urandom', 'rb').read(8).hex(), "
                           "ssl.RAND_bytes(8).hex(), random.SystemRandom().random(), uuid.uuid4())\n")
        drew = [[line for line in self.said(self.run_program(PYTHON, program)).splitlines() if "drew" in line]
                for _ in range(2)]
        self.assertEqual(len(drew[0]), 1, drew)
        self.assertEqual(*drew)

    def drawn_by(self, *arguments, more=()):
        """What a program says that it drew, in two runs of one seed; and whether the processor's chance was hidden from it."""
        runs = [self.run_program(*arguments, more=more) for _ in range(2)]
        warned = [any("cannot hide its processor's random numbers" in r["text"] for r in self.records(run, "firmware_log"))
                  for run in runs]
        self.assertEqual(*warned)
        drew = [[line for line in self.said(run).splitlines() if "drew" in line] for run in runs]
        self.assertEqual(len(drew[0]), 1, self.said(runs[0]))
        return drew[0], drew[1], not warned[0]

    def compiled(self, name, text):
        source, program = self.folder / f"{name}.cpp", self.folder / name
        source.write_text(text)
        subprocess.run(["c++", "-O1", "-o", program, source], check=True)
        return program

    def test_the_processors_random_numbers_are_hidden_or_the_log_says_that_they_are_not(self):
        program = self.compiled("device", """#include <cpuid.h>
#include <cstdio>
#include <random>
int main() {
    unsigned a, b = 0, c = 0, d, e = 0;
    __get_cpuid(1, &a, &b, &c, &d);
    __get_cpuid_count(7, 0, &a, &e, &b, &d);
    std::random_device r;  // asks the processor itself, if that says that it can
    std::printf("drew %u %u, features %d\\n", r(), r(), (c & bit_RDRND) != 0 || (e & bit_RDSEED) != 0);
}
""")
        first, second, hidden = self.drawn_by(program)
        faults = "cpuid_fault" in pathlib.Path("/proc/cpuinfo").read_text().split()
        self.assertTrue(hidden or not faults, "this machine can hide them")
        if hidden:
            self.assertEqual(first, second)
            self.assertIn("features 0", first[0])
        else:
            self.assertIn("features 1", first[0], "the warning is true")

    def test_gnutls_draws_from_the_device(self):
        program = self.folder / "gnutls.py"
        program.write_text("import ctypes\nlibrary, octets = ctypes.CDLL('libgnutls.so.30'), ctypes.create_string_buffer(16)\n"
                           "drew = []\nfor level in (0, 1, 2):\n"
                           "    assert library.gnutls_rnd(level, octets, 16) == 0\n    drew.append(octets.raw.hex())\n"
                           "print('drew', *drew)\n")
        first, second, _ = self.drawn_by(PYTHON, program)
        self.assertEqual(first, second)

    def test_wget_with_gnutls_says_the_same_octets_in_each_run(self):
        linked = subprocess.run(["ldd", WGET], capture_output=True, text=True, check=True).stdout
        self.assertIn("libgnutls", linked, "else this shows less than it says")
        more = ("--pcap", "--set", "servers.provisioning.tls={certificate: {issuer: vendor}}", "--set", "tls.model=openssl")
        runs = [self.run_program(WGET, "-q", "--no-check-certificate", "-O", "-", FILE.replace("http:", "https:"), more=more)
                for _ in range(2)]
        octets = [next(path for path in run.captures() if path.name.startswith("home.base")).read_bytes() for run in runs]
        self.assertIn("sip.registrar", self.said(runs[0]))
        self.assertGreater(len(octets[0]), 3000)
        self.assertEqual(*octets)

    def test_a_program_that_catches_its_own_faults_still_does_and_one_that_does_not_crashes(self):
        program = self.compiled("faults", """#include <cpuid.h>
#include <csetjmp>
#include <csignal>
#include <cstdio>
static sigjmp_buf back;
int main(int, char** arguments) {
    struct sigaction mine = {}, before = {};
    unsigned a, b, c, d;
    mine.sa_handler = [](int) { siglongjmp(back, 1); };
    if (arguments[1][0] == 'c') sigaction(SIGSEGV, &mine, &before);
    if (sigsetjmp(back, 1) == 0) *reinterpret_cast<volatile int*>(arguments[1][1] - '0') = 1;
    std::printf("drew %d %d\\n", __get_cpuid(1, &a, &b, &c, &d), before.sa_handler == SIG_DFL);
}
""")
        first, second, _ = self.drawn_by(program, "c0")
        self.assertEqual((first, second), (["drew 1 1"], ["drew 1 1"]))
        crashed = self.run_program(program, "n0", more=("--set", "duration=1 min"))
        self.assertTrue(any("segmentation fault" in r["cause"] for r in self.records(crashed, "state_changed")), self.said(crashed))

    def test_udhcpc_gets_and_renews_its_lease(self):
        script = self.folder / "script"
        script.write_text('#!/bin/sh\necho "script $1 $ip $router"\n')
        script.chmod(0o755)
        run = self.run_program("--no-lease", BUSYBOX, "udhcpc", "-f", "-i", "eth0", "-s", script)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        said = self.said(run)
        self.assertIn("script deconfig", said)
        self.assertIn("script bound 192.168.1.100 192.168.1.1", said)
        self.assertGreaterEqual(said.count("script renew 192.168.1.100"), 20, "every five minutes")
        acks = [r["at"] / 1e12 for r in self.records(run, "dhcp_message") if r["type"] == "ACK"]
        self.assertTrue(all(abs(b - a - 300) < 2 for a, b in zip(acks, acks[1:])), acks)
        self.assertNotIn("broadcasting renew", said, "renewals are unicast")

    def test_other_programs(self):
        wget = self.run_program(BUSYBOX, "wget", "-q", "-O", "-", FILE)
        self.assertIn("sip.registrar", self.said(wget))
        clock = self.folder / "clock.py"
        clock.write_text("import time\nt = time.time()\ntime.sleep(3600)\nprint('passed', round(time.time() - t))\n")
        self.assertIn("passed 3600", self.said(self.run_program(PYTHON, clock)))

    def test_what_would_bring_real_time_in_ends_the_program(self):
        source, program = self.folder / "raw.c", self.folder / "raw"
        source.write_text("#include <stdio.h>\n#include <time.h>\nint main(void) {\n"
                          "  struct timespec t = {1, 0};\n  long r;\n  puts(\"began\"); fflush(stdout);\n"
                          "  __asm__ volatile(\"syscall\" : \"=a\"(r) : \"0\"(35), \"D\"(&t), \"S\"(0) : \"rcx\", \"r11\", "
                          "\"memory\");\n  puts(\"slept\");\n  return 0;\n}\n")
        subprocess.run(["cc", "-o", program, source], check=True)
        run = self.run_program(program)
        self.assertIn("began", self.said(run))
        self.assertNotIn("slept", self.said(run))
        self.assertTrue(any("bad system call" in r["cause"] for r in self.records(run, "state_changed")))
        subprocess.run(["cc", "-static", "-o", program, source], check=True)
        static = self.run_program(program)
        self.assertEqual(static.code, 3, static.stdout)
        self.assertRegex(static.stdout + static.stderr, "before it said hello")


if __name__ == "__main__":
    unittest.main()
