/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Flow queues. An operation waits in its queue until it is pushed, and its result until it is pulled. Those of one push are
 * carried out the last first: rte_flow promises no order within a queue.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "emunic.h"

static struct emunic_flow_queue *
find_queue(struct emunic *nic, uint32_t id, struct rte_flow_error *error)
{
	if (id < nic->nb_flow_queues)
		return &nic->flow_queue[id];
	emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "flow queue %u: the port has %u", id,
		    nic->nb_flow_queues);
	return NULL;
}

static int
free_rule(struct emunic *nic, struct rte_flow *flow)
{
	if (flow->state == EMUNIC_S_IN && emunic_remove(nic, flow) != 0)
		return -ENOMEM;
	flow->table->handles--;
	free(flow);
	return 0;
}

/* A rule whose destruction fails stays where it is, and nobody has a handle of it any more: only a flush takes it out. */
static void
carry_out(struct emunic *nic, struct emunic_op *op)
{
	struct rte_flow *flow = op->flow;
	bool told = ++nic->ops == nic->caps.fail_op;

	if (op->destroys) {
		op->failed = (told && flow->state == EMUNIC_S_IN) || free_rule(nic, flow) != 0 || told;
		op->flow = NULL;
		return;
	}
	nic->nb_queued--;
	if (nic->caps.slow_us != 0)
		rte_delay_us_sleep(nic->caps.slow_us);
	op->failed = told || emunic_admit(nic, flow, NULL) != 0 || emunic_insert(nic, flow) != 0;
	if (!op->failed)
		flow->state = EMUNIC_S_IN;
}

/* Everything stored so far; says whether the port reset itself meanwhile. */
static bool
push(struct emunic *nic, struct emunic_flow_queue *queue)
{
	uint32_t i;

	for (i = queue->n; i > queue->done; i--) {
		carry_out(nic, &queue->op[i - 1]);
		if (!queue->op[i - 1].destroys && !queue->op[i - 1].failed && emunic_reset_as_told(nic))
			return true;
	}
	if (queue->n > queue->done)
		queue->lag = !!(nic->caps.quirks & EMUNIC_Q_PULL_LAG);
	queue->done = queue->n;
	return false;
}

static int
store(struct emunic *nic, struct emunic_flow_queue *queue, struct rte_flow *flow, bool destroys, void *user_data,
      struct rte_flow_error *error)
{
	if (queue->n == queue->size || queue->n >= nic->caps.queue_room)
		return emunic_fail(nic, error, nic->caps.queue_room_errno, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "the flow queue is full: %u operations", queue->n);
	queue->op[queue->n++] = (struct emunic_op) { .flow = flow, .destroys = destroys, .user_data = user_data };
	return 0;
}

/* The rule as rte_flow_create() would be given it: masks of the template, values of the rule. */
static int
merge_pattern(struct emunic *nic, const struct rte_flow_pattern_template *template, const struct rte_flow_item *pattern,
	      struct rte_flow_item *merged, struct rte_flow_error *error)
{
	uint32_t i;

	for (i = 0; i < template->n; i++) {
		if (pattern[i].type != template->items[i].type)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM, &pattern[i],
					   "item %u is another one than in the template", i);
		merged[i] = (struct rte_flow_item) { .type = pattern[i].type, .mask = template->items[i].mask };
		if (merged[i].mask != NULL)
			merged[i].spec = pattern[i].spec;
		if (merged[i].mask != NULL && merged[i].spec == NULL)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_SPEC, &pattern[i],
					   "item %u has no values for the template's mask", i);
	}
	merged[i] = (struct rte_flow_item) { .type = RTE_FLOW_ITEM_TYPE_END };
	return pattern[i].type == RTE_FLOW_ITEM_TYPE_END ? 0 :
	       emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_NUM, pattern, "more items than in the template");
}

