"""The digests tell what the articles tell, in the project's own words, in sentences that stand alone."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ingest import sentences
from ingest.clean import clean

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
SLUGS = ("hiking-quick-fixes", "runners-knee-treatment", "three-common-causes", "upper-leg-injuries")
MAX_RUN_WORDS = 10
MAX_SENTENCE_WORDS = 28
MAX_SECTION_WORDS = 180
# A sentence that opens with one of these says nothing when it is quoted alone.
DANGLING = re.compile(
    r"(?:It|Its|This|These|Those|That|They|Their|He|She|Such|Here|There|However|Also|But|So)\b"
)
# Words of comments, bios and advertisements around the articles.
NOT_THE_ARTICLES = re.compile(
    r"meniscus tear|\btore\b|deadlifts, squats|personal trainer|6\.5|wonderland|vasudevan|creveling|tucson|"
    r"platelet|workbook|newsletter|sign up|hearst|outside\+|join the list"
)


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the single table array of a TOML file."""
    (table,) = tomllib.loads(path.read_text()).values()
    return list(table)


def fold(text: str) -> str:
    """Lower case, with straight quotes and plain hyphens."""
    return text.lower().translate(str.maketrans("’‘“”–—\xa0", "''\"\"-- "))


@cache
def lines(slug: str) -> tuple[str, ...]:
    """Every line of a digest that is not empty."""
    return tuple(line for line in (CORPUS / "articles" / f"{slug}.md").read_text().splitlines() if line)


def digest(slug: str) -> list[str]:
    """The sentences of a digest: one stands on each line."""
    return [line for line in lines(slug) if not line.startswith("#")]


def facts(slug: str) -> list[dict[str, Any]]:
    """The facts of one article, as read in it: `id`, `fact` and any of `patterns` that shows it."""
    listed = map(json.loads, (ROOT / "tests" / "facts.jsonl").read_text().splitlines())
    return [fact for fact in listed if fact["article"] == slug]


def shown(fact: dict[str, Any], texts: list[str]) -> bool:
    """Tell whether any of `texts` shows the fact."""
    return any(re.search(pattern, fold(text)) for pattern in fact["patterns"] for text in texts)


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of one word more than may be shared; "runner's" counts as two words."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    return set(zip(*(words[i:] for i in range(MAX_RUN_WORDS + 1)), strict=False))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_fact_stands_in_its_digest(slug: str) -> None:
    """Nothing that an article tells is lost, and one sentence of its digest shows each fact."""
    lost = [f"{fact['id']}: {fact['fact']}" for fact in facts(slug) if not shown(fact, digest(slug))]

    assert not lost


@pytest.mark.originals
@pytest.mark.parametrize("slug", SLUGS)
def test_every_fact_stands_in_its_article(slug: str, originals: Path) -> None:
    """The list holds no fact that the article does not tell, and cleaning cuts away broken sentences alone.

    `broken_in_copy` marks the facts whose only sentence has page text spliced in, or lost its list.
    """
    title = next(row["title"] for row in rows(originals / "sources.toml") if row["slug"] == slug)
    article = clean((originals / f"{slug}.txt").read_text(), title=title, markdown=False)

    missing = {fact["id"] for fact in facts(slug) if not shown(fact, [article])}

    assert missing == {fact["id"] for fact in facts(slug) if fact.get("broken_in_copy")}


def test_the_list_of_facts_is_long_and_has_no_twins() -> None:
    """A short list or a repeated id would make the two tests above say less than they seem to."""
    ids = Counter(fact["id"] for slug in SLUGS for fact in facts(slug))

    assert ids.total() >= 300
    assert max(ids.values()) == 1


@pytest.mark.originals
@pytest.mark.parametrize("slug", SLUGS)
def test_digests_are_in_our_own_words(slug: str, originals: Path) -> None:
    """No digest takes over more than ten words in a row from any of the articles."""
    theirs = {run for article in originals.glob("*.txt") for run in runs(article.read_text())}

    assert len(theirs) > 1000
    assert not runs("\n".join(lines(slug)[1:])) & theirs


@pytest.mark.parametrize("slug", SLUGS)
def test_sentences_stand_alone(slug: str) -> None:
    """Each is short, names its subject, ends, and is what the sentence splitter will quote."""
    unfit = [
        sentence
        for sentence in digest(slug)
        if DANGLING.match(sentence)
        or len(sentence.split()) > MAX_SENTENCE_WORDS
        or sentences.split(sentence) != [(0, len(sentence))]
        or not sentence.endswith(".")
    ]

    assert not unfit


@pytest.mark.parametrize("slug", SLUGS)
def test_sentences_are_told_once(slug: str) -> None:
    """A sentence that stands twice would be found, and cited, at two places."""
    assert len(set(digest(slug))) == len(digest(slug))


@pytest.mark.parametrize("slug", SLUGS)
def test_sections_answer_a_question_briefly(slug: str) -> None:
    """Each heading below the title is a question, and what stands under it fits one passage."""
    words: dict[str, int] = {}
    for line in lines(slug)[1:]:
        if line.startswith("#"):
            heading = line
        else:
            words[heading] = words.get(heading, 0) + len(line.split())

    assert not [line for line in lines(slug)[1:] if line.startswith("#") and not line.endswith("?")]
    assert max(words.values()) <= MAX_SECTION_WORDS


@pytest.mark.parametrize("slug", SLUGS)
def test_comments_bios_and_advertisements_are_no_facts(slug: str) -> None:
    """What stood around an article on its page is not told."""
    assert not NOT_THE_ARTICLES.findall(fold("\n".join(digest(slug))))


def test_every_digest_has_a_source_and_every_source_a_digest() -> None:
    """A citation needs title and publisher; both files name the same title."""
    sources = {row["slug"]: row for row in rows(CORPUS / "sources.toml")}

    shipped = {path.stem for path in (CORPUS / "articles").glob("*.md")}

    assert set(sources) == shipped == set(SLUGS)
    assert all(lines(slug)[0] == f"# {row['title']}" for slug, row in sources.items())
    assert all(row["kind"] == "digest" and row["publisher"] and row["licence"] for row in sources.values())


@pytest.mark.parametrize("conflict", rows(CORPUS / "conflicts.toml"), ids=lambda row: str(row["id"]))
def test_conflicts_quote_what_the_digests_say(conflict: dict[str, Any]) -> None:
    """Each side is a whole sentence of its digest, and two articles at least take part."""
    missing = [side["quote"] for side in conflict["sides"] if side["quote"] not in digest(side["article"])]

    assert not missing
    assert len({side["article"] for side in conflict["sides"]}) >= 2
