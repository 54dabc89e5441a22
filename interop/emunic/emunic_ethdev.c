/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Device operations: configure, queues, start, stop, close, and what is passed through to the backend.
 */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "emunic.h"

#define RSS_TYPES (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP)
#define MAX_FRAME 9728
#define FRAME_OVERHEAD (RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN + 2 * RTE_VLAN_HLEN)

/* The backend may have been closed by its own driver before us, as at EAL's cleanup. */
bool
emunic_backend_alive(const struct emunic *nic)
{
	struct rte_eth_dev_owner owner;

	return nic->backend != RTE_MAX_ETHPORTS && rte_eth_dev_is_valid_port(nic->backend) &&
	       rte_eth_dev_owner_get(nic->backend, &owner) == 0 && owner.id == nic->owner;
}

static int
dev_configure(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;

	nic->nb_rxq = dev->data->nb_rx_queues;
	return 0;
}

static void
drain(struct rte_ring *ring)
{
	void *m;

	while (ring != NULL && rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
}

static void
rx_queue_release(struct rte_eth_dev *dev, uint16_t id)
{
	struct emunic_rxq *rxq = dev->data->rx_queues[id];

	if (rxq == NULL)
		return;
	drain(rxq->held);
	rte_ring_free(rxq->held);
	rte_free(rxq);
	dev->data->rx_queues[id] = NULL;
}

static int
rx_queue_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	       const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_rxq *rxq;
	char name[RTE_RING_NAMESIZE];

	RTE_SET_USED(conf);
	rx_queue_release(dev, id);
	rxq = rte_zmalloc_socket("emunic_rxq", sizeof(*rxq), RTE_CACHE_LINE_SIZE, socket);
	if (rxq == NULL)
		return -ENOMEM;
	rxq->nic = nic;
	rxq->id = id;
	rxq->nb_desc = nb_desc;
	rxq->pool = pool;
	if (dev->data->nb_rx_queues > 1) {
		snprintf(name, sizeof(name), "emunic_%u_rx%u", nic->port, id);
		rxq->held = rte_ring_create(name, RTE_MAX(nb_desc, 512u), (int)socket, RING_F_EXACT_SZ);
		if (rxq->held == NULL) {
			EMUNIC_LOG(ERR, "%s: cannot create the ring of rx queue %u", nic->name, id);
			rte_free(rxq);
			return -rte_errno;
		}
	}
	nic->rxq_base[id].packets = 0;
	nic->rxq_base[id].bytes = 0;
	dev->data->rx_queues[id] = rxq;
	return 0;
}

static void
tx_queue_release(struct rte_eth_dev *dev, uint16_t id)
{
	rte_free(dev->data->tx_queues[id]);
	dev->data->tx_queues[id] = NULL;
}

static int
tx_queue_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	       const struct rte_eth_txconf *conf)
{
	struct emunic *nic = dev->data->dev_private;
	struct emunic_txq *txq;

	RTE_SET_USED(conf);
	tx_queue_release(dev, id);
	txq = rte_zmalloc_socket("emunic_txq", sizeof(*txq), RTE_CACHE_LINE_SIZE, socket);
	if (txq == NULL)
		return -ENOMEM;
	txq->nic = nic;
	txq->id = id;
	txq->nb_desc = nb_desc;
	nic->txq_base[id].packets = 0;
	nic->txq_base[id].bytes = 0;
	dev->data->tx_queues[id] = txq;
	return 0;
}

