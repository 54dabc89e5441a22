/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * The matcher and the actions, after the description of rte_flow: rules of a group in order of priority, the first
 * that matches ends the search unless it is PASSTHRU; JUMP goes on in another group; no match is delivered.
 */
#include <rte_cycles.h>

#include "emunic.h"

static inline bool
criterion_holds(const struct emunic_criterion *c, const uint64_t *v)
{
	uint64_t hi = v[c->slot] & c->mask[0];
	uint64_t lo;

	if (likely(!c->range))
		return hi == c->spec[0];
	if (!c->wide)
		return hi >= c->spec[0] && hi <= c->last[0];

	lo = v[c->slot + 1] & c->mask[1];
	if (hi < c->spec[0] || (hi == c->spec[0] && lo < c->spec[1]))
		return false;
	return hi < c->last[0] || (hi == c->last[0] && lo <= c->last[1]);
}

static inline bool
rule_matches(const struct rte_flow *flow, const struct emunic_key *key)
{
	uint32_t i;

	if ((key->layers & flow->layers) != flow->layers || key->layers & flow->not_layers)
		return false;
	for (i = 0; i < flow->nb_criteria; i++)
		if (!criterion_holds(&flow->criteria[i], key->v))
			return false;
	return true;
}

static inline bool
is_drop(const struct rte_flow *flow)
{
	return flow->actions & RTE_BIT32(EMUNIC_A_DROP);
}

/* The next rule that matches at or after *at, which moves past it. */
static struct rte_flow *
find(const struct emunic_group *group, uint32_t *at, const struct emunic_key *key, bool tie_worse)
{
	uint32_t i;
	uint32_t j;

	if (group == NULL)
		return NULL;
	for (i = *at; i < group->n; i++)
		if (rule_matches(group->rule[i], key))
			break;
	if (i >= group->n) {
		*at = i;
		return NULL;
	}
	if (tie_worse) {
		/* The order among equals is undefined: be as unpleasant as that allows. */
		for (j = i + 1; j < group->n && group->rule[j]->rank == group->rule[i]->rank; j++) {
			if (is_drop(group->rule[j]) != is_drop(group->rule[i]) &&
			    rule_matches(group->rule[j], key)) {
				i = j;
				break;
			}
		}
	}
	*at = i + 1;
	return group->rule[i];
}

static inline uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL; /* finaliser of MurmurHash3 */
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ h >> 33;
}

/* The same for both directions of a connection. */
static uint32_t
symmetric_hash(const struct emunic_key *key)
{
	const uint64_t *v = key->v;
	uint64_t h = 0;

	if (key->layers & EMUNIC_L_IPV4)
		h = mix(v[EMUNIC_IPV4_SRC]) + mix(v[EMUNIC_IPV4_DST]);
	else if (key->layers & EMUNIC_L_IPV6)
		h = mix(v[EMUNIC_IPV6_SRC_HI] ^ mix(v[EMUNIC_IPV6_SRC_LO])) +
		    mix(v[EMUNIC_IPV6_DST_HI] ^ mix(v[EMUNIC_IPV6_DST_LO]));
	else if (key->layers & EMUNIC_L_ETH)
		h = mix(v[EMUNIC_ETH_SRC]) + mix(v[EMUNIC_ETH_DST]);
	if (key->layers & (EMUNIC_L_TCP | EMUNIC_L_UDP | EMUNIC_L_SCTP))
		h += mix(v[EMUNIC_L4_A]) + mix(v[EMUNIC_L4_B]) + key->layers;
	return (uint32_t)mix(h);
}

static void
execute(struct emunic *nic, struct rte_flow *flow, struct rte_mbuf *m)
{
	if (flow->actions & RTE_BIT32(EMUNIC_A_COUNT)) {
		emunic_add(&flow->hits, 1);
		emunic_add(&flow->bytes, m->pkt_len);
	}
	if (flow->actions & RTE_BIT32(EMUNIC_A_AGE))
		__atomic_store_n(&flow->last_hit, rte_rdtsc(), __ATOMIC_RELAXED);
	if (flow->actions & RTE_BIT32(EMUNIC_A_FLAG))
		m->ol_flags |= RTE_MBUF_F_RX_FDIR;
	if (flow->actions & RTE_BIT32(EMUNIC_A_MARK)) {
		if (!(m->ol_flags & RTE_MBUF_F_RX_FDIR_ID))
			emunic_add(&nic->count.marked, 1);
		m->ol_flags |= RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID;
		m->hash.fdir.hi = flow->mark;
	}
}

int
emunic_classify(struct emunic *nic, struct rte_mbuf *m)
{
	const struct emunic_caps *caps = &nic->caps;
	struct emunic_key key;
	const struct emunic_group *group;
	struct rte_flow *flow;
	uint32_t at = 0;
	unsigned int jumps = 0;
	uint32_t hash = 0;

	m->port = nic->port;
	m->ol_flags &= ~(RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID | RTE_MBUF_F_RX_RSS_HASH);
	emunic_parse(m, caps, &key);
	if (nic->nb_rxq > 1) {
		hash = symmetric_hash(&key);
		m->hash.rss = hash;
		m->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
	}

	group = __atomic_load_n(&nic->group[0], __ATOMIC_ACQUIRE);
	for (;;) {
		flow = find(group, &at, &key, caps->quirks & EMUNIC_Q_TIE_WORSE);
		if (flow == NULL)
			return __atomic_load_n(&nic->isolated, __ATOMIC_RELAXED) ? EMUNIC_ISOLATED :
				(int)(hash % nic->nb_rxq);
		execute(nic, flow, m);
		if (flow->actions & RTE_BIT32(EMUNIC_A_DROP))
			return EMUNIC_DROPPED;
		if (flow->actions & RTE_BIT32(EMUNIC_A_QUEUE))
			return flow->queue % nic->nb_rxq;
		if (flow->actions & RTE_BIT32(EMUNIC_A_RSS))
			return flow->rss[hash % flow->nb_rss] % nic->nb_rxq;
		if (flow->actions & RTE_BIT32(EMUNIC_A_JUMP)) {
			if (++jumps > EMUNIC_MAX_JUMPS)
				return EMUNIC_LOOPED;
			group = __atomic_load_n(&nic->group[flow->jump], __ATOMIC_ACQUIRE);
			at = 0;
		}
		/* else PASSTHRU: the rules after this one */
	}
}
