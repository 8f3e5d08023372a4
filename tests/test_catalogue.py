"""Every text a person can read has its German: none missing, fuzzy or orphaned, the compiled file in step."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from scripts import catalogue

CONDITIONS = 'from x import sentence, Message, sentences, DataError, Word\nclass Mine(DataError): ...\nTEXT = "named {n}"\n'


def test_nothing_is_missing_fuzzy_or_orphaned() -> None:
    found = catalogue.findings(catalogue.marked_texts(), catalogue.read(catalogue.PO))
    assert not found, "run `make catalogue`:\n" + "\n".join(map(str, found))


def test_what_authors_left_is_merged() -> None:
    assert not catalogue.contradictions({p.stem: catalogue.read(p) for p in catalogue.LOCALE.glob("parts/*.po")})
    assert catalogue.po_text(catalogue.merged(catalogue.read(catalogue.PO), [])) == catalogue.PO.read_text(encoding="utf-8")


def test_the_compiled_file_is_in_step() -> None:
    stored = catalogue.compiled(catalogue.MO.read_bytes())
    assert stored == catalogue.compiled(catalogue.mo_bytes(catalogue.read(catalogue.PO)))


def test_marked_texts_are_literals() -> None:
    """An f-string cannot be looked up."""
    markers = {"sentence", "sentences", "Message", "Word"}
    for path in sorted(catalogue.SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name) and node.func.id in markers:
                assert not isinstance(node.args[0], ast.JoinedStr), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('sentence("a")', [("a", "")]),
        ('Message("a {n}", {"n": 1})', [("a {n}", "")]),
        ('Message("one", many="many", n=2)', [("one", "many")]),
        ('sentences("{n} case", "{n} cases", 3)', [("{n} case", "{n} cases")]),
        ('DataError("text", "hint", file=1)', [("text", ""), ("hint", "")]),
        ('errors.DataError("text", hint="hint")', [("text", ""), ("hint", "")]),
        ('Mine("text")', [("text", "")]),
        ("DataError(TEXT)", [("named {n}", "")]),
        ('Message("a" if x else "b")', [("a", ""), ("b", "")]),
        ('message.say("de")', []),
        ('Word("phone")', [("phone", "")]),
        ("sentence(1)", []),
    ],
)
def test_texts_are_found_in_the_source(tmp_path: Path, code: str, texts: list[tuple[str, str]]) -> None:
    (tmp_path / "errors.py").write_text("class KundigError(Exception): ...\nclass DataError(KundigError): ...\n")
    (tmp_path / "m.py").write_text(CONDITIONS + code)
    assert [(text.one, text.many) for text in catalogue.marked_texts(tmp_path)] == texts


def po(folder: Path, name: str, text: str) -> Catalog:
    (folder / name).write_text(text, encoding="utf-8")
    return catalogue.read(folder / name)


def test_merging_keeps_what_was_there_and_takes_what_is_new(tmp_path: Path) -> None:
    base = po(tmp_path, "a.po", 'msgid "old"\nmsgstr "alt"\n\nmsgid "same"\nmsgstr "gleich"\n')
    part = po(tmp_path, "b.po", 'msgid "same"\nmsgstr "dasselbe"\n\nmsgid "new"\nmsgstr "neu"\n\nmsgid "old"\nmsgstr ""\n')
    whole = catalogue.merged(base, [part])
    assert {e.id: e.string for e in whole if e.id} == {"old": "alt", "same": "dasselbe", "new": "neu"}
    assert [str(f.text) for f in catalogue.contradictions({"a": base, "b": part})] == ["same"]


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    words = po(
        tmp_path, "a.po",
        'msgid "values {n}"\nmsgstr "Werte {m}"\n\n#, fuzzy\nmsgid "unsure"\nmsgstr "unsicher"\n\nmsgid "gone"\nmsgstr "weg"\n\n'
        'msgid "{n} case"\nmsgstr "{n} Vorgang"\n',
    )  # fmt: skip
    texts = [
        catalogue.Text(one, many, "m.py:1")
        for one, many in (("values {n}", ""), ("unsure", ""), ("absent", ""), ("{n} case", "{n} cases"))
    ]
    assert [f.what for f in catalogue.findings(texts, words)] == [
        "other values in braces", "fuzzy", "missing", "plural missing", "no longer in the source",
    ]  # fmt: skip
