"""Settings of a build: a change of any of them means a new build."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

BUNDLED_MODEL = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The graph that chooses answering sentences; `make train-answerer` prints it anew.
ANSWERER_SHA256 = "fc9efee0676cae4ffe903e849b9a13c737114b04d1f23e985b1976b7e195cb4e"
# Raise it whenever cleaning, chunking or the layout of a build changes: old builds are then remade.
FORMAT = 6


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What a build is made with; stamped into it.

    Attributes:
        model: `all-MiniLM-L6-v2` (bundled), or the folder of another sentence-transformers model.
        model_sha256: Expected SHA-256 of its `model.safetensors`; empty accepts any other model.
        answerer_sha256: SHA-256 of the graph that made the vectors for choosing sentences.
        passage_tokens: Longest passage in model tokens, heading path included; the model reads 256.
        stored_answers: Builds with more sentences than this embed them as answers when asked.
        stored_sentences: Builds with more sentences than this compute sentence vectors when asked.
        chroma_url: Address of a Chroma server; empty keeps the vectors inside the build.
    """

    model: str = BUNDLED_MODEL
    model_sha256: str = BUNDLED_SHA256
    answerer_sha256: str = ANSWERER_SHA256
    passage_tokens: int = 250
    stored_sentences: int = 20_000
    stored_answers: int = 5_000
    chroma_url: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> IndexSettings:
        """Read `KNEEWISE_EMBEDDING_MODEL` and `KNEEWISE_CHROMA_URL`; `None` means the process's own."""
        env = os.environ if env is None else env
        model = env.get("KNEEWISE_EMBEDDING_MODEL", "") or BUNDLED_MODEL
        return cls(
            model=model,
            model_sha256=BUNDLED_SHA256 if model == BUNDLED_MODEL else "",
            chroma_url=env.get("KNEEWISE_CHROMA_URL", "").rstrip("/"),
        )

    def as_dict(self) -> dict[str, object]:
        """Plain values, as written into the manifest."""
        return asdict(self)


def home(env: Mapping[str, str] | None = None) -> Path:
    """Return the folder of builds and state: `KNEEWISE_HOME`, or the platform's data folder."""
    env = os.environ if env is None else env
    if named := env.get("KNEEWISE_HOME"):
        return Path(named).expanduser().resolve()
    return Path(platformdirs.user_data_dir("kneewise", appauthor=False))


def corpus_folder() -> Path:
    """Return the corpus that ships with the project."""
    return Path(__file__).resolve().parents[1] / "corpus"
