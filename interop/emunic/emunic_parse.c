/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * The packet parser: from a frame to the layers and values that rules match on. No length field is trusted: every
 * header must lie in the frame, and nothing past the IP packet's own end counts (padding). Segmented mbufs are read
 * through rte_pktmbuf_read().
 */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "emunic.h"

/* IPv6 headers with their own numbers, RFC 8200 section 4 and IANA's list of extension headers. */
#define V6_HOPOPT 0
#define V6_ROUTING 43
#define V6_FRAGMENT 44
#define V6_ESP 50
#define V6_AH 51
#define V6_NONE 59
#define V6_DSTOPT 60
#define V6_MOBILITY 135
#define V6_HIP 139
#define V6_SHIM6 140

#define MAX_EXT_HEADERS 16 /* a longer chain is not followed, and counts as unreadable */

static inline uint64_t
be16(const uint8_t *p)
{
	return (uint64_t)p[0] << 8 | p[1];
}

static inline uint64_t
be32(const uint8_t *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static inline uint64_t
be64(const uint8_t *p)
{
	return be32(p) << 32 | be32(p + 4);
}

static inline uint64_t
be48(const uint8_t *p)
{
	return be16(p) << 32 | be32(p + 2);
}

/* The L4 header at off, with nothing at or past end. */
static void
parse_l4(const struct rte_mbuf *m, uint32_t off, uint32_t end, uint8_t proto, bool v6, struct emunic_key *key)
{
	uint8_t buf[sizeof(struct rte_tcp_hdr)];
	const uint8_t *p;
	uint32_t need;
	uint32_t layer;

	switch (proto) {
	case IPPROTO_TCP:
		need = 20;
		layer = EMUNIC_L_TCP;
		break;
	case IPPROTO_UDP:
		need = 8;
		layer = EMUNIC_L_UDP;
		break;
	case IPPROTO_SCTP:
		need = 12;
		layer = EMUNIC_L_SCTP;
		break;
	case IPPROTO_ICMP:
		if (v6)
			return;
		need = 8;
		layer = EMUNIC_L_ICMP;
		break;
	case IPPROTO_ICMPV6:
		if (!v6)
			return;
		need = 4;
		layer = EMUNIC_L_ICMP6;
		break;
	default:
		return;
	}

	if (off > end || end - off < need)
		return;
	p = rte_pktmbuf_read(m, off, need, buf);
	if (p == NULL)
		return;

	key->layers |= layer;
	if (layer & (EMUNIC_L_ICMP | EMUNIC_L_ICMP6)) {
		key->v[EMUNIC_L4_A] = p[0];
		key->v[EMUNIC_L4_B] = p[1];
		return;
	}
	key->v[EMUNIC_L4_A] = be16(p);
	key->v[EMUNIC_L4_B] = be16(p + 2);
	if (layer == EMUNIC_L_TCP)
		key->v[EMUNIC_TCP_FLAGS] = p[13];
}

/* The protocol itself, whether its header is there or not. */
static uint32_t
layer_of_proto(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return EMUNIC_L_IS_TCP;
	case IPPROTO_UDP:
		return EMUNIC_L_IS_UDP;
	case IPPROTO_SCTP:
		return EMUNIC_L_IS_SCTP;
	default:
		return 0;
	}
}

static void
parse_ipv4(const struct rte_mbuf *m, uint32_t off, const struct emunic_caps *caps, struct emunic_key *key)
{
	uint8_t buf[sizeof(struct rte_ipv4_hdr)];
	const uint8_t *p = rte_pktmbuf_read(m, off, sizeof(buf), buf);
	uint32_t ihl;
	uint32_t total;
	uint32_t end = m->pkt_len;

	if (p == NULL || p[0] >> 4 != 4)
		return;
	ihl = (p[0] & 0xf) * 4;
	if (ihl < sizeof(struct rte_ipv4_hdr) || end - off < ihl)
		return;

	key->layers |= EMUNIC_L_IPV4;
	key->v[EMUNIC_IPV4_SRC] = be32(p + 12);
	key->v[EMUNIC_IPV4_DST] = be32(p + 16);
	key->v[EMUNIC_IPV4_PROTO] = p[9];
	key->v[EMUNIC_IPV4_FRAG] = be16(p + 6);

	key->layers |= layer_of_proto(p[9]);

	/* Offset 0 with MF is a first fragment; any offset a later one. */
	if (key->v[EMUNIC_IPV4_FRAG] & 0x1fff)
		return;
	if (key->v[EMUNIC_IPV4_FRAG] & 0x2000 && caps->frag_l4 == EMUNIC_FRAG_MISS)
		return;

	total = be16(p + 2);
	if (total < ihl)
		return;
	parse_l4(m, off + ihl, RTE_MIN(end, off + total), p[9], false, key);
}

/* Follows the chain after the fixed header; true with *proto and *off at the upper layer. */
static bool
walk_chain(const struct rte_mbuf *m, uint32_t *off, uint32_t end, uint8_t *proto, const struct emunic_caps *caps,
	   struct emunic_key *key)
{
	uint8_t buf[8];
	const uint8_t *p;
	unsigned int i;
	uint32_t len;

