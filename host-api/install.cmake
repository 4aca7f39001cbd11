# What `cmake --install` puts into a prefix. Nothing in there names the prefix, but for the one place
# where the loader looks before it looks beside itself: the installation may be moved.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Torpor)
set(plugin_dir ${CMAKE_INSTALL_LIBDIR}/torpor)

install(DIRECTORY include/torpor mpi/torpor DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING
    PATTERN *.h PATTERN *.hpp)
install(TARGETS torpor_host torpor_host_static torpor_host_api EXPORT TorporTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT TorporTargets NAMESPACE Torpor:: DESTINATION ${package_dir})

configure_package_config_file(TorporConfig.cmake.in TorporConfig.cmake
    INSTALL_DESTINATION ${package_dir} PATH_VARS plugin_dir)
write_basic_package_version_file(TorporConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/TorporConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/TorporConfigVersion.cmake DESTINATION ${package_dir})

# Programs start without LD_LIBRARY_PATH, unless the library lies where all are found.
set(pc_run_path "-Wl,-rpath,\${libdir} ")
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(pc_run_path "")
endif()
file(RELATIVE_PATH prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" prefix_from_pc ${prefix_from_pc})
configure_file(torpor.pc.in torpor.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/torpor.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Licences and documents. Debian calls a licence `copyright`.
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/plugin/FORMAT.md
    ${PROJECT_SOURCE_DIR}/.github/CHANGELOG.md ${PROJECT_SOURCE_DIR}/.github/CITATION.cff
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME host-api.md)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
if(TORPOR_NEST)
    install(FILES nest/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright-nest)
endif()
