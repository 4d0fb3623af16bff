/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/reason.h"

#include <stddef.h>

struct row {
	const char *name;
	const char *sentence;
};

/* clang-format off */
static const struct row rows[REASONS] = {
	[REASON_DONE] = { "done",
		"The call is over; all went well." },
	[REASON_UNKNOWN] = { "unknown",
		"No terminal of that name can be called from here." },
	[REASON_OFFLINE] = { "offline",
		"The terminal is not connected to the relay at the moment." },
	[REASON_BUSY] = { "busy",
		"The terminal is busy: all of its connections are in use." },
	[REASON_REFUSED] = { "refused",
		"The terminal refused the call." },
	[REASON_NO_ANSWER] = { "no-answer",
		"The terminal did not answer." },
	[REASON_COLLISION] = { "collision",
		"A call came in on the connection at the same moment." },
	[REASON_TOO_MANY] = { "too-many",
		"There are too many calls or requests at once; "
		"try again a little later." },
	[REASON_UNREACHABLE] = { "unreachable",
		"The recipient's relay cannot be reached at the moment." },
	[REASON_CANCELLED] = { "cancelled",
		"The caller gave up before the call was answered." },
	[REASON_PEER_LOST] = { "peer-lost",
		"The connection to the other terminal was lost." },
	[REASON_DRAINING] = { "draining",
		"The relay is being stopped in good order; "
		"try again in a few minutes." },
	[REASON_IDLE_TOO_LONG] = { "idle-too-long",
		"Nothing moved in the call for too long." },
	[REASON_PROTOCOL] = { "protocol",
		"One side did not keep to the protocol." },
	[REASON_INCOMPATIBLE] = { "incompatible",
		"The two sides have no version or procedure in common; "
		"the older one needs an update." },
	[REASON_REPLACED] = { "replaced",
		"The account has logged in from another place." },
	[REASON_DISABLED] = { "disabled",
		"The account was disabled or removed; "
		"ask whoever runs the relay." },
	[REASON_LOGOUT] = { "logout",
		"The terminal has logged out." },
	[REASON_FAILED] = { "failed",
		"The other side could not go on." },
	[REASON_SHUTDOWN] = { "shutdown",
		"The other side is being stopped." },
	[REASON_SURPLUS] = { "surplus",
		"The connection was a spare that is not needed any more." },
	[REASON_UNABLE] = { "unable",
		"The terminal cannot keep a fax at the moment." },
};
/* clang-format on */

const char *reason_name(uint16_t reason)
{
	return reason < REASONS ? rows[reason].name : "unknown-reason";
}

const char *reason_sentence(uint16_t reason)
{
	return reason < REASONS
		       ? rows[reason].sentence
		       : "It failed for a reason that this version does not "
			 "know.";
}
