/* SPDX-License-Identifier: MIT
 * lists.c: GetRevisionIdList with the filter semantics measured on a real server (protocol.md 5.2),
 * GetUpdateData. */
#include "sim.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

void sim_anchor_put(wck_buf *out, const sim_server *server, wck_time at)
{
    char text[WCK_TIME_TEXT];
    int ms = (int)(at % WCK_TICKS_PER_SECOND / (WCK_TICKS_PER_SECOND / 1000));

    wck_time_format(text, at);
    text[10] = ' ';
    text[19] = '\0';
    wck_buf_printf(out, "%zu,%s.%03d", 9438 + server->state->snapshot->approvals.n + server->state->dead.n,
                   text, ms);
}

bool sim_anchor_parse(wck_time *out, const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= 10 && text[digits] == ',' && strlen(text + digits + 1) == 23 &&
           text[digits + 20] == '.' && wck_time_parse(out, text + digits + 1);
}

typedef struct filter {
    wck_time since; /* WCK_TIME_NONE: from the beginning */
    bool has_products, has_classifications;
    const xmlNode *products, *classifications; /* the lists; NULL when absent */
} filter;

static bool parse_filter(const sim_request *request, filter *out)
{
    const xmlNode *node = sim_child(request, request->op, "filter");
    char *anchor = sim_child_text(request, node, "Anchor");
    bool valid = node != NULL && (*anchor == '\0' || sim_anchor_parse(&out->since, anchor));

    if (*anchor == '\0')
        out->since = WCK_TIME_NONE;
    xmlFree(anchor);
    out->products = sim_child(request, node, "Categories");
    out->classifications = sim_child(request, node, "Classifications");
    out->has_products = out->products != NULL;
    out->has_classifications = out->classifications != NULL;
    return valid;
}

/* Is the id listed? *whole is set when its Delta is false: the anchor does not count for that id. */
static bool listed(const sim_request *request, const xmlNode *list, wck_guid id, bool *whole)
{
    bool found = false;

    for (const xmlNode *n = sim_child(request, list, "IdAndDelta"); n != NULL;
         n = sim_next(request, n, "IdAndDelta")) {
        wck_guid item;
        if (sim_child_guid(request, n, "Id", &item) && wck_guid_eq(item, id)) {
            found = true;
            *whole = *whole || !sim_child_bool(request, n, "Delta");
        }
    }
    return found;
}

/* Both lists: in a listed product AND a listed classification; one alone: nothing. */
static bool passes(const sim_request *request, const filter *f, const wck_update *u, wck_time changed)
{
    bool whole = false, product = false;

    if (f->has_products != f->has_classifications)
        return false;
    if (f->has_products) {
        for (size_t i = 0; i < u->products.n; i++)
            product = listed(request, f->products, u->products.items[i], &whole) || product;
        if (!listed(request, f->classifications, u->classification, &whole) || !product)
            return false;
    }
    return whole || f->since == WCK_TIME_NONE || changed > f->since;
}

static void put_identity(wck_buf *out, const char *element, wck_guid id, int64_t revision)
{
    char text[WCK_GUID_TEXT];

    wck_buf_printf(out, "<%s><UpdateID>%s</UpdateID><RevisionNumber>%lld</RevisionNumber></%s>", element,
                   sim_guid_wire(text, id), (long long)revision, element);
}

/* The real list is not deduplicated although the specification says highest only (protocol.md 5.2). */
static bool listed_twice(const wck_category *c)
{
    return c->revision > 1 && sim_spread(c->id, "twice") % 4 == 0;
}

static size_t put_categories(wck_buf *out, const sim_state *state, wck_time since)
{
    size_t n = 0;

    for (size_t i = 0; i < state->snapshot->categories.n; i++) {
        const wck_category *c = &state->snapshot->categories.items[i];
        if (since != WCK_TIME_NONE && state->category_changed[i] <= since)
            continue;
        if (listed_twice(c)) {
            put_identity(out, "UpdateIdentity", c->id, 1);
            n++;
        }
        put_identity(out, "UpdateIdentity", c->id, c->revision);
        n++;
    }
    return n;
}

/* A lower protocol version silently gets fewer updates (protocol.md 4). */
static bool speaks(const sim_request *request, const wck_update *u)
{
    const char *dot =
        u->compatible_protocol_version != NULL ? strchr(u->compatible_protocol_version, '.') : NULL;

    return dot == NULL || strtoul(dot + 1, NULL, 10) <= request->protocol;
}

static size_t put_updates(wck_buf *out, const sim_request *request, const filter *f)
{
    const sim_state *state = request->server->state;
    size_t n = 0;

    for (size_t i = 0; i < state->snapshot->updates.n; i++) {
        const wck_update *u = &state->snapshot->updates.items[i];
        if (!speaks(request, u) || !passes(request, f, u, state->update_changed[i]))
            continue;
        put_identity(out, "UpdateIdentity", u->id, u->revision);
        n++;
    }
    return n;
}

