/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * What the bindings are measured against: the same rules, created and destroyed by a loop in C, in the same process.
 */
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_flow.h>

/* eth / ipv4 dst is base + i / tcp dst is 80 -> count / drop. Creates n rules, then destroys them in the same order. */
int
npn_flow_loop(uint16_t port, uint32_t base, uint32_t n, struct rte_flow **handles)
{
	struct rte_flow_attr attr = { .ingress = 1, .priority = 1 };
	struct rte_flow_item_ipv4 ipv4 = { 0 };
	struct rte_flow_item_ipv4 ipv4_mask = { .hdr.dst_addr = UINT32_MAX };
	struct rte_flow_item_tcp tcp = { .hdr.dst_port = rte_cpu_to_be_16(80) };
	struct rte_flow_item_tcp tcp_mask = { .hdr.dst_port = UINT16_MAX };
	struct rte_flow_item pattern[] = {
		{ .type = RTE_FLOW_ITEM_TYPE_ETH },
		{ .type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &ipv4, .mask = &ipv4_mask },
		{ .type = RTE_FLOW_ITEM_TYPE_TCP, .spec = &tcp, .mask = &tcp_mask },
		{ .type = RTE_FLOW_ITEM_TYPE_END },
	};
	struct rte_flow_action actions[] = {
		{ .type = RTE_FLOW_ACTION_TYPE_COUNT },
		{ .type = RTE_FLOW_ACTION_TYPE_DROP },
		{ .type = RTE_FLOW_ACTION_TYPE_END },
	};
	struct rte_flow_error error;
	uint32_t i;

	for (i = 0; i < n; i++) {
		error = (struct rte_flow_error) { 0 };
		ipv4.hdr.dst_addr = rte_cpu_to_be_32(base + i);
		handles[i] = rte_flow_create(port, &attr, pattern, actions, &error);
		if (handles[i] == NULL)
			return -rte_errno;
	}
	for (i = 0; i < n; i++) {
		int rc;

		error = (struct rte_flow_error) { 0 };
		rc = rte_flow_destroy(port, handles[i], &error);
		if (rc != 0)
			return rc;
	}
	return 0;
}
