// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// The programs under measurement between a repair before and an undoing after: BPF_PROG_TEST_RUN gives the same
// octets to every run, as the run before left them, and live frames come back from the far end scribbled over.
#include "plane.bpf.c"

struct bench {
    __u32 mask; /* of the sessions taken at random; 0: always the first */
    __u32 out;  /* device that what is redirected goes to */
};
volatile const struct bench bench SEC(".rodata.bench") = {};

#define TEID_OF(i) ((i) * 2654435761u + 1)
#define ADDRESS_OF(i) (0x0a800000u + (i) + 1)

MAP(arrived, PERCPU_ARRAY, __u32, __u64, 1, 0);

struct head {
    __u64 of[10];
};
MAP(heads, ARRAY, __u32, struct head, 1, 0); /* the first 80 octets of what `generate` sends */

inl __u32 pick(void)
{
    return bench.mask ? bpf_get_prandom_u32() & bench.mask : 0;
}

inl int repair_up(struct xdp_md *ctx)
{
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct outer_qfi *o = (void *)(eth + 1);
    struct iphdr *ip = (void *)(o + 1);
    if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
        return -1;
    __u32 i = pick();
    eth->h_proto = bpf_htons(ETH_P_IP);
    o->outer.udp.check = 0;
    o->outer.gtp.flags = 0x34;
    o->outer.gtp.type = GPDU;
    o->outer.gtp.length = bpf_htons(bpf_ntohs(o->outer.udp.len) - 16);
    o->outer.gtp.teid = bpf_htonl(TEID_OF(i));
    fill_container(&o->container, 9);
    o->container.type = 0x10;
    ip->saddr = bpf_htonl(ADDRESS_OF(i));
    ip->ttl = 64;
    return 0;
}

inl int repair_down(struct xdp_md *ctx)
{
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct iphdr *ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
        return -1;
    eth->h_proto = bpf_htons(ETH_P_IP);
    ip->daddr = bpf_htonl(ADDRESS_OF(pick()));
    ip->ttl = 64;
    return 0;
}

SEC("xdp") int bench_redirect(struct xdp_md *ctx)
{
    return bpf_redirect(bench.out, 0);
}

SEC("xdp") int bench_route(struct xdp_md *ctx)
{
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct iphdr *ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
        return XDP_ABORTED;
    struct bpf_fib_lookup f = {
        .family = AF_INET,
        .ifindex = ctx->ingress_ifindex,
        .tot_len = bpf_ntohs(ip->tot_len),
        .ipv4_src = ip->saddr,
        .ipv4_dst = ip->daddr,
    };
    if (bpf_fib_lookup(ctx, &f, sizeof(f), 0))
        return XDP_DROP;
    address_frame(eth, &f);
    return bpf_redirect(f.ifindex, 0);
}

/* Repair and undoing alone: what the next two spend on being measured. */
SEC("xdp") int bench_nothing_up(struct xdp_md *ctx)
{
    if (repair_up(ctx) || bpf_xdp_adjust_head(ctx, OUTER_QFI) || bpf_xdp_adjust_head(ctx, -(int)OUTER_QFI))
        return XDP_ABORTED;
    return XDP_REDIRECT;
}

SEC("xdp") int bench_nothing_down(struct xdp_md *ctx)
{
    if (repair_down(ctx) || bpf_xdp_adjust_head(ctx, -(int)OUTER_QFI) || bpf_xdp_adjust_head(ctx, OUTER_QFI))
        return XDP_ABORTED;
    return XDP_REDIRECT;
}

SEC("xdp") int bench_up(struct xdp_md *ctx)
{
    if (repair_up(ctx))
        return XDP_ABORTED;
    int verdict = xdp_uplink(ctx);
    return verdict == XDP_REDIRECT && bpf_xdp_adjust_head(ctx, -(int)OUTER_QFI) ? XDP_ABORTED : verdict;
}

SEC("xdp") int bench_down(struct xdp_md *ctx)
{
    if (repair_down(ctx))
        return XDP_ABORTED;
    int verdict = xdp_downlink(ctx);
    return verdict == XDP_REDIRECT && bpf_xdp_adjust_head(ctx, OUTER_QFI) ? XDP_ABORTED : verdict;
}

/* With live frames the kernel itself puts the start of the frame back. */
SEC("xdp") int live_up(struct xdp_md *ctx)
{
    return repair_up(ctx) ? XDP_ABORTED : xdp_uplink(ctx);
}

SEC("xdp") int live_down(struct xdp_md *ctx)
{
    return repair_down(ctx) ? XDP_ABORTED : xdp_downlink(ctx);
}

/* What comes in is as another machine would send it, and goes to the processors of `lanes`. */
SEC("xdp") int live_spread(struct xdp_md *ctx)
{
    return repair_up(ctx) ? XDP_ABORTED : spread(ctx);
}

SEC("xdp") int count_and_drop(struct xdp_md *ctx)
{
    __u32 zero = 0;
    __u64 *n = bpf_map_lookup_elem(&arrived, &zero);
    if (n)
        (*n)++;
    return XDP_DROP;
}
