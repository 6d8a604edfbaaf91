"""The connecting words of a reply, read from one file."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_KNOWN = frozenset(
    "covers topics count flags exercise topic choice names fit condition quote advice".split()  # noqa: SIM905
)


class TemplateError(ValueError):
    """The template file names something that no stage fills in."""


@dataclass(frozen=True, slots=True)
class Templates:
    """Every connecting phrase, by section and name."""

    sections: Mapping[str, Mapping[str, str]]
    follow_ups: Mapping[str, tuple[str, ...]]
    vague: Mapping[str, str]
    held_search: str

    def has(self, section: str, name: str) -> bool:
        """Say whether there is such a phrase."""
        return name in self.sections[section]

    def say(self, section: str, name: str, **values: str) -> str:
        """Return one phrase with `values` filled in.

        Raises:
            KeyError: No such phrase, or a value is missing; the message is its name.
        """
        return self.sections[section][name].format(**values)


def load_templates(path: Path | None = None) -> Templates:
    """Read and check the template file.

    Raises:
        TemplateError: A phrase has a variable that nobody fills in; names the phrase and the variable.
    """
    path = path or Path(__file__).with_name("data") / "templates.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    sections = {name: data[name] for name in ("notes", "leads", "names", "clarify", "table")}
    for section, phrases in sections.items():
        for name, phrase in phrases.items():
            unknown = {field for _, field, _, _ in string.Formatter().parse(phrase) if field} - _KNOWN
            if unknown:
                raise TemplateError(f"{path}: [{section}] {name}: unknown variable {sorted(unknown)[0]!r}")
    follow_ups = {intent: tuple(questions) for intent, questions in data["follow_ups"].items()}
    return Templates(sections, follow_ups, data["vague"], data["held"]["search"])


def listed(names: Mapping[str, object]) -> str:
    """Return at least one name as "a", "a and b" or "a, b and c"."""
    items = list(names)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
