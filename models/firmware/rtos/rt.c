/* SPDX-License-Identifier: MIT-0 */
#define _GNU_SOURCE
#include "rt.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum task_state { TASK_FREE, TASK_READY, TASK_WAITING };
/* What a task waits for at an object that has two sides. */
enum wait_side { WAIT_NOTHING, WAIT_COUNT, WAIT_MUTEX, WAIT_ITEM, WAIT_ROOM };

struct rt_task {
    const char* name;
    unsigned priority, base_priority;
    enum task_state state;
    uint64_t ready_order; /* among equals the lowest runs first */
    const void* object;   /* waited for */
    enum wait_side side;
    bool timed, timed_out;
    ucontext_t context;
    unsigned char* stack; /* with its guard page */
    size_t stack_octets;
    rt_entry entry;
    void* argument;
};

struct rt {
    const dectbed_host* host;
    uint32_t first_timer;
    uint64_t now_us, order;
    rt_task tasks[RT_TASKS_MAX];
    rt_task* running;
    ucontext_t scheduler;
    struct {
        rt_listener call;
        void* context;
    } listeners[RT_LISTENERS_MAX];
    unsigned listeners_count;
};

/* ---- life ------------------------------------------------------------------------------------------------ */

rt* rt_create(const dectbed_host* host, uint32_t first_timer) {
    rt* os = calloc(1, sizeof *os);
    if (os == NULL) return NULL;
    os->host = host;
    os->first_timer = first_timer;
    return os;
}

void rt_destroy(rt* os) {
    unsigned i;
    if (os == NULL) return;
    for (i = 0; i < RT_TASKS_MAX; ++i) {
        if (os->tasks[i].stack != NULL) munmap(os->tasks[i].stack, os->tasks[i].stack_octets);
    }
    free(os);
}

const dectbed_host* rt_host(const rt* os) { return os->host; }
uint64_t rt_now_us(const rt* os) { return os->now_us; }
const char* rt_name(const rt* os) { return os->running != NULL ? os->running->name : ""; }
void rt_request(rt* os, const dectbed_record* request) { os->host->request(os->host->context, request); }

bool rt_listen(rt* os, rt_listener listener, void* context) {
    if (os->listeners_count == RT_LISTENERS_MAX) return false;
    os->listeners[os->listeners_count].call = listener;
    os->listeners[os->listeners_count++].context = context;
    return true;
}

/* ---- tasks ----------------------------------------------------------------------------------------------- */

static void make_ready(rt* os, rt_task* t) {
    t->state = TASK_READY;
    t->object = NULL;
    t->side = WAIT_NOTHING;
    t->ready_order = ++os->order;
}

/* A pointer in two halves: makecontext() passes on ints only. */
static void first_step(unsigned high, unsigned low) {
    rt_task* t = (rt_task*)(((uintptr_t)high << 16 << 16) | (uintptr_t)low);
    t->entry(t->argument);
    t->state = TASK_FREE; /* its stack stays until it is used anew, or the end: we stand on it */
}

rt_task* rt_start(rt* os, const char* name, unsigned priority, size_t stack_octets, rt_entry entry, void* argument) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    rt_task* t = NULL;
    unsigned i;
    for (i = 0; i < RT_TASKS_MAX && t == NULL; ++i) {
        if (os->tasks[i].state == TASK_FREE && &os->tasks[i] != os->running) t = &os->tasks[i];
    }
    if (t == NULL) return NULL;
    if (stack_octets < RT_STACK_OCTETS_MIN) stack_octets = RT_STACK_OCTETS_MIN;
    stack_octets = (stack_octets + page - 1) / page * page + page;
    if (t->stack != NULL) munmap(t->stack, t->stack_octets);
    memset(t, 0, sizeof *t);
    t->stack = mmap(NULL, stack_octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t->stack == MAP_FAILED || mprotect(t->stack, page, PROT_NONE) != 0 || getcontext(&t->context) != 0) {
        if (t->stack != MAP_FAILED) munmap(t->stack, stack_octets);
        t->stack = NULL;
        return NULL;
    }
    t->name = name;
    t->priority = t->base_priority = priority;
    t->stack_octets = stack_octets;
    t->entry = entry;
    t->argument = argument;
    t->context.uc_stack.ss_sp = t->stack + page;
    t->context.uc_stack.ss_size = stack_octets - page;
    t->context.uc_link = &os->scheduler;
    makecontext(&t->context, (void (*)(void))first_step, 2, (unsigned)((uintptr_t)t >> 16 >> 16),
                (unsigned)(uintptr_t)t);
    make_ready(os, t);
    return t;
}

static rt_task* most_urgent(rt* os) {
    rt_task* best = NULL;
    unsigned i;
    for (i = 0; i < RT_TASKS_MAX; ++i) {
        rt_task* t = &os->tasks[i];
        if (t->state != TASK_READY) continue;
        if (best == NULL || t->priority > best->priority ||
            (t->priority == best->priority && t->ready_order < best->ready_order)) {
            best = t;
        }
    }
    return best;
}

static void run_ready(rt* os) {
    rt_task* t;
    while ((t = most_urgent(os)) != NULL) {
        os->running = t;
        swapcontext(&os->scheduler, &t->context);
        os->running = NULL;
    }
}

static void switch_away(rt* os) { swapcontext(&os->running->context, &os->scheduler); }

/* Somebody more urgent has become ready: the running task stays first among its equals. */
static void give_way(rt* os) {
    const rt_task* best;
    if (os->running == NULL) return;
    best = most_urgent(os);
    if (best != NULL && best->priority > os->running->priority) switch_away(os);
}

/* ---- time ------------------------------------------------------------------------------------------------ */

