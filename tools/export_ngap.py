"""Write the NGAP schema and message catalogue from the ASN.1 modules of TS 38.413.

    python tools/export_ngap.py            writes src/pilot5g/wire/ngap/schema.json and messages.py
    python tools/export_ngap.py --check    exits 1 where they are not what it would write

The ASN.1 comes through pycrate's compiled modules, a development dependency: no code of it is copied, and
nothing of it is needed at run time. `ngap_naming` has the rule for attribute names.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pycrate_asn1dir import NGAP

from ngap_catalogue import catalogue
from ngap_naming import attribute

HERE = Path(__file__).resolve().parent.parent / "src" / "pilot5g" / "wire" / "ngap"
KINDS = (
    ("InitiatingMessage", "initiating-message"),
    ("SuccessfulOutcome", "successful-outcome"),
    ("UnsuccessfulOutcome", "unsuccessfull-outcome"),
)


def bounds(constraint: Any) -> list[Any]:
    """Lower bound, upper bound and extensibility of a constraint."""
    return (
        [None, None, 0]
        if constraint is None
        else [constraint.lb, constraint.ub, int(constraint.ext is not None)]
    )


def type_name(item: Any) -> str:
    """The specification's name of a type, or its ASN.1 kind where it has none."""
    return str(item._typeref.called[1]) if item._typeref is not None else str(item.TYPE)


def rows(table: Any) -> list[dict[str, Any]]:
    """The members of an information object set."""
    return [] if table is None else [*(table._val.root or []), *(table._val.ext or [])]


class Exporter:
    """Walks types depth first and keeps each distinct one once, parts before wholes."""

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self.types: dict[str, int] = {}
        self.containing: dict[str, Any] = {}
        self._index: dict[str, int] = {}
        self._memo: dict[int, int] = {}

    def name(self, name: str, item: Any) -> int:
        """Export a type under a name."""
        node = self.node(item)
        if self.types.setdefault(name, node) != node:
            raise SystemExit(f"two types are called {name}")
        return node

    def node(self, item: Any) -> int:
        """Export a type; its position."""
        if id(item) not in self._memo:
            row = getattr(self, "_" + type(item).__name__.lower())(item)
            key = json.dumps(row)
            if key not in self._index:
                self._index[key] = len(self.nodes)
                self.nodes.append(row)
            self._memo[id(item)] = self._index[key]
        return self._memo[id(item)]

    def _null(self, item: Any) -> list[Any]:
        return ["null"]

    def _bool(self, item: Any) -> list[Any]:
        return ["bool"]

    def _oid(self, item: Any) -> list[Any]:
        return ["oid"]

    def _str_utf8(self, item: Any) -> list[Any]:
        return ["utf8"]

    def _int(self, item: Any) -> list[Any]:
        return ["int", *bounds(item._const_val)]

    def _enum(self, item: Any) -> list[Any]:
        return ["enum", list(item._root), None if item._ext is None else list(item._ext)]

    def _bit_str(self, item: Any) -> list[Any]:
        if item._const_cont is not None:
            raise SystemExit("a BIT STRING with contents")
        return ["bits", *bounds(item._const_sz)]

    def _oct_str(self, item: Any) -> list[Any]:
        inner = item._const_cont
        if inner is not None:
            self.containing[type_name(inner)] = inner
        return ["octs", *bounds(item._const_sz), None if inner is None else type_name(inner)]

    def _str_print(self, item: Any) -> list[Any]:
        if item._const_alpha is not None:
            raise SystemExit("a character string with an alphabet of its own")
        return ["str", *bounds(item._const_sz), "ascii"]

    _str_vis = _str_print

    def _seq_of(self, item: Any) -> list[Any]:
        return ["seqof", *bounds(item._const_sz), self.node(item._cont)]

    def _seq(self, item: Any) -> list[Any]:
        fields = []
        for name in item._root:
            part, key = item._cont[name], None
            if type(part).__name__ == "OPEN":
                up, key = part._const_tab_at
                if up != ".." or key not in item._root[: item._root.index(name)]:
                    raise SystemExit(f"{name} is chosen by {part._const_tab_at}")
            if part._def is not None:
                raise SystemExit(f"{name} has a default")
            fields.append([name, self.node(part), int(name in item._root_opt), key])
        if item._ext is None:
            return ["seq", fields, None]
        if any(isinstance(name, list) for name in item._ext_nest):
            raise SystemExit("additions in groups")
        return ["seq", fields, [[name, self.node(item._cont[name])] for name in item._ext_nest]]

    def _choice(self, item: Any) -> list[Any]:
        root = [[name, self.node(item._cont[name])] for name in item._root]
        ext = item._ext
        return ["choice", root, None if ext is None else [[n, self.node(item._cont[n])] for n in ext]]

    def _open(self, item: Any) -> list[Any]:
        at, value = item._const_tab_at[1], item._const_tab_id
        members = [r for r in rows(item._const_tab) if value in r]
        return ["open", [[r[at], type_name(r[value]), self.node(r[value])] for r in members]]

    def json(self) -> str:
        """The schema file."""
        schema = {
            "specification": "TS 38.413",
            "nodes": self.nodes,
            "types": dict(sorted(self.types.items())),
            "transfers": {name: container_rows(item) for name, item in sorted(self.containing.items())},
        }
        return json.dumps(schema, separators=(",", ":")) + "\n"


