# One function per kind of target; CMakeLists.txt reads as a list of them.
#
#   tierline_protos()                        proto/**/*.proto       -> library tierline_proto
#   tierline_public_descriptor()             the events' protos     -> build/tierline.public.binpb
#   tierline_room(runtime/log DEPS .. LIBS ..)  services/runtime/log/*.cc -> library tierline_runtime_log
#   tierline_service(intake DEPS ..)         services/intake/{*,projections/*}.cc -> tierline_intake (pure)
#                                            services/intake/rpc*.cc -> tierline_intake_rpc
#   tierline_program(tierline tools/cli DEPS ..)  tools/cli/*.cc    -> build/tierline; all but main.cc in
#                                            tierline_tierline_parts, which tests may use; LIBS go to
#                                            the program alone
#   tierline_test_room(promises DEPS ..)     tests/promises/*.cc    -> library tierline_tests_promises, which
#                                            other tests name as tests/promises; its own, *_test.cc, apart
#   tierline_tests(intake LABEL unit DEPS ..)  tests/intake/*_test.cc -> build/tests/test_intake, in ctest
#                                            KAFKA "*Kafka*": tests of such names get a real broker
#   tierline_kafka()                         that broker: a fixture which starts and stops it
#   tierline_bench(DEPS ..)                  tests/bench/<x>.cc     -> build/bench/<x>, one program each
#
# DEPS are rooms (`runtime/log`, `intake_rpc`), LIBS third-party targets. Sources are globbed inside one
# folder, so a new file touches no CMake; a folder without sources yields an empty target or none.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_OPTIMIZE_DEPENDENCIES ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# -g1 keeps stack traces readable at half the size and link time of -g.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

