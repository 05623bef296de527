"""The library's geolocation database: made from its table, read by its maker's own tool, and any other in its place."""
import pathlib
import subprocess
import tempfile
import unittest

from program import LIBRARY, ROOT, Run

TABLE = LIBRARY / "geolocation/countries.csv"
DATABASE = LIBRARY / "geolocation/countries.mmdb"
WRITER = ROOT / "scripts/mmdb"


def written(text):
    with tempfile.TemporaryDirectory() as folder:
        table, out = pathlib.Path(folder, "t.csv"), pathlib.Path(folder, "t.mmdb")
        table.write_text(text)
        done = subprocess.run([WRITER, table, out], capture_output=True, text=True, check=False)
        return done, out.read_bytes() if out.exists() else b""


def looked_up(database, address):
    done = subprocess.run(["mmdblookup", "-f", database, "-i", address, "country", "iso_code"], capture_output=True,
                          text=True, check=False)
    return done.stdout.split('"')[1] if '"' in done.stdout else None


class geolocation(unittest.TestCase):
    def test_act_47_the_committed_database_is_what_its_table_says(self):
        done, octets = written(TABLE.read_text())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(octets, DATABASE.read_bytes())

    def test_act_47_maxminds_own_tool_reads_it(self):
        self.assertEqual(looked_up(DATABASE, "203.0.113.64"), "DE")
        self.assertEqual(looked_up(DATABASE, "203.0.113.95"), "US")
        self.assertIsNone(looked_up(DATABASE, "203.0.113.63"))

    def test_the_smallest_network_counts_in_whatever_order_they_stand(self):
        text = "10.1.2.0/24,FR\n10.0.0.0/8,DE\n10.1.0.0/16,IT\n10.1.2.3/32,ES\n"
        lines = text.splitlines()
        for order in (lines, lines[::-1], lines[2:] + lines[:2]):
            done, octets = written("\n".join(order))
            self.assertEqual(done.returncode, 0, done.stderr)
            with tempfile.NamedTemporaryFile(suffix=".mmdb") as file:
                file.write(octets)
                file.flush()
                found = [looked_up(file.name, a) for a in ("10.9.9.9", "10.1.9.9", "10.1.2.9", "10.1.2.3", "11.0.0.0")]
            self.assertEqual(found, ["DE", "IT", "FR", "ES", None])

    def test_mistakes_are_told_with_their_line(self):
        for text, expected in (("203.0.113.0/24,Germany\n", "t.csv:1"), ("# x\n203.0.113.1/24,DE\n", "t.csv:2"),
                               ("here,DE\n", "t.csv:1")):
            done, _ = written(text)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(expected, done.stderr)

    def test_act_47_a_users_own_database_takes_its_place(self):
        done, octets = written("203.0.113.80/28,BR\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        with tempfile.NamedTemporaryFile(suffix=".mmdb") as file:
            file.write(octets)
            file.flush()
            run = Run(LIBRARY / "faults/geo_echo.yaml", "--set", f"servers.geolocation.database={file.name}")
        self.assertEqual(run.only()["radio"]["band_search"], {"brazil discovered": 2})


if __name__ == "__main__":
    unittest.main()
