"""What imports bring along and nobody here asks for."""

from __future__ import annotations

import sys

# jsonschema, which Chroma and Gradio import, checks addresses in schemas by a grammar that takes one to two
# seconds to compile.
UNASKED = ("rfc3987_syntax",)


def skip_unasked() -> None:
    """Keep the packages of `UNASKED` from being imported; those who try do without where they are missing."""
    for name in UNASKED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
