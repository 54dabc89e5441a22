/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * What is asked about rules: counters, ages, dumps.
 */
#include <errno.h>

#include <rte_cycles.h>

#include "emunic.h"

static uint64_t
seconds_since_hit(const struct rte_flow *flow)
{
	uint64_t last = emunic_read(&flow->last_hit);
	uint64_t now = rte_rdtsc();

	return now > last ? (now - last) / rte_get_tsc_hz() : 0;
}

static int
query_action(struct emunic *nic, struct rte_flow *flow, const struct rte_flow_action *action, void *data,
	     struct rte_flow_error *error)
{
	struct rte_flow_query_count *count = data;
	struct rte_flow_query_age *age = data;
	uint64_t hits;
	uint64_t bytes;
	uint64_t idle;

	if (action->type == RTE_FLOW_ACTION_TYPE_COUNT && flow->actions & RTE_BIT32(EMUNIC_A_COUNT)) {
		hits = emunic_read(&flow->hits);
		bytes = emunic_read(&flow->bytes);
		count->hits_set = 1;
		count->bytes_set = 1;
		count->hits = hits - flow->base_hits;
		count->bytes = bytes - flow->base_bytes;
		if (count->reset) {
			flow->base_hits = hits;
			flow->base_bytes = bytes;
		}
		return 0;
	}
	if (action->type == RTE_FLOW_ACTION_TYPE_AGE && flow->actions & RTE_BIT32(EMUNIC_A_AGE)) {
		idle = seconds_since_hit(flow);
		age->aged = idle >= flow->age_s;
		age->sec_since_last_hit_valid = 1;
		age->sec_since_last_hit = RTE_MIN(idle, 0xffffffu);
		return 0;
	}
	return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
			   "the rule has no such action to query");
}

int
emunic_flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *actions, void *data,
	   struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	const struct rte_flow_action *action;
	int rc = 0;

	if (nic->caps.quirks & EMUNIC_Q_QUERY_FAILS)
		return -1; /* as failsafe does: not even an errno */
	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	if (rc == 0 && !emunic_is_known(nic, flow))
		rc = emunic_unknown_rule(nic, flow, error);
	for (action = actions; rc == 0 && action->type != RTE_FLOW_ACTION_TYPE_END; action++)
		if (action->type != RTE_FLOW_ACTION_TYPE_VOID)
			rc = query_action(nic, flow, action, data, error);
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

int
emunic_flow_dump(struct rte_eth_dev *dev, struct rte_flow *flow, FILE *file, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	const struct emunic_group *group;
	unsigned int id;
	uint32_t i;
	int rc = 0;

	pthread_mutex_lock(&nic->mutex);
	if (flow != NULL && !emunic_is_known(nic, flow))
		rc = emunic_unknown_rule(nic, flow, error);
	else if (flow != NULL)
		emunic_dump_rule(nic, flow, file);
	for (id = 0; flow == NULL && id < EMUNIC_MAX_GROUPS; id++) {
		group = nic->group[id];
		for (i = 0; group != NULL && i < group->n; i++)
			emunic_dump_rule(nic, group->rule[i], file);
	}
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

/* All rules that are aged now; with nb_contexts 0 their number. */
int
emunic_flow_aged(struct rte_eth_dev *dev, void **contexts, uint32_t nb_contexts, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	const struct emunic_group *group;
	const struct rte_flow *flow;
	unsigned int id;
	uint32_t i;
	uint32_t n = 0;

	RTE_SET_USED(error);
	pthread_mutex_lock(&nic->mutex);
	for (id = 0; id < EMUNIC_MAX_GROUPS; id++) {
		group = nic->group[id];
		for (i = 0; group != NULL && i < group->n; i++) {
			flow = group->rule[i];
			if (!(flow->actions & RTE_BIT32(EMUNIC_A_AGE)) || seconds_since_hit(flow) < flow->age_s)
				continue;
			if (n < nb_contexts)
				contexts[n] = flow->age_context;
			n++;
		}
	}
	pthread_mutex_unlock(&nic->mutex);
	return (int)(nb_contexts == 0 ? n : RTE_MIN(n, nb_contexts));
}
