"""Messages as words, documents and blocks: the same samples through each."""

import json
from pathlib import Path

import pytest

from schedrun.notify import slack, webhook, words
from tests.notify.messages import EVERY, FAILURE, HOSTILE

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", EVERY)
def test_text(name: str) -> None:
    """Subject and text of each kind, as in the golden file."""
    expected = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert expected == f"{words.subject(EVERY[name])}\n\n{words.text(EVERY[name])}\n"


@pytest.mark.parametrize("name", EVERY)
def test_webhook(name: str) -> None:
    """What webhooks post of each kind, as in the golden file."""
    expected = json.loads((GOLDEN / f"{name}.webhook.json").read_text(encoding="utf-8"))
    assert expected == webhook.document(EVERY[name])


@pytest.mark.parametrize("name", EVERY)
def test_slack(name: str) -> None:
    """What Slack gets of each kind, as in the golden file."""
    expected = json.loads((GOLDEN / f"{name}.slack.json").read_text(encoding="utf-8"))
    assert expected == slack.payload(EVERY[name])


def test_no_text_of_a_job_means_anything_to_slack() -> None:
    """Nobody is mentioned, nothing links, no code ends early, and no section is longer than Slack takes."""
    payload = slack.payload(HOSTILE)
    texts = [payload["text"], *(block["text"]["text"] for block in payload["blocks"] if block["type"] == "section")]
    for text in texts:
        assert "<" not in text
        assert ">" not in text
        assert len(text) <= 3_000
    *facts, output = texts[1:]
    assert 2 == output.count("```") == output.count("`") // 3
    assert all(fact.count("`") % 2 == 0 for text in facts for fact in text.split("\n"))
    # Entities are whole.
    assert output.count("&") == output.count("&amp;") + output.count("&lt;") + output.count("&gt;")


def test_a_document_is_json_whatever_a_run_printed() -> None:
    """Lone surrogates and all."""
    assert "&" in json.loads(json.dumps(webhook.document(HOSTILE)).encode())["log_tail"]


def test_a_long_error_is_no_subject() -> None:
    """It stands among the facts."""
    from dataclasses import replace

    assert FAILURE.run is not None
    long = replace(FAILURE, run=FAILURE.run._replace(error="x" * 200))
    assert "billing/close-day failed" == words.subject(long)
    assert ("Error", "x" * 200) in words.facts_of(long)
