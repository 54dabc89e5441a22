/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Bursts. Packets come from one input, the in-ring or the backend's queue 0. With one rx queue its poller classifies
 * straight into the caller's array; with more, whoever polls takes the input lock, keeps what is for its own queue and
 * leaves the rest in the other queues' rings. Nothing here allocates.
 */
#include <rte_ethdev.h>

#include "emunic.h"

static inline uint16_t
pull(struct emunic *nic, struct rte_mbuf **pkts, uint16_t n)
{
	if (nic->in != NULL)
		return rte_ring_dequeue_burst(nic->in, (void **)pkts, n, NULL);
	return rte_eth_rx_burst(nic->backend, 0, pkts, n);
}

/* Rules that a burst may still look at are freed only after epoch has moved on, see emunic_table.c. */
static inline void
epoch_enter(struct emunic *nic)
{
	__atomic_store_n(&nic->epoch, nic->epoch + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void
epoch_leave(struct emunic *nic)
{
	__atomic_store_n(&nic->epoch, nic->epoch + 1, __ATOMIC_RELEASE);
}

static void
discard(struct emunic *nic, struct rte_mbuf *m, int why)
{
	switch (why) {
	case EMUNIC_DROPPED:
		emunic_add(&nic->count.dropped, 1);
		break;
	case EMUNIC_ISOLATED:
		emunic_add(&nic->count.isolated, 1);
		break;
	default:
		emunic_add(&nic->count.looped, 1);
		break;
	}
	rte_pktmbuf_free(m);
}

/* Classifies up to n packets from the input; those for rxq are left in pkts, their number returned. */
static uint16_t
fill(struct emunic_rxq *rxq, struct rte_mbuf **pkts, uint16_t n)
{
	struct emunic *nic = rxq->nic;
	struct emunic_rxq **queues = (struct emunic_rxq **)nic->dev->data->rx_queues;
	uint16_t got;
	uint16_t kept = 0;
	uint16_t i;

	if (__atomic_load_n(&nic->down, __ATOMIC_RELAXED))
		return 0;
	got = pull(nic, pkts, n);
	if (got == 0)
		return 0;
	emunic_add(&nic->count.total, got);
	epoch_enter(nic);
	for (i = 0; i < got; i++) {
		struct rte_mbuf *m = pkts[i];
		int queue = emunic_classify(nic, m);

		if (queue == rxq->id) {
			pkts[kept++] = m;
		} else if (queue < 0) {
			discard(nic, m, queue);
		} else if (rte_ring_enqueue(queues[queue]->held, m) != 0) {
			emunic_add(&nic->count.missed, 1);
			rte_pktmbuf_free(m);
		}
	}
	epoch_leave(nic);
	return kept;
}

uint16_t
emunic_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct emunic_rxq *rxq = queue;
	struct emunic *nic = rxq->nic;
	uint16_t got = 0;
	uint16_t i;
	uint64_t bytes = 0;

	if (rxq->held == NULL) {
		got = fill(rxq, pkts, n);
	} else {
		got = rte_ring_dequeue_burst(rxq->held, (void **)pkts, n, NULL);
		if (got < n && rte_spinlock_trylock(&nic->input_lock)) {
			/* Anything steered here meanwhile is older than what follows. */
			got += rte_ring_dequeue_burst(rxq->held, (void **)(pkts + got), n - got, NULL);
			if (got < n)
				got += fill(rxq, pkts + got, n - got);
			rte_spinlock_unlock(&nic->input_lock);
		}
	}

	if (got > 0) {
		for (i = 0; i < got; i++)
			bytes += pkts[i]->pkt_len;
		emunic_add(&rxq->packets, got);
		emunic_add(&rxq->bytes, bytes);
	}
	return got;
}

uint16_t
emunic_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct emunic_txq *txq = queue;
	struct emunic *nic = txq->nic;
	uint64_t bytes = 0;
	uint64_t back;
	uint16_t sent;
	uint16_t i;

	/* After the call the packets belong to somebody else. */
	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;

	if (nic->out != NULL) {
		sent = rte_ring_enqueue_burst(nic->out, (void **)pkts, n, NULL);
	} else if (nic->backend_txq == nic->dev->data->nb_tx_queues) {
		sent = rte_eth_tx_burst(nic->backend, txq->id, pkts, n);
	} else {
		rte_spinlock_lock(&nic->tx_lock);
		sent = rte_eth_tx_burst(nic->backend, txq->id % nic->backend_txq, pkts, n);
		rte_spinlock_unlock(&nic->tx_lock);
	}

	for (back = 0, i = sent; i < n; i++)
		back += pkts[i]->pkt_len;
	emunic_add(&txq->packets, sent);
	emunic_add(&txq->bytes, bytes - back);
	return sent;
}
