"""Every setting once: its name, type, default, help and environment name.

A value comes from a flag, else from ``KUNDIG_<NAME>``, else from the workspace's ``kundig.toml``, else it is the default.
The fields of :class:`Settings` are the list; the file ``kundig init`` writes and the docs are made from them.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kundig.errors import ConfigError
from kundig.message import LANGUAGES, say, sentence

FILE = "kundig.toml"
PREFIX = "KUNDIG_"
MOST_MEMORY_GB = 6

Value = str | int | float


def _memory_limit() -> str:
    """Half of the machine's memory in whole GB, at least 1 and at most 6: room is left for what else runs there."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return "2GB"
    return f"{max(1, min(MOST_MEMORY_GB, total // 2 // 10**9))}GB"


def _is_zone(value: Value) -> bool:
    try:
        ZoneInfo(str(value))
    except (KeyError, OSError, ValueError):
        return False
    return True


def _matches(pattern: str) -> Callable[[Value], bool]:
    return lambda value: re.fullmatch(pattern, str(value)) is not None


def _between(low: float, high: float) -> Callable[[Value], bool]:
    return lambda value: low <= float(value) <= high


def _setting(default: Any, text: str, use: str, check: Callable[[Value], bool], shown: str = "") -> Any:
    """A field with its help, what to write instead of a wrong value, and its check; ``shown`` words a computed default."""
    facts = {"help": text, "use": use, "check": check, "shown": shown}
    return field(default_factory=default, metadata=facts) if callable(default) else field(default=default, metadata=facts)


@dataclass(frozen=True)
class Settings:
    """The settings in force for one workspace."""

    time_zone: str = _setting(
        "UTC", sentence("The time zone of times without one; a mapping may name its own."),
        sentence("Write the name of a time zone, such as Europe/Berlin."), _is_zone,
    )  # fmt: skip
    currency: str = _setting(
        "EUR", sentence("The currency of all amounts."),
        sentence("Write three capital letters, such as EUR."), _matches("[A-Z]{3}"),
    )  # fmt: skip
    language: str = _setting(
        "en", sentence("The language of answers and reports: en or de; where it is not set, that of the system."),
        sentence("Write en or de."), lambda value: value in LANGUAGES,
    )  # fmt: skip
    engine: str = _setting(
        "duckdb", sentence("Where questions are computed: duckdb on this machine, spark on a cluster."),
        sentence("Write duckdb or spark."), _matches("[a-z][a-z0-9_]*"),
    )  # fmt: skip
    spark_master: str = _setting(
        "", sentence("Where the Spark cluster is, such as spark://host:7077; empty for Spark on this machine."),
        sentence("Write the address of a cluster, such as spark://host:7077, yarn or local[4]."), _matches(r"[\w\[\]*,.:/-]*"),
    )  # fmt: skip
    memory: str = _setting(
        _memory_limit, sentence("The most memory a question or an import may take."),
        sentence("Write a size, such as 4GB or 800MB."), _matches(r"[1-9]\d*(\.\d+)? ?[MGT]i?B"),
        "half of the machine's memory, at most 6GB",
    )  # fmt: skip
    threads: int = _setting(
        0, sentence("How many processor cores to use; 0 for all."),
        sentence("Write a whole number from 0 to 1024."), _between(0, 1024),
    )  # fmt: skip
    firm: str = _setting(
        "", sentence("The name of the firm, shown on reports."),
        sentence("Write the name on one line."), _matches(r"[^\x00-\x1f\x7f]*"),
    )  # fmt: skip
    handling_cost_per_hour: float = _setting(
        45.0, sentence("What an hour of handling costs the firm, in its currency; used to say what removing a reason saves."),
        sentence("Write an amount, such as 45 or 52.5."), _between(0, 1e6),
    )  # fmt: skip
    rejected_keep_days: int = _setting(
        90, sentence("After how many days rows that could not be read are deleted."),
        sentence("Write a whole number from 1 to 3650."), _between(1, 3650),
    )  # fmt: skip
    host: str = _setting(
        "127.0.0.1", sentence("The address the server listens on; 0.0.0.0 for every network of the machine."),
        sentence("Write an address, such as 127.0.0.1."), _matches(r"[0-9a-zA-Z.:_-]+"),
    )  # fmt: skip
    port: int = _setting(
        8600, sentence("The port the server listens on."),
        sentence("Write a whole number from 0 to 65535."), _between(0, 65535),
    )  # fmt: skip
    workers: int = _setting(
        1, sentence("How many processes of the server answer; more than one needs PostgreSQL."),
        sentence("Write a whole number from 1 to 64."), _between(1, 64),
    )  # fmt: skip
    database: str = _setting(
        "", sentence("Where the server's own tables lie: empty for SQLite in the workspace, or postgresql://user@host:5432/name."),
        sentence("Leave it empty or write postgresql://user@host:5432/name."), _matches(r"(postgres(ql)?://\S+)?"),
    )  # fmt: skip
    public_url: str = _setting(
        "", sentence("The address people use in their browser, such as https://kundig.example.org; needed behind a proxy."),
        sentence("Write an address that begins with http:// or https://."), _matches(r"(https?://[^\s/]+/?)?"),
    )  # fmt: skip
    mail_url: str = _setting(
        "", sentence("The server that sends mail, such as smtp://user@mail.example.org:587; empty for no mail."),
        sentence("Write smtp://host:port or smtps://host:port."), _matches(r"(smtps?://\S+)?"),
    )  # fmt: skip
    mail_from: str = _setting(
        "", sentence("The sender of mails."),
        sentence("Write a mail address."), _matches(r"([^@\s]+@[^@\s]+)?"),
    )  # fmt: skip
    webhook_hosts: str = _setting(
        "", sentence("Hosts of the firm's own network that webhooks may go to, separated by commas; all others must be public."),
        sentence("Write the hosts' names, separated by commas."), _matches(r"[^\s/]*(,\s*[^\s/]+)*"),
    )  # fmt: skip
    oidc_issuer: str = _setting(
        "", sentence("The identity provider (OpenID Connect) people log in with, by its address; empty for passwords only."),
        sentence("Write the provider's address."), _matches(r"(https?://\S+)?"),
    )  # fmt: skip
    oidc_client: str = _setting(
        "", sentence("The client id the identity provider gave kundig; its secret stands in the file oidc_secret in the workspace."),
        sentence("Write the client id on one line."), _matches(r"[^\x00-\x1f\x7f]*"),
    )  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One line of the table of settings; ``shown`` is the default in words."""

    name: str
    type: type[Value]
    default: Value
    help: str
    use: str
    check: Callable[[Value], bool]
    shown: str

    @property
    def environment(self) -> str:
        return PREFIX + self.name.upper()


_TYPES: dict[str, type[Value]] = {"str": str, "int": int, "float": float}


def _line(one: dataclasses.Field[Any], default: Value) -> Setting:
    facts = one.metadata
    shown = facts["shown"] or (json.dumps(default) if default == "" else str(default))
    return Setting(one.name, _TYPES[str(one.type)], default, facts["help"], facts["use"], facts["check"], shown)


def table() -> tuple[Setting, ...]:
    """All settings in the order of :class:`Settings`."""
    defaults = Settings()
    return tuple(_line(one, getattr(defaults, one.name)) for one in dataclasses.fields(Settings))


def load(
    folder: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings for the workspace in ``folder`` (None: no workspace); flags that are None count as not given.

    Raises ConfigError naming the key, the value, where it was found and what to write instead.
    """
    env = os.environ if environ is None else environ
    found: dict[str, Any] = (
        {"language": _system_language(env)} | _from_file(folder) | _from_environment(env) | _from_flags(flags or {})
    )
    return Settings(**found)


