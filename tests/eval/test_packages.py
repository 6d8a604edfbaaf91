"""The list of packages holds what the project needs, and each with a licence."""

from __future__ import annotations

import pytest

from eval.packages import main, packages


def test_needs_of_needs_are_listed_and_other_extras_are_not() -> None:
    """Chroma's own needs run too; ragas is not needed to answer."""
    names = {package.name.lower() for package in packages()}

    assert {"chromadb", "onnxruntime", "gradio", "starlette"} <= names
    assert "ragas" not in names
    assert "ragas" in {package.name.lower() for package in packages(["eval"])}


def test_every_package_states_a_licence_that_lets_it_be_used() -> None:
    """None is silent, and none has copyleft as the only choice."""
    found = packages()

    assert [p.name for p in found if p.licence == "not stated"] == []
    bound = [p.name for p in found if "GPL" in p.licence and " OR " not in p.licence]
    assert bound == []


def test_the_list_is_printed_with_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """One row for each package, and how many have which licence."""
    main([])
    printed = capsys.readouterr().out

    assert "| chromadb |" in printed
