"""What `pilot5g config init` writes: every key with its default and a word about it."""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """\
# A Pilot5G network. Every value here is the default: keep what you change, delete the rest.
# `pilot5g config check` says what is wrong in it, `pilot5g config show` what runs.

network:
  name: Pilot5G              # shown on phones
  short_name: Pilot5G
  equivalent_plmns: []       # that phones treat as this one, such as ["00102"]
  rrc_inactive: false        # true: quiet phones go to RRC_INACTIVE rather than idle
  plmn: "001-01"             # MCC and MNC, in quotes

amf:
  name: amf-1
  region: 1                  # with set and pointer the AMF's part of every 5G-GUTI
  set: 1
  pointer: 1
  relative_capacity: 255
  tnls: []                   # further addresses: [{address: 192.0.2.7, weight: 1}]
  overload:                  # refuse new phones early rather than time everybody out
    busy_percent: 97         # the core has had work for so much of the time
    at_least: 64             # new phones that are let in at a time, whatever the load
    back_off_from: 60        # refused phones come back after so many seconds
    back_off_to: 300
amfs: []                     # more of them: [{name: amf-2, n2_address: 192.0.2.6}]

tracking_areas: [1]          # the TACs that radios may offer

slices: ["1", "1-010203"]    # SST, or SST-SD with the SD in hex

data_networks:
  - dnn: internet
    slices: ["1", "1-010203"]        # which slices lead to it; default: all
    ipv4_pool: 10.45.0.0/16
    ipv6_pool: 2001:db8:45::/48      # a /64 of it for each session
    dns: []                          # addresses told to phones
    mtu: 1400
    nat: false                       # true: IPv4 leaves with this machine's address
    ue_to_ue: true                   # phones may reach each other
    buffer_packets: 128              # kept for a session whose phone is idle
    session_types: [ipv4, ipv6, ipv4v6]   # or [ethernet]; then `bridge: br0` has it join that bridge, and
                                          # `flows: [{vlan: 100, five_qi: 7}]` gives frames flows of their own
    five_qi: 9
    arp: {priority: 8, may_preempt: false, preemptable: true}
    session_ambr: {uplink: 1 Gbps, downlink: 1 Gbps}
    usage: {}                        # {quota: 5 GB, report_volume: 100 MB}: what each subscriber may use
    classifier: {}                   # {anchor: 192.0.2.21, local: [203.0.113.0/24]}: over two of `n4.others`

security:
  integrity: [NIA2, NIA1, NIA3]      # most wanted first; null integrity is refused
  ciphering: [NEA2, NEA1, NEA3, NEA0]
  # Private keys that reveal concealed identities (SUCI), for example (this one is published: make your
  # own by openssl rand -hex 32)
  #   home_network_keys:
  #     - {id: 1, profile: A, private_key: c53c22208b61860b06c62e5406a7b330c2b577aa5558981510d128247d38bd1d}
  home_network_keys: []
  horizontal_derivation: false       # true: a phone that goes to another AMF gets a new K_AMF

timers: {}                   # by 3GPP name, for example {T3512: 54 min, T3560: 6 s}

n2:                          # where gNBs find the AMF
  address: 127.0.0.5
  port: 38412
  transport: auto            # kernel SCTP where there is one, else usrsctp-raw or usrsctp-udp
  udp_port: 9899             # for usrsctp-udp (RFC 6951)

sbi: {address: 127.0.0.8, port: 7777}   # where AMFs that are processes of their own find the core

n3:                          # where gNBs send GTP-U
  address: 127.0.0.5
  port: 2152
  sources: []                # networks of radios, such as 192.0.2.0/24; none: anybody may send
  processors: 1              # that share the uplink of one radio, where programs in the kernel move packets

n4:                          # between SMF and UPF, where the UPF is a process of its own
  upf: inside                # external: elsewhere, for example `pilot5g upf`
  smf_address: 127.0.0.6
  upf_address: 127.0.0.7
  others: []                 # more UPFs: [{address: 192.0.2.21, dnns: [factory]}]
  port: 8805
  peers: []                  # further SMFs that `pilot5g upf` answers

n6:
  interface: n6-             # towards data networks: n6-0, n6-1, ...

qos:
  dscp: {}                   # by 5QI, over the defaults, for example {1: EF, 9: 0}

# Emergency services: dnn names the data network that they go to, anybody lets phones without a SIM in.
emergency:
  # dnn: internet
  anybody: false
  numbers: []                # that phones shall take for emergency calls, such as ["112"]

user_plane: auto             # ebpf: in the kernel; userspace: in the core's process; auto: what can be had

store:                       # relative to this file
  path: pilot.db
  key_file: pilot.key        # protects K and OPc in pilot.db: keep a copy elsewhere

# Emulated gNBs; [] for none. Everything of a radio can be left out, also whether it has Xn (xn: true) and
# what a phone that is handed over needs to be heard in the new cell (random_access: 20 ms), and where it
# stands (position: "0,0", metres east and north; by default they are a kilometre apart).
radios:
  - {name: gnb-1, id: 1, id_bits: 24, n2_address: 127.0.0.11, n3_address: 127.0.0.11, tac: 1, cells: 3}
  - {name: gnb-2, id: 2, id_bits: 24, n2_address: 127.0.0.12, n3_address: 127.0.0.12, tac: 1, cells: 3}

# Emulated phones. Left out, k and opc are generated for the run, with subscriptions to match.
phones:
  count: 20
  # first_imsi: "001010000000001"
  algorithm: milenage        # or tuak
  authentication: 5g-aka     # or eap-aka-prime, which their subscriptions then ask for
  suci_scheme: none          # or A or B, with the key_id of a home network key above (or a public_key)
  key_id: 0
  routing_indicator: "0"
  slices: []                 # what they request; none: what they are subscribed to
  sessions:
    - {type: ipv4v6}         # and a dnn and slice, if not the subscription's default
  behind: []                 # networks that they forward for
  bridge: ""                 # of their namespace, which Ethernet sessions join; made where there is none
  integrity: [NIA1, NIA2, NIA3]
  ciphering: [NEA0, NEA1, NEA2, NEA3]
  profile: ordinary          # how they behave: slow, retransmitting, … (docs/reference/phone-profiles.md)
  path: []                   # places to go by and back, such as ["0,20", "1000,20"], in `up` and `ran`
  speed: 15                  # metres per second
  user_plane: userspace      # ebpf: packets past the radios' process, in the kernel; auto: what can be had
  # Groups of others with IMSIs behind theirs, such as {count: 5, profile: slow}
  groups: []
  # Own profiles, such as {name: snail, like: slow, delay: 20 s}
  profiles: []
  # One by one instead of count, for example
  #   list:
  #     - imsi: "001010000000001"
  #       k: 465b5ce8b199b49faa5f0a2ee238a6bc
  #       opc: cd63cb71954a9f4e48a5994e37a02baf
  list: []

# Subscriptions to create at start where there are none yet, for example
#   subscribers:
#     - imsi: "001010000000001"
#       k: 465b5ce8b199b49faa5f0a2ee238a6bc
#       opc: cd63cb71954a9f4e48a5994e37a02baf
subscribers: []
"""
