/*
 * The classic composition of DPDK's own parts, as a peer of the policy switch: rte_hash holds connections, rte_acl decides
 * packets that belong to none. Two ports; what is allowed leaves by the other one. One polling lcore; the main one answers
 * "read" on standard input with a line of JSON and ends at "quit" or at the end of its input.
 *
 *   composed EAL-ARGUMENTS -- RULES CONNECTIONS FAMILY(4|6) MODE(conn|acl) MBUFS DATAROOM
 *
 * RULES: a line "SRC/LEN DST/LEN PROTO LOW HIGH" per allowed (source, destination, destination ports). In mode "acl" every
 * packet is classified and a reply needs a rule of its own, which is made here.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_acl.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_ip.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#define BURST 32
#define TCP_FIN_SYN_RST 0x07

struct key4 {
	uint32_t low, high;
	uint16_t low_port, high_port;
	uint32_t proto;
} __rte_aligned(16);

/* 48 bytes: a length that rte_hash compares with vector instructions. */
struct key6 {
	uint64_t low[2], high[2];
	uint16_t low_port, high_port;
	uint32_t proto;
	uint64_t zero;
} __rte_aligned(16);

/* What of a packet rte_acl looks at, for headers that do not lie as the fields below say. */
struct acl4 {
	uint8_t proto, checksum[2];
	uint32_t src, dst;
	uint16_t src_port, dst_port;
} __rte_packed;

enum { PROTO4, SRC4, DST4, SRC_PORT4, DST_PORT4, FIELDS4 };
enum { PROTO6, SRC6, DST6 = SRC6 + 4, SRC_PORT6 = DST6 + 4, DST_PORT6, FIELDS6 };

RTE_ACL_RULE_DEF(rule4, FIELDS4);
RTE_ACL_RULE_DEF(rule6, FIELDS6);

/* Offsets from the protocol byte of an IPv4 header without options. */
static const struct rte_acl_field_def fields4[FIELDS4] = {
	{RTE_ACL_FIELD_TYPE_BITMASK, 1, PROTO4, 0, 0},
	{RTE_ACL_FIELD_TYPE_MASK, 4, SRC4, 1, 3},
	{RTE_ACL_FIELD_TYPE_MASK, 4, DST4, 2, 7},
	{RTE_ACL_FIELD_TYPE_RANGE, 2, SRC_PORT4, 3, 11},
	{RTE_ACL_FIELD_TYPE_RANGE, 2, DST_PORT4, 3, 13},
};

/* Offsets from the next-header byte of an IPv6 header without extensions. */
static const struct rte_acl_field_def fields6[FIELDS6] = {
	{RTE_ACL_FIELD_TYPE_BITMASK, 1, PROTO6, 0, 0},
	{RTE_ACL_FIELD_TYPE_MASK, 4, SRC6, 1, 2},
	{RTE_ACL_FIELD_TYPE_MASK, 4, SRC6 + 1, 2, 6},
	{RTE_ACL_FIELD_TYPE_MASK, 4, SRC6 + 2, 3, 10},
	{RTE_ACL_FIELD_TYPE_MASK, 4, SRC6 + 3, 4, 14},
	{RTE_ACL_FIELD_TYPE_MASK, 4, DST6, 5, 18},
	{RTE_ACL_FIELD_TYPE_MASK, 4, DST6 + 1, 6, 22},
	{RTE_ACL_FIELD_TYPE_MASK, 4, DST6 + 2, 7, 26},
	{RTE_ACL_FIELD_TYPE_MASK, 4, DST6 + 3, 8, 30},
	{RTE_ACL_FIELD_TYPE_RANGE, 2, SRC_PORT6, 9, 34},
	{RTE_ACL_FIELD_TYPE_RANGE, 2, DST_PORT6, 9, 36},
};

static struct {
	volatile int stop;
	uint64_t rx, dropped, opened, evicted, hits;
} counters __rte_cache_aligned;

static struct rte_hash *table;
static struct rte_acl_ctx *acl;
static uint32_t *last_seen;	/* seconds, by position in the table */
static uint8_t *tcp_flags;	/* FIN, SYN, RST seen, by position */
static int32_t *fifo;		/* positions in the order they were taken: the oldest makes room */
static uint32_t fifo_mask, fifo_head, fifo_count, fifo_limit;
static uint32_t now_sec;
static int family, is_acl_only;

static void
fail(const char *what)
{
	fprintf(stderr, "composed: %s: %s\n", what, rte_strerror(rte_errno));
	exit(2);
}

