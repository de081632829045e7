/* SPDX-License-Identifier: MIT
 * test_fs.c: files appear whole or not at all, whatever goes wrong on the way. */
#include "support/test.h"

#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static wck_error err;
static char dir[64];

static char *in_dir(char out[256], const char *name)
{
    snprintf(out, 256, "%s/%s", dir, name);
    return out;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/wck-fs-XXXXXX");
    memset(&err, 0, sizeof err);
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static size_t entries(void)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static int tear_down(void **state)
{
    DIR *d = opendir(dir);
    char path[256];

    (void)state;
    chmod(dir, 0700);
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            snprintf(path, sizeof path, "%s/%.100s", dir, e->d_name);
            if (unlink(path) != 0)
                rmdir(path);
        }
    closedir(d);
    return rmdir(dir);
}

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void check_file(const char *path, const char *text)
{
    wck_buf buf;

    wck_buf_init(&buf, 1U << 20);
    assert_ok(wck_fs_read(&buf, path, &err));
    assert_string_equal(wck_buf_text(&buf), text);
    wck_buf_clear(&buf);
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

/* ---- writing ---- */

static void a_new_file_has_the_bytes_and_the_mode(void **state)
{
    char path[256];

    (void)state;
    assert_ok(wck_fs_write_atomic(in_dir(path, "f"), "a\0b", 3, 0640, &err));
    assert_int_equal(mode_of(path), 0640); /* whatever the umask */
    assert_int_equal(entries(), 1);
    wck_buf buf;
    wck_buf_init(&buf, 100);
    assert_ok(wck_fs_read(&buf, path, &err));
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf.data, "a\0b", 3);
    wck_buf_clear(&buf);
}

static void an_old_file_is_replaced(void **state)
{
    char path[256];

    (void)state;
    put_file(in_dir(path, "f"), "old and longer");
    assert_ok(wck_fs_write_atomic(path, "new", 3, 0600, &err));
    check_file(path, "new");
    assert_int_equal(mode_of(path), 0600);
    assert_ok(wck_fs_write_atomic(path, NULL, 0, 0600, &err));
    check_file(path, "");
    assert_int_equal(entries(), 1);
}

/* Somebody who has it open goes on reading the old one. */
static void a_reader_of_the_old_file_is_not_disturbed(void **state)
{
    char path[256], text[16] = "";
    FILE *f;

    (void)state;
    put_file(in_dir(path, "f"), "old");
    f = fopen(path, "r");
    assert_non_null(f);
    assert_ok(wck_fs_write_atomic(path, "new", 3, 0600, &err));
    assert_int_equal(fread(text, 1, sizeof text - 1, f), 3);
    assert_string_equal(text, "old");
    fclose(f);
}

static void a_path_without_a_directory_is_here(void **state)
{
    char here[256], path[256];

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(dir), 0);
    assert_ok(wck_fs_write_atomic("f", "x", 1, 0600, &err));
    assert_int_equal(chdir(here), 0);
    check_file(in_dir(path, "f"), "x");
}

static void devices_and_pipes_are_written_to(void **state)
{
    char path[256], text[16] = "";
    int fd;

    (void)state;
    assert_ok(wck_fs_write_atomic("/dev/null", "x", 1, 0600, &err));
    assert_int_equal(mkfifo(in_dir(path, "pipe"), 0600), 0);
    fd = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    assert_ok(wck_fs_write_atomic(path, "through", 7, 0600, &err));
    assert_int_equal(read(fd, text, sizeof text - 1), 7);
    assert_string_equal(text, "through");
    close(fd);
    assert_int_equal(wck_fs_write_atomic("/dev/full", "x", 1, 0600, &err), WCK_E_IO);
    assert_string_equal(err.text, "could not write \"/dev/full\": No space left on device");
}

