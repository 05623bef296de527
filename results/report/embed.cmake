# Writes a C++ file with the content of each part: cmake -DOUTPUT=FILE -DPARTS=a;b;c -P embed.cmake
# uPlot.iife.min.js becomes the function uplot_iife_min_js().
set(code "// Made by results/report/embed.cmake.\n#include <string_view>\n\nnamespace dectbed::results::report_assets {\n")
foreach(part ${PARTS})
  get_filename_component(name ${part} NAME)
  string(TOLOWER ${name} name)
  string(REGEX REPLACE "[^a-z0-9]" "_" name ${name})
  file(READ ${part} content)
  string(APPEND code "std::string_view ${name}();\nstd::string_view ${name}() {\n    return R\"dectbed(${content})dectbed\";\n}\n")
endforeach()
string(APPEND code "}  // namespace dectbed::results::report_assets\n")
file(WRITE ${OUTPUT} "${code}")
