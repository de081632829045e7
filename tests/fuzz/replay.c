/* SPDX-License-Identifier: MIT
 * replay.c: runs a fuzz target over every file of the folders (or files) given: the corpora as a ctest, with any
 * compiler. A failure shows the file's name, which is printed before it is run. */
#include "fuzz.h"

#include "base/fs.h"

#include <dirent.h>

static size_t replay_file(const char *path)
{
    wck_error err = {0};
    wck_buf data;
    uint8_t *copy;

    wck_buf_init(&data, FUZZ_MAX_OUTPUT);
    if (wck_fs_read(&data, path, &err) != WCK_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    printf("%s\n", path);
    fflush(stdout);
    copy = malloc(data.len > 0 ? data.len : 1); /* its own block: reading behind it is seen */
    must(copy != NULL);
    memcpy(copy, wck_buf_text(&data), data.len);
    LLVMFuzzerTestOneInput(copy, data.len);
    free(copy);
    wck_buf_clear(&data);
    return 1;
}

static size_t replay(const char *path)
{
    DIR *dir = opendir(path);
    char file[4096];
    size_t n = 0;

    if (dir == NULL)
        return replay_file(path);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        n += replay_file(file);
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    size_t n = 0;

    LLVMFuzzerTestOneInput(NULL, 0);
    for (int i = 1; i < argc; i++)
        n += replay(argv[i]);
    printf("%zu inputs\n", n);
    return n == 0; /* an empty corpus proves nothing */
}
