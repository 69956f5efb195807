// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Uplink over several processors. All that comes from one radio has the same addresses and ports, so a device puts
// it into one receive queue, which one processor empties. Here that processor only looks at the TEID and hands the
// frame to another one: all of a phone's packets to the same, so that they stay in order.
#pragma once
#include "xdp.h"

#define LANES 16

struct lanes {
    __u32 number; /* of processors; none: everything stays where it came in */
    __u32 processor[LANES];
};
volatile const struct lanes lanes SEC(".rodata.lanes") = {};

MAP(processors, CPUMAP, __u32, struct bpf_cpumap_val, 1, 0);

/* The TEID of a G-PDU to us, as far as can be said at a glance: the program behind looks closely. */
inl bool glance(void *data, void *end, __be32 *teid)
{
    struct ethhdr *eth = data;
    struct outer *o = (void *)(eth + 1);
    struct outer6 *o6 = (void *)(eth + 1);
    if ((void *)(o + 1) > end)
        return false;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        *teid = o->gtp.teid;
        return *(__u8 *)&o->ip == 0x45 && o->ip.protocol == IPPROTO_UDP && !(o->ip.frag_off & bpf_htons(FRAGMENT)) &&
               o->udp.dest == bpf_htons(GTPU_PORT) && o->gtp.type == GPDU;
    }
    if (eth->h_proto != bpf_htons(ETH_P_IPV6) || (void *)(o6 + 1) > end)
        return false;
    *teid = o6->gtp.teid;
    return o6->ip.nexthdr == IPPROTO_UDP && o6->udp.dest == bpf_htons(GTPU_PORT) && o6->gtp.type == GPDU;
}

inl int spread(struct xdp_md *ctx)
{
    __be32 teid;
    if (!lanes.number || !glance((void *)(long)ctx->data, (void *)(long)ctx->data_end, &teid))
        return XDP_PASS;
    __u32 lane = (__u64)(teid * 2654435761u) * lanes.number >> 32;
    return bpf_redirect_map(&processors, lanes.processor[lane & (LANES - 1)], XDP_PASS);
}
