"""The types with parts: SEQUENCE, SEQUENCE OF, CHOICE, and open types chosen by a sibling field."""

from __future__ import annotations

from typing import Final, cast, final

from mypy_extensions import i64

from pilot5g.wire.aper.bits import FRAGMENT, Reader, Writer
from pilot5g.wire.aper.node import UNKNOWN, UNKNOWN_OPEN, Node, decode_open, encode_open
from pilot5g.wire.aper.whole import Size, Whole
from pilot5g.wire.errors import EncodeError

MAX_OPTIONAL: Final = 48
MAX_ADDITIONS: Final = 64


@final
class Open(Node):
    """An open type whose content is chosen by a key: the information object set of a protocol's IEs."""

    __slots__ = ("table",)

    def __init__(self, table: dict[object, tuple[str, Node]]) -> None:
        self.table = table

    def dec_key(self, r: Reader, key: object, criticality: object) -> object:
        """The content for a key; an unknown one is kept as octets and noted in the reader."""
        entry = self.table.get(key)
        if entry is None:
            r.unknown.append((key, criticality))
            return (UNKNOWN_OPEN, r.varoctets())
        return (entry[0], decode_open(r, entry[1]))

    def enc_key(self, w: Writer, key: object, v: object) -> None:
        """Append the content for a key, or octets as they are."""
        name, content = cast("tuple[str, object]", v)
        entry = self.table.get(key)
        if entry is None or name == UNKNOWN_OPEN:
            w.varoctets(cast("bytes", content))
        elif name != entry[0]:
            raise EncodeError(f"{name!r} where the key {key!r} means {entry[0]!r}")
        else:
            encode_open(w, entry[1], content)


@final
class Field:
    """A component of a SEQUENCE or an alternative of a CHOICE. `key` names the sibling that chooses an open
    type's content."""

    __slots__ = ("key", "mask", "name", "node", "open")

    def __init__(self, name: str, node: Node, key: str) -> None:
        self.name = name
        self.node = node
        self.mask: i64 = 0
        self.key = key
        self.open: Open | None = node if isinstance(node, Open) else None


@final
class Seq(Node):
    """SEQUENCE as a dict (X.691 19): extension bit, a bit for each optional component, components,
    additions."""

    __slots__ = ("additions", "extensible", "fields", "optional")

    def __init__(self, fields: list[Field], optional: list[bool], additions: list[Field] | None) -> None:
        self.fields = fields
        self.optional: i64 = sum(optional)
        if self.optional > MAX_OPTIONAL:
            raise ValueError("too many optional components")
        mask: i64 = 1
        for field, is_optional in zip(reversed(fields), reversed(optional), strict=True):
            if is_optional:
                field.mask = mask
                mask += mask
        self.extensible = additions is not None
        self.additions: list[Field] = additions if additions is not None else []

    def dec(self, r: Reader) -> object:
        extended: bool = self.extensible and r.bit()
        present: i64 = r.bits(self.optional) if self.optional else 0
        out: dict[str, object] = {}
        for f in self.fields:
            m: i64 = f.mask
            if m == 0 or (present & m) != 0:
                o = f.open
                if o is None:
                    out[f.name] = f.node.dec(r)
                else:
                    out[f.name] = o.dec_key(r, out[f.key], out.get("criticality"))
        if extended:
            self._dec_additions(r, out)
        return out

    def _dec_additions(self, r: Reader, out: dict[str, object]) -> None:
        n: int = r.small() + 1
        if n > MAX_ADDITIONS:
            raise r.fail("too many additions")
        present = [r.bit() for _ in range(n)]
        for i, there in enumerate(present):
            if not there:
                continue
            if i < len(self.additions):
                out[self.additions[i].name] = decode_open(r, self.additions[i].node)
            else:
                out[f"{UNKNOWN}{i}"] = r.varoctets()

    def enc(self, w: Writer, v: object) -> None:
        d = cast("dict[str, object]", v)
        present: i64 = 0
        count: i64 = 0
        for f in self.fields:
            if f.name in d:
                present |= f.mask
                count += 1
            elif f.mask == 0:
                raise EncodeError(f"{f.name} is missing")
        extended: bool = count != len(d)
        if extended:
            self._check_additions(d)
        if self.extensible:
            w.bits(1 if extended else 0, 1)
        if self.optional:
            w.bits(present, self.optional)
        for f in self.fields:
            if f.mask == 0 or (present & f.mask) != 0:
                o = f.open
                if o is None:
                    f.node.enc(w, d[f.name])
                else:
                    o.enc_key(w, d[f.key], d[f.name])
        if extended:
            self._enc_additions(w, d)

    def _check_additions(self, d: dict[str, object]) -> None:
        names = {f.name for f in self.fields} | {f.name for f in self.additions}
        strange = sorted(k for k in d if k not in names and not (self.extensible and k.startswith(UNKNOWN)))
        if strange:
            raise EncodeError(f"no field {', '.join(strange)}")

    def _enc_additions(self, w: Writer, d: dict[str, object]) -> None:
        known = [f.name for f in self.additions]
        unknown = [int(k[len(UNKNOWN) :]) for k in d if k.startswith(UNKNOWN)]
        n = max([len(known), *(i + 1 for i in unknown)])
        names = known + [f"{UNKNOWN}{i}" for i in range(len(known), n)]
        w.small(n - 1)
        for name in names:
            w.bits(1 if name in d else 0, 1)
        for i, name in enumerate(names):
            if name in d:
                if i < len(known):
                    encode_open(w, self.additions[i].node, d[name])
                else:
                    w.varoctets(cast("bytes", d[name]))


