#!/usr/bin/env python3
# SPDX-License-Identifier: MIT-0
"""A base in another language than C: it gets a DHCP lease (RFC 2131) and says so with its LED. It goes no further.

    dectbed run scenarios/library/home_single_base.yaml \\
        --set sites.home.bases.firmware=models/firmware/examples/python_base/base.py
"""
import random
import struct

import dectbed_firmware as fw

SOCKET, BROADCAST = 1, 0xFFFFFFFF
RETRY, RENEW, FEED = 1, 2, 3
DISCOVER, OFFER, REQUEST, ACK, NAK = 1, 2, 3, 5, 6
COOKIE = bytes.fromhex("63825363")


class Base(fw.Firmware):
    name, version = "python-base", "1.0"

    def __init__(self):
        super().__init__()
        self.offered = None  # address and server of the offer that is being requested
        self.address = self.transaction = 0
        self.tries = 0

    def handle(self, event, token, body):
        if event == fw.EV_BOOT:
            # reset cause, flash: 3 numbers, entropy: 32 octets, MAC address
            self.random = random.Random(body[16:48])
            self.mac = body[48:54]
            self.led(fw.LED_BLINK_FAST)
            self.feed()
            self.udp_open(SOCKET, 68)
        elif event == fw.EV_ETHERNET_LINK and struct.unpack_from("<I", body)[0]:
            self.transaction = self.random.getrandbits(32)
            self.timer(RETRY, self.random.uniform(1, 10))  # RFC 2131, 4.4.1
        elif event == fw.EV_TIMER:
            number = struct.unpack_from("<I", body)[0]
            if number == FEED:
                self.feed()
            elif number == RETRY and not self.address:
                self.offered = None
                self.send(DISCOVER)
            elif number == RENEW and self.address:
                self.send(REQUEST)
        elif event == fw.EV_UDP_RECEIVED:
            self.received(body[16:])

    def feed(self):
        self.watchdog(5000)
        self.timer(FEED, 2)

    def send(self, kind):
        options = bytes([53, 1, kind]) + bytes([55, 3, 1, 3, 51])
        if kind == REQUEST and not self.address:
            options += struct.pack(">BBIBBI", 50, 4, self.offered[0], 54, 4, self.offered[1])
        message = struct.pack(">BBBBIHHIIII16s192x", 1, 1, 6, 0, self.transaction, 0, 0x8000, self.address, 0, 0, 0,
                              self.mac) + COOKIE + options + b"\xff"
        self.udp_send(SOCKET, BROADCAST, 67, message)
        self.tries += 1
        # RFC 2131, 4.1: 4, 8, 16, 32, 64 s, each plus or minus one.
        self.timer(RENEW if self.address else RETRY, min(64, 2 ** (self.tries + 1)) + self.random.uniform(-1, 1))

    def received(self, message):
        if len(message) < 240 or message[0] != 2 or message[236:240] != COOKIE or message[28:34] != self.mac:
            return
        transaction, your = struct.unpack_from(">I", message, 4)[0], struct.unpack_from(">I", message, 16)[0]
        options = dict(self.options(message[240:]))
        kind = options.get(53, b"\0")[0]
        if transaction != self.transaction or any(len(options.get(o, b"0000")) < 4 for o in (1, 3, 51, 54)):
            return
        number = {o: struct.unpack(">I", v[:4])[0] for o, v in options.items() if len(v) >= 4}
        if kind == OFFER and self.offered is None and 54 in number:
            self.offered = (your, number[54])
            self.tries = 0
            self.send(REQUEST)
        elif kind == ACK and 1 in number and 51 in number:
            self.address, self.tries = your, 0
            self.ip_configure(your, bin(number[1]).count("1"), number.get(3, 0))
            self.led(fw.LED_ON)
            self.timer(RENEW, max(60, number[51] / 2))
            self.log("lease of " + ".".join(str(octet) for octet in your.to_bytes(4, "big")))
        elif kind == NAK:
            self.address, self.offered, self.tries = 0, None, 0
            self.ip_configure(0, 0, 0)
            self.led(fw.LED_BLINK_FAST)
            self.timer(RETRY, self.random.uniform(1, 10))

    @staticmethod
    def options(octets):
        at = 0
        while at + 1 < len(octets) and octets[at] != 255:
            if octets[at] == 0:
                at += 1
                continue
            length = octets[at + 1]
            yield octets[at], octets[at + 2:at + 2 + length]
            at += 2 + length


if __name__ == "__main__":
    Base().run()
