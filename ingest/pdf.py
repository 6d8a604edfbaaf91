"""Read a PDF in a process of its own, with little memory and time: a small file can unpack to gigabytes.

`python -m ingest.pdf FILE` prints one JSON object, {"text", "title", "author"} or {"error"}.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

MAX_PAGES, MAX_CHARACTERS = 500, 5_000_000
_MAX_MEMORY_BYTES, _MAX_SECONDS = 1_500_000_000, 60
_RUNNING_PAGES = 3  # a line on that many pages is a running head


class PdfError(Exception):
    """A PDF that gives no text; the message is the reason."""


def read(path: Path) -> dict[str, Any]:
    """Return `text` and, where the file says them, `title` and `author`.

    Raises:
        PdfError: Damaged, locked, without text, or unpacking to more than an article can be.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ingest.pdf", str(path.resolve())],
            cwd=Path(__file__).resolve().parents[1],
            capture_output=True,
            timeout=_MAX_SECONDS + 30,
            check=False,
        )
        result: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise PdfError("takes more memory or time to unpack than an article can") from None
    if "error" in result:
        raise PdfError(str(result["error"]))
    return result


def main(path: str) -> None:
    """Print the text of a file."""
    from pypdf.errors import LimitReachedError

    _limit()
    try:
        print(json.dumps(_text(Path(path))))
    except (MemoryError, LimitReachedError):
        print(json.dumps({"error": "takes more memory or time to unpack than an article can"}))
    except Exception as error:  # pypdf raises many types on damaged files
        print(json.dumps({"error": f"not a readable PDF ({type(error).__name__}: {str(error)[:120]})"}))


def _text(path: Path) -> dict[str, Any]:
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        return {"error": "locked by a password"}
    if len(reader.pages) > MAX_PAGES:
        return {"error": f"{len(reader.pages)} pages; at most {MAX_PAGES} are read"}
    pages: list[str] = []
    for page in reader.pages:
        pages.append(page.extract_text())
        if sum(map(len, pages)) > MAX_CHARACTERS:
            return {"error": f"more than {MAX_CHARACTERS} characters of text"}
    text = _joined(pages)
    if not text.strip():
        return {"error": "no text in it (scanned pages are not read)"}
    about: Any = reader.metadata or {}
    fields = {"title": about.get("/Title"), "author": about.get("/Author")}
    return {"text": text, **{k: str(v) for k, v in fields.items() if v and str(v).strip()}}


def _joined(pages: list[str]) -> str:
    """Join pages without their running heads and numbers; words divided at a line's end are made whole."""
    lines = [page.splitlines() for page in pages]
    often = Counter(line.strip() for page in lines for line in {*page[:2], *page[-2:]})
    heads = {line for line, count in often.items() if count >= _RUNNING_PAGES}
    kept = [
        line
        for page in lines
        for line in page
        if line.strip() not in heads
        and not re.fullmatch(r"(?:page )?\d{1,3}(?: of \d+)?", line.strip(), re.I)
    ]
    return re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", "\n".join(kept))


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows: the timeout alone
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_SECONDS, _MAX_SECONDS))


if __name__ == "__main__":
    main(sys.argv[1])
