#include "clock.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

static _Atomic long long held = -1;

long long clock_now(void)
{
	long long at = held;

	return at >= 0 ? at : (long long)time(NULL);
}

void clock_hold(long long at)
{
	held = at;
}

long long clock_parse(const char *text)
{
	struct tm parts = { 0 };
	const char *rest = strptime(text, "%Y-%m-%d", &parts);

	if (rest != NULL && *rest == '\0')
		return (long long)timegm(&parts);
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	if (rest == NULL)
		return -1;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	return strcmp(rest, "Z") == 0 ? (long long)timegm(&parts) : -1;
}
