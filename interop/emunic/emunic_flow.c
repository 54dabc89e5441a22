/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * The rule table. Each group is an immutable array in matching order; a change publishes a new array and waits until
 * the burst that may still use the old one is over, then frees it. The control path runs under nic->mutex.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "emunic.h"

static uint64_t
hash_bytes(uint64_t h, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n-- > 0)
		h = (h ^ *p++) * 0x100000001b3ULL; /* FNV-1a, 64 bits */
	return h;
}

static uint64_t
hash_program(const struct emunic_program *p)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	h = hash_bytes(h, &p->group, sizeof(p->group));
	h = hash_bytes(h, &p->priority, sizeof(p->priority));
	h = hash_bytes(h, &p->layers, sizeof(p->layers));
	h = hash_bytes(h, p->criteria, p->nb_criteria * sizeof(p->criteria[0]));
	return h ^ h >> 32;
}

static bool
same_rule(const struct rte_flow *flow, const struct emunic_program *p, uint64_t hash)
{
	return flow->hash == hash && flow->group == p->group && flow->priority == p->priority &&
	       flow->layers == p->layers && flow->nb_criteria == p->nb_criteria &&
	       memcmp(flow->criteria, p->criteria, p->nb_criteria * sizeof(p->criteria[0])) == 0;
}

static struct rte_flow **
ptr_bucket(struct emunic *nic, const struct rte_flow *flow)
{
	uintptr_t p = (uintptr_t)flow;

	return &nic->by_ptr[(p >> 4 ^ p >> 17) & (EMUNIC_BUCKETS - 1)];
}

/* Whether the handle is one of ours: a stale one must not be dereferenced. */
static bool
is_known(struct emunic *nic, const struct rte_flow *flow)
{
	const struct rte_flow *f;

	for (f = *ptr_bucket(nic, flow); f != NULL; f = f->next_same_ptr)
		if (f == flow)
			return true;
	return false;
}

static void
index_add(struct emunic *nic, struct rte_flow *flow)
{
	struct rte_flow **h = &nic->by_hash[flow->hash & (EMUNIC_BUCKETS - 1)];
	struct rte_flow **p = ptr_bucket(nic, flow);

	flow->next_same_hash = *h;
	*h = flow;
	flow->next_same_ptr = *p;
	*p = flow;
}

static void
index_remove(struct emunic *nic, struct rte_flow *flow)
{
	struct rte_flow **at;

	for (at = &nic->by_hash[flow->hash & (EMUNIC_BUCKETS - 1)]; *at != flow; at = &(*at)->next_same_hash)
		;
	*at = flow->next_same_hash;
	for (at = ptr_bucket(nic, flow); *at != flow; at = &(*at)->next_same_ptr)
		;
	*at = flow->next_same_ptr;
}

/* Waits for the burst that began before the last publication, if one is being classified. */
static void
grace_period(struct emunic *nic)
{
	uint64_t seen;
	unsigned int spins = 0;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	seen = __atomic_load_n(&nic->epoch, __ATOMIC_ACQUIRE);
	if ((seen & 1) == 0)
		return;
	while (__atomic_load_n(&nic->epoch, __ATOMIC_ACQUIRE) == seen) {
		if (++spins % 1024 == 0)
			sched_yield();
		rte_pause();
	}
}

static void
publish(struct emunic *nic, uint32_t id, struct emunic_group *group)
{
	struct emunic_group *old = nic->group[id];

	__atomic_store_n(&nic->group[id], group, __ATOMIC_SEQ_CST);
	grace_period(nic);
	free(old);
}

static bool
before(const struct rte_flow *a, const struct rte_flow *b)
{
	return a->rank < b->rank || (a->rank == b->rank && a->seq < b->seq);
}

