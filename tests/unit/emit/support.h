/* SPDX-License-Identifier: MIT
 * support.h: a hand-made report and plan with every kind of object and action, and the files a script emitter
 * made. */
#ifndef WCK_TESTS_EMIT_SUPPORT_H
#define WCK_TESTS_EMIT_SUPPORT_H

#include "emit/emit.h"

/* Texts from outside that appear in the report and the plan; the rest is fixed. */
typedef struct texts {
    const char *title, *group, *language, *reason;
} texts;
extern const texts plain_texts;

wck_report *sample_report(const texts *t); /* hq, hq/berlin, hq/berlin/munich (not read), hq/lab (fine) */
wck_plan *sample_plan(const texts *t);
wck_plan *sample_machine_plan(const texts *t); /* hq: verify, upstream, proxy, groups, reset, services, permissions */

enum { MAX_FILES = 16 };
typedef struct files {
    char *names[MAX_FILES], *data[MAX_FILES];
    size_t len[MAX_FILES], n;
} files;
wck_file_fn take_file; /* payload: files */
const char *file_named(const files *f, const char *name);
void files_free(files *f);
/* The nth of endless awkward texts. Returns out. */
char *awkward_text(char *out, size_t size, unsigned n);

#endif
