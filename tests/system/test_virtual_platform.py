"""A virtual platform as a firmware: a SystemC processor that executes a program, its bus and its mailbox at TLM sockets."""
import json
import pathlib
import shutil
import tempfile
import unittest

from program import BUILD, LIBRARY, Run, tshark

SCENARIO = f"""dectbed: 1
extends: {LIBRARY}/common/provider.yaml
description: A virtual platform is the base.
duration: 3 min
ends: limit
servers:
  provisioning: {{files: {LIBRARY}/files}}
sites:
  home:
    access_line: {{down: 20 Mbit/s, up: 5 Mbit/s, delay: 9 ms}}
    bases: {{power_on: 1 s, firmware: {{program: {BUILD}/firmware/virtual_platform}}}}
    people:
      resident:
        arrives: 1 min
        tasks:
          - holds_button: {{bases: all}}
timeline:
  - {{at: 30 s, do: power_cut, target: "home/base[0]", for: 5 s}}
"""


class virtual_platform(unittest.TestCase):
    def test_a_program_runs_on_it_in_simulated_time(self):
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "platform.yaml"
            scenario.write_text(SCENARIO)
            run, again = (Run(scenario, "--seed", 1, "--journal", "--pcap") for _ in range(2))
        self.assertEqual(run.code, 0, run.stdout + run.stderr)
        self.assertEqual(run.digests(), again.digests())
        records = [json.loads(line) for line in next(run.out.rglob("journal.jsonl")).read_text().splitlines()]
        of_base = [r for r in records if r["who"] == "home/base[0]"]
        resets = [r["cause"] for r in of_base if r["record"] == "device_reset"]
        self.assertEqual(resets[:2], ["power_on", "power_on"])
        self.assertIn("software", resets, "its button restarts it")
        lights = [(r["at"], r["pattern"]) for r in of_base if r["record"] == "led_changed"]
        self.assertIn("on", [pattern for _, pattern in lights])
        link = next(r["at"] for r in of_base if r["record"] == "link_changed")
        first = next(at for at, _ in lights)
        self.assertGreater(first, link, "its instructions take time")
        self.assertLess(first - link, 1e9, "less than a millisecond")
        frames = tshark(next(c for c in run.captures() if c.name == "home.base[0].pcap"), "-Y", "eth.type == 0x88b5", "-T",
                        "fields", "-e", "frame.time_epoch", "-e", "data.data")
        times = [float(frame.split("\t")[0]) for frame in frames]
        self.assertGreater(len(times), 100)
        self.assertTrue(all(abs(b - a - 1) < 0.001 for a, b in zip(times[:20], times[1:20])), times[:20])
        self.assertEqual([int(frame.split("\t")[1][:8], 16) for frame in frames[:5]], [1, 2, 3, 4, 5], "it counts")
        shutil.rmtree(run.out, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
