/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * net_emunic: an emulated NIC that executes rte_flow rules in software, inside limits given as device arguments.
 * README.md has the arguments and the semantics.
 */
#ifndef EMUNIC_H
#define EMUNIC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_flow.h>
#include <rte_flow_driver.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#include "ethdev_driver.h"

#define EMUNIC_DRIVER net_emunic
#define EMUNIC_MAX_QUEUES 16
#define EMUNIC_MAX_GROUPS 4096
#define EMUNIC_MAX_JUMPS EMUNIC_MAX_GROUPS /* a packet that jumps more often is in a loop: dropped */
#define EMUNIC_MAX_PRIOS 65536
#define EMUNIC_MAX_RULES (1u << 20)
#define EMUNIC_BUCKETS 8192 /* power of two */
#define EMUNIC_MAX_CRITERIA 48
#define EMUNIC_MAX_FLOW_QUEUES 4
#define EMUNIC_MAX_FLOW_QUEUE_SIZE 65536
#define EMUNIC_MAX_TEMPLATES 16 /* of either kind in a table */
#define EMUNIC_MAX_TEMPLATE_LENGTH 16 /* items or actions */

extern int emunic_logtype;
#define EMUNIC_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, emunic_logtype, "net_emunic: " fmt "\n", ## __VA_ARGS__)

/* What a parsed packet holds, one value per slot, host order. The second VLAN tag mirrors the first. */
enum emunic_slot {
	EMUNIC_ETH_DST,
	EMUNIC_ETH_SRC,
	EMUNIC_ETH_TYPE, /* the 16 bits after the addresses, a TPID on tagged frames */
	EMUNIC_ETH_HAS_VLAN,
	EMUNIC_VLAN_TCI,
	EMUNIC_VLAN_TYPE,
	EMUNIC_VLAN_HAS_MORE,
	EMUNIC_VLAN2_TCI,
	EMUNIC_VLAN2_TYPE,
	EMUNIC_VLAN2_HAS_MORE,
	EMUNIC_IPV4_SRC,
	EMUNIC_IPV4_DST,
	EMUNIC_IPV4_PROTO,
	EMUNIC_IPV4_FRAG, /* flags in bits 15..13, offset in 12..0 */
	EMUNIC_IPV6_SRC_HI,
	EMUNIC_IPV6_SRC_LO,
	EMUNIC_IPV6_DST_HI,
	EMUNIC_IPV6_DST_LO,
	EMUNIC_IPV6_PROTO, /* next header of the fixed header */
	EMUNIC_IPV6_HAS_FRAG,
	EMUNIC_FRAG6_DATA, /* offset in bits 15..3, M in bit 0 */
	EMUNIC_L4_A, /* source port, or ICMP type */
	EMUNIC_L4_B, /* destination port, or ICMP code */
	EMUNIC_TCP_FLAGS,
	EMUNIC_SLOTS,
};

/* Layers found in a packet, layers required by a rule. */
#define EMUNIC_L_ETH    RTE_BIT32(0)
#define EMUNIC_L_VLAN   RTE_BIT32(1)
#define EMUNIC_L_VLAN2  RTE_BIT32(2)
#define EMUNIC_L_IPV4   RTE_BIT32(3)
#define EMUNIC_L_IPV6   RTE_BIT32(4)
#define EMUNIC_L_FRAG6  RTE_BIT32(5)
#define EMUNIC_L_TCP    RTE_BIT32(6)
#define EMUNIC_L_UDP    RTE_BIT32(7)
#define EMUNIC_L_SCTP   RTE_BIT32(8)
#define EMUNIC_L_ICMP   RTE_BIT32(9)
#define EMUNIC_L_ICMP6  RTE_BIT32(10)
#define EMUNIC_L_CHAIN6 RTE_BIT32(11) /* the whole IPv6 header chain could be read */
/* The protocol is this one, in a later fragment too: what L4 items without fields mean where they are the byte alone. */
#define EMUNIC_L_IS_TCP  RTE_BIT32(12)
#define EMUNIC_L_IS_UDP  RTE_BIT32(13)
#define EMUNIC_L_IS_SCTP RTE_BIT32(14)

