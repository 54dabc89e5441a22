/* SPDX-License-Identifier: Apache-2.0
 * Copyright the NetPolNic authors
 *
 * Registration, probe and removal. The driver uses structures that DPDK keeps to itself, so it registers only with
 * the very DPDK release it was built against.
 */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>
#include <rte_version.h>

#include "bus_vdev_driver.h"
#include "emunic.h"
#include "ethdev_vdev.h"

#ifndef EMUNIC_DPDK_VERSION
#define EMUNIC_DPDK_VERSION \
	"DPDK " RTE_STR(RTE_VER_YEAR) "." EMUNIC_MONTH "." RTE_STR(RTE_VER_MINOR)
#if RTE_VER_MONTH == 11
#define EMUNIC_MONTH "11"
#else
#error "emunic is written for DPDK 22.11"
#endif
#endif

int emunic_logtype;

static int
create_rings(struct emunic *nic, uint32_t size, int socket)
{
	char name[RTE_ETH_NAME_MAX_LEN + 8];

	if (strlen(nic->name) + strlen("_out") >= RTE_RING_NAMESIZE) {
		EMUNIC_LOG(ERR, "%s: the device's name is too long for its rings (%zu characters at most)", nic->name,
			   RTE_RING_NAMESIZE - sizeof("_out"));
		return -ENAMETOOLONG;
	}
	snprintf(name, sizeof(name), "%s_in", nic->name);
	nic->in = rte_ring_create(name, size, socket, RING_F_EXACT_SZ);
	snprintf(name, sizeof(name), "%s_out", nic->name);
	if (nic->in != NULL)
		nic->out = rte_ring_create(name, size, socket, RING_F_EXACT_SZ);
	if (nic->out == NULL) {
		int rc = -rte_errno;

		EMUNIC_LOG(ERR, "%s: cannot create ring %s with ring=%u: %s", nic->name,
			   nic->in == NULL ? "_in" : "_out", size, rte_strerror(-rc));
		rte_ring_free(nic->in);
		return rc;
	}
	return 0;
}

/* Takes the backend for this driver alone; testpmd and its like then leave it be. */
static int
take_backend(struct emunic *nic, const char *backend)
{
	struct rte_eth_dev_owner owner = { 0 };
	int rc;

	if (rte_eth_dev_get_port_by_name(backend, &nic->backend) != 0) {
		EMUNIC_LOG(ERR, "argument backend: no port '%s' (it must be created before %s)", backend, nic->name);
		return -ENODEV;
	}
	if (rte_eth_devices[nic->backend].data->dev_started) {
		EMUNIC_LOG(ERR, "argument backend: port '%s' is running already", backend);
		return -EBUSY;
	}
	rc = rte_eth_dev_owner_new(&nic->owner);
	if (rc != 0)
		return rc;
	owner.id = nic->owner;
	snprintf(owner.name, sizeof(owner.name), "%s", nic->name);
	rc = rte_eth_dev_owner_set(nic->backend, &owner);
	if (rc != 0) {
		EMUNIC_LOG(ERR, "argument backend: port '%s' belongs to somebody else", backend);
		return -EBUSY;
	}
	return rte_eth_macaddr_get(nic->backend, &nic->mac);
}

/* A locally administered address of its own for each name, the same in every run. */
static void
make_mac(struct emunic *nic)
{
	uint32_t h = 0x811c9dc5; /* FNV-1a, 32 bits */
	const char *p;

	for (p = nic->name; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * 0x01000193;
	nic->mac = (struct rte_ether_addr) { { 0x02, 0x4e, h >> 24, h >> 16, h >> 8, h } };
}

static int
probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct emunic_args args;
	struct rte_eth_dev *dev;
	struct emunic *nic;
	int rc;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		EMUNIC_LOG(ERR, "%s: secondary processes are not supported", name);
		return -ENOTSUP;
	}
	rc = emunic_args_parse(name, rte_vdev_device_args(vdev), &args);
	if (rc != 0)
		return rc;

	dev = rte_eth_vdev_allocate(vdev, sizeof(*nic));
	if (dev == NULL) {
		EMUNIC_LOG(ERR, "%s: cannot allocate the port", name);
		return -ENOMEM;
	}
	nic = dev->data->dev_private;
	nic->dev = dev;
	nic->port = dev->data->port_id;
	nic->backend = RTE_MAX_ETHPORTS;
	nic->nb_rxq = 1;
	nic->caps = args.caps;
	rte_strlcpy(nic->name, name, sizeof(nic->name));
	pthread_mutex_init(&nic->mutex, NULL);
	rte_spinlock_init(&nic->input_lock);
	rte_spinlock_init(&nic->tx_lock);
	make_mac(nic);

	if (args.backend[0] != '\0')
		rc = take_backend(nic, args.backend);
	else
		rc = create_rings(nic, args.ring, vdev->device.numa_node);
	if (rc != 0) {
		if (nic->owner != 0 && emunic_backend_alive(nic))
			rte_eth_dev_owner_unset(nic->backend, nic->owner);
		pthread_mutex_destroy(&nic->mutex);
		rte_eth_dev_release_port(dev);
		return rc;
	}

	dev->data->mac_addrs = &nic->mac;
	dev->data->promiscuous = 1;
	dev->data->dev_flags |= RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS;
	dev->data->dev_link = (struct rte_eth_link) {
		.link_speed = RTE_ETH_SPEED_NUM_100G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
	};
	dev->dev_ops = &emunic_dev_ops;
	dev->rx_pkt_burst = emunic_rx_burst;
	dev->tx_pkt_burst = emunic_tx_burst;
	rte_eth_dev_probing_finish(dev);
	EMUNIC_LOG(INFO, "%s: %s%s, %u priorities, %u groups, %u rules", name,
		   args.backend[0] != '\0' ? "before " : "own rings", args.backend, nic->caps.prios, nic->caps.groups,
		   nic->caps.size);
	return 0;
}

static int
remove_device(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	/* Closed already: ethdev has released the port. */
	return dev == NULL ? 0 : rte_eth_dev_close(dev->data->port_id);
}

static struct rte_vdev_driver emunic_vdev_driver = {
	.driver = { .name = RTE_STR(EMUNIC_DRIVER) },
	.probe = probe,
	.remove = remove_device,
};

RTE_PMD_EXPORT_NAME(EMUNIC_DRIVER, __COUNTER__);
RTE_PMD_REGISTER_PARAM_STRING(EMUNIC_DRIVER,
	"backend=<port name> profile=<full|mlx5|ice|i40e> items=<list> masks=<list> actions=<list> "
	"prios=<n> gprios=<n> prio_reverse=<0|1> groups=<n> size=<n> frag_l4=<first|miss|any> v6ext=<parse|none> "
	"v6proto=<first|last> async=<no|yes|only> async_size=<n> ring=<n> quirk=<list>");

RTE_INIT(emunic_register)
{
	emunic_logtype = rte_log_register_type_and_pick_level("pmd.net.emunic", RTE_LOG_NOTICE);
	if (strcmp(rte_version(), EMUNIC_DPDK_VERSION) != 0) {
		EMUNIC_LOG(ERR, "built for %s, this is %s: not registered, build it again", EMUNIC_DPDK_VERSION,
			   rte_version());
		return;
	}
	rte_vdev_register(&emunic_vdev_driver);
}
