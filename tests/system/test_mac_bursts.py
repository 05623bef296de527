"""A base whose firmware runs MAC and DLC itself above bursts: an ordinary handset activates it, registers and calls."""
import collections
import concurrent.futures
import os
import unittest

from program import BUILD, LIBRARY, ROOT, Run, populations, stories, tshark

HOME = ROOT / "scenarios/mac_bursts/home.yaml"
BASE = BUILD / "firmware/third_party_mac_base.so"
KEY = "sites.home.bases.firmware"
WITH_BASE = ("--set", f"{KEY}={BASE}")
SAME_WITH_OUR_MAC = BUILD / "firmware/third_party_base.so"
# A portable part in the base, an update of another kind, and synchronisation.
NEEDS_MORE = ("band_beacon", "firmware_update", "multi_cell_sync")


class mac_bursts(unittest.TestCase):
    def test_an_ordinary_handset_activates_registers_and_calls(self):
        run = Run(HOME, "--seeds", "1..5", *WITH_BASE)
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(len(run.summaries), 5)

    def test_every_story_ends_as_it_does_with_our_mac(self):
        paths = [path for path in stories() if not path.stem.startswith(NEEDS_MORE) and populations(path)]
        self.assertGreater(len(paths), 15)

        def passes(path, base):
            return Run(path, "--seed", 1, *(argument for key in populations(path)
                                            for argument in ("--set", f"{key}.firmware={base}"))).code == 0

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            ours = list(pool.map(lambda path: passes(path, SAME_WITH_OUR_MAC), paths))
            own = list(pool.map(lambda path: passes(path, BASE), paths))
        self.assertGreater(sum(ours), 15)
        self.assertEqual(dict(zip([path.stem for path in paths], own)), dict(zip([path.stem for path in paths], ours)))

    def test_as_a_library_and_as_a_child_the_digests_are_the_same(self):
        digests = [Run(HOME, "--seed", 1, "--set", f"{KEY}.library={BASE}", "--set",
                       f"{KEY}.in={where}").only()["journal_digest"] for where in ("process", "child")]
        self.assertEqual(*digests)

    def test_an_outside_witness_reads_every_burst(self):
        run = Run(HOME, "--seed", 1, *WITH_BASE, "--pcap")
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        air = next(c for c in run.captures() if c.name == "home.dect.pcap")
        self.assertEqual(tshark(air, "-Y", "_ws.malformed || !dect"), [])
        kinds = collections.Counter()
        for line in tshark(air, "-T", "fields", "-e", "dect.cc.TA", "-e", "dect.afield.rcrc", "-e", "dect.slot"):
            kind, r_crc, slot = line.split("\t")
            self.assertEqual(r_crc, "1", line)
            kinds[kind, "base" if int(slot) < 12 else "handset"] += 1
        for kind in ("[Mt]", "[Ct]", "[Nt]"):
            for side in ("base", "handset"):
                self.assertGreater(kinds[kind, side], 2, f"{kind} of the {side}: {dict(kinds)}")
        self.assertGreater(kinds["[Qt]", "base"], 2)

    def test_power_cuts_of_the_base_do_no_harm(self):
        cuts = ", ".join(f"{{name: cut {at}, at: {at} s, do: power_cut, target: 'home/base[0]', for: 3 s}}"
                         for at in (40, 75))
        run = Run(HOME, "--seeds", "1..3", *WITH_BASE, "--set", f"timeline=[{cuts}]", "--set", "expectations=[]")
        self.assertNotIn("crash", (run.stdout + run.stderr).lower())
        self.assertEqual(len(run.summaries), 3, run.stdout + run.stderr)

    def test_what_the_baseband_has_not_is_refused_by_name(self):
        for key, word in (("fast_set_up=complete", "fast_set_up"), ("synchronisation=air", "synchronisation"),
                          ("update={firmware: reference_base}", "no base is made for both")):
            run = Run(HOME, *WITH_BASE, "--set", f"sites.home.bases.{key}")
            self.assertEqual(run.code, 3, run.stdout)
            self.assertIn(word, run.stdout + run.stderr)
        run = Run(LIBRARY / "home_single_base.yaml", "--set", "sites.home.bases.firmware=reference_base")
        self.assertEqual(run.code, 0, "and nobody else notices")


if __name__ == "__main__":
    unittest.main()