static int
merge_actions(struct emunic *nic, const struct rte_flow_actions_template *template,
	      const struct rte_flow_action *actions, struct rte_flow_action *merged, struct rte_flow_error *error)
{
	uint32_t i;

	for (i = 0; i < template->n; i++) {
		if (actions[i].type != template->actions[i].type)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, &actions[i],
					   "action %u is another one than in the template", i);
		merged[i] = template->masks[i].conf != NULL ? template->actions[i] : actions[i];
	}
	merged[i] = (struct rte_flow_action) { .type = RTE_FLOW_ACTION_TYPE_END };
	return actions[i].type == RTE_FLOW_ACTION_TYPE_END ? 0 :
	       emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_NUM, actions,
			   "more actions than in the template");
}

static int
admit(struct emunic *nic, struct rte_flow_template_table *table, uint8_t pattern_index, uint8_t actions_index,
      struct rte_flow_error *error)
{
	if (!emunic_is_table(nic, table))
		return emunic_fail(nic, error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, table, "no such template table");
	if (pattern_index >= table->nb_patterns || actions_index >= table->nb_actions)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "the table has no such template");
	if (table->handles >= table->size)
		return emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "the template table is full: %u rules", table->handles);
	if (nic->nb_rules + nic->nb_queued >= nic->caps.size)
		return emunic_fail(nic, error, ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "the table is full: %u rules", nic->nb_rules + nic->nb_queued);
	return 0;
}

/* An item or action of the merged rule stands for the one that the application gave. */
static void
translate_cause(struct rte_flow_error *error, const struct rte_flow_item *merged_items,
		const struct rte_flow_item *pattern, const struct rte_flow_action *merged_actions,
		const struct rte_flow_action *actions)
{
	const char *cause = error == NULL ? NULL : error->cause;
	uint32_t i;

	for (i = 0; cause != NULL && i < EMUNIC_MAX_TEMPLATE_LENGTH; i++) {
		if (cause == (const char *)&merged_items[i])
			error->cause = &pattern[i];
		else if (cause == (const char *)&merged_actions[i])
			error->cause = &actions[i];
	}
}

static struct rte_flow *
queue_rule(struct emunic *nic, struct emunic_flow_queue *queue, struct rte_flow_template_table *table,
	   const struct emunic_program *program, void *user_data, struct rte_flow_error *error)
{
	struct rte_flow *flow = emunic_make_rule(nic, program);

	if (flow == NULL) {
		emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no memory");
		return NULL;
	}
	if (store(nic, queue, flow, false, user_data, error) != 0) {
		free(flow);
		return NULL;
	}
	flow->state = EMUNIC_S_QUEUED;
	flow->table = table;
	flow->flow_queue = queue - nic->flow_queue;
	table->handles++;
	nic->nb_queued++;
	emunic_know(nic, flow);
	return flow;
}

struct rte_flow *
emunic_async_create(struct rte_eth_dev *dev, uint32_t queue_id, const struct rte_flow_op_attr *attr,
		    struct rte_flow_template_table *table, const struct rte_flow_item pattern[], uint8_t pattern_index,
		    const struct rte_flow_action actions[], uint8_t actions_index, void *user_data,
		    struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_flow_item items[EMUNIC_MAX_TEMPLATE_LENGTH + 1];
	struct rte_flow_action acts[EMUNIC_MAX_TEMPLATE_LENGTH + 1];
	struct emunic_program program;
	struct emunic_flow_queue *queue;
	struct rte_flow *flow = NULL;
	bool reset = false;

	pthread_mutex_lock(&nic->mutex);
	if (emunic_call(nic, error) != 0)
		goto out;
	queue = find_queue(nic, queue_id, error);
	if (queue == NULL || admit(nic, table, pattern_index, actions_index, error) != 0 ||
	    merge_pattern(nic, table->patterns[pattern_index], pattern, items, error) != 0 ||
	    merge_actions(nic, table->actions[actions_index], actions, acts, error) != 0)
		goto out;
	if (emunic_compile(nic, &nic->caps, &table->attr, items, acts, &program, error) != 0) {
		translate_cause(error, items, pattern, acts, actions);
		goto out;
	}
	flow = queue_rule(nic, queue, table, &program, user_data, error);
	if (flow != NULL && !attr->postpone)
		reset = push(nic, queue);
out:
	pthread_mutex_unlock(&nic->mutex);
	if (reset)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RESET, NULL);
	if (!reset)
		return flow;
	emunic_fail(nic, error, EIO, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "the port has reset itself");
	return NULL;
}

