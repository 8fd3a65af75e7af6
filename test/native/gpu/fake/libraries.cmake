# The driver's libraries for tests, in one folder: what FLUXVISION_DRIVER_DIR names. A test program
# links flux_fake_driver to control them; the engine opens the same files by name.
set(FLUX_FAKE_DRIVER_DIR ${CMAKE_BINARY_DIR}/fake-driver)

function(flux_fake_library target output)
  cmake_parse_arguments(FAKE "" "" "SOURCES;LINKS" ${ARGN})
  list(TRANSFORM FAKE_SOURCES PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
  add_library(${target} SHARED ${FAKE_SOURCES})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output} SOVERSION 1
    LIBRARY_OUTPUT_DIRECTORY ${FLUX_FAKE_DRIVER_DIR} BUILD_RPATH "\$ORIGIN")
  target_link_libraries(${target} PRIVATE flux_options PkgConfig::FFNVCODEC ${FAKE_LINKS})
endfunction()

flux_fake_library(fake_cuda cuda
  SOURCES control.cc device.cc graphics.cc kernels.cc memory.cc module.cc stream.cc)
flux_fake_library(fake_nvcuvid nvcuvid
  SOURCES nvcuvid_decoder.cc nvcuvid_fake.cc nvcuvid_format.cc nvcuvid_parser.cc
  LINKS fake_cuda flux_base flux_codec PkgConfig::LIBAV)

flux_fake_library(fake_nvenc nvidia-encode
  SOURCES nvenc.cc nvenc_codec.cc LINKS fake_cuda PkgConfig::LIBAV)

add_library(flux_fake_driver INTERFACE)
target_link_libraries(flux_fake_driver INTERFACE fake_cuda fake_nvcuvid fake_nvenc
  PkgConfig::FFNVCODEC)
target_include_directories(flux_fake_driver INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_compile_definitions(flux_fake_driver INTERFACE
  FLUX_FAKE_DRIVER_DIR="${FLUX_FAKE_DRIVER_DIR}")

# A driver that is too old.
flux_fake_library(fake_old_cuda cuda SOURCES old_cuda.cc)
set_target_properties(fake_old_cuda PROPERTIES
  LIBRARY_OUTPUT_DIRECTORY ${FLUX_FAKE_DRIVER_DIR}-old)
