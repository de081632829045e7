/* SPDX-License-Identifier: MIT
 * report_private.h: a report inside another document. For the files of this floor only. */
#ifndef WCK_CODEC_REPORT_PRIVATE_H
#define WCK_CODEC_REPORT_PRIVATE_H

#include "base/buf.h"
#include "codec/dom.h"

/* Servers and findings of the report document at `at`. Text goes to the document's arena, which must outlive the
 * report. Not finished yet (wck_report_finish). */
void wck_report_read(const wck_dom *at, wck_report *report);

/* One finding as in the report document. */
void wck_report_put_finding(wck_buf *out, const wck_finding *finding);

#endif
