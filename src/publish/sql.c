/* SPDX-License-Identifier: MIT
 * sql.c: the statements that make and fill the published tables, from tables.def, in the dialect of either
 * database. No text from outside is ever part of one. */
#include "publish/target.h"

#include "model/types.h"

#include <string.h>

static bool keyed(const wck_pub_table *table)
{
    return wck_pub_table_column(table, 0)->role == WCK_ROLE_KEY;
}

static void quoted(wck_buf *out, const char *text)
{
    wck_buf_putc(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            wck_buf_putc(out, '\'');
        wck_buf_putc(out, *text);
    }
    wck_buf_putc(out, '\'');
}

static void put_columns(wck_buf *out, const wck_dialect *d, const wck_pub_table *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const wck_pub_column *c = wck_pub_table_column(table, i);
        wck_buf_printf(out, "%s%s %s%s", i > 0 ? ", " : "", c->name, d->types[c->type],
                       c->role == WCK_ROLE_KEY ? " NOT NULL" : "");
    }
}

/* Of a row, and of a finding each time that it came. */
static void put_key(wck_buf *out, const wck_pub_table *table, bool staged)
{
    const char *comma = "";

    if (!keyed(table))
        return;
    wck_buf_puts(out, ", PRIMARY KEY (");
    for (size_t i = 0; i < wck_pub_table_size(table) && wck_pub_table_column(table, i)->role == WCK_ROLE_KEY;
         i++) {
        wck_buf_printf(out, "%s%s", comma, wck_pub_table_column(table, i)->name);
        comma = ", ";
    }
    wck_buf_puts(out, !staged && table == &wck_pub_tables[WCK_TABLE_finding] ? ", episode)" : ")");
}

static void put_comments(wck_buf *out, const wck_dialect *d, const wck_pub_table *table)
{
    wck_buf_printf(out, "COMMENT ON TABLE %s%s IS ", d->rows, table->name);
    quoted(out, table->comment);
    wck_buf_puts(out, ";\n");
    for (size_t i = 0; i < wck_pub_table_size(table); i++) {
        wck_buf_printf(out, "COMMENT ON COLUMN %s%s.%s IS ", d->rows, table->name,
                       wck_pub_table_column(table, i)->name);
        quoted(out, wck_pub_table_column(table, i)->comment);
        wck_buf_puts(out, ";\n");
    }
}

/* CREATE INDEX names the schema at the table in PostgreSQL and at the index in SQLite, which has one of its
 * own only. */
static void put_indexes(wck_buf *out, const wck_dialect *d)
{
    const char *schema = d->comments ? d->rows : "";

    wck_buf_printf(
        out,
        "CREATE UNIQUE INDEX finding_open ON %sfinding (fingerprint, nth) WHERE closed_at IS NULL;\n"
        "CREATE INDEX finding_by_server ON %sfinding (server, closed_at);\n"
        "CREATE INDEX count_history_by_time ON %scount_history (looked_at);\n"
        "CREATE INDEX wsus_update_by_server ON %swsus_update (server, update_id);\n"
        "CREATE INDEX approval_by_server ON %sapproval (server, update_id, group_id);\n",
        schema, schema, schema, schema, schema);
}

void wck_sql_create(wck_buf *out, const wck_dialect *d)
{
    for (size_t i = 0; i < WCK_N_TABLES; i++) {
        const wck_pub_table *table = &wck_pub_tables[i];
        wck_buf_printf(out, "CREATE TABLE %s%s (", d->rows, table->name);
        put_columns(out, d, table, wck_pub_table_size(table));
        put_key(out, table, false);
        wck_buf_puts(out, ");\n");
        if (d->comments)
            put_comments(out, d, table);
    }
    put_indexes(out, d);
}

void wck_sql_columns(wck_buf *out, const wck_pub_table *table, size_t n, const char *prefix)
{
    for (size_t i = 0; i < n; i++)
        wck_buf_printf(out, "%s%s%s", i > 0 ? ", " : "", prefix, wck_pub_table_column(table, i)->name);
}

void wck_sql_stage(wck_buf *out, const wck_dialect *d, const wck_pub_table *table)
{
    wck_buf_printf(out, "CREATE TEMPORARY TABLE new_%s (", table->name);
    put_columns(out, d, table, wck_pub_table_staged(table));
    put_key(out, table, true);
    wck_buf_printf(out, ")%s;\n", d->temporary_end);
}

void wck_sql_staged(wck_buf *out, const wck_dialect *d, const wck_pub_table *table)
{
    if (d->analyze != NULL)
        wck_buf_printf(out, "%s%snew_%s;\n", d->analyze, d->staged, table->name);
}

void wck_sql_covered(wck_buf *out, const wck_dialect *d, bool whole)
{
    wck_buf_printf(out,
                   "CREATE TEMPORARY TABLE covered%s AS SELECT server, looked_at, basis FROM %snew_server;\n",
                   d->temporary_end, d->staged);
    if (whole)
        wck_buf_printf(
            out,
            "INSERT INTO %scovered (server, looked_at) SELECT t.server, (SELECT max(s.looked_at) FROM "
            "%snew_server AS s) FROM %sserver AS t WHERE NOT EXISTS (SELECT 1 FROM %snew_server AS s WHERE "
            "s.server = t.server);\n",
            d->staged, d->staged, d->rows, d->staged);
}

/* "s.server = t.server AND …" */
static void put_match(wck_buf *out, const wck_pub_table *table)
{
    for (size_t i = 0; i < wck_pub_table_size(table) && wck_pub_table_column(table, i)->role == WCK_ROLE_KEY;
         i++)
        wck_buf_printf(out, "%ss.%s = t.%s", i > 0 ? " AND " : "", wck_pub_table_column(table, i)->name,
                       wck_pub_table_column(table, i)->name);
}

