/* SPDX-License-Identifier: MIT
 * host.c: small questions about the facts of a machine. */
#include "model/host.h"

#include <string.h>
#include <strings.h>

void wck_host_init(wck_host *host)
{
    memset(host, 0, sizeof *host);
    host->free_bytes = host->pool_private_memory_kb = host->proxy.port = host->utc_offset_minutes = WCK_INT_NONE;
    host->proxy.basic_in_cleartext = WCK_BOOL_NONE;
}

const wck_host_service *wck_host_service_find(const wck_host *host, const char *name)
{
    for (size_t i = 0; host != NULL && i < host->n_services; i++)
        if (strcasecmp(host->services[i].name, name) == 0)
            return &host->services[i];
    return NULL;
}

const char *wck_host_unread_reason(const wck_host *host, const char *part)
{
    for (size_t i = 0; host != NULL && i < host->n_unread; i++)
        if (strcmp(host->unread[i].part, part) == 0)
            return host->unread[i].reason;
    return NULL;
}
