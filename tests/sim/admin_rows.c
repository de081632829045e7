/* SPDX-License-Identifier: MIT
 * admin_rows.c: GenericReadableRow and named elements, and the faults that the script plants in them.
 *
 * Shapes of rows (--admin-rows):
 *   real       as a client read by index from 10.0.26100: update rows have columns the published text lacks
 *   published  as MS-WSUSAR 2.2.4.12.1 lists them: the update rows without the local revision id, so that
 * everything behind it stands one place further left, and without title and description; times and ids of
 *              approvals as strings of SQL
 *   longer     real, and three cells of unknown meaning at the end of every row, as a later build may send
 * them */
#include "admin.h"

#include "base/quote.h"

#include <stdlib.h>
#include <string.h>

/* "[SET/]COLUMN[:REST][@ROW]" of a rule about cells. */
typedef struct cell_rule {
    char set[48], rest[48];
    unsigned long column, row;
    bool every_row;
} cell_rule;

static cell_rule parse_cell_rule(const char *arg)
{
    cell_rule r = {.every_row = true};
    const char *slash = strchr(arg, '/');
    char *end = NULL;

    if (slash != NULL)
        snprintf(r.set, sizeof r.set, "%.*s", (int)(slash - arg), arg);
    r.column = strtoul(slash != NULL ? slash + 1 : arg, &end, 10);
    const char *at = strchr(end, '@');
    if (*end == ':')
        snprintf(r.rest, sizeof r.rest, "%.*s", (int)(at != NULL ? at - end - 1 : (long)strlen(end + 1)),
                 end + 1);
    if (at != NULL) {
        r.every_row = false;
        r.row = strtoul(at + 1, NULL, 10);
    }
    return r;
}

/* The planted fault of this kind, when it concerns this set and row. */
static bool planted(const sim_rows *rows, sim_fault_kind kind, cell_rule *out)
{
    const sim_rule *rule = rows->request->rule;

    if (rule == NULL || rule->kind != kind)
        return false;
    *out = parse_cell_rule(rule->arg);
    if (out->set[0] != '\0' ? rows->set == NULL || strcmp(out->set, rows->set) != 0
                            : rows->set != NULL && strcmp(rows->set, "minimalProperties") != 0)
        return false;
    return out->every_row || out->row == rows->row;
}

sim_row_shape sim_shape(const sim_request *request)
{
    return request->server->sim->rows;
}

sim_rows sim_rows_of(const sim_request *request, wck_buf *out, const char *set)
{
    return (sim_rows){.out = out, .request = request, .set = set};
}

void sim_row_bare_begin(sim_rows *rows)
{
    rows->column = 0;
    rows->cut = false;
    wck_buf_puts(rows->out, "<Values>");
}

void sim_row_begin(sim_rows *rows)
{
    wck_buf_puts(rows->out, "<GenericReadableRow>");
    sim_row_bare_begin(rows);
}

/* The real samples bind a prefix for guid in the cell itself, with a number that counts on. */
static void put_raw_cell(sim_rows *rows, const char *type, const char *text)
{
    wck_buf *out = rows->out;

    if (text == NULL) {
        wck_buf_puts(out, "<anyType xsi:nil=\"true\" />");
        return;
    }
    if (type == NULL)
        wck_buf_puts(out, "<anyType>");
    else if (strcmp(type, "guid") == 0)
        wck_buf_printf(out, "<anyType xmlns:q%u=\"http://microsoft.com/wsdl/types/\" xsi:type=\"q%u:guid\">",
                       rows->row + 1, rows->row + 1);
    else
        wck_buf_printf(out, "<anyType xsi:type=\"xsd:%s\">", type);
    wck_quote_xml(out, text);
    wck_buf_puts(out, "</anyType>");
}

/* The same place with a value of another type; "garbage" keeps the type and spoils the text. */
static void put_mistyped(sim_rows *rows, const char *type, const char *text, const char *wanted)
{
    static const char *const values[][2] = {{"int", "7"},
                                            {"long", "7000000000"},
                                            {"string", "seven"},
                                            {"boolean", "true"},
                                            {"dateTime", "2001-02-03T04:05:06.007"},
                                            {"decimal", "7.50"},
                                            {"guid", "77777777-7777-4777-8777-777777777777"}};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i][0], wanted) == 0) {
            put_raw_cell(rows, values[i][0], values[i][1]);
            return;
        }
    if (strcmp(wanted, "none") == 0)
        put_raw_cell(rows, NULL, text != NULL ? text : "");
    else
        put_raw_cell(rows, type, strcmp(wanted, "garbage") == 0 ? "garbage" : wanted);
}

static void put_cell(sim_rows *rows, const char *type, const char *text)
{
    unsigned column = rows->column++;
    cell_rule rule;

    if (planted(rows, SIM_CUT_ROWS, &rule) && column >= rule.column)
        return;
    if (planted(rows, SIM_DROP_COLUMN, &rule) && column == rule.column)
        return;
    if (planted(rows, SIM_NULL_COLUMN, &rule) && column == rule.column)
        put_raw_cell(rows, NULL, NULL);
    else if (planted(rows, SIM_MISTYPE_COLUMN, &rule) && column == rule.column)
        put_mistyped(rows, type, text, rule.rest);
    else
        put_raw_cell(rows, type, text);
}

