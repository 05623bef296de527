"""TLS as independent witnesses see it: openssl verifies the certificates, tshark decrypts the captures."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from program import LIBRARY, Run, tshark

FAULTS = LIBRARY / "faults"
BAD = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0"
START = 1772438400  # 2026-03-02T08:00:00Z, starts_at of faults/common/https.yaml


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def file_of(run, name):
    return next(run.out.rglob(name))


class tls(unittest.TestCase):
    def verify(self, run, server, authority, *more):
        return openssl("verify", "-attime", START, "-purpose", "sslserver", "-CAfile", file_of(run, f"{authority}.root.pem"),
                       "-untrusted", file_of(run, f"{authority}.intermediate.pem"), *more,
                       file_of(run, f"internet.{server}.pem"))

    def test_openssl_verifies_the_certificates_of_a_world(self):
        run = Run(FAULTS / "tls_old_server.yaml", "--seed", 1)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        good = self.verify(run, "redirection", "vendor", "-verify_hostname", "redirect.vendor.example")
        self.assertEqual(good.returncode, 0, good.stderr)
        wrong = self.verify(run, "redirection", "vendor", "-verify_hostname", "www.vendor.example")
        self.assertNotEqual(wrong.returncode, 0)

    def test_handshakes_take_what_the_table_of_costs_says(self):
        def first_handshakes(model, *settings):
            run = Run(LIBRARY / "home_by_https.yaml", "--seed", 1, "--journal", "--set", f"tls.model={model}", *settings)
            self.assertEqual(run.code, 0, run.stdout + run.stderr)
            records = map(json.loads, file_of(run, "journal.jsonl").read_text().splitlines())
            return [r["at"] / 1e12 for r in records if r["record"] == "tls_handshake"]

        for model in ("openssl", "timing"):
            own = first_handshakes(model)
            whole = first_handshakes(model, "--set", "sites.home.bases.costs.tls_handshake=4 s")
            halved = first_handshakes(model, "--set", "sites.home.bases.costs.tls_handshake=4 s",
                                      "--set", "sites.home.bases.cpu_speed=2")
            self.assertAlmostEqual(whole[0] - own[0], 4, delta=0.3, msg=model)
            self.assertAlmostEqual(halved[0] - own[0], 2, delta=0.3, msg=model)

    def test_a_resumption_costs_what_the_table_says_and_shows_in_the_time_to_ready(self):
        """Genuine TLS: from the code on a base resumes twice (redirection, its second file) and begins anew once."""
        closes = ["--set", "servers.provisioning.requests_per_connection=1"]
        nothing_kept = [f"servers.{key}.tls.session_tickets=false" for key in ("redirection", "provisioning")]

        def onboarding(*settings):
            run = Run(LIBRARY / "home_by_https.yaml", "--seed", 1, "--journal", *closes,
                      *[part for setting in settings for part in ("--set", setting)])
            self.assertEqual(run.code, 0, run.stdout + run.stderr)
            records = [json.loads(line) for line in file_of(run, "journal.jsonl").read_text().splitlines()]
            # The first handshake comes long before the person has typed the code: it delays nobody.
            resumed = [r["resumed"] for r in records if r["record"] == "tls_handshake"][1:]
            return resumed, next(r["at"] / 1e12 for r in records if r["record"] == "sip_registration")

        costs = "sites.home.bases.costs"
        resumed, ready = onboarding()
        self.assertEqual(resumed, [True, False, True])
        self.assertAlmostEqual(onboarding(f"{costs}.tls_resumption=3 s")[1] - ready, 2 * 3, delta=0.3)
        self.assertAlmostEqual(onboarding(f"{costs}.tls_handshake=3 s")[1] - ready, 1 * 3, delta=1)
        resumed, full = onboarding(*nothing_kept)
        self.assertEqual(resumed, [False, False, False])
        self.assertAlmostEqual(onboarding(*nothing_kept, f"{costs}.tls_resumption=3 s")[1], full, delta=0.001)
        self.assertAlmostEqual(onboarding(*nothing_kept, f"{costs}.tls_handshake=3 s")[1] - full, 3 * 3, delta=1)

    def test_openssl_refuses_what_the_bases_refused(self):
        expired = Run(FAULTS / "tls_expired.yaml", "--seed", 1)
        self.assertEqual(expired.code, 0, expired.stdout + expired.stderr)
        self.assertIn("certificate has expired", self.verify(expired, "redirection", "vendor").stderr)
        stranger = Run(FAULTS / "tls_unknown_issuer.yaml", "--seed", 1)
        self.assertNotEqual(self.verify(stranger, "redirection", "vendor").returncode, 0)
        self.assertEqual(self.verify(stranger, "redirection", "stranger").returncode, 0)

    def test_a_capture_decrypts_with_the_key_log(self):
        run = Run(FAULTS / "tls_old_server.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        keys = f"tls.keylog_file:{file_of(run, 'tls.keys')}"
        seen = {}
        for server in ("redirection", "provisioning"):
            capture = file_of(run, f"internet.{server}.pcap")
            self.assertEqual(tshark(capture, "-Y", BAD), [])
            self.assertEqual(tshark(capture, "-Y", "http"), [], "not without the keys")
            seen[server] = tshark(capture, "-o", keys, "-Y", "http.request", "-T", "fields", "-e", "http.request.method",
                                  "-e", "http.request.uri")
            versions = set(tshark(capture, "-Y", "tls.handshake.type == 2", "-T", "fields", "-e", "_ws.col.Protocol"))
            self.assertEqual(versions, {"TLSv1.2"} if server == "redirection" else {"TLSv1.3"})
        self.assertIn("POST\t/v1/redirections", seen["redirection"])
        self.assertIn("GET\t/home/common.cfg", seen["provisioning"])

    def test_sip_and_ftp_decrypt_with_the_key_log(self):
        run = Run(FAULTS / "sip_tls_sips.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        capture, keys = file_of(run, "internet.registrar.pcap"), f"tls.keylog_file:{file_of(run, 'tls.keys')}"
        self.assertEqual(tshark(capture, "-Y", BAD), [])
        self.assertEqual(tshark(capture, "-Y", "sip"), [], "not without the keys")
        said = tshark(capture, "-o", keys, "-Y", "sip", "-T", "fields", "-e", "sip.Method", "-e", "sip.r-uri", "-e", "sip.Status-Code")
        self.assertIn("REGISTER\tsips:csp.example\t", said)
        self.assertEqual([line.split("\t")[-1] for line in said if "REGISTER" not in line].count("401"), 2)
        good = self.verify(run, "registrar", "vendor", "-verify_hostname", "csp.example")
        self.assertEqual(good.returncode, 0, good.stderr)
        run = Run(FAULTS / "ftps_passive.yaml", "--seed", 1, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        capture, keys = file_of(run, "internet.files.pcap"), f"tls.keylog_file:{file_of(run, 'tls.keys')}"
        self.assertEqual(tshark(capture, "-Y", BAD), [])
        clear = tshark(capture, "-Y", "ftp.request", "-T", "fields", "-e", "ftp.request.command")
        self.assertIn("AUTH", clear)
        self.assertFalse({"USER", "PASS", "RETR"} & set(clear), "never in the clear")

    def test_the_timing_model_is_read_without_a_malformed_packet(self):
        run = Run(FAULTS / "tls_client_certificate.yaml", "--seed", 1, "--pcap", "--set", "tls.model=timing")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        for capture in run.captures():
            self.assertEqual(tshark(capture, "-Y", BAD), [], capture.name)
        self.assertTrue(any("timing model" in a for a in run.only()["assumptions"]), run.only().get("assumptions"))

    def test_neither_the_date_of_the_machine_nor_its_processor_leaks(self):
        arguments = (FAULTS / "tls_client_certificate.yaml", "--seed", 3, "--pcap")
        first = Run(*arguments)
        self.assertEqual(first.code, 0, first.stdout + first.stderr)
        masked = Run(*arguments, environment={"OPENSSL_ia32cap": "~0x200000200000000:~0x20080128"})
        with tempfile.TemporaryDirectory() as folder:
            # A C library whose every clock is a year late.
            source, library = pathlib.Path(folder) / "late.c", pathlib.Path(folder) / "late.so"
            source.write_text(
                "#define _GNU_SOURCE\n#include <sys/syscall.h>\n#include <sys/time.h>\n#include <time.h>\n#include <unistd.h>\n"
                "int clock_gettime(clockid_t c, struct timespec* t) { int r = (int)syscall(SYS_clock_gettime, c, t);\n"
                "  if (c == CLOCK_REALTIME) t->tv_sec += 31536000; return r; }\n"
                "int gettimeofday(struct timeval* restrict t, void* restrict z) { (void)z; struct timespec s;\n"
                "  clock_gettime(CLOCK_REALTIME, &s); t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000; return 0; }\n"
                "time_t time(time_t* t) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s);\n"
                "  if (t) *t = s.tv_sec; return s.tv_sec; }\n")
            subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
            late = Run(*arguments, environment={"LD_PRELOAD": str(library)})
        for other in (masked, late):
            self.assertEqual(other.digests(), first.digests())
            self.assertEqual([c.read_bytes() for c in other.captures()], [c.read_bytes() for c in first.captures()])
        self.assertEqual(file_of(late, "vendor.root.pem").read_bytes(), file_of(first, "vendor.root.pem").read_bytes())

    def test_a_stand_in_tells_the_time_while_the_time_server_is_down(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "down.yaml"
            path.write_text(f"""dectbed: 1
extends: {LIBRARY / "home_by_https.yaml"}
servers:
  second: {{kind: ntp, stands_in_for: time, address: 198.51.100.31, health: {{interval: 1 s, failures: 1}}}}
timeline:
  - {{at: 0 s, do: outage, target: internet/time}}
""")
            run = Run(path, "--seed", 1, "--journal")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        asked = [line for line in file_of(run, "journal.jsonl").read_text().splitlines() if '"ntp_exchange"' in line]
        self.assertTrue(asked)
        self.assertTrue(all('"who":"internet/second"' in line for line in asked), asked)


if __name__ == "__main__":
    unittest.main()
