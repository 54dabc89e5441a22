/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * From an rte_flow pattern to criteria, within the device's limits. Whatever bit of a rule the device would not
 * honour, the rule is refused for it.
 */
#include <stdarg.h>
#include <string.h>

#include <rte_tcp.h>

#include "emunic.h"

/* Order in a pattern: Ethernet, tags, network, its extension, transport. */
static const struct item_info {
	enum rte_flow_item_type type;
	uint8_t rank;
	uint16_t size;
	uint32_t layer;
	const void *default_mask;
} items[EMUNIC_ITEMS] = {
	[EMUNIC_I_ETH] = { RTE_FLOW_ITEM_TYPE_ETH, 1, sizeof(struct rte_flow_item_eth), EMUNIC_L_ETH,
			   &rte_flow_item_eth_mask },
	[EMUNIC_I_VLAN] = { RTE_FLOW_ITEM_TYPE_VLAN, 2, sizeof(struct rte_flow_item_vlan), EMUNIC_L_VLAN,
			    &rte_flow_item_vlan_mask },
	[EMUNIC_I_IPV4] = { RTE_FLOW_ITEM_TYPE_IPV4, 3, sizeof(struct rte_flow_item_ipv4), EMUNIC_L_IPV4,
			    &rte_flow_item_ipv4_mask },
	[EMUNIC_I_IPV6] = { RTE_FLOW_ITEM_TYPE_IPV6, 3, sizeof(struct rte_flow_item_ipv6), EMUNIC_L_IPV6,
			    &rte_flow_item_ipv6_mask },
	/* rte_flow.h has no default mask for this one. */
	[EMUNIC_I_FRAG6] = { RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT, 4, sizeof(struct rte_flow_item_ipv6_frag_ext),
			     EMUNIC_L_FRAG6, NULL },
	[EMUNIC_I_TCP] = { RTE_FLOW_ITEM_TYPE_TCP, 5, sizeof(struct rte_flow_item_tcp), EMUNIC_L_TCP,
			   &rte_flow_item_tcp_mask },
	[EMUNIC_I_UDP] = { RTE_FLOW_ITEM_TYPE_UDP, 5, sizeof(struct rte_flow_item_udp), EMUNIC_L_UDP,
			   &rte_flow_item_udp_mask },
	[EMUNIC_I_SCTP] = { RTE_FLOW_ITEM_TYPE_SCTP, 5, sizeof(struct rte_flow_item_sctp), EMUNIC_L_SCTP,
			    &rte_flow_item_sctp_mask },
	[EMUNIC_I_ICMP] = { RTE_FLOW_ITEM_TYPE_ICMP, 5, sizeof(struct rte_flow_item_icmp), EMUNIC_L_ICMP,
			    &rte_flow_item_icmp_mask },
	[EMUNIC_I_ICMP6] = { RTE_FLOW_ITEM_TYPE_ICMP6, 5, sizeof(struct rte_flow_item_icmp6), EMUNIC_L_ICMP6,
			     &rte_flow_item_icmp6_mask },
};

#define MAX_ITEM_SIZE 64

int
emunic_fail(struct emunic *nic, struct rte_flow_error *error, int code, enum rte_flow_error_type type,
	    const void *cause, const char *fmt, ...)
{
	va_list ap;

	if (nic->caps.quirks & EMUNIC_Q_ERROR_UNSET) {
		rte_errno = code;
		return -code;
	}
	va_start(ap, fmt);
	vsnprintf(nic->message, sizeof(nic->message), fmt, ap);
	va_end(ap);
	return rte_flow_error_set(error, code, type, cause, nic->message);
}

/* The one-bit fields are C bit-fields: no offset to read them at. */
uint64_t
emunic_item_bit(const struct emunic_field *field, const void *item)
{
	switch (field->slot) {
	case EMUNIC_ETH_HAS_VLAN:
		return ((const struct rte_flow_item_eth *)item)->has_vlan;
	case EMUNIC_VLAN_HAS_MORE:
		return ((const struct rte_flow_item_vlan *)item)->has_more_vlan;
	default:
		return ((const struct rte_flow_item_ipv6 *)item)->has_frag_ext;
	}
}

