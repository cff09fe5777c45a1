"""When readings may be believed: tables and properties, no time passes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.manifest.settle import PATIENCE, ROUND, FileState, Reading, Settling, View

STILL = View({})


def reading(**contents: str) -> Reading:
    """Return a reading of files by name; the fingerprint's size is that of the text."""
    states = {name: FileState((len(text), 0, 0, 0), text) for name, text in contents.items()}
    return Reading(states, {"/m": None})


def seen(reading: Reading, *, withheld: frozenset[str] = frozenset()) -> View:
    """Return the view that a reading alone would give."""
    states = {name: state for name, state in reading.states.items() if name not in withheld}
    return View(states, withheld, reading.places)


def rounds(before: View, *readings: Reading) -> list[View | None]:
    """Return the answers to readings one round apart, up to the first view."""
    settling = Settling(before, began=0.0)
    answers: list[View | None] = []
    for number, each in enumerate(readings):
        answers.append(settling.observe(each, at=number * ROUND))
        if answers[-1] is not None:
            break
    return answers


def test_two_readings_that_agree_are_believed() -> None:
    """One reading may be of half a file, two that agree are not."""
    now = reading(a="new")
    assert rounds(seen(reading(a="old")), now, now) == [None, seen(now)]


def test_a_tree_as_before_needs_one_reading() -> None:
    """What nobody touched keeps nobody waiting."""
    before = seen(reading(a="same"))
    assert rounds(before, reading(a="same")) == [before]


def test_every_difference_starts_anew() -> None:
    """Two readings apart that agree do not count when a third stood between them."""
    one, other = reading(a="1"), reading(a="2")
    assert rounds(STILL, one, other, one, one) == [None, None, None, seen(one)]


def test_an_emptied_file_waits_one_more_round() -> None:
    """An editor may empty a file long before it writes it."""
    empty, filled = reading(a=""), reading(a="new")
    before = seen(reading(a="old"))
    assert rounds(before, empty, empty, empty) == [None, None, seen(empty)]
    assert rounds(before, empty, empty, filled, filled) == [None, None, None, seen(filled)]


def test_a_file_that_was_empty_before_delays_nothing() -> None:
    """Only what became empty is suspicious."""
    before, now = reading(a="", b="1"), reading(a="", b="2")
    assert rounds(seen(before), now, now) == [None, seen(now)]


def test_new_places_are_no_agreement() -> None:
    """A folder that was not watched yet may have changed between the two readings."""
    one = reading(a="1")
    other = Reading(one.states, {"/m": None, "/m/new": None})
    assert rounds(STILL, one, other, other) == [None, None, seen(other)]


def test_a_file_that_never_rests_is_withheld() -> None:
    """The others are passed on without it once patience ends, and not before."""
    moving = [reading(log=str(number), a="new") for number in range(40)]
    answers = rounds(seen(reading(a="old")), *moving)
    assert round(PATIENCE / ROUND) + 1 == len(answers)
    assert answers[-1] == seen(moving[0], withheld=frozenset({"log"}))


def test_a_withheld_file_keeps_nobody_waiting() -> None:
    """Once withheld it may move on; another file's edit settles as usual."""
    before = seen(reading(a="old", log="0"), withheld=frozenset({"log"}))
    answers = rounds(before, reading(a="new", log="1"), reading(a="new", log="2"))
    assert answers == [None, seen(reading(a="new", log="2"), withheld=frozenset({"log"}))]


def test_a_withheld_file_that_rests_is_shown_again() -> None:
    """Two readings that agree are enough for it, too."""
    before = seen(reading(a="1", log="0"), withheld=frozenset({"log"}))
    now = reading(a="1", log="9")
    assert rounds(before, now, now) == [None, seen(now)]


@settings(max_examples=60)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "zz"])),
        min_size=1,
        max_size=30,
    )
)
def test_believes_only_what_two_readings_in_a_row_showed(history: list[dict[str, str]]) -> None:
    """No state is ever shown that the last two readings do not agree on."""
    readings = [reading(**contents) for contents in history]
    answers = rounds(seen(reading(a="old")), *readings)
    view = answers[-1]
    if view is None or len(answers) == 1:
        return
    last, previous = readings[len(answers) - 1], readings[len(answers) - 2]
    assert all(last.states[name] == previous.states[name] == state for name, state in view.states.items())
    assert last.states.keys() | previous.states.keys() == view.states.keys() | view.withheld
