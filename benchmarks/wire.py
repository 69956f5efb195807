"""What octets cost, in microseconds: `python benchmarks/wire.py`, after `make compile`.

The messages (`wire.json`) are those of one registration and PDU session of this network. Three columns,
measured in turns by processes of their own within one run: pycrate (where it is installed), the plain form of
the hot modules, and the compiled one. The best of several rounds counts, since a shared machine only ever
adds; what to quote is the ratio. NAS elements that phones share are remembered, as in a running network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path

from pilot5g import compiled

Step = tuple[str, Callable[[], object]]

FORMS = ("pycrate", "plain", "compiled")
ROUNDS = 3
SECONDS = 0.04
"""How long one measurement takes."""

MESSAGES = json.loads(Path(__file__).with_suffix(".json").read_text())
"""Octets in hex by name: `ngap`, the `transfers` in it, and plain `nas`."""


def ours() -> Iterator[Step]:
    """Every step of this package."""
    from pilot5g.wire import gtpu, nas
    from pilot5g.wire.ngap import codec, transfers

    for name, text in MESSAGES["ngap"].items():
        octets = bytes.fromhex(text)
        message = codec.decode(octets)
        assert codec.encode(message) == octets, name
        yield f"NGAP {name}, decode", lambda octets=octets: codec.decode(octets)
        yield f"NGAP {name}, encode", lambda message=message: codec.encode(message)
    for name, text in MESSAGES["transfers"].items():
        octets = bytes.fromhex(text)
        value = transfers.decode_transfer(name, octets)
        assert transfers.encode_transfer(name, value) == octets, name
        yield f"{name}, decode", lambda name=name, octets=octets: transfers.decode_transfer(name, octets)
        yield f"{name}, encode", lambda name=name, value=value: transfers.encode_transfer(name, value)
    for name, text in MESSAGES["nas"].items():
        octets = bytes.fromhex(text)
        plain = nas.decode(octets)
        assert nas.encode(plain) == octets, name
        yield f"NAS {name}, decode", lambda octets=octets: nas.decode(octets)
        yield f"NAS {name}, encode", lambda plain=plain: nas.encode(plain)
    yield from protection()
    packet = bytes(1372)
    wrap = gtpu.Encapsulation(7, gtpu.UlPduSessionInformation(9))
    wrapped = wrap(packet)
    yield "G-PDU of 1400 octets, encapsulate", lambda: wrap(packet)
    yield "G-PDU of 1400 octets, decapsulate", lambda: gtpu.decapsulate(wrapped)


def protection() -> Iterator[Step]:
    """NAS security of a message of 60 octets, one COUNT after the other."""
    from pilot5g.wire import nas

    plain, key = bytes(range(60)), bytes(range(16))
    kind = nas.SecurityHeaderType.CIPHERED
    for n in (1, 2, 3):
        context = nas.NasSecurity(ngksi=0, knas_enc=key, knas_int=key, ciphering=n, integrity=n)
        octets = context.protect(plain, kind, uplink=True)

        def protect(context: nas.NasSecurity = context) -> bytes:
            context.downlink_count = 5
            return context.protect(plain, kind, uplink=False)

        def unprotect(context: nas.NasSecurity = context, octets: bytes = octets) -> bytes:
            context.uplink_count = 0
            return context.unprotect(octets, uplink=True)

        assert unprotect() == plain
        yield f"NAS protection NEA{n} and NIA{n}, 60 octets, protect", protect
        yield f"NAS protection NEA{n} and NIA{n}, 60 octets, unprotect", unprotect


def theirs() -> Iterator[Step]:
    """The same by pycrate. It decodes what OCTET STRINGs contain, so transfers are within messages."""
    import logging

    from pycrate_asn1dir import NGAP as DIRECTORY
    from pycrate_mobile.NAS5G import parse_NAS5G

    logging.getLogger("pycrate_mobile").setLevel(logging.CRITICAL)
    pdu = DIRECTORY.NGAP_PDU_Descriptions.NGAP_PDU
    for name, text in MESSAGES["ngap"].items():
        octets = bytes.fromhex(text)
        pdu.from_aper(octets)
        value = pdu.get_val()

        def encode(value: object = value) -> object:
            pdu.set_val(value)
            return pdu.to_aper()

        yield f"NGAP {name}, decode", lambda octets=octets: pdu.from_aper(octets)
        yield f"NGAP {name}, encode", encode
    for name, text in MESSAGES["nas"].items():
        octets = bytes.fromhex(text)
        message = parse_NAS5G(octets, inner=False)[0]
        yield f"NAS {name}, decode", lambda octets=octets: parse_NAS5G(octets, inner=False)
        yield f"NAS {name}, encode", message.to_bytes


def microseconds(call: Callable[[], object]) -> float:
    """What one call takes at best."""
    call()
    timer = timeit.Timer(call)
    number = max(1, int(SECONDS / max(timer.timeit(3) / 3, 1e-7)))
    return min(timer.repeat(3, number)) / number * 1e6


def child(form: str) -> None:
    """Measure one form and print the figures as JSON."""
    steps = theirs() if form == "pycrate" else ours()
    json.dump({name: microseconds(call) for name, call in steps}, sys.stdout)


def measure(form: str) -> dict[str, float]:
    """The figures of one form, from a process of its own; none where it cannot be had here."""
    environment = os.environ | {compiled.VARIABLE: "yes" if form == "compiled" else "no"}
    command = [sys.executable, __file__, form]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{form}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print one line for each step."""
    best: dict[str, dict[str, float]] = {form: {} for form in FORMS}
    for _ in range(ROUNDS):
        for form in FORMS:
            for name, figure in measure(form).items():
                best[form][name] = min(figure, best[form].get(name, figure))
    print(f"{'µs':58}" + "".join(f"{form:>10}" for form in FORMS) + f"{'plain/compiled':>16}")
    for name, plain in best["plain"].items():
        row = "".join(f"{best[form][name]:10.2f}" if name in best[form] else f"{'-':>10}" for form in FORMS)
        ratio = f"{plain / best['compiled'][name]:15.1f}x" if name in best["compiled"] else ""
        print(f"{name:58}{row}{ratio}")


if __name__ == "__main__":
    if sys.argv[1:]:
        child(sys.argv[1])
    else:
        main()
