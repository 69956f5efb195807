// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// What becomes of a user packet, whichever hook it was seen at: the same functions for XDP and tc.
#pragma once
#include "match.h"
#include "mss.h"
#include "route.h"

enum verdict { FORWARD, PASS, DROP, QUEUE };

#define ACROSS 0x50356741 /* XDP to tc: a frame out of a phone's tunnel, for another phone */
#define HOPS 64

/* `c` is nothing where another hook has counted the packet already. */
inl enum verdict dropped(struct counts *c, enum count why)
{
    if (c)
        c->of[why]++;
    return DROP;
}

inl enum verdict passed(struct counts *c, enum count why)
{
    if (c)
        c->of[why]++;
    return PASS;
}

inl void ask(const struct session *s, enum direction way)
{
    struct ask *a = bpf_ringbuf_reserve(&asks, sizeof(*a), 0);
    if (!a)
        return;
    a->slot = s->slot;
    a->way = way;
    bpf_ringbuf_submit(a, 0);
}

/* Above its rate by more than `HASTE` (ns) a session goes through a queue, until that has run empty. */
#define HASTE 10000000
#define MILLION 1000000
#define SOON 50 /* millions of ns in which user space makes a queue, if it is there */
/* What waits in a queue at most: that many ns of its rate, or octets, whichever is more; htb.py has the same. */
#define QUEUE_NS 50000000
#define QUEUE_OCTETS 22500

/* How late a session may be that has a queue: by what went ahead of it before there was one, and by what the queue
 * holds. The former is kept, in sixteenths of the latter, for as long as the queue is used. */
inl __u64 held(struct session *s, enum direction way, __u64 late, __u32 cost)
{
    __u64 most = (__u64)QUEUE_OCTETS * cost >> 10;
    if (most < QUEUE_NS)
        most = QUEUE_NS;
    __u64 unit = most >> 4, before = late / unit;
    if (!s->queued[way])
        s->queued[way] = before < 254 ? before + 1 : 255;
    return most + s->queued[way] * unit;
}

/* The token bucket of a session in one word, when it would be full again (GCRA): no lock, and what another
 * processor adds in between is not lost. The coarse clock (a few ms) does for buckets of 300 ms.
 *
 * A session below its rate is forwarded at once. One above it is to be shaped, not policed: TCP keeps its rate
 * in a queue, and half of it against a bucket. The queue is an htb class, made when it is first needed; until
 * then, and if nobody makes it, the bucket is the guard.
 *
 * The same word says how long the queue is, since both drain at one rate, and when it is empty again: what finds
 * it full is dropped here, before it costs anything more or is counted as forwarded.
 */
inl enum verdict metered(struct counts *c, struct session *s, enum direction way, __u32 length)
{
    __u32 cost = s->cost[way];
    if (!cost)
        return FORWARD;
    __u64 now = bpf_ktime_get_coarse_ns(), due = *(volatile __u64 *)&s->due[way];
    __u64 more = (__u64)length * cost >> 10;
    if (due <= now) {
        if (s->queued[way])
            s->queued[way] = 0;
        if (s->asked[way])
            s->asked[way] = 0;
        if (__sync_val_compare_and_swap(&s->due[way], due, now + more) != due)
            __sync_fetch_and_add(&s->due[way], more);
        return FORWARD;
    }
    __u64 late = due + more - now, most = (__u64)s->burst[way] << 10;
    bool hasty = late > HASTE + 2 * more;
    if (s->class[way] && (s->queued[way] || hasty)) {
        if (late > held(s, way, late, cost))
            return dropped(c, RATE);
        __sync_fetch_and_add(&s->due[way], more);
        return QUEUE;
    }
    if (hasty && !s->asked[way]) {
        s->asked[way] = 1;
        s->asked_at[way] = now / MILLION;
        ask(s, way);
    }
    /* A queue that comes in a moment shall not find the whole bucket spent. */
    if (s->asked[way] && (__u32)(now / MILLION) - s->asked_at[way] < SOON)
        most = HASTE + 10 * more;
    if (late > most)
        return dropped(c, RATE);
    __sync_fetch_and_add(&s->due[way], more);
    return FORWARD;
}

inl void count_packet(struct counts *c, struct session *s, enum direction way, __u32 length)
{
    c->of[way == UP ? UPLINK : DOWNLINK]++;
    c->of[way == UP ? UPLINK_OCTETS : DOWNLINK_OCTETS] += length;
    __sync_fetch_and_add(&s->packets[way], 1);
    __sync_fetch_and_add(&s->octets[way], length);
}