set(TIERLINE_SANITIZE "" CACHE STRING "address,undefined or thread")
if(TIERLINE_SANITIZE)
  add_compile_options(-fsanitize=${TIERLINE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${TIERLINE_SANITIZE})
endif()

# Paths are hashed relative to the checkout, so that one cache serves several checkouts.
find_program(TIERLINE_CCACHE ccache)
if(TIERLINE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${TIERLINE_CCACHE})
endif()
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

# gRPC's pkg-config names 200 libraries; only those that are used should be loaded at start.
add_link_options(-Wl,--as-needed)
find_program(TIERLINE_LLD ld.lld)
if(TIERLINE_LLD)
  add_link_options(-fuse-ld=lld)
endif()

add_library(tierline_flags INTERFACE)
# missing-field-initializers: designated initializers leave fields out on purpose.
# restrict: false positives of GCC 12 on std::string concatenation (GCC PR 105651).
target_compile_options(tierline_flags INTERFACE -Wall -Wextra -Werror -Werror=switch
  -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(TIERLINE_SANITIZE)  # instrumentation confuses the flow analysis of -Wmaybe-uninitialized
  target_compile_options(tierline_flags INTERFACE -Wno-error)
endif()
target_include_directories(tierline_flags INTERFACE ${PROJECT_SOURCE_DIR}/services ${PROJECT_SOURCE_DIR})

# The part of absl that every room may use; --as-needed drops what a program does not.
add_library(tierline_absl INTERFACE)
add_library(tierline::absl ALIAS tierline_absl)
target_link_libraries(tierline_absl INTERFACE absl::any_invocable absl::btree absl::cleanup absl::cord
  absl::flat_hash_map absl::flat_hash_set absl::hash absl::inlined_vector absl::random_random absl::span
  absl::status absl::statusor absl::str_format absl::strings absl::synchronization absl::time)

# Found by name: asking pkg-config for grpc++ takes 30 s, its CMake package is not complete everywhere.
add_library(tierline_grpc INTERFACE)
add_library(tierline::grpc ALIAS tierline_grpc)
foreach(library grpc++ grpc++_reflection grpc gpr)
  find_library(TIERLINE_LIB_${library} ${library} REQUIRED)
  target_link_libraries(tierline_grpc INTERFACE ${TIERLINE_LIB_${library}})
endforeach()

# The allocator of what runs for long and is measured: gRPC and protobuf allocate dozens of times a call.
# A sanitizer brings its own.
add_library(tierline_malloc INTERFACE)
if(NOT TIERLINE_SANITIZE)
  find_library(TIERLINE_LIB_mimalloc mimalloc REQUIRED)
  target_link_libraries(tierline_malloc INTERFACE ${TIERLINE_LIB_mimalloc})
endif()

if(TIERLINE_SANITIZE STREQUAL thread)
  add_library(tierline_tsan OBJECT ${PROJECT_SOURCE_DIR}/tools/cmake/tsan_absl.cc
    ${PROJECT_SOURCE_DIR}/tools/cmake/tsan_threads.cc)
  target_link_libraries(tierline_tsan PRIVATE tierline_absl)
endif()

function(tierline_target_names out)
  set(names)
  foreach(dep IN LISTS ARGN)
    string(REPLACE "/" "_" dep ${dep})
    list(APPEND names tierline_${dep})
  endforeach()
  set(${out} ${names} PARENT_SCOPE)
endfunction()

# A library of `sources`, or an empty one that only carries its dependencies.
function(tierline_library target deps libs)
  tierline_target_names(rooms ${deps})
  if(ARGN)
    add_library(${target} STATIC ${ARGN})
    target_link_libraries(${target} PUBLIC tierline_flags tierline_proto ${rooms} ${libs})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE tierline_flags tierline_proto ${rooms} ${libs})
  endif()
endfunction()

function(tierline_protos)
  set(root ${PROJECT_SOURCE_DIR}/proto)
  set(gen ${CMAKE_BINARY_DIR}/gen)
  file(GLOB_RECURSE protos CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*.proto)
  file(MAKE_DIRECTORY ${gen})
  set(sources)
  foreach(proto IN LISTS protos)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    # Both outputs are listed: with the .pb.cc alone a changed proto would build against stale headers.
    # protoc names the .pb.cc first in its dependency file, and ninja wants the first output there.
    set(outputs ${gen}/${stem}.pb.cc ${gen}/${stem}.pb.h)
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc --proto_path=${root} --cpp_out=${gen} --dependency_out=${gen}/${stem}.d
              ${root}/${proto}
      DEPENDS ${root}/${proto} DEPFILE ${gen}/${stem}.d
      COMMENT "protoc ${proto}" VERBATIM)
    get_filename_component(folder ${gen}/${stem} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    list(APPEND sources ${outputs})
  endforeach()
  if(sources)
    add_library(tierline_proto STATIC ${sources})
    set(scope PUBLIC)
    target_compile_options(tierline_proto PRIVATE -w -g0)
  else()
    add_library(tierline_proto INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(tierline_proto SYSTEM ${scope} ${gen})
  target_link_libraries(tierline_proto ${scope} protobuf::libprotobuf)
endfunction()

# What a stranger needs to read the events on Kafka: build/tierline.public.binpb, a FileDescriptorSet.
function(tierline_public_descriptor)
  set(root ${PROJECT_SOURCE_DIR}/proto)
  set(descriptor ${CMAKE_BINARY_DIR}/tierline.public.binpb)
  add_custom_command(
    OUTPUT ${descriptor}
    COMMAND protobuf::protoc --proto_path=${root} --include_imports --descriptor_set_out=${descriptor}
            --dependency_out=${CMAKE_BINARY_DIR}/gen/tierline.public.d ${root}/tierline/events/v1/event.proto
    DEPFILE ${CMAKE_BINARY_DIR}/gen/tierline.public.d
    COMMENT "protoc --descriptor_set_out tierline.public.binpb" VERBATIM)
  add_custom_target(tierline_descriptor ALL DEPENDS ${descriptor})
  add_dependencies(tests_system tierline_descriptor)
endfunction()

function(tierline_room name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  tierline_target_names(target ${name})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/services/${name}/*.cc)
  tierline_library(${target} "${arg_DEPS}" "${arg_LIBS}" ${sources})
endfunction()

function(tierline_service name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/services/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc ${folder}/projections/*.cc)
  file(GLOB rpc CONFIGURE_DEPENDS ${folder}/rpc*.cc)
  if(rpc)
    list(REMOVE_ITEM sources ${rpc})
  endif()
  # Whole archive: a projection that registers itself is referred to by nobody, and would be dropped.
  tierline_library(tierline_${name}_pure "${arg_DEPS}" "${arg_LIBS}" ${sources})
  add_library(tierline_${name} INTERFACE)
  if(sources)
    target_link_libraries(tierline_${name} INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,tierline_${name}_pure>")
  else()
    target_link_libraries(tierline_${name} INTERFACE tierline_${name}_pure)
  endif()
  tierline_library(tierline_${name}_rpc "${name};runtime/rpc;runtime/partition;runtime/search" "" ${rpc})
endfunction()

function(tierline_executable target folder deps libs)
  tierline_target_names(rooms ${deps})
  add_executable(${target} ${ARGN})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${folder})
  target_link_libraries(${target} PRIVATE tierline_flags ${libs} ${rooms} Threads::Threads)
  if(TARGET tierline_tsan)
    target_link_libraries(${target} PRIVATE tierline_tsan)
  endif()
endfunction()

function(tierline_program name folder)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  if(NOT sources)
    return()
  endif()
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  tierline_library(tierline_${name}_parts "${arg_DEPS}" "" ${sources})
  tierline_executable(${name} "" "" "${arg_LIBS};tierline_${name}_parts" ${PROJECT_SOURCE_DIR}/${folder}/main.cc)
endfunction()

# tests/kit knows every room, but its library names none: a test that uses a part of the kit names the
# rooms of that part, and a broken room stops only its own tests.
function(tierline_kit)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/kit/*.cc)
  tierline_library(tierline_kit "base" "GTest::gmock;GTest::gtest;rapidcheck;PkgConfig::rdkafka;Threads::Threads" ${sources})
  target_compile_definitions(tierline_kit PRIVATE TIERLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()

# What several tests and a program share, and what is tested itself.
function(tierline_test_room name)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  tierline_library(tierline_tests_${name} "${arg_DEPS}" "" ${sources})
endfunction()

# Building tests_<label> builds what `ctest -L <label>` runs.
foreach(label unit contract golden simulation system)
  add_custom_target(tests_${label})
endforeach()

# A Kafka broker for the tests that ask for it, by tierline_tests(.. KAFKA ..):
# started before the first of them, stopped after the last, with empty data. Its address is the content of
# the file that TIERLINE_TEST_KAFKA_FILE names. Without Java or the jars the start fails and so do they.
set(TIERLINE_KAFKA_DIR ${CMAKE_BINARY_DIR}/kafka-test)
set(TIERLINE_KAFKA_TEST_ENVIRONMENT TIERLINE_TEST_KAFKA_FILE=${TIERLINE_KAFKA_DIR}/bootstrap)

function(tierline_kafka)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(kafka ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/kafka)
  add_test(NAME kafka_broker_up COMMAND ${kafka} up --fresh --quick --set log.cleaner.backoff.ms=200
    --dir ${TIERLINE_KAFKA_DIR})
  add_test(NAME kafka_broker_down COMMAND ${kafka} down --purge --dir ${TIERLINE_KAFKA_DIR})
  set_tests_properties(kafka_broker_up PROPERTIES FIXTURES_SETUP kafka_broker)
  set_tests_properties(kafka_broker_down PROPERTIES FIXTURES_CLEANUP kafka_broker)
  set_tests_properties(kafka_broker_up kafka_broker_down PROPERTIES TIMEOUT 300
    ENVIRONMENT TIERLINE_BUILD_DIR=${CMAKE_BINARY_DIR})
endfunction()

function(tierline_tests path)
  cmake_parse_arguments(arg "PROGRAMS" "LABEL;KAFKA" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${path}/*.cc)
  if(TARGET tierline_tests_${path})
    list(FILTER sources INCLUDE REGEX "_test\\.cc$")
  endif()
  if(NOT sources)
    return()
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  string(REPLACE "/" "_" name test_${path})
  tierline_executable(${name} tests "${arg_DEPS}" "tierline_kit;GTest::gtest_main;${arg_LIBS}" ${sources})
  target_compile_options(${name} PRIVATE -O1)  # a fifth less to compile
  target_compile_definitions(${name} PRIVATE
    TIERLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TIERLINE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_dependencies(tests_${arg_LABEL} ${name})
  if(arg_PROGRAMS)  # the test starts our programs, so it is not built without them
    foreach(program tierline-server tierline tierline-load tierline-chaos)
      if(TARGET ${program})
        add_dependencies(${name} ${program})
      endif()
    endforeach()
  endif()
  include(GoogleTest)
  set(discover DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
  set(properties TIMEOUT 300 LABELS ${arg_LABEL})
  if(arg_KAFKA)
    gtest_discover_tests(${name} ${discover} TEST_FILTER "${arg_KAFKA}" TEST_LIST ${name}_kafka_TESTS
      PROPERTIES ${properties} FIXTURES_REQUIRED kafka_broker ENVIRONMENT ${TIERLINE_KAFKA_TEST_ENVIRONMENT})
    list(APPEND discover TEST_FILTER "-${arg_KAFKA}")
  endif()
  gtest_discover_tests(${name} ${discover} PROPERTIES ${properties})
endfunction()

# Tests that are scripts: the structure of the tree, and tests/<folder>/*_test.{py,sh}, which find the
# checkout and the build in TIERLINE_SOURCE_DIR and TIERLINE_BINARY_DIR and are labelled by their folder.
function(tierline_scripts)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(tidy ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/tidy.py)
  add_test(NAME structure COMMAND ${tidy})
  add_test(NAME structure_selftest COMMAND ${tidy} --selftest)
  set(rules ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/rules.py)
  add_test(NAME rules COMMAND ${rules})
  add_test(NAME rules_selftest COMMAND ${rules} --selftest)
  set_tests_properties(structure structure_selftest rules rules_selftest PROPERTIES TIMEOUT 300 LABELS unit)

  file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/*/*_test.py ${PROJECT_SOURCE_DIR}/tests/*/*_test.sh)
  foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME_WE)
    cmake_path(GET script PARENT_PATH folder)
    cmake_path(GET folder FILENAME label)
    if(NOT TARGET tests_${label})
      set(label unit)
    endif()
    string(REGEX MATCH "sh$" shell ${script})
    add_test(NAME ${name} COMMAND $<IF:$<BOOL:${shell}>,bash,${Python3_EXECUTABLE}> ${script})
    set(environment "TIERLINE_SOURCE_DIR=${PROJECT_SOURCE_DIR};TIERLINE_BINARY_DIR=${CMAKE_BINARY_DIR}")
    if(name MATCHES "_on_kafka_test$")
      set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED kafka_broker)
      list(APPEND environment ${TIERLINE_KAFKA_TEST_ENVIRONMENT})
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS ${label} ENVIRONMENT "${environment}")
    if(name MATCHES "kafka|stranger")
      # A broker and up to eight servers of its own: beside another of these, what has a deadline misses it.
      set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
    endif()
  endforeach()
endfunction()

function(tierline_bench)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  find_package(benchmark REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/bench/*.cc)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    tierline_executable(bench_${name} bench "${arg_DEPS}" "tierline_kit;benchmark::benchmark;${arg_LIBS}" ${source})
    set_target_properties(bench_${name} PROPERTIES OUTPUT_NAME ${name})
  endforeach()
endfunction()
