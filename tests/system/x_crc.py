"""A second X-CRC (EN 300 175-3, 6.2.5.4) for tests/radio/x_crc_vectors.txt, which shares no code with the first.

The test bits are given by where in the B-field they come from, as the first one has it; the redundancy is what is left
of them, with four zeros behind, by long division by x^4 + 1. `python3 x_crc.py` prints the vectors anew.
"""
import random

# slot: bits of the B-field, (first of the blocks of 16 test bits, from one to the next, how many)
SLOTS = {
    "half": (80, (0, 16, 5)),
    "full": (320, (48, 64, 5)),
    "long 640": (640, (48, 64, 10)),
    "long 672": (672, (48, 64, 10)),
    "double": (800, (64, 80, 10)),
}
GENERATOR = 0b10001


def test_bits(slot, b_field):
    length, (first, step, blocks) = SLOTS[slot]
    bits = "".join(f"{octet:08b}" for octet in b_field)
    assert len(bits) == length
    return "".join(bits[first + step * i:first + step * i + 16] for i in range(blocks))


def remainder(bits):
    rest = int(bits, 2) << 4
    while rest.bit_length() > 4:
        rest ^= GENERATOR << (rest.bit_length() - 5)
    return rest


def vectors():
    draw = random.Random(175)
    for slot, (length, _) in SLOTS.items():
        for share in (0.5, 0.5, 0.5, 0.03):
            octets = bytes(sum((draw.random() < share) << k for k in range(8)) for _ in range(length // 8))
            yield slot, octets


if __name__ == "__main__":
    for slot, octets in vectors():
        print(f"{slot.replace(' ', '_')} {octets.hex()} {remainder(test_bits(slot, octets)):x}")
