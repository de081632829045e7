/* SPDX-License-Identifier: MIT
 * soap.c: one reply to GetDeployments, written to a file and read from it in pieces of 64 KiB: by libxml2 alone, or by
 * the decoder of a collection. Prints what that took as one JSON object; seconds are of the processor, without the
 * reading of the file.
 *
 *     bench_soap make FILE DEPLOYMENTS     the reply as ASMX writes it (tests/sim/deployments.c)
 *     bench_soap bare FILE                 a SAX2 push pass with callbacks that do nothing
 *     bench_soap decode FILE               src/collect into the rows of a snapshot */
#include "data.h"

#include "base/time.h"
#include "collect/wsus.h"
#include "collect/xml.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { PIECE = 65536, GROUPS = 20, LISTED = 2000 /* declined updates, accepted EULAs */ };

static const char *path;

/* ---- make ---- */

static const char *guid(char out[WCK_GUID_TEXT], uint64_t kind, uint64_t i)
{
    return wck_guid_format(out, bench_guid(kind, i));
}

static void put_groups(FILE *f)
{
    char id[WCK_GUID_TEXT];

    fputs("<Groups>", f);
    for (unsigned i = 0; i < GROUPS; i++)
        fprintf(f,
                "<ServerSyncTargetGroup><TargetGroupID>%s</TargetGroupID>"
                "<ParentGroupId>00000000-0000-0000-0000-000000000000</ParentGroupId><Name>Department %u</Name>"
                "<IsBuiltin>false</IsBuiltin></ServerSyncTargetGroup>",
                guid(id, 7, i), i);
    fputs("</Groups>", f);
}

/* Two of three approvals have no deadline, one of eight was made by a rule of the server. */
static void put_deployment(FILE *f, size_t i)
{
    char update[WCK_GUID_TEXT], id[WCK_GUID_TEXT], group[WCK_GUID_TEXT], deadline[WCK_TIME_TEXT], go_live[WCK_TIME_TEXT];
    wck_time day = INT64_C(86400) * WCK_TICKS_PER_SECOND;

    wck_time_format(deadline, (INT64_C(19000) + (int64_t)(i % 900)) * day);
    deadline[strcspn(deadline, "Z")] = '\0';
    wck_time_format(go_live, (INT64_C(18000) + (int64_t)(i % 900)) * day + (int64_t)(i % 9999991));
    fprintf(f,
            "<ServerSyncDeployment><UpdateId>%s</UpdateId><RevisionNumber>%zu</RevisionNumber><Action>%d</Action>"
            "<AdminName>%s</AdminName><Deadline>%s</Deadline><IsAssigned>true</IsAssigned><GoLiveTime>%s</GoLiveTime>"
            "<DeploymentGuid>%s</DeploymentGuid><TargetGroupId>%s</TargetGroupId><DownloadPriority>1</DownloadPriority>"
            "</ServerSyncDeployment>",
            guid(update, 1, i / 4), 100 + i % 128, i % 16 == 0 ? 3 : 0, i % 8 == 0 ? "WUS Server" : "EXAMPLE\\wsus-admin",
            i % 3 == 0 ? deadline : "9999-12-31T23:59:59.9999999", go_live, guid(id, 8, i), guid(group, 7, i % GROUPS));
}

static void put_list(FILE *f, const char *name, uint64_t kind)
{
    char id[WCK_GUID_TEXT];

    fprintf(f, "<%s>", name);
    for (unsigned i = 0; i < LISTED; i++)
        fprintf(f, "<guid>%s</guid>", guid(id, kind, i));
    fprintf(f, "</%s>", name);
}

static int make(size_t n)
{
    FILE *f = fopen(path, "w");
    bool ok;

    if (f == NULL)
        return 2;
    fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" "
          "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">"
          "<soap:Body><GetDeploymentsResponse xmlns=\"http://www.microsoft.com/SoftwareDistribution\">"
          "<GetDeploymentsResult><Anchor>0,2026-11-19 00:00:00.000</Anchor>",
          f);
    put_groups(f);
    fputs("<Deployments>", f);
    for (size_t i = 0; i < n; i++)
        put_deployment(f, i);
    fputs("</Deployments><DeadDeployments/>", f);
    put_list(f, "HiddenUpdates", 9);
    put_list(f, "AcceptedEulas", 10);
    fputs("</GetDeploymentsResult></GetDeploymentsResponse></soap:Body></soap:Envelope>", f);
    ok = ferror(f) == 0;
    printf("{\"bytes\": %ld, \"deployments\": %zu}\n", ftell(f), n);
    return fclose(f) == 0 && ok ? 0 : 2;
}

