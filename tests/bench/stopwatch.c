/* SPDX-License-Identifier: MIT
 * stopwatch.c: runs one program, or several at a time, and appends to FILE one line of JSON: seconds of the clock, of
 * the processors, and peak memory (of several: the sum). Small itself, because the peak of a new process begins with
 * that of the one that started it.
 *
 *     bench_stopwatch FILE PROGRAM ARGUMENT… [::: PROGRAM ARGUMENT…]… */
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { MOST = 8 };

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Splits at ":::"; returns how many programs. */
static int split(char **argv, char **programs[MOST])
{
    int n = 0;

    programs[n++] = argv;
    for (char **arg = argv; *arg != NULL; arg++)
        if (strcmp(*arg, ":::") == 0 && n < MOST) {
            *arg = NULL;
            programs[n++] = arg + 1;
        }
    return n;
}

int main(int argc, char **argv)
{
    char **programs[MOST];
    double from, cpu = 0, elapsed;
    long kib = 0;
    int n, worst = 0;
    FILE *out;

    if (argc < 3)
        return 64;
    n = split(argv + 2, programs);
    from = seconds();
    for (int i = 0; i < n; i++) {
        pid_t pid;
        int code = posix_spawnp(&pid, programs[i][0], NULL, NULL, programs[i], environ);
        if (code != 0) {
            fprintf(stderr, "bench_stopwatch: could not start \"%s\": %s\n", programs[i][0], strerror(code));
            return 2;
        }
    }
    for (int i = 0; i < n; i++) {
        struct rusage used;
        int status = 0;
        if (wait4(-1, &status, 0, &used) < 0)
            return 2;
        cpu += (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 + (double)used.ru_stime.tv_sec +
               (double)used.ru_stime.tv_usec / 1e6;
        kib += used.ru_maxrss;
        if (!WIFEXITED(status) || WEXITSTATUS(status) > worst)
            worst = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
    }
    elapsed = seconds() - from;
    out = fopen(argv[1], "a");
    if (out == NULL)
        return 2;
    fprintf(out, "{\"wall_s\": %.6f, \"cpu_s\": %.6f, \"peak_kib\": %ld, \"exit\": %d}\n", elapsed, cpu, kib, worst);
    return fclose(out) == 0 ? 0 : 2;
}
