/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Templates of patterns and of actions, and the tables made of them: what a rule may look like, said before its values.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emunic.h"

int
emunic_info_get(struct rte_eth_dev *dev, struct rte_flow_port_info *port_info,
		struct rte_flow_queue_info *queue_info, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;

	RTE_SET_USED(error);
	*port_info = (struct rte_flow_port_info) {
		.max_nb_queues = EMUNIC_MAX_FLOW_QUEUES,
		.max_nb_counters = nic->caps.size,
		.max_nb_aging_objects = nic->caps.size,
		.supported_flags = RTE_FLOW_PORT_FLAG_STRICT_QUEUE,
	};
	if (queue_info != NULL)
		queue_info->max_size = nic->caps.async_size;
	return 0;
}

static void
queues_free(struct emunic *nic)
{
	uint16_t i;

	for (i = 0; i < nic->nb_flow_queues; i++) {
		free(nic->flow_queue[i].op);
		nic->flow_queue[i] = (struct emunic_flow_queue) { 0 };
	}
	nic->nb_flow_queues = 0;
}

static void
pattern_free(struct rte_flow_pattern_template *template)
{
	free(template->items);
	free(template);
}

static void
actions_free(struct rte_flow_actions_template *template)
{
	free(template->actions);
	free(template->masks);
	free(template);
}

/* Everything but rules, which must be gone. */
void
emunic_templates_free(struct emunic *nic)
{
	struct rte_flow_pattern_template *pattern;
	struct rte_flow_actions_template *actions;
	struct rte_flow_template_table *table;

	while ((table = nic->tables) != NULL) {
		nic->tables = table->next;
		free(table);
	}
	while ((pattern = nic->patterns) != NULL) {
		nic->patterns = pattern->next;
		pattern_free(pattern);
	}
	while ((actions = nic->actions) != NULL) {
		nic->actions = actions->next;
		actions_free(actions);
	}
	queues_free(nic);
}

/* Again: what there was of rules and templates goes. */
int
emunic_flow_configure(struct rte_eth_dev *dev, const struct rte_flow_port_attr *attr, uint16_t nb_queue,
		      const struct rte_flow_queue_attr *queue_attr[], struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	uint16_t i;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	if (rc == 0 && (nb_queue == 0 || nb_queue > EMUNIC_MAX_FLOW_QUEUES))
		rc = emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				 "%u flow queues: 1 to %u are possible", nb_queue, EMUNIC_MAX_FLOW_QUEUES);
	if (rc == 0 && (attr->nb_counters > nic->caps.size || attr->nb_aging_objects > nic->caps.size ||
			attr->nb_meters != 0 || attr->nb_conn_tracks != 0))
		rc = emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				 "more resources than there are");
	for (i = 0; rc == 0 && i < nb_queue; i++)
		if (queue_attr[i] == NULL || queue_attr[i]->size == 0 || queue_attr[i]->size > nic->caps.async_size)
			rc = emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					 "flow queue %u: a size from 1 to %u is possible", i, nic->caps.async_size);
	if (rc == 0) {
		emunic_flush_locked(nic);
		emunic_templates_free(nic);
	}
	for (i = 0; rc == 0 && i < nb_queue; i++) {
		nic->flow_queue[i].op = calloc(queue_attr[i]->size, sizeof(struct emunic_op));
		if (nic->flow_queue[i].op == NULL) {
			queues_free(nic);
			rc = emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no memory");
			break;
		}
		nic->flow_queue[i].size = queue_attr[i]->size;
		nic->nb_flow_queues = i + 1;
	}
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

static bool
is_direction(uint32_t ingress, uint32_t egress, uint32_t transfer)
{
	return ingress && !egress && !transfer;
}

