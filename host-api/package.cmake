# A Debian package, by cpack in the build folder: library, plugin, command, man page, headers, documents.
# Its dependencies are those of the libraries that the machine has, as dpkg-shlibdeps finds them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME torpor)
set(CPACK_PACKAGE_CONTACT "The Torpor developers <torpor@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "checkpoint/restart for neural simulators")
set(CPACK_PACKAGE_DESCRIPTION_FILE ${PROJECT_SOURCE_DIR}/host-api/package-description.txt)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON) # ldconfig runs after the installation
# The headers' archive needs it; programs that link the library do not.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS libltdl-dev)
include(CPack)
