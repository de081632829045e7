# wck_embed(out.c symbol file…): files as byte arrays (string literals above 4,095 characters are not portable C).
# Each file becomes { "name", data, length } in `const wck_embedded symbol[]`, ended by a NULL name.
function(wck_embed out symbol)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${ARGN}" -P ${script}
    DEPENDS ${ARGN} ${script} VERBATIM)
endfunction()
