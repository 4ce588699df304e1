# snnc_add_model(TARGET MODEL.mlir
#                [WEIGHTS FILE.safetensors] [NAME IDENTIFIER] [OPTIONS ...])
#
# Compiles a model when the project is built, and makes TARGET: a library to
# link, in C or C++, whose header is IDENTIFIER.h. IDENTIFIER, by default TARGET
# as an identifier of C, is what the functions of the library begin with.
# WEIGHTS are embedded; OPTIONS are passed on to snnc. The model is compiled
# again when it, its weights or the compiler change.
function(snnc_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "WEIGHTS;NAME" "OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "snnc_add_model: expected WEIGHTS, NAME or OPTIONS, "
      "but got '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_NAME)
    string(MAKE_C_IDENTIFIER "${target}" arg_NAME)
  endif()
  set(inputs)
  foreach(file IN LISTS model arg_WEIGHTS)
    get_filename_component(file "${file}" ABSOLUTE)
    list(APPEND inputs "${file}")
  endforeach()
  list(GET inputs 0 model)
  set(options --name=${arg_NAME} ${arg_OPTIONS})
  if(arg_WEIGHTS)
    list(GET inputs 1 weights)
    list(APPEND options "--weights=embed:${weights}")
  endif()

  set(dir "${CMAKE_CURRENT_BINARY_DIR}/${target}.snnc")
  file(MAKE_DIRECTORY "${dir}")
  set(library "${dir}/${arg_NAME}.a")
  set(header "${dir}/${arg_NAME}.h")
  foreach(output "${library}" "${header}")
    add_custom_command(OUTPUT "${output}"
      COMMAND snnc "${model}" ${options} -o "${output}"
      DEPENDS snnc ${inputs}
      COMMENT "Compiling ${output}"
      VERBATIM)
  endforeach()
  add_custom_target(${target}-snnc DEPENDS "${library}" "${header}")

  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION "${library}"
    INTERFACE_INCLUDE_DIRECTORIES "${dir}"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m")
  add_dependencies(${target} ${target}-snnc)
endfunction()
