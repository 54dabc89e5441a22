/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * One rule as one line of text, for rte_flow_dev_dump().
 */
#include <inttypes.h>

#include "emunic.h"

static const char *
slot_name(unsigned int slot)
{
	static const struct {
		uint8_t slot;
		const char *name;
	} extra[] = {
		{ EMUNIC_VLAN2_TCI, "vlan2.tci" }, { EMUNIC_VLAN2_TYPE, "vlan2.type" },
		{ EMUNIC_VLAN2_HAS_MORE, "vlan2.has_more" }, { EMUNIC_IPV6_SRC_LO, "ipv6.src.low" },
		{ EMUNIC_IPV6_DST_LO, "ipv6.dst.low" }, { EMUNIC_L4_A, "l4.src" }, { EMUNIC_L4_B, "l4.dst" },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(extra); i++)
		if (extra[i].slot == slot)
			return extra[i].name;
	for (i = 0; i < EMUNIC_NB_FIELDS; i++)
		if (emunic_fields[i].slot == slot)
			return emunic_fields[i].name;
	return "?";
}

static void
dump_criterion(const struct emunic_criterion *c, FILE *file)
{
	fprintf(file, " %s", slot_name(c->slot));
	if (c->mask[0] != UINT64_MAX || c->wide) {
		fprintf(file, "&0x%" PRIx64, c->mask[0]);
		if (c->wide)
			fprintf(file, ":%016" PRIx64, c->mask[1]);
	}
	fprintf(file, "=0x%" PRIx64, c->spec[0]);
	if (c->wide)
		fprintf(file, ":%016" PRIx64, c->spec[1]);
	if (c->range) {
		fprintf(file, "..0x%" PRIx64, c->last[0]);
		if (c->wide)
			fprintf(file, ":%016" PRIx64, c->last[1]);
	}
}

void
emunic_dump_rule(const struct emunic *nic, const struct rte_flow *flow, FILE *file)
{
	static const char *const layers[] = {
		"eth", "vlan", "vlan2", "ipv4", "ipv6", "ipv6_frag_ext", "tcp", "udp", "sctp", "icmp", "icmp6",
	};
	unsigned int i;

	fprintf(file, "%s group %u priority %u:", nic->name, flow->group, flow->priority);
	for (i = 0; i < RTE_DIM(layers); i++)
		if (flow->layers & RTE_BIT32(i))
			fprintf(file, " %s", layers[i]);
	fprintf(file, " |");
	for (i = 0; i < flow->nb_criteria; i++)
		dump_criterion(&flow->criteria[i], file);
	fprintf(file, " ->");
	for (i = 0; i < EMUNIC_ACTIONS; i++) {
		if (!(flow->actions & RTE_BIT32(i)))
			continue;
		fprintf(file, " %s", emunic_action_names[i]);
		if (i == EMUNIC_A_QUEUE)
			fprintf(file, " %u", flow->queue);
		else if (i == EMUNIC_A_MARK)
			fprintf(file, " %u", flow->mark);
		else if (i == EMUNIC_A_JUMP)
			fprintf(file, " %u", flow->jump);
		else if (i == EMUNIC_A_AGE)
			fprintf(file, " %u", flow->age_s);
		else if (i == EMUNIC_A_COUNT)
			fprintf(file, " %" PRIu64, emunic_read(&flow->hits) - flow->base_hits);
	}
	fprintf(file, "\n");
}