@final
class SeqOf(Node):
    """SEQUENCE OF as a list (X.691 20)."""

    __slots__ = ("node", "size")

    def __init__(self, lb: int | None, ub: int | None, ext: bool, node: Node) -> None:
        self.size = Size(lb, ub, ext)
        self.node = node

    def _take(self, r: Reader, n: i64, out: list[object]) -> None:
        r.spend(n)
        node = self.node
        i: i64 = 0
        while i < n:
            out.append(node.dec(r))
            i += 1

    def dec(self, r: Reader) -> object:
        out: list[object] = []
        n = self.size.dec(r)
        if n >= 0:
            self._take(r, n, out)
            return out
        while True:
            n = r.length()
            self._take(r, -n if n < 0 else n, out)
            if n >= 0:
                self.size.check(r, len(out))
                return out

    def enc(self, w: Writer, v: object) -> None:
        items = cast("list[object]", v)
        n: i64 = len(items)
        node = self.node
        if not self.size.enc(w, n):
            for item in items:
                node.enc(w, item)
            return
        at: i64 = 0
        while True:
            m = w.part(n - at)
            for item in items[at : at + m]:
                node.enc(w, item)
            at += m
            if m < FRAGMENT:
                return


@final
class Choice(Node):
    """CHOICE as `(name, value)`; an unknown addition is `("_ext_<n>", octets)` (X.691 23)."""

    __slots__ = ("ext", "extensible", "extindex", "index", "number", "root")

    def __init__(self, root: list[Field], ext: list[Field] | None) -> None:
        self.root = root
        self.extensible = ext is not None
        self.ext: list[Field] = ext if ext is not None else []
        self.number = Whole(0, len(root) - 1)
        self.index: dict[str, int] = {f.name: i for i, f in enumerate(root)}
        self.extindex: dict[str, int] = {f.name: i for i, f in enumerate(self.ext)}

    def dec(self, r: Reader) -> object:
        if self.extensible and r.bit():
            x: int = r.small()
            if x < len(self.ext):
                f = self.ext[x]
                return (f.name, decode_open(r, f.node))
            return (f"{UNKNOWN}{x}", r.varoctets())
        f = self.root[self.number.dec(r)]
        return (f.name, f.node.dec(r))

    def enc(self, w: Writer, v: object) -> None:
        name, content = cast("tuple[str, object]", v)
        i = self.index.get(name)
        if i is None:
            self._enc_addition(w, name, content)
            return
        if self.extensible:
            w.bits(0, 1)
        self.number.enc(w, i)
        self.root[i].node.enc(w, content)

    def _enc_addition(self, w: Writer, name: str, content: object) -> None:
        x = self.extindex.get(name)
        if x is not None:
            w.bits(1, 1)
            w.small(x)
            encode_open(w, self.ext[x].node, content)
        elif self.extensible and name.startswith(UNKNOWN):
            w.bits(1, 1)
            w.small(int(name[len(UNKNOWN) :]))
            w.varoctets(cast("bytes", content))
        else:
            raise EncodeError(f"no alternative {name!r}")
