"""NGAP, the N2 interface between radio and AMF (TS 38.413).

`messages` is the catalogue, `codec` turns octets into messages and back, `errors` says what is owed to a peer
whose message is wrong (clause 10), `transfers` has what AMF and radio pass on for the SMF, and `values` goes
between the specification's structures and the model's.
"""
