/* SPDX-License-Identifier: MIT
 * password.c: passwords come from an environment variable or a private file, never from a command line. */
#include "cli/password.h"

#include "base/fs.h"
#include "base/quote.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

wck_status cli_read_password(const char *env, const char *file, wck_secret *out, wck_error *err)
{
    char name[200];
    struct stat st;
    wck_status status;
    wck_buf text;

    if (env != NULL) {
        const char *value = getenv(env);
        if (value == NULL)
            return wck_fail(err, WCK_E_INPUT,
                            "could not read a password: the environment variable \"%s\" is not set",
                            wck_quote_short(name, sizeof name, env, 60));
        return wck_secret_set(out, value, strlen(value)) ? WCK_OK
                                                         : wck_fail_memory(err, "reading a password");
    }
    if (file == NULL)
        return WCK_OK;
    wck_quote_short(name, sizeof name, file, 150);
    if (stat(file, &st) == 0 && (st.st_mode & 077) != 0) {
        wck_fail(err, WCK_E_INPUT, "could not use password file \"%s\": others may read it", name);
        return wck_fail_hint(err, "chmod 600 that file.");
    }
    wck_buf_init(&text, 4096); /* one line */
    status = wck_fs_read(&text, file, err);
    if (status == WCK_OK && !wck_secret_set(out, wck_buf_text(&text), strcspn(wck_buf_text(&text), "\r\n")))
        status = wck_fail_memory(err, "reading a password");
    if (text.data != NULL)
        memset(text.data, 0, text.len);
    wck_buf_clear(&text);
    return status;
}
