#ifndef EMULATOR_CLOCK_H
#define EMULATOR_CLOCK_H

/*
 * Seconds since 1970, as the server counts them in its answers, and in their Date. Any thread may
 * set and read the clock.
 */
long long clock_now(void);
/* From now on it stands still at that second; -1: it goes again, and right. */
void clock_hold(long long at);
/* Parses yyyy-MM-dd or yyyy-MM-ddTHH:mm:ss[.f]Z; -1 if it is neither. */
long long clock_parse(const char *text);

#endif
