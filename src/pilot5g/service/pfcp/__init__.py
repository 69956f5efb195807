"""N4 over PFCP: how the values of `service.n4` travel between an SMF and a UPF that share no process.

`endpoint` is what both ends share: a UDP port, the peers that are answered, requests and their answers.
`outward` writes the values as PFCP elements, `inward` reads elements as values, `reports` does both for what
a UPF reports. The ends themselves are `core.smf.pfcp` and `core.upf.pfcp`.
"""
