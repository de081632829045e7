/* SPDX-License-Identifier: MIT
 * microsoft.c: what the root server needs of Microsoft (domain.md 6: Microsoft's "Configure WSUS", the list
 * of domains to open in a firewall; where the list has a wildcard, the name WSUS uses stands here). */
#include "probe/probe_private.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *host;
    unsigned port;
} needed[] = {
    {"sws.update.microsoft.com", 443},   {"windowsupdate.microsoft.com", 80},
    {"update.microsoft.com", 443},       {"download.windowsupdate.com", 80},
    {"download.microsoft.com", 443},     {"dl.delivery.mp.microsoft.com", 80},
    {"ntservicepack.microsoft.com", 80}, {"go.microsoft.com", 80},
    {"wustat.windows.com", 80},
};

/* From elsewhere a closed way proves nothing about the server's own way. */
static void soften(probe *p, size_t from, const char *host, unsigned port)
{
    char line[400];

    for (size_t i = from; i < p->out->looks.n && !p->options->here; i++) {
        wck_look *look = &p->out->looks.items[i];
        if (look->result != WCK_LOOK_FAIL)
            continue;
        look->result = WCK_LOOK_UNKNOWN;
        snprintf(line, sizeof line, "Only the server's own way counts. On it: Test-NetConnection %s -Port %u",
                 host, port);
        wck_look_explain(p->out, look, "not reachable from this machine", line);
    }
}

void wck_probe_microsoft(probe *p)
{
    for (size_t i = 0; i < sizeof needed / sizeof *needed && !wck_probe_canceled(p); i++) {
        place where = {.port = needed[i].port};
        size_t from = p->out->looks.n;
        int fd;
        snprintf(where.host, sizeof where.host, "%s", needed[i].host);
        fd = wck_probe_dial(p, WCK_LOOK_MICROSOFT, WCK_LOOK_MICROSOFT, &where);
        if (fd >= 0)
            close(fd);
        soften(p, from, where.host, where.port);
    }
}
