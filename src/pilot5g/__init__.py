"""Pilot5G: a complete mobile network in one package.

Layers, from the bottom: `model` (values of TS 23.003), `crypto` (keys and algorithms), `wire` (octets and
values), `flow` (how a procedure runs), `service` (what one network function asks of another), then side by
side `core` (the network), `ran` (radios and phones), `datapath` (packets), `store` and `net` (state and
sockets), and on top `app` (configuration to a running network) and `cli`. Nothing imports upwards.
"""

from pilot5g import compiled

__version__ = "0.1.0"

compiled.use()
