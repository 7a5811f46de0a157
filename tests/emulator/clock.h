#ifndef EMULATOR_CLOCK_H
#define EMULATOR_CLOCK_H

/* Seconds since 1970, as the server counts them in its answers. */
long long clock_now(void);
/* Parses yyyy-MM-dd or yyyy-MM-ddTHH:mm:ss[.f]Z; -1 if it is neither. */
long long clock_parse(const char *text);

#endif
