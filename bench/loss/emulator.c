// A bad link between two network namespaces: a delay, a rate with a finite queue, random or bursty loss and corruption in
// each direction, for TCP and UDP alike, on kernels without netem, too. Two TUN devices, tl0 in each namespace, and this
// process between them. It makes the devices, prints "up", and ends when its input does, with one line of JSON that
// counts what happened. bench/loss/link.ts starts it.
//
//   emulator NAMESPACE_A NAMESPACE_B DELAY_MS RATE_MBIT QUEUE LOSS_PERCENT BURST CORRUPT_PERCENT MENDS SEED
//
// LOSS_PERCENT of the packets are lost before the queue, in runs of mean length BURST where that is above 1 (a
// Gilbert-Elliott channel that loses nothing in its good state and everything in its bad one). QUEUE bounds the packets
// of a direction, those in flight included, as netem's limit does. CORRUPT_PERCENT of the others have one bit flipped:
// with MENDS 0 anywhere behind the IP header, so that the receiving kernel finds the checksum wrong; with MENDS 1 in the
// payload of UDP or TCP, and the checksum made right again, so that only the application can find it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MOST_PACKETS 16384
#define LONGEST_PACKET 2048
#define READS_A_TURN 64

struct packet {
  double due;
  int length;
  unsigned char bytes[];
};

struct direction {
  struct packet *ring[MOST_PACKETS];
  unsigned first, count;
  double busy_until;
  int is_losing;
  uint64_t dice;
  uint64_t packets, bytes, lost, overflowed, corrupted;
  double queued;
};

static double delay, rate, loss, burst, corrupt, latest;
static unsigned queue;
static int mends;

// Uniform in [0, 1): splitmix64. Each direction has dice of its own, so what one loses does not hang on the other.
static double roll(struct direction *d) {
  uint64_t z = d->dice += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_tun(const char *namespace) {
  char path[128];
  snprintf(path, sizeof path, "/var/run/netns/%s", namespace);
  int ns = open(path, O_RDONLY);
  if (ns < 0 || setns(ns, CLONE_NEWNET)) fail(path);
  close(ns);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "tl0"};
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request)) fail("/dev/net/tun");
  return fd;
}

static int is_lost(struct direction *d) {
  double p = roll(d);
  if (burst <= 1) return p < loss;
  double leave = 1 / burst, enter = loss < 1 ? leave * loss / (1 - loss) : 1;
  d->is_losing = d->is_losing ? p >= leave : p < enter;
  return d->is_losing;
}

// Flips one bit of an IPv4 packet. Nothing behind a device without offloading is unsummed, so what is left wrong is found.
static int flip(struct direction *d, unsigned char *bytes, int length) {
  int header = (bytes[0] & 15) * 4, from = header, sum = 0;
  if (bytes[0] >> 4 != 4 || length <= header) return 0;
  if (mends) {
    int is_udp = bytes[9] == 17, is_tcp = bytes[9] == 6;
    if ((!is_udp && !is_tcp) || length < header + (is_udp ? 8 : 20)) return 0;
    sum = header + (is_udp ? 6 : 16);
    from = header + (is_udp ? 8 : (bytes[header + 12] >> 4) * 4);
    if (from >= length || (bytes[sum] | bytes[sum + 1]) == 0) return 0;
  }
  int at = from + (int)(roll(d) * (length - from));
  unsigned char bit = (unsigned char)(1 << (int)(roll(d) * 8));
  bytes[at] ^= bit;
  if (mends) {
    // RFC 1624 §3: the new sum is ~(~sum + ~old word + new word), in ones' complement.
    int shift = (at - header) % 2 ? 0 : 8;
    uint32_t changed = (uint32_t)bit << shift, word = (uint32_t)bytes[at] << shift;
    uint32_t total = (uint16_t)~(bytes[sum] << 8 | bytes[sum + 1]);
    total += (uint16_t)~(word ^ changed) + word;
    // The other byte of the word is the same in old and new and cancels out.
    while (total >> 16) total = (total & 0xffff) + (total >> 16);
    total = (uint16_t)~total;
    if (total == 0) total = 0xffff;
    bytes[sum] = (unsigned char)(total >> 8);
    bytes[sum + 1] = (unsigned char)total;
  }
  return 1;
}

