/* SPDX-License-Identifier: MIT
 * postgres_open.c: a connection to the PostgreSQL of a store: what the URI says, and what it may not.
 *
 * Unless the URI says otherwise the server must prove with a certificate that it is the one named (sslmode=verify-full):
 * libpq by itself would take any, or none. A Unix socket and this very machine need none. */
#include "store/postgres.h"

#include "base/quote.h"
#include "store/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the URI says, borrowed from libpq's list; NULL where it says nothing. */
typedef struct place {
    const char *host, *hostaddr, *port, *dbname, *service, *password, *sslpassword, *sslmode;
} place;

static const char *option(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL && *options->val != '\0' ? options->val : NULL;
    return NULL;
}

static place place_of(const PQconninfoOption *options)
{
    return (place){.host = option(options, "host"),
                   .hostaddr = option(options, "hostaddr"),
                   .port = option(options, "port"),
                   .dbname = option(options, "dbname"),
                   .service = option(options, "service"),
                   .password = option(options, "password"),
                   .sslpassword = option(options, "sslpassword"),
                   .sslmode = option(options, "sslmode")};
}

/* Without user and password. */
static void show(wck_postgres *db, const place *p)
{
    char text[300];
    const char *host = p->host != NULL ? p->host : p->hostaddr != NULL ? p->hostaddr : "";

    snprintf(text, sizeof text, "postgresql://%.100s%s%.20s/%.60s%s%.60s", host[0] != '/' ? host : "",
             p->port != NULL ? ":" : "", p->port != NULL ? p->port : "", p->dbname != NULL ? p->dbname : "",
             p->service != NULL ? "?service=" : host[0] == '/' ? "?host=" : "",
             p->service != NULL ? p->service : host[0] == '/' ? host : "");
    wck_quote_short(db->base.shown, sizeof db->base.shown, text, 140);
}

/* ---- how sure one must be of the server ---- */

static bool is_here(const char *host, size_t len)
{
    if (len == 0 || *host == '/' || *host == '@') /* a Unix socket */
        return true;
    if ((len == 9 && strncmp(host, "localhost", 9) == 0) || (len == 3 && strncmp(host, "::1", 3) == 0))
        return true;
    return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= len;
}

static bool all_here(const char *hosts)
{
    for (const char *at = hosts;;) {
        size_t len = strcspn(at, ",");
        if (!is_here(at, len))
            return false;
        if (at[len] == '\0')
            return true;
        at += len + 1;
    }
}

/* libpq asks the environment, and a service file, for what the URI does not say. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static const char *default_sslmode(const place *p)
{
    const char *hosts = p->hostaddr != NULL ? p->hostaddr : p->host;

    if (hosts == NULL && (p->service != NULL || environment("PGSERVICE") != NULL))
        return "verify-full";
    if (hosts == NULL)
        hosts = environment("PGHOSTADDR");
    if (hosts == NULL)
        hosts = environment("PGHOST");
    return hosts == NULL || all_here(hosts) ? "prefer" : "verify-full";
}

/* ---- connecting ---- */

typedef struct remedy {
    const char *text; /* part of libpq's message */
    const char *hint;
} remedy;

static const remedy remedies[] = {
    {"root certificate file", "Name the CA that signed the server's certificate: add ?sslrootcert=FILE to the URI, or put it "
                              "into ~/.postgresql/root.crt."},
    {"certificate verify failed", "The server's certificate is not signed by the CA in sslrootcert, or has expired; nothing "
                                  "was sent to it."},
    {"does not match host name", "Name the server as its certificate does; nothing was sent to it."},
    {"server does not support SSL", "Let the server use TLS (ssl = on); docs/warehouse.md says how to do without."},
    {"no password supplied", "Put the password into a passfile (~/.pgpass, mode 0600) or into PGPASSWORD."},
    {"password authentication failed", "Look at the passfile (~/.pgpass, mode 0600) or PGPASSWORD."},
    {"does not exist", "Create the database and the role first; docs/warehouse.md says how."},
    {"closed the connection", "The server ended it: look at its log, and try again."},
    {"the database system is", "The server is about to start or to stop; try again."},
    {"Connection refused", "Is PostgreSQL running there, and does it listen on that address and port?"},
    {"No such file or directory", "Is PostgreSQL running there? The URI can name the folder of its socket: ?host=/DIRECTORY"},
};

/* libpq says which host first, which the store's name says already, and then one reason a line. */
static wck_status not_connected(wck_postgres *db, wck_error *err)
{
    const char *text = PQerrorMessage(db->conn), *failed = strstr(text, "failed: "), *hint = NULL;
    char line[600], reason[420];

    for (size_t i = 0; i < sizeof remedies / sizeof *remedies && hint == NULL; i++)
        if (strstr(text, remedies[i].text) != NULL)
            hint = remedies[i].hint;
    if (failed != NULL)
        text = failed + strlen("failed: ");
    if (strncmp(text, "FATAL:  ", 8) == 0)
        text += 8;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    wck_fail(err, WCK_E_STORE, "could not open store \"%s\": %s", db->base.shown,
             wck_quote_short(reason, sizeof reason, line, 300));
    if (err == NULL)
        return WCK_E_STORE;
    return wck_fail_hint(err, "%s", hint != NULL ? hint : "Is the server up and the URI right? docs/warehouse.md says more.");
}

