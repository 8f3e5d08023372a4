"""Which language the command line speaks, decided before click reads a word.

Help and usage errors appear while the command line is still being parsed, so the language is taken from the raw words
(``--lang``), the environment, the workspace's settings and the system, in this order. click words its own texts with
the process's gettext domain; ours holds them too (:data:`OF_CLICK`), so nothing stays English in between.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from kundig import config, message
from kundig.errors import KundigError
from kundig.message import LANGUAGES, Message, say, sentence, sentences

WORKSPACE = "KUNDIG_WORKSPACE"
_SYSTEM = ("LC_ALL", "LC_MESSAGES", "LANG")
_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def spoken() -> str:
    """The language in force, "de" or "en"."""
    return _spoken.get()


def worded(text: str | Message) -> str:
    """``text`` in the language in force."""
    return say(text, spoken())


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Everything said inside is said in ``lang``, by click too; afterwards all is as before."""
    token, before = _spoken.set(lang), (gettext.textdomain(), os.environ.get("LANGUAGE"))
    gettext.bindtextdomain("kundig", str(Path(message.__file__).parent / "locale"))
    gettext.textdomain("kundig")
    os.environ["LANGUAGE"] = lang
    try:
        yield
    finally:
        _spoken.reset(token)
        gettext.textdomain(before[0])
        _restore("LANGUAGE", before[1])


def wanted(words: Sequence[str], environ: Mapping[str, str] | None = None) -> str:
    """The language for the command line ``words``; settings that cannot be read do not stand in the way."""
    env = os.environ if environ is None else environ
    if (flag := value_of(words, "--lang")) in LANGUAGES:
        return flag
    system = {name: env[name] for name in _SYSTEM if name in env}
    for folder, known in ((_folder(words, env), env), (None, env), (None, system)):
        try:
            return config.load(folder, environ=known).language
        except KundigError:
            continue
    raise AssertionError("the system's language is always one of ours")


def value_of(words: Sequence[str], *names: str) -> str:
    """The value of the option ``names`` in raw ``words``; "" where it is not given."""
    for n, word in enumerate(words):
        if word == "--":
            break
        if word in names and n + 1 < len(words):
            return words[n + 1]
        if (name := word.partition("=")[0]) in names and name != word:
            return word.partition("=")[2]
    return ""


def _folder(words: Sequence[str], environ: Mapping[str, str]) -> Path | None:
    given = value_of(words, "--workspace", "-w") or environ.get(WORKSPACE, "")
    if given:
        return Path(given)
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / config.FILE).is_file()), None)


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


OF_CLICK = (
    sentence("Usage:"),
    sentence("Options"),
    sentence("Commands"),
    sentence("Show this message and exit."),
    sentence("default: {default}"),
    sentence("required"),
    sentence("Error: {message}"),
    sentence("Try '{command} {option}' for help."),
    sentence("Missing command."),
    sentence("Missing argument"),
    sentence("Missing option"),
    sentence("Choose from:\n\t{choices}"),
    sentence("No such command {name!r}."),
    sentence("No such option {name!r}."),
    sentence("Invalid value: {message}"),
    sentence("Invalid value for {param_hint}: {message}"),
    sentence("{value!r} is not a valid {number_type}."),
    sentence("{value!r} is not a valid boolean. Recognized values: {states}"),
    sentence("{value} is not in the range {range}."),
    sentence("Option {name!r} does not take a value."),
    sentence("Aborted!"),
)
"""click's own texts that a user of kundig can meet, word for word; here for the catalogue's sake only."""

OF_CLICK_IN_NUMBERS = (
    sentences("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 1),
    sentences("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 1),
    sentences("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", 1),
    sentences("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 1),
)
