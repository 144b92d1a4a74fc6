# volley_library(ROOM sources...): the library of one room, target volley_ROOM, alias volley::ROOM.
function(volley_options target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wno-unknown-pragmas
    # g++ 12 at -O3 sees overlaps in std::string and overruns in fmt that are none.
    -Wno-restrict -Wno-stringop-overflow
    $<$<BOOL:${VOLLEY_WERROR}>:-Werror>)
endfunction()

function(volley_library room)
  add_library(volley_${room} STATIC ${ARGN})
  add_library(volley::${room} ALIAS volley_${room})
  set_target_properties(volley_${room} PROPERTIES EXPORT_NAME ${room} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(volley_${room} PUBLIC cxx_std_20)
  target_include_directories(volley_${room} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/volley>)
  volley_options(volley_${room})
endfunction()
