"""Writes the pages of docs/reference that the code can tell: configuration, timers, commands, PFCP, causes,
and what is done of each clause (conformance).

`python tools/reference.py` writes them, `--check` says which are stale and exits with 1. `make docs` runs it,
and a test keeps the pages fresh.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
NOTICE = "<!-- Written by tools/reference.py from the code: change the code, then run `make docs`. -->\n"


def configuration() -> str:
    """Every key of the configuration, with what it takes, its default and what it is for."""
    from pilot5g.app.config import Config

    lines = [
        NOTICE,
        "# Configuration\n",
        "One YAML file describes a network. Every key has a default that works, so a file states only what",
        "differs, and an empty one is a whole network. A value that cannot be used is refused at start, with",
        "its key, its line, what was expected and an example; all problems are named at once.\n",
        "Quote PLMNs, IMSIs and slices: in YAML a bare `00101` need not be text.",
    ]
    places: dict[type[msgspec.Struct], str] = {}
    for path, kind in _sections(Config, ""):
        places.setdefault(kind, path)
    for kind, path in places.items():
        lines += ["", *_section(path, kind, places)]
    return "\n".join(lines) + "\n"


def _sections(kind: type[msgspec.Struct], path: str) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Structs in the order in which they are met, each with the path that leads to it."""
    yield path, kind
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        inner, suffix = _inside(hint)
        if _is_struct(inner) and name in kind.__struct_fields__:
            yield from _sections(inner, f"{path}.{name}{suffix}".removeprefix("."))


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _inside(hint: Any) -> tuple[Any, str]:
    """What a list or an optional value holds, and how the path says so."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return arguments[0], "[]"
    if origin in (types.UnionType, typing.Union):
        return _inside(arguments[0])
    return hint, ""


def _section(path: str, kind: type[msgspec.Struct], places: dict[type[msgspec.Struct], str]) -> list[str]:
    hints = typing.get_type_hints(kind, include_extras=True)
    notes = _notes(kind)
    rows = []
    for field in msgspec.structs.fields(kind):
        default, note = _default(field, hints[field.name]), notes.get(field.name, "")
        if said := re.search(r"(?:Default|None): (.*)", note):
            default, note = said[1].rstrip("."), note[: said.start()].strip()
        cells = (f"`{field.name}`", _expected(hints[field.name], places), default, note)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    title = f"## `{path}`" if path else "## The file"
    about = inspect.cleandoc(kind.__doc__ or "")
    return [title, "", about, "", "| key | takes | default | |", "|---|---|---|---|", *rows]


def _notes(kind: type) -> dict[str, str]:
    """The text that stands below a field in the source."""
    notes: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if issubclass(each, msgspec.Struct) and each is not msgspec.Struct:
            body = ast.parse(inspect.getsource(each)).body[0]
            assert isinstance(body, ast.ClassDef)
            for before, after in zip(body.body, body.body[1:], strict=False):
                match before, after:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                        value=ast.Constant(value=str(text))
                    ):
                        notes[name] = " ".join(text.split())
    return notes


def _expected(hint: Any, places: dict[type[msgspec.Struct], str]) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        example = arguments[1].example
        return arguments[1].expected + (f", such as `{example}`" if example else "")
    if origin in (types.UnionType, typing.Union):
        return _expected(arguments[0], places)
    if origin is tuple:
        return f"a list: {_expected(arguments[0], places)}"
    if origin is dict:
        return f"keys, each with {_expected(arguments[1], places)}"
    return f"the keys of [`{places[hint]}`](#{''.join(c for c in places[hint] if c.isalnum() or c == '_')})"


def _default(field: msgspec.structs.FieldInfo, hint: Any) -> str:
    from pilot5g.app.config_read import plain

    if field.required:
        return "required"
    value = field.default_factory() if callable(field.default_factory) else field.default
    if value is None:
        return "none"
    if _is_struct(_inside(hint)[0]):
        return f"{len(value)} of them" if isinstance(value, tuple) and value else ""
    written = yaml.safe_dump(plain(value, hint, secrets=True), default_flow_style=True, width=1000)
    return f"`{written.strip().removesuffix('...').strip()}`"


def timers() -> str:
    """Every timer with its default, how often it runs, and the clause."""
    from pilot5g.flow.timer import DEFAULTS

    lines = [
        NOTICE,
        "# Timers\n",
        "Timers have their names of the specifications; those that begin with X are this program's own. Each",
        "can be set in seconds under `timers` in the configuration:\n",
        "```yaml\ntimers:\n  T3560: 3\n  T3512: 10 min\n```\n",
        "A timer that guards a request starts again with each repetition; at its last expiry the procedure",
        "gives up.\n",
        "| timer | default | expiries | what says so |",
        "|---|---|---|---|",
    ]
    for timer in DEFAULTS.values():
        lines.append(f"| `{timer.name}` | {timer.seconds:g} s | {timer.expiries} | {timer.clause} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Every command that exists, with its arguments and options."""
    import typer

    from pilot5g.cli.main import COMMANDS, application

    lines = [
        NOTICE,
        "# Commands\n",
        "The command is `.venv/bin/pilot5g` once `make pilot` has run. Exit status: 0 where it did what it",
        "was asked, 1 where that could not be done, 2 where the command line or configuration is wrong.",
    ]
    for name in COMMANDS:
        if importlib.util.find_spec(f"pilot5g.cli.{name}"):
            group = typer.main.get_command(application([name]))
            lines += _command(f"pilot5g {name}", getattr(group, "commands", {})[name])
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any) -> list[str]:
    """One command, or a group of them one after the other."""
    inner = getattr(command, "commands", {})
    if inner:
        return [line for each in inner for line in _command(f"{name} {each}", inner[each])]
    shown = [each for each in command.params if not getattr(each, "hidden", False) and each.name != "help"]
    arguments = [_argument(each) for each in shown if each.param_type_name == "argument"]
    lines = ["", f"## `{' '.join([name, *arguments])}`", "", inspect.cleandoc(command.help or "")]
    if shown:
        lines += ["", "| | |", "|---|---|"]
    for each in shown:
        title = each.name.upper() if each.param_type_name == "argument" else ", ".join(each.opts)
        lines.append(f"| `{title}` | {(each.help or '').replace('|', chr(92) + '|')}{_otherwise(each)} |")
    return lines


