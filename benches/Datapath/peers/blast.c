/*
 * Replays two pcap files without end through two network interfaces, 32 frames of each in turn, from a namespace whose other
 * ends a kernel forwards between. What comes back is counted by the interfaces and dropped by the kernel. Answers "read" on
 * standard input with a line of JSON; ends at "quit" or at the end of its input.
 *
 *   blast CPU INTERFACE PCAP MAC INTERFACE PCAP MAC        (MAC: of the interface at the other end, aa:bb:cc:dd:ee:ff)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BURST 32
#define PCAP_HEADER 24
#define RECORD_HEADER 16

struct port {
	const char *name;
	int socket;
	struct iovec *frames;
	uint32_t count, next;
};

static struct port ports[2];
static volatile uint64_t sent;

static void
fail(const char *what)
{
	fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void
load(struct port *port, const char *path, const char *mac_text)
{
	FILE *file = fopen(path, "rb");
	unsigned int mac[6];

	if (file == NULL || sscanf(mac_text, "%x:%x:%x:%x:%x:%x", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6)
		fail(path);

	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	uint8_t *bytes = malloc(size);

	rewind(file);
	if (bytes == NULL || fread(bytes, 1, size, file) != (size_t)size)
		fail(path);

	fclose(file);
	port->frames = calloc(size / RECORD_HEADER + 1, sizeof(*port->frames));
	for (long at = PCAP_HEADER; at + RECORD_HEADER <= size;) {
		uint32_t length;

		memcpy(&length, bytes + at + 8, sizeof(length));
		at += RECORD_HEADER;
		for (int i = 0; i < 6; i++)
			bytes[at + i] = mac[i];

		port->frames[port->count++] = (struct iovec){bytes + at, length};
		at += length;
	}

	if (port->count == 0)
		fail("no frames");
}

static void
open_port(struct port *port, const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(name)};
	int on = 1;

	port->name = name;
	port->socket = socket(AF_PACKET, SOCK_RAW, 0);
	if (port->socket < 0 || address.sll_ifindex == 0 ||
			bind(port->socket, (struct sockaddr *)&address, sizeof(address)) != 0 ||
			setsockopt(port->socket, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) != 0)
		fail(name);
}

static void *
send_all(void *cpu)
{
	struct mmsghdr messages[BURST];
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(atoi(cpu), &set);
	sched_setaffinity(0, sizeof(set), &set);
	memset(messages, 0, sizeof(messages));
	for (;;) {
		for (int p = 0; p < 2; p++) {
			struct port *port = &ports[p];

			for (int i = 0; i < BURST; i++) {
				messages[i].msg_hdr.msg_iov = &port->frames[port->next];
				messages[i].msg_hdr.msg_iovlen = 1;
				port->next = port->next + 1 == port->count ? 0 : port->next + 1;
			}

			for (int done = 0; done < BURST;) {
				int now = sendmmsg(port->socket, messages + done, BURST - done, 0);

				if (now > 0) {
					done += now;
					sent += now;
				} else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
					fail("sendmmsg");
				}
			}
		}
	}

	return NULL;
}

/* Packets that came in at both interfaces. */
static uint64_t
received(void)
{
	char line[512];
	uint64_t sum = 0;
	FILE *file = fopen("/proc/self/net/dev", "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');
		char *name = line + strspn(line, " ");
		uint64_t packets;

		if (colon == NULL || sscanf(colon + 1, "%*u %" SCNu64, &packets) != 1)
			continue;

		*colon = 0;
		sum += strcmp(name, ports[0].name) == 0 || strcmp(name, ports[1].name) == 0 ? packets : 0;
	}

	fclose(file);
	return sum;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	char line[64];

	if (argc != 8)
		fail("arguments");

	for (int p = 0; p < 2; p++) {
		open_port(&ports[p], argv[2 + 3 * p]);
		load(&ports[p], argv[3 + 3 * p], argv[4 + 3 * p]);
	}

	if (pthread_create(&thread, NULL, send_all, argv[1]) != 0)
		fail("a thread");

	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL && strncmp(line, "quit", 4) != 0) {
		struct timespec now;
		uint64_t back = received();
		uint64_t out = sent;

		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("{\"ns\":%" PRIu64 ",\"rx\":%" PRIu64 ",\"dropped\":%" PRIu64 "}\n",
			now.tv_sec * UINT64_C(1000000000) + now.tv_nsec, out, out > back ? out - back : 0);
		fflush(stdout);
	}

	return 0;
}
