/* SPDX-License-Identifier: MIT
 * sddl.h: who may do what to a folder, from the text of its security descriptor [MS-DTYP 2.5.1, SDDL; 2.5.3.2, access
 * check]. Nothing is allocated, so nothing but the text can be wrong. */
#ifndef WCK_MODEL_SDDL_H
#define WCK_MODEL_SDDL_H

#include "wck/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Trustees that WSUS needs in its content folder. */
typedef enum wck_trustee {
    WCK_TRUSTEE_NETWORK_SERVICE = 1, /* S-1-5-20; WSUS, WsusPool and what BITS does for them run as this */
    WCK_TRUSTEE_USERS                /* BUILTIN\Users, S-1-5-32-545 */
} wck_trustee;

/* What must be allowed, without SYNCHRONIZE: file generic read, and everything [MS-DTYP 2.4.3]. */
#define WCK_RIGHTS_READ UINT32_C(0x00020089)
#define WCK_RIGHTS_FULL UINT32_C(0x000F01FF)

/* To what an entry must apply: the folder itself, or files and folders that inherit from it. */
typedef enum wck_sddl_place { WCK_SDDL_HERE = 1, WCK_SDDL_FILES, WCK_SDDL_FOLDERS } wck_sddl_place;

typedef enum wck_access {
    WCK_ACCESS_UNKNOWN = 0, /* the text has no access list, or a condition decides that cannot be evaluated here */
    WCK_ACCESS_GRANTED,
    WCK_ACCESS_DENIED /* by an entry, or because no entry allows it */
} wck_access;

/* Entries count in their order: the first that names a right decides it. Everyone and Authenticated Users stand for both
 * trustees, as Windows itself makes their members. Users does not stand for Network Service: who is in Users is for an
 * administrator to say; a deny for Users may therefore hit Network Service or not (unknown).
 * WCK_E_INPUT with the place when the text is no security descriptor; *out is then unknown. */
wck_status wck_sddl_access(wck_access *out, const char *sddl, wck_trustee who, uint32_t rights, wck_sddl_place place,
                           wck_error *err);

#endif
