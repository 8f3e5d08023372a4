"""The one German catalogue: merge what authors wrote, say what is missing, compile.

Authors may leave their German in ``locale/parts/<author>.po``; this merges the parts into ``locale/de/LC_MESSAGES/kundig.po``
(a part wins over an older entry, everything else stays) and compiles ``kundig.mo``. The English texts are read from the
source, not run: the literals in ``sentence()``, ``Message()``, ``sentences()``, ``say()``, ``Word()`` and in every error,
also where they reach it through a name in the same file; ``{% say "..." %}`` in pages; and the words of closed lists.
"""

from __future__ import annotations

import argparse
import ast
import gettext
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "kundig"
LOCALE = SOURCE / "locale"
PO = LOCALE / "de" / "LC_MESSAGES" / "kundig.po"
MO = PO.with_suffix(".mo")

HEADER = """# The German words of kundig; English is the source and the key.
msgid ""
msgstr ""
"Project-Id-Version: kundig\\n"
"Language: de\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
PLACEHOLDER = re.compile(r"\{(\w+)(?:![rsa])?(?::[^{}]*)?\}")
LISTS = {"event.py": ("KINDS", "CHANNELS", "DIRECTIONS", "ACTORS"), "message.py": ("_UNITS",)}
"""Closed lists whose words are shown to people, by file."""


@dataclass(frozen=True)
class Text:
    """One English text in the source: where it stands, and its plural where it has one."""

    one: str
    many: str
    where: str


@dataclass(frozen=True)
class Finding:
    """One thing wrong with the catalogue."""

    what: str
    text: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.text!r}" + (f"  ({self.where})" if self.where else "")


# What the source says


def marked_texts(source: Path = SOURCE) -> list[Text]:
    """Every English text a person can read, each once, in the order of the files."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(source.rglob("*.py"))}
    errors = _error_names(trees.values())
    found = [text for path, tree in trees.items() for text in _texts_in(tree, path.relative_to(source).as_posix(), errors)]
    for path in sorted(source.rglob("*.html")):
        found += _texts_in_page(path.read_text(encoding="utf-8"), path.relative_to(source).as_posix())
    return list({(text.one, text.many): text for text in reversed(found)}.values())[::-1]


SAID = re.compile(r"""{%-?\s*say\s+(?:"([^"]+)"|'([^']+)')(?:\s+(?:"([^"]+)"|'([^']+)'))?""")
"""``{% say "one" "many" n=... %}`` in a template."""


def _texts_in_page(page: str, where: str) -> Iterator[Text]:
    for found in SAID.finditer(page):
        one, many = found[1] or found[2], found[3] or found[4] or ""
        yield Text(one, many, f"{where}:{page.count(chr(10), 0, found.start()) + 1}")


def _error_names(trees: object) -> set[str]:
    """KundigError and all classes derived from it, wherever they are."""
    names = {"KundigError"}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]  # type: ignore[attr-defined]
    for _ in classes:
        grown = names | {c.name for c in classes if any(isinstance(b, ast.Name) and b.id in names for b in c.bases)}
        if grown == names:
            break
        names = grown
    return names


def _texts_in(tree: ast.Module, where: str, errors: set[str]) -> Iterator[Text]:
    names = _named_literals(tree)
    yield from (Text(word, "", where) for name in LISTS.get(where, ()) for word in names.get(name, ()))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (Text(one, many, f"{where}:{node.lineno}") for one, many in _texts_of_call(node, names, errors))


def _texts_of_call(call: ast.Call, names: dict[str, tuple[str, ...]], errors: set[str]) -> Iterator[tuple[str, str]]:
    name = _called(call)
    arguments = [*call.args, None, None]
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    one = _literals(arguments[0] or keywords.get("text"), names)
    if name in ("sentence", "Word", "say"):
        yield from ((text, "") for text in one)
    elif name == "Message":
        many = _literals(keywords.get("many"), names)
        yield from ((text, many[0] if many else "") for text in one)
    elif name == "sentences":
        yield from zip(one, _literals(arguments[1] or keywords.get("many"), names), strict=False)
    elif name in errors:
        hints = _literals(arguments[1] or keywords.get("hint"), names)
        yield from ((text, "") for text in [*one, *hints] if text)


def _called(call: ast.Call) -> str:
    """The function's plain name; ``message.say("de")`` is a method, its argument no text."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute) and call.func.attr != "say":
        return call.func.attr
    return ""


def _literals(node: ast.AST | None, names: dict[str, tuple[str, ...]]) -> list[str]:
    """The texts an expression can have: a literal, either side of a condition, or a name that holds one."""
    match node:
        case ast.Constant(value=str(text)) if text:
            return [text]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_literals(body, names), *_literals(orelse, names)]
        case ast.Name(id=name):
            return list(names.get(name, ()))
        case _:
            return []


def _named_literals(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Names given a text, or tuples of texts, anywhere in the file."""
    found: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            parts = ast.walk(node.value) if isinstance(node.value, ast.Tuple | ast.List) else [node.value]
            texts = tuple(text for part in parts for text in _literals(part, {}))
            found[name] = (*found.get(name, ()), *texts)
    return found


