"""What a model foresees: of everybody, or of one person or case."""

from __future__ import annotations

from typing import Any

from kundig.cli.command import argument, command, option
from kundig.cli.forms import deliver, forms, taken
from kundig.cli.state import State, with_state
from kundig.cli.telling import bare
from kundig.cli.wording import worded
from kundig.errors import QuestionError
from kundig.message import Message, sentence


@command(
    "score",
    sentence(
        "Show what a model foresees, of all or of KEY: a person's number, mail address or pseudonym, a case, an event. "
        "A score advises; it decides nothing alone."
    ),
    "kundig score churn --csv",
    "kundig score churn K1000042",
    params=forms(picture=False),
)
@argument("name", metavar=sentence("NAME"))
@argument("keys", metavar=sentence("[KEY]..."), nargs=-1)
@option(
    "--write", is_flag=True, help=sentence("Keep what is believed of events as labels in the lake; only for models about events.")
)
@with_state
def score(state: State, name: str, keys: tuple[str, ...], write: bool, **rest: Any) -> None:
    """A table of scores with their reasons."""
    from kundig import model as models

    form, workspace, cls = taken(rest), state.open(), models.find(name)
    table = workspace.score(name, _keys(workspace, cls, keys) if keys else None)
    if not table.num_rows:
        raise _nothing(models.name_of(cls), cls.about, keys)
    if write:
        state.screen.note(Message("{n} labels written.", {"n": workspace.label(name, table)}))
    told = {"columns": dict(getattr(cls, "columns", {})), "words": tuple(getattr(cls, "words", ()))}
    if form.text:
        table = _worded(table, cls)
    answer = bare(table, cls.title, cls.current.strip(), workspace.lake.version, name=models.name_of(cls), **told)
    deliver(state.screen, answer, form)


ABOUT = {
    "person_id": sentence("A key is a number, mail address or pseudonym of a person who was there before the newest event."),
    "case_id": sentence("A key is the id of a case that is still running."),
    "event_id": sentence("A key is the id of a contact with a text that still needs the answer."),
    "day": sentence("A key is a day that is foreseen, such as 2026-11-21."),
}


def _nothing(name: str, about: str, keys: tuple[str, ...]) -> QuestionError:
    if not keys:
        return QuestionError(
            "{name} has nothing to foresee: the data holds nothing open or unanswered that it is about.",
            "Import newer data and ask again.", name=name,
        )  # fmt: skip
    return QuestionError(
        "{name} has nothing to foresee for: {keys}.", "{about} Without a key all are shown: kundig score {name}",
        name=name, keys=", ".join(f'"{key}"' for key in keys), about=Message(ABOUT[about]),
    )  # fmt: skip


def _worded(table: Any, cls: Any) -> Any:
    """The codes of a model's reasons as people read them."""
    import pyarrow as pa

    if not hasattr(cls, "word") or "reasons" not in table.column_names:
        return table
    given = table["reasons"].to_pylist()
    codes = {code for reason in given for code in ([reason] if isinstance(reason, str) else reason or ())}
    told = {code: worded(cls.word(code)) for code in codes}
    texts = [told[reason] if isinstance(reason, str) else ", ".join(told[code] for code in reason or ()) for reason in given]
    return table.set_column(table.column_names.index("reasons"), "reasons", pa.array(texts, pa.string()))


def _keys(workspace: Any, cls: Any, keys: tuple[str, ...]) -> list[str]:
    """Persons are meant by any identifier, everything else by its id."""
    if cls.about != "person_id":
        return list(keys)
    return [person for key in keys for person in workspace.find(key).ids]


command = score
