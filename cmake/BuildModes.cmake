# Sanitizers, hardening, coverage: whole-program switches, so they are set once for every target.
add_compile_definitions(_POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
if(WCK_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(WCK_HARDEN)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE
                      -D_FORTIFY_SOURCE=3)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(WCK_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
if(WCK_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link) # the library tells libFuzzer which edges an input takes
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
