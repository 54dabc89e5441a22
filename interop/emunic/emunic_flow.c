/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * The flow operations that change the table, and what can be made to go wrong in them.
 */
#include <errno.h>
#include <stdlib.h>

#include <rte_cycles.h>

#include "emunic.h"

static int
templates_only(struct emunic *nic, struct rte_flow_error *error)
{
	return nic->caps.async != EMUNIC_ASYNC_ONLY ? 0 :
	       emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "rules by templates only");
}

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item pattern[],
	      const struct rte_flow_action actions[], struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_program program;
	int rc;

	if (nic->caps.quirks & EMUNIC_Q_VALIDATE_LIES)
		return 0;
	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	if (rc == 0)
		rc = templates_only(nic, error);
	if (rc == 0)
		rc = emunic_compile(nic, &nic->caps, attr, pattern, actions, &program, error);
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

/* Counts the calls, and fails the one that is to fail; under the mutex. */
int
emunic_call(struct emunic *nic, struct rte_flow_error *error)
{
	const struct emunic_caps *caps = &nic->caps;

	if (__atomic_load_n(&nic->down, __ATOMIC_RELAXED))
		return emunic_fail(nic, error, EIO, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "the port has reset itself: stop and start it");
	if (++nic->calls != caps->fail_call)
		return 0;
	return emunic_fail(nic, error, caps->fail_call_errno, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
			   "call %u failed as told", caps->fail_call);
}

/* Whether the table takes this rule, too; under the mutex. */
int
emunic_admit(struct emunic *nic, const struct rte_flow *flow, struct rte_flow_error *error)
{
	const struct emunic_caps *caps = &nic->caps;

	if (emunic_is_duplicate(nic, flow))
		return emunic_fail(nic, error, EEXIST, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "a rule with this pattern, group and priority exists");
	if (nic->nb_rules >= caps->size || nic->nb_rules >= caps->enospc)
		return emunic_fail(nic, error, ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "the table is full: %u rules", nic->nb_rules);
	if (++nic->creates == caps->fail_nth)
		return emunic_fail(nic, error, caps->fail_errno, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "insertion %u failed as told", caps->fail_nth);
	return 0;
}

/* A port that resets itself loses every rule, and is dead until its owner stops and starts it. */
bool
emunic_reset_as_told(struct emunic *nic)
{
	if (nic->caps.reset_nth == 0 || nic->creates != nic->caps.reset_nth)
		return false;
	__atomic_store_n(&nic->down, 1, __ATOMIC_SEQ_CST);
	emunic_flush_locked(nic);
	return true;
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item pattern[],
	    const struct rte_flow_action actions[], struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_program program;
	struct rte_flow *flow = NULL;
	bool reset = false;

	pthread_mutex_lock(&nic->mutex);
	if (emunic_call(nic, error) != 0 || templates_only(nic, error) != 0)
		goto out;
	if (emunic_compile(nic, &nic->caps, attr, pattern, actions, &program, error) != 0)
		goto out;
	flow = emunic_make_rule(nic, &program);
	if (flow != NULL && emunic_admit(nic, flow, error) != 0) {
		free(flow);
		flow = NULL;
		goto out;
	}
	if (nic->caps.slow_us != 0)
		rte_delay_us_sleep(nic->caps.slow_us);
	if (flow == NULL || emunic_insert(nic, flow) != 0) {
		free(flow);
		flow = NULL;
		emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no memory");
		goto out;
	}
	emunic_know(nic, flow);
	reset = emunic_reset_as_told(nic);
out:
	pthread_mutex_unlock(&nic->mutex);
	if (reset)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RESET, NULL);
	return flow;
}

int
emunic_unknown_rule(struct emunic *nic, struct rte_flow *flow, struct rte_flow_error *error)
{
	return emunic_fail(nic, error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, flow, "no such rule");
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	if (rc == 0 && !emunic_is_known(nic, flow))
		rc = emunic_unknown_rule(nic, flow, error);
	else if (rc == 0 && flow->table != NULL)
		rc = emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_HANDLE, flow,
				 "a rule of a template table goes the way it came");
	else if (rc == 0 && emunic_remove(nic, flow) != 0)
		rc = emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_HANDLE, flow, "no memory");
	if (rc == 0) {
		emunic_forget(nic, flow);
		free(flow);
	}
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	RTE_SET_USED(error);
	emunic_flush(dev->data->dev_private);
	return 0;
}

static int
flow_isolate(struct rte_eth_dev *dev, int on, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;

	RTE_SET_USED(error);
	__atomic_store_n(&nic->isolated, on != 0, __ATOMIC_SEQ_CST);
	return 0;
}

#define SYNCHRONOUS \
	.validate = flow_validate, \
	.create = flow_create, \
	.destroy = flow_destroy, \
	.flush = flow_flush, \
	.query = emunic_flow_query, \
	.isolate = flow_isolate, \
	.dev_dump = emunic_flow_dump, \
	.get_aged_flows = emunic_flow_aged

const struct rte_flow_ops emunic_flow_ops = {
	SYNCHRONOUS,
};

const struct rte_flow_ops emunic_flow_ops_async = {
	SYNCHRONOUS,
	.info_get = emunic_info_get,
	.configure = emunic_flow_configure,
	.pattern_template_create = emunic_pattern_template_create,
	.pattern_template_destroy = emunic_pattern_template_destroy,
	.actions_template_create = emunic_actions_template_create,
	.actions_template_destroy = emunic_actions_template_destroy,
	.template_table_create = emunic_table_create,
	.template_table_destroy = emunic_table_destroy,
	.async_create = emunic_async_create,
	.async_destroy = emunic_async_destroy,
	.push = emunic_push,
	.pull = emunic_pull,
};