#define EMUNIC_L_PORTS (EMUNIC_L_TCP | EMUNIC_L_UDP | EMUNIC_L_SCTP)
#define EMUNIC_L_L4    (EMUNIC_L_PORTS | EMUNIC_L_ICMP | EMUNIC_L_ICMP6)

struct emunic_key {
	uint32_t layers;
	uint64_t v[EMUNIC_SLOTS]; /* valid only for the layers present */
};

/* Mask kinds, each including the one before. */
enum emunic_kind {
	EMUNIC_NONE, /* the field may not be matched on */
	EMUNIC_EXACT, /* full mask only */
	EMUNIC_PREFIX, /* contiguous leading ones */
	EMUNIC_ANY, /* any mask */
	EMUNIC_RANGE, /* any mask, and "last" */
};

enum emunic_item {
	EMUNIC_I_ETH,
	EMUNIC_I_VLAN,
	EMUNIC_I_IPV4,
	EMUNIC_I_IPV6,
	EMUNIC_I_FRAG6,
	EMUNIC_I_TCP,
	EMUNIC_I_UDP,
	EMUNIC_I_SCTP,
	EMUNIC_I_ICMP,
	EMUNIC_I_ICMP6,
	EMUNIC_ITEMS,
};

enum emunic_action {
	EMUNIC_A_DROP,
	EMUNIC_A_PASSTHRU,
	EMUNIC_A_QUEUE,
	EMUNIC_A_MARK,
	EMUNIC_A_FLAG,
	EMUNIC_A_RSS,
	EMUNIC_A_COUNT,
	EMUNIC_A_JUMP,
	EMUNIC_A_AGE,
	EMUNIC_ACTIONS,
};

/* A matchable field of an item: where it stands in the rte_flow item structure and in the key. */
struct emunic_field {
	const char *name; /* as in the masks= argument */
	uint8_t item; /* enum emunic_item */
	uint8_t slot; /* enum emunic_slot; 16-byte fields take two */
	uint8_t size; /* bytes in the item structure; 0: a one-bit field, see emunic_item_bit() */
	uint16_t offset;
};

#define EMUNIC_NB_FIELDS 27
extern const struct emunic_field emunic_fields[EMUNIC_NB_FIELDS];
extern const char *const emunic_item_names[EMUNIC_ITEMS];
extern const char *const emunic_action_names[EMUNIC_ACTIONS];

/* What L4 items match of fragments. */
enum emunic_frag_l4 {
	EMUNIC_FRAG_MISS, /* nothing */
	EMUNIC_FRAG_FIRST, /* the first */
	EMUNIC_FRAG_ANY, /* the first; an item without fields every one, by the protocol */
};

/* Bad habits that are on or off; README.md says what each does. */
enum emunic_quirk {
	EMUNIC_Q_TIE_WORSE = RTE_BIT32(0),
	EMUNIC_Q_VALIDATE_LIES = RTE_BIT32(1),
	EMUNIC_Q_WIDEN = RTE_BIT32(2),
	EMUNIC_Q_IGNORE_LAST = RTE_BIT32(3),
	EMUNIC_Q_IGNORE_GROUP = RTE_BIT32(4),
	EMUNIC_Q_IGNORE_FRAG = RTE_BIT32(5),
	EMUNIC_Q_PRIO_FLIP = RTE_BIT32(6),
	EMUNIC_Q_PRIO_IGNORE = RTE_BIT32(7),
	EMUNIC_Q_ACK_DROP = RTE_BIT32(8),
	EMUNIC_Q_IP_OTHER = RTE_BIT32(9),
	EMUNIC_Q_L4_FRAG_MISS = RTE_BIT32(10),
	EMUNIC_Q_L4_BY_PROTO = RTE_BIT32(11),
	EMUNIC_Q_V6PROTO_LAST = RTE_BIT32(12),
	EMUNIC_Q_ERROR_UNSET = RTE_BIT32(13),
	EMUNIC_Q_QUERY_FAILS = RTE_BIT32(14),
	EMUNIC_Q_PULL_LAG = RTE_BIT32(15),
};

