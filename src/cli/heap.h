/* SPDX-License-Identifier: MIT
 * heap.h: memory for an audit in large pages. An audit touches tens of megabytes once; the kernel gives them 4 KiB at a
 * time, which costs a virtual machine more than the audit itself (docs/performance.md). These only ask: where the system
 * or the C library does not go along, nothing changes. */
#ifndef WCK_CLI_HEAP_H
#define WCK_CLI_HEAP_H

/* Once, in the first thread, before threads are started. */
void cli_heap_prepare(void);
/* At the start of a thread that audits. */
void cli_heap_of_thread(void);

#endif
