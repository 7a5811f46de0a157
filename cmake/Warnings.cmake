# Warnings of every target of ours; each of them is an error.
add_library(squidexfs_warnings INTERFACE)
target_compile_options(squidexfs_warnings INTERFACE
	-Wall -Wextra -Wpedantic -Werror
	-Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wwrite-strings -Wpointer-arith -Wcast-qual -Wformat=2 -Wundef -Wvla
	-Wconversion -Wno-sign-conversion
	$<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches>)
target_compile_definitions(squidexfs_warnings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
