"""What a gNB counts, for the report and the console."""

from __future__ import annotations

import msgspec


class Counters(msgspec.Struct, kw_only=True):
    """Since start. Plain numbers, added to where the thing happens."""

    connections: int = 0
    """Phones that connected."""
    refused: int = 0
    """Phones that were turned away at random access."""
    contexts: int = 0
    """Initial contexts set up."""
    released: int = 0
    inactive: int = 0
    """Phones sent to idle for want of traffic."""
    lost: int = 0
    """Radio links that failed."""
    nas_up: int = 0
    nas_down: int = 0
    nas_undelivered: int = 0
    sessions: int = 0
    handovers_out: int = 0
    """Phones that another gNB, or another cell of this one, took over."""
    handovers_in: int = 0
    """Phones that came from another gNB and stayed."""
    handovers_failed: int = 0
    """Begun here and come to nothing."""
    suspended: int = 0
    """Phones sent to RRC_INACTIVE, and below those that resumed."""
    resumed: int = 0
    reestablished: int = 0
    """Phones that lost their connection and got it back."""
    pages: int = 0
    """Paging records put on the air."""
    ngap_in: int = 0
    ngap_out: int = 0
    ngap_unusable: int = 0
    """Received messages that could not be used (TS 38.413 10)."""
    errors_sent: int = 0
    errors_received: int = 0
    setups: int = 0
    downs: int = 0
    """Associations that ended."""
    bugs: int = 0


class UserCounters(msgspec.Struct, kw_only=True):
    """The user plane's."""

    up_packets: int = 0
    up_octets: int = 0
    down_packets: int = 0
    down_octets: int = 0
    up_lost: int = 0
    """From a phone without a bearer for them, or too long for a G-PDU."""
    down_lost: int = 0
    """For a phone that was on its way here, beyond what is kept for it."""
    unknown_tunnel: int = 0
    malformed: int = 0
    echoes: int = 0
    end_markers: int = 0
    forwarded: int = 0
    """Datagrams passed on to where the phone was handed over."""
    errors_sent: int = 0
    errors_received: int = 0
