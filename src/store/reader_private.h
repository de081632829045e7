/* SPDX-License-Identifier: MIT
 * reader_private.h: a reader of a store; shared by store_reader.c and store_spans.c. All expect the lock. */
#ifndef WCK_STORE_READER_PRIVATE_H
#define WCK_STORE_READER_PRIVATE_H

#include "store/store_private.h"

typedef struct store_reader {
    wck_reader base;
    wck_store *store;
    wck_manifest manifest;
    wck_snapshot *head; /* own: server and coverage; borrowed from the store: everything else */
    const wck_shared_index *index; /* borrowed from the store */
    wck_chunk *local;              /* local index, fetched when first needed */
    const wck_shared_span *span;   /* the one looked into last, borrowed from the store; NULL before the first */
    wck_chunk *local_span;         /* its local list, NULL until it is needed */
    size_t at;                     /* its number */
} store_reader;

/* The span of a partition, by which the next look is nearly always answered too. */
wck_status wck_reader_need_span(store_reader *r, size_t span, wck_error *err);
/* The local list of that span; need_span comes before it. */
wck_status wck_reader_need_local(store_reader *r, wck_error *err);
/* What is at hand is asked for together with what comes next in the same span: every partition of one reader, those that
 * differ of two. Nothing is asked for when what is at hand is there. */
wck_status wck_reader_look_ahead(store_reader *const *readers, size_t n, size_t partition, wck_error *err);

#endif
