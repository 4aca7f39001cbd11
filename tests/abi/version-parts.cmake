# cmake -D header=version.h -D reader=version.cmake -D scratch=FOLDER -P version-parts.cmake
# Raising any one part of a version, in the header alone, changes what the build reads from it.
include(${reader})

# Raise the part that `pattern`'s second group matches; the first and third stay.
function(expect_raised name pattern)
    file(READ ${header} text)
    string(REGEX MATCH "(\n#define ${name} ${pattern})" line "${text}")
    math(EXPR raised "${CMAKE_MATCH_3} + 1")
    string(REPLACE "${line}" "\n#define ${name} ${CMAKE_MATCH_2}${raised}${CMAKE_MATCH_4}" text "${text}")
    file(WRITE ${scratch}/version.h "${text}")
    torpor_read_define(${header} ${name} before)
    torpor_read_define(${scratch}/version.h ${name} after)
    if(NOT after VERSION_GREATER before)
        message(FATAL_ERROR "${name}: ${before} raised to ${raised} is read as ${after}")
    endif()
    message(STATUS "${name}: ${before} -> ${after}")
endfunction()

expect_raised(TORPOR_VERSION "(\")([0-9]+)([.][0-9]+[.][0-9]+\")")
expect_raised(TORPOR_VERSION "(\"[0-9]+[.])([0-9]+)([.][0-9]+\")")
expect_raised(TORPOR_VERSION "(\"[0-9]+[.][0-9]+[.])([0-9]+)(\")")
expect_raised(TORPOR_ABI_MAJOR "()([0-9]+)(u)")
expect_raised(TORPOR_ABI_MINOR "()([0-9]+)(u)")
