// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// GTP-U on the wire (TS 29.281 5, TS 38.415 5.5): what a frame from N3 carries, and headers for one towards it.
#pragma once
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "records.h"

#define GTPU_PORT 2152
#define GPDU 255
#define PDU_SESSION_CONTAINER 0x85
#define COMPREHENSION_REQUIRED 0x80
#define EXTENSIONS 16 /* more than any radio sends; longer chains are for user space */
#define FARTHEST 0x7ff /* that a user packet begins within a frame */
#define DONT_FRAGMENT 0x4000
#define FRAGMENT 0x3fff /* more fragments, or an offset */

struct gtp {
    __u8 flags, type;
    __be16 length;
    __be32 teid;
};

/* The optional octets, and a PDU session container of the usual length. */
struct container {
    __be16 sequence;
    __u8 npdu, next;
    __u8 length, type, qfi, last;
};

struct outer {
    struct iphdr ip;
    struct udphdr udp;
    struct gtp gtp;
};

struct outer_qfi {
    struct outer outer;
    struct container container;
};
#define OUTER sizeof(struct outer)
#define OUTER_QFI sizeof(struct outer_qfi)
_Static_assert(OUTER == 36 && OUTER_QFI == 44, "no padding");

struct outer6 {
    struct ipv6hdr ip;
    struct udphdr udp;
    struct gtp gtp;
};

struct outer6_qfi {
    struct outer6 outer;
    struct container container;
};
#define OUTER6_LENGTH sizeof(struct outer6)
#define OUTER6_QFI sizeof(struct outer6_qfi)
_Static_assert(OUTER6_LENGTH == 56 && OUTER6_QFI == 64, "no padding");

/* A G-PDU: where the user packet is within the frame and how long. */
struct gpdu {
    __be32 teid;
    bool sealed; /* over IPv6, with a checksum to be looked at */
    __u32 at, length;
    __u32 qfi; /* NO_QFI: no container */
};

enum parsed { OURS, NOT_OURS, BROKEN, CHAIN };

/* A PDU session user plane frame whose QFI is all there is to know: uplink, or downlink without anything else. */
inl bool plain(__u8 type, __u8 qfi)
{
    return type >> 4 == 1 || !(type | (qfi & 0xc0));
}

/* What following a chain of extension headers found, in one number for a function that is verified by itself:
 * where the user packet is, the QFI (NO_QFI: none), and what the chain is. */
#define FOUND(at, qfi, parsed) ((at) | (qfi) << 16 | (parsed) << 24)

/* Is a G-PDU from somebody who may not send to N3? Nothing is looked at where everybody may. */
inl bool from_stranger(void *data, void *end)
{
    if (!settings.named_sources)
        return false;
    struct source key;
    struct ethhdr *eth = data;
    struct iphdr *ip4 = (void *)(eth + 1);
    struct ipv6hdr *ip6 = (void *)(eth + 1);
    if ((void *)(ip4 + 1) > end)
        return true;
    key.length = 128;
    key.address[0] = key.address[1] = 0;
    key.address[2] = bpf_htonl(0xffff);
    key.address[3] = ip4->saddr;
    if (eth->h_proto == bpf_htons(ETH_P_IP))
        return !bpf_map_lookup_elem(&sources, &key);
    if ((void *)(ip6 + 1) > end)
        return true;
    __builtin_memcpy(key.address, &ip6->saddr, 16);
    return !bpf_map_lookup_elem(&sources, &key);
}

/* Follow the extension headers from `at`, the first of which is of type `next`. */
inl __u32 follow(void *data, void *end, __u32 at, __u8 next)
{
    __u8 qfi = NO_QFI;
    for (int i = 0; i < EXTENSIONS && next; i++) {
        __u8 *e = data + (at & FARTHEST);
        if ((void *)(e + 4) > end || !e[0])
            return FOUND(0, 0, BROKEN); /* a length of zero would never end (TS 29.281 5.2.1) */
        if (next == PDU_SESSION_CONTAINER && plain(e[1], e[2]))
            qfi = e[2] & 0x3f;
        else if (next & COMPREHENSION_REQUIRED)
            return FOUND(0, 0, NOT_OURS); /* user space answers it (TS 29.281 7.2.3) */
        at += (__u32)e[0] * 4;
        __u32 last = at - 1;
        if (last >= FARTHEST)
            return FOUND(0, 0, NOT_OURS);
        __u8 *n = data + last;
        if ((void *)(n + 1) > end)
            return FOUND(0, 0, BROKEN);
        next = *n;
    }
    return FOUND(at, qfi, next ? NOT_OURS : OURS);
}

/* The optional octets, which end at `g->at`: usually one container of four octets follows. Else CHAIN, and the
 * type of what follows is in `g->qfi`. */