/* What rules of the template may match on, judged as a rule whose values equal the masks. */
static int
judge_pattern(struct emunic *nic, const struct rte_flow_item *pattern, uint32_t *length, struct rte_flow_error *error)
{
	struct rte_flow_item shape[EMUNIC_MAX_TEMPLATE_LENGTH + 1] = { 0 };
	struct emunic_program program = { 0 };
	uint32_t n;

	for (n = 0; pattern[n].type != RTE_FLOW_ITEM_TYPE_END; n++) {
		if (n == EMUNIC_MAX_TEMPLATE_LENGTH)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_NUM, pattern,
					   "a template has at most %u items", EMUNIC_MAX_TEMPLATE_LENGTH);
		if (pattern[n].last != NULL)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_LAST, pattern[n].last,
					   "ranges in templates are not supported");
		shape[n].type = pattern[n].type;
		shape[n].spec = pattern[n].mask;
		shape[n].mask = pattern[n].mask;
	}
	*length = n;
	return emunic_compile_pattern(nic, &nic->caps, shape, &program, error);
}

struct rte_flow_pattern_template *
emunic_pattern_template_create(struct rte_eth_dev *dev, const struct rte_flow_pattern_template_attr *attr,
			       const struct rte_flow_item pattern[], struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_flow_pattern_template *template = NULL;
	uint32_t n;
	int size;

	pthread_mutex_lock(&nic->mutex);
	if (emunic_call(nic, error) != 0)
		goto out;
	if (!is_direction(attr->ingress, attr->egress, attr->transfer) || attr->relaxed_matching) {
		emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR, attr,
			    "templates for strict matching of ingress traffic only");
		goto out;
	}
	if (judge_pattern(nic, pattern, &n, error) != 0)
		goto out;
	size = rte_flow_conv(RTE_FLOW_CONV_OP_PATTERN, NULL, 0, pattern, error);
	template = calloc(1, sizeof(*template));
	if (template != NULL && size > 0)
		template->items = calloc(1, size);
	if (template == NULL || template->items == NULL ||
	    rte_flow_conv(RTE_FLOW_CONV_OP_PATTERN, template->items, size, pattern, error) < 0) {
		if (template != NULL)
			pattern_free(template);
		template = NULL;
		emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no memory");
		goto out;
	}
	template->n = n;
	template->next = nic->patterns;
	nic->patterns = template;
out:
	pthread_mutex_unlock(&nic->mutex);
	return template;
}

int
emunic_pattern_template_destroy(struct rte_eth_dev *dev, struct rte_flow_pattern_template *template,
				struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_flow_pattern_template **at;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	for (at = &nic->patterns; *at != NULL && *at != template; at = &(*at)->next)
		;
	if (rc == 0 && *at == NULL)
		rc = emunic_fail(nic, error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, template, "no such pattern template");
	if (rc == 0 && template->users != 0)
		rc = emunic_fail(nic, error, EBUSY, RTE_FLOW_ERROR_TYPE_HANDLE, template,
				 "%u tables use the pattern template", template->users);
	if (rc == 0) {
		*at = template->next;
		pattern_free(template);
	}
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

static struct rte_flow_action *
copy_actions(const struct rte_flow_action *actions)
{
	int size = rte_flow_conv(RTE_FLOW_CONV_OP_ACTIONS, NULL, 0, actions, NULL);
	struct rte_flow_action *copy = size > 0 ? calloc(1, size) : NULL;

	if (copy != NULL && rte_flow_conv(RTE_FLOW_CONV_OP_ACTIONS, copy, size, actions, NULL) < 0) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

/* What stands in for a configuration that only rules will have. */
static const void *
any_conf(enum rte_flow_action_type type)
{
	static const uint16_t queues[] = { 0 };
	static const struct rte_flow_action_queue queue = { .index = 0 };
	static const struct rte_flow_action_mark mark = { .id = 0 };
	static const struct rte_flow_action_jump jump = { .group = 0 };
	static const struct rte_flow_action_age age = { .timeout = 1 };
	static const struct rte_flow_action_rss rss = { .queue_num = 1, .queue = queues };

	switch (type) {
	case RTE_FLOW_ACTION_TYPE_QUEUE:
		return &queue;
	case RTE_FLOW_ACTION_TYPE_MARK:
		return &mark;
	case RTE_FLOW_ACTION_TYPE_JUMP:
		return &jump;
	case RTE_FLOW_ACTION_TYPE_AGE:
		return &age;
	case RTE_FLOW_ACTION_TYPE_RSS:
		return &rss;
	default:
		return NULL;
	}
}

static int
judge_actions(struct emunic *nic, const struct rte_flow_action *actions, const struct rte_flow_action *masks,
	      uint32_t *length, struct rte_flow_error *error)
{
	struct rte_flow_action shape[EMUNIC_MAX_TEMPLATE_LENGTH + 1] = { 0 };
	struct emunic_program program = { 0 };
	uint32_t n;

	for (n = 0; actions[n].type != RTE_FLOW_ACTION_TYPE_END; n++) {
		if (n == EMUNIC_MAX_TEMPLATE_LENGTH)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_NUM, actions,
					   "a template has at most %u actions", EMUNIC_MAX_TEMPLATE_LENGTH);
		if (masks[n].type != actions[n].type)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, &masks[n],
					   "actions and masks differ in action %u", n);
		shape[n].type = actions[n].type;
		shape[n].conf = masks[n].conf != NULL ? actions[n].conf : any_conf(actions[n].type);
	}
	if (masks[n].type != RTE_FLOW_ACTION_TYPE_END)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_NUM, &masks[n],
				   "more masks than actions");
	*length = n;
	return emunic_compile_actions(nic, &nic->caps, shape, &program, error);
}

