# -DSQUIDEXFS_SANITIZE=address,undefined or =thread instruments everything.
set(SQUIDEXFS_SANITIZE "" CACHE STRING "Sanitizers, as given to -fsanitize=")
if(SQUIDEXFS_SANITIZE)
	add_compile_options(-fsanitize=${SQUIDEXFS_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	add_link_options(-fsanitize=${SQUIDEXFS_SANITIZE})
endif()
