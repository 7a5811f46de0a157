#include "save/sending.h"

#include <errno.h>
#include <stdint.h>

#include "api/client_change.h"
#include "base/call.h"
#include "base/error.h"

/* Of the time that is left, what is kept for a look at what became of a change. */
#define LOOK_SHARE 4
#define LOOK_MAX_MS 5000

/* The call of a sending: it ends early enough to look, should its answer not come. */
static struct call leave_time(const struct call *call)
{
	struct call shorter = *call;
	uint64_t look_ms = call_left_ms(call) / LOOK_SHARE;

	shorter.deadline_ms -= look_ms < LOOK_MAX_MS ? look_ms : LOOK_MAX_MS;
	return shorter;
}

/* Would an earlier sending, had it arrived, make this one fail so? */
static bool may_be_our_own(int ret)
{
	return ret == -ESTALE || ret == -EEXIST || ret == -EBUSY;
}

static int fail_unknown(const struct change_result *result, struct error *err)
{
	const struct error *why = &result->err;

	return error_set_http(err, -result->ret, why->http_status, why->trace_id,
		"%s; it is not known whether this was done: it was not yet when it was looked for",
		why->text);
}

int sending_fail_unseen(
	const struct change_result *result, const struct error *why, struct error *err)
{
	if (err)
		*err = result->err;
	error_prefix(err,
		"it is not known whether this was done, for reading it failed as well (%s)",
		why->text);
	return result->ret;
}

/* *ret_may_resend: the next sending may still find out. */
static int look(const struct sending *sending, const struct change_result *result, bool is_first,
	bool *ret_may_resend, struct error *err)
{
	bool has_not_arrived = false;
	int ret = sending->look(sending->payload, result, &has_not_arrived, err);

	if (ret < 0 || !has_not_arrived)
		return ret;
	*ret_may_resend = is_first && call_left_ms(sending->call) > 0;
	return *ret_may_resend ? 0 : fail_unknown(result, err);
}

int sending_run(const struct sending *sending, struct error *err)
{
	struct change_result result;
	bool was_lost = false, may_resend;
	int ret;

	change_result_init(&result);
	do {
		const struct call call = leave_time(sending->call);

		may_resend = false;
		ret = sending->send(sending->payload, &call, &result);
		if (ret < 0 && (result.is_doubtful || (was_lost && may_be_our_own(ret)))) {
			ret = look(sending, &result, !was_lost, &may_resend, err);
			was_lost = true;
		} else if (ret < 0 && err) {
			*err = result.err;
		}
	} while (may_resend);
	change_result_release(&result);
	return ret;
}