inl enum parsed options(void *data, void *end, __u8 flags, struct gpdu *g)
{
    struct container *c = data + g->at;
    if ((void *)c + 4 > end)
        return BROKEN;
    __u8 next = flags & 4 ? c->next : 0;
    g->at += 4;
    if (next == PDU_SESSION_CONTAINER && (void *)(c + 1) <= end && c->length == 1 && !c->last &&
        plain(c->type, c->qfi)) {
        g->qfi = c->qfi & 0x3f;
        g->at += 4;
        return OURS;
    }
    if (next)
        g->qfi = next;
    return next ? CHAIN : OURS;
}

/* Take what `follow` found. */
inl enum parsed followed(__u32 found, __u32 size, struct gpdu *g)
{
    g->at = found & FARTHEST;
    g->length = size - g->at;
    g->qfi = found >> 16 & 0xff;
    enum parsed p = found >> 24;
    return p == OURS && g->at > size ? BROKEN : p;
}

/* The GTP-U header behind `head` octets of outer headers, itself among them; the frame has `size` octets, of
 * which the UDP datagram is `datagram` and the IP packet `total`, each with its IP header. */
inl enum parsed parse_header(void *data, void *end, const struct gtp *gtp, __u32 head, __u32 datagram, __u32 total,
                             __u32 size, struct gpdu *g)
{
    __u32 length = bpf_ntohs(gtp->length);
    if ((gtp->flags & 0xf0) != 0x30 || length + head > datagram || datagram > total || total + ETH_HLEN > size)
        return BROKEN;
    if (length + head + ETH_HLEN != size)
        return NOT_OURS; /* something follows: rare enough for user space to cut it off */
    enum parsed p = OURS;
    g->teid = gtp->teid;
    g->qfi = NO_QFI;
    g->at = ETH_HLEN + head;
    if (gtp->flags & 7)
        p = options(data, end, gtp->flags, g);
    g->length = size - g->at;
    return p == OURS && g->at > size ? BROKEN : p;
}

