# What `cmake --install` puts where, and the package that find_package(snnc)
# finds. Everything is relative to the prefix, which may be moved.
include(CMakePackageConfigHelpers)

# lib, not lib/<architecture>: the tools find their archives in ../lib.
set(SNN_PACKAGE_DIR lib/cmake/snnc)
set(SNN_PYTHON_INSTALL_DIR lib/python3 CACHE STRING
  "Where the Python package is installed, relative to the prefix")

# --- Tools, and the archives that compiled models link ------------------------

set(SNN_TOOLS snn-interp snn-lsp-server snn-opt snn-reduce snn-verify snnc)
set(SNN_MODEL_LIBRARIES SNNFormats SNNRuntime SNNProgram)
foreach(library ${SNN_MODEL_LIBRARIES})
  set_target_properties(${library} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
    "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>;$<INSTALL_INTERFACE:include>")
endforeach()
install(TARGETS ${SNN_TOOLS} ${SNN_MODEL_LIBRARIES} EXPORT snncTargets
  RUNTIME DESTINATION bin
  ARCHIVE DESTINATION lib
)
install(EXPORT snncTargets DESTINATION ${SNN_PACKAGE_DIR})

# --- The dialect and its passes, for C++ --------------------------------------

# add_mlir_library has put each of its libraries into the set MLIRTargets.
get_property(SNN_DIALECT_LIBRARIES GLOBAL PROPERTY MLIR_EXPORTS)
add_library(SNNHeaders INTERFACE)
target_include_directories(SNNHeaders INTERFACE $<INSTALL_INTERFACE:include>)
install(TARGETS SNNHeaders EXPORT MLIRTargets)
foreach(library ${SNN_DIALECT_LIBRARIES})
  target_link_libraries(${library} INTERFACE
    $<INSTALL_INTERFACE:SNNHeaders> $<INSTALL_INTERFACE:MLIR>)
endforeach()
install(EXPORT MLIRTargets DESTINATION ${SNN_PACKAGE_DIR}
  FILE snncDialectTargets.cmake)

# Headers of random models are for the tests of this repository.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/snn DESTINATION include
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN Testing EXCLUDE)
install(DIRECTORY ${CMAKE_BINARY_DIR}/include/snn DESTINATION include
  FILES_MATCHING PATTERN "*.inc" PATTERN CMakeFiles EXCLUDE)

# --- The CMake package --------------------------------------------------------

configure_package_config_file(cmake/snncConfig.cmake.in
  ${CMAKE_BINARY_DIR}/cmake/snncConfig.cmake
  INSTALL_DESTINATION ${SNN_PACKAGE_DIR}
)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/cmake/snncConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_BINARY_DIR}/cmake/snncConfig.cmake
  ${CMAKE_BINARY_DIR}/cmake/snncConfigVersion.cmake
  cmake/snncAddModel.cmake
  cmake/snncAddPassPlugin.cmake
  DESTINATION ${SNN_PACKAGE_DIR}
)

# --- Python, shell completion -------------------------------------------------

if(EXISTS ${CMAKE_SOURCE_DIR}/python/snnc)
  install(DIRECTORY python/snnc DESTINATION ${SNN_PYTHON_INSTALL_DIR}
    PATTERN __pycache__ EXCLUDE)
endif()
set(SNN_COMPLETION_DIR ${CMAKE_SOURCE_DIR}/tools/snnc/completion)
if(EXISTS ${SNN_COMPLETION_DIR}/snnc.bash)
  install(FILES ${SNN_COMPLETION_DIR}/snnc.bash RENAME snnc
    DESTINATION share/bash-completion/completions)
endif()
if(EXISTS ${SNN_COMPLETION_DIR}/_snnc)
  install(FILES ${SNN_COMPLETION_DIR}/_snnc DESTINATION share/zsh/site-functions)
endif()