static void timer(rt* os, const rt_task* t, uint16_t type, uint64_t delay_us) {
    dectbed_req_timer r;
    memset(&r, 0, sizeof r);
    r.record.type = type;
    r.record.size = sizeof r;
    r.timer = os->first_timer + (uint32_t)(t - os->tasks);
    r.delay_us = delay_us;
    rt_request(os, &r.record);
}

/* False: the time is over. */
static bool wait_for(rt* os, const void* object, enum wait_side side, uint32_t ms) {
    rt_task* t = os->running;
    if (t == NULL || ms == RT_NOW) return false; /* interrupt level never waits */
    t->state = TASK_WAITING;
    t->object = object;
    t->side = side;
    t->timed = ms != RT_FOREVER;
    t->timed_out = false;
    t->ready_order = ++os->order; /* its place in the line */
    if (t->timed) timer(os, t, DECTBED_REQ_TIMER_START, (uint64_t)ms * 1000u);
    switch_away(os);
    return !t->timed_out;
}

/* The most urgent of those who wait for this; NULL: nobody does. */
static rt_task* wake(rt* os, const void* object, enum wait_side side) {
    rt_task* best = NULL;
    unsigned i;
    for (i = 0; i < RT_TASKS_MAX; ++i) {
        rt_task* t = &os->tasks[i];
        if (t->state != TASK_WAITING || t->object != object || t->side != side) continue;
        if (best == NULL || t->priority > best->priority ||
            (t->priority == best->priority && t->ready_order < best->ready_order)) {
            best = t;
        }
    }
    if (best == NULL) return NULL;
    if (best->timed) timer(os, best, DECTBED_REQ_TIMER_STOP, 0);
    make_ready(os, best);
    return best;
}

void rt_handle(rt* os, const dectbed_event* event) {
    os->now_us = event->now_us;
    if (event->record.type == DECTBED_EV_TIMER) {
        const uint32_t number = ((const dectbed_ev_timer*)event)->timer - os->first_timer;
        if (number < RT_TASKS_MAX) {
            rt_task* t = &os->tasks[number];
            if (t->state == TASK_WAITING && t->timed) {
                t->timed_out = true;
                make_ready(os, t);
            }
            run_ready(os);
            return;
        }
    }
    for (unsigned i = 0; i < os->listeners_count; ++i) {
        if (os->listeners[i].call(os->listeners[i].context, event)) break;
    }
    run_ready(os);
}

void rt_delay(rt* os, uint32_t ms) {
    if (ms == RT_NOW) {
        rt_yield(os);
    } else {
        wait_for(os, os->running, WAIT_NOTHING, ms);
    }
}

void rt_yield(rt* os) {
    if (os->running == NULL) return;
    os->running->ready_order = ++os->order;
    switch_away(os);
}

/* ---- semaphores, mutexes, queues ------------------------------------------------------------------------- */

void rt_semaphore_init(rt_semaphore* s, uint32_t count, uint32_t max) {
    s->count = count;
    s->max = max;
}

bool rt_take(rt* os, rt_semaphore* s, uint32_t ms) {
    if (s->count > 0) {
        --s->count;
        return true;
    }
    return wait_for(os, s, WAIT_COUNT, ms); /* woken: it was handed over without being counted */
}

void rt_give(rt* os, rt_semaphore* s) {
    if (wake(os, s, WAIT_COUNT) != NULL) {
        give_way(os);
    } else if (s->count < s->max) {
        ++s->count;
    }
}

void rt_mutex_init(rt_mutex* m) { m->owner = NULL; }

bool rt_lock(rt* os, rt_mutex* m, uint32_t ms) {
    if (os->running == NULL) return false;
    if (m->owner == NULL) {
        m->owner = os->running;
        return true;
    }
    if (m->owner->priority < os->running->priority) m->owner->priority = os->running->priority;
    return wait_for(os, m, WAIT_MUTEX, ms);
}

void rt_unlock(rt* os, rt_mutex* m) {
    if (m->owner == NULL || m->owner != os->running) return;
    os->running->priority = os->running->base_priority;
    m->owner = wake(os, m, WAIT_MUTEX);
    give_way(os);
}

void rt_queue_init(rt_queue* q, void* buffer, uint32_t item_octets, uint32_t capacity) {
    q->buffer = buffer;
    q->item_octets = item_octets;
    q->capacity = capacity;
    q->first = q->used = 0;
}

/* What is left of a wait that began with `ms`: somebody more urgent may have been served first. */
static uint32_t rest_of(const rt* os, uint64_t begin_us, uint32_t ms) {
    const uint64_t gone = (os->now_us - begin_us) / 1000u;
    if (ms == RT_FOREVER || ms == RT_NOW) return ms;
    return gone >= ms ? RT_NOW : ms - (uint32_t)gone;
}

bool rt_send(rt* os, rt_queue* q, const void* item, uint32_t ms) {
    const uint64_t begin_us = os->now_us;
    while (q->used == q->capacity) {
        if (!wait_for(os, q, WAIT_ROOM, rest_of(os, begin_us, ms))) return false;
    }
    memcpy(q->buffer + (size_t)((q->first + q->used) % q->capacity) * q->item_octets, item, q->item_octets);
    ++q->used;
    if (wake(os, q, WAIT_ITEM) != NULL) give_way(os);
    return true;
}

bool rt_receive(rt* os, rt_queue* q, void* item, uint32_t ms) {
    const uint64_t begin_us = os->now_us;
    while (q->used == 0) {
        if (!wait_for(os, q, WAIT_ITEM, rest_of(os, begin_us, ms))) return false;
    }
    memcpy(item, q->buffer + (size_t)q->first * q->item_octets, q->item_octets);
    q->first = (q->first + 1) % q->capacity;
    --q->used;
    if (wake(os, q, WAIT_ROOM) != NULL) give_way(os);
    return true;
}
