# Program, static library, headers (one folder per floor, as they are included), pkg-config and CMake config.
install(TARGETS wck_all ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(header
    base/arena.h base/buf.h base/digest.h base/guid.h base/map.h base/secret.h base/time.h base/vec.h
    model/canon.h model/change.h model/diagnosis.h model/history.h model/host.h model/manifest.h model/plan.h model/prediction.h
    model/reader.h model/report.h model/selection.h model/snapshot.h model/tree.h model/types.h codec/codec.h
    collect/collect.h probe/probe.h store/store.h publish/publish.h rules/rule.h plan/build.h whatif/prepare.h whatif/whatif.h
    emit/emit.h)
  get_filename_component(floor ${header} DIRECTORY)
  install(FILES ${CMAKE_SOURCE_DIR}/src/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wsusck/${floor})
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/include/wck/error.h ${CMAKE_BINARY_DIR}/include/wck/version.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wsusck/wck)
install(FILES ${CMAKE_SOURCE_DIR}/examples/Export-WsusSnapshot.ps1 DESTINATION ${CMAKE_INSTALL_DATADIR}/wsusck)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples/grafana ${CMAKE_SOURCE_DIR}/examples/queries
        DESTINATION ${CMAKE_INSTALL_DATADIR}/wsusck)
file(RELATIVE_PATH WCK_UP /${CMAKE_INSTALL_LIBDIR}/cmake/wck /)
configure_file(${CMAKE_SOURCE_DIR}/cmake/wck.pc.in ${CMAKE_BINARY_DIR}/wck.pc @ONLY)
configure_file(${CMAKE_SOURCE_DIR}/cmake/wckConfig.cmake.in ${CMAKE_BINARY_DIR}/wckConfig.cmake @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/wck.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${CMAKE_BINARY_DIR}/wckConfig.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/wck)
