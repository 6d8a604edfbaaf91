"""docs/operate.md is run, and what it ships is read over: no engine for containers is needed for either."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.locate import current_id

ROOT = Path(__file__).parent.parent
SHIP = ROOT / "docs" / "ship"
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")


def block(heading: str) -> str:
    """The shell block under a heading of the page."""
    section = PAGE.partition(f"## {heading} (rehearsed)\n")[2].partition("\n## ")[0]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found, f"no shell block under {heading!r}"
    return found[1]


def run(script: str, **variables: object) -> str:
    """Run a block as a person would, with the programs of this environment; its output."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **{name: str(value) for name, value in variables.items()}}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_rehearsed_step_is_run_here() -> None:
    """A heading that promises a rehearsal has one."""
    promised = set(re.findall(r"^## (.+) \(rehearsed\)$", PAGE, re.MULTILINE))

    assert promised == {"Back up", "Restore", "Upgrade the articles", "Roll back the articles"}


@pytest.mark.slow
def test_back_up_restore_upgrade_and_roll_back(digest_home: Path, tmp_path: Path) -> None:
    """A backup answers the same from another folder; an upgrade adds an article; a rollback takes it back."""
    home, backup, restored = tmp_path / "home", tmp_path / "backup.tgz", tmp_path / "restored"
    shutil.copytree(digest_home, home)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "gaiters.txt").write_text(
        "Gaiters For Mud\n\n" + "Gaiters keep mud and stones out of the boots on a long descent. " * 4
    )
    before = current_id(home)

    run(block("Back up"), KNEEWISE_HOME=home, BACKUP=backup)
    answer = run(block("Restore"), KNEEWISE_HOME=home, BACKUP=backup, RESTORED=restored)
    run(block("Upgrade the articles"), KNEEWISE_HOME=home, ARTICLES=tmp_path / "articles")
    upgraded = current_id(home)
    run(block("Roll back the articles"), KNEEWISE_HOME=home)

    assert current_id(restored) == before
    assert "wall sit" in answer.lower()
    assert upgraded != before
    assert "Gaiters" in (home / "builds" / upgraded / "articles.jsonl").read_text()
    assert current_id(home) == before


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_links_and_make_targets_of_the_pages_exist(page: Path) -> None:
    """Every relative link leads somewhere, and every `make` command is a target."""
    text = page.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert not [link for link in links if not (page.parent / link).exists()]
    assert not set(re.findall(r"`make ([a-z-]+)", text)) - targets


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile: name, arguments; continued lines joined."""
    lines = [line for line in (SHIP / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    text = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def test_the_image_is_lean_and_not_root() -> None:
    """Pinned bases, no root at run time, exec form, a health check, nothing fetched but packages."""
    found = dockerfile()
    last_stage = found[max(i for i, (name, _) in enumerate(found) if name == "FROM") :]
    user = [value for name, value in last_stage if name == "USER"]

    assert all(re.search(r":\d[\w.-]+", value) for name, value in found if name == "FROM")
    assert user == ["10001"]
    assert any(name == "HEALTHCHECK" and "/readyz" in value for name, value in last_stage)
    assert all(value.startswith("[") for name, value in last_stage if name == "CMD")
    assert not [value for name, value in found if name == "ADD" or re.search(r"\b(curl|wget|sudo)\b", value)]
    assert not [value for name, value in last_stage if name == "RUN" and "pip" in value]


def test_what_the_image_copies_exists_and_is_let_in() -> None:
    """Every COPY from the project names what is there, and the ignore file lets it through."""
    let_in = {
        line[1:] for line in (SHIP / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    sources = [
        source
        for name, value in dockerfile()
        if name == "COPY" and "--from" not in value
        for source in value.split()[:-1]
    ]

    assert sources
    assert not [source for source in sources if not (ROOT / source).exists()]
    assert set(sources) == let_in


@pytest.mark.parametrize("service", ["chat", "chroma"])
def test_services_are_confined(service: str) -> None:
    """Read-only root, no capabilities, no new privileges, bounds on memory and processes."""
    confined: dict[str, Any] = yaml.safe_load((SHIP / "compose.yaml").read_text())["services"][service]

    assert confined["read_only"] is True
    assert confined["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in confined["security_opt"]
    assert confined["mem_limit"]
    assert confined["pids_limit"]


def test_only_the_chat_is_reachable_and_only_from_here() -> None:
    """Chroma has no logins: it has no port outside and a network without a way out."""
    compose: dict[str, Any] = yaml.safe_load((SHIP / "compose.yaml").read_text())

    assert "ports" not in compose["services"]["chroma"]
    assert compose["services"]["chroma"]["networks"] == ["back"]
    assert compose["networks"]["back"] == {"internal": True}
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["chat"]["ports"])


def test_the_chroma_server_is_the_pinned_version() -> None:
    """Client and server are of one version."""
    pinned = re.search(r"^chromadb==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)

    assert pinned
    assert f"image: chromadb/chroma:{pinned[1]}" in (SHIP / "compose.yaml").read_text()


def test_the_unit_is_confined_and_starts_what_exists() -> None:
    """No root, a read-only system, its own state folder, and a command of the package."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(SHIP / "kneewise.service")
    service = unit["Service"]

    assert service["DynamicUser"] == service["NoNewPrivileges"] == service["PrivateTmp"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == "kneewise"
    assert (Path(sys.executable).parent / Path(service["ExecStart"].split()[0]).name).exists()


def test_every_variable_of_the_page_is_read_by_the_program() -> None:
    """No setting is promised that nothing reads."""
    code = "".join(path.read_text() for folder in ("app", "ingest") for path in (ROOT / folder).glob("*.py"))
    named = set(re.findall(r"KNEEWISE_[A-Z_]+[A-Z]", PAGE)) - {"KNEEWISE_FAULTS"}

    assert named
    assert not [name for name in named if name not in code]