static void
clear_field(const struct emunic_field *field, uint8_t *item)
{
	if (field->size != 0)
		memset(item + field->offset, 0, field->size);
	else if (field->slot == EMUNIC_ETH_HAS_VLAN)
		((struct rte_flow_item_eth *)item)->has_vlan = 0;
	else if (field->slot == EMUNIC_VLAN_HAS_MORE)
		((struct rte_flow_item_vlan *)item)->has_more_vlan = 0;
	else
		((struct rte_flow_item_ipv6 *)item)->has_frag_ext = 0;
}

/* A field's value as two 64-bit halves; only 16-byte fields use the second. */
static void
read_field(const struct emunic_field *field, const void *item, uint64_t value[2])
{
	const uint8_t *p = (const uint8_t *)item + field->offset;
	unsigned int i;

	value[0] = 0;
	value[1] = 0;
	if (field->size == 0) {
		value[0] = emunic_item_bit(field, item);
		return;
	}
	for (i = 0; i < field->size; i++)
		value[i / 8] = value[i / 8] << 8 | p[i];
}

static unsigned int
field_bits(const struct emunic_field *field)
{
	return field->size == 0 ? 1 : field->size * 8;
}

/* The least kind that allows this mask. */
static enum emunic_kind
mask_kind(const struct emunic_field *field, const uint64_t mask[2])
{
	unsigned int bits = field_bits(field);
	unsigned int half = RTE_MIN(bits, 64u);
	uint64_t full = half == 64 ? UINT64_MAX : RTE_BIT64(half) - 1;
	uint64_t gap = ~mask[0] & full;

	if (bits == 128) {
		if (mask[0] == UINT64_MAX && mask[1] == UINT64_MAX)
			return EMUNIC_EXACT;
		if (mask[1] != 0 && mask[0] != UINT64_MAX)
			return EMUNIC_ANY;
		if (mask[1] != 0)
			gap = ~mask[1];
		return (gap & (gap + 1)) == 0 ? EMUNIC_PREFIX : EMUNIC_ANY;
	}
	if (gap == 0)
		return EMUNIC_EXACT;
	/* The VLAN id alone is what an exact tag match means to people and to rte_flow_item_vlan_mask. */
	if (field->slot == EMUNIC_VLAN_TCI && mask[0] == 0x0fff)
		return EMUNIC_EXACT;
	return (gap & (gap + 1)) == 0 ? EMUNIC_PREFIX : EMUNIC_ANY;
}

static int
less(const uint64_t a[2], const uint64_t b[2])
{
	return a[0] < b[0] || (a[0] == b[0] && a[1] < b[1]);
}

static void
add_criterion(struct emunic_program *program, struct emunic_criterion *c, bool wide)
{
	struct emunic_criterion *out = &program->criteria[program->nb_criteria];
	unsigned int half;

	/* 16 bytes without a range are two narrow comparisons, or one when half of the mask is empty. */
	if (!wide || c->range) {
		c->wide = wide;
		*out = *c;
		program->nb_criteria++;
		return;
	}
	for (half = 0; half < 2; half++) {
		if (c->mask[half] == 0)
			continue;
		*out++ = (struct emunic_criterion) { .slot = c->slot + half, .mask = { c->mask[half] },
						     .spec = { c->spec[half] } };
		program->nb_criteria++;
	}
}

static bool
is_fragment_field(const struct emunic_field *field)
{
	return field->slot == EMUNIC_IPV4_FRAG || field->slot == EMUNIC_IPV6_HAS_FRAG ||
	       field->slot == EMUNIC_FRAG6_DATA;
}

static int
compile_field(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_item *item,
	      unsigned int index, const void *mask, unsigned int shift, struct emunic_program *program,
	      struct rte_flow_error *error)
{
	const struct emunic_field *field = &emunic_fields[index];
	enum emunic_kind allowed = caps->kind[index];
	struct emunic_criterion c = { .slot = field->slot + shift };
	bool wide = field->size == 16;
	unsigned int half;

