"""A virtual platform as a firmware: a SystemC processor that executes a program, its bus and its mailbox at TLM sockets; as
a program of its own, and as modules within the simulation."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from program import BUILD, LIBRARY, Run, tshark

PROGRAM = f"{{program: {BUILD}/firmware/virtual_platform}}"
PLATFORM = f"{{platform: {BUILD}/firmware/virtual_platform.so}}"
SCENARIO = """dectbed: 1
extends: {library}/common/provider.yaml
description: Virtual platforms are the bases.
duration: {duration}
ends: limit
servers:
  provisioning: {{files: {library}/files}}
sites:
  home:
    access_line: {{down: 20 Mbit/s, up: 5 Mbit/s, delay: 9 ms}}
    bases:{bases}
    people:
      resident:
        arrives: 1 min
        tasks:
          - holds_button: {{bases: "base[0]"}}
timeline:
  - {{at: 30 s, do: power_cut, target: "home/base[0]", for: 5 s}}
"""
# The clock of a program has microseconds: an event comes up to one early there, what follows from it up to one late.
ROUNDING_PS = 2_000_000
# Machine code for memory's beginning: a jump to itself; no instruction; WFI and a jump back to it, without a look at the
# mailbox.
BUSY, ILLEGAL, ASLEEP = b"\x6f\x00\x00\x00", b"\xff\xff\xff\xff", b"\x73\x00\x50\x10\x6f\xf0\xdf\xff"


class Scene:
    """A run of these firmwares, one base each, and its journal."""

    def __init__(self, *firmwares, duration="3 min", options=()):
        bases = "".join(f"\n      - {{power_on: 1 s, firmware: {f}}}" for f in firmwares)
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "platform.yaml"
            scenario.write_text(SCENARIO.format(library=LIBRARY, bases=bases, duration=duration))
            self.run = Run(scenario, *options) if options else Run(scenario, "--seed", 1, "--journal", "--pcap")
        self.said = self.run.stdout + self.run.stderr
        journals = list(self.run.out.rglob("journal.jsonl"))
        self.records = [json.loads(line) for line in journals[0].read_text().splitlines()] if journals else []

    def of(self, number, *kinds):
        return [r for r in self.records if r["who"] == f"home/base[{number}]" and (not kinds or r["record"] in kinds)]

    def frames(self, number):
        """(seconds, count) of the frames that a base sent."""
        mac = f"02:1b:2c:00:00:{number + 1:02x}"
        lines = tshark(next(c for c in self.run.captures() if c.name == f"home.base[{number}].pcap"), "-Y",
                       f"eth.type == 0x88b5 && eth.src == {mac}", "-T", "fields", "-e", "frame.time_epoch", "-e", "data.data")
        return [(float(time), int(data[:8], 16)) for time, data in (line.split("\t") for line in lines)]


class virtual_platform(unittest.TestCase):
    def completes(self, *firmwares, **options):
        scene = Scene(*firmwares, **options)
        self.assertEqual(scene.run.code, 0, scene.said)
        return scene

    def acts_as_its_program_says(self, scene):
        resets = [r["cause"] for r in scene.of(0, "device_reset")]
        self.assertEqual(resets[:2], ["power_on", "power_on"])
        self.assertIn("software", resets, "its button restarts it")
        lights = [(r["at"], r["pattern"]) for r in scene.of(0, "led_changed")]
        self.assertIn("on", [pattern for _, pattern in lights])
        link = scene.of(0, "link_changed")[0]["at"]
        first = lights[0][0]
        self.assertGreater(first, link, "its instructions take time")
        self.assertLess(first - link, 1e9, "less than a millisecond")
        frames = scene.frames(0)
        times = [time for time, _ in frames]
        self.assertGreater(len(times), 100)
        self.assertTrue(all(abs(b - a - 1) < 0.001 for a, b in zip(times[:20], times[1:20])), times[:20])
        self.assertEqual([count for _, count in frames[:5]], [1, 2, 3, 4, 5], "it counts")

    def test_both_ways_do_what_the_program_says_at_the_same_times(self):
        program, platform = self.completes(PROGRAM), self.completes(PLATFORM)
        for scene in (program, platform):
            self.acts_as_its_program_says(scene)
        kept = lambda scene: [{k: v for k, v in r.items() if k not in ("at", "seq")} for r in scene.of(0)]
        self.assertEqual(kept(program), kept(platform))
        for one, other in zip(program.of(0), platform.of(0)):
            self.assertLessEqual(abs(one["at"] - other["at"]), ROUNDING_PS, f"{one} {other}")
        sent = [scene.frames(0) for scene in (program, platform)]
        self.assertEqual(*[[count for _, count in frames] for frames in sent])
        for (one, count), (other, _) in zip(*sent):  # a chain of timers, one a second
            self.assertAlmostEqual(one, other, delta=(5 + 2 * count) * 1e-6)

    def test_several_live_in_one_run_and_each_way_beside_the_other(self):
        scene = self.completes(PLATFORM, PLATFORM, PROGRAM, PLATFORM)
        self.acts_as_its_program_says(scene)
        for number in (1, 2, 3):
            self.assertEqual([r["cause"] for r in scene.of(number, "device_reset")], ["power_on"], "the first one's are its own")
            self.assertGreater(len(scene.frames(number)), 150)
        alone = self.completes(PLATFORM)
        self.assertEqual([r["pattern"] for r in scene.of(0, "led_changed")], [r["pattern"] for r in alone.of(0, "led_changed")])

    def test_runs_are_the_same_each_time_and_with_any_number_of_jobs(self):
        digests = [self.completes(PLATFORM, PLATFORM, duration="40 s", options=("--seeds", "1..4", "--jobs", jobs)).run.digests()
                   for jobs in (1, 1, 2)]
        self.assertEqual(len(digests[0]), 4)
        self.assertEqual(digests[0], digests[1])
        self.assertEqual(digests[0], digests[2])

    def with_image(self, image, *more):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="dectbed-platform-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        (folder / "program.bin").write_bytes(image)
        return f"{{platform: {BUILD}/firmware/virtual_platform.so, arguments: [{', '.join([str(folder / 'program.bin'), *more])}]}}"

    def test_an_illegal_instruction_costs_only_its_device(self):
        scene = self.completes(PLATFORM, self.with_image(ILLEGAL), duration="40 s")
        failures = [r["cause"] for r in scene.of(1, "state_changed") if r["to"] == "failed"]
        self.assertGreater(len(failures), 5)
        self.assertEqual(set(failures), {"crash: its platform reported: an unknown instruction at 0x00000000"})
        self.assertEqual(set(r["cause"] for r in scene.of(1, "device_reset")[1:]), {"watchdog"})
        self.assertGreater(len(scene.frames(0)), 15)

    def test_a_processor_that_hangs_costs_only_its_device_and_ends_in_reset(self):
        for image in (self.with_image(BUSY, "1000"), self.with_image(ASLEEP, "1000")):
            scene = self.completes(PLATFORM, image, duration="40 s")
            failures = [r["cause"] for r in scene.of(1, "state_changed") if r["to"] == "failed"]
            self.assertEqual(len(failures), 3)
            self.assertIn("hang: its platform left event 0x1101 in its mailbox for", failures[0])
            self.assertIn("held in reset until power is cut", failures[2])
            self.assertGreater(len(scene.frames(0)), 15)

    def updated(self, update, *timeline, beside=()):
        """A platform for which `update` comes as the timeline says, and what its boot loader did and why it was reset."""
        scene = self.completes(f"{PLATFORM}, update: {update}", *beside, duration="55 s", options=(
            "--seed", 1, "--journal", "--pcap", "--set", f"timeline=[{', '.join(timeline)}]"))
        return scene, [(r["to"], r["cause"]) for r in scene.of(0, "state_changed") if r["machine"] == "boot loader"], \
            [r["cause"] for r in scene.of(0, "device_reset")]

    def test_it_comes_back_when_its_update_fails_and_again_when_the_next_one_does(self):
        failing = self.with_image(ILLEGAL).replace("platform: ", "program: ").replace(".so,", ",")
        update = "{at: %d s, do: update, target: 'home/base[0]'}"
        scene, slots, resets = self.updated(f"{{firmware: {failing}, attempts: 2}}", update % 10, update % 30, beside=[PLATFORM])
        there_and_back = [("slot b on trial", "update"), ("slot a", "2 watchdog resets")]
        self.assertEqual(slots, 2 * there_and_back)
        self.assertEqual(resets, ["power_on"] + 2 * ["update", "watchdog", "watchdog"])
        failures = [r["cause"] for r in scene.of(0, "state_changed") if r["to"] == "failed"]
        self.assertEqual(len(failures), 4, failures)
        counts = [count for _, count in scene.frames(0)]
        lives = [i for i, count in enumerate(counts) if count == 1] + [len(counts)]
        self.assertEqual(len(lives), 4, counts)
        for begin, end in zip(lives, lives[1:]):
            self.assertEqual(counts[begin:end], list(range(1, 1 + end - begin)))
            self.assertGreater(end - begin, 5)
        self.assertGreater(len(scene.frames(1)), 50, "the one beside it goes on")
        again, *_ = self.updated(f"{{firmware: {failing}, attempts: 2}}", update % 10, update % 30, beside=[PLATFORM])
        self.assertEqual(scene.run.digests(), again.run.digests())

    def test_it_stays_in_reset_while_an_update_has_its_place_over_power_cuts(self):
        scene, slots, resets = self.updated("{firmware: reference_base, trial: 10 s}", "{at: 10 s, do: update, target: 'home/base[0]'}",
                                            "{at: 30 s, do: power_cut, target: 'home/base[0]', for: 5 s}")
        self.assertEqual([to for to, _ in slots], ["slot b on trial", "slot b"])
        self.assertEqual(resets, ["power_on", "update", "power_on"])
        self.assertEqual(len([r for r in scene.of(0) if r["record"] == "dhcp_message" or r["record"] == "firmware_log"][:1]), 1,
                         "the other firmware runs")
        times = [time for time, _ in scene.frames(0)]
        self.assertGreater(len(times), 5)
        self.assertLess(times[-1] - times[0], 10, "nothing of it after the update")

    def test_a_platform_that_never_yields_ends_its_run_by_name(self):
        scene = Scene(PLATFORM, f"{{platform: {BUILD}/firmware/never_yields_platform.so}}", duration="40 s",
                      options=("--seeds", "1..2", "--firmware-cpu-limit", 2))
        self.assertEqual(scene.run.code, 3, scene.said)
        self.assertRegex(scene.said, r"home/base\[1\].*stuck 1.0, a virtual platform, .*hangs.*processor time")

    def test_what_cannot_be_used_is_refused(self):
        def said(firmware):
            scene = Scene(firmware, duration="40 s")
            self.assertIn(scene.run.code, (2, 3), scene.said)
            return scene.said
        self.assertIn("does not exist", said("{platform: nowhere.so}"))
        self.assertIn("does not export dectbed_platform_entry()", said(f"{{platform: {BUILD}/firmware/third_party_base.so}}"))
        self.assertIn("a virtual platform is written as {platform: ...}", said(f"{BUILD}/firmware/virtual_platform.so"))
        self.assertIn("exactly one of library, program and platform", said(
            f"{{platform: {BUILD}/firmware/virtual_platform.so, program: {BUILD}/firmware/virtual_platform}}"))
        self.assertIn("there is no program nothing.bin", said(
            f"{{platform: {BUILD}/firmware/virtual_platform.so, arguments: [nothing.bin]}}"))

    def test_it_is_built_outside_the_tree_against_the_sdk(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for step in (["cmake", "--install", BUILD, "--component", "sdk", "--prefix", folder / "sdk"],
                         ["cmake", "-S", folder / "sdk/share/dectbed/examples/virtual_platform", "-B", folder / "build",
                          f"-DCMAKE_PREFIX_PATH={folder / 'sdk'}", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS=-Werror"],
                         ["cmake", "--build", folder / "build"]):
                done = subprocess.run([str(word) for word in step], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            ours = self.completes(PLATFORM, duration="40 s")
            theirs = self.completes(f"{{platform: {folder}/build/virtual_platform.so}}", duration="40 s")
            self.assertEqual(ours.run.digests(), theirs.run.digests())


if __name__ == "__main__":
    unittest.main()