/* Gives the backend one rx queue and as many tx queues as it can have of ours. */
static int
backend_start(struct emunic *nic)
{
	struct rte_eth_dev_data *data = nic->dev->data;
	const struct emunic_rxq *rxq = data->nb_rx_queues > 0 ? data->rx_queues[0] : NULL;
	const struct emunic_txq *txq = data->nb_tx_queues > 0 ? data->tx_queues[0] : NULL;
	struct rte_eth_conf conf = { .rxmode = { .mtu = data->mtu } };
	struct rte_eth_dev_info info;
	uint16_t nb_rx_desc;
	uint16_t nb_tx_desc;
	uint16_t i;
	int rc;

	if (!emunic_backend_alive(nic))
		return -ENODEV;
	if (rxq == NULL || txq == NULL) {
		EMUNIC_LOG(ERR, "%s: a backend needs an rx and a tx queue", nic->name);
		return -EINVAL;
	}
	rc = rte_eth_dev_info_get(nic->backend, &info);
	if (rc != 0)
		return rc;
	nic->backend_txq = RTE_MIN(data->nb_tx_queues, info.max_tx_queues);
	nb_rx_desc = rxq->nb_desc;
	nb_tx_desc = txq->nb_desc;

	rc = rte_eth_dev_configure(nic->backend, 1, nic->backend_txq, &conf);
	if (rc == 0)
		rc = rte_eth_dev_adjust_nb_rx_tx_desc(nic->backend, &nb_rx_desc, &nb_tx_desc);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(nic->backend, 0, nb_rx_desc, rte_eth_dev_socket_id(nic->backend), NULL,
					    rxq->pool);
	for (i = 0; rc == 0 && i < nic->backend_txq; i++)
		rc = rte_eth_tx_queue_setup(nic->backend, i, nb_tx_desc, rte_eth_dev_socket_id(nic->backend), NULL);
	if (rc == 0)
		rc = rte_eth_dev_start(nic->backend);
	if (rc != 0)
		EMUNIC_LOG(ERR, "%s: backend %u did not start: %s", nic->name, nic->backend, rte_strerror(-rc));
	return rc;
}

static int
dev_start(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;
	int rc;

	__atomic_store_n(&nic->down, 0, __ATOMIC_SEQ_CST);
	if (nic->backend != RTE_MAX_ETHPORTS) {
		rc = backend_start(nic);
		if (rc != 0)
			return rc;
	}
	if (nic->in != NULL)
		dev->data->dev_link.link_status = RTE_ETH_LINK_UP;
	return 0;
}

/* Rules do not outlive a stop, as on NICs without RTE_ETH_DEV_CAPA_FLOW_RULE_KEEP. */
static int
dev_stop(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;
	unsigned int i;

	dev->data->dev_link.link_status = RTE_ETH_LINK_DOWN;
	emunic_flush(nic);
	for (i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct emunic_rxq *rxq = dev->data->rx_queues[i];

		if (rxq != NULL)
			drain(rxq->held);
	}
	return emunic_backend_alive(nic) ? rte_eth_dev_stop(nic->backend) : 0;
}

static int
dev_close(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;
	uint16_t i;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY || nic == NULL)
		return 0;
	emunic_flush(nic);
	emunic_templates_free(nic);
	for (i = 0; i < dev->data->nb_rx_queues; i++)
		rx_queue_release(dev, i);
	for (i = 0; i < dev->data->nb_tx_queues; i++)
		tx_queue_release(dev, i);
	if (emunic_backend_alive(nic)) {
		rte_eth_dev_owner_unset(nic->backend, nic->owner);
		if (rte_eth_devices[nic->backend].data->dev_started)
			rte_eth_dev_stop(nic->backend);
		rte_eth_dev_close(nic->backend);
	}
	nic->backend = RTE_MAX_ETHPORTS;
	drain(nic->in);
	drain(nic->out);
	rte_ring_free(nic->in);
	rte_ring_free(nic->out);
	nic->in = NULL;
	nic->out = NULL;
	pthread_mutex_destroy(&nic->mutex);
	dev->data->mac_addrs = NULL; /* lies in dev_private, which ethdev frees */
	return 0;
}

