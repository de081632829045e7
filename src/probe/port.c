/* SPDX-License-Identifier: MIT
 * port.c: does anything listen? Refused and silent are told apart: the first is a service that does not run
 * or a firewall that says so, the second a firewall that drops. */
#include "probe/probe_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int timeout_ms(const probe *p)
{
    return p->options->timeout_ms == 0 ? 5000 : (int)p->options->timeout_ms;
}

static int wait_connected(const probe *p, int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    int left = timeout_ms(p), error = ETIMEDOUT;
    socklen_t len = sizeof error;

    for (; left > 0 && !wck_probe_canceled(p); left -= 100) { /* in slices, so that Ctrl-C is heard */
        int n = poll(&ready, 1, left < 100 ? left : 100);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
            return error;
        }
    }
    return ETIMEDOUT;
}

/* A connected socket, or -1 and *why. */
static int try_one(const probe *p, const struct addrinfo *a, int *why)
{
    struct timeval limit = {.tv_sec = timeout_ms(p) / 1000, .tv_usec = timeout_ms(p) % 1000 * 1000};
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);

    if (fd < 0) {
        *why = errno;
        return -1;
    }
    *why = connect(fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    if (*why == EINPROGRESS)
        *why = wait_connected(p, fd);
    if (*why == 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        return fd;
    }
    close(fd);
    return -1;
}

static const char *cause_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "the service does not run, listens on another port, or a firewall rejects the connection";
    case ETIMEDOUT:
        return "a firewall drops the connection, or the machine is down";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "no route, or a firewall rejects the connection";
    case EACCES:
    case EPERM:
        return "a firewall on this machine forbids the connection";
    default:
        return NULL;
    }
}

/* Which of the ports WSUS is known for answers instead (domain.md 6: 8530/8531, before 6.2 80/443). */
static unsigned other_port(const probe *p, const struct addrinfo *first, unsigned asked)
{
    static const unsigned known[] = {8530, 8531, 80, 443};
    struct sockaddr_storage address;
    struct addrinfo a = *first;
    int why;

    memcpy(&address, first->ai_addr, first->ai_addrlen);
    a.ai_addr = (struct sockaddr *)&address;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        unsigned char *port = (unsigned char *)&address + 2; /* sin_port and sin6_port stand there */
        int fd;
        if (known[i] == asked)
            continue;
        port[0] = (unsigned char)(known[i] >> 8);
        port[1] = (unsigned char)(known[i] & 0xFF);
        fd = try_one(p, &a, &why);
        if (fd >= 0) {
            close(fd);
            return known[i];
        }
        if (why == ETIMEDOUT)
            break; /* dropped: the next would take as long */
    }
    return 0;
}

static int rule_of(wck_look_step step)
{
    return step == WCK_LOOK_PROXY ? 7007 : step == WCK_LOOK_MICROSOFT ? 7004 : 7003;
}

static void add_closed(probe *p, wck_look_step step, const place *where, const struct addrinfo *all, int why)
{
    char target[PLACE_TEXT], remedy[300];
    unsigned other = step == WCK_LOOK_PORT || step == WCK_LOOK_UPSTREAM ? other_port(p, all, where->port) : 0;
    wck_look *look;

    wck_place_text(target, where);
    look = wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_FAIL, rule_of(step), "%s%s",
                             why == ETIMEDOUT ? "no answer" : strerror(why),
                             why == ETIMEDOUT ? "" : " at every address");
    if (other != 0)
        snprintf(remedy, sizeof remedy,
                 "Port %u of it answers: correct the port, or start the site on port %u.", other,
                 where->port);
    else
        snprintf(remedy, sizeof remedy,
                 "Open TCP port %u on the way, and see on it that something listens there.", where->port);
    wck_look_explain(p->out, look, cause_of(why), remedy);
}

int wck_probe_connect(probe *p, wck_look_step step, const place *where, const struct addrinfo *addresses)
{
    int why = 0, fd = -1, first = -1;
    size_t bad = 0, n = 0;
    char target[PLACE_TEXT];

    wck_place_text(target, where);
    wck_probe_tell(p, step, target);
    for (const struct addrinfo *a = addresses; a != NULL && !wck_probe_canceled(p); a = a->ai_next, n++) {
        fd = try_one(p, a, &why);
        bad += fd < 0;
        if (fd >= 0 && first >= 0)
            close(fd);
        else if (fd >= 0)
            first = fd;
    }
    if (first < 0) {
        if (!wck_probe_canceled(p))
            add_closed(p, step, where, addresses, why);
        return -1;
    }
    if (bad > 0) {
        wck_look *look = wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_WARNING,
                                           rule_of(step), "%zu of its %zu addresses do not answer", bad, n);
        wck_look_explain(p->out, look, "DNS still names an address that is not in use",
                         "Remove the dead address from DNS.");
    } else {
        wck_diagnosis_add(p->out, p->server->name, step, target, WCK_LOOK_OK, 0, "listens");
    }
    return first;
}

int wck_probe_dial(probe *p, wck_look_step name_step, wck_look_step port_step, const place *where)
{
    struct addrinfo *all = wck_probe_resolve(p, name_step, where);
    int fd = -1;

    if (all != NULL) {
        fd = wck_probe_connect(p, port_step, where, all);
        freeaddrinfo(all);
    }
    return fd;
}
