/* SPDX-License-Identifier: MIT
 * registry.c: the catalogue as an array, made from rules.def. */
#include "rules/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WCK_RULE(id, slug, severity, scope, title, remedy)                                                     \
    {id, #slug, WCK_SEVERITY_##severity, WCK_SCOPE_##scope, title, remedy},
static const wck_rule rules[] = {
#include "rules/rules.def"
};
#undef WCK_RULE

const wck_rule *wck_rules(size_t *n)
{
    *n = sizeof rules / sizeof rules[0];
    return rules;
}

const wck_rule *wck_rule_find(int id)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].id == id)
            return &rules[i];
    return NULL;
}

const wck_rule *wck_rule_parse(const char *text)
{
    const char *digits = strncasecmp(text, "WCK", 3) == 0 ? text + 3 : text;

    if (strlen(digits) == 4 && strspn(digits, "0123456789") == 4)
        return wck_rule_find((int)strtol(digits, NULL, 10));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].slug, text) == 0)
            return &rules[i];
    return NULL;
}
