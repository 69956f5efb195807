// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// The maximum segment size that both ends of a TCP connection tell each other, no longer than a phone's link takes
// (RFC 9293 3.7.1): packets too long for it are then never sent.
#pragma once
#include <linux/tcp.h>

#include "gtpu.h"

#define OPTIONS 8 /* before the MSS: senders put it first */
#define MSS_OPTION 2
#define MSS_LENGTH 4

/* Where the MSS is in a SYN that has one, else nothing. */
inl __be16 *find_mss(void *packet, void *end, bool six, struct tcphdr **header)
{
    struct tcphdr *tcp = packet + (six ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
    if ((void *)(tcp + 1) > end || !tcp->syn)
        return 0;
    *header = tcp;
    __u8 *option = (void *)(tcp + 1);
    for (int i = 0; i < OPTIONS; i++) {
        if ((void *)(option + MSS_LENGTH) > end)
            return 0;
        if (option[0] == MSS_OPTION)
            return option[1] == MSS_LENGTH ? (__be16 *)(option + 2) : 0;
        if (option[0] != 1) /* padding */
            return 0;
        option++;
    }
    return 0;
}

inl bool is_tcp(void *packet, bool six)
{
    struct iphdr *ip = packet;
    if (six)
        return ((struct ipv6hdr *)packet)->nexthdr == IPPROTO_TCP;
    return ip->protocol == IPPROTO_TCP && ip->ihl == 5 && !(ip->frag_off & bpf_htons(FRAGMENT));
}

/* Make a longer MSS than fits `mtu` one that does; the checksum is put right (RFC 1624). */
inl void clamp_mss(void *packet, void *end, bool six, __u16 mtu)
{
    struct tcphdr *tcp;
    if (!is_tcp(packet, six))
        return;
    __be16 *mss = find_mss(packet, end, six, &tcp);
    __u16 most = mtu - (six ? 60 : 40);
    if (!mss || bpf_ntohs(*mss) <= most)
        return;
    /* An option may begin at an odd octet: a checksum over words sees its octets swapped then. */
    bool odd = ((long)mss - (long)tcp) & 1;
    __u32 sum = (__u16)~tcp->check;
    __u16 before = ~*mss, after = bpf_htons(most);
    sum += odd ? __builtin_bswap16(before) : before;
    sum += odd ? __builtin_bswap16(after) : after;
    *mss = after;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    tcp->check = ~sum;
}

/* Is there one to be made shorter? At tc the checksum may not be there yet, so user space does it. */
inl bool clamps_mss(void *packet, void *end, bool six, __u16 mtu)
{
    struct tcphdr *tcp;
    if (!is_tcp(packet, six))
        return false;
    __be16 *mss = find_mss(packet, end, six, &tcp);
    return mss && bpf_ntohs(*mss) > mtu - (six ? 60 : 40);
}
