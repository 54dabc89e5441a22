/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Device arguments: profiles and limits. Every argument at fault is named.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>
#include <rte_string_fns.h>

#include "emunic.h"

const char *const emunic_item_names[EMUNIC_ITEMS] = {
	"eth", "vlan", "ipv4", "ipv6", "ipv6_frag_ext", "tcp", "udp", "sctp", "icmp", "icmp6",
};

const char *const emunic_action_names[EMUNIC_ACTIONS] = {
	"drop", "passthru", "queue", "mark", "flag", "rss", "count", "jump", "age",
};

#define FIELD(n, i, s, type, member) \
	{ .name = n, .item = EMUNIC_I_ ## i, .slot = EMUNIC_ ## s, .size = RTE_SIZEOF_FIELD(struct type, member), \
	  .offset = offsetof(struct type, member) }
#define BIT(n, i, s) { .name = n, .item = EMUNIC_I_ ## i, .slot = EMUNIC_ ## s }

const struct emunic_field emunic_fields[EMUNIC_NB_FIELDS] = {
	FIELD("eth.dst", ETH, ETH_DST, rte_flow_item_eth, hdr.dst_addr),
	FIELD("eth.src", ETH, ETH_SRC, rte_flow_item_eth, hdr.src_addr),
	FIELD("eth.type", ETH, ETH_TYPE, rte_flow_item_eth, hdr.ether_type),
	BIT("eth.has_vlan", ETH, ETH_HAS_VLAN),
	FIELD("vlan.tci", VLAN, VLAN_TCI, rte_flow_item_vlan, hdr.vlan_tci),
	FIELD("vlan.type", VLAN, VLAN_TYPE, rte_flow_item_vlan, hdr.eth_proto),
	BIT("vlan.has_more", VLAN, VLAN_HAS_MORE),
	FIELD("ipv4.src", IPV4, IPV4_SRC, rte_flow_item_ipv4, hdr.src_addr),
	FIELD("ipv4.dst", IPV4, IPV4_DST, rte_flow_item_ipv4, hdr.dst_addr),
	FIELD("ipv4.proto", IPV4, IPV4_PROTO, rte_flow_item_ipv4, hdr.next_proto_id),
	FIELD("ipv4.frag", IPV4, IPV4_FRAG, rte_flow_item_ipv4, hdr.fragment_offset),
	FIELD("ipv6.src", IPV6, IPV6_SRC_HI, rte_flow_item_ipv6, hdr.src_addr),
	FIELD("ipv6.dst", IPV6, IPV6_DST_HI, rte_flow_item_ipv6, hdr.dst_addr),
	FIELD("ipv6.proto", IPV6, IPV6_PROTO, rte_flow_item_ipv6, hdr.proto),
	BIT("ipv6.has_frag", IPV6, IPV6_HAS_FRAG),
	FIELD("ipv6_frag.data", FRAG6, FRAG6_DATA, rte_flow_item_ipv6_frag_ext, hdr.frag_data),
	FIELD("tcp.src", TCP, L4_A, rte_flow_item_tcp, hdr.src_port),
	FIELD("tcp.dst", TCP, L4_B, rte_flow_item_tcp, hdr.dst_port),
	FIELD("tcp.flags", TCP, TCP_FLAGS, rte_flow_item_tcp, hdr.tcp_flags),
	FIELD("udp.src", UDP, L4_A, rte_flow_item_udp, hdr.src_port),
	FIELD("udp.dst", UDP, L4_B, rte_flow_item_udp, hdr.dst_port),
	FIELD("sctp.src", SCTP, L4_A, rte_flow_item_sctp, hdr.src_port),
	FIELD("sctp.dst", SCTP, L4_B, rte_flow_item_sctp, hdr.dst_port),
	FIELD("icmp.type", ICMP, L4_A, rte_flow_item_icmp, hdr.icmp_type),
	FIELD("icmp.code", ICMP, L4_B, rte_flow_item_icmp, hdr.icmp_code),
	FIELD("icmp6.type", ICMP6, L4_A, rte_flow_item_icmp6, type),
	FIELD("icmp6.code", ICMP6, L4_B, rte_flow_item_icmp6, code),
};

