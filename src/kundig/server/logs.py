"""Structured logs without personal text: one JSON object a line on standard error."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

_KEPT = ("event", "seconds", "status", "method", "route", "rows", "job", "problem")


class Lines(logging.Formatter):
    """Only the logger, level, message template and chosen fields: values may be personal, so they are not filled in."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower(),
            "logger": record.name, "message": str(record.msg),
        }  # fmt: skip
        told |= {name: getattr(record, name) for name in _KEPT if hasattr(record, name)}
        if record.exc_info:
            told["error"] = record.exc_info[0].__name__ if record.exc_info[0] else ""
            told["where"] = self._where(record)
        return json.dumps(told, ensure_ascii=False, default=str)

    @staticmethod
    def _where(record: logging.LogRecord) -> list[str]:
        """File, line and function of each frame; no values."""
        found = []
        trace = record.exc_info[2] if record.exc_info else None
        while trace:
            code = trace.tb_frame.f_code
            found.append(
                f"{code.co_filename.rsplit('/site-packages/', 1)[-1].rsplit('/src/', 1)[-1]}:{trace.tb_lineno} {code.co_name}"
            )
            trace = trace.tb_next
        return found[-8:]


def configure(_: dict[str, Any]) -> None:
    """Log warnings of everything and our own information."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("kundig").setLevel(logging.INFO)
