/* SPDX-License-Identifier: MIT
 * main.c: wsusck-sim, the command line and the life of the listeners. */
#include "sim.h"

#include "base/fs.h"
#include "base/quote.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <libxml/parser.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: wsusck-sim --tree DIR|FILE... [--config-out wsusck.json] [--port-file F] [--faults FILE]\n"
    "                  [--log FILE] [--duration S] [--pid-file F] [--api auto|sync|admin]\n"
    "                  [--admin-rows real|published|longer] [--admin-users FILE]\n"
    "Serves snapshot documents as WSUS servers on 127.0.0.1 until SIGTERM, SIGINT or S seconds have passed.\n"
    "Exit: 0 served, 2 could not start, 9 something other than a known read was asked for, 64 usage.\n";

typedef struct arguments {
    WCK_VEC(char *) paths;
    const char *config_out, *port_file, *faults, *log, *pid_file, *api, *rows, *users;
    unsigned long duration;
} arguments;

static sim_world the_sim = {.rules.lock = PTHREAD_MUTEX_INITIALIZER,
                            .log_lock = PTHREAD_MUTEX_INITIALIZER,
                            .tree_lock = PTHREAD_MUTEX_INITIALIZER};

_Noreturn void sim_die(const char *text)
{
    fprintf(stderr, "wsusck-sim: %s\n", text);
    _exit(2);
}

static int report(const wck_error *err)
{
    fprintf(stderr, "wsusck-sim: %s\n", err->text);
    return 2;
}

static void add_path(arguments *args, const char *path)
{
    char **slot = wck_vec_push(&args->paths);

    if (slot == NULL || (*slot = strdup(path)) == NULL)
        sim_die("out of memory");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every *.json of a directory, in the order of their names. */
static void add_tree(arguments *args, const char *path)
{
    DIR *dir = opendir(path);
    size_t first = args->paths.n;

    if (dir == NULL) {
        add_path(args, path);
        return;
    }
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        size_t len = strlen(e->d_name);
        wck_buf full;
        if (len < 6 || strcmp(e->d_name + len - 5, ".json") != 0)
            continue;
        wck_buf_init(&full, 65536);
        wck_buf_printf(&full, "%s/%s", path, e->d_name);
        add_path(args, wck_buf_text(&full));
        wck_buf_clear(&full);
    }
    closedir(dir);
    if (args->paths.n > first)
        qsort(args->paths.items + first, args->paths.n - first, sizeof *args->paths.items, by_name);
}

static bool parse_shape(const char *text)
{
    static const char *const shapes[] = {
        [SIM_ROWS_REAL] = "real", [SIM_ROWS_PUBLISHED] = "published", [SIM_ROWS_LONGER] = "longer"};

    for (unsigned i = 0; text != NULL && i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i], text) == 0) {
            the_sim.rows = (sim_row_shape)i;
            return true;
        }
    return text == NULL;
}

static bool parse_arguments(arguments *args, int argc, char **argv)
{
    static const struct option options[] = {{"tree", required_argument, NULL, 't'},
                                            {"config-out", required_argument, NULL, 'c'},
                                            {"port-file", required_argument, NULL, 'p'},
                                            {"faults", required_argument, NULL, 'f'},
                                            {"log", required_argument, NULL, 'l'},
                                            {"duration", required_argument, NULL, 'd'},
                                            {"pid-file", required_argument, NULL, 'i'},
                                            {"api", required_argument, NULL, 'a'},
                                            {"admin-rows", required_argument, NULL, 'r'},
                                            {"admin-users", required_argument, NULL, 'u'},
                                            {NULL, 0, NULL, 0}};
    char *end = NULL;

    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (c) {
        case 't':
            add_tree(args, optarg);
            break;
        case 'c':
            args->config_out = optarg;
            break;
        case 'p':
            args->port_file = optarg;
            break;
        case 'f':
            args->faults = optarg;
            break;
        case 'l':
            args->log = optarg;
            break;
        case 'i':
            args->pid_file = optarg;
            break;
        case 'a':
            args->api = optarg;
            break;
        case 'r':
            args->rows = optarg;
            break;
        case 'u':
            args->users = optarg;
            break;
        case 'd':
            args->duration = strtoul(optarg, &end, 10);
            if (end == optarg || *end != '\0' || args->duration == 0)
                return false;
            break;
        default:
            return false;
        }
    for (int i = optind; i < argc; i++)
        add_tree(args, argv[i]);
    return args->paths.n > 0 && parse_shape(args->rows);
}

static wck_status add_server(const char *path, wck_error *err)
{
    sim_server *server = calloc(1, sizeof *server);
    sim_server **slot = wck_vec_push(&the_sim.servers);
    wck_time now = wck_time_now();

    if (server == NULL || slot == NULL)
        sim_die("out of memory");
    *slot = server;
    server->fd = -1;
    server->sim = &the_sim;
    pthread_mutex_init(&server->lock, NULL);
    wck_status status = sim_state_load(&server->state, path, now - now % (WCK_TICKS_PER_SECOND / 1000), err);
    if (status != WCK_OK)
        return wck_fail_prefix(err, "%s", path);
    server->name = strdup(server->state->snapshot->server.name);
    if (server->name == NULL)
        sim_die("out of memory");
    sim_identity_set(server);
    for (size_t i = 0; i + 1 < the_sim.servers.n; i++)
        if (strcmp(the_sim.servers.items[i]->name, server->name) == 0)
            return wck_fail(err, WCK_E_INPUT, "could not read \"%s\": another document is of the same server",
                            path);
    return sim_server_bind(server, err);
}

