/* SPDX-License-Identifier: MIT
 * opt.c: the option parser. */
#include "cli/opt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const opt *find(const opt *const *tables, const char *name, size_t len, char letter)
{
    for (; *tables != NULL; tables++)
        for (const opt *o = *tables; o->kind != OPT_END; o++)
            if ((letter != 0 && o->letter == letter) ||
                (letter == 0 && strlen(o->name) == len && memcmp(o->name, name, len) == 0))
                return o;
    return NULL;
}

bool opt_has_choices(const opt *o)
{
    return o->argument != NULL && islower((unsigned char)o->argument[0]);
}

/* "a|b|c": the value must be one of them, or "a=…" where the option is repeatable. */
static bool is_choice(const opt *o, const char *value)
{
    size_t len = strcspn(value, o->kind == OPT_LIST ? "=" : "");
    const char *at = o->argument;

    if (!opt_has_choices(o))
        return true;
    while (*at != '\0') {
        size_t word = strcspn(at, "|");
        if (word == len && memcmp(at, value, len) == 0)
            return true;
        at += word + (at[word] == '|');
    }
    return false;
}

static wck_status set_number(const opt *o, const char *value, wck_error *err)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    if (*value < '0' || *value > '9' || *end != '\0' || strlen(value) > 18 || (o->max > 0 && number > o->max))
        return wck_fail(err, WCK_E_USAGE, "option --%s takes a whole number%s", o->name, o->max > 0 ? " in range" : "");
    *(int64_t *)o->target = number;
    return WCK_OK;
}

static wck_status set_value(const opt *o, const char *value, wck_error *err)
{
    opt_list *list;

    if (o->kind == OPT_NUMBER)
        return set_number(o, value, err);
    if (!is_choice(o, value))
        return wck_fail(err, WCK_E_USAGE, "option --%s takes %s", o->name, o->argument);
    if (o->kind == OPT_TEXT) {
        *(const char **)o->target = value;
        return WCK_OK;
    }
    list = o->target;
    if (list->n == OPT_LIST_MAX)
        return wck_fail(err, WCK_E_USAGE, "option --%s is given too often", o->name);
    list->items[list->n++] = value;
    return WCK_OK;
}

/* One argument that begins with a dash. Advances *i past a separate value. */
static wck_status parse_one(const opt *const *tables, int argc, char **argv, int *i, wck_error *err)
{
    const char *arg = argv[*i], *value = NULL;
    bool is_long = arg[1] == '-';
    size_t len = is_long ? strcspn(arg + 2, "=") : 1;
    const opt *o = is_long ? find(tables, arg + 2, len, 0) : find(tables, NULL, 0, arg[1]);

    if (o == NULL)
        return wck_fail(err, WCK_E_USAGE, "unrecognized option \"%.80s\"", arg);
    if (is_long && arg[2 + len] == '=')
        value = arg + 3 + len;
    else if (!is_long && arg[2] != '\0')
        value = arg + 2;
    if (o->kind == OPT_FLAG) {
        if (value != NULL)
            return wck_fail(err, WCK_E_USAGE, "option \"%.80s\" takes no value", arg);
        *(bool *)o->target = true;
        return WCK_OK;
    }
    if (value == NULL && ++*i < argc)
        value = argv[*i];
    if (value == NULL)
        return wck_fail(err, WCK_E_USAGE, "option --%s needs a value", o->name);
    return set_value(o, value, err);
}

wck_status opt_parse(const opt *const *tables, int argc, char **argv, operands *rest, bool *help, wck_error *err)
{
    bool only_operands = false;

    rest->items = calloc((size_t)argc + 1, sizeof *rest->items);
    rest->n = 0;
    if (rest->items == NULL)
        return wck_fail_memory(err, "reading the command line");
    for (int i = 1; i < argc; i++) {
        wck_status status;
        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
            rest->items[rest->n++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
            continue;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *help = true;
            continue;
        }
        status = parse_one(tables, argc, argv, &i, err);
        if (status != WCK_OK)
            return status;
    }
    return WCK_OK;
}

/* The choices where they fit beside the name, else below it. */
void opt_print(const opt *table)
{
    for (const opt *o = table; o->kind != OPT_END; o++) {
        bool wide = o->kind != OPT_FLAG && strlen(o->name) + strlen(o->argument) > 27;
        char left[80];
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
                 o->letter ? ", " : "  ", o->name, o->kind == OPT_FLAG ? "" : " ",
                 o->kind == OPT_FLAG ? "" : wide ? "WORD" : o->argument);
        printf("  %-34s %s\n", left, o->help);
        if (wide)
            printf("  %-34s %s\n", "", o->argument);
    }
}
