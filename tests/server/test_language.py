"""Words in the order a person looks for them."""

from __future__ import annotations

from kundig.server.language import in_order


def test_letters_with_marks_stand_beside_those_without() -> None:
    words = ["Zusagen", "Übergaben", "Varianten", "übersicht", "Änderung", "Anlass"]
    assert sorted(words, key=in_order) == ["Änderung", "Anlass", "Übergaben", "übersicht", "Varianten", "Zusagen"]