def _argument(parameter: Any) -> str:
    name = parameter.name.upper() + ("…" if parameter.nargs != 1 else "")
    return name if parameter.required else f"[{name}]"


def _otherwise(parameter: Any) -> str:
    """The default, where it is a value that the help does not name itself."""
    value = parameter.default
    if (
        parameter.required
        or value in (None, "", False, True)
        or callable(value)
        or "efault" in (parameter.help or "")
    ):
        return ""
    return f" Default: `{value}`."


def pfcp() -> str:
    """Every PFCP message and grouped element with its table, as the declarations have it."""
    from pilot5g.wire.pfcp.grammar import GROUPS, MESSAGES, Group

    lines = [
        NOTICE,
        "# PFCP\n",
        "What N4 says where the UPF is elsewhere ([Run the UPF separately](../how-to/separate-upf.md)): the",
        "messages and grouped elements of TS 29.244 that are read and written. M is mandatory, C",
        "conditional, O optional, + any number of times. Elements that are in no table are kept and ignored.",
        "",
        "## Messages",
    ]

    def table(title: str, cls: type[Group]) -> None:
        rows = [
            f"| {row.ie.number} | {row.ie.name} | {'MCO'[row.need]}{'+' if row.many else ''} |"
            for row in cls.TABLE.rows
        ]
        lines.extend(["", f"### {title}", "", inspect.getdoc(cls) or "", ""])
        lines.extend(["| type | element | |", "|---|---|---|", *rows] if rows else ["No elements."])

    for number, message in sorted(MESSAGES.items()):
        table(f"{re.sub(r'(?<!^)(?=[A-Z])', ' ', message.__name__)} ({number})", message)
    lines += ["", "## Grouped elements"]
    for number, group in sorted(GROUPS.items()):
        table(f"{group.IE.name} ({number})", group)
    return "\n".join(lines) + "\n"


