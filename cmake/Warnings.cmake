# Every flag with its reason.
set(WCK_WARNINGS
  -Wall -Wextra           # the common ground
  -Wpedantic              # C11 and nothing else: other compilers build this too
  -Wshadow                # a shadowed name reads as the other one
  -Wconversion            # sizes from the wire must not be cut silently
  -Wsign-conversion       # a negative length becomes a huge one
  -Wstrict-prototypes     # f() must mean f(void)
  -Wmissing-prototypes    # what has no header must be static
  -Wwrite-strings         # literals are const
  -Wcast-qual             # const is a promise
  -Wformat=2              # a format that is not a literal is an attack
  -Wvla                   # no stack allocation by input
  -Wpointer-arith         # void * has no size
  -Wundef                 # a misspelt macro is 0
)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND WCK_WARNINGS
    -Wlogical-op          # x || x
    -Wduplicated-cond     # else-if that can never be reached
  )
endif()
if(WCK_WERROR)
  list(APPEND WCK_WARNINGS -Werror)
endif()
