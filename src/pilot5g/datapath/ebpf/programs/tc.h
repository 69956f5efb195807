// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// The same at tc (TCX), where packets are the kernel's own: slower by half, and complete. Here come devices
// without XDP, sessions above their rate, since only here is a queue, and next hops whose neighbour is unknown.
#pragma once
#include <linux/pkt_cls.h>

#include "frames.h"

#ifndef BPF_F_ADJ_ROOM_DECAP_L3_IPV4
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)
#endif
#define WRAP \
    (BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | \
     BPF_F_ADJ_ROOM_NO_CSUM_RESET)
#define WRAP6 (WRAP ^ BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 ^ BPF_F_ADJ_ROOM_ENCAP_L3_IPV6)
#define UNWRAP4 (BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_DECAP_L3_IPV4)
#define UNWRAP6 (BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_DECAP_L3_IPV6)
#define LOOKED_AT 160 /* octets that are made readable: outer headers, a container, an IPv6 header */
#define QDISC (1 << 16) /* the handle of our htb */

/* Make the headers readable; frames that XDP or the kernel merged may have none in their linear part. */
inl void pull(struct __sk_buff *skb)
{
    __u32 wanted = skb->len < LOOKED_AT ? skb->len : LOOKED_AT;
    if ((void *)(long)skb->data + wanted > (void *)(long)skb->data_end)
        bpf_skb_pull_data(skb, wanted);
}

/* Note the queue of a rate, where it has one and no slower one is noted. */
inl void enqueue_by(struct __sk_buff *skb, const struct session *rate, enum direction way)
{
    if (!rate->queued[way] || !rate->class[way] || (skb->priority & QDISC && skb->cb[0] > rate->cost[way]))
        return;
    skb->priority = QDISC | rate->class[way];
    skb->cb[0] = rate->cost[way];
}

/* Which queue a packet goes through, if any: a flow has up to three rates, and from phone to phone is one at
 * each end. */
inl void enqueue(struct __sk_buff *skb, struct session *s, struct session *f, enum direction way)
{
    enqueue_by(skb, f, way);
    if (f->flags & GUARANTEED)
        return;
    if (f != s && f->flags & SHARED)
        enqueue_by(skb, s, way);
    if (f->rare & (way == UP ? POOLED_UP : POOLED_DOWN)) {
        struct extra *more = extra_of(f);
        struct session *pool = more ? session_at(more->pool) : 0;
        if (pool)
            enqueue_by(skb, pool, way);
    }
}

/* Send a frame on. */
inl int tc_send(struct counts *c, struct __sk_buff *skb, const struct bpf_fib_lookup *hop, int unrouted, bool six)
{
    if (skb->priority & QDISC)
        c->of[SHAPED]++;
    struct ethhdr *eth = (void *)(long)skb->data;
    if ((void *)(eth + 1) > (void *)(long)skb->data_end)
        return TC_ACT_SHOT;
    eth->h_proto = six ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
    if (unrouted) /* only the neighbour is missing: the kernel asks for it */
        return bpf_redirect_neigh(hop->ifindex, 0, 0, 0);
    address_frame(eth, hop);
    return bpf_redirect(hop->ifindex, 0);
}

__noinline __u32 tc_sum_of_outer(struct __sk_buff *skb)
{
    if (bpf_skb_pull_data(skb, 0))
        return 0;
    return sum_of_outer((void *)(long)skb->data, (void *)(long)skb->data_end);
}

inl int tc_wrap6(struct __sk_buff *skb, const struct session *s, __u32 length)
{
    struct outer6_qfi o;
    struct extra *more = extra_of(s);
    bool marked = s->qfi_down != ANY;
    __u32 overhead = marked ? OUTER6_QFI : OUTER6_LENGTH;
    if (!more)
        return -1;
    fill_outer6(&o.outer, s, more, length, overhead);
    fill_container(&o.container, s->qfi_down);
    if (bpf_skb_adjust_room(skb, overhead, BPF_ADJ_ROOM_MAC, WRAP6))
        return -1;
    if (marked ? bpf_skb_store_bytes(skb, ETH_HLEN, &o, OUTER6_QFI, 0)
               : bpf_skb_store_bytes(skb, ETH_HLEN, &o, OUTER6_LENGTH, 0))
        return -1;
    __u16 check = sealed(tc_sum_of_outer(skb));
    return bpf_skb_store_bytes(skb, ETH_HLEN + __builtin_offsetof(struct outer6, udp.check), &check, 2, 0);
}

