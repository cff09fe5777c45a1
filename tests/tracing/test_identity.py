"""Which trace and spans a run is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from schedrun.tracing import identity
from schedrun.tracing.identity import ROOT, span_of

RUN_IDS = st.text("0123456789abcdef", min_size=20, max_size=20)


@given(RUN_IDS, st.integers(0, 100))
def test_a_traceparent_is_as_the_recommendation_has_it(run_id: str, number: int) -> None:
    """Version, trace, parent and flags in lower-case hexadecimal, no id of zeros only; it can be read back."""
    span = span_of(run_id, number)
    for sampled in (True, False):
        written = span.traceparent(sampled=sampled)
        assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]", written)
        assert (span, sampled) == identity.parse(written)


def test_the_spans_of_a_run_share_its_trace_and_nothing_else() -> None:
    """Whichever process asks."""
    spans = [span_of("r1", number) for number in (ROOT, 1, 2)]
    assert 1 == len({span.trace_id for span in spans})
    assert 3 == len({span.span_id for span in spans})
    assert spans[0].trace_id != span_of("r2", ROOT).trace_id
