/* SPDX-License-Identifier: MIT
 * password.h: the two places a password may come from. */
#ifndef WCK_CLI_PASSWORD_H
#define WCK_CLI_PASSWORD_H

#include "base/secret.h"
#include "wck/error.h"

/* env: name of a variable; file: path, mode 0600. Both NULL: *out stays unset. WCK_E_INPUT names what is
 * wrong. */
wck_status cli_read_password(const char *env, const char *file, wck_secret *out, wck_error *err);

#endif