/* "(s.path, …) differs (t.path, …)" and what else makes a row another. */
static void put_values(wck_buf *out, const wck_pub_table *table, const char *prefix)
{
    const char *comma = "";

    for (size_t i = 0; i < wck_pub_table_staged(table); i++) {
        if (wck_pub_table_column(table, i)->role == WCK_ROLE_KEY)
            continue;
        wck_buf_printf(out, "%s%s%s", comma, prefix, wck_pub_table_column(table, i)->name);
        comma = ", ";
    }
}

static void put_change(wck_buf *out, const wck_dialect *d, const wck_pub_table *table, const char *more_set,
                       const char *condition, const char *more_changed)
{
    const char *comma = "";

    wck_buf_printf(out, "UPDATE %s%s AS t SET ", d->rows, table->name);
    for (size_t i = 0; i < wck_pub_table_staged(table); i++) {
        const wck_pub_column *c = wck_pub_table_column(table, i);
        if (c->role == WCK_ROLE_KEY)
            continue;
        wck_buf_printf(out, "%s%s = s.%s", comma, c->name, c->name);
        comma = ", ";
    }
    wck_buf_printf(out, "%s FROM %snew_%s AS s WHERE ", more_set, d->staged, table->name);
    put_match(out, table);
    wck_buf_printf(out, "%s AND ((", condition);
    put_values(out, table, "t.");
    wck_buf_printf(out, ") %s (", d->differs);
    put_values(out, table, "s.");
    wck_buf_printf(out, ")%s);\n", more_changed);
}

void wck_sql_merge(wck_buf *out, const wck_dialect *d, const wck_pub_table *table, bool prune)
{
    if (prune) {
        wck_buf_printf(
            out,
            "DELETE FROM %s%s AS t WHERE t.server IN (SELECT server FROM %scovered) AND NOT EXISTS "
            "(SELECT 1 FROM %snew_%s AS s WHERE ",
            d->rows, table->name, d->staged, d->staged, table->name);
        put_match(out, table);
        wck_buf_puts(out, ");\n");
    }
    put_change(out, d, table, "", "", "");
    wck_buf_printf(out, "INSERT INTO %s%s (", d->rows, table->name);
    wck_sql_columns(out, table, wck_pub_table_staged(table), "");
    wck_buf_puts(out, ") SELECT ");
    wck_sql_columns(out, table, wck_pub_table_staged(table), "s.");
    wck_buf_printf(out, " FROM %snew_%s AS s WHERE NOT EXISTS (SELECT 1 FROM %s%s AS t WHERE ", d->staged,
                   table->name, d->rows, table->name);
    put_match(out, table);
    wck_buf_puts(out, ");\n");
}

/* ---- findings ---- */

/* Every section, of the server and of its upstream server, is known at least as well as when the finding was
 * seen last: basis has a digit for each. */
static void put_as_good(wck_buf *out, const char *now, const char *then)
{
    for (int i = 1; i <= 2 * WCK_SECTION_COUNT; i++)
        wck_buf_printf(out, "%ssubstr(%s, %d, 1) >= substr(%s, %d, 1)", i > 1 ? " AND " : "", now, i, then,
                       i);
}

/* A finding that is not there any more is closed only by a look that saw as much as the one that found it;
 * otherwise it stays open, and last_seen says since when nobody could tell. */
static void put_gone(wck_buf *out, const wck_dialect *d)
{
    wck_buf_printf(
        out,
        "UPDATE %sfinding AS t SET last_seen = coalesce(t.last_seen, (SELECT o.looked_at FROM %sserver AS o "
        "WHERE o.server = t.server), t.first_seen), closed_at = CASE WHEN c.basis IS NULL OR (",
        d->rows, d->rows);
    put_as_good(out, "c.basis", "t.basis");
    wck_buf_printf(
        out,
        ") THEN c.looked_at END FROM %scovered AS c WHERE c.server = t.server AND t.closed_at IS NULL AND "
        "NOT "
        "EXISTS (SELECT 1 FROM %snew_finding AS s WHERE s.fingerprint = t.fingerprint AND s.nth = t.nth);\n",
        d->staged, d->staged);
}

void wck_sql_merge_findings(wck_buf *out, const wck_dialect *d)
{
    const wck_pub_table *table = &wck_pub_tables[WCK_TABLE_finding];

    put_gone(out, d);
    put_change(out, d, table, ", last_seen = NULL", " AND t.closed_at IS NULL",
               " OR t.last_seen IS NOT NULL");
    wck_buf_printf(out, "INSERT INTO %sfinding (", d->rows);
    wck_sql_columns(out, table, wck_pub_table_staged(table), "");
    wck_buf_puts(out, ", episode, first_seen) SELECT ");
    wck_sql_columns(out, table, wck_pub_table_staged(table), "s.");
    wck_buf_printf(
        out,
        ", 1 + coalesce((SELECT max(t.episode) FROM %sfinding AS t WHERE t.fingerprint = s.fingerprint AND "
        "t.nth = s.nth), 0), (SELECT max(c.looked_at) FROM %scovered AS c) FROM %snew_finding AS s "
        "WHERE NOT EXISTS (SELECT 1 FROM %sfinding AS t WHERE t.fingerprint = s.fingerprint AND t.nth = "
        "s.nth "
        "AND t.closed_at IS NULL);\n",
        d->rows, d->staged, d->staged, d->rows);
}