inl int tc_wrap(struct __sk_buff *skb, const struct session *s, __u32 length)
{
    if (s->rare & OUTER6)
        return tc_wrap6(skb, s, length);
    struct outer_qfi o;
    bool marked = s->qfi_down != ANY;
    __u32 overhead = marked ? OUTER_QFI : OUTER;
    fill_outer(&o.outer, s, length, overhead);
    fill_container(&o.container, s->qfi_down);
    if (bpf_skb_adjust_room(skb, overhead, BPF_ADJ_ROOM_MAC, WRAP))
        return -1;
    return marked ? bpf_skb_store_bytes(skb, ETH_HLEN, &o, OUTER_QFI, 0)
                  : bpf_skb_store_bytes(skb, ETH_HLEN, &o, OUTER, 0);
}

/* A downlink frame; `across`: it is another phone's, out of its tunnel, which costs it no hop. */
#define PASSED_ON (-1000)
inl int tc_deliver(struct __sk_buff *skb, bool first, bool across)
{
    struct counts *c = counts();
    if (!c)
        return TC_ACT_SHOT;
    pull(skb);
    void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
    __u32 length, frame = skb->len;
    __u8 hops;
    struct session *s = receiver(data, end, &length, &hops);
    if (!s || skb->gso_size) /* a superframe would give all its segments one GTP-U length */
        return PASSED_ON;
    if (length + ETH_HLEN > frame)
        return dropped(first ? c : 0, MALFORMED), TC_ACT_SHOT;
    struct place_in in = {skb, false, ETH_HLEN};
    struct session *f;
    enum verdict v = judge_downlink(first ? c : 0, s, &in, data + ETH_HLEN, end, length, across ? HOPS : hops, &f);
    if (v == DROP || v == PASS)
        return v == DROP ? TC_ACT_SHOT : PASSED_ON;
    struct bpf_fib_lookup hop;
    int unrouted = route_tunnel(skb, skb->ingress_ifindex, f, length + OUTER_QFI, &hop);
    if (unrouted && unrouted != BPF_FIB_LKUP_RET_NO_NEIGH) {
        count_unrouted(first ? c : 0, unrouted);
        return PASSED_ON;
    }
    bool six = skb->protocol != bpf_htons(ETH_P_IP);
    if (clamps_mss(data + ETH_HLEN, end, six, s->mtu))
        return PASSED_ON;
    if (!across)
        take_hop(data + ETH_HLEN, six);
    if (frame > length + ETH_HLEN && bpf_skb_change_tail(skb, length + ETH_HLEN, 0))
        return TC_ACT_SHOT;
    if (tc_wrap(skb, f, length))
        return TC_ACT_SHOT;
    count_packet(c, f, DOWN, length);
    enqueue(skb, s, f, DOWN);
    return tc_send(c, skb, &hop, unrouted, f->rare & OUTER6);
}

inl int tc_downlink(struct __sk_buff *skb, bool first)
{
    skb->priority = 0;
    int verdict = tc_deliver(skb, first, false);
    return verdict == PASSED_ON ? TC_ACT_OK : verdict;
}

/* From phone to phone. What the programs leave is for user space, as any downlink packet is: by the interface
 * of the data network, where it is counted as come. */
inl int tc_between(struct __sk_buff *skb, bool first)
{
    int verdict = tc_deliver(skb, first, true);
    if (verdict != PASSED_ON)
        return verdict;
    void *packet = (void *)(long)skb->data + ETH_HLEN, *end = (void *)(long)skb->data_end;
    bool six = skb->protocol != bpf_htons(ETH_P_IP);
    struct bpf_fib_lookup hop;
    if (packet + (six ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)) > end)
        return TC_ACT_SHOT;
    int unrouted = route_user(skb, skb->ingress_ifindex, packet, six, 0, &hop);
    bool found = !unrouted || unrouted == BPF_FIB_LKUP_RET_NO_NEIGH || unrouted == BPF_FIB_LKUP_RET_FRAG_NEEDED;
    return found ? bpf_redirect(hop.ifindex, 0) : TC_ACT_OK;
}

