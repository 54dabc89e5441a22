/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * From an rte_flow action list to a program. Exactly one fate is required: rte_flow.h leaves a rule without one
 * undefined. Repeated actions (which would duplicate packets) are not supported.
 */
#include <rte_ethdev.h>

#include "emunic.h"

#define FATES (RTE_BIT32(EMUNIC_A_DROP) | RTE_BIT32(EMUNIC_A_PASSTHRU) | RTE_BIT32(EMUNIC_A_QUEUE) | \
	       RTE_BIT32(EMUNIC_A_RSS) | RTE_BIT32(EMUNIC_A_JUMP))

static const enum rte_flow_action_type types[EMUNIC_ACTIONS] = {
	[EMUNIC_A_DROP] = RTE_FLOW_ACTION_TYPE_DROP,
	[EMUNIC_A_PASSTHRU] = RTE_FLOW_ACTION_TYPE_PASSTHRU,
	[EMUNIC_A_QUEUE] = RTE_FLOW_ACTION_TYPE_QUEUE,
	[EMUNIC_A_MARK] = RTE_FLOW_ACTION_TYPE_MARK,
	[EMUNIC_A_FLAG] = RTE_FLOW_ACTION_TYPE_FLAG,
	[EMUNIC_A_RSS] = RTE_FLOW_ACTION_TYPE_RSS,
	[EMUNIC_A_COUNT] = RTE_FLOW_ACTION_TYPE_COUNT,
	[EMUNIC_A_JUMP] = RTE_FLOW_ACTION_TYPE_JUMP,
	[EMUNIC_A_AGE] = RTE_FLOW_ACTION_TYPE_AGE,
};

static int
compile_rss(struct emunic *nic, const struct rte_flow_action *action, struct emunic_program *program,
	    struct rte_flow_error *error)
{
	const struct rte_flow_action_rss *rss = action->conf;
	uint16_t nb_rxq = nic->dev->data->nb_rx_queues;
	uint32_t i;

	if (rss->func > RTE_ETH_HASH_FUNCTION_SYMMETRIC_TOEPLITZ)
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, rss,
				   "rss: hash function %d is not supported", (int)rss->func);
	if (rss->level > 1)
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, rss,
				   "rss: inner levels are not supported");
	if (rss->queue_num == 0 || rss->queue == NULL)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, rss, "rss: no queues");
	if (rss->queue_num > EMUNIC_MAX_QUEUES)
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, rss,
				   "rss: more than %u queues are not supported", EMUNIC_MAX_QUEUES);
	for (i = 0; i < rss->queue_num; i++) {
		if (rss->queue[i] >= nb_rxq)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, rss,
					   "rss: queue %u: the port has %u rx queues", rss->queue[i], nb_rxq);
		program->rss[i] = rss->queue[i];
	}
	program->nb_rss = rss->queue_num;
	return 0;
}

static int
compile_conf(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_action *action,
	     unsigned int id, struct emunic_program *program, struct rte_flow_error *error)
{
	const struct rte_flow_action_age *age;
	uint16_t nb_rxq = nic->dev->data->nb_rx_queues;

	switch (id) {
	case EMUNIC_A_DROP:
	case EMUNIC_A_PASSTHRU:
	case EMUNIC_A_FLAG:
	case EMUNIC_A_COUNT: /* its configuration names a counter: every rule has its own here */
		return 0;
	default:
		break;
	}
	if (action->conf == NULL)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, action,
				   "action %s needs a configuration", emunic_action_names[id]);

	switch (id) {
	case EMUNIC_A_QUEUE:
		program->queue = ((const struct rte_flow_action_queue *)action->conf)->index;
		if (program->queue >= nb_rxq)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, action->conf,
					   "queue %u: the port has %u rx queues", program->queue, nb_rxq);
		return 0;
	case EMUNIC_A_RSS:
		return compile_rss(nic, action, program, error);
	case EMUNIC_A_MARK:
		program->mark = ((const struct rte_flow_action_mark *)action->conf)->id;
		if (program->mark > 0xffffff)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, action->conf,
					   "mark %#x: an id has 24 bits", program->mark);
		return 0;
	case EMUNIC_A_JUMP:
		program->jump = ((const struct rte_flow_action_jump *)action->conf)->group;
		if (caps->quirks & EMUNIC_Q_IGNORE_GROUP)
			program->jump %= EMUNIC_MAX_GROUPS;
		else if (program->jump >= caps->groups)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, action->conf,
					   "jump to group %u: the last group is %u", program->jump, caps->groups - 1);
		return 0;
	default: /* EMUNIC_A_AGE */
		age = action->conf;
		if (age->timeout == 0)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, age,
					   "age: the timeout is 0");
		program->age_s = age->timeout;
		program->age_context = age->context;
		return 0;
	}
}

static int
unknown_action(struct emunic *nic, const struct rte_flow_action *action, struct rte_flow_error *error)
{
	char name[32] = "?";

	rte_flow_conv(RTE_FLOW_CONV_OP_ACTION_NAME, name, sizeof(name), (void *)(uintptr_t)action->type, NULL);
	return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
			   "actions of type %d (%s) are not supported", (int)action->type, name);
}

int
emunic_compile_actions(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_action *actions,
		       struct emunic_program *program, struct rte_flow_error *error)
{
	const struct rte_flow_action *action;
	unsigned int id;
	int rc;

	for (action = actions; action->type != RTE_FLOW_ACTION_TYPE_END; action++) {
		if (action->type == RTE_FLOW_ACTION_TYPE_VOID)
			continue;
		for (id = 0; id < EMUNIC_ACTIONS && types[id] != action->type; id++)
			;
		if (id == EMUNIC_ACTIONS)
			return unknown_action(nic, action, error);
		if (!(caps->actions & RTE_BIT32(id)))
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
					   "action %s is not supported", emunic_action_names[id]);
		if (program->actions & RTE_BIT32(id))
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
					   "action %s is there twice", emunic_action_names[id]);
		if (RTE_BIT32(id) & FATES && program->actions & FATES)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, action,
					   "action %s: the rule has a fate already", emunic_action_names[id]);
		rc = compile_conf(nic, caps, action, id, program, error);
		if (rc != 0)
			return rc;
		program->actions |= RTE_BIT32(id);
	}
	if (!(program->actions & FATES))
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_NUM, actions,
				   "no action decides the packet's fate");
	return 0;
}
