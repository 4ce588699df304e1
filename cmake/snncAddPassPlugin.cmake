# snnc_add_pass_plugin(TARGET SOURCE...)
#
# A plug-in with passes for snn-opt:
#
#   snn-opt --load-pass-plugin=TARGET.so --pass-pipeline=...
#
# It sees the headers of the dialect and of MLIR, and links neither: both are in
# the tool that loads it. There must be one copy of the dialect in a process, for
# the type of an op is known by the address of a variable: with two, passes of one
# match no op of the other.
function(snnc_add_pass_plugin target)
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE SNNHeaders)
  # What the tool lacks is an error when the plug-in is loaded, not a crash when
  # it runs.
  target_link_options(${target} PRIVATE -Wl,-z,now)
  set_target_properties(${target} PROPERTIES PREFIX "")
  add_dependencies(${target} snn-opt)
endfunction()