def phone_profiles() -> str:
    """Every built-in profile with what it changes, every fault, and how to make others."""
    from pilot5g.ran.ue.profile import BUILT_IN, HEARD, SAID, Fault

    faults = {each.value: note for each, note in zip(Fault, _enum_notes(Fault), strict=True)}
    lines = [
        NOTICE,
        "# Profiles of phones\n",
        "How emulated phones behave: `profile` of [`phones`](configuration.md#phones), of a group of them or",
        "of one. Each is tried on the core in `tests/flows/network/test_profiles.py`, beside a phone that",
        "behaves, and afterwards nothing of it is left in the core.",
        "",
        "```yaml",
        "phones:",
        "  count: 10                                          # ordinary ones",
        "  profiles:                                          # own profiles, over built-in ones",
        "    - {name: snail, like: slow, delay: 4 s, ignores: [PAGING]}",
        "  groups:",
        "    - {count: 5, profile: retransmitting}",
        "    - {count: 2, profile: snail}",
        "```",
        "",
        "## Built in",
        "",
        "| name | is as any phone, but |",
        "|---|---|",
    ]
    for profile in BUILT_IN.values():
        said = "; ".join(_differs(profile)) or "nothing"
        if profile.name in faults:
            said = faults[profile.name].rstrip(".")
        lines.append(f"| `{profile.name}` | {said} |")
    lines += [
        "",
        "## Own ones",
        "",
        "The keys of a profile are under [`phones.profiles[]`](configuration.md#phonesprofiles). `faults`",
        "takes the names of the table that are faults:",
        ", ".join(f"`{each}`" for each in faults) + ".",
        "`ignores` takes `PAGING` and messages of the network:",
        ", ".join(f"`{each}`" for each in HEARD) + ".",
        "`drops_radio_at` takes the same messages. `omits` takes messages of the phone:",
        ", ".join(f"`{each}`" for each in SAID) + ".",
    ]
    return "\n".join(lines) + "\n"


def _differs(profile: msgspec.Struct) -> Iterator[str]:
    """What a profile states, in words."""
    for field in msgspec.structs.fields(profile):
        value = getattr(profile, field.name)
        if field.name in ("name", "faults") or value == field.default:
            continue
        if isinstance(value, frozenset):
            value = ", ".join(sorted(value))
        elif isinstance(value, tuple):
            names = {"integrity": "NIA", "ciphering": "NEA"}
            prefix = names.get(field.name, "")
            value = ", ".join(f"{prefix}{int(each)}" if prefix else each.name for each in value)
        name, shown = field.name.replace("_", " "), getattr(value, "name", value)
        shown = f"{shown:g} s" if isinstance(shown, float) else shown
        yield name if shown is True else f"{name}: {'no' if shown is False else shown}"


def _enum_notes(kind: type) -> list[str]:
    """The texts below the members of an enumeration."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    after = (each.value for each in body.body[1:] if isinstance(each, ast.Expr))
    return [" ".join(each.value.split()) for each in after if isinstance(each, ast.Constant)]


def causes() -> str:
    """What the causes mean that the core tells phones and radios, and what to do about them."""
    from pilot5g.core.amf.words import GMM, NGAP

    head = "| cause | what it means | what to do |"
    lines = [
        NOTICE,
        "# Causes\n",
        "What the core tells phones and radios when it refuses or ends something, in plain words. Its log",
        "has the reason of the single case and what to change, which is more than a cause can say.\n",
        "## Phones (5GMM, TS 24.501 9.11.3.2)\n",
        head,
        "|---|---|---|",
        *(
            f"| #{int(cause)} {cause.name.lower().replace('_', ' ')} | {reason} | {fix} |"
            for cause, (reason, fix) in sorted(GMM.items())
        ),
        "\n## Radios (NGAP, TS 38.413 9.3.1.2)\n",
        head,
        "|---|---|---|",
        *(f"| {name} | {reason} | {fix} |" for name, (reason, fix) in sorted(NGAP.items())),
    ]
    return "\n".join(lines) + "\n"


def conformance() -> str:
    """What is done of each clause, and which tests show it."""
    sys.path.insert(0, str(Path(__file__).parent))
    from conformance import conformance as page

    return f"{NOTICE.replace('the code: change the code', 'tools/conformance: change that')}\n{page()}"


PAGES = {
    "configuration.md": configuration,
    "timers.md": timers,
    "cli.md": commands,
    "pfcp.md": pfcp,
    "causes.md": causes,
    "conformance.md": conformance,
    "phone-profiles.md": phone_profiles,
}


def main() -> int:
    """Write the pages, or with --check only compare."""
    stale = []
    for name, page in PAGES.items():
        path, wanted = REFERENCE / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != wanted:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(wanted, encoding="utf-8")
    print(f"stale: {', '.join(stale)}" if stale else "docs/reference is fresh")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
