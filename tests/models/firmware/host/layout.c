/* The records are the same octets for a compiler of any word size: compiled for this machine and for 32 bits. */
#include <stddef.h>

#include "dectbed/firmware_process.h"
#include "dectbed/ip_routes.h"

#define SIZE(type, octets) _Static_assert(sizeof(type) == octets, #type)
#define AT(type, member, octets) _Static_assert(offsetof(type, member) == octets, #type "." #member)
/* No tail that one compiler adds and another does not. */
#define EIGHTS(type) _Static_assert(sizeof(type) % 8 == 0, #type " ends in padding on some machine")

SIZE(dectbed_record, 8);
SIZE(dectbed_event, 16);
AT(dectbed_event, now_us, 8);
EIGHTS(dectbed_ev_boot);
AT(dectbed_ev_boot, entropy, 32);
AT(dectbed_ev_boot, mac, 64);
AT(dectbed_ev_boot, bands, 86);
AT(dectbed_ev_boot, model, 88);
SIZE(dectbed_req_timer, 24);
AT(dectbed_req_timer, delay_us, 16);
SIZE(dectbed_ev_timer, 24);
SIZE(dectbed_req_wall_clock_set, 16);
SIZE(dectbed_ev_wall_clock, 32);
SIZE(dectbed_req_u32, 16);
SIZE(dectbed_ev_refused, 24);
SIZE(dectbed_req_log, 16);
SIZE(dectbed_req_state, 136);
SIZE(dectbed_ev_ethernet_link, 24);
SIZE(dectbed_req_ethernet_open, 16);
SIZE(dectbed_req_ip_configure, 24);
SIZE(dectbed_ip_route, 16);
SIZE(dectbed_req_socket, 24);
SIZE(dectbed_req_udp_send, 24);
SIZE(dectbed_ev_udp_received, 32);
SIZE(dectbed_req_tcp_send, 16);
SIZE(dectbed_ev_tcp, 24);
SIZE(dectbed_ev_tcp_closed, 24);
SIZE(dectbed_req_radio_start, 16);
SIZE(dectbed_ev_radio_started, 24);
SIZE(dectbed_system_information, 16);
SIZE(dectbed_req_radio_system_information, 24);
SIZE(dectbed_req_radio_scan, 16);
SIZE(dectbed_ev_scan_result, 48);
AT(dectbed_ev_scan_result, information, 32);
SIZE(dectbed_ev_scan_done, 24);
SIZE(dectbed_req_radio_lock, 16);
SIZE(dectbed_ev_locked, 32);
SIZE(dectbed_req_link, 16);
SIZE(dectbed_ev_link, 32);
SIZE(dectbed_ev_key, 24);
SIZE(dectbed_req_led, 16);
SIZE(dectbed_req_flash, 16);
SIZE(dectbed_ev_flash, 24);
SIZE(dectbed_process_hello, 120);
AT(dectbed_process_hello, name, 24);
