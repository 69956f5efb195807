// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Where a packet goes next: the kernel's own routes and neighbours, asked for each packet (55 ns).
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
    return bpf_fib_lookup(ctx, f, sizeof(*f), 0);
}