inl bool is_ours6(const struct in6_addr *address)
{
    const __be32 *a = address->in6_u.u6_addr32;
    const volatile __be32 *b = settings.local6;
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* The same over IPv6. The checksum may be left out by who sends tunnels (RFC 6935), and is wrong where it is
 * there and does not fit. */
inl enum parsed parse_gpdu6(void *data, void *end, __u32 size, struct gpdu *g)
{
    struct outer6 *o = data + ETH_HLEN;
    if ((void *)(o + 1) > end || o->ip.nexthdr != IPPROTO_UDP || !is_ours6(&o->ip.daddr) ||
        o->udp.dest != bpf_htons(GTPU_PORT) || o->gtp.type != GPDU)
        return NOT_OURS;
    g->sealed = o->udp.check;
    __u32 total = bpf_ntohs(o->ip.payload_len) + sizeof(o->ip), datagram = bpf_ntohs(o->udp.len) + sizeof(o->ip);
    return parse_header(data, end, &o->gtp, OUTER6_LENGTH, datagram, total, size, g);
}

/* Look for a G-PDU to us in a frame of `size` octets, every length of it checked. What is not plain (options,
 * fragments, signalling, octets after the end) is not ours: the kernel's stack and user space take it. */
inl enum parsed parse_gpdu(void *data, void *end, __u32 size, struct gpdu *g)
{
    struct ethhdr *eth = data;
    struct outer *o = (void *)(eth + 1);
    if ((void *)(o + 1) > end)
        return NOT_OURS;
    if (__builtin_expect(eth->h_proto != bpf_htons(ETH_P_IP), 0))
        return eth->h_proto == bpf_htons(ETH_P_IPV6) ? parse_gpdu6(data, end, size, g) : NOT_OURS;
    if (o->ip.version != 4 || o->ip.ihl != 5 || o->ip.protocol != IPPROTO_UDP || o->ip.daddr != settings.local ||
        o->ip.frag_off & bpf_htons(FRAGMENT) || o->udp.dest != bpf_htons(GTPU_PORT) || o->gtp.type != GPDU)
        return NOT_OURS;
    __u32 total = bpf_ntohs(o->ip.tot_len), datagram = bpf_ntohs(o->udp.len) + sizeof(struct iphdr);
    return parse_header(data, end, &o->gtp, OUTER, datagram, total, size, g);
}

inl __u16 folded(__u32 sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

/* The outer headers for a user packet of `length` octets. UDP leaves its checksum out, as RFC 768 lets it over
 * IPv4: the user packet has its own. */
inl void fill_outer(struct outer *o, const struct session *s, __u32 length, __u32 overhead)
{
    __u32 total = length + overhead;
    o->ip.version = 4;
    o->ip.ihl = 5;
    o->ip.tos = s->tos;
    o->ip.tot_len = bpf_htons(total);
    o->ip.id = 0;
    o->ip.frag_off = bpf_htons(DONT_FRAGMENT);
    o->ip.ttl = 64;
    o->ip.protocol = IPPROTO_UDP;
    o->ip.check = 0;
    o->ip.saddr = settings.local;
    o->ip.daddr = s->peer;
    __u32 sum = bpf_htons(0x4500 | s->tos);
    sum += o->ip.tot_len + bpf_htons(DONT_FRAGMENT) + bpf_htons(64 << 8 | IPPROTO_UDP);
    sum += (settings.local & 0xffff) + (settings.local >> 16) + (s->peer & 0xffff) + (s->peer >> 16);
    o->ip.check = folded(sum);
    o->udp.source = bpf_htons(GTPU_PORT);
    o->udp.dest = bpf_htons(GTPU_PORT);
    o->udp.len = bpf_htons(total - sizeof(struct iphdr));
    o->udp.check = 0;
    o->gtp.flags = overhead == OUTER ? 0x30 : 0x34;
    o->gtp.type = GPDU;
    o->gtp.length = bpf_htons(total - OUTER);
    o->gtp.teid = s->peer_teid;
}

/* A downlink PDU session container (TS 38.415 5.5.2.1): PDU type 0 and the QFI. */
inl void fill_container(struct container *c, __u8 qfi)
{
    c->sequence = 0;
    c->npdu = 0;
    c->next = PDU_SESSION_CONTAINER;
    c->length = 1;
    c->type = 0;
    c->qfi = qfi;
    c->last = 0;
}

/* The outer headers over IPv6; the checksum comes when all of the frame is there. */
inl void fill_outer6(struct outer6 *o, const struct session *s, const struct extra *more, __u32 length,
                     __u32 overhead)
{
    __be16 payload = bpf_htons(length + overhead - sizeof(o->ip));
    *(__be32 *)&o->ip = bpf_htonl(6 << 28 | s->tos << 20);
    o->ip.payload_len = payload;
    o->ip.nexthdr = IPPROTO_UDP;
    o->ip.hop_limit = 64;
    for (int i = 0; i < 4; i++) {
        o->ip.saddr.in6_u.u6_addr32[i] = settings.local6[i];
        o->ip.daddr.in6_u.u6_addr32[i] = more->peer6[i];
    }
    o->udp.source = bpf_htons(GTPU_PORT);
    o->udp.dest = bpf_htons(GTPU_PORT);
    o->udp.len = payload;
    o->udp.check = 0;
    o->gtp.flags = overhead == OUTER6_LENGTH ? 0x30 : 0x34;
    o->gtp.type = GPDU;
    o->gtp.length = bpf_htons(length + overhead - OUTER6_LENGTH);
    o->gtp.teid = s->peer_teid;
}

#define CHUNK 512 /* the most that bpf_csum_diff took before Linux 6.13 */
#define LONGEST_FRAME 9728

/* Add `most` pieces of `size` octets from `p` on, or as many as there are, to a sum. */
inl __u32 sum_of(void *p, void *end, __u32 size, int most, __u32 sum)
{
    for (int i = 0; i < most; i++) {
        void *piece = p + i * size;
        if (piece + size > end)
            break;
        sum = bpf_csum_diff(0, 0, piece, size, sum);
    }
    return sum;
}

/* The sum, as RFC 1071 has it, of all that the UDP checksum of an IPv6 frame counts: 0xffff where that is right.
 * Where pieces of each size begin is computed, and not where those before have ended: that spares the verifier
 * a way for each number of them. */
inl __u16 sum_of_outer(void *data, void *end)
{
    struct outer6 *o = data + ETH_HLEN;
    void *p = &o->ip.saddr;
    __u32 n = end - p;
    if ((void *)(o + 1) > end || n > LONGEST_FRAME)
        return 0;
    __u32 sum = o->ip.payload_len + bpf_htons(IPPROTO_UDP);
    sum = sum_of(p, end, CHUNK, LONGEST_FRAME / CHUNK, sum);
    sum = sum_of(p + (n & 0x3e00), end, 64, CHUNK / 64, sum);
    sum = sum_of(p + (n & 0x3fc0), end, 4, 64 / 4, sum);
    __u8 *left = p + (n & 0x3ffc);
    __u64 whole = sum;
    if ((void *)(left + 1) <= end)
        whole += left[0];
    if ((void *)(left + 2) <= end)
        whole += (__u32)left[1] << 8;
    if ((void *)(left + 3) <= end)
        whole += (__u32)left[2] << 16;
    whole = (whole & 0xffff) + (whole >> 16 & 0xffff) + (whole >> 32);
    whole = (whole & 0xffff) + (whole >> 16);
    return (whole & 0xffff) + (whole >> 16);
}

/* The checksum that makes a sum right; zero would say that there is none (RFC 8200 8.1). */
inl __u16 sealed(__u16 sum)
{
    return sum == 0xffff ? 0xffff : ~sum;
}
