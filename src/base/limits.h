/* SPDX-License-Identifier: MIT
 * limits.h: every cap on what comes from outside, with the reason beside it. */
#ifndef WCK_BASE_LIMITS_H
#define WCK_BASE_LIMITS_H

#define WCK_MAX_ROWS 1000000U           /* rows a list: 40 times the largest list seen (24,509 revisions) */
#define WCK_MAX_LIST_BYTES (1024U << 20) /* one SOAP list: 1 M deployments are 485 MB (performance.md 3) */
#define WCK_MAX_REPLY_BYTES (64U << 20) /* any other reply: Windows caps GetUpdateData at 2 MB */
#define WCK_MAX_DOCUMENT_BYTES (64U << 20) /* one update document, plain; the largest seen is 850,355 characters */
#define WCK_MAX_JSON_BYTES (1024U << 20) /* a snapshot document: 300k updates are some 300 MB */
#define WCK_MAX_JSON_LINE (16U << 20)   /* one record of a JSON Lines export */
#define WCK_MAX_JSON_DEPTH 32           /* deepest place of our documents is 7 */
#define WCK_MAX_XML_DEPTH 64            /* deepest real update document seen is below 20 */
#define WCK_MAX_COOKIE_BYTES (16U << 10) /* real: 432 and 208 bytes */
#define WCK_MAX_TITLE 4096U             /* bytes; SUSDB keeps 200 characters */
#define WCK_MAX_NAME 1024U              /* group, server, admin names; SUSDB keeps 385 */
#define WCK_MAX_ANCHOR 256U             /* real: 28 bytes */
#define WCK_MAX_SERVERS 10000U          /* ten times SUSDB's MaxDownstreamServers */
#define WCK_MAX_PACKAGE_BYTES (2048U << 20) /* CAB's own limit of a member */
#define WCK_MAX_REASON 65536U           /* bytes of an error text that are searched; a .NET exception has some 4 KB */

#endif