	for (i = 0; i < MAX_EXT_HEADERS; i++) {
		switch (*proto) {
		case V6_HOPOPT:
		case V6_ROUTING:
		case V6_DSTOPT:
		case V6_MOBILITY:
		case V6_HIP:
		case V6_SHIM6:
		case V6_AH:
		case V6_FRAGMENT:
			break;
		default: /* an upper layer, ESP, or no next header */
			key->layers |= EMUNIC_L_CHAIN6;
			return *proto != V6_ESP && *proto != V6_NONE;
		}

		if (*off > end || end - *off < sizeof(buf))
			return false;
		p = rte_pktmbuf_read(m, *off, sizeof(buf), buf);
		if (p == NULL)
			return false;

		if (*proto == V6_FRAGMENT) {
			if (!(key->layers & EMUNIC_L_FRAG6)) {
				key->layers |= EMUNIC_L_FRAG6;
				key->v[EMUNIC_FRAG6_DATA] = be16(p + 2);
				key->v[EMUNIC_IPV6_HAS_FRAG] = 1;
			}
			if (be16(p + 2) & 0xfff8 || caps->frag_l4 == EMUNIC_FRAG_MISS) {
				/* Behind this is payload, or a NIC that does not look. */
				key->layers |= EMUNIC_L_CHAIN6;
				if (caps->v6ext_parse)
					*proto = p[0];
				return false;
			}
			len = 8;
		} else if (*proto == V6_AH) {
			len = (p[1] + 2u) * 4;
		} else {
			len = (p[1] + 1u) * 8;
		}

		if (!caps->v6ext_parse) {
			/* One header is all such a NIC sees: a fragment header may still follow another one. */
			if (*proto == V6_FRAGMENT)
				key->layers |= EMUNIC_L_CHAIN6;
			return false;
		}
		*proto = p[0];
		*off += len;
	}
	return false;
}

static void
parse_ipv6(const struct rte_mbuf *m, uint32_t off, const struct emunic_caps *caps, struct emunic_key *key)
{
	uint8_t buf[sizeof(struct rte_ipv6_hdr)];
	const uint8_t *p = rte_pktmbuf_read(m, off, sizeof(buf), buf);
	uint32_t end = m->pkt_len;
	uint32_t payload;
	uint8_t proto;

	if (p == NULL || p[0] >> 4 != 6)
		return;

	key->layers |= EMUNIC_L_IPV6;
	key->v[EMUNIC_IPV6_SRC_HI] = be64(p + 8);
	key->v[EMUNIC_IPV6_SRC_LO] = be64(p + 16);
	key->v[EMUNIC_IPV6_DST_HI] = be64(p + 24);
	key->v[EMUNIC_IPV6_DST_LO] = be64(p + 32);
	key->v[EMUNIC_IPV6_PROTO] = p[6];
	key->v[EMUNIC_IPV6_HAS_FRAG] = 0;

	proto = p[6];
	payload = be16(p + 4);
	off += sizeof(struct rte_ipv6_hdr);
	end = RTE_MIN(end, off + payload);
	if (walk_chain(m, &off, end, &proto, caps, key))
		parse_l4(m, off, end, proto, true, key);
	key->layers |= layer_of_proto(proto);
	if (caps->v6proto_last)
		key->v[EMUNIC_IPV6_PROTO] = proto;
}

void
emunic_parse(const struct rte_mbuf *m, const struct emunic_caps *caps, struct emunic_key *key)
{
	uint8_t buf[sizeof(struct rte_ether_hdr)];
	const uint8_t *p;
	uint32_t off = sizeof(struct rte_ether_hdr);
	uint32_t type;
	unsigned int tag;

	key->layers = 0;
	p = rte_pktmbuf_read(m, 0, sizeof(buf), buf);
	if (p == NULL)
		return;

	type = be16(p + 12);
	key->layers = EMUNIC_L_ETH;
	key->v[EMUNIC_ETH_DST] = be48(p);
	key->v[EMUNIC_ETH_SRC] = be48(p + 6);
	key->v[EMUNIC_ETH_TYPE] = type;
	key->v[EMUNIC_ETH_HAS_VLAN] = 0;

	for (tag = 0; type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ; tag++) {
		static const uint32_t layer[] = { EMUNIC_L_VLAN, EMUNIC_L_VLAN2 };
		const uint8_t *t = rte_pktmbuf_read(m, off, 4, buf);
		uint64_t *v = &key->v[tag == 0 ? EMUNIC_VLAN_TCI : EMUNIC_VLAN2_TCI];

		key->v[EMUNIC_ETH_HAS_VLAN] = 1;
		if (tag > 0)
			key->v[tag == 1 ? EMUNIC_VLAN_HAS_MORE : EMUNIC_VLAN2_HAS_MORE] = 1;
		/* Two tags are read; what lies behind a third stays unknown. */
		if (t == NULL || tag == 2)
			return;
		type = be16(t + 2);
		key->layers |= layer[tag];
		v[0] = be16(t);
		v[1] = type;
		v[2] = 0;
		off += 4;
	}

	if (type == RTE_ETHER_TYPE_IPV4)
		parse_ipv4(m, off, caps, key);
	else if (type == RTE_ETHER_TYPE_IPV6)
		parse_ipv6(m, off, caps, key);
}