/* How rules get in. */
enum emunic_async {
	EMUNIC_ASYNC_NO, /* by rte_flow_create(); no template functions */
	EMUNIC_ASYNC_YES, /* either way */
	EMUNIC_ASYNC_ONLY, /* by templates; rte_flow_validate() and rte_flow_create() refuse */
};

/* The device's limits and its bad habits. */
struct emunic_caps {
	uint32_t items; /* bits of enum emunic_item */
	uint32_t actions; /* bits of enum emunic_action */
	uint8_t kind[EMUNIC_NB_FIELDS]; /* enum emunic_kind */
	uint32_t prios;
	uint32_t gprios; /* priorities of the groups above 0 */
	uint32_t groups;
	uint32_t size;
	bool prio_reverse;
	bool v6ext_parse; /* L4 items are found behind extension headers */
	bool v6proto_last; /* ipv6.proto is the protocol behind the extension headers */
	uint8_t frag_l4; /* enum emunic_frag_l4 */
	uint8_t async; /* enum emunic_async */
	uint32_t async_size; /* operations that a flow queue can hold at most */
	/* quirks */
	uint32_t quirks; /* enum emunic_quirk */
	uint32_t fail_nth; /* insertion that fails; 0: off */
	int fail_errno;
	uint32_t fail_call; /* call that fails; 0: off */
	int fail_call_errno;
	uint32_t fail_op; /* queued operation that fails when it is done; 0: off */
	uint32_t reset_nth; /* insertion after which the port loses its rules; 0: off */
	uint32_t slow_us; /* what an insertion takes */
	uint32_t queue_room; /* operations that really fit in a flow queue; UINT32_MAX: off */
	int queue_room_errno;
	uint32_t table_room; /* rules that a template table is made for at most; UINT32_MAX: off */
	int table_room_errno;
	uint32_t enospc; /* rules that really fit; UINT32_MAX: off */
};

struct emunic_args {
	struct emunic_caps caps;
	uint32_t ring;
	char backend[RTE_ETH_NAME_MAX_LEN];
};

/* (value & mask) == spec, or spec <= (value & mask) <= last; wide criteria compare slot and slot + 1 as one number. */
struct emunic_criterion {
	uint8_t slot;
	uint8_t range;
	uint8_t wide;
	uint8_t reserved[5];
	uint64_t mask[2];
	uint64_t spec[2];
	uint64_t last[2];
};

/* A rule in the driver's own terms, without pointers into what the application gave. */
struct emunic_program {
	uint32_t group;
	uint32_t priority;
	uint32_t layers;
	uint32_t not_layers; /* a packet with one of these is not matched */
	uint32_t nb_criteria;
	struct emunic_criterion criteria[EMUNIC_MAX_CRITERIA];
	/* actions */
	uint32_t actions; /* bits of enum emunic_action */
	uint32_t mark;
	uint32_t jump;
	uint32_t age_s;
	void *age_context; /* NULL: the rule itself */
	uint16_t queue;
	uint16_t nb_rss;
	uint16_t rss[EMUNIC_MAX_QUEUES];
};

/* What has become of a rule of a template table; one made by rte_flow_create() is in its group. */
enum emunic_state {
	EMUNIC_S_IN, /* in its group */
	EMUNIC_S_QUEUED, /* its creation is queued, or its result has not been pulled */
	EMUNIC_S_REJECTED, /* its creation failed; the handle is to be destroyed nevertheless */
};

