/*
 * A receive function in front of a port's own: packets "arrive" at a set rate into a queue of a set length, as from a wire,
 * whatever the machine does meanwhile; what finds the queue full is lost and counted. Also keeps a histogram of the time
 * from one receive call that found packets to the next: what a round of the poll loop takes.
 */
#include <stdint.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#define PORTS 2
#define BUCKETS 100000		/* of 100 ns */

struct reading {
	uint64_t taken, lost, rounds, max_ns;
	uint64_t lost_late;	/* of these, in a round that took longer than the queue lasts */
	uint64_t histogram[BUCKETS];
};

struct queue {
	eth_rx_burst_t rx;
	void *rx_queue;
	uint64_t start, taken, lost, lost_late, last;
	double per_tick;	/* packets; 0: as many as are asked for */
	uint32_t length;
	int first;
} __rte_cache_aligned;

static struct queue queues[PORTS];
static void *queue_of[PORTS][1];
static struct reading state;
static uint64_t last_tsc;
static double ns_per_tick;
static int found_packets;
static volatile int restart;

static void
note_round(uint64_t now)
{
	if (restart) {
		memset(&state, 0, sizeof(state));
		found_packets = 0;
		__atomic_store_n(&restart, 0, __ATOMIC_RELEASE);
	}

	if (found_packets) {
		uint64_t ns = (uint64_t)((now - last_tsc) * ns_per_tick);
		uint64_t bucket = ns / 100;

		state.rounds++;
		state.histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
		if (ns > state.max_ns)
			state.max_ns = ns;
	}

	last_tsc = now;
	found_packets = 0;
}

static uint16_t
paced_rx(void *opaque, struct rte_mbuf **packets, uint16_t count)
{
	struct queue *queue = opaque;
	uint64_t now = rte_rdtsc();

	if (queue->first)
		note_round(now);

	if (queue->start == 0) {
		queue->start = queue->last = now;
		queue->taken = queue->lost = queue->lost_late = 0;
	}

	if (queue->per_tick > 0) {
		uint64_t arrived = (uint64_t)((now - queue->start) * queue->per_tick);
		uint64_t waiting = arrived - queue->taken - queue->lost;

		if (waiting > queue->length) {
			queue->lost += waiting - queue->length;
			if ((now - queue->last) * queue->per_tick > queue->length)
				queue->lost_late += waiting - queue->length;

			waiting = queue->length;
		}

		queue->last = now;
		count = RTE_MIN((uint64_t)count, waiting);
		if (count == 0)
			return 0;
	}

	count = queue->rx(queue->rx_queue, packets, count);
	queue->taken += count;
	found_packets |= count;
	return count;
}

/* Puts itself in front of queue 0 of the first ports; before anything reads their burst pointers. */
void
paced_install(uint32_t queue_length)
{
	ns_per_tick = 1e9 / rte_get_tsc_hz();
	for (int port = 0; port < PORTS; port++) {
		struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[port];

		queues[port] = (struct queue){
			.rx = ops->rx_pkt_burst, .rx_queue = ops->rxq.data[0], .length = queue_length, .first = port == 0};
		queue_of[port][0] = &queues[port];
		ops->rxq.data = queue_of[port];
		ops->rx_pkt_burst = paced_rx;
	}
}

/* Packets a second at each port from now on; 0: no limit. Counts anew. */
void
paced_set(double rate)
{
	for (int port = 0; port < PORTS; port++) {
		queues[port].per_tick = rate / rte_get_tsc_hz();
		__atomic_store_n(&queues[port].start, 0, __ATOMIC_RELEASE);
	}

	__atomic_store_n(&restart, 1, __ATOMIC_RELEASE);
}

/* What was counted since paced_set; a round that is under way may be missing. */
void
paced_read(struct reading *reading)
{
	*reading = state;
	for (int port = 0; port < PORTS; port++) {
		reading->taken += queues[port].taken;
		reading->lost += queues[port].lost;
		reading->lost_late += queues[port].lost_late;
	}
}
