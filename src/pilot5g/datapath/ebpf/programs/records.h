// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// What control plane and programs share: the session record, the tables, what is counted.
//
// A session is one record of two cache lines in an array: the first is written by the control plane, the second
// by the programs, so that an update never takes a count with it. The array index comes from the TEID itself
// (uplink) or from a dense table of the address pool (downlink), since with many sessions the time goes into
// cache and TLB misses and each hash costs two. datapath/ebpf/records.py has the same layout in Python, and a
// test compares them.
#pragma once
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define inl static __always_inline
#define POOLS 4
#define FILTERS 16
#define ANY 0xff
#define NO_QFI 0xfe

enum direction { UP, DOWN };

enum flag {
    LIVE = 1,    /* the record is a session's */
    FAST_UP = 2, /* a packet may be forwarded here; else user space decides */
    FAST_DOWN = 4,
    HAS_IPV4 = 8,
    HAS_IPV6 = 16,
    GATE_UP = 32, /* closed: drop */
    GATE_DOWN = 64,
    DROP_UP = 128, /* a FAR says drop */
    DROP_DOWN = 256,
    DRAINING = 512, /* downlink is fast once all that went to user space has left it (see passed) */
    SEVERAL_UP = 1024, /* packet filters choose among flows: see `book` */
    SEVERAL_DOWN = 2048,
    SHARED = 4096, /* a flow: the session's rate counts for it as well */
    GUARANTEED = 8192, /* a flow that the rates it shares do not hold up */
};

/* What few sessions have; one octet, so that the others pay for one look at it. */
enum rare {
    FRAMED = 1, /* networks behind the phone: see `networks4` */
    FRAMES = 8, /* Ethernet: see `stations` */
    POOLED_UP = 2, /* a rate that several sessions share, a UE-AMBR: see `pool` */
    POOLED_DOWN = 4,
    LIMITED = 32, /* by what user space has lent it of a quota: see `purse` */
    SHUT_UP = 64, /* the quota is used up */
    SHUT_DOWN = 128,
    OUTER6 = 16, /* the tunnel to the radio is over IPv6: see `peer6` */
};

struct session {
    /* written by the control plane; addresses and TEIDs as they are on the wire */
    __be32 teid;
    __be32 ipv4;
    __be64 prefix;
    __be32 peer_teid;
    __be32 peer;
    __u32 slot; /* its own index */
    __u16 flags;
    __u8 qfi_up;   /* ANY: every one */
    __u8 qfi_down; /* ANY: no PDU session container */
    __u32 cost[2];  /* of an octet, in ns / 1024; 0: no rate */
    __u32 burst[2]; /* in 1024 ns */
    __u16 class[2]; /* htb class on the way out; 0: none yet */
    __u16 mtu;
    __u8 tos; /* of the outer header */
    __u8 rare; /* enum rare */
    __u32 book;    /* index of its packet filters where SEVERAL */
    __u32 expected; /* DRAINING: what `passed` must be */
    /* written by the programs */
    __u64 due[2]; /* when the bucket would be full again (GCRA), in ns */
    __u64 packets[2];
    __u64 octets[2];
    __u32 passed;   /* downlink packets given to user space */
    __u8 queued[2]; /* its packets go through the queue of its class */
    __u8 asked[2];  /* user space was asked for a class */
    __u32 asked_at[2]; /* when, in units of a million ns */
};
_Static_assert(sizeof(struct session) == 128, "a session is two cache lines");

/* What is counted, in order; datapath/ebpf/records.py has the names. */
enum count {
    UPLINK,
    UPLINK_OCTETS,
    DOWNLINK,
    DOWNLINK_OCTETS,
    MALFORMED,
    UNKNOWN_TEID,
    SPOOFED,
    NO_RULE,
    BY_RULE,
    GATE,
    RATE,
    SHAPED,
    /* left to user space or to the kernel */
    PASSED,
    PASSED_EXPIRED,
    PASSED_TOO_BIG,
    PASSED_NEIGHBOUR,
    PASSED_ROUTE,
    PASSED_TO_PHONE,
    TO_PHONE, /* dropped: phones of this data network may not reach each other */
    UNKNOWN_SOURCE,
    QUOTA,
    COUNTS = 32,
};

