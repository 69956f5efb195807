// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Frames of a data network on their way into its TAP, and so to user space: into a phone's tunnel instead.
#pragma once
#include "tc.h"

/* Has the kernel left the checksum to a device? Then it holds the sum of the addresses and lengths alone, and
 * would never be more in a tunnel; user space gets it whole. In doubt, yes. */
inl bool is_unfinished(struct ethhdr *frame, void *end)
{
    struct iphdr *ip4 = (void *)(frame + 1);
    struct ipv6hdr *ip6 = (void *)(frame + 1);
    __u32 sum = 0, size;
    __u16 *word;
    __u8 protocol;
    void *segment;
    if (frame->h_proto == bpf_htons(ETH_P_IP)) {
        if ((void *)(ip4 + 1) > end)
            return true;
        if (ip4->frag_off & bpf_htons(FRAGMENT))
            return false;
        protocol = ip4->protocol;
        size = bpf_ntohs(ip4->tot_len) - ip4->ihl * 4;
        word = (void *)&ip4->saddr;
        segment = (void *)ip4 + ip4->ihl * 4;
#pragma unroll
        for (int i = 0; i < 4; i++)
            sum += word[i];
    } else if (frame->h_proto == bpf_htons(ETH_P_IPV6)) {
        if ((void *)(ip6 + 1) > end || is_extension(ip6->nexthdr))
            return true;
        protocol = ip6->nexthdr;
        size = bpf_ntohs(ip6->payload_len);
        word = (void *)&ip6->saddr;
        segment = ip6 + 1;
#pragma unroll
        for (int i = 0; i < 16; i++)
            sum += word[i];
    } else {
        return frame->h_proto == bpf_htons(ETH_P_8021Q) || frame->h_proto == bpf_htons(ETH_P_8021AD);
    }
    if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
        return protocol == IPPROTO_SCTP;
    __u16 *check = segment + (protocol == IPPROTO_TCP ? 16 : 6);
    if ((void *)(check + 1) > end)
        return true;
    sum += bpf_htons(protocol) + bpf_htons(size);
    return !*check || *check == (__u16)~folded(sum);
}

/* The session that a frame is for, where sender and receiver are known. */
inl struct session *tap_receiver(struct ethhdr *frame, __u32 device)
{
    if (!is_at(frame->h_source, device, OUTSIDE))
        return 0;
    struct place *p = whereabouts(frame->h_dest, device);
    struct session *s = p && p->slot != OUTSIDE ? session_at(p->slot) : 0;
    return s && s->flags & LIVE && s->rare & FRAMES && s->ipv4 == device ? s : 0;
}

/* A tag that the kernel keeps beside a frame, and the addresses before which it would stand. */
struct tagged {
    __u8 addresses[2 * ETH_ALEN];
    __be16 kind, tag;
};
#define TAG 4

/* Put what stands beside a frame into it, and all of it into the tunnel. */
inl int tap_wrap(struct __sk_buff *skb, const struct session *s, __u32 length, struct tagged *t,
                 const struct bpf_fib_lookup *hop)
{
    struct ethhdr eth;
    struct outer_qfi o;
    bool marked = s->qfi_down != ANY;
    __u32 overhead = marked ? OUTER_QFI : OUTER, before = ETH_HLEN + overhead;
    address_frame(&eth, hop);
    eth.h_proto = bpf_htons(ETH_P_IP);
    fill_outer(&o.outer, s, length, overhead);
    fill_container(&o.container, s->qfi_down);
    if (t->kind && bpf_skb_vlan_pop(skb))
        return -1;
    if (bpf_skb_change_head(skb, t->kind ? before + TAG : before, 0) ||
        bpf_skb_store_bytes(skb, 0, &eth, ETH_HLEN, 0) ||
        (t->kind && bpf_skb_store_bytes(skb, before, t, sizeof(*t), 0)))
        return -1;
    return marked ? bpf_skb_store_bytes(skb, ETH_HLEN, &o, OUTER_QFI, 0)
                  : bpf_skb_store_bytes(skb, ETH_HLEN, &o, OUTER, 0);
}

inl int tap_out(struct __sk_buff *skb)
{
    struct counts *c = counts();
    if (!c)
        return TC_ACT_SHOT;
    skb->priority = 0;
    pull(skb);
    struct ethhdr *frame = (void *)(long)skb->data;
    void *end = (void *)(long)skb->data_end;
    struct tagged t = {};
    __u32 payload = skb->len - ETH_HLEN, length = skb->len;
    if ((void *)(frame + 1) > end)
        return TC_ACT_OK;
    if (skb->vlan_present) {
        __builtin_memcpy(t.addresses, frame, sizeof(t.addresses));
        t.kind = skb->vlan_proto;
        t.tag = bpf_htons(skb->vlan_tci);
        length += TAG;
    }
    struct session *s = tap_receiver(frame, skb->ifindex);
    if (!s)
        return TC_ACT_OK;
    if (!fast_down(c, s, s->flags))
        return passed(c, PASSED), TC_ACT_OK;
    if (skb->gso_size || s->rare & OUTER6 || payload > s->mtu || is_unfinished(frame, end))
        return passed(c, PASSED), TC_ACT_OK;
    enum verdict v = enforce(c, s, s, DOWN, length);
    if (v == DROP || v == PASS)
        return v == DROP ? TC_ACT_SHOT : TC_ACT_OK;
    struct bpf_fib_lookup hop;
    int unrouted = route_tunnel(skb, skb->ifindex, s, length + OUTER_QFI, &hop);
    if (unrouted) {
        count_unrouted(c, unrouted);
        return TC_ACT_OK;
    }
    if (tap_wrap(skb, s, length, &t, &hop))
        return TC_ACT_SHOT;
    count_packet(c, s, DOWN, length);
    enqueue(skb, s, s, DOWN);
    if (skb->priority & QDISC)
        c->of[SHAPED]++;
    return bpf_redirect(hop.ifindex, 0);
}
