"""The source text of `pilot5g.wire.ngap.messages`, from what the exporter found."""

from __future__ import annotations

from typing import Any

HEADER = '''"""Every NGAP message of TS 38.413 9.2, as its table of information elements.

Written by `tools/export_ngap.py` from the specification's ASN.1; change that, not this. An attribute is the
IE's name in snake case (the rule is in `tools/ngap_naming.py`). Mandatory IEs have to be given. One whose
absence the receiver has to live with (mandatory, but of criticality ignore or notify, TS 38.413 10.3.5) may
be None in a message that was received, never in one that is sent. Simple IEs are int, str and bytes; the
others are the values of `pilot5g.wire.aper` with the specification's field names, and `values` builds and
reads the common ones. OCTET STRINGs that contain another protocol or a transfer stay bytes: `transfers`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pilot5g.wire.ngap.message import Ie, Message

'''
ANNOTATIONS = {
    "int": "int",
    "enum": "str",
    "octs": "bytes",
    "str": "str",
    "utf8": "str",
    "bits": "tuple[int, int]",
    "seq": "dict[str, Any]",
    "seqof": "list[Any]",
    "choice": "tuple[str, Any]",
}


def catalogue(messages: list[dict[str, Any]]) -> str:
    """The module."""
    names = sorted(message["name"] for message in messages)
    every = "\n".join(f'    "{name}",' for name in ["MESSAGES", *names])
    table = "".join(f"    {message['name']},\n" for message in messages)
    return (
        HEADER
        + f"__all__ = [\n{every}\n]\n\n"
        + "\n\n".join(_message(message) for message in messages)
        + f"\n\nMESSAGES: tuple[type[Message], ...] = (\n{table})\n"
        + '"""The catalogue, by procedure code."""\n'
    )


def _message(message: dict[str, Any]) -> str:
    lines = [f"class {message['name']}(Message, frozen=True, kw_only=True):"]
    lines.append(f'    """{message["kind"].capitalize()} of procedure {message["procedure"]}."""\n')
    lines.append(f"    procedure_code: ClassVar[int] = {message['procedure']}")
    lines.append(f'    kind: ClassVar[str] = "{message["kind"]}"')
    lines.append(f'    criticality: ClassVar[str] = "{message["criticality"]}"')
    if message["kind"] == "initiating-message" and message["answered"]:
        lines.append("    can_fail: ClassVar[bool] = True")
    if not message["ies"] and message["name"] == "PrivateMessage":
        lines.append('    body: ClassVar[str] = "PrivateMessage"')
    if message["ies"]:
        lines.append("    ies: ClassVar[tuple[Ie, ...]] = (")
        lines += [f"        {_row(ie)}," for ie in message["ies"]]
        lines.append("    )")
    lines.append("")
    order = sorted(message["ies"], key=lambda ie: ie["presence"] != "mandatory")
    lines += [f"    {_field(ie)}" for ie in order]
    if message["name"] == "PrivateMessage":
        lines.append("    private_ies: list[Any]")
    return "\n".join(lines) + "\n"


def _row(ie: dict[str, Any]) -> str:
    columns = [str(ie["id"])]
    columns += [f'"{ie[column]}"' for column in ("attribute", "name", "type", "presence", "criticality")]
    return f"Ie({', '.join(columns)})"


def _field(ie: dict[str, Any]) -> str:
    kind = ANNOTATIONS[ie["kind"]]
    if ie["presence"] != "mandatory":
        return f"{ie['attribute']}: {kind} | None = None"
    return f"{ie['attribute']}: {kind}" + ("" if ie["criticality"] == "reject" else " | None")
