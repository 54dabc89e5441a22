/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Statistics. Counters only grow, their writers never reset them: a reset remembers where they stood.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_string_fns.h>

#include "emunic.h"

static const struct {
	const char *name;
	size_t offset; /* in struct emunic_counters */
} xstats_table[] = {
	{ "emunic_rx_dropped_by_rule", offsetof(struct emunic_counters, dropped) },
	{ "emunic_rx_marked", offsetof(struct emunic_counters, marked) },
	{ "emunic_rx_total", offsetof(struct emunic_counters, total) },
	{ "emunic_rx_isolated", offsetof(struct emunic_counters, isolated) },
	{ "emunic_rx_jump_loop", offsetof(struct emunic_counters, looped) },
};

/* One more than the table: emunic_rules, a level and not a counter. */
#define NB_XSTATS (RTE_DIM(xstats_table) + 1)

static uint64_t
counter(const struct emunic_counters *c, size_t offset)
{
	return emunic_read((const uint64_t *)((const uint8_t *)c + offset));
}

int
emunic_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_eth_stats backend;
	unsigned int i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct emunic_rxq *q = dev->data->rx_queues[i];
		uint64_t packets;
		uint64_t bytes;

		if (q == NULL)
			continue;
		packets = emunic_read(&q->packets) - nic->rxq_base[i].packets;
		bytes = emunic_read(&q->bytes) - nic->rxq_base[i].bytes;
		stats->ipackets += packets;
		stats->ibytes += bytes;
		if (i < RTE_ETHDEV_QUEUE_STAT_CNTRS) {
			stats->q_ipackets[i] = packets;
			stats->q_ibytes[i] = bytes;
		}
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct emunic_txq *q = dev->data->tx_queues[i];
		uint64_t packets;
		uint64_t bytes;

		if (q == NULL)
			continue;
		packets = emunic_read(&q->packets) - nic->txq_base[i].packets;
		bytes = emunic_read(&q->bytes) - nic->txq_base[i].bytes;
		stats->opackets += packets;
		stats->obytes += bytes;
		if (i < RTE_ETHDEV_QUEUE_STAT_CNTRS) {
			stats->q_opackets[i] = packets;
			stats->q_obytes[i] = bytes;
		}
	}
	stats->imissed = emunic_read(&nic->count.missed) - nic->base.missed;
	if (emunic_backend_alive(nic) && rte_eth_stats_get(nic->backend, &backend) == 0) {
		stats->imissed += backend.imissed;
		stats->ierrors += backend.ierrors;
		stats->oerrors += backend.oerrors;
		stats->rx_nombuf += backend.rx_nombuf;
	}
	return 0;
}

int
emunic_stats_reset(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;
	unsigned int i;

	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct emunic_rxq *q = dev->data->rx_queues[i];

		if (q != NULL) {
			nic->rxq_base[i].packets = emunic_read(&q->packets);
			nic->rxq_base[i].bytes = emunic_read(&q->bytes);
		}
	}
	for (i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct emunic_txq *q = dev->data->tx_queues[i];

		if (q != NULL) {
			nic->txq_base[i].packets = emunic_read(&q->packets);
			nic->txq_base[i].bytes = emunic_read(&q->bytes);
		}
	}
	nic->base = nic->count;
	if (emunic_backend_alive(nic))
		rte_eth_stats_reset(nic->backend);
	return 0;
}

int
emunic_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	struct emunic *nic = dev->data->dev_private;
	unsigned int i;

	if (xstats == NULL || n < NB_XSTATS)
		return NB_XSTATS;
	for (i = 0; i < RTE_DIM(xstats_table); i++) {
		size_t offset = xstats_table[i].offset;

		xstats[i].id = i;
		xstats[i].value = counter(&nic->count, offset) - counter(&nic->base, offset);
	}
	xstats[i].id = i;
	xstats[i].value = __atomic_load_n(&nic->nb_rules, __ATOMIC_RELAXED);
	return NB_XSTATS;
}

int
emunic_xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	unsigned int i;

	RTE_SET_USED(dev);
	if (names == NULL || n < NB_XSTATS)
		return NB_XSTATS;
	for (i = 0; i < RTE_DIM(xstats_table); i++)
		rte_strlcpy(names[i].name, xstats_table[i].name, sizeof(names[i].name));
	rte_strlcpy(names[i].name, "emunic_rules", sizeof(names[i].name));
	return NB_XSTATS;
}
