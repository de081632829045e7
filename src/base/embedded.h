/* SPDX-License-Identifier: MIT
 * embedded.h: files compiled into the program (cmake/EmbedText.cmake); arrays of these end with name == NULL. */
#ifndef WCK_BASE_EMBEDDED_H
#define WCK_BASE_EMBEDDED_H

#include <stddef.h>

typedef struct wck_embedded {
    const char *name;          /* base name of the file */
    const unsigned char *data; /* NUL terminated behind len */
    size_t len;
} wck_embedded;

extern const wck_embedded wck_embedded_rules[];   /* docs/rules/WCKnnnn.md */
extern const wck_embedded wck_embedded_schemas[]; /* docs/formats, JSON Schemas */
extern const wck_embedded wck_embedded_susdb[];   /* sql/susdb, one statement a file */
extern const wck_embedded wck_embedded_sql[];     /* sql/sqlite/NNNN_*.sql, in order */
extern const wck_embedded wck_embedded_postgres[]; /* sql/postgres/NNNN_*.sql, in order */
extern const wck_embedded wck_embedded_views[];    /* sql/views, one view a file */
extern const wck_embedded wck_embedded_html[];    /* src/emit/html: style and script of the HTML report */

#endif