static void put_extra(sim_rows *rows, unsigned long n)
{
    static const char *const cells[][2] = {
        {"long", "123456789012"}, {"string", "reserved"}, {"decimal", "1.0"}};

    for (unsigned long i = 0; i < n && i < 64; i++)
        put_raw_cell(rows, cells[i % 3][0], cells[i % 3][1]);
}

void sim_row_bare_end(sim_rows *rows)
{
    cell_rule rule;

    if (sim_shape(rows->request) == SIM_ROWS_LONGER)
        put_extra(rows, 3);
    if (planted(rows, SIM_LONGER_ROWS, &rule))
        put_extra(rows, rule.column);
    wck_buf_puts(rows->out, "</Values>");
    rows->row++;
}

void sim_row_end(sim_rows *rows)
{
    sim_row_bare_end(rows);
    wck_buf_puts(rows->out, "</GenericReadableRow>");
}

void sim_cell_number(sim_rows *rows, const char *xsd_type, long long value)
{
    char text[32];

    snprintf(text, sizeof text, "%lld", value);
    put_cell(rows, xsd_type, text);
}

void sim_cell_int(sim_rows *rows, long long value)
{
    sim_cell_number(rows, "int", value);
}

void sim_cell_bool(sim_rows *rows, bool value)
{
    put_cell(rows, "boolean", value ? "true" : "false");
}

void sim_cell_text(sim_rows *rows, const char *text)
{
    put_cell(rows, "string", text);
}

void sim_cell_guid(sim_rows *rows, wck_guid id)
{
    char text[WCK_GUID_TEXT];

    put_cell(rows, "guid", wck_guid_format(text, id));
}

void sim_cell_guid_text(sim_rows *rows, wck_guid id)
{
    char text[WCK_GUID_TEXT];

    put_cell(rows, "string", sim_guid_wire(text, id));
}

void sim_cell_time(sim_rows *rows, wck_time t)
{
    char text[WCK_TIME_TEXT];

    if (t == WCK_TIME_NONE)
        put_cell(rows, "dateTime", NULL);
    else
        put_cell(rows, "dateTime", sim_time_plain(text, t));
}

void sim_cell_time_text(sim_rows *rows, const char *text)
{
    put_cell(rows, "dateTime", text);
}

void sim_cell_time_text_or(sim_rows *rows, wck_time t, const char *none)
{
    if (t == WCK_TIME_NONE)
        sim_cell_time_text(rows, none);
    else
        sim_cell_time(rows, t);
}

void sim_cell_nil(sim_rows *rows)
{
    put_cell(rows, NULL, NULL);
}

const char *sim_time_plain(char *out, wck_time t)
{
    size_t len = strlen(wck_time_format(out, t));

    if (len > 0 && out[len - 1] == 'Z')
        out[len - 1] = '\0';
    return out;
}

/* "NAME" or "NAME:TEXT" ("_" stands for a blank) of a rule about named elements. */
static const sim_rule *planted_element(const sim_request *request, sim_fault_kind kind, const char *name)
{
    const sim_rule *rule = request->rule;
    size_t len = strlen(name);

    if (rule == NULL || rule->kind != kind || strncmp(rule->arg, name, len) != 0 ||
        (rule->arg[len] != '\0' && rule->arg[len] != ':'))
        return NULL;
    return rule;
}

void sim_named(const sim_request *request, wck_buf *out, const char *name, const char *text)
{
    const sim_rule *set = planted_element(request, SIM_SET_ELEMENT, name);

    if (planted_element(request, SIM_DROP_ELEMENT, name) != NULL)
        return;
    if (set != NULL)
        text = set->arg[strlen(name)] == ':' ? set->arg + strlen(name) + 1 : NULL;
    if (text == NULL) {
        wck_buf_printf(out, "<%s xsi:nil=\"true\" />", name);
        return;
    }
    wck_buf_printf(out, "<%s>", name);
    wck_quote_xml(out, text);
    wck_buf_printf(out, "</%s>", name);
}

void sim_named_int(const sim_request *request, wck_buf *out, const char *name, long long value)
{
    char text[32];

    snprintf(text, sizeof text, "%lld", value);
    sim_named(request, out, name, text);
}

void sim_named_bool(const sim_request *request, wck_buf *out, const char *name, int8_t value)
{
    sim_named(request, out, name, value == 1 ? "true" : "false");
}

/* DateTime.MinValue where there is none: the element is not nillable (MS-WSUSAR 2.2.4.14). */
void sim_named_time(const sim_request *request, wck_buf *out, const char *name, wck_time t)
{
    char text[WCK_TIME_TEXT];

    sim_named(request, out, name, t != WCK_TIME_NONE ? sim_time_plain(text, t) : "0001-01-01T00:00:00");
}

void sim_named_guid(const sim_request *request, wck_buf *out, const char *name, wck_guid id)
{
    char text[WCK_GUID_TEXT];

    sim_named(request, out, name, wck_guid_is_zero(id) ? NULL : wck_guid_format(text, id));
}