/* fe80::/10 and multicast of link scope or less: what no router forwards (RFC 4291 2.5.6, 2.7). */
inl bool of_the_link(const struct ipv6hdr *ip)
{
    const __u8 *to = ip->daddr.in6_u.u6_addr8, *from = ip->saddr.in6_u.u6_addr8;
    return (to[0] == 0xff && (to[1] & 15) <= 2) || (to[0] == 0xfe && (to[1] & 0xc0) == 0x80) ||
           (from[0] == 0xfe && (from[1] & 0xc0) == 0x80) || !from[0];
}

/* A packet from elsewhere than the phone's own address: from a network behind it, whose session is at `slot`?
 * Where it is another's, perhaps as a part of one of this session's, user space decides. */
inl enum verdict from_behind(struct counts *c, const struct session *s, long slot)
{
    if (slot == s->slot)
        return FORWARD;
    return slot == NOBODY ? dropped(c, SPOOFED) : passed(c, PASSED);
}

inl enum verdict check_source4(struct counts *c, const struct session *s, __be32 from)
{
    if (s->flags & HAS_IPV4 && from == s->ipv4)
        return FORWARD;
    return s->rare & FRAMED ? from_behind(c, s, behind4(from)) : dropped(c, SPOOFED);
}

inl enum verdict check_source6(struct counts *c, const struct session *s, const struct in6_addr *from)
{
    if (s->flags & HAS_IPV6 && *(__be64 *)from == s->prefix)
        return FORWARD;
    if (!(s->rare & FRAMED))
        return dropped(c, SPOOFED);
    __be32 address[4];
    __builtin_memcpy(address, from, 16);
    return from_behind(c, s, behind6(address));
}

/* Is an uplink packet whole, and from the session's own address? */
inl enum verdict check_source(struct counts *c, struct session *s, void *packet, void *end, __u32 length, bool *six)
{
    struct iphdr *ip4 = packet;
    if ((void *)(ip4 + 1) > end)
        return dropped(c, MALFORMED);
    if (ip4->version == 4) {
        enum verdict v = check_source4(c, s, ip4->saddr);
        if (v != FORWARD)
            return v;
        if (ip4->ihl < 5 || bpf_ntohs(ip4->tot_len) != length)
            return passed(c, PASSED);
        *six = false;
        return ip4->ttl > 1 ? FORWARD : passed(c, PASSED_EXPIRED);
    }
    struct ipv6hdr *ip6 = packet;
    if (ip4->version != 6 || (void *)(ip6 + 1) > end)
        return dropped(c, MALFORMED);
    if (of_the_link(ip6))
        return passed(c, PASSED);
    enum verdict v = check_source6(c, s, &ip6->saddr);
    if (v != FORWARD)
        return v;
    if (bpf_ntohs(ip6->payload_len) + sizeof(*ip6) != length)
        return passed(c, PASSED);
    *six = true;
    return ip6->hop_limit > 1 ? FORWARD : passed(c, PASSED_EXPIRED);
}

/* A packet of an unknown tunnel: user space sends an Error Indication (TS 29.281 7.3.1), to so many a second as
 * it can bear. A flood ends here. */
#define STRANGER 500000
#define STRANGERS 100
inl enum verdict turn_away(struct counts *c)
{
    __u32 zero = 0;
    __u64 *due = bpf_map_lookup_elem(&strangers, &zero), now = bpf_ktime_get_coarse_ns();
    if (!c || !due)
        return PASS;
    if (*due > now + STRANGER * STRANGERS)
        return dropped(c, UNKNOWN_TEID);
    *due = (*due > now ? *due : now) + STRANGER;
    return PASS;
}

/* Is the packet for another phone? */
inl bool is_for_phone(void *packet, bool six)
{
    if (six)
        return is_phone6(*(__be64 *)&((struct ipv6hdr *)packet)->daddr);
    return is_phone4(((struct iphdr *)packet)->daddr);
}

/* Whether a packet may go straight to another phone. Those of another data network are reached as the kernel's
 * routes say, and an address that nobody has now is for user space to answer. */
static __noinline enum verdict to_phone(struct counts *c, const struct session *s, void *packet, bool six)
{
    struct session *t = six ? by_prefix(*(__be64 *)&((struct ipv6hdr *)packet)->daddr)
                            : by_ipv4(((struct iphdr *)packet)->daddr);
    struct extra *from = extra_of(s), *to = t ? extra_of(t) : 0;
    if (!from || !to || !from->network || from->network != to->network)
        return passed(c, PASSED_TO_PHONE);
    return from->network & BETWEEN_PHONES ? FORWARD : dropped(c, TO_PHONE);
}

