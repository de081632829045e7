/* SPDX-License-Identifier: MIT
 * secret.c: wiped with explicit_bzero, which the optimiser may not remove. */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

struct wck_secret_text {
    size_t len;
    char text[];
};

bool wck_secret_set(wck_secret *secret, const char *text, size_t len)
{
    struct wck_secret_text *copy = malloc(sizeof *copy + len + 1);

    if (copy == NULL)
        return false;
    copy->len = len;
    memcpy(copy->text, text, len);
    copy->text[len] = '\0';
    wck_secret_clear(secret);
    secret->hidden = copy;
    return true;
}

const char *wck_secret_reveal(const wck_secret *secret)
{
    return secret->hidden != NULL ? secret->hidden->text : "";
}

bool wck_secret_is_set(const wck_secret *secret)
{
    return secret->hidden != NULL;
}

void wck_secret_clear(wck_secret *secret)
{
    if (secret->hidden != NULL) {
        explicit_bzero(secret->hidden->text, secret->hidden->len);
        free(secret->hidden);
        secret->hidden = NULL;
    }
}
