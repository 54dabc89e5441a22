/*
 * Prints what the installed DPDK headers say about every structure that DPDK.NET declares, one fact a line:
 *
 *   version <rte_version()>
 *   struct <name> <sizeof> <alignof>
 *   field  <struct> <field> <offset> <sizeof>
 *   bits   <struct> <bit field> <bytes of the structure with only that field set, as hex>
 *   const  <name> <value>
 *
 * The layout test of DPDK.NET.Tests compiles and runs it and compares each line with the C# side. Build by hand:
 *   gcc -DALLOW_EXPERIMENTAL_API $(pkg-config --cflags libdpdk) abi_probe.c -o abi_probe $(pkg-config --libs libdpdk)
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_version.h>

#define STRUCT(s) printf("struct %s %zu %zu\n", #s, sizeof(struct s), (size_t)_Alignof(struct s))
#define FIELD(s, f) printf("field %s %s %zu %zu\n", #s, #f, offsetof(struct s, f), sizeof(((struct s *)0)->f))
#define CONST(c) printf("const %s %llu\n", #c, (unsigned long long)(c))
#define BITS(s, f) do { \
	struct s v; \
	memset(&v, 0, sizeof(v)); \
	v.f = ~v.f; \
	print_bits(#s, #f, &v, sizeof(v)); \
} while (0)

static void
print_bits(const char *name, const char *field, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	size_t i;

	printf("bits %s %s ", name, field);
	for (i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static void
probe_mbuf(void)
{
	STRUCT(rte_mbuf);
	FIELD(rte_mbuf, buf_addr);
	FIELD(rte_mbuf, buf_iova);
	FIELD(rte_mbuf, data_off);
	FIELD(rte_mbuf, refcnt);
	FIELD(rte_mbuf, nb_segs);
	FIELD(rte_mbuf, port);
	FIELD(rte_mbuf, ol_flags);
	FIELD(rte_mbuf, packet_type);
	FIELD(rte_mbuf, pkt_len);
	FIELD(rte_mbuf, data_len);
	FIELD(rte_mbuf, vlan_tci);
	FIELD(rte_mbuf, hash.rss);
	FIELD(rte_mbuf, hash.fdir.hi);
	FIELD(rte_mbuf, vlan_tci_outer);
	FIELD(rte_mbuf, buf_len);
	FIELD(rte_mbuf, pool);
	FIELD(rte_mbuf, next);
	FIELD(rte_mbuf, tx_offload);
	FIELD(rte_mbuf, shinfo);
	FIELD(rte_mbuf, priv_size);
	FIELD(rte_mbuf, timesync);
	FIELD(rte_mbuf, dynfield1);
	CONST(RTE_MBUF_F_RX_RSS_HASH);
	CONST(RTE_MBUF_F_RX_FDIR);
	CONST(RTE_MBUF_F_RX_FDIR_ID);
	CONST(RTE_MBUF_F_EXTERNAL);
	CONST(RTE_PKTMBUF_HEADROOM);
	CONST(RTE_MBUF_PORT_INVALID);
}

static void
probe_mempool(void)
{
	STRUCT(rte_mempool);
	FIELD(rte_mempool, name);
	FIELD(rte_mempool, pool_data);
	FIELD(rte_mempool, pool_config);
	FIELD(rte_mempool, mz);
	FIELD(rte_mempool, flags);
	FIELD(rte_mempool, socket_id);
	FIELD(rte_mempool, size);
	FIELD(rte_mempool, cache_size);
	FIELD(rte_mempool, elt_size);
	FIELD(rte_mempool, header_size);
	FIELD(rte_mempool, trailer_size);
	FIELD(rte_mempool, private_data_size);
	FIELD(rte_mempool, ops_index);
	FIELD(rte_mempool, local_cache);
	FIELD(rte_mempool, populated_size);
	STRUCT(rte_mempool_cache);
	FIELD(rte_mempool_cache, size);
	FIELD(rte_mempool_cache, flushthresh);
	FIELD(rte_mempool_cache, len);
	FIELD(rte_mempool_cache, objs);
	STRUCT(rte_mempool_ops);
	FIELD(rte_mempool_ops, name);
	FIELD(rte_mempool_ops, alloc);
	FIELD(rte_mempool_ops, free);
	FIELD(rte_mempool_ops, enqueue);
	FIELD(rte_mempool_ops, dequeue);
	FIELD(rte_mempool_ops, get_count);
	STRUCT(rte_mempool_ops_table);
	FIELD(rte_mempool_ops_table, sl);
	FIELD(rte_mempool_ops_table, num_ops);
	FIELD(rte_mempool_ops_table, ops);
	CONST(RTE_MEMPOOL_CACHE_MAX_SIZE);
	CONST(RTE_MEMPOOL_NAMESIZE);
	CONST(RTE_MAX_LCORE);
}

static void
probe_ring(void)
{
	STRUCT(rte_ring);
	FIELD(rte_ring, name);
	FIELD(rte_ring, flags);
	FIELD(rte_ring, memzone);
	FIELD(rte_ring, size);
	FIELD(rte_ring, mask);
	FIELD(rte_ring, capacity);
	FIELD(rte_ring, prod);
	FIELD(rte_ring, cons);
	STRUCT(rte_ring_headtail);
	FIELD(rte_ring_headtail, head);
	FIELD(rte_ring_headtail, tail);
	FIELD(rte_ring_headtail, sync_type);
	CONST(RTE_RING_NAMESIZE);
	CONST(RING_F_SP_ENQ);
	CONST(RING_F_SC_DEQ);
	CONST(RING_F_EXACT_SZ);
	CONST(RTE_RING_SYNC_MT);
	CONST(RTE_RING_SYNC_ST);
}

static void
probe_ethdev_core(void)
{
	STRUCT(rte_ethdev_qdata);
	FIELD(rte_ethdev_qdata, data);
	FIELD(rte_ethdev_qdata, clbk);
	STRUCT(rte_eth_fp_ops);
	FIELD(rte_eth_fp_ops, rx_pkt_burst);
	FIELD(rte_eth_fp_ops, rxq);
	FIELD(rte_eth_fp_ops, tx_pkt_burst);
	FIELD(rte_eth_fp_ops, txq);
	CONST(RTE_MAX_ETHPORTS);
}

static void
probe_ethdev(void)
{
	STRUCT(rte_eth_stats);
	FIELD(rte_eth_stats, ipackets);
	FIELD(rte_eth_stats, opackets);
	FIELD(rte_eth_stats, ibytes);
	FIELD(rte_eth_stats, obytes);
	FIELD(rte_eth_stats, imissed);
	FIELD(rte_eth_stats, ierrors);
	FIELD(rte_eth_stats, oerrors);
	FIELD(rte_eth_stats, rx_nombuf);
	STRUCT(rte_eth_link);
	FIELD(rte_eth_link, link_speed);
	BITS(rte_eth_link, link_duplex);
	BITS(rte_eth_link, link_autoneg);
	BITS(rte_eth_link, link_status);
	STRUCT(rte_ether_addr);
	FIELD(rte_ether_addr, addr_bytes);
	STRUCT(rte_eth_rss_conf);
	FIELD(rte_eth_rss_conf, rss_key);
	FIELD(rte_eth_rss_conf, rss_key_len);
	FIELD(rte_eth_rss_conf, rss_hf);
	STRUCT(rte_eth_conf);
	FIELD(rte_eth_conf, link_speeds);
	FIELD(rte_eth_conf, rxmode.mq_mode);
	FIELD(rte_eth_conf, rxmode.mtu);
	FIELD(rte_eth_conf, rxmode.offloads);
	FIELD(rte_eth_conf, txmode.mq_mode);
	FIELD(rte_eth_conf, txmode.offloads);
	FIELD(rte_eth_conf, lpbk_mode);
	FIELD(rte_eth_conf, rx_adv_conf.rss_conf);
	STRUCT(rte_eth_dev_info);
	FIELD(rte_eth_dev_info, device);
	FIELD(rte_eth_dev_info, driver_name);
	FIELD(rte_eth_dev_info, if_index);
	FIELD(rte_eth_dev_info, min_mtu);
	FIELD(rte_eth_dev_info, max_mtu);
	FIELD(rte_eth_dev_info, min_rx_bufsize);
	FIELD(rte_eth_dev_info, max_rx_pktlen);
	FIELD(rte_eth_dev_info, max_rx_queues);
	FIELD(rte_eth_dev_info, max_tx_queues);
	FIELD(rte_eth_dev_info, rx_offload_capa);
	FIELD(rte_eth_dev_info, tx_offload_capa);
	FIELD(rte_eth_dev_info, reta_size);
	FIELD(rte_eth_dev_info, hash_key_size);
	FIELD(rte_eth_dev_info, flow_type_rss_offloads);
	FIELD(rte_eth_dev_info, nb_rx_queues);
	FIELD(rte_eth_dev_info, nb_tx_queues);
	FIELD(rte_eth_dev_info, dev_capa);
	STRUCT(rte_eth_xstat);
	FIELD(rte_eth_xstat, id);
	FIELD(rte_eth_xstat, value);
	STRUCT(rte_eth_xstat_name);
	FIELD(rte_eth_xstat_name, name);
	CONST(RTE_ETH_XSTATS_NAME_SIZE);
	CONST(RTE_ETH_NAME_MAX_LEN);
	CONST(RTE_ETH_MQ_RX_RSS);
	CONST(RTE_ETH_RSS_IP);
	CONST(RTE_ETH_RSS_TCP);
	CONST(RTE_ETH_RSS_UDP);
	CONST(RTE_ETH_RSS_SCTP);
}

static void
probe_flow(void)
{
	STRUCT(rte_flow_attr);
	FIELD(rte_flow_attr, group);
	FIELD(rte_flow_attr, priority);
	BITS(rte_flow_attr, ingress);
	BITS(rte_flow_attr, egress);
	BITS(rte_flow_attr, transfer);
	STRUCT(rte_flow_item);
	FIELD(rte_flow_item, type);
	FIELD(rte_flow_item, spec);
	FIELD(rte_flow_item, last);
	FIELD(rte_flow_item, mask);
	STRUCT(rte_flow_action);
	FIELD(rte_flow_action, type);
	FIELD(rte_flow_action, conf);
	STRUCT(rte_flow_error);
	FIELD(rte_flow_error, type);
	FIELD(rte_flow_error, cause);
	FIELD(rte_flow_error, message);
	STRUCT(rte_flow_query_count);
	FIELD(rte_flow_query_count, hits);
	FIELD(rte_flow_query_count, bytes);
	BITS(rte_flow_query_count, reset);
	BITS(rte_flow_query_count, hits_set);
	BITS(rte_flow_query_count, bytes_set);
	STRUCT(rte_flow_query_age);
	BITS(rte_flow_query_age, aged);
	BITS(rte_flow_query_age, sec_since_last_hit_valid);
	BITS(rte_flow_query_age, sec_since_last_hit);
}

static void
probe_flow_items(void)
{
	STRUCT(rte_flow_item_eth);
	FIELD(rte_flow_item_eth, dst);
	FIELD(rte_flow_item_eth, src);
	FIELD(rte_flow_item_eth, type);
	STRUCT(rte_flow_item_vlan);
	FIELD(rte_flow_item_vlan, tci);
	FIELD(rte_flow_item_vlan, inner_type);
	STRUCT(rte_flow_item_ipv4);
	FIELD(rte_flow_item_ipv4, hdr.fragment_offset);
	FIELD(rte_flow_item_ipv4, hdr.next_proto_id);
	FIELD(rte_flow_item_ipv4, hdr.src_addr);
	FIELD(rte_flow_item_ipv4, hdr.dst_addr);
	STRUCT(rte_flow_item_ipv6);
	FIELD(rte_flow_item_ipv6, hdr.proto);
	FIELD(rte_flow_item_ipv6, hdr.src_addr);
	FIELD(rte_flow_item_ipv6, hdr.dst_addr);
	BITS(rte_flow_item_ipv6, has_frag_ext);
	STRUCT(rte_flow_item_ipv6_frag_ext);
	FIELD(rte_flow_item_ipv6_frag_ext, hdr.next_header);
	FIELD(rte_flow_item_ipv6_frag_ext, hdr.frag_data);
	FIELD(rte_flow_item_ipv6_frag_ext, hdr.id);
	STRUCT(rte_flow_item_tcp);
	FIELD(rte_flow_item_tcp, hdr.src_port);
	FIELD(rte_flow_item_tcp, hdr.dst_port);
	FIELD(rte_flow_item_tcp, hdr.tcp_flags);
	STRUCT(rte_flow_item_udp);
	FIELD(rte_flow_item_udp, hdr.src_port);
	FIELD(rte_flow_item_udp, hdr.dst_port);
	STRUCT(rte_flow_item_sctp);
	FIELD(rte_flow_item_sctp, hdr.src_port);
	FIELD(rte_flow_item_sctp, hdr.dst_port);
	STRUCT(rte_flow_item_icmp);
	FIELD(rte_flow_item_icmp, hdr.icmp_type);
	FIELD(rte_flow_item_icmp, hdr.icmp_code);
	STRUCT(rte_flow_item_icmp6);
	FIELD(rte_flow_item_icmp6, type);
	FIELD(rte_flow_item_icmp6, code);
	STRUCT(rte_flow_item_ethdev);
	FIELD(rte_flow_item_ethdev, port_id);
}

static void
probe_flow_actions(void)
{
	STRUCT(rte_flow_action_mark);
	FIELD(rte_flow_action_mark, id);
	STRUCT(rte_flow_action_queue);
	FIELD(rte_flow_action_queue, index);
	STRUCT(rte_flow_action_rss);
	FIELD(rte_flow_action_rss, func);
	FIELD(rte_flow_action_rss, level);
	FIELD(rte_flow_action_rss, types);
	FIELD(rte_flow_action_rss, key_len);
	FIELD(rte_flow_action_rss, queue_num);
	FIELD(rte_flow_action_rss, key);
	FIELD(rte_flow_action_rss, queue);
	STRUCT(rte_flow_action_count);
	FIELD(rte_flow_action_count, id);
	STRUCT(rte_flow_action_jump);
	FIELD(rte_flow_action_jump, group);
	STRUCT(rte_flow_action_age);
	FIELD(rte_flow_action_age, context);
	BITS(rte_flow_action_age, timeout);
	STRUCT(rte_flow_action_ethdev);
	FIELD(rte_flow_action_ethdev, port_id);
}

static void
probe_flow_async(void)
{
	STRUCT(rte_flow_port_info);
	FIELD(rte_flow_port_info, max_nb_queues);
	FIELD(rte_flow_port_info, max_nb_counters);
	FIELD(rte_flow_port_info, max_nb_aging_objects);
	FIELD(rte_flow_port_info, max_nb_meters);
	FIELD(rte_flow_port_info, max_nb_conn_tracks);
	FIELD(rte_flow_port_info, supported_flags);
	STRUCT(rte_flow_queue_info);
	FIELD(rte_flow_queue_info, max_size);
	STRUCT(rte_flow_port_attr);
	FIELD(rte_flow_port_attr, nb_counters);
	FIELD(rte_flow_port_attr, nb_aging_objects);
	FIELD(rte_flow_port_attr, nb_meters);
	FIELD(rte_flow_port_attr, nb_conn_tracks);
	FIELD(rte_flow_port_attr, flags);
	STRUCT(rte_flow_queue_attr);
	FIELD(rte_flow_queue_attr, size);
	STRUCT(rte_flow_pattern_template_attr);
	BITS(rte_flow_pattern_template_attr, relaxed_matching);
	BITS(rte_flow_pattern_template_attr, ingress);
	BITS(rte_flow_pattern_template_attr, egress);
	BITS(rte_flow_pattern_template_attr, transfer);
	STRUCT(rte_flow_actions_template_attr);
	BITS(rte_flow_actions_template_attr, ingress);
	BITS(rte_flow_actions_template_attr, egress);
	BITS(rte_flow_actions_template_attr, transfer);
	STRUCT(rte_flow_template_table_attr);
	FIELD(rte_flow_template_table_attr, flow_attr);
	FIELD(rte_flow_template_table_attr, nb_flows);
	STRUCT(rte_flow_op_attr);
	BITS(rte_flow_op_attr, postpone);
	STRUCT(rte_flow_op_result);
	FIELD(rte_flow_op_result, status);
	FIELD(rte_flow_op_result, user_data);
	CONST(RTE_FLOW_OP_SUCCESS);
	CONST(RTE_FLOW_OP_ERROR);
}

static void
probe_flow_enums(void)
{
	CONST(RTE_FLOW_ITEM_TYPE_END);
	CONST(RTE_FLOW_ITEM_TYPE_ETH);
	CONST(RTE_FLOW_ITEM_TYPE_VLAN);
	CONST(RTE_FLOW_ITEM_TYPE_IPV4);
	CONST(RTE_FLOW_ITEM_TYPE_IPV6);
	CONST(RTE_FLOW_ITEM_TYPE_ICMP);
	CONST(RTE_FLOW_ITEM_TYPE_UDP);
	CONST(RTE_FLOW_ITEM_TYPE_TCP);
	CONST(RTE_FLOW_ITEM_TYPE_SCTP);
	CONST(RTE_FLOW_ITEM_TYPE_ICMP6);
	CONST(RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT);
	CONST(RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT);
	CONST(RTE_FLOW_ACTION_TYPE_END);
	CONST(RTE_FLOW_ACTION_TYPE_PASSTHRU);
	CONST(RTE_FLOW_ACTION_TYPE_JUMP);
	CONST(RTE_FLOW_ACTION_TYPE_MARK);
	CONST(RTE_FLOW_ACTION_TYPE_FLAG);
	CONST(RTE_FLOW_ACTION_TYPE_QUEUE);
	CONST(RTE_FLOW_ACTION_TYPE_DROP);
	CONST(RTE_FLOW_ACTION_TYPE_COUNT);
	CONST(RTE_FLOW_ACTION_TYPE_RSS);
	CONST(RTE_FLOW_ACTION_TYPE_AGE);
	CONST(RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT);
	CONST(RTE_FLOW_ERROR_TYPE_NONE);
	CONST(RTE_FLOW_ERROR_TYPE_UNSPECIFIED);
	CONST(RTE_FLOW_ERROR_TYPE_HANDLE);
	CONST(RTE_FLOW_ERROR_TYPE_ATTR_GROUP);
	CONST(RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY);
	CONST(RTE_FLOW_ERROR_TYPE_ATTR_INGRESS);
	CONST(RTE_FLOW_ERROR_TYPE_ATTR_EGRESS);
	CONST(RTE_FLOW_ERROR_TYPE_ATTR_TRANSFER);
	CONST(RTE_FLOW_ERROR_TYPE_ATTR);
	CONST(RTE_FLOW_ERROR_TYPE_ITEM_NUM);
	CONST(RTE_FLOW_ERROR_TYPE_ITEM_SPEC);
	CONST(RTE_FLOW_ERROR_TYPE_ITEM_LAST);
	CONST(RTE_FLOW_ERROR_TYPE_ITEM_MASK);
	CONST(RTE_FLOW_ERROR_TYPE_ITEM);
	CONST(RTE_FLOW_ERROR_TYPE_ACTION_NUM);
	CONST(RTE_FLOW_ERROR_TYPE_ACTION_CONF);
	CONST(RTE_FLOW_ERROR_TYPE_ACTION);
	CONST(RTE_FLOW_ERROR_TYPE_STATE);
}

int
main(void)
{
	printf("version %s\n", rte_version());
	probe_mbuf();
	probe_mempool();
	probe_ring();
	probe_ethdev_core();
	probe_ethdev();
	probe_flow();
	probe_flow_items();
	probe_flow_actions();
	probe_flow_async();
	probe_flow_enums();
	return 0;
}
