"""Sockets: SCTP, UDP, TUN, network namespaces. The only place that opens them."""