/* The handle is void from here on, whatever becomes of the operation. */
int
emunic_async_destroy(struct rte_eth_dev *dev, uint32_t queue_id, const struct rte_flow_op_attr *attr,
		     struct rte_flow *flow, void *user_data, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_flow_queue *queue = NULL;
	bool reset = false;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	if (rc == 0) {
		queue = find_queue(nic, queue_id, error);
		rc = queue == NULL ? -EINVAL : 0;
	}
	if (rc == 0 && !emunic_is_known(nic, flow))
		rc = emunic_unknown_rule(nic, flow, error);
	else if (rc == 0 && (flow->table == NULL || flow->flow_queue != queue_id))
		rc = emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_HANDLE, flow,
				 "the rule is not one of this flow queue");
	else if (rc == 0 && flow->state == EMUNIC_S_QUEUED)
		rc = emunic_fail(nic, error, EBUSY, RTE_FLOW_ERROR_TYPE_HANDLE, flow,
				 "the result of the rule's creation has not been pulled");
	if (rc == 0)
		rc = store(nic, queue, flow, true, user_data, error);
	if (rc == 0) {
		emunic_forget(nic, flow);
		if (!attr->postpone)
			reset = push(nic, queue);
	}
	pthread_mutex_unlock(&nic->mutex);
	if (reset)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RESET, NULL);
	return rc;
}

int
emunic_push(struct rte_eth_dev *dev, uint32_t queue_id, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_flow_queue *queue;
	bool reset = false;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	if (rc == 0) {
		queue = find_queue(nic, queue_id, error);
		rc = queue == NULL ? -EINVAL : 0;
	}
	if (rc == 0)
		reset = push(nic, queue);
	pthread_mutex_unlock(&nic->mutex);
	if (reset)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RESET, NULL);
	return rc;
}

int
emunic_pull(struct rte_eth_dev *dev, uint32_t queue_id, struct rte_flow_op_result res[], uint16_t n_res,
	    struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_flow_queue *queue;
	uint32_t n = 0;
	uint32_t i;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	if (rc == 0) {
		queue = find_queue(nic, queue_id, error);
		rc = queue == NULL ? -EINVAL : 0;
	}
	if (rc == 0 && queue->lag)
		queue->lag = 0;
	else if (rc == 0)
		n = RTE_MIN(queue->done, n_res);
	for (i = 0; i < n; i++) {
		struct emunic_op *op = &queue->op[i];

		res[i].status = op->failed ? RTE_FLOW_OP_ERROR : RTE_FLOW_OP_SUCCESS;
		res[i].user_data = op->user_data;
		if (!op->destroys && op->failed)
			op->flow->state = EMUNIC_S_REJECTED;
	}
	if (n > 0) {
		queue->n -= n;
		queue->done -= n;
		memmove(queue->op, queue->op + n, queue->n * sizeof(queue->op[0]));
	}
	pthread_mutex_unlock(&nic->mutex);
	return rc == 0 ? (int)n : rc;
}

/* What waits is forgotten without a result: every rule is about to go. Rules to be destroyed that are in no group go here. */
void
emunic_queues_empty(struct emunic *nic)
{
	uint16_t i;
	uint32_t j;

	for (i = 0; i < nic->nb_flow_queues; i++) {
		struct emunic_flow_queue *queue = &nic->flow_queue[i];

		for (j = queue->done; j < queue->n; j++)
			if (queue->op[j].destroys && queue->op[j].flow != NULL &&
			    queue->op[j].flow->state != EMUNIC_S_IN)
				free(queue->op[j].flow);
		queue->n = 0;
		queue->done = 0;
		queue->lag = 0;
	}
	nic->nb_queued = 0;
}