static const char *const kind_names[] = { "none", "exact", "prefix", "any", "range" };

struct profile {
	const char *name;
	const char *items;
	const char *masks; /* from none */
	const char *actions;
	uint32_t prios;
	uint32_t gprios;
	uint32_t groups;
	uint32_t size;
	enum emunic_frag_l4 frag_l4;
	bool v6ext_parse;
	bool v6proto_last;
};

static const struct profile profiles[] = {
	{
		.name = "full",
		.items = "eth+vlan+ipv4+ipv6+ipv6_frag_ext+tcp+udp+sctp+icmp+icmp6",
		.masks = "*:range",
		.actions = "drop+passthru+queue+mark+flag+rss+count+jump+age",
		.prios = 16, .gprios = 16, .groups = 4096, .size = 65536, .frag_l4 = EMUNIC_FRAG_FIRST, .v6ext_parse = true,
	},
	{
		.name = "mlx5",
		.items = "eth+vlan+ipv4+ipv6+ipv6_frag_ext+tcp+udp+icmp+icmp6",
		.masks = "eth.*:any+eth.has_vlan:exact+vlan.tci:any+vlan.type:any+vlan.has_more:exact+ipv4.*:any+"
			 "ipv4.proto:exact+ipv6.src:any+ipv6.dst:any+ipv6.proto:exact+ipv6.has_frag:exact+"
			 "ipv6_frag.data:any+tcp.*:any+udp.*:any+icmp.*:any+icmp6.*:any",
		.actions = "drop+queue+mark+flag+rss+count+jump+age",
		.prios = 4, .gprios = 21844, .groups = 4096, .size = 65536, .frag_l4 = EMUNIC_FRAG_MISS, .v6ext_parse = true,
	},
	{
		.name = "ice",
		.items = "eth+ipv4+ipv6+tcp+udp",
		.masks = "eth.dst:any+eth.src:any+eth.type:any+ipv4.src:any+ipv4.dst:any+ipv4.proto:exact+"
			 "ipv6.src:any+ipv6.dst:any+ipv6.proto:exact+tcp.src:any+tcp.dst:any+udp.*:any",
		.actions = "drop+queue+rss",
		.prios = 2, .gprios = 1, .groups = 1, .size = 65536, .frag_l4 = EMUNIC_FRAG_ANY, .v6ext_parse = true,
	},
	{
		.name = "i40e",
		.items = "eth+ipv4+ipv6+tcp+udp+sctp",
		.masks = "eth.type:exact+ipv4.src:exact+ipv4.dst:exact+ipv6.src:exact+ipv6.dst:exact+tcp.src:exact+"
			 "tcp.dst:exact+udp.*:exact+sctp.*:exact",
		.actions = "drop+queue+mark+flag+passthru",
		.prios = 1, .gprios = 1, .groups = 1, .size = 8192, .frag_l4 = EMUNIC_FRAG_MISS, .v6ext_parse = true,
	},
};

#define BAD(key, fmt, ...) EMUNIC_LOG(ERR, "argument %s: " fmt, key, ## __VA_ARGS__)

int
emunic_parse_u32(const char *key, const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || n < min || n > max) {
		BAD(key, "'%s' is not a number from %u to %u", text, min, max);
		return -EINVAL;
	}
	*value = (uint32_t)n;
	return 0;
}

/* A '+' list of names to bits. */
static int
parse_names(const char *key, const char *text, const char *const *names, unsigned int n, uint32_t *bits)
{
	char copy[512];
	char *save = NULL;
	char *word;
	unsigned int i;

	*bits = 0;
	if (rte_strlcpy(copy, text, sizeof(copy)) >= sizeof(copy)) {
		BAD(key, "the value is too long");
		return -EINVAL;
	}
	for (word = strtok_r(copy, "+", &save); word != NULL; word = strtok_r(NULL, "+", &save)) {
		for (i = 0; i < n && strcmp(word, names[i]) != 0; i++)
			;
		if (i == n) {
			BAD(key, "unknown name '%s'", word);
			return -EINVAL;
		}
		*bits |= RTE_BIT32(i);
	}
	return 0;
}