struct rte_flow {
	uint64_t seq; /* order of creation */
	uint64_t hash;
	uint32_t group;
	uint32_t priority;
	uint32_t rank; /* position of the priority, 0 first */
	uint32_t layers;
	uint32_t not_layers;
	uint32_t actions;
	uint32_t nb_criteria;
	uint32_t mark;
	uint32_t jump;
	uint32_t age_s;
	uint16_t queue;
	uint16_t nb_rss;
	uint16_t rss[EMUNIC_MAX_QUEUES];
	void *age_context;
	/* Written by whoever classifies, read by the control path. */
	uint64_t hits;
	uint64_t bytes;
	uint64_t last_hit; /* TSC */
	/* Control path only. */
	uint64_t base_hits; /* subtracted on query: the last reset */
	uint64_t base_bytes;
	struct rte_flow *next_same_hash;
	struct rte_flow *next_same_ptr;
	struct rte_flow_template_table *table; /* NULL: made by rte_flow_create() */
	uint8_t state; /* enum emunic_state */
	uint8_t flow_queue;
	struct emunic_criterion criteria[];
};

/* Rules of a group in matching order. Immutable once published. */
struct emunic_group {
	uint32_t n;
	struct rte_flow *rule[];
};

struct emunic_rxq {
	struct emunic *nic;
	struct rte_mempool *pool;
	struct rte_ring *held; /* packets that another queue's poll steered here; NULL with one queue */
	uint16_t id;
	uint16_t nb_desc;
	uint64_t packets;
	uint64_t bytes;
} __rte_cache_aligned;

struct emunic_txq {
	struct emunic *nic;
	uint16_t id;
	uint16_t nb_desc;
	uint64_t packets;
	uint64_t bytes;
} __rte_cache_aligned;

struct rte_flow_pattern_template {
	struct rte_flow_pattern_template *next;
	uint32_t users; /* tables */
	uint32_t n; /* items, END not counted */
	struct rte_flow_item *items; /* a copy; spec is not looked at */
};

struct rte_flow_actions_template {
	struct rte_flow_actions_template *next;
	uint32_t users;
	uint32_t n;
	struct rte_flow_action *actions;
	struct rte_flow_action *masks; /* a configuration here: the template's counts, not the rule's */
};

struct rte_flow_template_table {
	struct rte_flow_template_table *next;
	struct rte_flow_attr attr;
	uint32_t size;
	uint32_t handles; /* rules, rejected ones that were not destroyed included */
	uint8_t nb_patterns;
	uint8_t nb_actions;
	struct rte_flow_pattern_template *patterns[EMUNIC_MAX_TEMPLATES];
	struct rte_flow_actions_template *actions[EMUNIC_MAX_TEMPLATES];
};

/* An operation from its enqueuing until its result is pulled. */
struct emunic_op {
	struct rte_flow *flow;
	void *user_data;
	uint8_t destroys;
	uint8_t failed;
};

/* Three parts, one after the other: done [0, done), pushed but not told yet included; stored [done, n). */
struct emunic_flow_queue {
	uint32_t size;
	uint32_t n;
	uint32_t done;
	uint8_t lag; /* the next pull has nothing to tell */
	struct emunic_op *op;
};

struct emunic_counters {
	uint64_t total;
	uint64_t dropped; /* by a rule */
	uint64_t marked;
	uint64_t isolated; /* no rule, isolated mode */
	uint64_t looped; /* jumped too often */
	uint64_t missed; /* the steered-to queue was full */
};

struct emunic {
	/* Fast path: one thread classifies at a time, the only one with one queue, else the holder of input_lock. */
	struct emunic_group *group[EMUNIC_MAX_GROUPS]; /* swapped atomically, NULL: empty */
	uint64_t epoch; /* odd while a burst is being classified */
	struct rte_ring *in; /* NULL with a backend */
	struct rte_ring *out;
	uint16_t port;
	uint16_t backend; /* RTE_MAX_ETHPORTS without */
	uint16_t nb_rxq;
	uint16_t backend_txq; /* queues the backend was given */
	uint8_t isolated;
	uint8_t down; /* has reset itself: receives nothing until it is stopped and started */
	struct emunic_caps caps;
	struct emunic_counters count;
	rte_spinlock_t input_lock;
	rte_spinlock_t tx_lock;

