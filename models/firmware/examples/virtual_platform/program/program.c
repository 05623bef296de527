/* SPDX-License-Identifier: MIT-0
 *
 * What the platform's processor executes: a base that never gets far, but shows all ways in and out. It blinks while
 * there is no link, shines and sends a frame each second while there is one, and restarts when its button is pressed.
 *
 *   clang --target=riscv32 -march=rv32im -mabi=ilp32 -O1 -ffreestanding -nostdlib -fuse-ld=lld -Wl,-T,link.ld,-e,start
 * \ -I../../../include -o program.elf program.c llvm-objcopy -O binary program.elf program.bin, whose words are
 * ../program_image.h
 */
#include "dectbed/firmware.h"
#include "dectbed/mailbox.h"

#define MAILBOX 0x40000000u /* as platform.h has it on the bus */
#define REGISTER(name) (*(volatile uint32_t*)(MAILBOX + DECTBED_MAILBOX_##name))
#define WORD REGISTER(WORD)
#define SEND REGISTER(SEND)
#define WAITING REGISTER(WAITING)
#define NEXT REGISTER(NEXT)
#define WINDOW ((const volatile uint32_t*)(MAILBOX + DECTBED_MAILBOX_WINDOW))

enum { TICK = 1, TICK_US = 1000000, ETHERTYPE = 0x88B5 /* IEEE 802, local experiments */, FRAME_OCTETS = 60 };

static void say(void* record, uint32_t type, uint32_t octets) {
    const uint32_t* words = record;
    dectbed_record* head = record;
    head->type = (uint16_t)type;
    head->size = (uint16_t)octets;
    head->token = 0;
    for (uint32_t i = 0; i < octets / 4; ++i) WORD = words[i];
    SEND = octets;
}

static void led(uint32_t pattern) {
    dectbed_req_led r;
    r.led = 0;
    r.pattern = pattern;
    say(&r, DECTBED_REQ_LED, sizeof r);
}

static void tick(void) {
    dectbed_req_timer r;
    r.timer = TICK;
    r.reserved = 0;
    r.delay_us = TICK_US;
    say(&r, DECTBED_REQ_TIMER_START, sizeof r);
}

/* To everybody on the LAN: how often it has ticked. */
static void announce(const uint8_t mac[6], uint32_t count) {
    struct {
        dectbed_record record;
        uint8_t frame[FRAME_OCTETS];
    } r;
    for (int i = 0; i < FRAME_OCTETS; ++i) r.frame[i] = 0;
    for (int i = 0; i < 6; ++i) {
        r.frame[i] = 0xFF;
        r.frame[6 + i] = mac[i];
    }
    r.frame[12] = ETHERTYPE >> 8;
    r.frame[13] = ETHERTYPE & 0xFF;
    for (int i = 0; i < 4; ++i) r.frame[14 + i] = (uint8_t)(count >> (24 - 8 * i));
    say(&r, DECTBED_REQ_ETHERNET_SEND, sizeof r);
}

__attribute__((noreturn)) void program(void) {
    uint8_t mac[6];
    uint32_t count = 0, up = 0;
    for (;;) {
        union {
            uint32_t words[160];
            dectbed_event any;
            dectbed_ev_boot boot;
            dectbed_ev_ethernet_link link;
            dectbed_ev_key key;
        } e;
        uint32_t octets;
        while (WAITING == 0) __asm__ volatile("wfi");
        octets = WAITING < sizeof e ? WAITING : sizeof e;
        for (uint32_t i = 0; i < (octets + 3) / 4; ++i) e.words[i] = WINDOW[i];
        NEXT = 1;
        if (e.any.record.type == DECTBED_EV_BOOT) {
            for (int i = 0; i < 6; ++i) mac[i] = e.boot.mac[i];
            led(DECTBED_LED_BLINK_FAST);
            tick();
        } else if (e.any.record.type == DECTBED_EV_TIMER) {
            if (up) announce(mac, ++count);
            tick();
        } else if (e.any.record.type == DECTBED_EV_ETHERNET_LINK) {
            up = e.link.up;
            led(up ? DECTBED_LED_ON : DECTBED_LED_BLINK_FAST);
        } else if (e.any.record.type == DECTBED_EV_KEY && e.key.pressed) {
            dectbed_req_u32 r;
            r.value = DECTBED_RESET_SOFTWARE;
            say(&r, DECTBED_REQ_RESET, sizeof r);
        }
    }
}

__attribute__((naked, noreturn, section(".start"))) void start(void) { __asm__ volatile("li sp, 0x10000\n j program"); }
