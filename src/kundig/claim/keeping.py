"""Where claims are kept: one TOML file each in the workspace's folder ``claims``, to be read by people; it names no customer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kundig.claim.form import Alternative, Claim, Group, Verdict
from kundig.claim.judging import judge
from kundig.errors import DataError, QuestionError
from kundig.measures.difference import Difference

if TYPE_CHECKING:
    from kundig.lake import Lake

FOLDER = "claims"


@dataclass(frozen=True)
class Kept:
    """A claim with every verdict so far, the oldest first."""

    claim: Claim
    verdicts: tuple[Verdict, ...] = ()

    @property
    def last(self) -> Verdict | None:
        """What was found last."""
        return self.verdicts[-1] if self.verdicts else None


def keep(folder: Path, claim: Claim, verdict: Verdict) -> Kept:
    """Write the claim, or its new verdict where it is kept already: then its first author and date stay.

    A verdict on the same version of the lake as the last one replaces it. Returns what is kept now.
    """
    path = folder / FOLDER / f"{claim.name}.toml"
    before = _read(path) if path.exists() else Kept(claim)
    verdicts = [one for one in before.verdicts if one.lake_version != verdict.lake_version] + [verdict]
    now = Kept(before.claim, tuple(verdicts))
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, now)
    return now


def kept(folder: Path) -> list[Kept]:
    """All claims of the workspace by name; DataError where a file is not readable as one."""
    return [_read(path) for path in sorted((folder / FOLDER).glob("*.toml"))]


def again(lake: Lake, folder: Path) -> list[Kept]:
    """Test every claim again; each verdict joins the history of its claim."""
    return [keep(folder, one.claim, judge(lake, one.claim)) for one in kept(folder)]


def _write(path: Path, whole: Kept) -> None:
    import tomli_w

    claim = _plain(dataclasses.asdict(whole.claim))
    text = tomli_w.dumps(claim | {"verdict": [_plain(dataclasses.asdict(one)) for one in whole.verdicts]})
    made = path.with_name(path.name + ".new")
    with made.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _plain(value: Any) -> Any:
    """Without what TOML cannot say: nothing."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None and item != ()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _read(path: Path) -> Kept:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        verdicts = tuple(_verdict(one) for one in given.pop("verdict", ()))
        groups = {name: Group(**given[name]) if name in given else None for name in ("group", "than")}
        return Kept(Claim(**given | groups), verdicts)
    except (ValueError, TypeError, KeyError, QuestionError) as error:
        raise DataError(
            "{file} cannot be read as a claim: {why}", "Correct the file in the folder claims, or delete it.",
            file=path.name, why=str(error),
        ) from error  # fmt: skip


def _verdict(given: dict[str, Any]) -> Verdict:
    others = tuple(Alternative(**one | {"difference": _difference(one)}) for one in given.get("alternatives", ()))
    tested_at: dt.datetime = given["tested_at"]
    return Verdict(**given | {"difference": _difference(given), "alternatives": others, "tested_at": tested_at})


def _difference(given: dict[str, Any]) -> Difference | None:
    return Difference(**given["difference"]) if "difference" in given else None
