"""A subscription, message by message: what `dectbed decode` prints of a capture has the order and the pace of the standard."""
import math
import re
import unittest

from program import LIBRARY, Run, command, tshark

FRAME_S = 0.01
SEGMENT_S = 2 * FRAME_S   # one CT segment of 5 octets each 20 ms and direction: EN 300 175-3, 10.8
OVERHEAD_OCTETS = 5       # address, control, length and two octets of checksum: EN 300 175-4, 6.1
ACKNOWLEDGED_WITHIN_S = 0.04

# EN 300 175-5, 13.5.1 with key allocation, 13.3.1, 13.4.1; what each message must hold besides.
SUBSCRIPTION = [
    ("PT>FT", "ACCESS-RIGHTS-REQUEST", ["PORTABLE-IDENTITY: IPUI N"]),
    ("FT>PT", "KEY-ALLOCATE", ["ALLOCATION-TYPE: DSAA2", "RAND: ", "RS: "]),
    ("PT>FT", "AUTHENTICATION-REQUEST", ["AUTH-TYPE: DSAA2, AC 0", "RAND: ", "RES: "]),
    ("FT>PT", "AUTHENTICATION-REPLY", ["RES: "]),
    ("FT>PT", "ACCESS-RIGHTS-ACCEPT", ["PORTABLE-IDENTITY: IPUI N", "FIXED-IDENTITY: PARK"]),
]
LOCATION = [
    ("PT>FT", "LOCATE-REQUEST", ["PORTABLE-IDENTITY: IPUI N"]),
    ("FT>PT", "AUTHENTICATION-REQUEST", ["AUTH-TYPE: DSAA2, UAK 0", "RAND: ", "RS: "]),
    ("PT>FT", "AUTHENTICATION-REPLY", ["RES: "]),
    ("FT>PT", "LOCATE-ACCEPT", ["PORTABLE-IDENTITY: TPUI", "LOCATION-AREA: "]),
    ("PT>FT", "TEMPORARY-IDENTITY-ASSIGN-ACK", []),
]
REFUSED = [*SUBSCRIPTION[:3], ("FT>PT", "AUTHENTICATION-REJECT", ["REJECT-REASON: "]),
           ("FT>PT", "ACCESS-RIGHTS-REJECT", ["REJECT-REASON: "])]

LINE = re.compile(r"^ +([\d.]+)  #(\d+) +c\d+ s(\d+) f(\d+) +(PT>FT|FT>PT) +(MAC|DLC|NWK)  (.*)$")


class Line:
    """One printed line; an NWK message takes its elements with it."""

    def __init__(self, match):
        at, bearer, slot, frame, self.direction, self.layer, self.text = match.groups()
        self.at, self.bearer, self.slot, self.frame = float(at), int(bearer), int(slot), int(frame)
        self.elements = []
        self.name = re.split(r"[, (]", self.text)[0]


def lines_of(capture):
    decoded = command("decode", capture)
    assert decoded.returncode == 0, decoded.stderr
    assert ", 0 not readable" in decoded.stdout, decoded.stdout[-200:]
    lines = []
    for text in decoded.stdout.splitlines():
        match = LINE.match(text)
        if match:
            lines.append(Line(match))
        elif lines and text.startswith(" " * 40):
            lines[-1].elements.append(text.strip())
    return lines


def bearers_of(lines):
    bearers = {}
    for line in lines:
        bearers.setdefault(line.bearer, []).append(line)
    return [b for b in bearers.values() if any(line.layer == "NWK" for line in b)]


def air_of(scenario, seed=1):
    run = Run(LIBRARY / f"{scenario}.yaml", "--seed", seed, "--pcap")
    assert run.code == 0, run.stdout + run.stderr
    return run, next(c for c in run.captures() if c.name.endswith(".dect.pcap"))