struct rte_flow_actions_template *
emunic_actions_template_create(struct rte_eth_dev *dev, const struct rte_flow_actions_template_attr *attr,
			       const struct rte_flow_action actions[], const struct rte_flow_action masks[],
			       struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_flow_actions_template *template = NULL;
	uint32_t n;

	pthread_mutex_lock(&nic->mutex);
	if (emunic_call(nic, error) != 0)
		goto out;
	if (!is_direction(attr->ingress, attr->egress, attr->transfer)) {
		emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR, attr, "templates for ingress traffic only");
		goto out;
	}
	if (judge_actions(nic, actions, masks, &n, error) != 0)
		goto out;
	template = calloc(1, sizeof(*template));
	if (template != NULL) {
		template->actions = copy_actions(actions);
		template->masks = copy_actions(masks);
	}
	if (template == NULL || template->actions == NULL || template->masks == NULL) {
		if (template != NULL)
			actions_free(template);
		template = NULL;
		emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no memory");
		goto out;
	}
	template->n = n;
	template->next = nic->actions;
	nic->actions = template;
out:
	pthread_mutex_unlock(&nic->mutex);
	return template;
}

int
emunic_actions_template_destroy(struct rte_eth_dev *dev, struct rte_flow_actions_template *template,
				struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_flow_actions_template **at;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	for (at = &nic->actions; *at != NULL && *at != template; at = &(*at)->next)
		;
	if (rc == 0 && *at == NULL)
		rc = emunic_fail(nic, error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, template, "no such actions template");
	if (rc == 0 && template->users != 0)
		rc = emunic_fail(nic, error, EBUSY, RTE_FLOW_ERROR_TYPE_HANDLE, template,
				 "%u tables use the actions template", template->users);
	if (rc == 0) {
		*at = template->next;
		actions_free(template);
	}
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

static bool
is_pattern(const struct emunic *nic, const struct rte_flow_pattern_template *template)
{
	const struct rte_flow_pattern_template *t;

	for (t = nic->patterns; t != NULL && t != template; t = t->next)
		;
	return t != NULL;
}

static bool
is_actions(const struct emunic *nic, const struct rte_flow_actions_template *template)
{
	const struct rte_flow_actions_template *t;

	for (t = nic->actions; t != NULL && t != template; t = t->next)
		;
	return t != NULL;
}

bool
emunic_is_table(const struct emunic *nic, const struct rte_flow_template_table *table)
{
	const struct rte_flow_template_table *t;

	for (t = nic->tables; t != NULL && t != table; t = t->next)
		;
	return t != NULL;
}

static int
judge_table(struct emunic *nic, const struct rte_flow_template_table_attr *attr,
	    struct rte_flow_pattern_template *patterns[], uint8_t nb_patterns,
	    struct rte_flow_actions_template *actions[], uint8_t nb_actions, struct rte_flow_error *error)
{
	struct emunic_program program = { 0 };
	uint8_t i;

	if (nb_patterns == 0 || nb_patterns > EMUNIC_MAX_TEMPLATES || nb_actions == 0 ||
	    nb_actions > EMUNIC_MAX_TEMPLATES)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "a table has 1 to %u templates of either kind", EMUNIC_MAX_TEMPLATES);
	if (attr->nb_flows == 0 || attr->nb_flows > EMUNIC_MAX_RULES)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "a table holds 1 to %u rules", EMUNIC_MAX_RULES);
	for (i = 0; i < nb_patterns; i++)
		if (!is_pattern(nic, patterns[i]))
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_HANDLE, patterns[i],
					   "no such pattern template");
	for (i = 0; i < nb_actions; i++)
		if (!is_actions(nic, actions[i]))
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_HANDLE, actions[i],
					   "no such actions template");
	return emunic_compile_attr(nic, &nic->caps, &attr->flow_attr, &program, error);
}