/* "ipv4.src" itself, "ipv4.*" or "*". */
static bool
names_field(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (strcmp(pattern, "*") == 0)
		return true;
	if (n > 2 && strcmp(pattern + n - 2, ".*") == 0)
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

static int
parse_masks(const char *text, uint8_t *kind)
{
	char copy[1024];
	char *save = NULL;
	char *word;
	char *colon;
	unsigned int i;
	unsigned int k;
	bool found;

	if (rte_strlcpy(copy, text, sizeof(copy)) >= sizeof(copy)) {
		BAD("masks", "the value is too long");
		return -EINVAL;
	}
	for (word = strtok_r(copy, "+", &save); word != NULL; word = strtok_r(NULL, "+", &save)) {
		colon = strchr(word, ':');
		if (colon == NULL) {
			BAD("masks", "'%s' is not FIELD:KIND", word);
			return -EINVAL;
		}
		*colon = '\0';
		for (k = 0; k < RTE_DIM(kind_names) && strcmp(colon + 1, kind_names[k]) != 0; k++)
			;
		if (k == RTE_DIM(kind_names)) {
			BAD("masks", "unknown kind '%s' of '%s'", colon + 1, word);
			return -EINVAL;
		}
		for (found = false, i = 0; i < EMUNIC_NB_FIELDS; i++) {
			if (names_field(word, emunic_fields[i].name)) {
				kind[i] = k;
				found = true;
			}
		}
		if (!found) {
			BAD("masks", "unknown field '%s'", word);
			return -EINVAL;
		}
	}
	return 0;
}

static int
parse_flag(const char *key, const char *text, const char *no, const char *yes, bool *value)
{
	*value = strcmp(text, yes) == 0;
	if (*value || strcmp(text, no) == 0)
		return 0;
	BAD(key, "'%s' is neither %s nor %s", text, no, yes);
	return -EINVAL;
}

static int
parse_frag_l4(const char *text, struct emunic_caps *caps)
{
	static const char *const names[] = { "miss", "first", "any" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			caps->frag_l4 = i;
			return 0;
		}
	}
	BAD("frag_l4", "'%s' is neither miss nor first nor any", text);
	return -EINVAL;
}

static int
parse_async(const char *text, struct emunic_caps *caps)
{
	static const char *const names[] = { "no", "yes", "only" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			caps->async = i;
			return 0;
		}
	}
	BAD("async", "'%s' is neither no nor yes nor only", text);
	return -EINVAL;
}

static int
use_profile(const char *name, struct emunic_caps *caps)
{
	const struct profile *p;
	unsigned int i;

	for (i = 0; i < RTE_DIM(profiles) && strcmp(name, profiles[i].name) != 0; i++)
		;
	if (i == RTE_DIM(profiles)) {
		BAD("profile", "unknown profile '%s'", name);
		return -EINVAL;
	}
	p = &profiles[i];
	*caps = (struct emunic_caps) {
		.prios = p->prios, .gprios = p->gprios, .groups = p->groups, .size = p->size, .frag_l4 = p->frag_l4,
		.v6ext_parse = p->v6ext_parse, .v6proto_last = p->v6proto_last, .fail_errno = EIO,
		.fail_call_errno = EIO, .enospc = UINT32_MAX, .async_size = 1024,
		.queue_room = UINT32_MAX, .queue_room_errno = ENOMEM, .table_room = UINT32_MAX, .table_room_errno = ENOMEM,
	};
	if (parse_names("items", p->items, emunic_item_names, EMUNIC_ITEMS, &caps->items) != 0 ||
	    parse_names("actions", p->actions, emunic_action_names, EMUNIC_ACTIONS, &caps->actions) != 0)
		return -EINVAL;
	return parse_masks(p->masks, caps->kind);
}

