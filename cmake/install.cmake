# Install rules and the exported package: find_package(volley) gives volley::sim and the others.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/volley)

install(TARGETS volley RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS volley_base volley_datasets volley_models volley_sim volley_viz
        EXPORT volley-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(room base datasets models sim viz)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/volley FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/recipes ${PROJECT_SOURCE_DIR}/models/studies
        DESTINATION ${CMAKE_INSTALL_DATADIR}/volley FILES_MATCHING PATTERN "*.toml")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/networks
        DESTINATION ${CMAKE_INSTALL_DATADIR}/volley
        FILES_MATCHING PATTERN "*.toml" PATTERN "*.csv")
install(EXPORT volley-targets NAMESPACE volley:: DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/volley-config.cmake.in
  ${PROJECT_BINARY_DIR}/volley-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/volley-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/volley-config.cmake
  ${PROJECT_BINARY_DIR}/volley-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake DESTINATION ${package_folder})
