/* SPDX-License-Identifier: MIT
 * rules.c: the fault script, one rule a line: SERVER CALL [nth] FAULT [arg].
 *
 * CALL is a SOAP action, GetRevisionIdList.config or GetRevisionIdList.updates, or "*". nth is "3" (only the
 * third matching call), "3+" (from the third on) or "2-4". "#" begins a comment. */
#include "sim.h"

#include "base/fs.h"
#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    sim_fault_kind kind;
    bool needs_arg;
} kinds[] = {
    {"refuse", SIM_REFUSE, false},            /* closed before the first byte; with CALL "*": not listening */
    {"reset", SIM_RESET, false},              /* RST in the middle of the body */
    {"truncate", SIM_TRUNCATE, true},         /* a clean reply that ends after N bytes */
    {"slow", SIM_SLOW, true},                 /* MS before the headers */
    {"stall", SIM_STALL, true},               /* MS in the middle of the body */
    {"status", SIM_STATUS, true},             /* 401 403 404 407 500 502 503 with the HTML of IIS */
    {"html", SIM_HTML, false},                /* captive portal: 200 text/html */
    {"content-type", SIM_CONTENT_TYPE, true}, /* right body, wrong type */
    {"fault", SIM_FAULT, true},               /* CODE[:Message]; "-": a fault without ErrorCode */
    {"busy", SIM_BUSY, false},                /* ServerBusy */
    {"cookie-loop", SIM_COOKIE_LOOP, false},  /* InvalidCookie whatever is shown */
    {"empty-element", SIM_EMPTY_ELEMENT, false}, /* <XResult/> */
    {"absent-element", SIM_ABSENT_ELEMENT, false},
    {"gzip", SIM_GZIP, false},        /* Content-Encoding nobody asked for */
    {"redirect", SIM_REDIRECT, true}, /* 302 to URL */
    {"garbage", SIM_GARBAGE, false},  /* text/xml that is none */
    {"huge", SIM_HUGE, false},        /* MIB of text without an end; 96 when not said */
    {"short", SIM_SHORT, true},       /* GetUpdateData silently answers only the first N (the C# server) */
    {"vanish", SIM_VANISH, true},     /* GetUpdateData does not know the update GUID any more */
    {"change", SIM_CHANGE, true},     /* the document FILE takes effect before the call is answered */
    /* rows of the administration API, [SET/]COLUMN[@ROW]: */
    {"drop-column", SIM_DROP_COLUMN, true}, /* the rest moves one place to the left */
    {"null-column", SIM_NULL_COLUMN, true},
    {"mistype", SIM_MISTYPE_COLUMN, true},  /* [SET/]COLUMN:TYPE[@ROW]: a value of TYPE; garbage, none */
    {"cut-rows", SIM_CUT_ROWS, true},       /* rows end before COLUMN */
    {"longer-rows", SIM_LONGER_ROWS, true}, /* N more cells behind each row */
    /* named elements of the administration API: */
    {"drop-element", SIM_DROP_ELEMENT, true},
    {"set-element", SIM_SET_ELEMENT, true}, /* NAME:TEXT; NAME alone: nil */
    {"role", SIM_ROLE, true},               /* what GetCurrentUserRole answers */
    {"reason", SIM_REASON, true},           /* reasons of failed synchronizations are MIB longer */
    {"control", SIM_CONTROL, true},         /* control characters in reasons: entity, raw */
    {"localized", SIM_LOCALIZED, false},    /* texts of events in another language */
    {"components", SIM_COMPONENTS, true},   /* A,B: components with errors */
};

static bool parse_nth(const char *text, unsigned *first, unsigned *last)
{
    char *end = NULL;
    unsigned long n = strtoul(text, &end, 10);

    if (end == text || n == 0 || n > 1000000)
        return false;
    *first = *last = (unsigned)n;
    if (strcmp(end, "+") == 0)
        *last = 0;
    else if (*end == '-') {
        char *stop = NULL;
        unsigned long to = strtoul(end + 1, &stop, 10);
        if (stop == end + 1 || *stop != '\0' || to < n || to > 1000000)
            return false;
        *last = (unsigned)to;
    } else if (*end != '\0')
        return false;
    return true;
}

