/* SPDX-License-Identifier: MIT-0 */
#include "third_party_place.h"

#include <string.h>

static const uint8_t magic[4] = {'C', 'F', 1, 0};

void placeLoad(Place* p) { fw_flash_read(p->io, p->token, p->address, sizeof p->image); }

const char* placeText(fw_payload data, size_t* octets) {
    if (data.octets < PLACE_HEAD || memcmp(data.data, magic, sizeof magic) != 0) return NULL;
    *octets = (size_t)(data.data[4] | data.data[5] << 8);
    if (*octets + PLACE_HEAD > data.octets) *octets = 0;
    return (const char*)data.data + PLACE_HEAD;
}

int placeStore(Place* p, const char* text, size_t octets) {
    if (octets > PLACE_TEXT_MAX) return 0;
    memcpy(p->image, magic, sizeof magic);
    p->image[4] = (uint8_t)octets;
    p->image[5] = (uint8_t)(octets >> 8);
    memcpy(p->image + PLACE_HEAD, text, octets);
    p->octets = (uint32_t)octets + PLACE_HEAD;
    p->done = 0;
    fw_flash_erase(p->io, p->token, p->address);
    return 1;
}

int placeGoOn(Place* p) {
    uint32_t n = p->octets - p->done;
    if (n == 0) return 1;
    if (n > p->page) n = p->page;
    fw_flash_program(p->io, p->token, p->address + p->done, p->image + p->done, n);
    p->done += n;
    return 0;
}
