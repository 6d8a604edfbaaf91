"""What is known of an article beside its text: `sources.toml`, a `.toml` beside it, front matter."""

from __future__ import annotations

import datetime
import re
import reprlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ingest.errors import CorpusError

_TEXT_FIELDS = (
    "slug",
    "title",
    "subtitle",
    "author",
    "publisher",
    "url",
    "licence",
    "audience",
    "expertise",
    "file",
)
_KINDS = ("digest", "original")
_OTHER_NAMES = {"published": "date", "license": "licence", "source": "publisher", "reviewed_by": "reviewer"}
_FRONT_MATTER = re.compile(
    r"\A(?:\ufeff)?(?P<fence>---|\+\+\+)[ \t]*\n(?P<body>.*?)\n(?P=fence)[ \t]*(?:\n|\Z)", re.S
)
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 2
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def sources(folder: Path) -> list[dict[str, Any]]:
    """Read the `[[source]]` rows of `folder/sources.toml`; an absent file has none.

    Raises:
        CorpusError: The file is not valid TOML or a row holds a value of a wrong type.
    """
    path = folder / "sources.toml"
    if not path.is_file():
        return []
    rows = _toml(path.read_bytes(), path).get("source", [])
    if not isinstance(rows, list):
        raise CorpusError(f"{path}: 'source' must be an array of tables; write [[source]]")
    return [check(row, f"{path}, source {n}") for n, row in enumerate(rows, 1)]


def beside(path: Path) -> dict[str, Any]:
    """Read `article.toml` beside `article.*`; an absent file says nothing."""
    twin = path.with_suffix(".toml")
    return check(_toml(twin.read_bytes(), twin), str(twin)) if twin.is_file() else {}


def front_matter(text: str, where: str) -> tuple[dict[str, Any], str]:
    """Split YAML (`---`) or TOML (`+++`) front matter from a text.

    Returns:
        Its checked fields and the text below it; no fields where there is none.

    Raises:
        CorpusError: It is not valid, or a field has a wrong type.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    body = match.group("body")
    raw = _toml(body.encode(), where) if match.group("fence") == "+++" else _yaml(body, where)
    if raw is None:  # a rule of dashes, not front matter
        return {}, text
    return check(raw, where), text[match.end() :]


def check(raw: Mapping[str, Any], where: object) -> dict[str, Any]:
    """Return the fields of `raw` that an article has, under their own names.

    Raises:
        CorpusError: A field has a wrong type or value.
    """
    if not isinstance(raw, Mapping):
        raise CorpusError(f"{where}: must be a table of fields, not {_brief(raw)}")
    fields = {_OTHER_NAMES.get(name, name): value for name, value in raw.items()}
    known: dict[str, Any] = {}
    for name in _TEXT_FIELDS:
        if name in fields:
            known[name] = _text(fields[name], name, where)
    if "slug" in known and not _SLUG.fullmatch(known["slug"]):
        raise CorpusError(f"{where}: slug {known['slug']!r} may hold only a-z, 0-9 and single hyphens")
    if "kind" in fields:
        known["kind"] = _choice(fields["kind"], where)
    if "date" in fields:
        known["date"] = _date(fields["date"], where)
    if "experts" in fields:
        known["experts"] = _texts(fields["experts"], where)
    return known


def slug_of(text: str) -> str:
    """Make a slug of a file name or title; `article` where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].strip("-") or "article"


def printable(text: str) -> str:
    """Return `text` with what no encoding can hold replaced: JSON and names of files may hold half a pair."""
    return text.encode("utf-8", "replace").decode()


def _brief(value: object) -> str:
    # A few lines of YAML can stand for more values than memory holds.
    return printable(_SHORT.repr(value))


def _toml(data: bytes, where: object) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{where}: not valid TOML: {error}") from error


def _yaml(body: str, where: object) -> dict[str, Any] | None:
    try:
        raw = yaml.safe_load(body)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a month of 31 days too many
        raise CorpusError(
            f"{where}: front matter is not valid YAML: {' '.join(str(error).split())}"
        ) from error
    return raw if isinstance(raw, dict) else None


def _text(value: object, name: str, where: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CorpusError(f"{where}: {name} must be text, not {_brief(value)}")
    return " ".join(printable(value).split())


def _texts(value: object, where: object) -> list[str]:
    if not isinstance(value, list):
        raise CorpusError(f"{where}: experts must be a list of texts, not {_brief(value)}")
    return [_text(one, "experts", where) for one in value]


def _choice(value: object, where: object) -> str:
    if value not in _KINDS:
        raise CorpusError(f"{where}: kind must be one of {', '.join(_KINDS)}, not {_brief(value)}")
    return str(value)


def _date(value: object, where: object) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    try:
        return datetime.date.fromisoformat(value).isoformat()  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise CorpusError(f"{where}: date must be a day such as 2026-01-31, not {_brief(value)}") from error
