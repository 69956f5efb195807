// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// The emulated air at speed: a phone's packets go from its interface into their tunnel, and out of their tunnel to
// it, without a process in between.
//
//     phone's namespace                                      radio's namespace
//     TUN --leave--> cable ==========================> cable --raise--> N3
//     TUN <--land--- cable <========================== cable <-lower-- N3
//
// A phone has one index in both namespaces, so that each program knows the phone by the device it runs at. What is
// not plain (no tunnel now, another's address, fragments of G-PDUs, router advertisements, whatever
// else) is left alone, and reaches the radio's process as it always does: at the TUN and at the GTP-U socket.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define inl static __always_inline
#define GTPU_PORT 2152
#define GPDU 255
#define PDU_SESSION_CONTAINER 0x85
#define DONT_FRAGMENT 0x4000
#define FRAGMENT 0x3fff
#define AF_INET 2
#define WRAP \
    (BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | \
     BPF_F_ADJ_ROOM_NO_CSUM_RESET)

/* Of the first phone: its TUN and the radio's end of its cable. The phone's end has the next number. */
#define FIRST 0x100000

/* By phone; datapath/air/air.py has the same layout. */
struct phone {
    /* written by the process; addresses and TEIDs as they are on the wire */
    __be32 uplink_teid;
    __be32 upf;
    __be32 downlink_teid;
    __be32 gnb;
    __be64 prefix;
    __be32 ipv4;
    __u32 n3; /* the device */
    __u8 open; /* 0: everything goes to the process */
    __u8 has_ipv4, has_ipv6, qfi;
    __u8 spare[28];
    /* written by the programs */
    __u64 up, up_octets, down, down_octets;
    __u64 last; /* ns on the monotonic clock, some ms coarse */
    __u64 unused[3];
};
_Static_assert(sizeof(struct phone) == 128, "two cache lines");

struct end {
    __be32 teid;
    __be32 gnb;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, __u32);
    __type(value, struct phone);
    __uint(max_entries, 1);
    __uint(map_flags, BPF_F_MMAPABLE);
} phones SEC(".maps");

/* Of a downlink tunnel, the phone. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, struct end);
    __type(value, __u32);
    __uint(max_entries, 1);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} ends SEC(".maps");

struct container {
    __be16 sequence;
    __u8 npdu, next;
    __u8 length, type, qfi, last;
};

struct outer {
    struct iphdr ip;
    struct udphdr udp;
    __u8 flags, type;
    __be16 length;
    __be32 teid;
};

struct outer_qfi {
    struct outer outer;
    struct container container;
};
#define OUTER sizeof(struct outer)
#define OUTER_QFI sizeof(struct outer_qfi)
_Static_assert(OUTER == 36 && OUTER_QFI == 44, "no padding");

inl struct phone *phone_of(__u32 device)
{
    __u32 number = (device - FIRST) >> 1;
    struct phone *p = bpf_map_lookup_elem(&phones, &number);
    return p && p->open ? p : 0;
}

inl void count(__u64 *packets, __u64 *octets, struct phone *p, __u32 length)
{
    __sync_fetch_and_add(packets, 1);
    __sync_fetch_and_add(octets, length);
    p->last = bpf_ktime_get_coarse_ns();
}

/* Out of the phone's TUN: packets of its own addresses take the cable. TCP makes superframes on any device; that end
 * of the cable has them cut. */
SEC("tc") int leave(struct __sk_buff *skb)
{
    struct phone *p = phone_of(skb->ifindex);
    if (!p)
        return TC_ACT_OK;
    __u32 wanted = skb->len < sizeof(struct ipv6hdr) ? skb->len : sizeof(struct ipv6hdr);
    if ((void *)(long)skb->data + wanted > (void *)(long)skb->data_end)
        bpf_skb_pull_data(skb, wanted);
    void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
    struct ethhdr eth = {};
    struct iphdr *ip = data;
    struct ipv6hdr *six = data;
    if ((void *)(ip + 1) > end)
        return TC_ACT_OK;
    if (ip->version == 4) {
        if (!p->has_ipv4 || ip->saddr != p->ipv4 || bpf_ntohs(ip->tot_len) != skb->len)
            return TC_ACT_OK;
        eth.h_proto = bpf_htons(ETH_P_IP);
    } else {
        if ((void *)(six + 1) > end || six->version != 6 || !p->has_ipv6 || *(__be64 *)&six->saddr != p->prefix ||
            bpf_ntohs(six->payload_len) + sizeof(*six) != skb->len)
            return TC_ACT_OK;
        eth.h_proto = bpf_htons(ETH_P_IPV6);
    }
    if (bpf_skb_change_head(skb, ETH_HLEN, 0) || bpf_skb_store_bytes(skb, 0, &eth, ETH_HLEN, 0))
        return TC_ACT_SHOT;
    return bpf_redirect(skb->ifindex | 1, 0);
}

