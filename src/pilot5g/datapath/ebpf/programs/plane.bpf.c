// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// The user plane in the kernel. One object: XDP programs for devices that can, and the same decisions for tc.
//
// The kernel lets only programs under a GPL-compatible licence look up routes, hence the choice of two licences.
#include "tap.h"
#include "spread.h"

SEC("xdp")
int xdp_n3(struct xdp_md *ctx)
{
    return xdp_uplink(ctx);
}

/* The same in two steps, on two processors. */
SEC("xdp")
int xdp_spread(struct xdp_md *ctx)
{
    return spread(ctx);
}

SEC("xdp/cpumap")
int cpu_n3(struct xdp_md *ctx)
{
    return xdp_uplink(ctx);
}

SEC("xdp")
int xdp_n6(struct xdp_md *ctx)
{
    return xdp_downlink(ctx);
}

/* For a device that is only redirected into: veth takes redirected frames only where its peer has a program. */
SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
    return XDP_PASS;
}

/* After XDP on the same device: what that left. */
SEC("tc")
int after_n3(struct __sk_buff *skb)
{
    return tc_uplink(skb, false);
}

SEC("tc")
int after_n6(struct __sk_buff *skb)
{
    return tc_downlink(skb, false);
}

/* Where there is no XDP. */
SEC("tc")
int tc_n3(struct __sk_buff *skb)
{
    return tc_uplink(skb, true);
}

SEC("tc")
int tc_n6(struct __sk_buff *skb)
{
    return tc_downlink(skb, true);
}

/* At a TAP, what goes to user space. */
SEC("tc")
int tap(struct __sk_buff *skb)
{
    return tap_out(skb);
}

char licence[] SEC("license") = "GPL";
