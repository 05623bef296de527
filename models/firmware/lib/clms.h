/* SPDX-License-Identifier: MIT-0
 *
 * Connectionless message service: what a fixed part tells all its portable parts at once, and nobody acknowledges
 * (EN 300 175-5 V2.7.1, 6.3.5.1, 8.3, 12, 14.3).
 *
 *   {CLMS-VARIABLE}   header of PD 6 | <<PORTABLE-IDENTITY>> with a connectionless TPUI | <<ALPHANUMERIC>> 7.7.3:
 *                     0 type 3, O/E, set 3 | characters
 *   {CLMS-FIXED}      1 section: 0000 1 HHH | address 16 | discriminator | data
 *
 * The former is announced by a page first, and sent LCE.03 later: portable parts do not listen to odd frames else.
 */
#ifndef FW_CLMS_H
#define FW_CLMS_H

#include "fw_io.h"
#include "nwk.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FW_CLMS_EVERYBODY 0xCCFFFu /* collective broadcast identifier (EN 300 175-6, 6.3.1) */
enum { FW_CLMS_PAGE_OCTETS = 3, FW_CLMS_TONE_OCTETS = 5, FW_CLMS_TEXT_MAX = 40, FW_CLMS_TONES = 10 };

/* FP capabilities that go with it: connectionless downlink (a22) and CLMS (a42). */
#define FW_CLMS_CAPABILITIES ((1ull << (47 - 22)) | (1ull << (47 - 42)))

/* {LCE-REQUEST-PAGE}, "no U-plane": a message for that connectionless TPUI will come. */
void fw_clms_announce(uint8_t out[FW_CLMS_PAGE_OCTETS], uint32_t tpui);
/* {CLMS-VARIABLE} with a text of 1 to FW_CLMS_TEXT_MAX ASCII characters; look at w->ok. */
void fw_clms_write_text(fw_nwk_writer* w, uint32_t tpui, const char* text, size_t characters);
/* The text of one for that TPUI, printable ASCII, with a 0 behind it. False: another message, or none such. */
bool fw_clms_read_text(const fw_nwk_message* m, uint32_t tpui, char out[FW_CLMS_TEXT_MAX + 1]);
/* {CLMS-FIXED} "tone alert" (8.3.3.2) with a tone 0..9, and back: the tone, or -1. */
void fw_clms_write_tone(uint8_t out[FW_CLMS_TONE_OCTETS], uint32_t tpui, uint8_t tone);
int fw_clms_read_tone(const uint8_t* message, size_t octets, uint32_t tpui);

#ifdef __cplusplus
}
#endif
#endif
