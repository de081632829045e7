/* SPDX-License-Identifier: MIT
 * progress.c: one line that is rewritten on a terminal, plain lines elsewhere. */
#include "cli/progress.h"

#include "base/quote.h"
#include "base/time.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    bool on, json, terminal, dirty;
    struct timespec last;
    char phase[400];       /* server and phase shown last: a change is always shown */
    struct timespec began; /* of that phase, for the rate */
    pthread_mutex_t lock;
} p = {.lock = PTHREAD_MUTEX_INITIALIZER};

void progress_begin(const char *mode)
{
    p.terminal = isatty(STDERR_FILENO) != 0;
    p.json = strcmp(mode, "json") == 0;
    p.on = p.json || strcmp(mode, "always") == 0 || (strcmp(mode, "auto") == 0 && p.terminal);
}

static double seconds_since(struct timespec t, struct timespec now)
{
    return (double)(now.tv_sec - t.tv_sec) + (double)(now.tv_nsec - t.tv_nsec) / 1e9;
}

static void show(const char *server, const char *phase, size_t done, size_t total, double rate)
{
    char name[120], of[32] = "";

    wck_quote_short(name, sizeof name, server, 40);
    if (total > 0)
        snprintf(of, sizeof of, "/%zu", total);
    if (p.json) {
        wck_buf text;
        wck_buf_init(&text, 4096);
        wck_buf_puts(&text, "{\"server\":\"");
        for (const char *s = name; *s != '\0'; s++)
            {
            if (*s == 0x22 || *s == 0x5c)
                wck_buf_putc(&text, 0x5c);
            wck_buf_putc(&text, *s);
        }
        wck_buf_printf(&text, "\",\"phase\":\"%s\",\"done\":%zu,\"total\":%zu}\n", phase, done, total);
        fputs(wck_buf_text(&text), stderr);
        wck_buf_clear(&text);
        return;
    }
    fprintf(stderr, p.terminal ? "\r\033[K%s: %s %zu%s (%.0f/s)" : "%s: %s %zu%s (%.0f/s)\n", name, phase, done, of,
            rate);
    p.dirty = p.terminal;
    fflush(stderr);
}

void progress_step(const char *server, const char *phase, size_t done, size_t total, void *payload)
{
    struct timespec now;
    char key[sizeof p.phase];
    double elapsed;

    (void)payload;
    if (!p.on)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(key, sizeof key, "%.200s|%.100s", server, phase);
    pthread_mutex_lock(&p.lock);
    if (strcmp(key, p.phase) != 0) {
        memcpy(p.phase, key, sizeof key);
        p.began = now;
    } else if (seconds_since(p.last, now) < 0.25 && done != total) {
        pthread_mutex_unlock(&p.lock);
        return;
    }
    p.last = now;
    elapsed = seconds_since(p.began, now);
    show(server, phase, done, total, elapsed > 0.05 ? (double)done / elapsed : 0.0);
    pthread_mutex_unlock(&p.lock);
}

void progress_end(void)
{
    if (p.dirty)
        fputs("\r\033[K", stderr);
    p.dirty = false;
}
