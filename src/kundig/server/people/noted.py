"""The words of the audit log's acts, so that its page speaks the reader's language; the log itself keeps the English ones."""

from __future__ import annotations

from kundig.message import sentence

ACTS = (
    sentence("add alert"),
    sentence("add webhook"),
    sentence("added retention"),
    sentence("began erasure"),
    sentence("cases"),
    sentence("change account"),
    sentence("changed request"),
    sentence("changed retention"),
    sentence("checked identity"),
    sentence("deleted by age"),
    sentence("discard dead letter"),
    sentence("download rejected rows"),
    sentence("erased"),
    sentence("extended request"),
    sentence("finished request"),
    sentence("handed out data"),
    sentence("import"),
    sentence("invite"),
    sentence("made consent receipt"),
    sentence("make sample data"),
    sentence("make token"),
    sentence("new link"),
    sentence("read dead letter"),
    sentence("read rejected rows"),
    sentence("received request"),
    sentence("recorded decision"),
    sentence("refused request"),
    sentence("remove sample data"),
    sentence("replay dead letter"),
    sentence("replay rejected rows"),
    sentence("revoke token"),
    sentence("saw decisions"),
    sentence("try webhook"),
    sentence("upload"),
)