	/* Control path, under the mutex. */
	pthread_mutex_t mutex;
	uint32_t nb_rules;
	uint64_t next_seq;
	uint64_t creates; /* attempts that reached the table, for fail_nth and reset_nth */
	uint64_t calls; /* flow calls, for fail_call */
	uint64_t ops; /* queued operations that were carried out, for fail_op */
	uint32_t nb_queued; /* creations that wait in flow queues */
	uint16_t nb_flow_queues;
	struct emunic_flow_queue flow_queue[EMUNIC_MAX_FLOW_QUEUES];
	struct rte_flow_pattern_template *patterns;
	struct rte_flow_actions_template *actions;
	struct rte_flow_template_table *tables;
	struct rte_flow *by_hash[EMUNIC_BUCKETS];
	struct rte_flow *by_ptr[EMUNIC_BUCKETS];
	struct rte_eth_dev *dev;
	struct rte_ether_addr mac;
	uint64_t owner;
	struct emunic_counters base; /* counters at the last reset */
	struct emunic_rxq rxq_base[EMUNIC_MAX_QUEUES]; /* packets and bytes at the last reset */
	struct emunic_txq txq_base[EMUNIC_MAX_QUEUES];
	char name[RTE_ETH_NAME_MAX_LEN];
	char message[192]; /* the text of the last rte_flow_error */
};

/* emunic_quirks.c */
int emunic_quirks_parse(const char *text, struct emunic_caps *caps);
void emunic_quirks_settle(struct emunic_caps *caps);
uint32_t emunic_prios(const struct emunic_caps *caps, uint32_t group);
uint32_t emunic_rank(const struct emunic_caps *caps, uint32_t group, uint32_t priority);

/* emunic_caps.c */
int emunic_parse_u32(const char *key, const char *text, uint32_t min, uint32_t max, uint32_t *value);
int emunic_args_parse(const char *devname, const char *text, struct emunic_args *args);

/* emunic_parse.c */
void emunic_parse(const struct rte_mbuf *m, const struct emunic_caps *caps, struct emunic_key *key);

/* emunic_match.c: a queue, or why the packet goes no further. */
#define EMUNIC_DROPPED (-1)
#define EMUNIC_ISOLATED (-2)
#define EMUNIC_LOOPED (-3)
int emunic_classify(struct emunic *nic, struct rte_mbuf *m);

/* emunic_compile.c: 0, or -errno with the error filled in. */
uint64_t emunic_item_bit(const struct emunic_field *field, const void *item);
int emunic_compile(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_attr *attr,
		   const struct rte_flow_item *pattern, const struct rte_flow_action *actions,
		   struct emunic_program *program, struct rte_flow_error *error);
int emunic_compile_attr(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_attr *attr,
			struct emunic_program *program, struct rte_flow_error *error);
int emunic_compile_pattern(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_item *pattern,
			   struct emunic_program *program, struct rte_flow_error *error);
int emunic_fail(struct emunic *nic, struct rte_flow_error *error, int code, enum rte_flow_error_type type,
		const void *cause, const char *fmt, ...) __rte_format_printf(6, 7);

/* emunic_actions.c */
int emunic_compile_actions(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_action *actions,
			   struct emunic_program *program, struct rte_flow_error *error);

/* emunic_table.c: under the mutex, but emunic_flush(). */
bool emunic_is_known(struct emunic *nic, const struct rte_flow *flow);
bool emunic_is_duplicate(struct emunic *nic, const struct rte_flow *rule);
struct rte_flow *emunic_make_rule(struct emunic *nic, const struct emunic_program *program);
void emunic_know(struct emunic *nic, struct rte_flow *flow);
void emunic_forget(struct emunic *nic, struct rte_flow *flow);
int emunic_insert(struct emunic *nic, struct rte_flow *flow);
int emunic_remove(struct emunic *nic, struct rte_flow *flow);
void emunic_flush_locked(struct emunic *nic);
void emunic_flush(struct emunic *nic);

/* emunic_flow.c */
extern const struct rte_flow_ops emunic_flow_ops;
extern const struct rte_flow_ops emunic_flow_ops_async;
int emunic_admit(struct emunic *nic, const struct rte_flow *flow, struct rte_flow_error *error);
bool emunic_reset_as_told(struct emunic *nic);
int emunic_call(struct emunic *nic, struct rte_flow_error *error);
int emunic_unknown_rule(struct emunic *nic, struct rte_flow *flow, struct rte_flow_error *error);

