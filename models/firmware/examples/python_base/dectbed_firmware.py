# SPDX-License-Identifier: MIT-0
"""The firmware protocol of dectbed (firmware_process.h) for Python: subclass `Firmware`, call `run()`.

Records are those of firmware.h; `struct` writes and reads them, little endian. Only what the example needs has a method
of its own; `request()` sends anything else.
"""
import socket
import struct

ABI, MAGIC, DESCRIPTOR = 1, 0x42544344, 3
BASE, HANDSET = 1, 2
HELLO, END_OF_TURN = 0x0001, 0x0002
TIMER_START, WATCHDOG, LOG, STATE = 0x0101, 0x0107, 0x0109, 0x010A
IP_CONFIGURE, UDP_OPEN, UDP_SEND = 0x0203, 0x0204, 0x0205
LED = 0x0401
EV_BOOT, EV_TIMER, EV_REFUSED = 0x1101, 0x1102, 0x1105
EV_ETHERNET_LINK, EV_UDP_RECEIVED = 0x1201, 0x1203
LED_OFF, LED_ON, LED_BLINK_SLOW, LED_BLINK_FAST = range(4)


class Firmware:
    """One device. Override `handle`; everything in memory is new after each reset."""
    kind, name, version = BASE, "python", "1"

    def __init__(self):
        self._out = bytearray()
        self.now_us = 0

    def handle(self, event: int, token: int, body: bytes) -> None:
        """`body` is what follows the event's header and time."""

    # --- requests
    def request(self, kind: int, body: bytes = b"", token: int = 0) -> None:
        self._out += struct.pack("<HHI", kind, 8 + len(body), token) + body

    def timer(self, number: int, seconds: float) -> None:
        self.request(TIMER_START, struct.pack("<IIQ", number, 0, int(seconds * 1e6)))

    def watchdog(self, milliseconds: int) -> None:
        self.request(WATCHDOG, struct.pack("<II", milliseconds, 0))

    def log(self, text: str, level: int = 2) -> None:
        self.request(LOG, struct.pack("<II", level, 0) + text.encode())

    def led(self, pattern: int) -> None:
        self.request(LED, struct.pack("<II", 0, pattern))

    def udp_open(self, number: int, port: int) -> None:
        self.request(UDP_OPEN, struct.pack("<IIH6x", number, 0, port))

    def udp_send(self, number: int, address: int, port: int, data: bytes) -> None:
        self.request(UDP_SEND, struct.pack("<IIH6x", number, address, port) + data)

    def ip_configure(self, address: int, prefix: int, gateway: int) -> None:
        self.request(IP_CONFIGURE, struct.pack("<IIII", address, prefix, gateway, 0))

    # --- the loop
    def run(self) -> None:
        host = socket.socket(fileno=DESCRIPTOR)
        stream = host.makefile("rb")
        hello = struct.pack("<IIII64s32s", MAGIC, ABI, self.kind, 0, self.name.encode(), self.version.encode())
        host.sendall(struct.pack("<HHI", HELLO, 8 + len(hello), 0) + hello)
        while header := stream.read(16):
            event, size, token, self.now_us = struct.unpack("<HHIQ", header)
            self.handle(event, token, stream.read(size - 16))
            self.request(END_OF_TURN)
            host.sendall(self._out)
            self._out.clear()