bool sim_get_revision_id_list(sim_request *request, sim_reply *reply, wck_buf *result)
{
    sim_server *server = request->server;
    filter f;
    bool config = strcmp(request->call, "GetRevisionIdList.config") == 0;

    if (!parse_filter(request, &f))
        return sim_soap_fault(reply, request, "InvalidParameters", "filter");
    if (!sim_state_complete(server->state, config ? WCK_SECTION_CATEGORIES : WCK_SECTION_UPDATES))
        return sim_soap_fault(reply, request, "InternalServerError", "");
    wck_time now = sim_server_now(server);
    server->last_anchor = now;
    wck_buf_puts(result, "<Anchor>");
    sim_anchor_put(result, server, now);
    wck_buf_puts(result, "</Anchor><NewRevisions>");
    size_t n = config ? put_categories(result, server->state, f.since) : put_updates(result, request, &f);
    wck_buf_puts(result, "</NewRevisions>");
    snprintf(reply->note, sizeof reply->note, "%zu revisions%s", n,
             f.since != WCK_TIME_NONE ? " since anchor" : "");
    return true;
}

static bool put_document(wck_buf *document, const sim_state *state, wck_identity key,
                         const wck_update **update)
{
    const wck_map_entry *entry = wck_map_find(&state->updates, &key, sizeof key);

    *update = entry != NULL ? entry->value : NULL;
    if (entry != NULL)
        return sim_document_update(document, *update,
                                   wck_map_find(&state->members, &key.id, sizeof key.id) != NULL);
    entry = wck_map_find(&state->categories, &key.id, sizeof key.id);
    const wck_category *c = entry != NULL ? entry->value : NULL;
    if (c == NULL || (key.revision != c->revision && !(key.revision == 1 && listed_twice(c))))
        return false;
    return sim_document_category(document, c, key.revision);
}

static void put_digests(wck_buf *out, wck_buf *urls, const wck_update *u)
{
    char base64[32], hex[41];

    wck_buf_puts(out, "<FileDigestList>");
    for (size_t i = 0; u != NULL && i < u->n_files; i++) {
        const unsigned char *digest = u->files[i].digest;
        wck_base64_encode(base64, digest, 20);
        for (size_t k = 0; k < 20; k++)
            snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        wck_buf_printf(out, "<base64Binary>%s</base64Binary>", base64);
        wck_buf_printf(urls,
                       "<ServerSyncUrlData><FileDigest>%s</FileDigest>"
                       "<MUUrl>http://download.example/c/%s.cab</MUUrl><UssUrl/></ServerSyncUrlData>",
                       base64, hex);
    }
    wck_buf_puts(out, "</FileDigestList>");
}

/* One unknown id faults the whole batch (protocol.md 5.3). */
static bool put_item(sim_request *request, wck_buf *out, wck_buf *urls, const xmlNode *node)
{
    char *number = sim_child_text(request, node, "RevisionNumber");
    wck_identity key = {.revision = strtoll(number, NULL, 10)};
    const wck_update *update = NULL;
    wck_guid vanished = {0, 0};
    wck_buf document;
    bool known;

    xmlFree(number);
    wck_buf_init(&document, WCK_MAX_DOCUMENT_BYTES);
    if (request->rule != NULL && request->rule->kind == SIM_VANISH)
        wck_guid_parse(&vanished, request->rule->arg);
    known = sim_child_guid(request, node, "UpdateID", &key.id) &&
            (wck_guid_is_zero(vanished) || !wck_guid_eq(key.id, vanished)) &&
            put_document(&document, request->server->state, key, &update);
    if (known) {
        wck_buf_puts(out, "<ServerSyncUpdateData>");
        put_identity(out, "Id", key.id, key.revision);
        sim_blob_put(out, document.data, document.len, sim_spread(key.id, "mszip") % 2 == 0);
        put_digests(out, urls, update);
        wck_buf_puts(out, "</ServerSyncUpdateData>");
    }
    wck_buf_clear(&document);
    return known;
}

static size_t count_ids(const sim_request *request, const xmlNode *list)
{
    size_t n = 0;

    for (const xmlNode *i = sim_child(request, list, "UpdateIdentity"); i != NULL;
         i = sim_next(request, i, "UpdateIdentity"))
        n++;
    return n;
}

bool sim_get_update_data(sim_request *request, sim_reply *reply, wck_buf *result)
{
    const xmlNode *list = sim_child(request, request->op, "updateIds");
    int64_t limit = request->server->state->snapshot->config.max_updates_per_request;
    size_t n = count_ids(request, list), most = n;
    bool known = true;
    wck_buf urls;

    if (n == 0 || n > (size_t)(limit != WCK_INT_NONE && limit > 0 ? limit : SIM_MAX_UPDATES))
        return sim_soap_fault(reply, request, "InvalidParameters", "updateIds");
    if (request->rule != NULL && request->rule->kind == SIM_SHORT)
        most = request->rule->number < 0 ? 0 : (size_t)request->rule->number;
    wck_buf_init(&urls, SIM_MAX_REPLY);
    wck_buf_puts(result, "<updates>");
    size_t i = 0;
    for (const xmlNode *node = sim_child(request, list, "UpdateIdentity"); node != NULL && known && i < most;
         node = sim_next(request, node, "UpdateIdentity"), i++)
        known = put_item(request, result, &urls, node);
    wck_buf_puts(result, "</updates><fileUrls>");
    wck_buf_put(result, wck_buf_text(&urls), urls.len);
    wck_buf_puts(result, "</fileUrls>");
    wck_buf_clear(&urls);
    snprintf(reply->note, sizeof reply->note, "%zu of %zu documents", i, n);
    return known || sim_soap_fault(reply, request, "InternalServerError", "");
}
