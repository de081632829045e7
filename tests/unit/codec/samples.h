/* SPDX-License-Identifier: MIT
 * samples.h: documents and values in which every field is set, for several tests. */
#ifndef WCK_TESTS_CODEC_SAMPLES_H
#define WCK_TESTS_CODEC_SAMPLES_H

#include "codec/codec.h"

/* A snapshot document with every field of the schema, rows out of order, GUIDs in several spellings. */
const char *sample_snapshot(void);
/* The same facts, rows and keys in other places. */
const char *sample_snapshot_shuffled(void);
/* The least that is valid. */
extern const char sample_minimal[];

/* NULL when memory is short; the caller frees. */
wck_report *sample_report(void);
wck_plan *sample_plan(void);
extern const char sample_config[];

#endif
