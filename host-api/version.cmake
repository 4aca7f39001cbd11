# Read a version from the header that states it (version.h), so that nothing repeats it:
# set `out` to the value of `#define name`, without quotes or suffix.
function(torpor_read_define header name out)
    file(READ ${header} text)
    if(NOT text MATCHES "\n#define ${name} \"?([0-9.]+)")
        message(FATAL_ERROR "${header} does not define ${name}")
    endif()
    set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()
