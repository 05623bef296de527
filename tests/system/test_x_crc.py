"""The X-CRC in slots that tshark does not check: by a second implementation, and by tshark in its own slot.

tshark 4.0 checks full slots only. What is left of a division does not depend on where the test bits came from, and is
linear: so the 80 or 160 test bits of any slot are put, 80 at a time, where those of a full slot lie, tshark is asked for
each of the 16 possible X-fields which one matches, and what it says of both halves is added up.
"""
import pathlib
import struct
import tempfile
import unittest

from program import ROOT, tshark
from x_crc import SLOTS, remainder, test_bits, vectors

FULL_BLOCKS = [48 + 64 * i for i in range(5)]


def full_slot_burst(bits, x):
    """A burst of a fixed part (radio/capture/burst_frame.h) with those 80 test bits, and that X-field."""
    b_field = ["0"] * 320
    for i, at in enumerate(FULL_BLOCKS):
        b_field[at:at + 16] = bits[16 * i:16 * i + 16]
    octets = int("".join(b_field), 2).to_bytes(40, "big")
    header = bytes(12) + b"\x23\x23" + bytes(6) + b"\xaa\xaa\xaa\xe9\x8a"
    a_field = bytes([0x60, 0, 1, 2, 3, 4, 0, 0])  # TA 011, BA 000; its R-CRC is nobody's question here
    return header + a_field + octets + bytes([x << 4])


def said_by_tshark(halves):
    """For each 80 test bits: the X-fields that it takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.pcap"
        packets = [full_slot_burst(bits, x) for bits in halves for x in range(16)]
        path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) +
                         b"".join(struct.pack("<IIII", 0, 0, len(p), len(p)) + p for p in packets))
        lines = tshark(path, "-T", "fields", "-e", "dect.bfield.xcrc")
    assert len(lines) == len(packets)
    return [[x for x in range(16) if lines[16 * i + x] == "1"] for i in range(len(halves))]


class x_crc(unittest.TestCase):
    def test_the_vectors_are_those_of_the_second_implementation(self):
        text = (ROOT / "tests/radio/x_crc_vectors.txt").read_text().splitlines()
        self.assertEqual(text, [f"{slot.replace(' ', '_')} {octets.hex()} {remainder(test_bits(slot, octets)):x}"
                                for slot, octets in vectors()])
        self.assertEqual({line.split()[0] for line in text}, {slot.replace(" ", "_") for slot in SLOTS})

    def test_an_outside_witness_divides_to_the_same(self):
        halves, owners = [], []
        for slot, octets in vectors():
            bits = test_bits(slot, octets)
            for at in range(0, len(bits), 80):
                halves.append(bits[at:at + 80])
                owners.append((slot, octets))
        sums = {}
        for owner, taken in zip(owners, said_by_tshark(halves)):
            self.assertEqual(len(taken), 1, owner)
            sums[owner] = sums.get(owner, 0) ^ taken[0]
        for (slot, octets), x in sums.items():
            self.assertEqual(x, remainder(test_bits(slot, octets)), (slot, octets.hex()))


if __name__ == "__main__":
    unittest.main()