static void take(struct direction *d, unsigned char *bytes, int length) {
  d->packets++;
  d->bytes += (uint64_t)length;
  if (is_lost(d)) {
    d->lost++;
    return;
  }
  if (d->count >= queue) {
    d->overflowed++;
    return;
  }
  if (corrupt > 0 && roll(d) < corrupt) d->corrupted += (uint64_t)flip(d, bytes, length);
  double t = now();
  if (d->busy_until < t) d->busy_until = t;
  d->queued += d->busy_until - t;
  d->busy_until += length / rate;
  struct packet *p = malloc(sizeof *p + (size_t)length);
  if (p == NULL) fail("malloc");
  memcpy(p->bytes, bytes, (size_t)length);
  p->length = length;
  p->due = d->busy_until + delay;
  d->ring[(d->first + d->count++) % MOST_PACKETS] = p;
}

static void deliver(struct direction *d, int fd, double t) {
  while (d->count > 0 && d->ring[d->first]->due <= t) {
    struct packet *p = d->ring[d->first];
    d->first = (d->first + 1) % MOST_PACKETS;
    d->count--;
    if (t - p->due > latest) latest = t - p->due;
    if (write(fd, p->bytes, (size_t)p->length) < 0) d->overflowed++;
    free(p);
  }
}

static void tell(const char *name, const struct direction *d) {
  printf("\"%s\":{\"packets\":%llu,\"bytes\":%llu,\"lost\":%llu,\"overflowed\":%llu,\"corrupted\":%llu,\"queuedMs\":%.3f},", name,
         (unsigned long long)d->packets, (unsigned long long)d->bytes, (unsigned long long)d->lost,
         (unsigned long long)d->overflowed, (unsigned long long)d->corrupted,
         d->packets > 0 ? d->queued * 1e3 / (double)d->packets : 0);
}

int main(int argc, char **argv) {
  if (argc != 11) {
    fprintf(stderr, "usage: emulator NS_A NS_B DELAY_MS RATE_MBIT QUEUE LOSS_PERCENT BURST CORRUPT_PERCENT MENDS SEED\n");
    return 2;
  }
  static struct direction directions[2];
  static unsigned char buffer[LONGEST_PACKET];
  delay = atof(argv[3]) / 1e3;
  rate = atof(argv[4]) * 1e6 / 8;
  queue = (unsigned)atoi(argv[5]);
  if (queue > MOST_PACKETS) queue = MOST_PACKETS;
  loss = atof(argv[6]) / 100;
  burst = atof(argv[7]);
  corrupt = atof(argv[8]) / 100;
  mends = atoi(argv[9]);
  for (int i = 0; i < 2; i++) directions[i].dice = strtoull(argv[10], NULL, 10) * 2 + (uint64_t)i;
  int fd[2] = {open_tun(argv[1]), open_tun(argv[2])};
  // A late link would be blamed on whoever is measured: it goes before them, where that is allowed.
  struct sched_param first = {.sched_priority = 2};
  sched_setscheduler(0, SCHED_FIFO, &first);
  puts("up");
  fflush(stdout);
  for (;;) {
    double next = 1e18;
    for (int i = 0; i < 2; i++) {
      struct direction *d = &directions[i];
      deliver(d, fd[1 - i], now());
      if (d->count > 0 && d->ring[d->first]->due < next) next = d->ring[d->first]->due;
    }
    struct pollfd polled[3] = {{fd[0], POLLIN, 0}, {fd[1], POLLIN, 0}, {0, POLLIN, 0}};
    struct timespec wait, *timeout = NULL;
    if (next < 1e17) {
      double left = next - now();
      if (left < 0) left = 0;
      wait.tv_sec = (time_t)left;
      wait.tv_nsec = (long)((left - (double)wait.tv_sec) * 1e9);
      timeout = &wait;
    }
    if (ppoll(polled, 3, timeout, NULL) < 0 && errno != EINTR) fail("ppoll");
    if (polled[2].revents != 0) break;
    for (int i = 0; i < 2; i++) {
      if (!(polled[i].revents & POLLIN)) continue;
      for (int k = 0; k < READS_A_TURN; k++) {
        ssize_t length = read(fd[i], buffer, sizeof buffer);
        if (length <= 0) break;
        take(&directions[i], buffer, (int)length);
      }
    }
  }
  putchar('{');
  tell("forth", &directions[0]);
  tell("back", &directions[1]);
  printf("\"latestMs\":%.3f}\n", latest * 1e3);
  return 0;
}