/* The flow a packet belongs to, in `*f`: the session itself where it has but one. */
inl enum verdict find_flow(struct counts *c, struct session *s, enum direction way, const struct place_in *in,
                           void *packet, void *end, __u8 qfi, struct session **f)
{
    *f = s;
    if (!(s->flags & (way == UP ? SEVERAL_UP : SEVERAL_DOWN)))
        return way == DOWN || s->qfi_up == ANY || s->qfi_up == qfi ? FORWARD : dropped(c, NO_RULE);
    struct look l;
    if (!look_at(in, packet, end, way, &l))
        return passed(c, PASSED);
    l.qfi = qfi;
    long slot = choose(s->book, &l, way);
    if (slot == NOBODY)
        return dropped(c, NO_RULE);
    *f = session_at(slot);
    return *f ? FORWARD : dropped(c, NO_RULE);
}

/* What a flow with a guaranteed rate takes of a rate that it shares: the others get less. */
inl void charge(struct session *s, enum direction way, __u32 length)
{
    __u64 now = bpf_ktime_get_coarse_ns(), due = *(volatile __u64 *)&s->due[way];
    __u64 more = (__u64)length * s->cost[way] >> 10;
    if (due <= now)
        __sync_val_compare_and_swap(&s->due[way], due, now + more);
    else if (due - now < (__u64)s->burst[way] << 10)
        __sync_fetch_and_add(&s->due[way], more);
}

/* The rates that a flow shares, with those of its session and of others. One with a guaranteed rate has been held to
 * a rate of its own, which is none above these. */
inl enum verdict metered_together(struct counts *c, struct session *s, struct session *f, enum direction way,
                                  __u32 length, enum verdict v)
{
    struct session *own = f != s && f->flags & SHARED ? s : 0, *pool = 0;
    if (f->rare & (way == UP ? POOLED_UP : POOLED_DOWN)) {
        struct extra *more = extra_of(f);
        pool = more ? session_at(more->pool) : 0;
        if (!pool)
            return passed(c, PASSED);
    }
    if (f->flags & GUARANTEED) {
        if (own)
            charge(own, way, length);
        if (pool)
            charge(pool, way, length);
        return v;
    }
    enum verdict shared = own ? metered(c, own, way, length) : FORWARD;
    v = shared == FORWARD ? v : shared;
    shared = pool && v != DROP ? metered(c, pool, way, length) : FORWARD;
    return shared == FORWARD ? v : shared;
}

inl struct extra *purse_of(const struct session *f)
{
    struct extra *own = extra_of(f);
    __u32 at = own ? own->purse : 0;
    return own ? bpf_map_lookup_elem(&extras, &at) : 0;
}

/* Is what user space has lent a flow at its end? Then it has to see the packet: it knows what has passed in all,
 * reports, and lends again or shuts the flow. */
inl bool is_spent(const struct extra *purse, __s64 left, __u32 length)
{
    __u64 now = bpf_ktime_get_coarse_ns();
    return left < (__s64)length || now > purse->until || (now > purse->last && now - purse->last > purse->idle);
}

/* What a flow with a quota, or with a rate of several sessions, may not, whatever its rates have room for. */
inl enum verdict restricted(struct counts *c, const struct session *f, enum direction way, __u32 length)
{
    if (f->rare & (way == UP ? SHUT_UP : SHUT_DOWN))
        return dropped(c, QUOTA);
    if (!(f->rare & LIMITED))
        return FORWARD;
    struct extra *purse = purse_of(f);
    return purse && !is_spent(purse, purse->left, length) ? FORWARD : passed(c, PASSED);
}

/* Take a packet out of what was lent; what another processor took in between is not lost. */
inl enum verdict spend(struct counts *c, const struct session *f, __u32 length)
{
    struct extra *purse = purse_of(f);
    if (!purse || is_spent(purse, __sync_fetch_and_add(&purse->left, -(__s64)length), length))
        return passed(c, PASSED);
    purse->last = bpf_ktime_get_coarse_ns();
    return FORWARD;
}

