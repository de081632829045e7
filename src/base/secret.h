/* SPDX-License-Identifier: MIT
 * secret.h: text that cannot be formatted by accident (no member fits %s) and is wiped when cleared. */
#ifndef WCK_BASE_SECRET_H
#define WCK_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

typedef struct wck_secret {
    struct wck_secret_text *hidden; /* opaque on purpose */
} wck_secret;

bool wck_secret_set(wck_secret *secret, const char *text, size_t len); /* copies; false: no memory */
/* The one door out: for the call that hands it to a library. Never log the result. "" when unset. */
const char *wck_secret_reveal(const wck_secret *secret);
bool wck_secret_is_set(const wck_secret *secret);
void wck_secret_clear(wck_secret *secret); /* wipes and frees */

#endif
