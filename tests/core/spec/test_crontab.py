"""The text of a crontab expression: what is read, what is refused, and what a refusal says to write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schedrun.core.schedule.cron import next_fire_times
from schedrun.core.spec import crontab
from schedrun.core.spec.crontab import (
    CrontabError,
    CronText,
    from_keywords,
    parse_cron_expression,
    uses_weekday_numbers,
    validate_cron_expression,
)


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *", "*/15 9-17 * * 1-5", "0 0 * * 0", "0 0 * * 7", "0 0 * * 0-7", "0 0 * * sun-sat",
        "0 0 * * Mon,WED",
        "0 0 1 jan,JUL-sep *", "0 0 * * sat-7", "5-5/2 0 * * *", "5-5 0 * * *", "10/20 * * * *", "0 0 L * *",
        "0 0 1,LW * *", "0 0 * * 5L", "0 0 * * 0L,mon#2", "0 0 * * 7#5", "0 0 29 2 *", "0 0 31 2 1", "0 0 29 2 */7",
        "*/75 * * * *",
        "@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "05 02 * * *", "1,* * * * *",
        "0000000000005 4 * * *", "*/00000000000000010 04 01-007 01 05L,01#2",
        "  0\t2  * * *\n",
    ],
)  # fmt: skip
def test_accepts(text: str) -> None:
    """Numbers, names in any case, ranges, steps, lists, the extras and the nicknames."""
    assert (True, None) == validate_cron_expression(text)


def test_zeros_in_front_say_nothing() -> None:
    """As many as an expression has room for, in numbers, ranges, steps and days of the week."""
    zeros = "0" * 60
    padded = f"{zeros}5-{zeros}30/{zeros}10 {zeros}4 * {zeros}6 {zeros}5L,{zeros}1#2"
    after = datetime(2026, 5, 1, tzinfo=UTC)
    plain = next_fire_times("5-30/10 4 * 6 5L,1#2", after=after, count=20)
    assert plain == next_fire_times(padded, after=after, count=20)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        pytest.param("0 0 * * fri-mon", "write `fri,sat,sun,mon`", id="wrapped weekdays"),
        pytest.param("0 0 * * sat-sun", "write `sat,sun`", id="the weekend"),
        pytest.param("0 0 * * fri-sun", "write `5-7`", id="to Sunday"),
        pytest.param("0 0 * * 5-0", "write `5-7`", id="to Sunday in numbers"),
        pytest.param("0 0 * * 7-2", "write `0-2`", id="from Sunday in numbers"),
        pytest.param("0 0 * * 5-1/2", "write `5,0`", id="wrapped weekdays with a step"),
        pytest.param("0 22-2 * * *", "write `22-23,0-2`", id="wrapped hours"),
        pytest.param("0 23-0 * * *", "write `23,0`", id="wrapped by one"),
        pytest.param("0 22-4/2 * * *", "write `22,0,2,4`", id="wrapped hours with a step"),
        pytest.param("0 0 * nov-feb *", "write `nov-dec,jan-feb`", id="wrapped months"),
        pytest.param("0 0 ? * 1", "write `*` instead of `?`", id="question mark"),
        pytest.param("0 0 15W * *", "`LW` for the last weekday", id="nearest weekday"),
        pytest.param("0 0 L-3 * *", "write `L`", id="before the last day"),
        pytest.param("0 0 L/2 * *", "write `L` by itself", id="last day with a step"),
        pytest.param("0 0 * * L", "`6L` for the last one", id="a last day without a day"),
        pytest.param("0 0 * * friL", "such as `5L`", id="last after a name"),
        pytest.param("0 0 5L * *", "the fifth field", id="last weekday in the wrong field"),
        pytest.param("L * * * *", "the third field", id="last day in the wrong field"),
        pytest.param("0 0 1#2 * *", "the fifth field", id="place in the wrong field"),
        pytest.param("0 0 * * mon#6", "from 1 to 5", id="sixth Monday"),
        pytest.param("0 0 * * 1-5#2", "`mon#2,tue#2`", id="place of a range"),
        pytest.param("H 2 * * *", "`spread`", id="hashed"),
        pytest.param("H/15 * * * *", "`spread`", id="hashed step"),
        pytest.param("H(0-29) * * * *", "`spread`", id="hashed range"),
        pytest.param("0~30 2 * * *", "`spread`", id="random"),
        pytest.param("0 0 2 * * *", "write `0 2 * * *`", id="six fields, seconds first"),
        pytest.param("*/10 * * * * *", "write `every: 10s`", id="six fields for seconds"),
        pytest.param("* * * * * *", "write `every: 1s`", id="each second"),
        pytest.param("x,35 * * * * */2", "`every: 30s`", id="six fields, unclear"),
        pytest.param("0 2 * * * 2026", "write `0 2 * * *`", id="six fields, a year"),
        pytest.param("0 0 2 * * MON 2026", "`every`", id="seven fields"),
        pytest.param("0 2 * * * root backup.sh", "a command by `target`", id="a line of a system crontab"),
        pytest.param("0 2 * *", "such as `0 2 * * *`", id="four fields"),
        pytest.param("", "such as `0 2 * * *`", id="nothing"),
        pytest.param(
            "TZ=Asia/Tokyo 0 2 * * *", "write `0 2 * * *` and beside the schedule `timezone: Asia/Tokyo`", id="TZ"
        ),
        pytest.param("CRON_TZ=UTC 0 2 * * *", "`timezone: UTC`", id="CRON_TZ"),
        pytest.param("@reboot", "nothing fires at start-up", id="reboot"),
        pytest.param("@every 5m", "write `every: 5m`", id="every"),
        pytest.param("@Daily", "write `@daily`", id="nickname in capitals"),
        pytest.param("@fortnightly", "@hourly @daily", id="unknown nickname"),
        pytest.param("@daily x", "write `@daily`", id="nickname with more"),
        pytest.param("0 0 * * FRI#3x", "write `fri#3`", id="junk behind a place"),
        pytest.param("0 0 * * mon-fri!", "write `mon-fri`", id="junk behind a range"),
        pytest.param("0 2 * * *;", "write `*`", id="junk behind a star"),
        pytest.param("1-5-7 * * * *", "write `1-5`", id="two ranges in one"),
        pytest.param("*/5/2 * * * *", "write `*/5`", id="two steps in one"),
        pytest.param("0 0 * * monday", "write `mon`", id="a whole name"),
        pytest.param("0 0 * january *", "write `jan`", id="a whole month"),
        pytest.param("0 0 * mon *", "`mon` belongs into day of week", id="a name in the wrong field"),
        pytest.param("0 0 * * xyz", "names are sun mon", id="no name"),
        pytest.param("abc * * * *", "from 0 to 59", id="a name where there are none"),
        pytest.param("60 * * * *", "`0` for the full hour", id="minute 60"),
        pytest.param("0 24 * * *", "`0` for midnight", id="hour 24"),
        pytest.param("0 0 0 * *", "from 1 to 31", id="day 0"),
        pytest.param("0 0 * 13 *", "from 1 to 12", id="month 13"),
        pytest.param("0 0 * * 8", "from 0 to 7", id="weekday 8"),
        pytest.param("0-60 * * * *", "from 0 to 59", id="range beyond the end"),
        pytest.param("99999999999999999999 * * * *", "from 0 to 59", id="a number without end"),
        pytest.param("-5 * * * *", "without a sign", id="negative"),
        pytest.param("5- * * * *", "both ends", id="half a range"),
        pytest.param("*/ * * * *", "write `*`", id="half a step"),
        pytest.param("*/0 * * * *", "at least 1", id="step of zero"),
        pytest.param("1-9/0 * * * *", "or `1-9`", id="range with a step of zero"),
        pytest.param("1,,2 * * * *", "extra comma", id="empty place"),
        pytest.param("1, * * * *", "extra comma", id="comma at the end"),
        pytest.param("\u0665 * * * *", "from 0 to 59", id="a digit of another script"),
        pytest.param("0 0 * * *\n0 1 * * *", "`every`", id="two lines"),
        # Each beginning of such an item is as unreadable: explaining them one in the other would never end.
        pytest.param(f"{'!' * 400} * * * *", "write `*`", id="much that means nothing"),
        pytest.param(f"{','.join(['1'] * 300)} * * * *", "steps and ranges", id="longer than all its values"),
    ],
)
def test_refuses_with_what_to_write(text: str, hint: str) -> None:
    """Each dialect and each slip is refused, and the hint says what to write instead."""
    with pytest.raises(CrontabError) as caught:
        crontab.parse(text)
    assert "SR201" == caught.value.code
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0 0 30 2 *", "a day up to 29"),
        ("0 0 31 2 *", "a day up to 29"),
        ("0 0 31 2,4,6 *", "a day up to 30"),
        ("0 0 31 apr */2", "a day up to 30"),
        ("0 0 */31 * mon#2", "`*` alone"),
        ("0 0 */16 * 1L", "`*` alone"),
    ],
)
def test_refuses_impossible_dates(text: str, hint: str) -> None:
    """A line that can never fire is refused when it is read."""
    with pytest.raises(CrontabError) as caught:
        crontab.parse(text)
    assert "SR202" == caught.value.code
    assert hint in caught.value.hint


@given(text=st.text(alphabet="0123456789*/,-LW#?~Hamonfri @=TZ ", max_size=24))
def test_reads_or_refuses_whatever_is_written(text: str) -> None:
    """No text makes the parser fail in another way than by its own error."""
    accepted, reason = validate_cron_expression(text)
    assert accepted is (reason is None)


@pytest.mark.parametrize(("text", "fixed"), [
    ("0 2 * * *", True), ("* 2 * * *", False), ("*/5 2 * * *", False), ("0 */2 * * *", False),
    ("0-59 0-23 * * *", True),
    ("@daily", True), ("@hourly", False),
])  # fmt: skip
def test_tells_fixed_from_wildcard_by_the_text(text: str, fixed: bool) -> None:
    """A star at the start of minute or hour makes a wildcard line."""
    assert fixed is crontab.parse(text).fixed


class TestPublicHelpers:
    def test_validates(self) -> None:
        """A good text gives True and no reason, a bad one False and the reason with what to write."""
        assert (True, None) == validate_cron_expression("0 2 * * *")
        assert (False, "hour `25` holds 25, out of range: write a number from 0 to 23") == validate_cron_expression(
            "0 25 * * *"
        )

    def test_validates_what_is_no_text(self) -> None:
        """Whatever is given, the answer is a pair."""
        assert (False, "a crontab expression is text, not None") == validate_cron_expression(None)

    def test_parses(self) -> None:
        """The fields come back as they were written."""
        expected = {"minute": "0", "hour": "2", "day": "*", "month": "*", "day_of_week": "MON-fri"}
        assert expected == parse_cron_expression("0 2 * * MON-fri")

    def test_parses_nicknames(self) -> None:
        """A nickname comes back as the fields it stands for."""
        expected = {"minute": "0", "hour": "0", "day": "1", "month": "1", "day_of_week": "*"}
        assert expected == parse_cron_expression("@yearly")

    def test_parse_raises_a_value_error(self) -> None:
        """Callers need not know our exceptions."""
        with pytest.raises(ValueError, match="never fires"):
            parse_cron_expression("0 0 30 2 *")

    def test_in_a_model(self) -> None:
        """A manifest keeps the text, and a refusal carries code and hint."""
        adapter: TypeAdapter[str] = TypeAdapter(CronText)
        assert "0 2 * * *" == adapter.validate_python("0 2 * * *")
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python("0 0 30 2 *")
        (error,) = caught.value.errors()
        assert ("SR202", "`0 0 30 2 *` never fires") == (error["type"], error["msg"])
        assert error["ctx"]["hint"].startswith("its longest month has 29 days")


class TestKeywords:
    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ({"hour": 2, "minute": 30}, "30 2 * * *"),
            ({"hour": 2}, "0 2 * * *"),
            ({"minute": 5}, "5 * * * *"),
            ({"minute": "*/15"}, "*/15 * * * *"),
            ({"day": 3}, "0 0 3 * *"),
            ({"day": 3, "minute": 5}, "5 0 3 * *"),
            ({"day_of_week": "mon-fri", "hour": 9}, "0 9 * * mon-fri"),
            ({"day_of_week": 0}, "0 0 * * 0"),
            ({"day": 13, "day_of_week": 5}, "0 0 13 * 5"),
            ({"month": 3}, "0 0 1 3 *"),
            ({"month": 3, "hour": 5}, "0 5 1 3 *"),
            ({"month": "jan", "day_of_week": "mon#1"}, "0 0 * jan mon#1"),
            ({"minute": 0, "hour": 0, "day": "*", "month": "*", "day_of_week": "*"}, "0 0 * * *"),
        ],
    )
    def test_finer_at_their_minimum_coarser_free(self, said: dict[str, int | str], expected: str) -> None:
        """What is left out below a field that is said is at its minimum, above it free."""
        assert expected == from_keywords(**said)

    @pytest.mark.parametrize("text", ["0 2 * * *", "*/5 9-17 * * 1-5", "0 0 13 * 5", "@yearly", "0 0 */2 * mon#2"])
    def test_undoes_parse(self, text: str) -> None:
        """The keywords of a parsed expression say the same expression."""
        fields = parse_cron_expression(text)
        assert fields == parse_cron_expression(from_keywords(**fields))

    @pytest.mark.parametrize(
        "said",
        [{}, {"hour": 24}, {"hour": ""}, {"hour": "1 2"}, {"hour": True}, {"hour": 1.5}, {"day": 30, "month": 2}],
        ids=["nothing", "out of range", "empty", "two fields", "a boolean", "a fraction", "impossible"],
    )
    def test_refuses(self, said: dict[str, int | str]) -> None:
        """What no text could say, no keyword says."""
        with pytest.raises(CrontabError):
            from_keywords(**said)


@pytest.mark.parametrize(("text", "expected"), [
    ("0 0 * * 1-5", "1 is Monday, 5 is Friday"), ("0 0 * * 0,7", "0 is Sunday, 7 is Sunday"),
    ("0 0 * * 1/2", "1 is Monday"),
    ("0 0 * * 5L,2#1", "5 is Friday, 2 is Tuesday"), ("0 0 * * mon-fri", None), ("0 0 * * */2", None),
    ("0 0 * * mon#2", None), ("0 0 * * *", None), ("@weekly", None),
])  # fmt: skip
def test_names_the_days_of_weekday_numbers(text: str, expected: str | None) -> None:
    """Only numbers that mean days are named: no steps, no places."""
    assert expected == uses_weekday_numbers(text)
