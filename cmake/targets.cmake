# volley_library(ROOM sources...): the library of one room, target volley_ROOM, alias volley::ROOM.
function(volley_options target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wno-unknown-pragmas
    # g++ 12 at -O3 sees overlaps and overruns in std::string and fmt that are none.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow -Wno-array-bounds>
    # Joined files (CMAKE_UNITY_BUILD) are no headers, whatever this warning believes.
    $<$<AND:$<BOOL:${CMAKE_UNITY_BUILD}>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>
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

# volley_kernels(sources...): files that Highway reads once per instruction set; they are never joined
# with others when CMAKE_UNITY_BUILD joins files to compile them sooner. Machines with SSSE3 and no
# SSE4.1 ended in 2008, and a text for them is a fifth of the compilation.
function(volley_kernels)
  set_source_files_properties(${ARGN} PROPERTIES
    SKIP_UNITY_BUILD_INCLUSION ON COMPILE_DEFINITIONS HWY_DISABLED_TARGETS=HWY_SSSE3)
endfunction()

# volley_light_optimisation(TARGET [EXCEPT sources...]): a release build compiles the target's sources
# at -O1, for code whose time is its compilation.
function(volley_light_optimisation target)
  cmake_parse_arguments(PARSE_ARGV 1 light "" "" "EXCEPT")
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  set_property(SOURCE ${light_EXCEPT} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
endfunction()