struct rte_flow_template_table *
emunic_table_create(struct rte_eth_dev *dev, const struct rte_flow_template_table_attr *attr,
		    struct rte_flow_pattern_template *patterns[], uint8_t nb_patterns,
		    struct rte_flow_actions_template *actions[], uint8_t nb_actions, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_flow_template_table *table = NULL;
	uint8_t i;

	pthread_mutex_lock(&nic->mutex);
	if (emunic_call(nic, error) != 0 ||
	    judge_table(nic, attr, patterns, nb_patterns, actions, nb_actions, error) != 0)
		goto out;
	if (attr->nb_flows > nic->caps.table_room) {
		emunic_fail(nic, error, nic->caps.table_room_errno, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
			    "no room for a template table of %u rules", attr->nb_flows);
		goto out;
	}
	table = calloc(1, sizeof(*table));
	if (table == NULL) {
		emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no memory");
		goto out;
	}
	table->attr = attr->flow_attr;
	table->size = attr->nb_flows;
	table->nb_patterns = nb_patterns;
	table->nb_actions = nb_actions;
	for (i = 0; i < nb_patterns; i++) {
		table->patterns[i] = patterns[i];
		patterns[i]->users++;
	}
	for (i = 0; i < nb_actions; i++) {
		table->actions[i] = actions[i];
		actions[i]->users++;
	}
	table->next = nic->tables;
	nic->tables = table;
out:
	pthread_mutex_unlock(&nic->mutex);
	return table;
}

int
emunic_table_destroy(struct rte_eth_dev *dev, struct rte_flow_template_table *table, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_flow_template_table **at;
	uint8_t i;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	rc = emunic_call(nic, error);
	for (at = &nic->tables; *at != NULL && *at != table; at = &(*at)->next)
		;
	if (rc == 0 && *at == NULL)
		rc = emunic_fail(nic, error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, table, "no such template table");
	if (rc == 0 && table->handles != 0)
		rc = emunic_fail(nic, error, EBUSY, RTE_FLOW_ERROR_TYPE_HANDLE, table, "the table has %u rules",
				 table->handles);
	if (rc == 0) {
		*at = table->next;
		for (i = 0; i < table->nb_patterns; i++)
			table->patterns[i]->users--;
		for (i = 0; i < table->nb_actions; i++)
			table->actions[i]->users--;
		free(table);
	}
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}
