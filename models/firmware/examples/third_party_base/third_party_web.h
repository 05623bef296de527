/* SPDX-License-Identifier: MIT-0
 *
 * One exchange by HTTP at a time: by the client library, or, built with THIRD_PARTY_HTTP_SERVICE=1 for a product whose
 * network processor does it, by asking that one (dectbed/http_service.h).
 */
#ifndef THIRD_PARTY_WEB_H
#define THIRD_PARTY_WEB_H

#include "dectbed/http_service.h"
#include "http_client.h"

#ifndef THIRD_PARTY_HTTP_SERVICE
#define THIRD_PARTY_HTTP_SERVICE 0
#endif

enum { WEB_BODY_MAX = 2048, WEB_FIELDS_MAX = 2048 };

typedef struct {
    fw_io* io;
    fw_http_config config;
#if THIRD_PARTY_HTTP_SERVICE
    uint32_t exchange, number; /* exchange 0: none under way */
    int secure;
    fw_http_done done;
    void* ctx;
    fw_http_result result;
    size_t expected;
    char fields[WEB_FIELDS_MAX + 1], body[WEB_BODY_MAX + 1];
#else
    fw_http_client client;
#endif
} Web;

void webInit(Web* w, fw_io* io, fw_dns_client* dns, const fw_http_config* c);
void webNetwork(Web* w, const uint32_t* dns, uint32_t count); /* at each lease */
/* body NULL: GET; else POST. */
void webAsk(Web* w, const char* url, const char* type, const char* body, fw_http_done done, void* ctx);
void webCancel(Web* w);
int webHandle(Web* w, const dectbed_event* e);
void webFree(Web* w);

#endif
