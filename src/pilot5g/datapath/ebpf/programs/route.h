// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Where a packet goes next: the kernel's own routes and neighbours, asked in each tick of its clock.
#pragma once
#include "gtpu.h"

#define AF_INET 2
#define AF_INET6 10

/* Count why the kernel's tables have no way for a packet; it is then left to whoever comes next. */
inl void count_unrouted(struct counts *c, int why)
{
    if (!c)
        return;
    if (why == BPF_FIB_LKUP_RET_NO_NEIGH)
        c->of[PASSED_NEIGHBOUR]++;
    else if (why == BPF_FIB_LKUP_RET_FRAG_NEEDED)
        c->of[PASSED_TOO_BIG]++;
    else
        c->of[PASSED_ROUTE]++;
}

/* What the kernel's tables said of a packet in this very tick of its coarse clock (1 to 10 ms): to ask costs more
 * than all else. `length` is what was found to fit. */
struct next_hop {
    __be32 source, destination;
    __u32 device, out;
    __u16 length;
    __u8 tos;
    __u8 from[ETH_ALEN], to[ETH_ALEN];
    __u64 tick;
};
#define NEXT_HOPS 1024
MAP(next_hops, PERCPU_ARRAY, __u32, struct next_hop, NEXT_HOPS, 0);

/* Ask the kernel's tables, or remember what they said a moment ago. */
inl int look_up4(void *ctx, struct bpf_fib_lookup *f)
{
    __be32 source = f->ipv4_src, destination = f->ipv4_dst;
    __u32 device = f->ifindex, at = (source ^ destination) * 2654435761u >> 22;
    __u16 length = f->tot_len;
    __u8 tos = f->tos;
    struct next_hop *n = bpf_map_lookup_elem(&next_hops, &at);
    __u64 tick = bpf_ktime_get_coarse_ns();
    if (!n)
        return BPF_FIB_LKUP_RET_UNREACHABLE;
    if (n->tick == tick && n->destination == destination && n->source == source && n->device == device &&
        n->tos == tos && n->length >= length) {
        f->ifindex = n->out;
        __builtin_memcpy(f->smac, n->from, ETH_ALEN);
        __builtin_memcpy(f->dmac, n->to, ETH_ALEN);
        return 0;
    }
    bool taken = n->tick == tick && (n->destination != destination || n->source != source);
    int unrouted = bpf_fib_lookup(ctx, f, sizeof(*f), 0);
    if (unrouted || taken) /* many packets at once: each place is the first one's until the next tick */
        return unrouted;
    n->source = source;
    n->destination = destination;
    n->device = device;
    n->out = f->ifindex;
    n->length = length;
    n->tos = tos;
    __builtin_memcpy(n->from, f->smac, ETH_ALEN);
    __builtin_memcpy(n->to, f->dmac, ETH_ALEN);
    n->tick = tick;
    return 0;
}

/* The next hop of a user packet of `length` octets, 0 where it is found. A `length` of 0 leaves the MTU
 * unchecked in XDP, while tc would check the length of the frame as it is, tunnel included. */
inl int route_user(void *ctx, __u32 device, void *packet, bool six, __u16 length, struct bpf_fib_lookup *f)
{
    __builtin_memset(f, 0, sizeof(*f));
    f->ifindex = device;
    f->tot_len = length;
    if (six) {
        struct ipv6hdr *ip = packet;
        f->family = AF_INET6;
        __builtin_memcpy(f->ipv6_src, &ip->saddr, 16);
        __builtin_memcpy(f->ipv6_dst, &ip->daddr, 16);
    } else {
        struct iphdr *ip = packet;
        f->family = AF_INET;
        f->tos = ip->tos & 0x1c;
        f->ipv4_src = ip->saddr;
        f->ipv4_dst = ip->daddr;
        return look_up4(ctx, f);
    }
    return bpf_fib_lookup(ctx, f, sizeof(*f), 0);
}

inl int route_tunnel6(void *ctx, __u32 device, const struct session *s, __u16 length, struct bpf_fib_lookup *f)
{
    struct extra *more = extra_of(s);
    if (!more || !(settings.local6[0] | settings.local6[1] | settings.local6[2] | settings.local6[3]))
        return BPF_FIB_LKUP_RET_UNREACHABLE;
    __builtin_memset(f, 0, sizeof(*f));
    f->family = AF_INET6;
    f->ifindex = device;
    f->tot_len = length;
    f->l4_protocol = IPPROTO_UDP;
    for (int i = 0; i < 4; i++) {
        f->ipv6_src[i] = settings.local6[i];
        f->ipv6_dst[i] = more->peer6[i];
    }
    return bpf_fib_lookup(ctx, f, sizeof(*f), 0);
}

/* The next hop towards the radio of a session; `length` is that of a tunnel over IPv4. */
inl int route_tunnel(void *ctx, __u32 device, const struct session *s, __u16 length, struct bpf_fib_lookup *f)
{
    if (s->rare & OUTER6)
        return route_tunnel6(ctx, device, s, length + OUTER6_QFI - OUTER_QFI, f);
    if (!settings.local)
        return BPF_FIB_LKUP_RET_UNREACHABLE;
    __builtin_memset(f, 0, sizeof(*f));
    f->family = AF_INET;
    f->ifindex = device;
    f->tot_len = length;
    f->l4_protocol = IPPROTO_UDP;
    f->ipv4_src = settings.local;
    f->ipv4_dst = s->peer;
    return look_up4(ctx, f);
}
