"""The public benchmarks, on sets small enough to rank by eye."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eval.intervals import Count
from eval.retrieval_bench import bench_tables, measure_chunking, overlap, read_beir, search_beir
from ingest.records import Passage

if TYPE_CHECKING:
    from ingest.embed import Encoder

TEXTS = {
    "1": ("Knees", "Stairs make kneecaps ache."),
    "2": ("Bread", "Yeast makes dough rise."),
    "3": ("", "Stars."),
}


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """Three texts and one query."""
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": key, "title": title, "text": text} for key, (title, text) in TEXTS.items()]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    queries = [{"_id": "q", "text": "why does dough rise"}, {"_id": "train", "text": "stars"}]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t2\t1\nq\t1\t0\n")
    return folder


def test_only_judged_queries_of_the_test_split_count(beir: Path) -> None:
    """Training queries and zero judgements are left out; the title belongs to the text."""
    data = read_beir(beir)

    assert set(data.queries) == {"q"}
    assert data.relevant == {"q": frozenset({"2"})}
    assert data.documents["1"] == "Knees Stairs make kneecaps ache."
    assert data.documents["3"] == "Stars."


def test_every_search_finds_the_plain_answer(beir: Path, encoder: Encoder) -> None:
    """Dense, lexical and fused put the text about dough first."""
    found = search_beir(read_beir(beir), encoder)

    assert {name: hits["q"][0][0] for name, hits in found.items()} == {
        "dense": "2",
        "lexical": "2",
        "fused": "2",
    }


def test_tables_name_the_published_figures(beir: Path) -> None:
    """A measured figure stands beside what others reached."""
    text = "\n\n".join(bench_tables(beir.parent))

    assert "tiny: 1 queries, 3 texts" in text
    assert "ColBERTv2 .693" in text


def test_overlap_counts_characters() -> None:
    """Half of the answer lies in the passage, a quarter of the passage in the answer."""
    passage = Passage("a:0", "a", "", (), "x" * 40, 10, 50, (), "")

    assert overlap([(0, 20)], [passage]) == (Count(0.5, 1), Count(0.25, 1))


def test_chunking_finds_the_span(tmp_path: Path, encoder: Encoder) -> None:
    """A corpus of one short text is found whole."""
    text = "Rivers carve valleys.\n\nGlaciers polish granite."
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "land.md").write_text(text)
    start = text.index("Glaciers")
    reference = [{"content": text[start:], "start_index": start, "end_index": len(text)}]
    with (tmp_path / "questions_df.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "references", "corpus_id"])
        writer.writerow(["what polishes granite?", json.dumps(reference), "land"])

    assert measure_chunking(tmp_path, encoder)["fused"]["recall"] == [Count(1.0, 1)]
