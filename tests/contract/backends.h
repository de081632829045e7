/* SPDX-License-Identifier: MIT
 * backends.h: the kinds of stores that the contract is run on. A new kind is a row in backends.c. */
#ifndef WCK_TESTS_CONTRACT_BACKENDS_H
#define WCK_TESTS_CONTRACT_BACKENDS_H

#include "store/store.h"

typedef struct fixture {
    wck_store *store; /* open */
    char uri[256], dir[64];
} fixture;

typedef struct backend {
    const char *name;
    bool lasting;             /* can be opened again, and twice at once */
    bool many;                /* thousands of transactions take no longer than a test may */
    bool (*make)(fixture *f); /* fills uri with a store that is empty; false: not to be had here, skip */
    void (*drop)(fixture *f);
    bool (*cut)(fixture *f); /* ends all connections to the store; NULL: it has none */
} backend;

/* Those of this run: with WCK_TEST_POSTGRES (tests/support/postgres.py) PostgreSQL, else all others. Ends with a name
 * that is NULL. */
const backend *contract_backends(void);
extern const backend *current; /* the one that is run now */

/* For cmocka: an open store of the current kind in *state. */
int contract_set_up(void **state);
int contract_tear_down(void **state);

#endif