static void put_json(wck_buf *out, const char *text)
{
    wck_buf_putc(out, '"');
    for (const char *c = text; *c != '\0'; c++)
        if (*c == '"' || *c == '\\')
            wck_buf_printf(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            wck_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            wck_buf_putc(out, *c);
    wck_buf_putc(out, '"');
}

static void put_server(wck_buf *out, const sim_server *server, const char *api)
{
    const wck_server *s = &server->state->snapshot->server;

    wck_buf_puts(out, "    {\"name\": ");
    put_json(out, s->name);
    wck_buf_printf(out, ", \"source\": \"http://127.0.0.1:%u\"", server->port);
    if (s->parent != NULL) {
        wck_buf_puts(out, ", \"parent\": ");
        put_json(out, s->parent);
    }
    if (s->mode != WCK_MODE_UNKNOWN)
        wck_buf_printf(out, ", \"mode\": \"%s\"", wck_mode_name(s->mode));
    wck_buf_printf(out, ", \"api\": \"%s\"}", api != NULL ? api : "sync");
}

static wck_status write_config(const char *path, const char *api, wck_error *err)
{
    wck_buf out;

    wck_buf_init(&out, 64U << 20);
    wck_buf_puts(&out, "{\n  \"servers\": [\n");
    for (size_t i = 0; i < the_sim.servers.n; i++) {
        put_server(&out, the_sim.servers.items[i], api);
        wck_buf_puts(&out, i + 1 < the_sim.servers.n ? ",\n" : "\n");
    }
    wck_buf_puts(&out, "  ]\n}\n");
    wck_status status = wck_fs_write_atomic(path, wck_buf_text(&out), out.len, 0644, err);
    wck_buf_clear(&out);
    return status;
}

static wck_status write_ports(const char *path, wck_error *err)
{
    wck_buf out;

    wck_buf_init(&out, 64U << 20);
    for (size_t i = 0; i < the_sim.servers.n; i++)
        wck_buf_printf(&out, "%s\t%u\n", the_sim.servers.items[i]->name, the_sim.servers.items[i]->port);
    wck_status status = wck_fs_write_atomic(path, wck_buf_text(&out), out.len, 0644, err);
    wck_buf_clear(&out);
    return status;
}

static wck_status open_log(const char *path, wck_error *err)
{
    the_sim.log = fopen(path, "we");
    return the_sim.log != NULL ? WCK_OK
                               : wck_fail(err, WCK_E_IO, "could not write \"%s\": %s", path, strerror(errno));
}

static wck_status write_pid(const char *path, wck_error *err)
{
    char text[32];

    snprintf(text, sizeof text, "%ld\n", (long)getpid());
    return wck_fs_write_atomic(path, text, strlen(text), 0644, err);
}

/* The files that tell others where the servers are come last: whoever sees them can connect. */
static wck_status start(const arguments *args, wck_error *err)
{
    wck_status status = args->log != NULL ? open_log(args->log, err) : WCK_OK;

    if (status == WCK_OK && args->faults != NULL)
        status = sim_rules_load(&the_sim.rules, args->faults, err);
    if (status == WCK_OK && args->users != NULL)
        status = sim_users_load(&the_sim.users, args->users, err);
    for (size_t i = 0; status == WCK_OK && i < args->paths.n; i++)
        status = add_server(args->paths.items[i], err);
    for (size_t i = 0; status == WCK_OK && i < the_sim.servers.n; i++)
        status = sim_server_start(the_sim.servers.items[i], err);
    if (status == WCK_OK && args->pid_file != NULL)
        status = write_pid(args->pid_file, err);
    if (status == WCK_OK && args->port_file != NULL)
        status = write_ports(args->port_file, err);
    if (status == WCK_OK && args->config_out != NULL)
        status = write_config(args->config_out, args->api, err);
    return status;
}

static void stop(arguments *args)
{
    if (write(the_sim.stop_pipe[1], "", 1) != 1)
        sim_die("could not end the planted waits");
    for (size_t i = 0; i < the_sim.servers.n; i++) {
        sim_server *server = the_sim.servers.items[i];
        sim_server_stop(server);
        sim_cookies_clear(server);
        sim_state_free(server->state);
        pthread_mutex_destroy(&server->lock);
        free(server->name);
        free(server);
    }
    wck_vec_clear(&the_sim.servers);
    for (size_t i = 0; i < args->paths.n; i++)
        free(args->paths.items[i]);
    wck_vec_clear(&args->paths);
    sim_rules_clear(&the_sim.rules);
    sim_users_clear(&the_sim.users);
    if (the_sim.log != NULL)
        fclose(the_sim.log);
    xmlCleanupParser();
}

static void wait_for_end(const sigset_t *ends, unsigned long seconds)
{
    struct timespec limit = {.tv_sec = (time_t)seconds};

    while ((seconds > 0 ? sigtimedwait(ends, NULL, &limit) : sigwaitinfo(ends, NULL)) < 0 && errno == EINTR)
        continue;
}

int main(int argc, char **argv)
{
    arguments args = {0};
    wck_error err;
    sigset_t ends;
    int code = 0;

    if (!parse_arguments(&args, argc, argv)) {
        fputs(usage, stderr);
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); /* before any thread: only this one takes them */
    xmlInitParser();
    if (pipe(the_sim.stop_pipe) != 0)
        sim_die("could not make a pipe");
    if (start(&args, &err) != WCK_OK)
        code = report(&err);
    else
        wait_for_end(&ends, args.duration);
    stop(&args);
    return code != 0 ? code : the_sim.forbidden ? SIM_EXIT_FORBIDDEN : 0;
}
