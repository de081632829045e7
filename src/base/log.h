/* SPDX-License-Identifier: MIT
 * log.h: the library never prints; it tells the callback that the program installed. */
#ifndef WCK_BASE_LOG_H
#define WCK_BASE_LOG_H

typedef enum wck_log_level { WCK_LOG_DEBUG = 1, WCK_LOG_INFO, WCK_LOG_WARNING } wck_log_level;

typedef void wck_log_fn(wck_log_level level, const char *text, void *payload);

/* Process wide, set once before threads start; NULL: silence. */
void wck_log_set(wck_log_fn *fn, void *payload);
void wck_log(wck_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
