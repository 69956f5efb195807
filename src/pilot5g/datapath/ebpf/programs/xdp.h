// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// The fast path: frames as the driver hands them over, before the kernel has made anything of them.
#pragma once
#include "judge.h"

__noinline __u32 xdp_sum_of_outer(struct xdp_md *ctx)
{
    return sum_of_outer((void *)(long)ctx->data, (void *)(long)ctx->data_end);
}

inl int xdp_wrap6(struct xdp_md *ctx, const struct session *s, __u32 length, const struct bpf_fib_lookup *hop)
{
    bool marked = s->qfi_down != ANY;
    struct extra *more = extra_of(s);
    if (!more || bpf_xdp_adjust_head(ctx, marked ? -(int)OUTER6_QFI : -(int)OUTER6_LENGTH))
        return -1;
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct outer6_qfi *o = (void *)(eth + 1);
    if ((void *)(o + 1) > (void *)(long)ctx->data_end)
        return -1;
    address_frame(eth, hop);
    eth->h_proto = bpf_htons(ETH_P_IPV6);
    fill_outer6(&o->outer, s, more, length, marked ? OUTER6_QFI : OUTER6_LENGTH);
    if (marked)
        fill_container(&o->container, s->qfi_down);
    o->outer.udp.check = sealed(xdp_sum_of_outer(ctx));
    return 0;
}

/* Put the outer headers before a user packet; its own Ethernet header is overwritten by then. */
inl int xdp_wrap(struct xdp_md *ctx, const struct session *s, __u32 length, const struct bpf_fib_lookup *hop)
{
    if (s->rare & OUTER6)
        return xdp_wrap6(ctx, s, length, hop);
    bool marked = s->qfi_down != ANY;
    if (bpf_xdp_adjust_head(ctx, marked ? -(int)OUTER_QFI : -(int)OUTER))
        return -1;
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct outer_qfi *o = (void *)(eth + 1);
    void *end = (void *)(long)ctx->data_end;
    if ((void *)(o + 1) > end)
        return -1;
    address_frame(eth, hop);
    eth->h_proto = bpf_htons(ETH_P_IP);
    fill_outer(&o->outer, s, length, marked ? OUTER_QFI : OUTER);
    if (marked)
        fill_container(&o->container, s->qfi_down);
    return 0;
}

/* A downlink frame; `across`: it is another phone's, out of its tunnel, which costs it no hop. */
inl int xdp_deliver(struct xdp_md *ctx, bool across)
{
    void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    __u32 length, frame = end - data;
    __u8 hops;
    struct session *s = receiver(data, end, &length, &hops);
    if (!s)
        return XDP_PASS;
    struct counts *c = counts();
    if (!c)
        return XDP_ABORTED;
    if (length + ETH_HLEN > frame)
        return dropped(c, MALFORMED), XDP_DROP;
    struct place_in in = {ctx, true, ETH_HLEN};
    struct session *f;
    enum verdict v = judge_downlink(c, s, &in, data + ETH_HLEN, end, length, across ? HOPS : hops, &f);
    if (v != FORWARD)
        return v == DROP ? XDP_DROP : XDP_PASS;
    struct bpf_fib_lookup hop;
    int unrouted = route_tunnel(ctx, ctx->ingress_ifindex, f, length + OUTER_QFI, &hop);
    if (unrouted) {
        count_unrouted(c, unrouted);
        return XDP_PASS;
    }
    bool six = ((struct ethhdr *)data)->h_proto != bpf_htons(ETH_P_IP);
    if (!across)
        take_hop(data + ETH_HLEN, six);
    clamp_mss(data + ETH_HLEN, end, six, s->mtu);
    /* Short frames are padded on the wire (60 octets): the padding is no part of the user packet. */
    if (frame > length + ETH_HLEN && bpf_xdp_adjust_tail(ctx, (int)(length + ETH_HLEN) - (int)frame))
        return XDP_ABORTED;
    if (xdp_wrap(ctx, f, length, &hop))
        return XDP_ABORTED;
    count_packet(c, f, DOWN, length);
    return bpf_redirect(hop.ifindex, 0);
}

