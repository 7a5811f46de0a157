#include "problem.h"

#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void problem_release(struct problem *p)
{
	json_object_put(p->details);
	p->details = NULL;
	p->status = 0;
}

bool problem_is_set(const struct problem *p)
{
	return p->status != 0;
}

void problem_add(struct problem *p, const char *format, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = must_strdup("");
	va_end(args);

	if (p->status == 0)
		p->status = 400;
	if (p->details == NULL)
		p->details = json_object_new_array();
	json_object_array_add(p->details, json_object_new_string(text));
	free(text);
}

void problem_unsupported(struct problem *p)
{
	if (p->status == 0)
		p->status = 500;
}