# What the catalogue says


def read(path: Path) -> Catalog:
    """A catalogue from a PO file; an empty one where there is none."""
    if not path.exists():
        return Catalog(locale="de")
    with path.open("rb") as file:
        return read_po(file, locale="de")


def merged(base: Catalog, parts: list[Catalog]) -> Catalog:
    """``base`` with the entries of ``parts``: translated ones win over ``base``; nothing of ``base`` is lost."""
    whole = Catalog(locale="de", charset="utf-8")
    for catalogue in [base, *parts]:
        for entry in catalogue:
            if entry.id and (_translated(entry) or whole.get(_key(entry)) is None):
                whole.delete(_key(entry))
                whole.add(entry.id, entry.string, flags=entry.flags & {"fuzzy"}, user_comments=entry.user_comments)
    return whole


def contradictions(parts: dict[str, Catalog]) -> list[Finding]:
    """Texts that two parts word differently."""
    seen: dict[str, tuple[object, str]] = {}
    found = []
    for name, catalogue in parts.items():
        for entry in catalogue:
            if not entry.id or not _translated(entry):
                continue
            german, other = seen.setdefault(_key(entry), (entry.string, name))
            if german != entry.string:
                found.append(Finding("two wordings", _key(entry), f"{other}: {german!r}, {name}: {entry.string!r}"))
    return found


def findings(texts: list[Text], catalogue: Catalog) -> list[Finding]:
    """What is missing, fuzzy, orphaned, or has other placeholders than the English."""
    wanted = {text.one: text for text in texts}
    wanted |= {text.one: text for text in texts if text.many}
    found = [finding for text in wanted.values() for finding in _about(text, catalogue.get(text.one))]
    orphans = [Finding("no longer in the source", _key(entry)) for entry in catalogue if entry.id and _key(entry) not in wanted]
    return found + orphans


def _about(text: Text, entry: Entry | None) -> list[Finding]:
    if entry is None or not _translated(entry):
        return [Finding("missing", text.one, text.where)]
    if entry.fuzzy:
        return [Finding("fuzzy", text.one, text.where)]
    if text.many and not (isinstance(entry.id, tuple | list) and entry.id[1] == text.many):
        return [Finding("plural missing", text.many, text.where)]
    english = set(PLACEHOLDER.findall(text.one + text.many))
    german = set(PLACEHOLDER.findall(" ".join(_strings(entry))))
    return [Finding("other values in braces", text.one, text.where)] if english != german else []


def _key(entry: Entry) -> str:
    return str(entry.id[0]) if isinstance(entry.id, tuple | list) else str(entry.id)


def _strings(entry: Entry) -> list[str]:
    return [str(s) for s in entry.string] if isinstance(entry.string, tuple | list) else [str(entry.string)]


def _translated(entry: Entry) -> bool:
    return all(_strings(entry))


# Writing


def po_text(catalogue: Catalog) -> str:
    """The catalogue as PO, sorted, without dates or tool versions, so that it changes only where a text does."""
    out = io.BytesIO()
    write_po(out, catalogue, width=0, no_location=True, omit_header=True, sort_output=True)
    return HEADER + out.getvalue().decode("utf-8").strip() + "\n"


def mo_bytes(catalogue: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def compiled(mo: bytes) -> dict[object, str]:
    """The entries of a compiled catalogue without its header."""
    words = gettext.GNUTranslations(io.BytesIO(mo))
    return {key: text for key, text in words._catalog.items() if key}  # type: ignore[attr-defined]


def build(prune: bool, write: bool) -> list[Finding]:
    """Merge all parts into the catalogue and say what is wrong with it; ``prune`` drops orphans, ``write`` stores it."""
    parts = {path.stem: read(path) for path in sorted((LOCALE / "parts").glob("*.po"))}
    whole = merged(read(PO), list(parts.values()))
    found = findings(marked_texts(), whole)
    if prune:
        for orphan in [finding for finding in found if finding.what == "no longer in the source"]:
            whole.delete(orphan.text)
            found.remove(orphan)
    if write:
        PO.parent.mkdir(parents=True, exist_ok=True)
        PO.write_text(po_text(whole), encoding="utf-8")
        MO.write_bytes(mo_bytes(whole))
    return contradictions(parts) + found


def main() -> int:
    """Write the catalogue, or only ``--check`` it; the exit code is 1 where something is wrong."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--check", action="store_true", help="only say what is wrong")
    options.add_argument("--prune", action="store_true", help="drop entries whose English is gone")
    given = options.parse_args()
    found = build(prune=given.prune, write=not given.check)
    print("\n".join(map(str, found)) or f"complete: {len(marked_texts())} texts")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
