// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Packet filters: which QoS flow of a session a packet belongs to (TS 29.244 5.2.1, TS 23.501 5.7.1.5).
#pragma once
#include "gtpu.h"

#define LATER_FRAGMENT 0x1fff

/* What filters look at. */
struct look {
    __be32 remote[4];
    __u16 remote_port, local_port;
    __u8 family, protocol, qfi;
    bool ports;
};

/* TCP, UDP, DCCP, SCTP, UDP-Lite: ports come first. */
inl bool has_ports(__u8 protocol)
{
    return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_DCCP ||
           protocol == IPPROTO_SCTP || protocol == IPPROTO_UDPLITE;
}

inl bool is_extension(__u8 header)
{
    return header == IPPROTO_HOPOPTS || header == IPPROTO_ROUTING || header == IPPROTO_DSTOPTS ||
           header == IPPROTO_FRAGMENT || header == 135;
}

inl void look_at_ports(__be16 *ports, void *end, enum direction way, struct look *l)
{
    if (!has_ports(l->protocol) || (void *)(ports + 2) > end)
        return;
    l->ports = true;
    l->remote_port = bpf_ntohs(ports[way == UP]);
    l->local_port = bpf_ntohs(ports[way == DOWN]);
}

#define HEADERS 8     /* of extension that are followed */
#define DEEPEST 0x3ff /* that what follows them begins within a packet */
#define UPPER(protocol, at, later) ((protocol) | (at) << 8 | (__u32)(later) << 31)

/* Behind the extension headers of an IPv6 packet: the protocol, where that begins, and whether this is a later
 * fragment (RFC 8200 4.1); nothing where there are more, or not whole ones: user space follows those. */
inl __u32 behind_extensions(void *packet, void *end)
{
    struct ipv6hdr *ip = packet;
    __u32 at = sizeof(*ip);
    if ((void *)(ip + 1) > end)
        return 0;
    __u8 next = ip->nexthdr;
    for (int i = 0; i < HEADERS; i++) {
        __u8 *h = packet + (at & DEEPEST);
        if ((void *)(h + 8) > end)
            return 0;
        bool fragment = next == IPPROTO_FRAGMENT;
        at += fragment ? 8 : 8 + h[1] * 8;
        next = h[0];
        if (fragment && (h[2] || h[3] & 0xf8))
            return UPPER(next, at, true);
        if (at > DEEPEST)
            return 0;
        if (!is_extension(next))
            return UPPER(next, at, false);
    }
    return 0;
}

/* A frame as its hook has it, and where the user packet is in it: for functions that are verified by themselves. */
struct place_in {
    void *ctx;
    bool xdp;
    __u32 at;
};

__noinline __u32 xdp_behind(struct xdp_md *ctx, __u32 at)
{
    return behind_extensions((void *)(long)ctx->data + (at & FARTHEST), (void *)(long)ctx->data_end);
}

__noinline __u32 tc_behind(struct __sk_buff *skb, __u32 at)
{
    return behind_extensions((void *)(long)skb->data + (at & FARTHEST), (void *)(long)skb->data_end);
}

/* Look at a whole packet; false where it has extension headers that are for user space. */
inl bool look_at(const struct place_in *in, void *packet, void *end, enum direction way, struct look *l)
{
    struct iphdr *ip4 = packet;
    struct ipv6hdr *ip6 = packet;
    __builtin_memset(l, 0, sizeof(*l));
    if ((void *)(ip4 + 1) > end)
        return false;
    if (ip4->version == 4) {
        l->family = 4;
        l->protocol = ip4->protocol;
        l->remote[0] = way == UP ? ip4->daddr : ip4->saddr;
        if (!(ip4->frag_off & bpf_htons(LATER_FRAGMENT)))
            look_at_ports(packet + ip4->ihl * 4, end, way, l);
        return true;
    }
    if ((void *)(ip6 + 1) > end)
        return false;
    __u32 upper = UPPER(ip6->nexthdr, sizeof(*ip6), false);
    if (is_extension(ip6->nexthdr))
        upper = in->xdp ? xdp_behind(in->ctx, in->at) : tc_behind(in->ctx, in->at);
    l->family = 6;
    l->protocol = upper;
    __builtin_memcpy(l->remote, way == UP ? &ip6->daddr : &ip6->saddr, 16);
    if (!(upper >> 31))
        look_at_ports(packet + (upper >> 8 & DEEPEST), end, way, l);
    return upper;
}

inl bool matches(const struct filter *f, const struct look *l)
{
    if ((f->family && f->family != l->family) || (f->qfi != ANY && f->qfi != l->qfi))
        return false;
    if (f->what & PROTOCOL && f->protocol != l->protocol)
        return false;
    if (f->what & (REMOTE_PORTS | LOCAL_PORTS) && !l->ports)
        return false;
    if (f->what & REMOTE_PORTS && (l->remote_port < f->remote_ports[0] || l->remote_port > f->remote_ports[1]))
        return false;
    if (f->what & LOCAL_PORTS && (l->local_port < f->local_ports[0] || l->local_port > f->local_ports[1]))
        return false;
    __be32 differs = 0;
#pragma unroll
    for (int i = 0; i < 4; i++)
        differs |= (l->remote[i] & f->mask[i]) ^ f->remote[i];
    return !differs;
}

/* The flow of the first filter that matches, as an index among the sessions; NOBODY where none does. A function
 * that the kernel verifies by itself, once and not for every way that leads to it. */
__noinline long choose(__u32 at, const struct look *l, __u32 way)
{
    struct book *book = bpf_map_lookup_elem(&books, &at);
    if (!book || !l || way > DOWN)
        return NOBODY;
    for (int i = 0; i < FILTERS; i++) {
        const struct filter *f = &book->of[way][i];
        if (!(f->what & USED))
            break;
        if (matches(f, l))
            return f->flow;
    }
    return NOBODY;
}
