"""`kneewise-chat` finds a port and explains what stops it."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from app.main import chat, listen


def test_a_port_in_use_gives_way_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    """It says which port is taken, and listens on another."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with listen("127.0.0.1", port) as second:
            assert second.getsockname()[1] > port
    assert f"Port {port} is in use" in capsys.readouterr().err


def test_an_address_of_another_machine_is_an_error() -> None:
    """Listening where this machine is not raises, instead of trying twenty ports."""
    with pytest.raises(OSError, match="assign"):
        listen("192.0.2.1", 7860)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--port", "70000"], "70000"), (["--port", "seven"], "seven"), (["--host", "192.0.2.1"], "192.0.2.1")],
)
def test_bad_arguments_name_themselves(arguments: list[str], words: str) -> None:
    """Exit status 2, and the value at fault."""
    import typer

    app = typer.Typer()
    app.command()(chat)
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2
    assert words in result.output


def test_a_missing_build_directory_is_a_sentence(tmp_path: object) -> None:
    """--index that leads nowhere ends with how to make one, not with a traceback."""
    command = [sys.executable, "-m", "app.main", "--port", "0", "--index", f"{tmp_path}/none"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert "make index" in result.stderr
    assert "Traceback" not in result.stderr


def test_localhost_by_default() -> None:
    """Without --host, no other machine can connect."""
    with listen("127.0.0.1", 0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
        assert listening.family == socket.AF_INET