__noinline int tc_across(struct __sk_buff *skb)
{
    return tc_between(skb, true);
}

__noinline int tc_after_across(struct __sk_buff *skb)
{
    return tc_between(skb, false);
}

inl int tc_unwrap(struct __sk_buff *skb, __u32 at, bool six)
{
    if (bpf_skb_adjust_room(skb, -(__s32)(at - ETH_HLEN), BPF_ADJ_ROOM_MAC, six ? UNWRAP6 : UNWRAP4))
        return -1;
    struct ethhdr *eth = (void *)(long)skb->data;
    if ((void *)(eth + 1) > (void *)(long)skb->data_end)
        return -1;
    eth->h_proto = six ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
    return 0;
}

/* Has XDP taken the frame out of a phone's tunnel, for another phone? */
inl bool is_across(struct __sk_buff *skb)
{
    __u32 *mark = (void *)(long)skb->data_meta;
    return (void *)(mark + 1) <= (void *)(long)skb->data && *mark == ACROSS;
}

__noinline __u32 tc_follow(struct __sk_buff *skb, __u32 at, __u32 next)
{
    return follow((void *)(long)skb->data, (void *)(long)skb->data_end, at, next);
}

/* `first`: no other hook has seen the packet. */
inl int tc_uplink(struct __sk_buff *skb, bool first)
{
    struct counts *c = counts();
    if (!c)
        return TC_ACT_SHOT;
    skb->priority = 0;
    if (is_across(skb))
        return tc_after_across(skb);
    pull(skb);
    void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
    struct gpdu g = {};
    enum parsed p = parse_gpdu(data, end, skb->len, &g);
    if (p == CHAIN)
        p = followed(tc_follow(skb, g.at, g.qfi), skb->len, &g);
    if (p == OURS && first && g.sealed && tc_sum_of_outer(skb) != 0xffff)
        p = BROKEN;
    if (p == NOT_OURS || skb->gso_size)
        return TC_ACT_OK;
    data = (void *)(long)skb->data;
    end = (void *)(long)skb->data_end;
    if (p == BROKEN)
        return dropped(first ? c : 0, MALFORMED), TC_ACT_SHOT;
    if (first && from_stranger(data, end))
        return dropped(c, UNKNOWN_SOURCE), TC_ACT_SHOT;
    bool stranger;
    struct session *s = by_teid(g.teid, &stranger);
    if (!s)
        return stranger && turn_away(first ? c : 0) == DROP ? TC_ACT_SHOT : TC_ACT_OK;
    if (s->rare & FRAMES)
        return tc_frame_up(skb, s->slot, g.at, g.qfi);
    void *packet = data + g.at;
    struct place_in in = {skb, false, g.at};
    bool six, across;
    struct session *f;
    enum verdict v = judge_uplink(first ? c : 0, s, &g, &in, packet, end, &six, &across, &f);
    if (v == DROP || v == PASS)
        return v == DROP ? TC_ACT_SHOT : TC_ACT_OK;
    enqueue(skb, s, f, UP);
    if (across) {
        if (tc_unwrap(skb, g.at, six))
            return TC_ACT_SHOT;
        count_packet(c, f, UP, g.length);
        return tc_across(skb);
    }
    struct bpf_fib_lookup hop;
    int unrouted = route_user(skb, skb->ingress_ifindex, packet, six, g.length, &hop);
    if (unrouted && unrouted != BPF_FIB_LKUP_RET_NO_NEIGH) {
        count_unrouted(first ? c : 0, unrouted);
        return TC_ACT_OK;
    }
    if (clamps_mss(packet, end, six, s->mtu))
        return TC_ACT_OK;
    take_hop(packet, six);
    if (tc_unwrap(skb, g.at, six))
        return TC_ACT_SHOT;
    count_packet(c, f, UP, g.length);
    return tc_send(c, skb, &hop, unrouted, six);
}
