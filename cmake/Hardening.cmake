# Flags that make the usual attacks on a C program fail.
add_library(squidexfs_hardening INTERFACE)
target_compile_options(squidexfs_hardening INTERFACE
	-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE)
target_link_options(squidexfs_hardening INTERFACE
	-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT SQUIDEXFS_SANITIZE)
	target_compile_definitions(squidexfs_hardening INTERFACE _FORTIFY_SOURCE=2)
endif()
