/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Bad habits: the quirk= argument, and what they change about the limits.
 */
#include <errno.h>
#include <string.h>

#include <rte_string_fns.h>

#include "emunic.h"

static const struct {
	const char *name;
	uint32_t bit;
} switches[] = {
	{ "tie_worse", EMUNIC_Q_TIE_WORSE },
	{ "validate_lies", EMUNIC_Q_VALIDATE_LIES },
	{ "widen", EMUNIC_Q_WIDEN },
	{ "ignore_last", EMUNIC_Q_IGNORE_LAST },
	{ "ignore_group", EMUNIC_Q_IGNORE_GROUP },
	{ "ignore_frag", EMUNIC_Q_IGNORE_FRAG },
	{ "prio_flip", EMUNIC_Q_PRIO_FLIP },
	{ "prio_ignore", EMUNIC_Q_PRIO_IGNORE },
	{ "ack_drop", EMUNIC_Q_ACK_DROP },
	{ "ip_other", EMUNIC_Q_IP_OTHER },
	{ "l4_frag_miss", EMUNIC_Q_L4_FRAG_MISS },
	{ "l4_by_proto", EMUNIC_Q_L4_BY_PROTO },
	{ "v6proto_last", EMUNIC_Q_V6PROTO_LAST },
	{ "error_unset", EMUNIC_Q_ERROR_UNSET },
	{ "query_fails", EMUNIC_Q_QUERY_FAILS },
	{ "pull_lag", EMUNIC_Q_PULL_LAG },
};

static int
malformed(const char *word)
{
	EMUNIC_LOG(ERR, "argument quirk: unknown or malformed quirk '%s'", word);
	return -EINVAL;
}

/* "N" or "N:ERRNO". */
static int
parse_failure(const char *quirk, char *number, uint32_t *nth, int *code)
{
	static const struct {
		const char *name;
		int value;
	} errnos[] = {
		{ "EIO", EIO }, { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "EBUSY", EBUSY }, { "EINVAL", EINVAL },
		{ "ENOTSUP", ENOTSUP }, { "EEXIST", EEXIST },
	};
	char *name = strchr(number, ':');
	unsigned int i;

	if (name != NULL) {
		*name++ = '\0';
		for (i = 0; i < RTE_DIM(errnos) && strcmp(name, errnos[i].name) != 0; i++)
			;
		if (i == RTE_DIM(errnos)) {
			EMUNIC_LOG(ERR, "argument quirk: unknown errno '%s' of %s", name, quirk);
			return -EINVAL;
		}
		*code = errnos[i].value;
	}
	return emunic_parse_u32("quirk", number, 1, UINT32_MAX, nth);
}

static int
parse_numbered(const char *word, char *number, struct emunic_caps *caps)
{
	if (strcmp(word, "enospc") == 0)
		return emunic_parse_u32("quirk", number, 0, UINT32_MAX - 1, &caps->enospc);
	if (strcmp(word, "slow") == 0)
		return emunic_parse_u32("quirk", number, 1, 1000000, &caps->slow_us);
	if (strcmp(word, "fail_op") == 0)
		return emunic_parse_u32("quirk", number, 1, UINT32_MAX, &caps->fail_op);
	if (strcmp(word, "reset_nth") == 0)
		return emunic_parse_u32("quirk", number, 1, UINT32_MAX, &caps->reset_nth);
	if (strcmp(word, "fail_nth") == 0)
		return parse_failure(word, number, &caps->fail_nth, &caps->fail_errno);
	if (strcmp(word, "fail_call") == 0)
		return parse_failure(word, number, &caps->fail_call, &caps->fail_call_errno);
	if (strcmp(word, "queue_room") == 0)
		return parse_failure(word, number, &caps->queue_room, &caps->queue_room_errno);
	if (strcmp(word, "table_room") == 0)
		return parse_failure(word, number, &caps->table_room, &caps->table_room_errno);
	return malformed(word);
}

/* A '+' list of quirks. */
int
emunic_quirks_parse(const char *text, struct emunic_caps *caps)
{
	char copy[512];
	char *save = NULL;
	char *word;
	char *number;
	unsigned int i;

	if (rte_strlcpy(copy, text, sizeof(copy)) >= sizeof(copy)) {
		EMUNIC_LOG(ERR, "argument quirk: the value is too long");
		return -EINVAL;
	}
	for (word = strtok_r(copy, "+", &save); word != NULL; word = strtok_r(NULL, "+", &save)) {
		number = strchr(word, ':');
		if (number != NULL) {
			*number++ = '\0';
			if (parse_numbered(word, number, caps) != 0)
				return -EINVAL;
			continue;
		}
		for (i = 0; i < RTE_DIM(switches) && strcmp(word, switches[i].name) != 0; i++)
			;
		if (i == RTE_DIM(switches))
			return malformed(word);
		caps->quirks |= switches[i].bit;
	}
	return 0;
}

/* Once all arguments are read: quirks that are other limits than the ones given. */
void
emunic_quirks_settle(struct emunic_caps *caps)
{
	if (caps->quirks & EMUNIC_Q_L4_FRAG_MISS)
		caps->frag_l4 = EMUNIC_FRAG_MISS;
	if (caps->quirks & EMUNIC_Q_L4_BY_PROTO)
		caps->frag_l4 = EMUNIC_FRAG_ANY;
	if (caps->quirks & EMUNIC_Q_V6PROTO_LAST)
		caps->v6proto_last = true;
}

/* How many priorities a group has. */
uint32_t
emunic_prios(const struct emunic_caps *caps, uint32_t group)
{
	return group == 0 ? caps->prios : caps->gprios;
}

/* The position of a priority in its group, 0 first. */
uint32_t
emunic_rank(const struct emunic_caps *caps, uint32_t group, uint32_t priority)
{
	bool reverse = caps->prio_reverse != !!(caps->quirks & EMUNIC_Q_PRIO_FLIP);

	if (caps->quirks & EMUNIC_Q_PRIO_IGNORE)
		return 0;
	return reverse ? emunic_prios(caps, group) - 1 - priority : priority;
}
