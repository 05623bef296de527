# How our own targets are compiled. Third-party headers come in as SYSTEM, so -Werror is about us.
set(CMAKE_CXX_STANDARD 17)   # SystemC's library is built as C++17 and checks it at link time
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(DECTBED_CCACHE ccache)
if(DECTBED_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${DECTBED_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${DECTBED_CCACHE})
endif()
find_program(DECTBED_MOLD mold)
if(DECTBED_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

option(DECTBED_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(DECTBED_COVERAGE "Instrument for coverage" OFF)
if(DECTBED_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
option(DECTBED_LIBFUZZER "Build the fuzz targets for libFuzzer (clang)" OFF)
if(DECTBED_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)  # coverage feedback; the targets themselves link libFuzzer
endif()
if(DECTBED_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# No contraction: results must not depend on fused multiply-add.
add_compile_options(-ffp-contract=off)

function(dectbed_target name)
  target_compile_options(${name} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror>
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Werror>)
  if(DECTBED_LIBFUZZER)  # clang's warnings are not those we keep at zero
    target_compile_options(${name} PRIVATE -Wno-error)
  endif()
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
endfunction()