/* emunic_templates.c */
int emunic_info_get(struct rte_eth_dev *dev, struct rte_flow_port_info *port_info,
		    struct rte_flow_queue_info *queue_info, struct rte_flow_error *error);
int emunic_flow_configure(struct rte_eth_dev *dev, const struct rte_flow_port_attr *attr, uint16_t nb_queue,
			  const struct rte_flow_queue_attr *queue_attr[], struct rte_flow_error *error);
struct rte_flow_pattern_template *
emunic_pattern_template_create(struct rte_eth_dev *dev, const struct rte_flow_pattern_template_attr *attr,
			       const struct rte_flow_item pattern[], struct rte_flow_error *error);
int emunic_pattern_template_destroy(struct rte_eth_dev *dev, struct rte_flow_pattern_template *template,
				    struct rte_flow_error *error);
struct rte_flow_actions_template *
emunic_actions_template_create(struct rte_eth_dev *dev, const struct rte_flow_actions_template_attr *attr,
			       const struct rte_flow_action actions[], const struct rte_flow_action masks[],
			       struct rte_flow_error *error);
int emunic_actions_template_destroy(struct rte_eth_dev *dev, struct rte_flow_actions_template *template,
				    struct rte_flow_error *error);
struct rte_flow_template_table *
emunic_table_create(struct rte_eth_dev *dev, const struct rte_flow_template_table_attr *attr,
		    struct rte_flow_pattern_template *patterns[], uint8_t nb_patterns,
		    struct rte_flow_actions_template *actions[], uint8_t nb_actions, struct rte_flow_error *error);
int emunic_table_destroy(struct rte_eth_dev *dev, struct rte_flow_template_table *table,
			 struct rte_flow_error *error);
bool emunic_is_table(const struct emunic *nic, const struct rte_flow_template_table *table);
void emunic_templates_free(struct emunic *nic);

/* emunic_async.c */
struct rte_flow *
emunic_async_create(struct rte_eth_dev *dev, uint32_t queue, const struct rte_flow_op_attr *attr,
		    struct rte_flow_template_table *table, const struct rte_flow_item pattern[], uint8_t pattern_index,
		    const struct rte_flow_action actions[], uint8_t actions_index, void *user_data,
		    struct rte_flow_error *error);
int emunic_async_destroy(struct rte_eth_dev *dev, uint32_t queue, const struct rte_flow_op_attr *attr,
			 struct rte_flow *flow, void *user_data, struct rte_flow_error *error);
int emunic_push(struct rte_eth_dev *dev, uint32_t queue, struct rte_flow_error *error);
int emunic_pull(struct rte_eth_dev *dev, uint32_t queue, struct rte_flow_op_result res[], uint16_t n_res,
		struct rte_flow_error *error);
void emunic_queues_empty(struct emunic *nic);

/* emunic_query.c */
int emunic_flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *actions,
		      void *data, struct rte_flow_error *error);
int emunic_flow_dump(struct rte_eth_dev *dev, struct rte_flow *flow, FILE *file, struct rte_flow_error *error);
int emunic_flow_aged(struct rte_eth_dev *dev, void **contexts, uint32_t nb_contexts, struct rte_flow_error *error);

/* emunic_dump.c */
void emunic_dump_rule(const struct emunic *nic, const struct rte_flow *flow, FILE *file);

/* emunic_io.c */
uint16_t emunic_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t emunic_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* emunic_stats.c */
int emunic_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats);
int emunic_stats_reset(struct rte_eth_dev *dev);
int emunic_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n);
int emunic_xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n);

/* emunic_ethdev.c */
extern const struct eth_dev_ops emunic_dev_ops;
bool emunic_backend_alive(const struct emunic *nic);

/* A counter with one writer at a time and readers on other threads. */
static inline void
emunic_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

static inline uint64_t
emunic_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
