/* SPDX-License-Identifier: MIT
 * fuzz_config.c: wsusck.json. */
#include "fuzz.h"

#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wck_config_file *config = NULL;
    wck_error err = {0};

    if (wck_codec_parse_config(&config, data, size, &err) != WCK_OK) {
        must(config == NULL && err.text[0] != '\0');
        return 0;
    }
    for (size_t i = 0; i < config->servers.n; i++) {
        const wck_server_config *s = &config->servers.items[i];
        must(s->name != NULL && s->name[0] != '\0' && strchr(s->name, '/') == NULL && s->source != NULL);
    }
    for (size_t i = 0; i < config->waivers.n; i++)
        must(config->waivers.items[i].rule >= 0 && config->waivers.items[i].reason != NULL);
    wck_config_file_free(config);
    return 0;
}
