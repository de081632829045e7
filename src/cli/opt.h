/* SPDX-License-Identifier: MIT
 * opt.h: an option is a row; parser, usage, --help and completions come from the rows. */
#ifndef WCK_CLI_OPT_H
#define WCK_CLI_OPT_H

#include "wck/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum opt_kind {
    OPT_END = 0,
    OPT_FLAG,   /* target: bool */
    OPT_TEXT,   /* target: const char * */
    OPT_NUMBER, /* target: int64_t, 0 .. max */
    OPT_LIST    /* target: opt_list, repeatable */
} opt_kind;

enum { OPT_LIST_MAX = 64 }; /* more outputs or lists of anything on one command line are a mistake */

typedef struct opt_list {
    const char *items[OPT_LIST_MAX];
    size_t n;
} opt_list;

typedef struct opt {
    opt_kind kind;
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    void *target;
    const char *argument; /* shown in help: a NAME, or choices "a|b|c" in lower case, which are checked */
    const char *help;
    int64_t max;
} opt;

typedef struct operands {
    const char **items; /* into argv */
    size_t n;
} operands;

/* Options may stand anywhere; "--" ends them. `tables` is a NULL-terminated list of option tables. argv[0] is the
 * command. WCK_E_USAGE. *help is set by --help. */
wck_status opt_parse(const opt *const *tables, int argc, char **argv, operands *rest, bool *help, wck_error *err);
bool opt_has_choices(const opt *o);
void opt_print(const opt *table); /* to stdout, for --help */

#endif
