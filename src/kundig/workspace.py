"""One firm's folder: its lake, settings, key, mappings and rejected rows. ``kundig.open(dir).ask("journey-map")``."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kundig import config
from kundig.errors import ModelError, QuestionError, WorkspaceError

if TYPE_CHECKING:
    import pyarrow as pa

    from kundig.answer import Answer
    from kundig.ingest import ImportReport, Places, Progress
    from kundig.lake import Lake
    from kundig.lake.erase import Receipt
    from kundig.lake.persons import Person
    from kundig.lake.where import Where
    from kundig.model import Fitted

KEY = "key"
_FOLDERS = ("mappings", "rejected", "models", "knowledge")


class Workspace:
    """The folder that holds everything of one firm. Open it with :func:`open` or make it with :func:`create`."""

    def __init__(
        self, folder: Path, flags: Mapping[str, Any] | None = None, clock: Callable[[], dt.datetime] | None = None
    ) -> None:
        self.folder = folder
        self.settings = config.load(folder, flags or {}, os.environ)
        self._clock = clock

    @cached_property
    def lake(self) -> Lake:
        """The lake, with the engine of the settings."""
        from kundig.engine import find
        from kundig.lake import Lake
        from kundig.lake.lake import utc_now

        s = self.settings
        engine = find(s.engine, memory=s.memory, threads=s.threads, master=s.spark_master)
        return Lake(self.folder, engine, self._clock or utc_now)

    @cached_property
    def key(self) -> bytes:
        """The secret that makes person_ids; WorkspaceError where it is missing, since no new one would fit the lake."""
        path = self.folder / KEY
        try:
            return bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise WorkspaceError(
                "The key {file} is missing or damaged.",
                "Restore it from a backup; without it no person can be found again.",
                file=str(path),
            ) from error

    @property
    def mappings(self) -> Path:
        """Where mappings are kept."""
        return self.folder / "mappings"

    @property
    def rejected(self) -> Path:
        """Where rows lie that could not be read."""
        return self.folder / "rejected"

    def places(self, time_zone: str = "") -> Places:
        """Where an import finds mappings, key and limits; ``time_zone`` is for times without one."""
        from kundig.ingest import Places

        s = self.settings
        return Places(self.mappings, self.rejected, self.key, time_zone or s.time_zone, s.memory, s.threads)

    def import_files(
        self,
        paths: Sequence[Path | str],
        *,
        mapping: Path | str | None = None,
        source: str = "",
        time_zone: str = "",
        progress: Progress | None = None,
    ) -> ImportReport:
        """Import files and folders, and lay the journeys down where enough is new. DataError where nothing can be imported."""
        from kundig.ingest import import_files

        report = import_files(
            self.lake, [Path(p) for p in paths], self.places(time_zone),
            mapping=Path(mapping) if mapping else None, source=source, now=self.lake.clock(), progress=progress,
        )  # fmt: skip
        self.lake.fold()
        return report

    def where(self, **keys: Any) -> Where:
        """A filter, days meant in the workspace's time zone."""
        from kundig.lake import Where

        return Where.of(self.settings.time_zone, **keys)

    def ask(self, insight: Any, where: Where | Mapping[str, Any] | None = None, *, share: bool = False, **inputs: Any) -> Answer:
        """Put a question: ``ask("handovers", since="2026-01-01")`` or ``ask(JourneyMap(activities=20), where={"channel": "phone"})``.

        Filter keys may be given as keywords beside the insight's inputs. QuestionError where something does not fit.
        """
        from kundig import insight as questions
        from kundig.lake.where import HELP
        from kundig.lake.where import Where as Filter

        filters = {key: inputs.pop(key) for key in list(inputs) if key in HELP}
        chosen = where if isinstance(where, Filter) else self.where(**{**(where or {}), **filters})
        return questions.ask(self.lake, self._at_home(_question(insight, inputs)), chosen, share=share)

    def ask_each(self, insights: Iterable[Any], where: Where | None = None, *, share: bool = False) -> Iterator[Answer]:
        """Put several questions (insights or their names), one answer after the other; quicker than each by itself."""
        from kundig import insight as questions

        return questions.ask_each(self.lake, (self._at_home(_question(one, {})) for one in insights), where, share=share)

    def _at_home(self, insight: Any) -> Any:
        """The insight with hours and days meant where the firm is, unless another place was named."""
        zone = self.settings.time_zone
        january = dt.datetime(self.lake.clock().year, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset() or dt.timedelta()
        here = {"zone": zone, "utc_offset": round(january / dt.timedelta(hours=1))}
        unsaid = {
            field.name: here[field.name]
            for field in dataclasses.fields(insight)
            if field.name in here and getattr(insight, field.name) == field.default
        }
        return dataclasses.replace(insight, **unsaid) if unsaid else insight

    def sql(self, text: str, *, purpose: str = "analysis", where: Mapping[str, Any] | None = None, **params: Any) -> pa.Table:
        """Rows of an own question over the relations of ``purpose``; parameters are written ``:name``."""
        with self.lake.read(purpose, self.where(**(where or {}))) as reading:
            return reading.query(text, {"now": reading.now, **params} if ":now" in text else params)

    @property
    def models(self) -> Path:
        """Where learned models are kept."""
        return self.folder / "models"

    def train(self, model: str, *, seed: int = 0) -> Fitted:
        """Learn a model from everything up to now, judge it on later data than it learned from, and keep it.

        ModelError where the data cannot teach it.
        """
        from kundig import model as models

        fitted = models.fit(self.lake, models.find(model)(), seed=seed)
        models.save(fitted, self.models, self.key)
        return fitted

    def score(self, model: str, keys: Sequence[str] | None = None) -> pa.Table:
        """What the model called ``model`` foresees, for ``keys`` (such as pseudonyms) or everybody; learned now where it never was."""
        from kundig import model as models

        fitted = models.load(model, self.models, self.key) or models.fit(self.lake, models.find(model)(), judge=False)
        return models.predict(self.lake, fitted, keys)

    def label(self, model: str, scored: pa.Table) -> int:
        """Keep what the model called ``model`` believes of events as labels; returns how many changed.

        ModelError where it is not about events, or has not learned yet.
        """
        from kundig import model as models

        if models.find(model).about != "event_id":
            raise ModelError("{name} is not about events.", "Leave --write out.", name=model)
        fitted = models.load(model, self.models, self.key)
        if fitted is None:
            raise ModelError("{name} has not learned yet.", "Let it learn: kundig train {name}", name=model)
        return self.lake.label(model, scored, fitted.card.version)

    def memory(self, identifier: str, kind: str = "") -> pa.Table:
        """All events of one person, oldest first."""
        return self.lake.memory(self.key, identifier, kind)

    def export(self, identifier: str, folder: Path | str, kind: str = "", lang: str = "") -> list[Path]:
        """Everything about one person as JSON, CSV and HTML below ``folder``."""
        s = self.settings
        return self.lake.export(self.key, identifier, Path(folder), kind=kind, firm=s.firm, lang=lang or s.language)

    def erase(self, identifier: str, kind: str = "") -> Receipt:
        """Erase one person everywhere in the workspace and prove it; learned models are forgotten, since they may hold his words."""
        return self.lake.erase(self.key, identifier, kind)

    def find(self, identifier: str, kind: str = "") -> Person:
        """The one person known by a key or pseudonym; QuestionError where there is none or several."""
        return self.lake.find(self.key, identifier, kind)

    def record_consent(
        self, person: Person | str, purpose: str, status: str, *, kind: str = "",
        source: str, author: str = "", notice: str = "", evidence: str = "", at: dt.datetime | None = None,
    ) -> int:  # fmt: skip
        """Write down what a person (or whoever a key of ``kind`` belongs to) decided; returns the lake's version.

        status: given, withdrawn, restricted, unrestricted, objected or unobjected; purpose: one of ``event.PURPOSES`` or
        ``*`` for all. PrivacyError where either is unknown or ``at`` lies in the future.
        """
        who = person if not isinstance(person, str) else self.find(person, kind)
        return self.lake.record_consent(
            who, purpose, status, source=source, author=author, notice=notice, evidence=evidence, at=at
        )

    def link(
        self, person: Person | str, same_as: Person | str, *,
        evidence: str, author: str, at: dt.datetime | None = None, sure: bool = False,
    ) -> int:  # fmt: skip
        """Read one person as another from now on; keys and pseudonyms will do. See :meth:`kundig.lake.Lake.link`."""
        one, other = (p if not isinstance(p, str) else self.find(p) for p in (person, same_as))
        return self.lake.link(one, other, evidence=evidence, author=author, at=at, sure=sure)

    def unlink(self, person_id: str, same_as: str, *, evidence: str, author: str, at: dt.datetime | None = None) -> int:
        """Take a link back; the two pseudonyms are those of a live row of :meth:`links_of`."""
        return self.lake.unlink(person_id, same_as, evidence=evidence, author=author, at=at)

    def consents_of(self, person: Person | str, kind: str = "") -> list[dict[str, Any]]:
        """Every decision of a person, oldest first: the columns of ``consents``."""
        return self.lake.consents_of(person if not isinstance(person, str) else self.find(person, kind))

    def links_of(self, person: Person | str, kind: str = "") -> list[dict[str, Any]]:
        """Every row about a person's links, oldest first: the columns of ``links``, and ``live`` for those that hold."""
        return self.lake.links_of(person if not isinstance(person, str) else self.find(person, kind))


def create(folder: Path | str, **chosen: Any) -> Workspace:
    """Make a workspace; ``chosen`` are settings (time_zone, currency, language, firm). WorkspaceError where one is there already."""
    path = Path(folder).expanduser().resolve()
    if (path / config.FILE).exists():
        raise WorkspaceError("{folder} is a workspace already.", "Choose another folder.", folder=str(path))
    if path.is_file():
        raise WorkspaceError("{folder} is a file.", "Choose a folder.", folder=str(path))
    path.mkdir(parents=True, exist_ok=True)
    _make_key(path / KEY)
    for name in _FOLDERS:
        (path / name).mkdir(exist_ok=True)
    config.write_default(path, chosen.get("language", "en"), **{k: v for k, v in chosen.items() if v not in (None, "")})
    workspace = Workspace(path)
    workspace.lake.create()
    return workspace


def open(
    folder: Path | str | None = None, *, flags: Mapping[str, Any] | None = None, clock: Callable[[], dt.datetime] | None = None
) -> Workspace:
    """The workspace at ``folder``, else ``KUNDIG_WORKSPACE``, else the current folder upwards. WorkspaceError where there is none."""
    return Workspace(find(folder), flags, clock)


def find(folder: Path | str | None = None) -> Path:
    """The folder of the workspace meant; WorkspaceError where there is none."""
    named = folder or os.environ.get("KUNDIG_WORKSPACE")
    start = Path(named or ".").expanduser().resolve()
    places = [start] if named else [start, *start.parents]
    for place in places:
        if (place / config.FILE).is_file():
            return place
    raise WorkspaceError(
        "There is no workspace in {folder}.", "Make one with `kundig init DIR` or name it with --workspace.", folder=str(start)
    )


def _make_key(path: Path) -> None:
    """32 random bytes, readable by the owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _question(insight: Any, inputs: Mapping[str, Any]) -> Any:
    from kundig import insight as questions

    if not isinstance(insight, str):
        if inputs:
            raise QuestionError(
                "{name} takes no further inputs here.", "Give them to {name} itself.", name=type(insight).__name__
            )
        return insight
    cls = questions.find(insight)
    known = [f.name for f in questions.inputs_of(cls)]
    unknown = [name for name in inputs if name not in known]
    if unknown:
        raise QuestionError(
            "{insight} has no option {name}.", "It has: {known}.", insight=insight, name=unknown[0], known=", ".join(known) or "–"
        )
    return cls(**inputs)
