/* A program to be run by a test: a base that logs how many events it has seen, and goes wrong in a way that its first
 * argument names. All its state is in globals. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dectbed/firmware_process.h"

extern char** environ;

static const dectbed_host* host;
static const char* way = "counts";
static int events_seen, watchdog_ms;
static char* volatile eaten;

static void request(const void* r, uint16_t type, uint16_t size) {
    static unsigned char octets[4096];
    dectbed_record head = {type, size, 0};
    memcpy(octets, r, size);
    memcpy(octets, &head, sizeof head);
    host->request(host->context, (const dectbed_record*)(const void*)octets);
}

static void say(const char* text) {
    struct {
        dectbed_req_log log;
        char text[512];
    } r;
    memset(&r, 0, sizeof r);
    r.log.level = 2;
    snprintf(r.text, sizeof r.text, "%s", text);
    request(&r, DECTBED_REQ_LOG, (uint16_t)(sizeof r.log + strlen(r.text)));
}

static int is(const char* name) { return strcmp(way, name) == 0; }

static void* create(const dectbed_host* h) {
    host = h;
    return &host;
}

static int octets_waiting(void) {
    int octets = 0;
    return ioctl(DECTBED_PROCESS_DESCRIPTOR, FIONREAD, &octets) == 0 ? octets : -1;
}

/* Answers every event with a timer and the end of its turn, and reads none; gives up when nothing more comes. */
static void answer_unread(void) {
    struct {
        dectbed_req_timer timer;
        dectbed_record end;
    } r = {{{DECTBED_REQ_TIMER_START, sizeof r.timer, 0}, 1, 0, 1000}, {DECTBED_PROCESS_END_OF_TURN, sizeof r.end, 0}};
    for (int seen = octets_waiting(), patience = 0; patience < 100; ++patience) {
        if (patience == 0 && write(DECTBED_PROCESS_DESCRIPTOR, &r, sizeof r) != sizeof r) exit(9);
        usleep(1000);
        if (octets_waiting() == seen) continue;
        seen = octets_waiting();
        patience = -1;
    }
    sleep(100);
}

static void go_wrong(void) {
    if (is("deaf")) answer_unread();
    if (is("crashes")) abort();
    if (is("exits")) exit(3);
    if (is("closes")) close(DECTBED_PROCESS_DESCRIPTOR), sleep(100);
    if (is("hangs"))
        for (volatile unsigned turns = 0;; ++turns) {
        }
    if (is("sleeps")) sleep(100);
    if (is("short")) {
        unsigned char octets[8] = {1, 1, 4, 0};
        if (write(DECTBED_PROCESS_DESCRIPTOR, octets, sizeof octets) != sizeof octets) exit(9);
    }
    if (is("chatters")) {
        unsigned char end[16] = {2, 0, 8, 0, 0, 0, 0, 0, 2, 0, 8, 0};
        if (write(DECTBED_PROCESS_DESCRIPTOR, end, sizeof end) != sizeof end) exit(9);
    }
    if (is("floods"))
        for (int i = 0; i < 100000; ++i) say("x");
    if (is("eats"))
        for (;;) {
            eaten = malloc(1 << 20);
            memset(eaten, 1, 1 << 20); /* as many firmwares do: without a look at the pointer */
        }
}

static void handle(void* instance, const dectbed_event* event) {
    char text[32];
    (void)instance;
    ++events_seen;
    if (event->record.type == DECTBED_EV_BOOT) {
        const dectbed_ev_boot* boot = (const dectbed_ev_boot*)event;
        dectbed_req_u32 dog = {{0, 0, 0}, (uint32_t)watchdog_ms, 0};
        dectbed_req_timer timer = {{0, 0, 0}, 1, 0, 100000};
        snprintf(text, sizeof text, "boot %u", (unsigned)boot->reset_cause);
        say(text);
        if (watchdog_ms) request(&dog, DECTBED_REQ_WATCHDOG, sizeof dog);
        request(&timer, DECTBED_REQ_TIMER_START, sizeof timer);
        if (is("environment")) {
            for (char** e = environ; *e; ++e) say(*e);
            printf("printed %d\n", events_seen);
            fflush(stdout);
        }
        return;
    }
    say("lost if the event fails");
    go_wrong();
    snprintf(text, sizeof text, "%d", events_seen);
    say(text);
}

static void destroy(void* instance) { (void)instance; }

int main(int argc, char** argv) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, 0, 0, "child", "2.1", create, handle, destroy};
    if (argc > 1) way = argv[1];
    if (argc > 2) watchdog_ms = atoi(argv[2]);
    if (is("refuses")) return dectbed_process_refuse("has no licence");
    if (is("mute")) return 0;
    if (is("rude")) return write(DECTBED_PROCESS_DESCRIPTOR, "GET / HTTP/1.1\r\n", 16) == 16 ? 0 : 9;
    return dectbed_process_main(&firmware);
}
