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

/* Look at a whole packet; false where it has IPv6 extension headers, which user space follows. */
inl bool look_at(void *packet, void *end, enum direction way, struct look *l)
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
    if ((void *)(ip6 + 1) > end || is_extension(ip6->nexthdr))
        return false;
    l->family = 6;
    l->protocol = ip6->nexthdr;
    __builtin_memcpy(l->remote, way == UP ? &ip6->daddr : &ip6->saddr, 16);
    look_at_ports(packet + sizeof(*ip6), end, way, l);
    return true;
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
