# cellblock::cellblock: the pool and the jail API, for C++20 and C.
# cellblock::service: for a program that locks itself, beside it.
include(CMakeFindDependencyMacro)
find_dependency(absl)
find_dependency(Threads)
find_dependency(PkgConfig)
pkg_check_modules(cellblock_seccomp REQUIRED IMPORTED_TARGET libseccomp)

get_filename_component(cellblock_prefix "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)
set(cellblock_libraries "${cellblock_prefix}/lib/x86_64-linux-gnu")

if(NOT TARGET cellblock::cellblock)
  add_library(cellblock::cellblock STATIC IMPORTED)
  set_target_properties(cellblock::cellblock PROPERTIES
    IMPORTED_LOCATION "${cellblock_libraries}/libcellblock.a"
    INTERFACE_INCLUDE_DIRECTORIES "${cellblock_prefix}/include/cellblock"
    INTERFACE_LINK_LIBRARIES
      "absl::status;absl::statusor;absl::strings;PkgConfig::cellblock_seccomp;Threads::Threads;${CMAKE_DL_LIBS}")
endif()

if(NOT TARGET cellblock::service)
  add_library(cellblock::service INTERFACE IMPORTED)
  set_target_properties(cellblock::service PROPERTIES
    INTERFACE_LINK_LIBRARIES
      "-Wl,--push-state,--whole-archive;${cellblock_libraries}/libcellblock_service.a;-Wl,--pop-state;cellblock::cellblock")
endif()