static __rte_always_inline hash_sig_t
hash4(const struct key4 *key)
{
	uint64_t words[2];

	memcpy(words, key, sizeof(words));
	return crc32c_sse42_u64(words[1], crc32c_sse42_u64(words[0], 0x9e3779b9));
}

static __rte_always_inline hash_sig_t
hash6(const struct key6 *key)
{
	uint32_t first = crc32c_sse42_u64(key->low[1], crc32c_sse42_u64(key->low[0], 0x9e3779b9));
	uint32_t second = crc32c_sse42_u64(key->high[1], crc32c_sse42_u64(key->high[0], 0x85ebca6b));
	uint64_t ports;

	memcpy(&ports, &key->low_port, sizeof(ports));
	return crc32c_sse42_u64(ports, first ^ (second << 5 | second >> 27));
}

static hash_sig_t
hash_of(const void *key, uint32_t length, uint32_t init)
{
	RTE_SET_USED(length);
	RTE_SET_USED(init);
	return family == 4 ? hash4(key) : hash6(key);
}

/* Drops the oldest connection that is not established; a busy one goes to the end of the line. */
static void
evict(void)
{
	for (int tries = 0; tries < 8 && fifo_count > 0; tries++) {
		int32_t position = fifo[fifo_head++ & fifo_mask];
		void *key;

		fifo_count--;
		if (tries < 7 && tcp_flags[position] == 0 && last_seen[position] + 60 > now_sec && last_seen[position] != 0) {
			fifo[(fifo_head + fifo_count++) & fifo_mask] = position;
			continue;
		}

		if (rte_hash_get_key_with_position(table, position, &key) == 0) {
			rte_hash_del_key_with_hash(table, key, hash_of(key, 0, 0));
			counters.evicted++;
		}

		return;
	}
}

static void
add(const void *key, hash_sig_t sig, uint8_t flags)
{
	if (fifo_count >= fifo_limit)
		evict();

	int32_t position = rte_hash_add_key_with_hash(table, key, sig);

	if (unlikely(position < 0))
		return;

	last_seen[position] = now_sec;
	tcp_flags[position] = flags & TCP_FIN_SYN_RST;
	fifo[(fifo_head + fifo_count++) & fifo_mask] = position;
	counters.opened++;
}

/* The key of a packet, and where rte_acl reads it; NULL for what is neither TCP nor UDP in a plain header. */
static __rte_always_inline const uint8_t *
parse4(struct rte_mbuf *packet, struct key4 *key, uint8_t *flags, struct acl4 *scratch)
{
	const struct rte_ether_hdr *ether = rte_pktmbuf_mtod(packet, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(ether + 1);
	uint32_t length = rte_pktmbuf_data_len(packet);

	if (unlikely(ether->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4) || length < sizeof(*ether) + sizeof(*ip) + 8 ||
			(ip->next_proto_id != IPPROTO_TCP && ip->next_proto_id != IPPROTO_UDP) ||
			(ip->fragment_offset & RTE_BE16(0x3fff)) != 0))
		return NULL;

	uint32_t header = (ip->version_ihl & 15) * 4;
	uint32_t total = rte_be_to_cpu_16(ip->total_length);
	uint32_t l4_bytes = ip->next_proto_id == IPPROTO_TCP ? 20 : 8;

	if (unlikely(header < 20 || total < header + l4_bytes || length < sizeof(*ether) + total))
		return NULL;

	const uint8_t *l4 = (const uint8_t *)ip + header;
	uint16_t src_port = *(const unaligned_uint16_t *)l4;
	uint16_t dst_port = *(const unaligned_uint16_t *)(l4 + 2);
	int from_high = ip->src_addr > ip->dst_addr;

	key->low = from_high ? ip->dst_addr : ip->src_addr;
	key->high = from_high ? ip->src_addr : ip->dst_addr;
	key->low_port = from_high ? dst_port : src_port;
	key->high_port = from_high ? src_port : dst_port;
	key->proto = ip->next_proto_id;
	*flags = ip->next_proto_id == IPPROTO_TCP ? l4[13] : 0;
	if (likely(header == 20))
		return &ip->next_proto_id;

	*scratch = (struct acl4){ip->next_proto_id, {0, 0}, ip->src_addr, ip->dst_addr, src_port, dst_port};
	return (const uint8_t *)scratch;
}