/* ---- read ---- */

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Hands the file on; *seconds: in `put` alone. */
static bool each_piece(bool (*put)(void *to, const char *data, size_t len), void *to, double *seconds)
{
    static char piece[PIECE];
    FILE *f = fopen(path, "r");
    bool ok = f != NULL;
    size_t n = 0;

    if (f != NULL)
        setvbuf(f, NULL, _IONBF, 0);
    while (ok && (n = fread(piece, 1, sizeof piece, f)) > 0) {
        double from = cpu_seconds();
        ok = put(to, piece, n);
        *seconds += cpu_seconds() - from;
    }
    ok = ok && ferror(f) == 0;
    if (f != NULL)
        fclose(f);
    return ok;
}

static long peak_kib(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

static void nothing_opens(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns, int n_ns,
                          const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    (void)payload, (void)name, (void)prefix, (void)ns, (void)n_ns, (void)namespaces, (void)n_attributes;
    (void)n_defaulted, (void)attributes;
}

static void nothing_closes(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns)
{
    (void)payload, (void)name, (void)prefix, (void)ns;
}

static void nothing_said(void *payload, const xmlChar *text, int len)
{
    (void)payload, (void)text, (void)len;
}

static bool put_bare(void *to, const char *data, size_t len)
{
    return xmlParseChunk(to, data, (int)len, 0) == 0;
}

static int bare(void)
{
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = nothing_opens,
                         .endElementNs = nothing_closes,
                         .characters = nothing_said};
    xmlParserCtxtPtr ctxt = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
    double seconds = 0;
    bool ok = ctxt != NULL && each_piece(put_bare, ctxt, &seconds) && xmlParseChunk(ctxt, "", 0, 1) == 0;

    xmlFreeParserCtxt(ctxt);
    printf("{\"seconds\": %.6f, \"rows\": 0, \"record_kib\": 0, \"peak_kib\": %ld}\n", seconds, peak_kib());
    return ok ? 0 : 2;
}

/* What collection has of these in wsus_sync.c goes over the network; here the reply comes from the file. */
static double decode_seconds;

static bool put_decode(void *to, const char *data, size_t len)
{
    return wck_soap_parser_put(to, data, len, NULL) == WCK_OK;
}

wck_status wck_run_call(wck_run *run, const wck_call *call, wck_soap_fault *fault, wck_error *err)
{
    wck_soap_parser *parser = NULL;
    wck_status status = call->begin(call->payload, err);

    (void)run;
    if (status == WCK_OK)
        status = wck_soap_parser_new(&parser, call->action, call->reply, call->payload, err);
    if (status == WCK_OK && !each_piece(put_decode, parser, &decode_seconds))
        status = wck_fail(err, WCK_E_INPUT, "could not read \"%s\"", path);
    if (status == WCK_OK)
        status = wck_soap_parser_end(parser, fault, NULL, err);
    wck_soap_parser_free(parser);
    return status;
}

bool wck_run_is_over(const wck_run *run, wck_status status)
{
    (void)run;
    return status != WCK_OK;
}

void wck_run_progress(const wck_run *run, const char *phase, size_t done, size_t total)
{
    (void)run, (void)phase, (void)done, (void)total;
}

static size_t record_bytes(const wck_snapshot *s)
{
    return s->approvals.n * sizeof *s->approvals.items + s->groups.n * sizeof *s->groups.items +
           s->declined.n * sizeof *s->declined.items + s->eulas.n * sizeof *s->eulas.items;
}

static int decode(void)
{
    wck_run run = {.snapshot = wck_snapshot_new()};
    wck_error err = {0};
    double from = cpu_seconds();
    bool changed, ok = run.snapshot != NULL && wck_run_deployments(&run, true, &changed, &err) == WCK_OK;

    if (ok)
        printf("{\"seconds\": %.6f, \"whole_s\": %.6f, \"rows\": %zu, \"record_kib\": %zu, \"peak_kib\": %ld}\n",
               decode_seconds, cpu_seconds() - from, run.snapshot->approvals.n, record_bytes(run.snapshot) / 1024,
               peak_kib());
    else
        fprintf(stderr, "bench_soap: %s\n", err.text);
    wck_snapshot_free(run.snapshot);
    return ok ? 0 : 2;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";

    path = argc > 2 ? argv[2] : NULL;
    if (argc == 4 && strcmp(verb, "make") == 0)
        return make((size_t)strtoul(argv[3], NULL, 10));
    wck_xml_init();
    if (argc == 3 && strcmp(verb, "bare") == 0)
        return bare();
    if (argc == 3 && strcmp(verb, "decode") == 0)
        return decode();
    fputs("usage: bench_soap make FILE DEPLOYMENTS | bare FILE | decode FILE\n", stderr);
    return 64;
}