inl int xdp_downlink(struct xdp_md *ctx)
{
    return xdp_deliver(ctx, false);
}

/* What came out of one phone's tunnel goes into another's. Where that is not open, or has a queue, tc goes on
 * with it: the frame says so. */
__noinline int xdp_across(struct xdp_md *ctx)
{
    int verdict = xdp_deliver(ctx, true);
    if (verdict != XDP_PASS || bpf_xdp_adjust_meta(ctx, -(int)sizeof(__u32)))
        return verdict;
    __u32 *mark = (void *)(long)ctx->data_meta;
    if ((void *)(mark + 1) <= (void *)(long)ctx->data)
        *mark = ACROSS;
    return XDP_PASS;
}

/* Take the outer headers off, and leave the addresses of the frame as they are. */
inl int xdp_unwrap(struct xdp_md *ctx, __u32 at, bool six)
{
    struct ethhdr *eth = (void *)(long)ctx->data, before;
    if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
        return -1;
    before = *eth;
    if (bpf_xdp_adjust_head(ctx, at - ETH_HLEN))
        return -1;
    eth = (void *)(long)ctx->data;
    if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
        return -1;
    *eth = before;
    eth->h_proto = six ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
    return 0;
}

__noinline __u32 xdp_follow(struct xdp_md *ctx, __u32 at, __u32 next)
{
    return follow((void *)(long)ctx->data, (void *)(long)ctx->data_end, at, next);
}

inl int xdp_uplink(struct xdp_md *ctx)
{
    void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    struct gpdu g = {};
    enum parsed p = parse_gpdu(data, end, end - data, &g);
    if (p == CHAIN)
        p = followed(xdp_follow(ctx, g.at, g.qfi), end - data, &g);
    if (p == OURS && g.sealed && xdp_sum_of_outer(ctx) != 0xffff)
        p = BROKEN;
    if (p == NOT_OURS)
        return XDP_PASS;
    struct counts *c = counts();
    if (!c)
        return XDP_ABORTED;
    if (p == BROKEN)
        return dropped(c, MALFORMED), XDP_DROP;
    if (from_stranger(data, end))
        return dropped(c, UNKNOWN_SOURCE), XDP_DROP;
    bool stranger;
    struct session *s = by_teid(g.teid, &stranger);
    if (!s)
        return stranger && turn_away(c) == DROP ? XDP_DROP : XDP_PASS;
    if (s->rare & FRAMES) /* only the kernel can give it to a TAP */
        return XDP_PASS;
    void *packet = data + g.at;
    struct place_in in = {ctx, true, g.at};
    bool six, across;
    struct session *f;
    enum verdict v = judge_uplink(c, s, &g, &in, packet, end, &six, &across, &f);
    if (v != FORWARD)
        return v == DROP ? XDP_DROP : XDP_PASS;
    if (across) {
        if (xdp_unwrap(ctx, g.at, six))
            return XDP_ABORTED;
        count_packet(c, f, UP, g.length);
        return xdp_across(ctx);
    }
    struct bpf_fib_lookup hop;
    int unrouted = route_user(ctx, ctx->ingress_ifindex, packet, six, g.length, &hop);
    if (unrouted) {
        count_unrouted(c, unrouted);
        return XDP_PASS;
    }
    take_hop(packet, six);
    clamp_mss(packet, end, six, s->mtu);
    if (bpf_xdp_adjust_head(ctx, g.at - ETH_HLEN))
        return XDP_ABORTED;
    struct ethhdr *eth = (void *)(long)ctx->data;
    if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
        return XDP_ABORTED;
    eth->h_proto = six ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
    address_frame(eth, &hop);
    count_packet(c, f, UP, g.length);
    return bpf_redirect(hop.ifindex, 0);
}