static int
apply(const char *key, const char *value, struct emunic_args *args)
{
	struct emunic_caps *caps = &args->caps;

	if (strcmp(key, "profile") == 0)
		return 0; /* taken first */
	if (strcmp(key, "backend") == 0) {
		if (value[0] != '\0' && rte_strlcpy(args->backend, value, sizeof(args->backend)) < sizeof(args->backend))
			return 0;
		BAD(key, "'%s' is no port name", value);
		return -EINVAL;
	}
	if (strcmp(key, "ring") == 0)
		return emunic_parse_u32(key, value, 2, 1u << 20, &args->ring);
	if (strcmp(key, "items") == 0)
		return parse_names(key, value, emunic_item_names, EMUNIC_ITEMS, &caps->items);
	if (strcmp(key, "actions") == 0)
		return parse_names(key, value, emunic_action_names, EMUNIC_ACTIONS, &caps->actions);
	if (strcmp(key, "masks") == 0)
		return parse_masks(value, caps->kind);
	if (strcmp(key, "prios") == 0)
		return emunic_parse_u32(key, value, 1, EMUNIC_MAX_PRIOS, &caps->prios);
	if (strcmp(key, "gprios") == 0)
		return emunic_parse_u32(key, value, 1, EMUNIC_MAX_PRIOS, &caps->gprios);
	if (strcmp(key, "groups") == 0)
		return emunic_parse_u32(key, value, 1, EMUNIC_MAX_GROUPS, &caps->groups);
	if (strcmp(key, "size") == 0)
		return emunic_parse_u32(key, value, 0, EMUNIC_MAX_RULES, &caps->size);
	if (strcmp(key, "prio_reverse") == 0)
		return parse_flag(key, value, "0", "1", &caps->prio_reverse);
	if (strcmp(key, "frag_l4") == 0)
		return parse_frag_l4(value, caps);
	if (strcmp(key, "v6ext") == 0)
		return parse_flag(key, value, "none", "parse", &caps->v6ext_parse);
	if (strcmp(key, "v6proto") == 0)
		return parse_flag(key, value, "first", "last", &caps->v6proto_last);
	if (strcmp(key, "async") == 0)
		return parse_async(value, caps);
	if (strcmp(key, "async_size") == 0)
		return emunic_parse_u32(key, value, 1, EMUNIC_MAX_FLOW_QUEUE_SIZE, &caps->async_size);
	if (strcmp(key, "quirk") == 0)
		return emunic_quirks_parse(value, caps);

	BAD(key, "unknown argument");
	return -EINVAL;
}

int
emunic_args_parse(const char *devname, const char *text, struct emunic_args *args)
{
	struct rte_kvargs *kvlist = NULL;
	const char *profile = "full";
	unsigned int i;
	unsigned int j;
	int rc = 0;

	*args = (struct emunic_args) { .ring = 4096 };
	if (text != NULL && text[0] != '\0') {
		kvlist = rte_kvargs_parse(text, NULL);
		if (kvlist == NULL) {
			EMUNIC_LOG(ERR, "%s: malformed arguments '%s'", devname, text);
			return -EINVAL;
		}
	}

	for (i = 0; kvlist != NULL && i < kvlist->count; i++) {
		if (kvlist->pairs[i].value == NULL) {
			BAD(kvlist->pairs[i].key, "no value given");
			rc = -EINVAL;
			continue;
		}
		for (j = 0; j < i; j++) {
			if (strcmp(kvlist->pairs[j].key, kvlist->pairs[i].key) == 0) {
				BAD(kvlist->pairs[i].key, "given twice");
				rc = -EINVAL;
			}
		}
		if (strcmp(kvlist->pairs[i].key, "profile") == 0)
			profile = kvlist->pairs[i].value;
	}

	if (rc == 0)
		rc = use_profile(profile, &args->caps);
	for (i = 0; rc == 0 && kvlist != NULL && i < kvlist->count; i++)
		rc = apply(kvlist->pairs[i].key, kvlist->pairs[i].value, args);
	emunic_quirks_settle(&args->caps);
	rte_kvargs_free(kvlist);
	return rc;
}