static void be_quiet(void *payload, const PGresult *result)
{
    (void)payload;
    (void)result;
}

wck_status wck_postgres_settle(wck_postgres *db, wck_error *err)
{
    /* Every lookup is by key, whatever the statistics of a young table say (a plan is made once and kept); nothing waits
     * for ever (for a lock: wck_postgres_lock), nor is waited for for ever when this machine dies. */
    static const char settings[] =
        "SET search_path = pg_catalog; SET synchronous_commit = off; SET standard_conforming_strings = on; "
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; "
        "SET enable_mergejoin = off; SET jit = off; SET lock_timeout = '5s'; SET statement_timeout = '30min'; "
        "SET idle_in_transaction_session_timeout = '1h'; SET tcp_keepalives_idle = 60; "
        "SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 6";
    const char *encoding = PQparameterStatus(db->conn, "server_encoding");
    wck_status status;

    PQsetNoticeReceiver(db->conn, be_quiet, NULL);
    if (PQserverVersion(db->conn) < WCK_POSTGRES_OLDEST) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": the server is PostgreSQL %d", db->base.shown,
                 PQserverVersion(db->conn) / 10000);
        return wck_fail_hint(err, "Use PostgreSQL %d or later.", WCK_POSTGRES_OLDEST / 10000);
    }
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        wck_fail(err, WCK_E_STORE, "could not open store \"%s\": the database cannot hold every name", db->base.shown);
        return wck_fail_hint(err, "Create it with ENCODING 'UTF8'.");
    }
    status = wck_postgres_exec(db, settings, "open", err);
    if (status == WCK_OK && db->read_only)
        status = wck_postgres_exec(db, "SET default_transaction_read_only = on", "open", err);
    return status;
}

static wck_status connect_to(wck_postgres *db, const char *uri, const place *p, wck_error *err)
{
    /* before the URI: what it may overrule; behind it: what it may not */
    const char *const keywords[] = {"connect_timeout", "sslmode", "keepalives_idle", "keepalives_interval",
                                    "keepalives_count", "tcp_user_timeout", "dbname", "client_encoding",
                                    "fallback_application_name", NULL};
    const char *const values[] = {"10", default_sslmode(p), "60", "10", "6", "120000", uri, "UTF8", "wsusck", NULL};

    db->conn = PQconnectdbParams(keywords, values, 1);
    if (db->conn == NULL)
        return wck_fail_memory(err, "opening the store");
    if (PQstatus(db->conn) != CONNECTION_OK)
        return not_connected(db, err);
    return wck_postgres_settle(db, err);
}

static wck_status refuse_password(const wck_postgres *db, wck_error *err)
{
    wck_fail(err, WCK_E_STORE, "could not open store \"%s\": its URI holds a password", db->base.shown);
    return wck_fail_hint(err, "Take it out, as every user of this machine can read it there; put it into a passfile "
                              "(~/.pgpass, mode 0600) or into PGPASSWORD.");
}

static wck_status open_uri(wck_postgres *db, const char *uri, wck_error *err)
{
    char *reason = NULL;
    PQconninfoOption *options = PQconninfoParse(uri, &reason);
    wck_status status;
    place p;

    PQfreemem(reason); /* quotes the URI, in which a password may be */
    if (options == NULL) {
        wck_fail(err, WCK_E_STORE, "could not open store: not a URI that PostgreSQL knows");
        return wck_fail_hint(err, "Use postgresql://HOST[:PORT]/DATABASE; special characters are written as %%XX.");
    }
    p = place_of(options);
    show(db, &p);
    status = p.password != NULL || p.sslpassword != NULL ? refuse_password(db, err) : connect_to(db, uri, &p, err);
    PQconninfoFree(options);
    return status;
}

wck_status wck_postgres_open(wck_db **out, const char *uri, const wck_store_options *options, wck_error *err)
{
    wck_postgres *db = calloc(1, sizeof *db);
    wck_status status;

    *out = NULL;
    if (db == NULL)
        return wck_fail_memory(err, "opening the store");
    db->base.ops = &wck_postgres_ops;
    db->read_only = options->read_only;
    db->canceled = options->canceled;
    for (int i = 0; i < Q_POSTGRES_COUNT; i++) {
        db->query[i].base.db = &db->base;
        db->query[i].which = i;
    }
    status = open_uri(db, uri, err);
    if (status == WCK_OK)
        status = wck_postgres_migrate(db, err);
    if (status != WCK_OK) {
        wck_postgres_close(&db->base);
        return status;
    }
    *out = &db->base;
    return WCK_OK;
}

wck_status wck_postgres_connect(struct pg_conn **out, char *shown, size_t size, const char *uri, wck_error *err)
{
    wck_postgres *db = calloc(1, sizeof *db);
    wck_status status;

    *out = NULL;
    *shown = '\0';
    if (db == NULL)
        return wck_fail_memory(err, "connecting to PostgreSQL");
    status = open_uri(db, uri, err);
    snprintf(shown, size, "%s", db->base.shown);
    if (status == WCK_OK)
        *out = db->conn;
    else
        PQfinish(db->conn);
    free(db);
    return status;
}