static __rte_always_inline const uint8_t *
parse6(struct rte_mbuf *packet, struct key6 *key, uint8_t *flags)
{
	const struct rte_ether_hdr *ether = rte_pktmbuf_mtod(packet, const struct rte_ether_hdr *);
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)(ether + 1);
	uint32_t length = rte_pktmbuf_data_len(packet);

	if (unlikely(ether->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV6) || length < sizeof(*ether) + sizeof(*ip) + 8 ||
			(ip->proto != IPPROTO_TCP && ip->proto != IPPROTO_UDP)))
		return NULL;

	uint32_t payload = rte_be_to_cpu_16(ip->payload_len);
	uint32_t l4_bytes = ip->proto == IPPROTO_TCP ? 20 : 8;

	if (unlikely(payload < l4_bytes || length < sizeof(*ether) + sizeof(*ip) + payload))
		return NULL;

	const uint8_t *l4 = (const uint8_t *)(ip + 1);
	const unaligned_uint64_t *src = (const unaligned_uint64_t *)ip->src_addr;
	const unaligned_uint64_t *dst = (const unaligned_uint64_t *)ip->dst_addr;
	uint16_t src_port = *(const unaligned_uint16_t *)l4;
	uint16_t dst_port = *(const unaligned_uint16_t *)(l4 + 2);
	int from_high = src[0] > dst[0] || (src[0] == dst[0] && src[1] > dst[1]);

	key->low[0] = from_high ? dst[0] : src[0];
	key->low[1] = from_high ? dst[1] : src[1];
	key->high[0] = from_high ? src[0] : dst[0];
	key->high[1] = from_high ? src[1] : dst[1];
	key->low_port = from_high ? dst_port : src_port;
	key->high_port = from_high ? src_port : dst_port;
	key->proto = ip->proto;
	key->zero = 0;
	*flags = ip->proto == IPPROTO_TCP ? l4[13] : 0;
	return &ip->proto;
}

/* One burst of one port; specialised by family and mode. */
static __rte_always_inline void
turn(uint16_t port, int is6, int only_acl)
{
	struct rte_mbuf *packets[BURST], *out[BURST], *bad[BURST], *fresh[BURST];
	struct key4 keys4[BURST];
	struct key6 keys6[BURST];
	struct acl4 scratch[BURST];
	const void *keys[BURST];
	const uint8_t *data[BURST], *fresh_data[BURST];
	hash_sig_t sigs[BURST];
	int32_t positions[BURST];
	uint32_t results[BURST];
	uint8_t flags[BURST], fresh_at[BURST];
	uint32_t count = 0, outs = 0, bads = 0, freshes = 0;
	uint32_t received = rte_eth_rx_burst(port, 0, packets, BURST);

	if (received == 0)
		return;

	for (uint32_t i = 0; i < received; i++)
		rte_prefetch0(rte_pktmbuf_mtod(packets[i], void *));

	for (uint32_t i = 0; i < received; i++) {
		const uint8_t *at = is6
			? parse6(packets[i], &keys6[count], &flags[count])
			: parse4(packets[i], &keys4[count], &flags[count], &scratch[count]);

		if (unlikely(at == NULL)) {
			bad[bads++] = packets[i];
			continue;
		}

		packets[count] = packets[i];
		data[count] = at;
		keys[count] = is6 ? (void *)&keys6[count] : (void *)&keys4[count];
		sigs[count] = is6 ? hash6(&keys6[count]) : hash4(&keys4[count]);
		count++;
	}

	if (only_acl) {
		rte_acl_classify(acl, data, results, count, 1);
		for (uint32_t i = 0; i < count; i++) {
			if (results[i] != 0)
				out[outs++] = packets[i];
			else
				bad[bads++] = packets[i];
		}
	} else if (count > 0) {
		rte_hash_lookup_with_hash_bulk(table, keys, sigs, count, positions);
		for (uint32_t i = 0; i < count; i++)
			if (likely(positions[i] >= 0))
				rte_prefetch0(&last_seen[positions[i]]);

		for (uint32_t i = 0; i < count; i++) {
			int32_t position = positions[i];

			if (unlikely(position < 0)) {
				fresh[freshes] = packets[i];
				fresh_at[freshes] = i;
				fresh_data[freshes++] = data[i];
				continue;
			}

			if (last_seen[position] != now_sec)
				last_seen[position] = now_sec;

			if (unlikely((flags[i] & TCP_FIN_SYN_RST) != 0))
				tcp_flags[position] |= flags[i] & TCP_FIN_SYN_RST;

			out[outs++] = packets[i];
		}

		counters.hits += outs;
		if (freshes > 0) {
			rte_acl_classify(acl, fresh_data, results, freshes, 1);
			for (uint32_t i = 0; i < freshes; i++) {
				if (results[i] == 0) {
					bad[bads++] = fresh[i];
					continue;
				}

				add(keys[fresh_at[i]], sigs[fresh_at[i]], flags[fresh_at[i]]);
				out[outs++] = fresh[i];
			}
		}
	}

	uint32_t sent = outs == 0 ? 0 : rte_eth_tx_burst(port ^ 1, 0, out, outs);

	while (unlikely(sent < outs))
		bad[bads++] = out[sent++];

	if (bads > 0)
		rte_pktmbuf_free_bulk(bad, bads);

	counters.rx += received;
	counters.dropped += bads;
}