struct counts {
    __u64 of[COUNTS];
};

#define MAP(name, kind, k, v, n, f) \
    struct { \
        __uint(type, BPF_MAP_TYPE_##kind); \
        __type(key, k); \
        __type(value, v); \
        __uint(max_entries, n); \
        __uint(map_flags, f); \
    } name SEC(".maps")

/* A packet filter of a rule, and the flow of the rule: a record of its own among the sessions, with the rate, the
 * QFI and the counters of that flow. Ports and addresses are those of the far end and of the phone. */
struct filter {
    __be32 remote[4], mask[4];
    __u16 remote_ports[2], local_ports[2];
    __u8 what; /* enum looks_at */
    __u8 family, protocol;
    __u8 qfi; /* ANY: every one */
    __u32 flow;
};
_Static_assert(sizeof(struct filter) == 48, "no padding");

enum looks_at { USED = 1, PROTOCOL = 2, REMOTE_PORTS = 4, LOCAL_PORTS = 8 };

/* The filters of a session by direction, in order of precedence. */
struct book {
    struct filter of[2][FILTERS];
};

/* Of two addresses of the pools, the index of the session + 1: an array has room for eight octets an element. */
struct pair {
    __u32 of[2];
};

/* The control plane maps these into its memory: a session is installed without a system call. */
MAP(sessions, ARRAY, __u32, struct session, 1, BPF_F_MMAPABLE);
MAP(addresses, ARRAY, __u32, struct pair, 1, BPF_F_MMAPABLE);
MAP(books, ARRAY, __u32, struct book, 1, BPF_F_MMAPABLE);

/* More of a session, at the same index, for packets that are not the usual ones. */
struct extra {
    __u32 network; /* the data network's number, and whether its phones may reach each other */
    __u32 pool;    /* POOLED: index of the record that has the rate and the bucket */
    __be32 peer6[4];
    __u32 purse;   /* LIMITED: index of the extra record that has what follows, for all flows of a session */
    __u32 none;
    __s64 left;  /* octets */
    __u64 until; /* a time, and the longest pause between two packets, in ns */
    __u64 idle;
    __u64 last; /* when the last packet passed */
};
_Static_assert(sizeof(struct extra) == 64, "more of a session is a cache line");
#define BETWEEN_PHONES (1 << 16)
MAP(extras, ARRAY, __u32, struct extra, 1, BPF_F_MMAPABLE);

/* What of a session's counters has been reported: no program looks at it, but it has to outlive a process. */
struct reported {
    __u64 of[4];
};
MAP(reports, ARRAY, __u32, struct reported, 1, BPF_F_MMAPABLE);

/* TEIDs whose low bits are another's, with the index of their session; and those that only user space knows. */
#define IN_USER_SPACE 0xffffffff
MAP(tunnels, HASH, __be32, __u32, 65536, BPF_F_NO_PREALLOC);

/* Networks behind phones, the longest prefix first, with the index of the session; those that several sessions
 * claim only user space knows. */
struct network4 {
    __u32 length;
    __be32 address;
};
struct network6 {
    __u32 length;
    __be32 address[4];
};
MAP(networks4, LPM_TRIE, struct network4, __u32, 65536, BPF_F_NO_PREALLOC);
MAP(networks6, LPM_TRIE, struct network6, __u32, 65536, BPF_F_NO_PREALLOC);

/* Who may send to N3, the longest prefix first; IPv4 addresses as in IPv6 (RFC 4291 2.5.5.2). */
struct source {
    __u32 length;
    __be32 address[4];
};
MAP(sources, LPM_TRIE, struct source, __u32, 4096, BPF_F_NO_PREALLOC);

/* When user space may be bothered again with a packet of an unknown tunnel (GCRA). */
MAP(strangers, ARRAY, __u32, __u64, 1, 0);
MAP(counted, PERCPU_ARRAY, __u32, struct counts, 1, 0);

/* A session goes over its rate: would user space make it a class of its own? */
struct ask {
    __u32 slot;
    __u32 way;
};
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 16);
} asks SEC(".maps");

