"""What no source confirms is listed in the summary of every run that used it, and of no other."""
import unittest

from program import LIBRARY, Run

HOME, OFFICE, CHALLENGED, PLAIN = "home_single_base", "office_activation_code", "unregistered_call_is_challenged", \
    "plain_handset_cannot_activate"
KOREA = ["sites.home.bases.band=korea", "sites.home.handsets.band=korea"]

# mark (docs/models/radio.md has the table): words of the text, a run that uses it, a run that does not.
TABLE = [
    ("error curve", "bit errors follow non-coherent FSK", (HOME, []), None),
    ("PSCN", "extrapolate the scanned carrier", (HOME, []), None),
    ("path loss", "path loss is a planning formula without shadowing or fading", (HOME, []),
     (HOME, ["sites.home.radio.shadowing.deviation=4 dB", "sites.home.radio.fading.law=rayleigh"])),
    ("synchronisation", "whom to take its timing from", ("multi_cell_sync", []), (HOME, [])),
    ("fast set-up", "may end a connection of the basic set", ("../optional/home_fast_set_up", []), (HOME, [])),
    ("announcements", "after the announcement", ("../optional/notice_to_all", []), (HOME, [])),
    ("Q1 and Q2", "how fixed parts combine Q1 and Q2", (HOME, []), (PLAIN, [])),
    ("bit order of keys", "numbers enter DSAA2 with bit 0 first", (HOME, []), (PLAIN, [])),
    ("PIN to AC", "a PIN becomes an authentication code", (HOME, []), (CHALLENGED, [])),
    ("INFO-TYPE", "INFO-TYPE", (CHALLENGED, []), (PLAIN, [])),
    ("EMC", "equipment manufacturer code 0x0DB0", (HOME, []), (HOME, ["sites.home.bases.emc=0x1234",
                                                                       "sites.home.handsets.emc=0x1234"])),
    ("DSAA", "DSAA is not public", (CHALLENGED, []), (HOME, [])),
    ("server capacity", "servers: workers", (HOME, []), None),
    ("carriers of Korea", "band korea: the choice of", (HOME, KOREA), (HOME, [])),
    ("power in the United States", "1930.000 MHz: 20.7 dBm as the highest power is unconfirmed",
     ("us_office_activation", []), (HOME, [])),
    ("power of band us", "band us: 20.7 dBm as the highest power is unconfirmed", ("us_office_activation", []), (HOME, [])),
    ("country", "country NO: that it follows its region's rules", (HOME, ["sites.home.country=NO"]), (HOME, [])),
]


class assumptions(unittest.TestCase):
    runs = {}

    def listed(self, scenario, sets):
        key = (scenario, *sets)
        if key not in self.runs:
            run = Run(LIBRARY / f"{scenario}.yaml", "--seed", 1, *[w for text in sets for w in ("--set", text)])
            self.assertIn(run.code, (0, 1), run.stderr)
            self.runs[key] = run.only()["assumptions"]
        return self.runs[key]

    def test_each_is_listed_where_it_is_used_and_only_there(self):
        for mark, words, used, unused in TABLE:
            with self.subTest(mark):
                self.assertEqual(sum(words in text for text in self.listed(*used)), 1, self.listed(*used))
                if unused:
                    self.assertEqual([text for text in self.listed(*unused) if words in text], [])

    def test_no_summary_lists_what_this_table_does_not_know(self):
        for scenario in (HOME, OFFICE, CHALLENGED, PLAIN, "us_office_activation", "register_handsets"):
            for text in self.listed(scenario, []):
                self.assertTrue(any(words in text for _, words, _, _ in TABLE), text)


if __name__ == "__main__":
    unittest.main()