/* Gate, action and rates of a flow, and the rates that it shares with others. */
inl enum verdict enforce(struct counts *c, struct session *s, struct session *f, enum direction way, __u32 length)
{
    __u32 flags = f->flags;
    if (!(flags & (way == UP ? FAST_UP : FAST_DOWN)))
        return passed(c, PASSED);
    if (flags & (way == UP ? DROP_UP : DROP_DOWN))
        return dropped(c, BY_RULE);
    if (flags & (way == UP ? GATE_UP : GATE_DOWN))
        return dropped(c, GATE);
    if (f->rare & (LIMITED | SHUT_UP | SHUT_DOWN)) {
        enum verdict v = restricted(c, f, way, length);
        if (v != FORWARD)
            return v;
    }
    if (!c)
        return FORWARD;
    enum verdict v = metered(c, f, way, length);
    if (v != DROP)
        v = metered_together(c, s, f, way, length, v);
    return f->rare & LIMITED && (v == FORWARD || v == QUEUE) && spend(c, f, length) != FORWARD ? PASS : v;
}

/* An uplink packet of a known tunnel, the flow it belongs to, and whether it goes straight to another phone. */
inl enum verdict judge_uplink(struct counts *c, struct session *s, const struct gpdu *g,
                              const struct place_in *in, void *packet, void *end, bool *six, bool *across,
                              struct session **f)
{
    if (!(s->flags & FAST_UP))
        return passed(c, PASSED);
    enum verdict v = check_source(c, s, packet, end, g->length, six);
    *across = v == FORWARD && is_for_phone(packet, *six);
    if (*across)
        v = to_phone(c, s, packet, *six);
    if (v == FORWARD)
        v = find_flow(c, s, UP, in, packet, end, g->qfi, f);
    return v == FORWARD ? enforce(c, s, *f, UP, g->length) : v;
}

/* Is the fast path open for a downlink packet? Where not it is counted as given to user space.
 *
 * After a buffer was released, packets still on their way to user space must leave it before newer ones take the
 * fast path. User space says how many it has seen (`expected`); once that is as many as were given to it, none is
 * on its way, and the order is kept without a lock.
 */
inl bool fast_down(struct counts *c, struct session *s, __u32 flags)
{
    if (flags & FAST_DOWN && (!(flags & DRAINING) || *(volatile __u32 *)&s->passed == s->expected))
        return true;
    if (c)
        __sync_fetch_and_add(&s->passed, 1);
    return false;
}

/* A downlink packet of a known session, with `hops` left to live, and the flow it belongs to. */
inl enum verdict judge_downlink(struct counts *c, struct session *s, const struct place_in *in, void *packet,
                                void *end, __u32 length, __u8 hops, struct session **f)
{
    if (!fast_down(c, s, s->flags))
        return passed(c, PASSED);
    if (hops <= 1)
        return passed(c, PASSED_EXPIRED);
    if (length > s->mtu)
        return passed(c, PASSED_TOO_BIG);
    enum verdict v = find_flow(c, s, DOWN, in, packet, end, NO_QFI, f);
    return v == FORWARD ? enforce(c, s, *f, DOWN, length) : v;
}

/* The session a downlink frame is for, its length without padding, and its hops; nothing for other frames. */
inl struct session *receiver(void *data, void *end, __u32 *length, __u8 *hops)
{
    struct ethhdr *eth = data;
    struct iphdr *ip4 = (void *)(eth + 1);
    if ((void *)(ip4 + 1) > end)
        return 0;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        *length = bpf_ntohs(ip4->tot_len);
        *hops = ip4->ttl;
        if (ip4->ihl < 5 || *length < sizeof(*ip4))
            return 0;
        struct session *s = by_ipv4(ip4->daddr);
        return s ? s : with_network(behind4(ip4->daddr));
    }
    struct ipv6hdr *ip6 = (void *)(eth + 1);
    if (eth->h_proto != bpf_htons(ETH_P_IPV6) || (void *)(ip6 + 1) > end)
        return 0;
    *length = bpf_ntohs(ip6->payload_len) + sizeof(*ip6);
    *hops = ip6->hop_limit;
    struct session *s = by_prefix(*(__be64 *)&ip6->daddr);
    if (s)
        return s;
    __be32 address[4];
    __builtin_memcpy(address, &ip6->daddr, 16);
    return with_network(behind6(address));
}

/* One hop less; an IPv4 checksum is put right (RFC 1624). */
inl void take_hop(void *packet, bool six)
{
    if (six) {
        ((struct ipv6hdr *)packet)->hop_limit--;
        return;
    }
    struct iphdr *ip = packet;
    __u32 sum = (__u32)ip->check + bpf_htons(0x0100);
    ip->check = sum + (sum >= 0xffff);
    ip->ttl--;
}

inl void address_frame(struct ethhdr *eth, const struct bpf_fib_lookup *f)
{
    __builtin_memcpy(eth->h_dest, f->dmac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, f->smac, ETH_ALEN);
}
