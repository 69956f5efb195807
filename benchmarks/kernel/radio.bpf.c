// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// A radio that costs next to nothing, so that what is measured is the UPF: it puts the phones' packets into their
// tunnels, and takes what comes out of tunnels to them.
#include "xdp.h"

#define PHONES 65536

/* By the low 16 bits of a phone's address: the TEID at the UPF. */
MAP(teids, ARRAY, __u32, __be32, PHONES, 0);

struct radio {
    __be32 upf;
};
volatile const struct radio radio SEC(".rodata.radio") = {};

SEC("xdp") int from_phones(struct xdp_md *ctx)
{
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct iphdr *ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > (void *)(long)ctx->data_end || eth->h_proto != bpf_htons(ETH_P_IP))
        return XDP_PASS;
    __u32 phone = bpf_ntohl(ip->saddr) & (PHONES - 1), length = bpf_ntohs(ip->tot_len);
    __be32 *teid = bpf_map_lookup_elem(&teids, &phone);
    if (!teid || !*teid)
        return XDP_PASS;
    struct session tunnel = {.peer = radio.upf, .peer_teid = *teid, .qfi_down = 9};
    struct bpf_fib_lookup f;
    if (route_tunnel(ctx, ctx->ingress_ifindex, &tunnel, length + OUTER_QFI, &f))
        return XDP_PASS;
    if (xdp_wrap(ctx, &tunnel, length, &f))
        return XDP_ABORTED;
    struct outer_qfi *o = (void *)(long)ctx->data + ETH_HLEN;
    if ((void *)(o + 1) > (void *)(long)ctx->data_end)
        return XDP_ABORTED;
    o->container.type = 0x10;
    return bpf_redirect(f.ifindex, 0);
}

SEC("xdp") int to_phones(struct xdp_md *ctx)
{
    void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    struct gpdu g;
    if (parse_gpdu(data, end, end - data, &g) != OURS)
        return XDP_PASS;
    struct iphdr *ip = data + g.at;
    struct bpf_fib_lookup f;
    if ((void *)(ip + 1) > end || route_user(ctx, ctx->ingress_ifindex, ip, false, g.length, &f))
        return XDP_PASS;
    if (bpf_xdp_adjust_head(ctx, g.at - ETH_HLEN))
        return XDP_ABORTED;
    struct ethhdr *eth = (void *)(long)ctx->data;
    if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
        return XDP_ABORTED;
    eth->h_proto = bpf_htons(ETH_P_IP);
    address_frame(eth, &f);
    return bpf_redirect(f.ifindex, 0);
}

char licence[] SEC("license") = "GPL";