#define LOOP(is6, only_acl)                                     \
	while (!counters.stop) {                                \
		for (int i = 0; i < 64; i++) {                  \
			turn(0, is6, only_acl);                 \
			turn(1, is6, only_acl);                 \
		}                                               \
		now_sec = (uint32_t)(rte_rdtsc() / hz) + 1;     \
	}

static int
poll_loop(void *unused)
{
	uint64_t hz = rte_get_tsc_hz();

	RTE_SET_USED(unused);
	if (family == 6) {
		if (is_acl_only)
			LOOP(1, 1)
		else
			LOOP(1, 0)
	} else {
		if (is_acl_only)
			LOOP(0, 1)
		else
			LOOP(0, 0)
	}

	return 0;
}

static void
add_rule(const char *src, unsigned int src_len, const char *dst, unsigned int dst_len, unsigned int proto, uint16_t low,
	uint16_t high, int is_reply, int priority)
{
	struct rte_acl_rule_data data = {.category_mask = 1, .priority = priority, .userdata = 1};
	uint16_t src_low = is_reply ? low : 0, src_high = is_reply ? high : 65535;
	uint16_t dst_low = is_reply ? 0 : low, dst_high = is_reply ? 65535 : high;
	uint8_t from[16], to[16];

	if (inet_pton(family == 4 ? AF_INET : AF_INET6, src, from) != 1 ||
			inet_pton(family == 4 ? AF_INET : AF_INET6, dst, to) != 1)
		fail("a rule's address");

	if (family == 4) {
		struct rule4 rule = {.data = data};

		rule.field[PROTO4] = (struct rte_acl_field){.value.u8 = proto, .mask_range.u8 = 0xff};
		rule.field[SRC4] = (struct rte_acl_field){
			.value.u32 = rte_be_to_cpu_32(*(uint32_t *)from), .mask_range.u32 = src_len};
		rule.field[DST4] = (struct rte_acl_field){
			.value.u32 = rte_be_to_cpu_32(*(uint32_t *)to), .mask_range.u32 = dst_len};
		rule.field[SRC_PORT4] = (struct rte_acl_field){.value.u16 = src_low, .mask_range.u16 = src_high};
		rule.field[DST_PORT4] = (struct rte_acl_field){.value.u16 = dst_low, .mask_range.u16 = dst_high};
		if (rte_acl_add_rules(acl, (struct rte_acl_rule *)&rule, 1) != 0)
			fail("rte_acl_add_rules");
		return;
	}

	struct rule6 rule = {.data = data};

	rule.field[PROTO6] = (struct rte_acl_field){.value.u8 = proto, .mask_range.u8 = 0xff};
	for (unsigned int word = 0; word < 4; word++) {
		rule.field[SRC6 + word] = (struct rte_acl_field){
			.value.u32 = rte_be_to_cpu_32(((uint32_t *)from)[word]),
			.mask_range.u32 = src_len < word * 32 ? 0 : RTE_MIN(src_len - word * 32, 32u)};
		rule.field[DST6 + word] = (struct rte_acl_field){
			.value.u32 = rte_be_to_cpu_32(((uint32_t *)to)[word]),
			.mask_range.u32 = dst_len < word * 32 ? 0 : RTE_MIN(dst_len - word * 32, 32u)};
	}

	rule.field[SRC_PORT6] = (struct rte_acl_field){.value.u16 = src_low, .mask_range.u16 = src_high};
	rule.field[DST_PORT6] = (struct rte_acl_field){.value.u16 = dst_low, .mask_range.u16 = dst_high};
	if (rte_acl_add_rules(acl, (struct rte_acl_rule *)&rule, 1) != 0)
		fail("rte_acl_add_rules");
}

static size_t
heap_bytes(void)
{
	struct rte_malloc_socket_stats stats;

	return rte_malloc_get_socket_stats(0, &stats) == 0 ? stats.heap_allocsz_bytes : 0;
}

