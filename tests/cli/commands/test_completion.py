"""``kundig completion``: a script for each shell."""

from __future__ import annotations

import pytest

from kundig.cli.commands.completion import SHELLS
from tests.cli.conftest import Run


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(kundig: Run, shell: str) -> None:
    result = kundig("completion", shell)
    assert result.exit_code == 0
    assert f"_KUNDIG_COMPLETE={shell}_complete" in result.stdout


def test_another_shell(kundig: Run) -> None:
    assert kundig("completion", "tcsh").exit_code == 2
