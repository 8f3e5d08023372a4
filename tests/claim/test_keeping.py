"""Claims are kept as files people can read, with every verdict, and read back as they were."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from kundig.claim import Claim, Group, Verdict, again, judge, keep, kept, plain, stated, told
from kundig.errors import DataError
from kundig.message import LANGUAGES
from tests.claim.firm import Firm, cases
from tests.rows import NOW


def firm(n: int) -> Firm:
    chance = random.Random(5)
    return Firm([*cases(chance, n, "app", 0.1), *cases(chance, n, "phone", 0.6)])


def claim() -> Claim:
    return stated("customers of the app need fewer contacts than phone customers", author="Eva", on=NOW.date())


def test_what_is_kept_is_read_back_as_it_was(tmp_path: Path) -> None:
    assert kept(tmp_path) == []
    verdict = judge(firm(200), claim())
    made = keep(tmp_path, claim(), verdict)
    assert kept(tmp_path) == [made]
    assert made.last == verdict and made.claim.author == "Eva"
    text = (tmp_path / "claims" / f"{claim().name}.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["author"] == "Eva"
    assert "app bill 1" not in text, "no person is named"


def test_verdicts_make_a_history_by_version_and_the_first_author_stays(tmp_path: Path) -> None:
    keep(tmp_path, claim(), Verdict("unknown", "few", 0, NOW, 3, 4))
    second = keep(
        tmp_path, stated("App-Kunden brauchen weniger Kontakte als Telefonkunden", author="Ben"), judge(firm(200), claim())
    )
    assert second.claim.author == "Eva"
    assert [(one.outcome, one.lake_version) for one in second.verdicts] == [("unknown", 0), ("supported", 1)]
    (third,) = again(firm(20), tmp_path)
    assert [one.outcome for one in third.verdicts] == ["unknown", "unknown"], "the same version is told once, by its last test"


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "bad.toml").write_text('sentence = "x"\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"bad\.toml"):
        kept(tmp_path)


def test_a_verdict_is_told_in_both_languages_and_as_json(tmp_path: Path) -> None:
    whole = keep(tmp_path, claim(), judge(firm(200), claim()))
    for lang in LANGUAGES:
        assert all("{" not in message.say(lang) for message in told(whole.claim, whole.verdicts[-1]))
    said = [str(message) for message in told(whole.claim, whole.verdicts[-1])]
    assert said[0] == '"customers of the app need fewer contacts than phone customers": supported.'
    assert said[1].startswith("Contacts per case: channel app 1.") and "(200), channel phone 1." in said[1]
    assert said[-1] == "This is a connection, not yet a proof of cause."
    values = plain(whole, "en")
    assert values["verdicts"][0]["outcome"] == "supported" and values["sentences"] == said


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict("unknown", "few", 1, NOW, 3, 400), "Too few to tell: 3 against 400; each group needs 30."),
        (Verdict("unknown", "missing", 1, NOW, lacks="score"), "Cannot be told: no scores."),
    ],
)
def test_what_cannot_be_tested_says_why(verdict: Verdict, said: str) -> None:
    share = Claim("x", "leaving", Group("promise", "broken"), None, "more", 0.02)
    assert [str(message) for message in told(share, verdict)] == ['"x": not decided.', said]