def is_container(item: Any) -> bool:
    """Whether a type is a container of protocol IEs."""
    return item.TYPE == "SEQUENCE" and "protocolIEs" in item._cont


def container_rows(item: Any) -> list[list[Any]] | None:
    """The table of a transfer that is itself a container of protocol IEs; None for any other."""
    if not is_container(item):
        return None
    ids = identifiers()
    table = rows(item._cont["protocolIEs"]._cont._cont["value"]._const_tab)
    return [[r["id"], ids[r["id"]], type_name(r["Value"]), r["presence"], r["criticality"]] for r in table]


def identifiers() -> dict[int, str]:
    """IE ids and the names they have in the specification, without their `id-`."""
    found = {}
    for item in NGAP.NGAP_Constants._all_:
        if item._typeref is not None and item._typeref.called[1] == "ProtocolIE-ID":
            found[item._val] = item._name.removeprefix("id-")
    return found


def message(exporter: Exporter, kind: str, procedure: dict[str, Any], body: Any) -> dict[str, Any]:
    """One message as the catalogue describes it."""
    ids = identifiers()
    described = {
        "name": type_name(body),
        "kind": kind,
        "procedure": procedure["procedureCode"],
        "criticality": procedure.get("criticality", "ignore"),
        "answered": "UnsuccessfulOutcome" in procedure,
        "ies": [],
    }
    if list(body._cont) != ["protocolIEs"]:
        exporter.name(type_name(body), body)
        return described
    for row in rows(body._cont["protocolIEs"]._cont._cont["value"]._const_tab):
        name, value = ids[row["id"]], row["Value"]
        called = type_name(value)
        if value._typeref is None and value._const_cont is not None:
            called = f"OCTET STRING (CONTAINING {type_name(value._const_cont)})"
        node = exporter.nodes[exporter.name(called, value)]
        described["ies"].append(
            {
                "id": row["id"],
                "attribute": attribute(name),
                "name": name,
                "type": called,
                "presence": row["presence"],
                "criticality": row["criticality"],
                "kind": node[0],
            }
        )
    return described


def export() -> tuple[str, str]:
    """The two files' text."""
    exporter = Exporter()
    procedures = rows(NGAP.NGAP_PDU_Descriptions.NGAP_ELEMENTARY_PROCEDURES)
    procedures.sort(key=lambda procedure: procedure["procedureCode"])
    messages = [
        message(exporter, kind, procedure, procedure[field])
        for procedure in procedures
        for field, kind in KINDS
        if field in procedure
    ]
    module = NGAP.NGAP_IEs
    for item in module._all_:
        if item._name.endswith("TransparentContainer") and "NGRANNode-" in item._name:
            exporter.containing[item._name] = item
    for extra in ("Cause", "CriticalityDiagnostics", "UserLocationInformation"):
        exporter.name(extra, module.__dict__[extra.replace("-", "_")])
    while missing := [name for name in exporter.containing if name not in exporter.types]:
        for name in missing:
            container = exporter.containing[name]
            exporter.name(name, container)
            for row in rows(
                container._cont["protocolIEs"]._cont._cont["value"]._const_tab
                if is_container(container)
                else None
            ):
                exporter.name(type_name(row["Value"]), row["Value"])
    return exporter.json(), formatted(catalogue(messages))


def formatted(source: str) -> str:
    """Source through the project's formatter."""
    command = ["ruff", "format", "--stdin-filename", str(HERE / "messages.py"), "-"]
    ruff = Path(sys.executable).with_name("ruff")
    command[0] = str(ruff) if ruff.exists() else "ruff"
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    stale = 0
    for name, text in zip(("schema.json", "messages.py"), export(), strict=True):
        path = HERE / name
        if path.exists() and path.read_text() == text:
            continue
        stale += 1
        if arguments.check:
            print(
                f"{path} is not what the specification says: run python tools/export_ngap.py", file=sys.stderr
            )
        else:
            path.write_text(text)
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
