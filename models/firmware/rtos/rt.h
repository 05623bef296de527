/* SPDX-License-Identifier: MIT-0
 *
 * A small real-time kernel for firmwares in blocking style: tasks with priorities, delays, semaphores, mutexes and
 * queues, as a product's own code has them, on top of dectbed/firmware.h.
 *
 * Tasks are fibres within one call of handle(): rt_handle() hands the event to those who listen (that is "interrupt
 * level"), then runs ready tasks, the most urgent first and equals in the order in which they became ready, until every
 * one of them waits. Time passes only between events; a task that computes takes none unless it asks for it
 * (DECTBED_REQ_CONSUME_CPU). There is no time slicing: who neither waits nor yields keeps the processor, and a task
 * that does so for ever hangs the device.
 *
 * No globals: any number of kernels live side by side. All objects belong to the caller and are plain memory; none of
 * them needs to be destroyed. Not for use from more than one thread.
 */
#ifndef RT_H
#define RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dectbed/firmware.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rt rt;
typedef struct rt_task rt_task;
typedef void (*rt_entry)(void* argument);

/* Longest waits and none at all, in milliseconds. */
#define RT_FOREVER UINT32_MAX
#define RT_NOW 0u

enum { RT_TASKS_MAX = 16, RT_LISTENERS_MAX = 8, RT_STACK_OCTETS_MIN = 16384 };

/* In create(). Timers first_timer .. first_timer + RT_TASKS_MAX - 1 are the kernel's. NULL: no memory. */
rt* rt_create(const dectbed_host* host, uint32_t first_timer);
/* In destroy(). Tasks are not told; their stacks are gone. */
void rt_destroy(rt* os);
/* In handle(). */
void rt_handle(rt* os, const dectbed_event* event);

/* At interrupt level, for every event but the kernel's own timers, in the order of registration until one returns true.
 * May give semaphores and send to queues without waiting; must not wait. */
typedef bool (*rt_listener)(void* context, const dectbed_event* event);
bool rt_listen(rt* os, rt_listener listener, void* context);

/* A higher number is more urgent. The stack is rounded up to pages, with one below it that may not be touched: a task
 * that needs more crashes there and then. NULL: too many tasks, or no memory. */
rt_task* rt_start(rt* os, const char* name, unsigned priority, size_t stack_octets, rt_entry entry, void* argument);
const char* rt_name(const rt* os); /* of the running task; "" at interrupt level */

const dectbed_host* rt_host(const rt* os);
uint64_t rt_now_us(const rt* os);
void rt_request(rt* os, const dectbed_record* request);

/* --- from tasks --- */
void rt_delay(rt* os, uint32_t ms);
void rt_yield(rt* os); /* to ready tasks of the same priority */

typedef struct rt_semaphore {
    uint32_t count, max;
} rt_semaphore;
void rt_semaphore_init(rt_semaphore* s, uint32_t count, uint32_t max);
bool rt_take(rt* os, rt_semaphore* s, uint32_t ms); /* false: the time is over */
void rt_give(rt* os, rt_semaphore* s);              /* also at interrupt level; more than max are forgotten */

/* The owner inherits the priority of whoever waits. Not recursive; the owner alone unlocks. */
typedef struct rt_mutex {
    rt_task* owner;
} rt_mutex;
void rt_mutex_init(rt_mutex* m);
bool rt_lock(rt* os, rt_mutex* m, uint32_t ms);
void rt_unlock(rt* os, rt_mutex* m);

/* Items of one size, copied in and out of a buffer of the caller's. */
typedef struct rt_queue {
    unsigned char* buffer;
    uint32_t item_octets, capacity, first, used;
} rt_queue;
void rt_queue_init(rt_queue* q, void* buffer, uint32_t item_octets, uint32_t capacity);
bool rt_send(rt* os, rt_queue* q, const void* item, uint32_t ms); /* at interrupt level with RT_NOW */
bool rt_receive(rt* os, rt_queue* q, void* item, uint32_t ms);

#ifdef __cplusplus
}
#endif
#endif
