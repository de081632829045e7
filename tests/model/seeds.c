/* SPDX-License-Identifier: MIT
 * seeds.c: see seeds.h. */
#include "support/test.h"

#include "model/seeds.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_SHOWN = 12 };

static void tell(const story *st)
{
    print_error("seed %llu (%s%s%s):\n%s", (unsigned long long)st->seed, st->tree.applied,
                st->note[0] != '\0' ? "; " : "", st->note, wck_buf_text(&st->said.text));
}

static void begin(story *st, uint64_t seed)
{
    *st = (story){.seed = seed};
    wck_buf_init(&st->said.text, 1 << 16);
    tree_make(&st->tree, seed);
    look_at(&st->first, st->tree.now, st->tree.before, st->tree.n, tree_now());
}

static void end(story *st)
{
    look_clear(&st->first);
    tree_clear(&st->tree);
    wck_buf_clear(&st->said.text);
}

seeds_result each_seed(property_fn *property)
{
    const char *range = getenv("WSUSCK_MODEL_SEEDS");
    unsigned long long first = 0, last = 1999;
    seeds_result all = {0};
    size_t failed = 0;

    if (range != NULL && sscanf(range, "%llu..%llu", &first, &last) < 2)
        fail_msg("WSUSCK_MODEL_SEEDS is \"%s\" and must be FIRST..LAST", range);
    for (uint64_t seed = first; seed <= last; seed++) {
        story st;
        begin(&st, seed);
        property(&st);
        all.seeds++;
        all.findings += st.first.report->findings.n;
        all.refused += st.refused;
        failed += st.said.n > 0;
        if (st.said.n > 0 && failed <= MOST_SHOWN)
            tell(&st);
        end(&st);
    }
    print_message("%zu seeds, %zu findings\n", all.seeds, all.findings);
    if (failed > 0)
        fail_msg("%zu seeds failed; WSUSCK_MODEL_SEEDS=N..N takes one", failed);
    assert_true(all.findings > 0); /* no seeds, or seeds without a difference, prove nothing */
    return all;
}