static bool parse_kind(sim_rule *rule, const char *word, const char *arg)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, word) == 0) {
            rule->kind = kinds[i].kind;
            return !kinds[i].needs_arg || arg != NULL;
        }
    return false;
}

static wck_status parse_line(sim_rules *rules, char *line, const char *path, unsigned number, wck_error *err)
{
    char *words[6] = {NULL}, *save = NULL, name[256];
    size_t n = 0, at = 2;

    for (char *w = strtok_r(line, " \t\r", &save); w != NULL && *w != '#';
         w = strtok_r(NULL, " \t\r", &save)) {
        if (n == 5)
            goto malformed;
        words[n++] = w;
    }
    if (n == 0)
        return WCK_OK;
    sim_rule rule = {.first = 1, .last = 0};
    if (n >= 4 && parse_nth(words[2], &rule.first, &rule.last))
        at = 3;
    else if (n >= 3 && words[2][0] >= '0' && words[2][0] <= '9' &&
             parse_nth(words[2], &rule.first, &rule.last))
        at = 3;
    if (n < at + 1 || n > at + 2 || !parse_kind(&rule, words[at], words[at + 1]))
        goto malformed;
    rule.server = strdup(words[0]);
    rule.call = strdup(words[1]);
    rule.arg = strdup(words[at + 1] != NULL ? words[at + 1] : "");
    sim_rule *slot = wck_vec_push(&rules->rules);
    if (rule.server == NULL || rule.call == NULL || rule.arg == NULL || slot == NULL)
        sim_die("out of memory");
    rule.number = strtol(rule.arg, NULL, 10);
    *slot = rule;
    return WCK_OK;
malformed:
    return wck_fail(err, WCK_E_INPUT, "could not read \"%s\" line %u: not SERVER CALL [nth] FAULT [arg]",
                    wck_quote_short(name, sizeof name, path, 200), number);
}

wck_status sim_rules_load(sim_rules *rules, const char *path, wck_error *err)
{
    wck_buf text;
    char *save = NULL;
    unsigned number = 0;

    wck_buf_init(&text, 16U << 20);
    wck_status status = wck_fs_read(&text, path, err);
    if (status == WCK_OK && text.len > 0)
        for (char *at = text.data; status == WCK_OK && at != NULL; at = save) {
            save = strchr(at, '\n');
            if (save != NULL)
                *save++ = '\0';
            status = parse_line(rules, at, path, ++number, err);
        }
    wck_buf_clear(&text);
    return status;
}

void sim_rules_clear(sim_rules *rules)
{
    for (size_t i = 0; i < rules->rules.n; i++) {
        free(rules->rules.items[i].server);
        free(rules->rules.items[i].call);
        free(rules->rules.items[i].arg);
    }
    wck_vec_clear(&rules->rules);
}

static bool match_server(const sim_rule *rule, const char *server)
{
    return strcmp(rule->server, "*") == 0 || strcmp(rule->server, server) == 0;
}

/* "GetRevisionIdList" in a rule means both of its calls. */
static bool match_call(const sim_rule *rule, const char *call)
{
    size_t len = strlen(rule->call);

    return strcmp(rule->call, "*") == 0 ||
           (strncmp(rule->call, call, len) == 0 && (call[len] == '\0' || call[len] == '.'));
}

const sim_rule *sim_rules_match(sim_rules *rules, const char *server, const char *call)
{
    const sim_rule *found = NULL;

    pthread_mutex_lock(&rules->lock);
    for (size_t i = 0; i < rules->rules.n; i++) {
        sim_rule *rule = &rules->rules.items[i];
        if (!match_server(rule, server) || !match_call(rule, call))
            continue;
        rule->seen++;
        if (found == NULL && rule->seen >= rule->first && (rule->last == 0 || rule->seen <= rule->last))
            found = rule;
    }
    pthread_mutex_unlock(&rules->lock);
    return found;
}

bool sim_rules_down(const sim_rules *rules, const char *server)
{
    for (size_t i = 0; i < rules->rules.n; i++) {
        const sim_rule *rule = &rules->rules.items[i];
        if (rule->kind == SIM_REFUSE && rule->first == 1 && rule->last == 0 && strcmp(rule->call, "*") == 0 &&
            match_server(rule, server))
            return true;
    }
    return false;
}
