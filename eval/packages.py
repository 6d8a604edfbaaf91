"""`make licences`: the packages that Kneewise runs with, their versions and their licences."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

from eval.markdown import table

_ROOT = "kneewise"
_UNKNOWN = "not stated"
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package.

    Attributes:
        name: As it calls itself.
        version: Installed.
        licence: As its metadata states it, shortened to one line.
    """

    name: str
    version: str
    licence: str


def packages(extras: Sequence[str] = ()) -> list[Package]:
    """Return what the project needs, directly or not, by name.

    Args:
        extras: Extras of the project whose needs belong to it too.
    """
    found: dict[str, Package] = {}
    left = [(_ROOT, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while left:
        name, wanted = left.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            installed = distribution(name)
        except PackageNotFoundError:  # needed on other systems only
            continue
        if name != _ROOT:
            found[name] = Package(installed.metadata["Name"], installed.version, licence(installed))
        left += [(need, more) for need, more in _needs(installed, wanted)]
    return sorted(found.values(), key=lambda package: package.name.lower())


def licence(installed: Distribution) -> str:
    """Return the licence that a package states: its expression, its classifiers, or its own words."""
    about = installed.metadata
    if "License-Expression" in about:
        return about["License-Expression"]
    named = [
        c.removeprefix(_CLASSIFIER) for c in about.get_all("Classifier") or () if c.startswith(_CLASSIFIER)
    ]
    words = [line for text in about.get_all("License") or () for line in text.strip().splitlines()]
    return ", ".join(named) or (words[0][:60] if words else _UNKNOWN)


def _needs(installed: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in installed.requires or ():
        need = Requirement(text)
        if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in (*extras, "")):
            yield re.sub(r"[-_.]+", "-", need.name).lower(), frozenset(need.extras)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the packages, then how many have which licence."""
    parser = argparse.ArgumentParser(prog="eval.packages", description=__doc__)
    parser.add_argument("--extras", nargs="*", default=[], help="eval, dev: what they add")
    found = packages(parser.parse_args(arguments).extras)
    print(table(["package", "version", "licence"], [[p.name, p.version, p.licence] for p in found]))
    print("\n".join(f"{count:4d}  {name}" for name, count in Counter(p.licence for p in found).most_common()))


if __name__ == "__main__":
    main()