inl __u16 folded(__u32 sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

/* The outer headers of an uplink packet (TS 29.281 5, TS 38.415 5.5.2.2). */
inl void fill(struct outer_qfi *o, const struct phone *p, __u32 length)
{
    __u32 total = length + OUTER_QFI;
    struct iphdr *ip = &o->outer.ip;
    ip->version = 4;
    ip->ihl = 5;
    ip->tot_len = bpf_htons(total);
    ip->frag_off = bpf_htons(DONT_FRAGMENT);
    ip->ttl = 64;
    ip->protocol = IPPROTO_UDP;
    ip->saddr = p->gnb;
    ip->daddr = p->upf;
    __u32 sum = bpf_htons(0x4500) + ip->tot_len + bpf_htons(DONT_FRAGMENT) + bpf_htons(64 << 8 | IPPROTO_UDP);
    sum += (p->gnb & 0xffff) + (p->gnb >> 16) + (p->upf & 0xffff) + (p->upf >> 16);
    ip->check = folded(sum);
    o->outer.udp.source = bpf_htons(GTPU_PORT);
    o->outer.udp.dest = bpf_htons(GTPU_PORT);
    o->outer.udp.len = bpf_htons(total - sizeof(struct iphdr));
    o->outer.flags = 0x34;
    o->outer.type = GPDU;
    o->outer.length = bpf_htons(total - OUTER);
    o->outer.teid = p->uplink_teid;
    o->container.next = PDU_SESSION_CONTAINER;
    o->container.length = 1;
    o->container.type = 0x10;
    o->container.qfi = p->qfi;
}

/* Out of the cable at the radio: into the tunnel. The UPF's program then gets a frame as a driver's, where it would
 * have to copy a packet of the kernel's. Whose neighbour is not known goes on to the next program. */
SEC("xdp") int raise(struct xdp_md *ctx)
{
    struct phone *p = phone_of(ctx->ingress_ifindex);
    __u32 length = ctx->data_end - ctx->data - ETH_HLEN;
    if (!p)
        return XDP_DROP; /* the tunnel closed while this was on its way */
    struct bpf_fib_lookup f = {
        .family = AF_INET, .ifindex = p->n3, .l4_protocol = IPPROTO_UDP, .ipv4_src = p->gnb, .ipv4_dst = p->upf,
        .tot_len = length + OUTER_QFI,
    };
    if (bpf_fib_lookup(ctx, &f, sizeof(f), BPF_FIB_LOOKUP_OUTPUT))
        return XDP_PASS;
    if (bpf_xdp_adjust_head(ctx, -(int)OUTER_QFI))
        return XDP_ABORTED;
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct outer_qfi *o = (void *)(eth + 1);
    if ((void *)(o + 1) > (void *)(long)ctx->data_end)
        return XDP_ABORTED;
    __builtin_memcpy(eth->h_dest, f.dmac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, f.smac, ETH_ALEN);
    eth->h_proto = bpf_htons(ETH_P_IP);
    __builtin_memset(o, 0, sizeof(*o));
    fill(o, p, length);
    count(&p->up, &p->up_octets, p, length);
    return bpf_redirect(f.ifindex, 0);
}

/* The same where the kernel has to ask for the neighbour. */
SEC("tc") int lift(struct __sk_buff *skb)
{
    struct phone *p = phone_of(skb->ifindex);
    if (!p || skb->len < ETH_HLEN || skb->gso_size)
        return TC_ACT_SHOT; /* the tunnel closed while this was on its way */
    struct outer_qfi o = {};
    __u32 length = skb->len - ETH_HLEN, n3 = p->n3;
    fill(&o, p, length);
    if (bpf_skb_adjust_room(skb, OUTER_QFI, BPF_ADJ_ROOM_MAC, WRAP) ||
        bpf_skb_store_bytes(skb, ETH_HLEN, &o, OUTER_QFI, 0))
        return TC_ACT_SHOT;
    count(&p->up, &p->up_octets, p, length);
    struct bpf_fib_lookup f = {
        .family = AF_INET, .ifindex = n3, .l4_protocol = IPPROTO_UDP, .ipv4_src = p->gnb, .ipv4_dst = p->upf,
        .tot_len = length + OUTER_QFI,
    };
    if (bpf_fib_lookup(skb, &f, sizeof(f), BPF_FIB_LOOKUP_OUTPUT))
        return bpf_redirect_neigh(n3, 0, 0, 0); /* the kernel asks for the neighbour */
    struct ethhdr *eth = (void *)(long)skb->data;
    if ((void *)(eth + 1) > (void *)(long)skb->data_end)
        return TC_ACT_SHOT;
    __builtin_memcpy(eth->h_dest, f.dmac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, f.smac, ETH_ALEN);
    eth->h_proto = bpf_htons(ETH_P_IP);
    return bpf_redirect(f.ifindex, 0);
}

/* Is this a user packet as it may go to a phone by itself? Advertisements of routers are for the process. */
inl bool deliverable(struct iphdr *ip, void *end, __u32 length, __be16 *kind)
{
    if ((void *)(ip + 1) > end)
        return false;
    *kind = bpf_htons(ETH_P_IP);
    if (ip->version == 4)
        return bpf_ntohs(ip->tot_len) == length;
    struct ipv6hdr *six = (void *)ip;
    *kind = bpf_htons(ETH_P_IPV6);
    return (void *)(six + 1) <= end && six->version == 6 && bpf_ntohs(six->payload_len) + sizeof(*six) == length &&
           six->saddr.in6_u.u6_addr8[0] != 0xfe;
}

/* From N3: G-PDUs of open tunnels, plain or with a PDU session container that has nothing but a QFI. */
SEC("xdp") int lower(struct xdp_md *ctx)
{
    void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = data;
    struct outer *o = (void *)(eth + 1);
    if ((void *)(o + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || o->ip.version != 4 || o->ip.ihl != 5 ||
        o->ip.protocol != IPPROTO_UDP || o->udp.dest != bpf_htons(GTPU_PORT) || o->type != GPDU ||
        o->ip.frag_off & bpf_htons(FRAGMENT))
        return XDP_PASS;
    __u32 size = end - data, total = bpf_ntohs(o->ip.tot_len);
    if (total + ETH_HLEN != size || bpf_ntohs(o->udp.len) + sizeof(struct iphdr) != total ||
        bpf_ntohs(o->length) + OUTER != total)
        return XDP_PASS;
    struct end at = {.teid = o->teid, .gnb = o->ip.daddr};
    __u32 *number = bpf_map_lookup_elem(&ends, &at);
    struct phone *p = number ? bpf_map_lookup_elem(&phones, number) : 0;
    if (!p || !p->open || p->upf != o->ip.saddr)
        return XDP_PASS;
    __u32 outer = OUTER;
    if (o->flags == 0x34) {
        struct container *c = (void *)(o + 1);
        if ((void *)(c + 1) > end || c->next != PDU_SESSION_CONTAINER || c->length != 1 || c->type || c->qfi & 0xc0 ||
            c->last)
            return XDP_PASS;
        outer = OUTER_QFI;
    } else if (o->flags != 0x30) {
        return XDP_PASS;
    }
    __be16 kind;
    __u32 length = total - outer;
    if (!deliverable(outer == OUTER ? (void *)(o + 1) : (void *)o + OUTER_QFI, end, length, &kind))
        return XDP_PASS;
    __u32 device = FIRST + 2 * *number;
    if (bpf_xdp_adjust_head(ctx, outer == OUTER ? (int)OUTER : (int)OUTER_QFI))
        return XDP_ABORTED;
    eth = (void *)(long)ctx->data;
    if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
        return XDP_ABORTED;
    __builtin_memset(eth, 0, sizeof(*eth));
    eth->h_proto = kind;
    count(&p->down, &p->down_octets, p, length);
    return bpf_redirect(device, 0);
}

/* Out of the cable at the phone: as if its TUN had received it. */
SEC("tc") int land(struct __sk_buff *skb)
{
    return phone_of(skb->ifindex) ? bpf_redirect(skb->ifindex & ~1, BPF_F_INGRESS) : TC_ACT_SHOT;
}

char licence[] SEC("license") = "GPL";