struct pool {
    __u64 base; /* the first address, or the first /64, as a number */
    __u32 size;
    __u32 first; /* its place in `addresses` */
};

/* Written before the programs are loaded, so that the kernel's compiler takes them for what they are. */
struct settings {
    __u32 slot_mask;
    __be32 local; /* the addresses of N3; zero where it has none of that version */
    __be32 local6[4];
    struct pool pools4[POOLS];
    struct pool pools6[POOLS];
    __u32 named_sources; /* not everybody may send to N3 */
    __u32 spare;
};
volatile const struct settings settings = {};

inl struct counts *counts(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&counted, &zero);
}

inl struct session *session_at(__u32 slot)
{
    return bpf_map_lookup_elem(&sessions, &slot);
}

inl struct extra *extra_of(const struct session *s)
{
    __u32 slot = s->slot;
    return bpf_map_lookup_elem(&extras, &slot);
}

/* The session of an uplink TEID, or nothing: then `*stranger` says whether nobody knows it. */
inl struct session *by_teid(__be32 teid, bool *stranger)
{
    *stranger = false;
    struct session *s = session_at(bpf_ntohl(teid) & settings.slot_mask);
    if (s && s->teid == teid && s->flags & LIVE)
        return s;
    __u32 *slot = bpf_map_lookup_elem(&tunnels, &teid);
    *stranger = !slot;
    return slot && *slot != IN_USER_SPACE ? session_at(*slot) : 0;
}

/* Is an address one of the pools', though perhaps nobody's now? */
inl bool is_phone4(__be32 address)
{
    __u32 number = bpf_ntohl(address);
#pragma unroll
    for (int i = 0; i < POOLS; i++)
        if (number - (__u32)settings.pools4[i].base < settings.pools4[i].size)
            return true;
    return false;
}

inl bool is_phone6(__be64 prefix)
{
    __u64 number = bpf_be64_to_cpu(prefix);
#pragma unroll
    for (int i = 0; i < POOLS; i++)
        if (number - settings.pools6[i].base < settings.pools6[i].size)
            return true;
    return false;
}

inl struct session *by_place(__u32 place)
{
    __u32 half = place >> 1;
    struct pair *pair = bpf_map_lookup_elem(&addresses, &half);
    __u32 slot = pair ? pair->of[place & 1] : 0;
    return slot ? session_at(slot - 1) : 0;
}

/* The session of a UE's IPv4 address. */
inl struct session *by_ipv4(__be32 address)
{
    __u32 number = bpf_ntohl(address);
#pragma unroll
    for (int i = 0; i < POOLS; i++) {
        __u32 place = number - (__u32)settings.pools4[i].base;
        if (place < settings.pools4[i].size) {
            struct session *s = by_place(settings.pools4[i].first + place);
            return s && s->ipv4 == address && s->flags & HAS_IPV4 ? s : 0;
        }
    }
    return 0;
}

/* The session of a UE's IPv6 /64. */
inl struct session *by_prefix(__be64 prefix)
{
    __u64 number = bpf_be64_to_cpu(prefix);
#pragma unroll
    for (int i = 0; i < POOLS; i++) {
        __u64 place = number - settings.pools6[i].base;
        if (place < settings.pools6[i].size) {
            struct session *s = by_place(settings.pools6[i].first + place);
            return s && s->prefix == prefix && s->flags & HAS_IPV6 ? s : 0;
        }
    }
    return 0;
}

#define NOBODY (-1)

/* Whose network an address is of, as an index among the sessions. */
static __noinline long behind4(__be32 address)
{
    struct network4 key = {32, address};
    __u32 *slot = bpf_map_lookup_elem(&networks4, &key);
    return slot ? (long)*slot : NOBODY;
}

static __noinline long behind6(const __be32 *address)
{
    struct network6 key = {.length = 128};
    if (!address)
        return NOBODY;
    __builtin_memcpy(key.address, address, 16);
    __u32 *slot = bpf_map_lookup_elem(&networks6, &key);
    return slot ? (long)*slot : NOBODY;
}

inl struct session *with_network(long slot)
{
    struct session *s = slot == NOBODY ? 0 : session_at(slot);
    return s && s->flags & LIVE && s->rare & FRAMED ? s : 0;
}
