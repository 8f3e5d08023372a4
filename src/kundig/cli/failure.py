"""How a run that failed ends: worded, with the next step, on standard error, and with an exit code scripts can rely on.

0 all is well; 1 it could not be done; 2 the command line is wrong; 3 ``verify`` found damage; 130 the user stopped it.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from kundig.cli.screen import clean
from kundig.cli.wording import worded
from kundig.errors import KundigError
from kundig.message import Message, sentence

FAILED, USAGE, DAMAGED, STOPPED = 1, 2, 3, 130

_FULL = sentence("The disk is full; nothing half done is visible.")
_MAKE_ROOM = sentence("Make room and run the same command again.")


@dataclass(frozen=True)
class Problem:
    """What is said about a failure."""

    type: str
    title: str
    hint: str
    exit_code: int


def guarded(run: Callable[[], object], words: Sequence[str]) -> int:
    """The exit code of ``run``; what it raises is said, as JSON where ``words`` ask for that."""
    try:
        code = run()
    except BrokenPipeError:
        return _pipe_closed()
    except click.exceptions.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo(worded(sentence("Stopped.")), err=True)
        return STOPPED
    except Exception as error:
        return _told(error, words)
    return code if isinstance(code, int) else 0


def _told(error: Exception, words: Sequence[str]) -> int:
    if "--traceback" in words:
        traceback.print_exception(error, file=sys.stderr)
    problem = problem_of(error)
    if "--json" in words:
        click.echo(json.dumps(vars(problem), ensure_ascii=False), err=True)
    elif isinstance(error, click.ClickException):
        error.show()
    else:
        _show(problem)
    return problem.exit_code


def problem_of(error: Exception) -> Problem:
    """What to say about ``error`` in the language in force."""
    match error:
        case KundigError():
            return Problem(type(error).__name__, _filled(error.text, error), _filled(error.hint, error), FAILED)
        case click.ClickException():
            return Problem(type(error).__name__, error.format_message(), "", error.exit_code)
        case OSError() if error.errno == errno.ENOSPC:
            return Problem("StorageError", worded(_FULL), worded(_MAKE_ROOM), FAILED)
        case OSError() if error.filename is not None:
            text = Message("{file}: {why}", {"file": str(error.filename), "why": error.strerror})
            return Problem(type(error).__name__, worded(text), worded(sentence("Check the path and its permissions.")), FAILED)
    text = Message("Something went wrong inside kundig: {error}", {"error": f"{type(error).__name__}: {error}"})
    hint = sentence("This is a fault of the program. Please report it with what --traceback shows.")
    return Problem("Fault", worded(text), worded(hint), FAILED)


def _filled(text: str, error: KundigError) -> str:
    return worded(Message(text, error.values)) if text else ""


def _show(problem: Problem) -> None:
    click.echo(clean(worded(Message("Error: {message}", {"message": problem.title}))), err=True)
    if problem.hint:
        click.echo(clean(f"  {problem.hint}"), err=True)


def _pipe_closed() -> int:
    """The reader (``head``, say) has seen enough: that is no failure, and Python must not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