/* The bytes of the compiled rules, without the rules themselves. */
static size_t
build_acl(const char *path)
{
	struct rte_acl_param param = {
		.name = "policy",
		.socket_id = SOCKET_ID_ANY,
		.rule_size = RTE_ACL_RULE_SZ(family == 4 ? FIELDS4 : FIELDS6),
		.max_rule_num = 1 << 18,
	};
	struct rte_acl_config config = {.num_categories = 1, .num_fields = family == 4 ? FIELDS4 : FIELDS6};
	FILE *file = fopen(path, "r");
	char src[64], dst[64];
	unsigned int src_len, dst_len, proto, low, high;
	int rules = 0;

	if (file == NULL || (acl = rte_acl_create(&param)) == NULL)
		fail("the rules");

	while (fscanf(file, " %63[^/]/%u %63[^/]/%u %u %u %u", src, &src_len, dst, &dst_len, &proto, &low, &high) == 7) {
		add_rule(src, src_len, dst, dst_len, proto, low, high, 0, ++rules);
		if (is_acl_only)
			add_rule(dst, dst_len, src, src_len, proto, low, high, 1, ++rules);
	}

	fclose(file);
	if (rules == 0)
		fail("no rules");

	size_t before = heap_bytes();

	memcpy(config.defs, family == 4 ? fields4 : fields6, family == 4 ? sizeof(fields4) : sizeof(fields6));
	if (rte_acl_build(acl, &config) != 0)
		fail("rte_acl_build");

	if (rte_acl_set_ctx_classify(acl, RTE_ACL_CLASSIFY_AVX512X32) != 0 &&
			rte_acl_set_ctx_classify(acl, RTE_ACL_CLASSIFY_AVX512X16) != 0 &&
			rte_acl_set_ctx_classify(acl, RTE_ACL_CLASSIFY_AVX2) != 0)
		fprintf(stderr, "composed: rte_acl without vector instructions wider than SSE\n");

	return heap_bytes() - before;
}

static void
build_table(uint32_t connections)
{
	struct rte_hash_parameters param = {
		.name = "connections",
		.entries = connections,
		.key_len = family == 4 ? sizeof(struct key4) : sizeof(struct key6),
		.hash_func = hash_of,
		.socket_id = SOCKET_ID_ANY,
	};
	uint32_t positions = connections + RTE_MAX_LCORE * 64 + 1;

	table = rte_hash_create(&param);
	last_seen = rte_zmalloc(NULL, positions * sizeof(*last_seen), 64);
	tcp_flags = rte_zmalloc(NULL, positions, 64);
	fifo = rte_zmalloc(NULL, rte_align32pow2(positions) * sizeof(*fifo), 64);
	fifo_mask = rte_align32pow2(positions) - 1;
	fifo_limit = connections - connections / 16;
	if (table == NULL || last_seen == NULL || tcp_flags == NULL || fifo == NULL)
		fail("rte_hash_create");
}

static void
start_port(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
			rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL, pool) != 0 ||
			rte_eth_tx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL) != 0 ||
			rte_eth_dev_start(port) != 0)
		fail("a port");
}

int
main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	char line[64];

	if (used < 0)
		fail("rte_eal_init");

	argc -= used;
	argv += used;
	if (argc != 7)
		fail("arguments");

	family = atoi(argv[3]);
	is_acl_only = strcmp(argv[4], "acl") == 0;
	size_t acl_bytes = build_acl(argv[1]);

	build_table(strtoul(argv[2], NULL, 10));
	struct rte_mempool *pool = rte_pktmbuf_pool_create(
		"packets", strtoul(argv[5], NULL, 10), 256, 0, atoi(argv[6]), SOCKET_ID_ANY);

	if (pool == NULL)
		fail("the packet pool");

	start_port(0, pool);
	start_port(1, pool);
	if (rte_eal_remote_launch(poll_loop, NULL, rte_get_next_lcore(-1, 1, 0)) != 0)
		fail("the polling lcore");

	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL && strncmp(line, "quit", 4) != 0) {
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("{\"ns\":%" PRIu64 ",\"rx\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"opened\":%" PRIu64
			",\"policyBytes\":%zu}\n",
			now.tv_sec * UINT64_C(1000000000) + now.tv_nsec,
			__atomic_load_n(&counters.rx, __ATOMIC_RELAXED), __atomic_load_n(&counters.dropped, __ATOMIC_RELAXED),
			__atomic_load_n(&counters.opened, __ATOMIC_RELAXED), acl_bytes);
		fflush(stdout);
	}

	counters.stop = 1;
	rte_eal_mp_wait_lcore();
	return 0;
}
