"""Faults that wait for events: comparisons, what came before, the state of the air, an octet of an HTTP body."""
import json
import pathlib
import shutil
import tempfile
import unittest

from program import LIBRARY, Run

LEASE = LIBRARY / "option_66_holds_url.yaml"
HOME = LIBRARY / "home_single_base.yaml"


def journal(run, scenario):
    return [json.loads(line) for line in (run.out / scenario / "1" / "journal.jsonl").read_text().splitlines()]


def run_with(path, clause, *more):
    return Run(path, "--seed", 1, "--journal", "--set", f"timeline+=[{clause}]", *more)


def of_type(records, name):
    return [r for r in records if r["record"] == name]


class triggers(unittest.TestCase):
    def test_octet_of_a_body_is_counted_behind_the_header(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(LIBRARY, pathlib.Path(folder) / "library")
            file = pathlib.Path(folder) / "library/files/office/common.cfg"
            file.write_text(file.read_text() + "# " + "x" * 1600 + "\n")
            scenario = pathlib.Path(folder) / "library" / LEASE.name
            octets = file.stat().st_size
            plain = journal(Run(scenario, "--seed", 1, "--journal"), LEASE.stem)
            answer = next(r for r in of_type(plain, "http_response")
                          if r["verdict"] == "file" and r["client"] == "office/base[0]")
            header = answer["octets"] - octets
            self.assertGreater(header, 50)
            # From when the server has handed over this answer; before, there may have been others.
            pieces = [r for r in of_type(plain[plain.index(answer):], "tcp_payload_received")
                      if r["who"] == "office/base[0]" and r["remote"] == "203.0.113.10:80"][:2]
            first = pieces[0]["from"]  # on a connection that is kept
            self.assertGreaterEqual(len(pieces), 2, "the file does not fit one segment")
            after = 'after: {record: http_response, where: {verdict: file, client: "office/base[0]"}}'
            behind = pieces[0]["to"] - first - header
            for octet in (0, behind - 1, behind, octets - 1):
                run = run_with(scenario, '{on: {record: tcp_payload_received, who: "office/base[0]", '
                               f'where: {{remote: "203.0.113.10:*"}}, body_octet: {octet}, {after}}}, '
                               'do: power_cut, target: "{who}", for: 20 s}')
                self.assertEqual(run.code, 0, run.stdout + run.stderr)
                records = journal(run, LEASE.stem)
                cut = next(i for i, r in enumerate(records) if r["record"] == "fault_applied")
                last = [r for r in records[:cut] if r["record"] == "tcp_payload_received"
                        and r["who"] == "office/base[0]" and r["remote"] == "203.0.113.10:80"][-1]
                self.assertLessEqual(last["from"], first + header + octet)
                self.assertGreater(last["to"], first + header + octet)
            never = run_with(scenario, '{on: {record: tcp_payload_received, who: "office/base[0]", '
                             f'where: {{remote: "203.0.113.10:*"}}, body_octet: {octets}, {after}}}, '
                             'do: power_cut, target: "{who}", for: 20 s}')
            self.assertEqual(of_type(journal(never, LEASE.stem), "fault_applied"), [])

    def test_comparisons_and_what_came_before(self):
        clause = ('{on: {record: http_response, where: {status: [">= 200", "< 300"], client: "office/base[1]"}, '
                  'after: {record: http_response, where: {verdict: "address *", client: "office/base[1]"}}}, '
                  'do: power_cut, target: "{client}", for: 10 s}')
        run = run_with(LEASE, clause, "--set", "sites.office.router.dhcp.tftp_server=")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        records = journal(run, LEASE.stem)
        cut = next(i for i, r in enumerate(records) if r["record"] == "fault_applied")
        self.assertEqual(records[cut]["who"], "office/base[1]")
        answers = [r for r in records[:cut] if r["record"] == "http_response" and r["client"] == "office/base[1]"]
        self.assertEqual([r["status"] for r in answers if r["status"] < 300], [200, 200])
        self.assertEqual(answers[-1]["verdict"], "file")

    def test_state_of_the_air(self):
        for clause, state in (
                ('{on: {record: system_information_changed, where: {service: "waiting*"}}, delay: 1 ms, do: brown_out, '
                 'target: "{who}"}', "system_information_changed"),
                ('{on: {record: lock_changed, where: {locked: true, rssi_milli_dbm: "> -90000"}, nth: 2}, do: shielded, '
                 'target: "{who}", for: 30 s}', "lock_changed"),
                ('{on: {record: bearer_changed, where: {established: true}, '
                 'after: {record: system_information_changed, where: {service: "!= not_ready"}}}, do: brown_out, '
                 'target: "home/base[0]"}', "bearer_changed")):
            run = run_with(HOME, clause)
            self.assertIn(run.code, (0, 1), run.stdout + run.stderr)
            records = journal(run, HOME.stem)
            cut = next(i for i, r in enumerate(records) if r["record"] == "fault_applied")
            self.assertIn(state, [r["record"] for r in records[:cut]])

    def test_every_match_again(self):
        run = run_with(LEASE, '{on: {record: flash_write, where: {ordinal: "<= 2"}, every: true}, do: reset, '
                       'target: "{who}"}')
        applied = of_type(journal(run, LEASE.stem), "fault_applied")
        self.assertEqual(len(applied), 4, "two writes of two bases")


if __name__ == "__main__":
    unittest.main()
