/* SPDX-License-Identifier: MIT
 * change.h: a change somebody plans to make to a tree of servers, as data (docs/whatif.md). */
#ifndef WCK_MODEL_CHANGE_H
#define WCK_MODEL_CHANGE_H

#include "base/arena.h"
#include "base/vec.h"
#include "model/types.h"

typedef enum wck_change_kind {
    WCK_CHANGE_REINSTALL = 1,   /* WSUS and its database are made anew, then synchronized once */
    WCK_CHANGE_REPOINT,         /* another upstream server */
    WCK_CHANGE_LANGUAGES,       /* another set of enabled languages */
    WCK_CHANGE_REMOVE_PRODUCTS, /* products are taken out of the selection of a root */
    WCK_CHANGE_MODE,            /* replica <-> autonomous */
    WCK_CHANGE_CLEANUP          /* the cleanup wizard at one tier */
} wck_change_kind;

typedef struct wck_change {
    wck_change_kind kind;
    const char *server;   /* name or path; never NULL */
    const char *upstream; /* repoint: name or path of the new one; NULL: Microsoft Update */
    wck_mode mode;        /* mode; reinstall: UNKNOWN keeps the present one */
    bool has_products, has_classifications, has_languages; /* reinstall: false keeps the present ones */
    bool all_languages;
    wck_guids products, classifications; /* sorted; remove_products: what is taken out */
    wck_strings languages;               /* codes as the server lists them */
    bool recreate_groups;                /* reinstall: groups are made again by name, with new ids */
    bool decline_superseded, decline_expired, delete_expired; /* cleanup */
} wck_change;

typedef struct wck_change_set {
    wck_arena *arena; /* owns all text */
    WCK_VEC(wck_change) changes;
} wck_change_set;

wck_change_set *wck_change_set_new(void); /* NULL when memory is short */
void wck_change_set_free(wck_change_set *set);
const char *wck_change_kind_name(wck_change_kind kind);
bool wck_change_kind_parse(wck_change_kind *out, const char *text);

#endif
