// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Ethernet sessions (TS 23.501 5.6.10.2): where stations are, and frames out of a tunnel into the data network.
//
// User space is the switch. It learns where stations are and says so here; from one that is known to one that is
// known a frame goes past it. All else is user space's: groups, strangers, frames from phone to phone.
#pragma once
#include "judge.h"

#define OUTSIDE 0xfffffffe /* in place of a session: the data network */
#define AGE 279            /* 300 s, in units of 2^30 ns */
#define LEAST 40           /* octets of payload that the kernel leaves when it takes headers of IPv6 away */

/* `device` is the TAP of the data network; a session has its index in place of an IPv4 address. */
struct station {
    __u32 device;
    __u8 address[ETH_ALEN];
    __u16 none;
};
struct place {
    __u32 slot;
    __u32 heard; /* in units of 2^30 ns */
};
MAP(stations, HASH, struct station, struct place, 65536, BPF_F_NO_PREALLOC);

inl __u32 age(void)
{
    return bpf_ktime_get_coarse_ns() >> 30;
}

inl struct place *place_of(const __u8 *address, __u32 device)
{
    struct station key = {.device = device};
    __builtin_memcpy(key.address, address, ETH_ALEN);
    return bpf_map_lookup_elem(&stations, &key);
}

/* Is the sender of a frame known to be where it came from? Then it has been heard of. */
inl bool is_at(const __u8 *address, __u32 device, __u32 slot)
{
    struct place *p = place_of(address, device);
    if (!p || p->slot != slot)
        return false;
    __u32 now = age();
    if (p->heard != now)
        p->heard = now;
    return true;
}

/* Where the receiver of a frame is, if that is known and not too old. */
inl struct place *whereabouts(const __u8 *address, __u32 device)
{
    struct place *p = address[0] & 1 ? 0 : place_of(address, device);
    return p && age() - p->heard <= AGE ? p : 0;
}

/* A frame of a phone: as if received at the TAP, where it goes to a station of the data network. One that goes
 * over its rate is for user space to shape, since a TAP has no queue in that direction. */
__noinline int tc_frame_up(struct __sk_buff *skb, __u32 slot, __u32 at, __u32 qfi)
{
    struct counts *c = counts();
    struct session *s = session_at(slot);
    void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
    struct ethhdr *frame = data + (at & FARTHEST), own;
    __u32 length = skb->len - at;
    if (!c || !s || (void *)(frame + 1) > end || length < ETH_HLEN + LEAST)
        return TC_ACT_OK;
    __u32 device = s->ipv4;
    if (!is_at(frame->h_source, device, s->slot))
        return TC_ACT_OK;
    struct place *p = whereabouts(frame->h_dest, device);
    if (!p || p->slot != OUTSIDE)
        return TC_ACT_OK;
    if (s->qfi_up != ANY && s->qfi_up != qfi)
        return dropped(c, NO_RULE), TC_ACT_SHOT;
    enum verdict v = enforce(c, s, s, UP, length);
    if (v != FORWARD)
        return v == DROP ? TC_ACT_SHOT : TC_ACT_OK;
    own = *frame;
    if (bpf_skb_adjust_room(skb, -(__s32)(at & FARTHEST), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO) ||
        bpf_skb_store_bytes(skb, 0, &own, sizeof(own), 0))
        return TC_ACT_SHOT;
    count_packet(c, s, UP, length);
    return bpf_redirect(device, BPF_F_INGRESS);
}
