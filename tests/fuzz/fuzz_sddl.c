/* SPDX-License-Identifier: MIT
 * fuzz_sddl.c: security descriptors. Whatever the text: no access without all of its rights, and garbage grants none. */
#include "fuzz.h"

#include "model/sddl.h"

static wck_access access_of(const char *text, wck_trustee who, uint32_t rights, wck_sddl_place place)
{
    wck_access access = WCK_ACCESS_GRANTED, again;
    wck_error err = {0};

    if (wck_sddl_access(&access, text, who, rights, place, &err) != WCK_OK) {
        must(access == WCK_ACCESS_UNKNOWN && err.status == WCK_E_INPUT && err.text[0] != '\0');
        return WCK_ACCESS_UNKNOWN;
    }
    must(wck_sddl_access(&again, text, who, rights, place, NULL) == WCK_OK && again == access);
    return access;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    must(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (int who = WCK_TRUSTEE_NETWORK_SERVICE; who <= WCK_TRUSTEE_USERS; who++)
        for (int place = WCK_SDDL_HERE; place <= WCK_SDDL_FOLDERS; place++) {
            wck_access read = access_of(text, (wck_trustee)who, WCK_RIGHTS_READ, (wck_sddl_place)place);
            wck_access full = access_of(text, (wck_trustee)who, WCK_RIGHTS_FULL, (wck_sddl_place)place);
            must(full != WCK_ACCESS_GRANTED || read == WCK_ACCESS_GRANTED);
            must(read != WCK_ACCESS_DENIED || full == WCK_ACCESS_DENIED);
        }
    free(text);
    return 0;
}