/* The number of rules that stand before this one. */
static uint32_t
position(const struct emunic_group *group, const struct rte_flow *flow)
{
	uint32_t lo = 0;
	uint32_t hi = group == NULL ? 0 : group->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (before(group->rule[mid], flow))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
insert_rule(struct emunic *nic, struct rte_flow *flow)
{
	const struct emunic_group *old = nic->group[flow->group];
	uint32_t n = old == NULL ? 0 : old->n;
	uint32_t at = position(old, flow);
	struct emunic_group *group = malloc(sizeof(*group) + (n + 1) * sizeof(group->rule[0]));

	if (group == NULL)
		return -ENOMEM;
	group->n = n + 1;
	if (old != NULL) {
		memcpy(group->rule, old->rule, at * sizeof(group->rule[0]));
		memcpy(group->rule + at + 1, old->rule + at, (n - at) * sizeof(group->rule[0]));
	}
	group->rule[at] = flow;
	index_add(nic, flow);
	nic->nb_rules++;
	publish(nic, flow->group, group);
	return 0;
}

static int
remove_rule(struct emunic *nic, struct rte_flow *flow)
{
	const struct emunic_group *old = nic->group[flow->group];
	uint32_t at = position(old, flow);
	struct emunic_group *group = NULL;

	if (old->n > 1) {
		group = malloc(sizeof(*group) + (old->n - 1) * sizeof(group->rule[0]));
		if (group == NULL)
			return -ENOMEM;
		group->n = old->n - 1;
		memcpy(group->rule, old->rule, at * sizeof(group->rule[0]));
		memcpy(group->rule + at, old->rule + at + 1, (old->n - at - 1) * sizeof(group->rule[0]));
	}
	index_remove(nic, flow);
	nic->nb_rules--;
	publish(nic, flow->group, group);
	free(flow);
	return 0;
}

/* Removes every rule. */
void
emunic_flush(struct emunic *nic)
{
	struct emunic_group *old[EMUNIC_MAX_GROUPS];
	unsigned int id;
	uint32_t i;

	pthread_mutex_lock(&nic->mutex);
	for (id = 0; id < EMUNIC_MAX_GROUPS; id++)
		old[id] = __atomic_exchange_n(&nic->group[id], NULL, __ATOMIC_SEQ_CST);
	grace_period(nic);
	for (id = 0; id < EMUNIC_MAX_GROUPS; id++) {
		for (i = 0; old[id] != NULL && i < old[id]->n; i++)
			free(old[id]->rule[i]);
		free(old[id]);
	}
	memset(nic->by_hash, 0, sizeof(nic->by_hash));
	memset(nic->by_ptr, 0, sizeof(nic->by_ptr));
	nic->nb_rules = 0;
	pthread_mutex_unlock(&nic->mutex);
}

static struct rte_flow *
make_rule(struct emunic *nic, const struct emunic_program *p, uint64_t hash)
{
	struct rte_flow *flow = calloc(1, sizeof(*flow) + p->nb_criteria * sizeof(p->criteria[0]));

	if (flow == NULL)
		return NULL;
	flow->seq = nic->next_seq++;
	flow->hash = hash;
	flow->group = p->group;
	flow->priority = p->priority;
	flow->rank = nic->caps.prio_reverse ? nic->caps.prios - 1 - p->priority : p->priority;
	flow->layers = p->layers;
	flow->actions = p->actions;
	flow->nb_criteria = p->nb_criteria;
	flow->mark = p->mark;
	flow->jump = p->jump;
	flow->age_s = p->age_s;
	flow->age_context = p->age_context != NULL ? p->age_context : flow;
	flow->queue = p->queue;
	flow->nb_rss = p->nb_rss;
	memcpy(flow->rss, p->rss, sizeof(flow->rss));
	flow->last_hit = rte_rdtsc();
	memcpy(flow->criteria, p->criteria, p->nb_criteria * sizeof(p->criteria[0]));
	return flow;
}

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item pattern[],
	      const struct rte_flow_action actions[], struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_program program;
	int rc;

	if (nic->caps.validate_lies)
		return 0;
	pthread_mutex_lock(&nic->mutex);
	rc = emunic_compile(nic, &nic->caps, attr, pattern, actions, &program, error);
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

/* Whether the table takes one more rule like this; under the mutex. */
static int
admit(struct emunic *nic, const struct emunic_program *program, uint64_t hash, struct rte_flow_error *error)
{
	const struct emunic_caps *caps = &nic->caps;
	const struct rte_flow *flow;

	for (flow = nic->by_hash[hash & (EMUNIC_BUCKETS - 1)]; flow != NULL; flow = flow->next_same_hash) {
		if (same_rule(flow, program, hash))
			return emunic_fail(nic, error, EEXIST, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					   "a rule with this pattern, group and priority exists");
	}
	if (nic->nb_rules >= caps->size || nic->nb_rules >= caps->enospc)
		return emunic_fail(nic, error, ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "the table is full: %u rules", nic->nb_rules);
	if (++nic->creates == caps->fail_nth)
		return emunic_fail(nic, error, caps->fail_errno, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				   "insertion %u failed as told", caps->fail_nth);
	return 0;
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item pattern[],
	    const struct rte_flow_action actions[], struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_program program;
	struct rte_flow *flow = NULL;
	uint64_t hash;

	pthread_mutex_lock(&nic->mutex);
	if (emunic_compile(nic, &nic->caps, attr, pattern, actions, &program, error) != 0)
		goto out;
	hash = hash_program(&program);
	if (admit(nic, &program, hash, error) != 0)
		goto out;
	flow = make_rule(nic, &program, hash);
	if (flow == NULL || insert_rule(nic, flow) != 0) {
		free(flow);
		flow = NULL;
		emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no memory");
	}
out:
	pthread_mutex_unlock(&nic->mutex);
	return flow;
}

static int
unknown_rule(struct emunic *nic, struct rte_flow *flow, struct rte_flow_error *error)
{
	return emunic_fail(nic, error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, flow, "no such rule");
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	int rc;

	pthread_mutex_lock(&nic->mutex);
	if (!is_known(nic, flow))
		rc = unknown_rule(nic, flow, error);
	else if (remove_rule(nic, flow) != 0)
		rc = emunic_fail(nic, error, ENOMEM, RTE_FLOW_ERROR_TYPE_HANDLE, flow, "no memory");
	else
		rc = 0;
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

static int
flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *actions, void *data,
	   struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	const struct rte_flow_action *action;
	int rc = 0;

	pthread_mutex_lock(&nic->mutex);
	if (!is_known(nic, flow))
		rc = unknown_rule(nic, flow, error);
	for (action = actions; rc == 0 && action->type != RTE_FLOW_ACTION_TYPE_END; action++)
		if (action->type != RTE_FLOW_ACTION_TYPE_VOID)
			rc = query_action(nic, flow, action, data, error);
	pthread_mutex_unlock(&nic->mutex);
	return rc;
}

static int
flow_isolate(struct rte_eth_dev *dev, int on, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;

	RTE_SET_USED(error);
	__atomic_store_n(&nic->isolated, on != 0, __ATOMIC_SEQ_CST);
	return 0;
}

static int
flow_dump(struct rte_eth_dev *dev, struct rte_flow *flow, FILE *file, struct rte_flow_error *error)
{
	struct emunic *nic = dev->data->dev_private;
	const struct emunic_group *group;
	unsigned int id;
	uint32_t i;
	int rc = 0;

	pthread_mutex_lock(&nic->mutex);
	if (flow != NULL && !is_known(nic, flow))
		rc = unknown_rule(nic, flow, error);
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
static int
flow_aged(struct rte_eth_dev *dev, void **contexts, uint32_t nb_contexts, struct rte_flow_error *error)
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

const struct rte_flow_ops emunic_flow_ops = {
	.validate = flow_validate,
	.create = flow_create,
	.destroy = flow_destroy,
	.flush = flow_flush,
	.query = flow_query,
	.isolate = flow_isolate,
	.dev_dump = flow_dump,
	.get_aged_flows = flow_aged,
};
