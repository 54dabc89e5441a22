/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * The rule table. Each group is an immutable array in matching order; a change publishes a new array and waits until
 * the burst that may still use the old one is over, then frees it. Everything here runs under nic->mutex.
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
same_rule(const struct rte_flow *a, const struct rte_flow *b)
{
	return a->hash == b->hash && a->group == b->group && a->priority == b->priority && a->layers == b->layers &&
	       a->nb_criteria == b->nb_criteria &&
	       memcmp(a->criteria, b->criteria, a->nb_criteria * sizeof(a->criteria[0])) == 0;
}

static struct rte_flow **
ptr_bucket(struct emunic *nic, const struct rte_flow *flow)
{
	uintptr_t p = (uintptr_t)flow;

	return &nic->by_ptr[(p >> 4 ^ p >> 17) & (EMUNIC_BUCKETS - 1)];
}

/* Whether the handle is one of ours: a stale one must not be dereferenced. */
bool
emunic_is_known(struct emunic *nic, const struct rte_flow *flow)
{
	const struct rte_flow *f;

	for (f = *ptr_bucket(nic, flow); f != NULL; f = f->next_same_ptr)
		if (f == flow)
			return true;
	return false;
}

/* From now on the handle is one of ours. */
void
emunic_know(struct emunic *nic, struct rte_flow *flow)
{
	struct rte_flow **p = ptr_bucket(nic, flow);

	flow->next_same_ptr = *p;
	*p = flow;
}

/* The handle is void. */
void
emunic_forget(struct emunic *nic, struct rte_flow *flow)
{
	struct rte_flow **at;

	for (at = ptr_bucket(nic, flow); *at != flow; at = &(*at)->next_same_ptr)
		;
	*at = flow->next_same_ptr;
}

static void
index_add(struct emunic *nic, struct rte_flow *flow)
{
	struct rte_flow **h = &nic->by_hash[flow->hash & (EMUNIC_BUCKETS - 1)];

	flow->next_same_hash = *h;
	*h = flow;
}

static void
index_remove(struct emunic *nic, struct rte_flow *flow)
{
	struct rte_flow **at;

	for (at = &nic->by_hash[flow->hash & (EMUNIC_BUCKETS - 1)]; *at != flow; at = &(*at)->next_same_hash)
		;
	*at = flow->next_same_hash;
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

int
emunic_insert(struct emunic *nic, struct rte_flow *flow)
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

/* Takes a rule out of its group; the handle stays known, the memory the caller's to free. */
int
emunic_remove(struct emunic *nic, struct rte_flow *flow)
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
	return 0;
}

/* Rules that never got into a group are known by their handles alone. */
static void
free_outsiders(struct emunic *nic)
{
	struct rte_flow *flow;
	struct rte_flow *next;
	unsigned int i;

	for (i = 0; i < EMUNIC_BUCKETS; i++) {
		for (flow = nic->by_ptr[i]; flow != NULL; flow = next) {
			next = flow->next_same_ptr;
			if (flow->state != EMUNIC_S_IN)
				free(flow);
		}
	}
}

/* Removes every rule, and forgets what waits in flow queues. */
void
emunic_flush_locked(struct emunic *nic)
{
	struct emunic_group *old[EMUNIC_MAX_GROUPS];
	struct rte_flow_template_table *table;
	unsigned int id;
	uint32_t i;

	emunic_queues_empty(nic);
	free_outsiders(nic);
	for (table = nic->tables; table != NULL; table = table->next)
		table->handles = 0;

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
}

void
emunic_flush(struct emunic *nic)
{
	pthread_mutex_lock(&nic->mutex);
	emunic_flush_locked(nic);
	pthread_mutex_unlock(&nic->mutex);
}

/* Whether there is a rule like this already. */
bool
emunic_is_duplicate(struct emunic *nic, const struct rte_flow *rule)
{
	const struct rte_flow *flow;

	for (flow = nic->by_hash[rule->hash & (EMUNIC_BUCKETS - 1)]; flow != NULL; flow = flow->next_same_hash)
		if (same_rule(flow, rule))
			return true;
	return false;
}

struct rte_flow *
emunic_make_rule(struct emunic *nic, const struct emunic_program *p)
{
	struct rte_flow *flow = calloc(1, sizeof(*flow) + p->nb_criteria * sizeof(p->criteria[0]));

	if (flow == NULL)
		return NULL;
	flow->seq = nic->next_seq++;
	flow->hash = hash_program(p);
	flow->group = p->group;
	flow->priority = p->priority;
	flow->rank = emunic_rank(&nic->caps, p->group, p->priority);
	flow->layers = p->layers;
	flow->not_layers = p->not_layers;
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
