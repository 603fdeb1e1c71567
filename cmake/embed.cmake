# embed_bytes(FILE INC): writes the bytes of FILE as the elements of a C++ array, to be included
# between its braces. Done again whenever FILE changes.
function(embed_bytes source target)
  file(READ ${source} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  file(CONFIGURE OUTPUT ${target} CONTENT "${bytes}\n" @ONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
endfunction()
