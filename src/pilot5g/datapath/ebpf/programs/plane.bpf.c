// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// The user plane in the kernel. One object: XDP programs for devices that can, and the same decisions for tc.
//
// The kernel lets only programs under a GPL-compatible licence look up routes, hence the choice of two licences.
#include "xdp.h"

SEC("xdp")
int xdp_n3(struct xdp_md *ctx)
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

char licence[] SEC("license") = "GPL";
