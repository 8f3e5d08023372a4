"""kundig remembers every interaction with a customer and says what to remove first.

``kundig.open(folder)`` gives a :class:`~kundig.workspace.Workspace`; everything else is found from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kundig.workspace import Workspace, create, open

__version__ = "0.1.0"
__all__ = ["Workspace", "create", "open"]


def __getattr__(name: str) -> Any:
    """Load the workspace only when it is used, so that ``import kundig`` costs nothing."""
    if name in __all__:
        from kundig import workspace

        return getattr(workspace, name)
    raise AttributeError(f"module 'kundig' has no attribute {name!r}")
