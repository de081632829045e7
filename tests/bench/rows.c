/* SPDX-License-Identifier: MIT
 * rows.c: a benchmark server as rows, for the contenders. Groups, classifications, products and languages stand as
 * small numbers, and only what servers must share is there: both in the contenders' favour. */
#include "fill.h"

#include "base/time.h"

#include <inttypes.h>

static const char schema[] =
    "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;"
    "CREATE TABLE upd (server INTEGER NOT NULL, id BLOB NOT NULL, revision INTEGER NOT NULL, state INTEGER NOT NULL,"
    " class INTEGER NOT NULL, products INTEGER NOT NULL, languages INTEGER NOT NULL, declined INTEGER NOT NULL,"
    " PRIMARY KEY (server, id)) WITHOUT ROWID;"
    "CREATE TABLE appr (server INTEGER NOT NULL, upd BLOB NOT NULL, grp INTEGER NOT NULL, revision INTEGER NOT NULL,"
    " action INTEGER NOT NULL, deadline INTEGER, PRIMARY KEY (server, upd, grp)) WITHOUT ROWID; BEGIN";

static FILE *csv_open(const char *directory, const char *name, const char *head)
{
    char path[4096];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    out = fopen(path, "w");
    if (out != NULL)
        fputs(head, out);
    return out;
}

bool bench_tables_open(bench_tables *t, const char *directory, bool csv)
{
    char path[4096];

    *t = (bench_tables){0};
    snprintf(path, sizeof path, "%s/rows.sqlite", directory);
    if (sqlite3_open(path, &t->db) != SQLITE_OK || sqlite3_exec(t->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        return false;
    if (csv) {
        t->updates = csv_open(directory, "upd.csv", "server,id,revision,state,class,products,languages,declined\n");
        t->approvals = csv_open(directory, "appr.csv", "server,upd,grp,revision,action,deadline\n");
    }
    return (!csv || (t->updates != NULL && t->approvals != NULL)) &&
           sqlite3_prepare_v2(t->db, "INSERT INTO upd VALUES (?1,?2,?3,?4,?5,?6,?7,?8)", -1, &t->update, NULL) ==
               SQLITE_OK &&
           sqlite3_prepare_v2(t->db, "INSERT INTO appr VALUES (?1,?2,?3,?4,?5,?6)", -1, &t->approval, NULL) ==
               SQLITE_OK;
}

static void bind_guid(sqlite3_stmt *stmt, int at, wck_guid g)
{
    unsigned char bytes[16];

    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(g.hi >> (56 - 8 * i));
        bytes[i + 8] = (unsigned char)(g.lo >> (56 - 8 * i));
    }
    sqlite3_bind_blob(stmt, at, bytes, sizeof bytes, SQLITE_TRANSIENT);
}

static bool add_update(bench_tables *t, unsigned server, const bench_update *u)
{
    const int values[] = {u->revision, u->expired, u->class, u->products, u->languages, u->declined};
    char id[WCK_GUID_TEXT];

    sqlite3_reset(t->update);
    sqlite3_bind_int(t->update, 1, (int)server);
    bind_guid(t->update, 2, u->id);
    for (int i = 0; i < 6; i++)
        sqlite3_bind_int(t->update, 3 + i, values[i]);
    if (t->updates != NULL)
        fprintf(t->updates, "%u,%s,%d,%d,%d,%d,%d,%d\n", server, wck_guid_format(id, u->id), values[0], values[1],
                values[2], values[3], values[4], values[5]);
    return sqlite3_step(t->update) == SQLITE_DONE;
}

static bool add_approval(bench_tables *t, unsigned server, const bench_approval *a)
{
    char id[WCK_GUID_TEXT], deadline[24] = "";

    sqlite3_reset(t->approval);
    sqlite3_bind_int(t->approval, 1, (int)server);
    bind_guid(t->approval, 2, a->update);
    sqlite3_bind_int(t->approval, 3, a->group);
    sqlite3_bind_int(t->approval, 4, a->revision);
    sqlite3_bind_int(t->approval, 5, a->action);
    if (a->deadline == WCK_TIME_NONE)
        sqlite3_bind_null(t->approval, 6);
    else {
        sqlite3_bind_int64(t->approval, 6, a->deadline);
        snprintf(deadline, sizeof deadline, "%" PRId64, a->deadline);
    }
    if (t->approvals != NULL)
        fprintf(t->approvals, "%u,%s,%d,%d,%d,%s\n", server, wck_guid_format(id, a->update), a->group, a->revision,
                a->action, deadline);
    return sqlite3_step(t->approval) == SQLITE_DONE;
}

bool bench_tables_add(bench_tables *t, const bench_server *s)
{
    bool ok = true;

    for (size_t i = 0; i < s->n_updates && ok; i++)
        ok = add_update(t, s->index, &s->updates[i]);
    for (size_t i = 0; i < s->n_approvals && ok; i++)
        ok = add_approval(t, s->index, &s->approvals[i]);
    return ok;
}

bool bench_tables_close(bench_tables *t)
{
    bool ok = sqlite3_exec(t->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;

    sqlite3_finalize(t->update);
    sqlite3_finalize(t->approval);
    ok = sqlite3_close(t->db) == SQLITE_OK && ok;
    if (t->updates != NULL)
        ok = fclose(t->updates) == 0 && ok;
    if (t->approvals != NULL)
        ok = fclose(t->approvals) == 0 && ok;
    return ok;
}