def write_default(folder: Path, lang: str = "en", **chosen: Value) -> Path:
    """Write ``kundig.toml`` with every setting explained; those not ``chosen`` stand there as comments.

    Overwrites what is there, so the caller asks first. Raises ConfigError where a chosen value cannot be used.
    """
    path = folder / FILE
    values = {name: _checked(name, value, FILE) for name, value in chosen.items()}
    blocks = [_explained(setting, values.get(setting.name), lang) for setting in table()]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


def _explained(setting: Setting, value: Value | None, lang: str) -> str:
    given = setting.default if value is None else value
    line = f"{setting.name} = {json.dumps(given, ensure_ascii=False)}"
    return f"# {say(setting.help, lang)} ({setting.environment})\n{'# ' if value is None else ''}{line}"


def _system_language(environ: Mapping[str, str]) -> str:
    wanted = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return wanted[:2].lower() if wanted[:2].lower() in LANGUAGES else "en"


def _from_file(folder: Path | None) -> dict[str, Value]:
    if folder is None or not (folder / FILE).is_file():
        return {}
    path = folder / FILE
    return {name: _checked(name, value, str(path)) for name, value in _parsed(path).items()}


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        why = str(error)
    except UnicodeDecodeError as error:
        why = f"{error.reason} (byte {error.start})"
    hint = sentence("Correct it there, in UTF-8; text stands in double quotes.")
    raise ConfigError("{file} cannot be read: {why}", hint, file=str(path), why=why)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    known = {setting.environment: setting.name for setting in table()}
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            _refuse_misspelt(name, known)
    return {known[name]: _checked(known[name], environ[name], name) for name in known if environ.get(name)}


def _refuse_misspelt(name: str, known: Mapping[str, str]) -> None:
    """Other programs may own KUNDIG_ names, so only what is nearly a setting's name is an error."""
    if near := difflib.get_close_matches(name, known, 1, cutoff=0.84):
        raise ConfigError("There is no setting {key} ({where}).", "Did you mean {near}?", key=name, where=name, near=near[0])


def _from_flags(flags: Mapping[str, Any]) -> dict[str, Value]:
    return {n: _checked(n, v, "--" + n.replace("_", "-")) for n, v in flags.items() if v is not None}


def _checked(name: str, value: Any, where: str) -> Value:
    """``value`` as the setting's type, or ConfigError."""
    setting = next((s for s in table() if s.name == name), None)
    if setting is None:
        raise _unknown(name, where)
    typed = _typed(setting.type, value)
    if typed is None or not setting.check(typed):
        text = sentence("The setting {key} cannot be {value} ({where}).")
        raise ConfigError(text, setting.use, key=name, value=str(value), where=where)
    return typed


def _unknown(name: str, where: str) -> ConfigError:
    names = [setting.name for setting in table()]
    near = difflib.get_close_matches(name.lower().replace("-", "_"), names, 2) or names
    text = sentence("There is no setting {key} ({where}).")
    return ConfigError(text, "Did you mean {near}?", key=name, where=where, near=" / ".join(near))


def _typed(wanted: type[Value], value: Any) -> Value | None:
    """``value`` as ``wanted`` where nothing is lost by it, else None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str):
        return _parse(wanted, value.strip())
    if wanted is float:
        return float(value)
    return value if isinstance(value, wanted) else None


def _parse(wanted: type[Value], text: str) -> Value | None:
    try:
        return wanted(text)
    except ValueError:
        return None
