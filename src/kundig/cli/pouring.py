"""Pour files into a workspace: what ``import``, ``rejected replay`` and ``demo`` do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
