# wck_floor(NAME noun FILES a.c b.c LIBS PkgConfig::X): one object library per floor, with an explicit file list.
function(wck_floor)
  cmake_parse_arguments(F "" "NAME" "FILES;LIBS" ${ARGN})
  add_library(wck_${F_NAME} OBJECT ${F_FILES})
  target_include_directories(wck_${F_NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include
                             ${CMAKE_BINARY_DIR}/include)
  target_compile_options(wck_${F_NAME} PRIVATE ${WCK_WARNINGS})
  target_link_libraries(wck_${F_NAME} PUBLIC ${F_LIBS})
endfunction()

# wck_add_test(NAME test_x FILES test_x.c [LIBS …] [LABEL unit]): a cmocka program linked with the whole library.
function(wck_add_test)
  cmake_parse_arguments(T "" "NAME;LABEL" "FILES;LIBS" ${ARGN})
  add_executable(${T_NAME} ${T_FILES})
  target_link_libraries(${T_NAME} PRIVATE wck_all PkgConfig::CMOCKA ${T_LIBS})
  target_compile_options(${T_NAME} PRIVATE ${WCK_WARNINGS})
  target_include_directories(${T_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  add_test(NAME ${T_NAME} COMMAND ${T_NAME})
  set_tests_properties(${T_NAME} PROPERTIES LABELS "${T_LABEL}" TIMEOUT 300)
endfunction()

# wck_test_fail_alloc(test_x): its allocations can be made to fail (tests/support/fail_alloc.h).
function(wck_test_fail_alloc name)
  target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/fail_alloc.c)
  target_link_options(${name} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
endfunction()