	read_field(field, mask, c.mask);
	if ((c.mask[0] | c.mask[1]) == 0)
		return 0;
	if (caps->quirks & EMUNIC_Q_IGNORE_FRAG && is_fragment_field(field))
		return 0; /* accepted, and matched without */
	if (caps->quirks & EMUNIC_Q_ACK_DROP && field->slot == EMUNIC_TCP_FLAGS) {
		allowed = EMUNIC_RANGE; /* accepted whatever the limits, and matched without the bit */
		c.mask[0] &= ~(uint64_t)RTE_TCP_ACK_FLAG;
		if (c.mask[0] == 0)
			return 0;
	}
	if (mask_kind(field, c.mask) > allowed) {
		if (caps->quirks & EMUNIC_Q_WIDEN && allowed != EMUNIC_NONE)
			return 0; /* accepted, and matched without */
		if (allowed == EMUNIC_NONE)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
					   item->mask != NULL ? item->mask : item->spec,
					   "matching on %s is not supported", field->name);
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
				   item->mask != NULL ? item->mask : item->spec,
				   "%s takes %s only", field->name,
				   allowed == EMUNIC_EXACT ? "a full mask" : "a prefix mask");
	}

	read_field(field, item->spec, c.spec);
	if (item->last != NULL && !(caps->quirks & EMUNIC_Q_IGNORE_LAST))
		read_field(field, item->last, c.last);
	for (half = 0; half < 2; half++) {
		c.spec[half] &= c.mask[half];
		c.last[half] &= c.mask[half];
	}

	/* A last of 0, or equal to spec, is no range. */
	if ((c.last[0] | c.last[1]) != 0 && (c.last[0] != c.spec[0] || c.last[1] != c.spec[1])) {
		if (allowed != EMUNIC_RANGE)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_LAST, item->last,
					   "ranges of %s are not supported", field->name);
		if (less(c.last, c.spec))
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_LAST, item->last,
					   "the range of %s ends before it starts", field->name);
		c.range = 1;
	} else {
		c.last[0] = 0;
		c.last[1] = 0;
	}
	if (field->slot == EMUNIC_IPV6_HAS_FRAG)
		program->layers |= EMUNIC_L_CHAIN6;
	add_criterion(program, &c, wide);
	return 0;
}

static int
compile_item(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_item *item, unsigned int id,
	     unsigned int shift, struct emunic_program *program, struct rte_flow_error *error)
{
	const void *mask = item->mask;
	uint8_t rest[MAX_ITEM_SIZE];
	unsigned int i;
	int rc;

	if (item->spec == NULL) {
		if (item->last != NULL)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_LAST, item->last,
					   "item %s has last without spec", emunic_item_names[id]);
		if (item->mask != NULL)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_MASK, item->mask,
					   "item %s has mask without spec", emunic_item_names[id]);
		return 0;
	}
	if (mask == NULL)
		mask = items[id].default_mask;
	if (mask == NULL)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM, item,
				   "item %s has spec without mask, and no default mask", emunic_item_names[id]);

	RTE_VERIFY(items[id].size <= sizeof(rest));
	memcpy(rest, mask, items[id].size);
	for (i = 0; i < EMUNIC_NB_FIELDS; i++) {
		if (emunic_fields[i].item != id)
			continue;
		clear_field(&emunic_fields[i], rest);
		rc = compile_field(nic, caps, item, i, mask, shift, program, error);
		if (rc != 0)
			return rc;
	}
	for (i = 0; i < items[id].size; i++) {
		if (rest[i] != 0)
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_MASK, mask,
					   "item %s: the mask covers a field that cannot be matched (byte %u)",
					   emunic_item_names[id], i);
	}
	return 0;
}

static int
unknown_item(struct emunic *nic, const struct rte_flow_item *item, struct rte_flow_error *error)
{
	char name[32] = "?";

	rte_flow_conv(RTE_FLOW_CONV_OP_ITEM_NAME, name, sizeof(name), (void *)(uintptr_t)item->type, NULL);
	return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, item, "items of type %d (%s) are not supported",
			   (int)item->type, name);
}

int
emunic_compile_pattern(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_item *pattern,
		       struct emunic_program *program, struct rte_flow_error *error)
{
	const struct rte_flow_item *item;
	unsigned int rank = 0;
	unsigned int id;
	unsigned int shift;
	uint32_t layer;
	int rc;

	for (item = pattern; item->type != RTE_FLOW_ITEM_TYPE_END; item++) {
		if (item->type == RTE_FLOW_ITEM_TYPE_VOID)
			continue;
		for (id = 0; id < EMUNIC_ITEMS && items[id].type != item->type; id++)
			;
		if (id == EMUNIC_ITEMS)
			return unknown_item(nic, item, error);
		if (!(caps->items & RTE_BIT32(id)))
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, item,
					   "item %s is not supported", emunic_item_names[id]);

