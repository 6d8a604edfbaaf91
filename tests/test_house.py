"""The layout holds: imports run one way, frameworks stay in their module, nothing foreign is carried in."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("ingest", "app", "eval")
ALLOWED = {"ingest": {"ingest"}, "app": {"app", "ingest"}, "eval": {"eval", "app", "ingest"}}
FRAMEWORKS = ("chromadb", "sentence_transformers", "gradio", "ragas", "ray")
MAX_RUN_WORDS = 10
MACHINE_PATH = re.compile(r"(?<![\w.\-])/(?:home|root|Users|work)/[\w.]")


def modules(*folders: str) -> list[Path]:
    """Every module below `folders`, as a path from the project's root."""
    return [path.relative_to(ROOT) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(module: Path) -> Iterator[str]:
    """Dotted names that `module` imports, wherever in the file."""
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: relative imports hide the direction"
            yield node.module or ""


def tracked() -> list[Path]:
    """Every file that git carries, or the whole tree where the project came without git."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    """Every tracked file that is text, with its content."""
    for path in tracked():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def words(text: str) -> list[str]:
    """Lower-case words; apostrophes straight, so that typography does not hide a copy."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("\u2019", "'"))


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of one word more than may be shared."""
    found = words(text)
    return zip(*(found[i:] for i in range(MAX_RUN_WORDS + 1)), strict=False)


@pytest.mark.parametrize("module", modules(*PACKAGES), ids=str)
def test_imports_run_one_way(module: Path) -> None:
    """`eval` may import `app`, `app` may import `ingest`, and nothing imports back."""
    package = module.parts[0]

    foreign = {name for name in imports(module) if name.partition(".")[0] in set(PACKAGES) - ALLOWED[package]}

    assert not foreign, f"{module} imports {sorted(foreign)}"


@pytest.mark.parametrize("module", modules("app/rules"), ids=str)
def test_the_guard_stands_alone(module: Path) -> None:
    """The red-flag rules import nothing of the rest, so nothing of the rest can take them down."""
    ours = [name for name in imports(module) if name.partition(".")[0] in PACKAGES]
    outside = [name for name in ours if not f"{name}.".startswith("app.rules.")]

    assert not outside, f"{module} imports {outside}"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_one_module_knows_each_framework(framework: str) -> None:
    """Swapping a framework is the matter of one file."""
    knowing = [m for m in modules(*PACKAGES) if any(n.partition(".")[0] == framework for n in imports(m))]

    assert len(knowing) == 1, f"{framework} is imported by {[str(m) for m in knowing]}"


def test_packages_ship_what_they_need() -> None:
    """The wheel carries all three packages and the corpus."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert sorted(wheel["packages"]) == sorted(PACKAGES)
    assert wheel["force-include"] == {"corpus": "corpus"}


def test_pins_hold_no_gpu_package_and_no_address() -> None:
    """An install takes no CUDA packages, and comes from wherever the user's pip looks."""
    pins = [p for p in (ROOT / "constraints.txt").read_text().splitlines() if not p.startswith("#")]

    assert all(re.fullmatch(r"[A-Za-z0-9_.\-]+==[A-Za-z0-9_.]+", pin) for pin in pins)
    assert not [pin for pin in pins if re.match(r"nvidia|cuda|triton", pin, re.IGNORECASE)]


def test_no_file_names_a_path_of_a_machine() -> None:
    """The project runs anywhere, so it names no home folder and no work folder."""
    found = [f"{path}: {hit.group()}" for path, text in texts() for hit in MACHINE_PATH.finditer(text)]

    assert not found


def test_no_file_repeats_the_articles(originals: Path) -> None:
    """Facts carry over from the originals, sentences never: not more than ten words in a row."""
    theirs = {run: article.name for article in originals.glob("*.txt") for run in runs(article.read_text())}

    copied = {f"{path}: {' '.join(run)}" for path, text in texts() for run in runs(text) if run in theirs}

    assert theirs, f"no articles in {originals}"
    assert not copied
