/* SPDX-License-Identifier: MIT
 * text_sync.h: a report tells first why a server does not synchronize, then what differs because of it. */
#ifndef WCK_EMIT_TEXT_SYNC_H
#define WCK_EMIT_TEXT_SYNC_H

#include "emit/emit.h"

typedef enum wck_phase { WCK_PHASE_WHY, WCK_PHASE_WHAT, WCK_PHASE_BESIDES } wck_phase;

/* True for a finding that makes the two headings worth having. */
bool wck_emit_says_failing(const wck_finding *finding);
wck_phase wck_emit_phase(const wck_finding *finding);
const char *wck_emit_phase_heading(wck_phase phase);
/* Facts in lines of their own instead of in parentheses. */
bool wck_emit_is_told_in_lines(const wck_finding *finding);
void wck_emit_lines(wck_buf *out, const wck_finding *finding, const wck_text_style *style);

#endif
