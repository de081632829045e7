/* SPDX-License-Identifier: MIT
 * cases.h: one row of a table of documents. */
#ifndef WCK_TESTS_CODEC_CASES_H
#define WCK_TESTS_CODEC_CASES_H

#include "codec/codec.h"

/* How the text of a case becomes a document. */
typedef enum shape {
    WHOLE,    /* as it is */
    VALUE,    /* the value of an unknown key of the document */
    TOP,      /* more members of the document */
    SERVER,   /* more members of "server" */
    COVERAGE, /* members of "coverage" */
    CONFIG,   /* members of "config" */
    UPDATE,   /* more members of an update with id and revision */
    APPROVAL, /* more members of an approval with what it needs but the action */
    RUN       /* more members of a run with started and result */
} shape;

typedef struct json_case {
    shape shape;
    const char *text;
    const char
        *message; /* a part of the error, which begins with the place; NULL: the document is accepted */
} json_case;

#define ID "\"0123abcd-4567-89ab-cdef-0123456789ab\""
#define ID2 "\"fedcba98-7654-3210-fedc-ba9876543210\""
#define SHA1 "\"0123456789abcdef0123456789abcdef01234567\""
#define HEAD                                                                                                 \
    "{\"format\":\"wsusck-snapshot\",\"format_version\":\"1.0\",\"server\":{\"name\":\"s\"},\"coverage\":{}"

/* The document of a case, NUL terminated in `out`. */
void make_document(wck_buf *out, const json_case *c);
/* Runs every row: accepted, or refused with the message. */
void run_cases(const json_case *cases, size_t n);

#endif
