"""What README and CONTRIBUTING promise exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = (Path("README.md"), Path("CONTRIBUTING.md"), Path("eval/README.md"))


def links(page: Path) -> list[str]:
    """Relative link targets of a page, without their anchors."""
    found = re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text())
    return [link.partition("#")[0] for link in found if "://" not in link and not link.startswith("#")]


def commands(page: Path, program: str) -> list[str]:
    """First argument of each call of `program` in the page's code."""
    code = re.findall(r"```.*?```|`[^`\n]+`", (ROOT / page).read_text(), re.DOTALL)
    return re.findall(rf"\b{program}(?: |-)([a-z-]+)", "\n".join(code))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of the page is a file or folder of the project."""
    targets = links(page)

    assert targets
    assert not [t for t in targets if not (ROOT / page.parent / t).exists()]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_make_targets_exist(page: Path) -> None:
    """Every `make` command on the page is a target."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert commands(page, "make")
    assert not set(commands(page, "make")) - targets


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_programs_exist(page: Path) -> None:
    """Every `kneewise-...` command on the page is an entry point of the package."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]

    assert not {f"kneewise-{name}" for name in commands(page, "kneewise")} - set(scripts)


def test_make_runs_files_that_exist() -> None:
    """Every module or file that a target starts is there."""
    recipe = (ROOT / "Makefile").read_text()
    started = [ROOT / f"{m.replace('.', '/')}.py" for m in re.findall(r"-m (eval\.\w+)", recipe)]
    started += [ROOT / path for path in re.findall(r"(tests/\S+)", recipe)]

    assert not [str(path) for path in started if not path.exists()]