		layer = items[id].layer;
		shift = 0;
		if (id == EMUNIC_I_VLAN && rank == 2) {
			if (program->layers & EMUNIC_L_VLAN2)
				return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, item,
						   "more than two vlan items are not supported");
			layer = EMUNIC_L_VLAN2;
			shift = EMUNIC_VLAN2_TCI - EMUNIC_VLAN_TCI;
		} else if (program->layers & layer) {
			return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, item,
					   "a second %s item is not supported", emunic_item_names[id]);
		} else if (items[id].rank <= rank) {
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM, item,
					   "item %s cannot follow here", emunic_item_names[id]);
		}
		rank = items[id].rank;
		program->layers |= layer;
		if ((program->layers & EMUNIC_L_IPV4 && program->layers & (EMUNIC_L_FRAG6 | EMUNIC_L_ICMP6)) ||
		    (program->layers & EMUNIC_L_IPV6 && program->layers & EMUNIC_L_ICMP))
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM, item,
					   "item %s does not go with the network layer", emunic_item_names[id]);
		if (program->layers & EMUNIC_L_FRAG6 && program->layers & EMUNIC_L_ICMP)
			return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM, item,
					   "item %s does not go with the network layer", emunic_item_names[id]);

		rc = compile_item(nic, caps, item, id, shift, program, error);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
emunic_compile_attr(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_attr *attr,
		    struct emunic_program *program, struct rte_flow_error *error)
{
	uint32_t prios;

	if (attr->transfer)
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_TRANSFER, attr,
				   "transfer rules are not supported");
	if (attr->egress)
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_EGRESS, attr,
				   "egress rules are not supported");
	if (!attr->ingress)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_INGRESS, attr,
				   "the rule has no direction");
	if (attr->reserved != 0)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR, attr,
				   "reserved bits of the attributes are set");
	if (attr->group >= caps->groups && !(caps->quirks & EMUNIC_Q_IGNORE_GROUP))
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_GROUP, attr,
				   "group %u: the last group is %u", attr->group, caps->groups - 1);
	prios = emunic_prios(caps, attr->group);
	if (attr->priority >= prios)
		return emunic_fail(nic, error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY, attr,
				   "priority %u: the greatest number is %u", attr->priority, prios - 1);
	program->group = caps->quirks & EMUNIC_Q_IGNORE_GROUP ? 0 : attr->group;
	program->priority = attr->priority;
	return 0;
}

static bool
has_l4_criterion(const struct emunic_program *program)
{
	uint32_t i;

	for (i = 0; i < program->nb_criteria; i++)
		if (program->criteria[i].slot >= EMUNIC_L4_A)
			return true;
	return false;
}

/* What the device makes of layers without criteria. */
static void
settle_layers(const struct emunic_caps *caps, struct emunic_program *program)
{
	if (caps->quirks & EMUNIC_Q_IP_OTHER && program->layers & (EMUNIC_L_IPV4 | EMUNIC_L_IPV6) &&
	    !(program->layers & EMUNIC_L_L4))
		program->not_layers = EMUNIC_L_PORTS;
	if (caps->frag_l4 == EMUNIC_FRAG_ANY && program->layers & EMUNIC_L_PORTS && !has_l4_criterion(program)) {
		program->layers |= program->layers & EMUNIC_L_TCP ? EMUNIC_L_IS_TCP :
				   program->layers & EMUNIC_L_UDP ? EMUNIC_L_IS_UDP : EMUNIC_L_IS_SCTP;
		program->layers &= ~EMUNIC_L_PORTS;
	}
}

int
emunic_compile(struct emunic *nic, const struct emunic_caps *caps, const struct rte_flow_attr *attr,
	       const struct rte_flow_item *pattern, const struct rte_flow_action *actions,
	       struct emunic_program *program, struct rte_flow_error *error)
{
	int rc;

	memset(program, 0, sizeof(*program));
	if (attr == NULL)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR, NULL, "no attributes");
	if (pattern == NULL)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_NUM, NULL, "no pattern");
	if (actions == NULL)
		return emunic_fail(nic, error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_NUM, NULL, "no actions");

	rc = emunic_compile_attr(nic, caps, attr, program, error);
	if (rc == 0)
		rc = emunic_compile_pattern(nic, caps, pattern, program, error);
	if (rc == 0)
		rc = emunic_compile_actions(nic, caps, actions, program, error);
	if (rc == 0)
		settle_layers(caps, program);
	return rc;
}
