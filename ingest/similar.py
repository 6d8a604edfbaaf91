"""Notice articles that are nearly the same text, by a small sketch of each."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from zlib import crc32

_SKETCH, _SHINGLE_WORDS = 48, 5
_NEARLY = 0.8  # share of the sketch; about the share of five-word runs in common
_COMMON = 20  # a run that so many articles hold tells nothing of any two


class Sketches:
    """Remembers the smallest hashes of each article's five-word runs: equal texts have equal ones."""

    def __init__(self) -> None:
        """Start with no article."""
        self._holders: dict[int, list[str]] = defaultdict(list)

    def add(self, slug: str, text: str) -> str:
        """Add an article; return the slug of an earlier one that is nearly the same, or nothing."""
        words = re.findall(r"\w+", text.lower())
        runs = {" ".join(words[i : i + _SHINGLE_WORDS]) for i in range(max(1, len(words) - _SHINGLE_WORDS))}
        sketch = heapq.nsmallest(_SKETCH, {crc32(run.encode()) for run in runs})
        shared = Counter(other for value in sketch for other in self._holders.get(value, ()))
        for value in sketch:
            if len(self._holders[value]) < _COMMON:
                self._holders[value].append(slug)
        twin, count = shared.most_common(1)[0] if shared else ("", 0)
        return twin if count >= _NEARLY * len(sketch) else ""