static int
dev_info_get(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_eth_dev_info backend;

	info->max_mac_addrs = 1;
	info->min_rx_bufsize = 0;
	info->max_rx_pktlen = MAX_FRAME;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_mtu = MAX_FRAME - FRAME_OVERHEAD;
	info->max_rx_queues = EMUNIC_MAX_QUEUES;
	info->max_tx_queues = EMUNIC_MAX_QUEUES;
	info->flow_type_rss_offloads = RSS_TYPES;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_RSS_HASH;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (emunic_backend_alive(nic) && rte_eth_dev_info_get(nic->backend, &backend) == 0) {
		info->max_rx_pktlen = backend.max_rx_pktlen;
		info->min_mtu = backend.min_mtu;
		info->max_mtu = backend.max_mtu;
		info->min_rx_bufsize = backend.min_rx_bufsize;
		info->tx_offload_capa = backend.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	}
	return 0;
}

static int
link_update(struct rte_eth_dev *dev, int wait)
{
	struct emunic *nic = dev->data->dev_private;
	struct rte_eth_link link = {
		.link_speed = RTE_ETH_SPEED_NUM_100G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
		.link_status = dev->data->dev_started ? RTE_ETH_LINK_UP : RTE_ETH_LINK_DOWN,
	};

	RTE_SET_USED(wait);
	if (emunic_backend_alive(nic))
		rte_eth_link_get_nowait(nic->backend, &link);
	return rte_eth_linkstatus_set(dev, &link);
}

/* Without a backend every frame is received anyway; a backend without the mode receives what it receives. */
static int
tolerate(int rc)
{
	return rc == -ENOTSUP || rc == -ENOSYS ? 0 : rc;
}

static int
promiscuous_enable(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;

	return emunic_backend_alive(nic) ? tolerate(rte_eth_promiscuous_enable(nic->backend)) : 0;
}

static int
promiscuous_disable(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;

	return emunic_backend_alive(nic) ? tolerate(rte_eth_promiscuous_disable(nic->backend)) : 0;
}

static int
allmulticast_enable(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;

	return emunic_backend_alive(nic) ? tolerate(rte_eth_allmulticast_enable(nic->backend)) : 0;
}

static int
allmulticast_disable(struct rte_eth_dev *dev)
{
	struct emunic *nic = dev->data->dev_private;

	return emunic_backend_alive(nic) ? tolerate(rte_eth_allmulticast_disable(nic->backend)) : 0;
}

static int
mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	struct emunic *nic = dev->data->dev_private;

	return emunic_backend_alive(nic) ? rte_eth_dev_set_mtu(nic->backend, mtu) : 0;
}

static int
mac_addr_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	struct emunic *nic = dev->data->dev_private;

	return emunic_backend_alive(nic) ? rte_eth_dev_default_mac_addr_set(nic->backend, mac) : 0;
}

static int
flow_ops_get(struct rte_eth_dev *dev, const struct rte_flow_ops **ops)
{
	const struct emunic *nic = dev->data->dev_private;

	*ops = nic->caps.async == EMUNIC_ASYNC_NO ? &emunic_flow_ops : &emunic_flow_ops_async;
	return 0;
}

const struct eth_dev_ops emunic_dev_ops = {
	.dev_configure = dev_configure,
	.dev_start = dev_start,
	.dev_stop = dev_stop,
	.dev_close = dev_close,
	.dev_infos_get = dev_info_get,
	.rx_queue_setup = rx_queue_setup,
	.rx_queue_release = rx_queue_release,
	.tx_queue_setup = tx_queue_setup,
	.tx_queue_release = tx_queue_release,
	.link_update = link_update,
	.promiscuous_enable = promiscuous_enable,
	.promiscuous_disable = promiscuous_disable,
	.allmulticast_enable = allmulticast_enable,
	.allmulticast_disable = allmulticast_disable,
	.mtu_set = mtu_set,
	.mac_addr_set = mac_addr_set,
	.stats_get = emunic_stats_get,
	.stats_reset = emunic_stats_reset,
	.xstats_get = emunic_xstats_get,
	.xstats_get_names = emunic_xstats_get_names,
	.xstats_reset = emunic_stats_reset,
	.flow_ops_get = flow_ops_get,
};