class subscription(unittest.TestCase):
    def check_order(self, bearer, expected):
        messages = [line for line in bearer if line.layer == "NWK"]
        self.assertEqual([(m.direction, m.name) for m in messages], [(d, name) for d, name, _ in expected])
        for message, (_, _, elements) in zip(messages, expected):
            for element in elements:
                self.assertTrue(any(e.startswith(element) for e in message.elements), (message.text, message.elements))

    def check_pace(self, bearer, exactly):
        """Each message takes one segment each 20 ms, in its side's frames, and is acknowledged at once."""
        for i, line in enumerate(bearer):
            if line.layer == "MAC" and re.match(r"CT[01] ", line.text):
                self.assertEqual(line.frame % 2, 0 if line.direction == "PT>FT" else 1, line.text)
            if line.layer != "NWK":
                continue
            octets, began = re.search(r"(\d+) octets(?: from ([\d.]+) s on)?", line.text).groups()
            segments = math.ceil((int(octets) + OVERHEAD_OCTETS) / 5)
            took = line.at - float(began)
            if exactly:
                self.assertAlmostEqual(took, (segments - 1) * SEGMENT_S, delta=1e-4, msg=line.text)
            else:  # a segment that was not acknowledged comes again 20 ms later
                more = (took - (segments - 1) * SEGMENT_S) / SEGMENT_S
                self.assertGreater(more, -0.01, line.text)
                self.assertAlmostEqual(more, round(more), delta=0.01, msg=line.text)
            answer = next(a for a in bearer[i:] if a.layer == "DLC" and a.direction != line.direction)
            self.assertTrue(answer.text.startswith("RR "), answer.text)
            if exactly:
                self.assertLess(answer.at - line.at, ACKNOWLEDGED_WITHIN_S, line.text)

    def check_set_up(self, bearer):
        """Request, confirm half a frame later, and the first segment not before two frames: EN 300 175-3, 10.5."""
        request, confirm = bearer[0], bearer[1]
        self.assertIn("access request", request.text)
        self.assertIn("bearer confirm", confirm.text)
        self.assertAlmostEqual(confirm.at - request.at, FRAME_S / 2, delta=1e-4)
        self.assertEqual((request.slot - confirm.slot) % 24, 12)
        first = next(line for line in bearer if re.match(r"CT[01] ", line.text))
        self.assertGreaterEqual(first.at - request.at, 2 * FRAME_S - 1e-4)
        self.assertTrue(first.text.startswith("CT1 "), "the first segment has number 1")
        release = [line for line in bearer if "release" in line.text]
        self.assertEqual(release[-1].at, bearer[-1].at)

    def test_registrations_and_locations_have_the_order_and_the_pace_of_the_standard(self):
        _, capture = air_of("register_handsets")
        bearers = bearers_of(lines_of(capture))
        kinds = {"MM-INFO-REQUEST": 0, "refused": 0, "subscribed": 0, "located": 0}
        for bearer in bearers:
            self.check_set_up(bearer)
            self.check_pace(bearer, exactly=True)
            names = [line.name for line in bearer if line.layer == "NWK"]
            if names[0] == "MM-INFO-REQUEST":
                kinds["MM-INFO-REQUEST"] += 1
            elif "ACCESS-RIGHTS-REJECT" in names:
                self.check_order(bearer, REFUSED)
                kinds["refused"] += 1
            elif "ACCESS-RIGHTS-ACCEPT" in names:
                self.check_order(bearer, [*SUBSCRIPTION, *LOCATION])
                kinds["subscribed"] += 1
                # Ten messages of 174 octets are 49 segments; nothing but acknowledgements and set-up comes on top.
                segments = sum(math.ceil((int(re.search(r"(\d+) octets", m.text)[1]) + OVERHEAD_OCTETS) / 5)
                               for m in bearer if m.layer == "NWK")
                took = bearer[-1].at - bearer[0].at
                self.assertGreater(took, segments * SEGMENT_S)
                self.assertLess(took, segments * SEGMENT_S + 2 * FRAME_S + 10 * ACKNOWLEDGED_WITHIN_S)
                print(f"subscription and location: {segments} segments, {took:.3f} s")
            else:
                self.check_order(bearer, LOCATION)
                kinds["located"] += 1
        # One code, one wrong PIN, three registrations; after the power cut all three locate once more.
        self.assertEqual(kinds, {"MM-INFO-REQUEST": 1, "refused": 1, "subscribed": 3, "located": 3})

    def test_a_busy_office_loses_segments_but_no_order(self):
        run, capture = air_of("office_activation_code")
        self.assertEqual(run.only()["devices"]["handsets"]["ready"], 40)
        complete = 0
        for bearer in bearers_of(lines_of(capture)):
            names = [line.name for line in bearer if line.layer == "NWK"]
            self.check_pace(bearer, exactly=False)
            if "ACCESS-RIGHTS-ACCEPT" in names and "TEMPORARY-IDENTITY-ASSIGN-ACK" in names:
                self.check_order(bearer, [*SUBSCRIPTION, *LOCATION])
                complete += 1
        self.assertGreaterEqual(complete, 38)

    def test_an_outside_witness_sees_segments_in_each_sides_frames_only(self):
        _, capture = air_of("register_handsets")
        seen = {"e98a": 0, "1675": 0}
        for text in tshark(capture, "-T", "fields", "-e", "dect.cc.TA", "-e", "dect.framenumber", "-e", "dect.preamble",
                           "-e", "frame.time_epoch", "-e", "dect.slot"):
            kind, frame, preamble, *_ = text.split("\t")
            if kind != "[Ct]":
                continue
            side = "1675" if "5555" in preamble.replace(":", "") else "e98a"
            seen[side] += 1
            self.assertEqual(int(frame) % 2, 0 if side == "1675" else 1, text)
        print(seen)
        self.assertGreater(min(seen.values()), 100)


if __name__ == "__main__":
    unittest.main()