/* As a user whom permissions stop, which they do not stop root. */
static void as_nobody(void (*run)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(2);
        run();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect(bool what)
{
    if (!what)
        _exit(1);
}

static void write_in_locked_directory(void)
{
    char path[256];

    expect(wck_fs_write_atomic(in_dir(path, "f"), "new", 3, 0600, &err) == WCK_E_IO);
    expect(strstr(err.text, "could not write \"/tmp/wck-fs-") == err.text);
    expect(strstr(err.text, "/f\": Permission denied") != NULL);
}

static void a_read_only_directory_keeps_the_old_file(void **state)
{
    char path[256];

    (void)state;
    put_file(in_dir(path, "f"), "old");
    assert_int_equal(chmod(path, 0666), 0); /* the file could be written to; half a file must not come of it */
    assert_int_equal(chmod(dir, 0555), 0);
    as_nobody(write_in_locked_directory);
    check_file(path, "old");
    assert_int_equal(entries(), 1);
}

static void write_more_than_fits(void)
{
    char path[256], large[5000];
    struct rlimit limit = {4096, 4096};

    memset(large, 'x', sizeof large);
    signal(SIGXFSZ, SIG_IGN);
    expect(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    expect(wck_fs_write_atomic(in_dir(path, "f"), large, sizeof large, 0600, &err) == WCK_E_IO);
    expect(strstr(err.text, "/f\": File too large") != NULL);
    expect(wck_fs_write_atomic(in_dir(path, "new"), large, sizeof large, 0600, &err) == WCK_E_IO);
}

static void a_full_disk_keeps_the_old_file_and_leaves_nothing(void **state)
{
    char path[256];

    (void)state;
    put_file(in_dir(path, "f"), "old");
    assert_int_equal(chmod(dir, 0777), 0);
    as_nobody(write_more_than_fits);
    check_file(path, "old");
    assert_int_equal(entries(), 1);
}

/* A process that dies while writing leaves the old file, and its own under another name. */
static void write_and_die(void)
{
    static char large[1 << 20];
    char path[256];
    struct rlimit limit = {65536, 65536}; /* SIGXFSZ in the middle */

    expect(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    wck_fs_write_atomic(in_dir(path, "f"), large, sizeof large, 0600, &err);
}

static void dying_in_the_middle_keeps_the_old_file(void **state)
{
    char path[256];
    int status;
    pid_t child;

    (void)state;
    put_file(in_dir(path, "f"), "old");
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGXFSZ, SIG_DFL);
        write_and_die();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
    check_file(path, "old");
}

static void a_directory_in_the_way_is_an_error(void **state)
{
    char path[256];

    (void)state;
    assert_ok(wck_fs_mkdir(in_dir(path, "d"), 0700, &err));
    assert_fails(WCK_E_IO, wck_fs_write_atomic(path, "x", 1, 0600, &err));
    assert_contains(err.text, "Is a directory");
    assert_fails(WCK_E_IO, wck_fs_write_atomic(in_dir(path, "none/f"), "x", 1, 0600, &err));
    assert_contains(err.text, "No such file or directory");
    assert_int_equal(entries(), 1);
}

/* ---- reading ---- */

static void reading_is_bounded(void **state)
{
    char path[256];
    wck_buf buf;

    (void)state;
    put_file(in_dir(path, "f"), "0123456789");
    wck_buf_init(&buf, 10);
    assert_ok(wck_fs_read(&buf, path, &err));
    assert_int_equal(buf.len, 10);
    wck_buf_clear(&buf);
    wck_buf_init(&buf, 9);
    assert_fails(WCK_E_LIMIT, wck_fs_read(&buf, path, &err));
    assert_contains(err.text, "larger than 9 bytes");
    wck_buf_clear(&buf);
    wck_buf_init(&buf, 1U << 20);
    assert_fails(WCK_E_LIMIT, wck_fs_read(&buf, "/dev/zero", &err)); /* an endless file */
    wck_buf_clear(&buf);
}

static void what_cannot_be_read_is_named(void **state)
{
    char path[256];
    wck_buf buf;

    (void)state;
    wck_buf_init(&buf, 100);
    assert_fails(WCK_E_IO, wck_fs_read(&buf, in_dir(path, "none"), &err));
    assert_contains(err.text, "could not read \"/tmp/wck-fs-");
    assert_contains(err.text, "/none\": No such file or directory");
    assert_fails(WCK_E_IO, wck_fs_read(&buf, dir, &err));
    assert_contains(err.text, "Is a directory");
    assert_fails(WCK_E_IO, wck_fs_read(&buf, in_dir(path, "a\x1b[2J"), &err));
    assert_contains(err.text, "a\\u{1b}[2J"); /* never raw */
    wck_buf_clear(&buf);
}

/* ---- directories ---- */

static void a_directory_is_made_once(void **state)
{
    char path[256];

    (void)state;
    assert_false(wck_fs_exists(in_dir(path, "d")));
    assert_ok(wck_fs_mkdir(path, 0700, &err));
    assert_ok(wck_fs_mkdir(path, 0700, &err));
    assert_true(wck_fs_is_dir(path));
    assert_true(wck_fs_exists(path));
    put_file(in_dir(path, "f"), "");
    assert_false(wck_fs_is_dir(path));
    assert_fails(WCK_E_IO, wck_fs_mkdir(path, 0700, &err));
    assert_contains(err.text, "could not create directory");
    assert_fails(WCK_E_IO, wck_fs_mkdir(in_dir(path, "x/y"), 0700, &err));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_new_file_has_the_bytes_and_the_mode),
        CASE(an_old_file_is_replaced),
        CASE(a_reader_of_the_old_file_is_not_disturbed),
        CASE(a_path_without_a_directory_is_here),
        CASE(devices_and_pipes_are_written_to),
        CASE(a_read_only_directory_keeps_the_old_file),
        CASE(a_full_disk_keeps_the_old_file_and_leaves_nothing),
        CASE(dying_in_the_middle_keeps_the_old_file),
        CASE(a_directory_in_the_way_is_an_error),
        CASE(reading_is_bounded),
        CASE(what_cannot_be_read_is_named),
        CASE(a_directory_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
