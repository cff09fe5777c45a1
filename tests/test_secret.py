"""Which secrets may be read, and that none is recorded."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.spec.target import FromEnv, FromFile
from schedrun.secret import Masker, SecretError, SecretSource

VALUE = "s3cret-value"


def source(
    patterns: Sequence[str] | None = None, environ: Mapping[str, str] | None = None, *, state_dir: Path | None = None
) -> SecretSource:
    return SecretSource(patterns, environ=environ or {}, state_dir=state_dir)


def secret_file(folder: Path, content: str | bytes = VALUE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "token"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


class TestVariables:
    @pytest.mark.parametrize(
        ("patterns", "name"),
        [
            pytest.param(None, "ANY_NAME", id="any-by-default"),
            pytest.param(["FX_*"], "FX_TOKEN", id="wildcard"),
            pytest.param(["/run/secrets", "FX_TOKEN"], "FX_TOKEN", id="exact-beside-a-path"),
        ],
    )
    def test_reads_an_allowed_name(self, patterns: Sequence[str] | None, name: str) -> None:
        """The default allows any name, patterns allow what they match."""
        assert VALUE == source(patterns, {name: VALUE}).read(FromEnv(from_env=name))

    @pytest.mark.parametrize(
        ("patterns", "environ", "reason"),
        [
            pytest.param(["FX_*"], {"TOKEN": VALUE}, "--secrets-from", id="no-pattern-matches"),
            pytest.param(["/run/secrets"], {"TOKEN": VALUE}, "--secrets-from", id="paths-allow-no-names"),
            pytest.param(["token"], {"TOKEN": VALUE}, "--secrets-from", id="case-counts"),
            pytest.param(None, {}, "not set", id="unset"),
            pytest.param(None, {"TOKEN": "s3cret-value\udcff"}, "not UTF-8", id="undecodable"),
        ],
    )
    def test_refuses_in_words_without_the_value(
        self, patterns: Sequence[str] | None, environ: Mapping[str, str], reason: str
    ) -> None:
        """The error names the reference and the reason, never the value."""
        with pytest.raises(SecretError, match=reason) as raised:
            source(patterns, environ).read(FromEnv(from_env="TOKEN"))
        assert "from_env TOKEN" in str(raised.value)
        assert VALUE not in repr(raised.value.__cause__) + str(raised.value)

    @pytest.mark.parametrize("patterns", [None, ["*"], ["SCHEDRUN_STATE"]])
    def test_never_reads_the_services_own_settings(self, patterns: Sequence[str] | None) -> None:
        """No pattern opens SCHEDRUN_*."""
        with pytest.raises(SecretError, match="setting of the service"):
            source(patterns, {"SCHEDRUN_STATE": VALUE}).read(FromEnv.model_construct(from_env="SCHEDRUN_STATE"))


class TestFiles:
    def test_reads_below_an_allowed_folder(self, tmp_path: Path) -> None:
        """A folder allows all below it."""
        path = secret_file(tmp_path / "secrets" / "fx")
        assert VALUE == source([str(tmp_path / "secrets")]).read(FromFile(from_file=str(path)))

    def test_reads_the_one_allowed_file(self, tmp_path: Path) -> None:
        """A file allows itself."""
        path = secret_file(tmp_path)
        assert VALUE == source([str(path)]).read(FromFile(from_file=str(path)))

    def test_reads_only_run_secrets_by_default(self, tmp_path: Path) -> None:
        """Without patterns a file elsewhere is out of reach."""
        with pytest.raises(SecretError, match="outside"):
            source().read(FromFile(from_file=str(secret_file(tmp_path))))

    def test_follows_links_that_stay_inside(self, tmp_path: Path) -> None:
        """Kubernetes mounts secrets as links to links."""
        path = secret_file(tmp_path / "secrets" / "..2026")
        (tmp_path / "secrets" / "..data").symlink_to("..2026")
        (tmp_path / "secrets" / "token").symlink_to("..data/token")
        assert path.exists()
        assert VALUE == source([str(tmp_path / "secrets")]).read(
            FromFile(from_file=str(tmp_path / "secrets" / "token"))
        )

    def test_follows_an_allowed_folder_that_is_a_link(self, tmp_path: Path) -> None:
        """/var/run leads to /run on most machines: both spellings mean one place."""
        secret_file(tmp_path / "run")
        (tmp_path / "var").symlink_to("run")
        assert VALUE == source([str(tmp_path / "var")]).read(FromFile(from_file=str(tmp_path / "run" / "token")))

    @pytest.mark.parametrize("spelling", ["secrets/link", "secrets/../outside/token", "secrets-too/token"])
    def test_refuses_what_leads_outside(self, tmp_path: Path, spelling: str) -> None:
        """Links, dots and a common beginning of the name are judged by where they lead."""
        outside = secret_file(tmp_path / "outside")
        secret_file(tmp_path / "secrets-too")
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "link").symlink_to(outside)
        with pytest.raises(SecretError, match="outside the paths"):
            source([str(tmp_path / "secrets")]).read(FromFile(from_file=f"{tmp_path}/{spelling}"))

    def test_never_reads_the_state_folder(self, tmp_path: Path) -> None:
        """Also where a pattern holds it, and through a link."""
        state = secret_file(tmp_path / "state")
        (tmp_path / "link").symlink_to(state)
        reader = source([str(tmp_path)], state_dir=tmp_path / "state")
        for path in (state, tmp_path / "link"):
            with pytest.raises(SecretError, match="state folder"):
                reader.read(FromFile(from_file=str(path)))

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            pytest.param("abc\n", "abc", id="one-newline"),
            pytest.param("abc\n\n", "abc\n", id="only-one"),
            pytest.param("abc\r\n", "abc", id="windows-newline"),
            pytest.param(" abc\r", " abc\r", id="nothing-else"),
            pytest.param("", "", id="empty"),
        ],
    )
    def test_drops_one_trailing_newline(self, tmp_path: Path, content: str, expected: str) -> None:
        """Editors end files with a newline; everything else is the secret's."""
        path = secret_file(tmp_path, content)
        assert expected == source([str(tmp_path)]).read(FromFile(from_file=str(path)))

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            pytest.param(b"s3cret\xff", "not UTF-8", id="undecodable"),
            pytest.param(b"s3cret\0", "NUL", id="nul"),
            pytest.param(b"s3cret" * 200_000, "larger than 1 MiB", id="too-large"),
        ],
    )
    def test_refuses_what_is_no_short_text(self, tmp_path: Path, content: bytes, reason: str) -> None:
        """A value must fit an environment variable, and its error must not show it."""
        path = secret_file(tmp_path, content)
        with pytest.raises(SecretError, match=reason) as raised:
            source([str(tmp_path)]).read(FromFile(from_file=str(path)))
        assert "s3cret" not in repr(raised.value.__cause__) + str(raised.value)

    def test_refuses_what_is_no_regular_file(self, tmp_path: Path) -> None:
        """A FIFO without a writer must not hold the service up; nor is a folder a value."""
        os.mkfifo(tmp_path / "fifo")
        for path in (tmp_path / "fifo", tmp_path):
            with pytest.raises(SecretError, match="no regular file"):
                source([str(tmp_path)]).read(FromFile(from_file=str(path)))

    @pytest.mark.parametrize(
        ("path", "reason"), [("token", "no absolute path"), ("/a\0b", "no absolute path"), ("/none", "not exist")]
    )
    def test_says_what_is_wrong_with_a_path(self, path: str, reason: str) -> None:
        """Each mistake has its words."""
        with pytest.raises(SecretError, match=reason):
            source(["/"]).read(FromFile.model_construct(from_file=path))


class TestRunSecrets:
    def test_resolves_references_at_any_depth(self) -> None:
        """Only a mapping of the one key is a reference."""
        run = source(None, {"TOKEN": VALUE}).for_run()
        body = {"list": [{"deep": {"from_env": "TOKEN"}}], "plain": {"from_env": "TOKEN", "more": 1}, "n": 1}
        assert {
            "list": [{"deep": VALUE}],
            "plain": {"from_env": "TOKEN", "more": 1},
            "n": 1,
        } == run.nested(body)

    def test_masks_what_the_run_resolved_and_nothing_else(self) -> None:
        """A text of the manifest is no secret."""
        run = source(None, {"TOKEN": VALUE}).for_run()
        run.text(FromEnv(from_env="TOKEN"))
        run.text("plain")
        assert "*** plain" == run.masker().text(f"{VALUE} plain")


class TestMasker:
    @pytest.mark.parametrize(
        ("secrets", "text", "expected"),
        [
            pytest.param(["abc"], "x abc y abc", "x *** y ***", id="every-occurrence"),
            pytest.param(["abc", "abcdef"], "abcdef abc", "*** ***", id="prefix-of-another"),
            pytest.param(["abcd", "cdef"], "xabcdefx", "x***x", id="overlapping"),
            pytest.param(["bc", "abcd"], "abcd", "***", id="inside-another"),
            pytest.param(["", "abc"], "", "", id="empty-text"),
            pytest.param([""], "abc", "abc", id="empty-secret"),
            pytest.param(['a"b'], '{"x": "a\\"b"}', '{"x": "***"}', id="as-json"),
            pytest.param(["käse"], '"k\\u00e4se" käse', '"***" ***', id="as-ascii-json"),
            pytest.param(["a b/c"], "?q=a%20b%2Fc", "?q=***", id="as-url"),
            pytest.param(["a.c"], "abc", "abc", id="no-pattern-language"),
            pytest.param(["abc"], "abc\udcff", "***?", id="lone-surrogate"),
        ],
    )
    def test_masks(self, secrets: Sequence[str], text: str, expected: str) -> None:
        """What any secret covers disappears, all else stays."""
        assert expected == Masker(secrets).text(text)

    @settings(max_examples=150)
    @given(
        secrets=st.lists(st.text("ab", max_size=5), max_size=4),
        pieces=st.lists(st.text("abc", max_size=8), max_size=6),
    )
    def test_masks_the_same_however_the_text_is_split(self, secrets: list[str], pieces: list[str]) -> None:
        """A stream in pieces says what the definition says of the whole: the union of all occurrences."""
        stream = Masker(secrets).stream()
        masked = b"".join(stream.feed(piece.encode()) for piece in pieces) + stream.flush()
        assert union_masked("".join(pieces), secrets) == masked.decode()


class TestHeldBack:
    """What is held back is what may begin a secret: who follows a run sees everything else at once."""

    @pytest.mark.parametrize(
        ("secrets", "pieces", "shown"),
        [
            pytest.param(["s3cret"], ["a line\n"], ["a line\n"], id="nothing-like-it"),
            pytest.param(["s3cret"], ["is", "3 "], ["i", "s3 "], id="its-first-letter"),
            pytest.param(["s3cret"], ["s3cre", "t"], ["", "***"], id="all-but-its-last"),
            pytest.param(["abc", "abcdef"], ["abc", "de", "f."], ["", "", "***."], id="prefix-of-another"),
            pytest.param(["abc", "abcdef"], ["abc", "dx"], ["", "***dx"], id="only-the-prefix"),
            pytest.param(["aab"], ["aaa", "b"], ["a", "***"], id="begins-anew"),
            pytest.param(["abcab"], ["abcab", "cab."], ["***", "."], id="overlaps-itself"),
            pytest.param(["x" * 40 + "y"], ["x" * 60], ["x" * 20], id="long-beginning"),
            pytest.param(["x" * 15 + "yz"], ["." + "x" * 15 + "y", "z"], [".", "***"], id="longer-than-its-head"),
            pytest.param(["käse"], ["k\N{LATIN SMALL LETTER A WITH DIAERESIS}s", "e"], ["", "***"], id="no-ascii"),
        ],
    )
    def test_shows_the_rest_at_once(self, secrets: Sequence[str], pieces: Sequence[str], shown: Sequence[str]) -> None:
        """After each piece."""
        stream = Masker(secrets).stream()
        assert list(shown) == [stream.feed(piece.encode()).decode() for piece in pieces]

    @settings(max_examples=200)
    @given(
        secrets=st.lists(st.text("ab", min_size=1, max_size=5), min_size=1, max_size=4),
        pieces=st.lists(st.text("abc", max_size=8), max_size=6),
    )
    def test_holds_no_more_than_the_beginning_of_a_secret(self, secrets: list[str], pieces: list[str]) -> None:
        """What is shown so far, and the longest tail that begins a secret, are all there is: no more is held."""
        stream, text, shown = Masker(secrets).stream(), "", ""
        for piece in pieces:
            text += piece
            shown += stream.feed(piece.encode()).decode()
            tails = (text[at:] for at in range(len(text) + 1))
            tail = next(tail for tail in tails if any(len(tail) < len(one) and one.startswith(tail) for one in secrets))
            assert shown == masked_before(text, len(text) - len(tail), secrets)

    @pytest.mark.parametrize("secret", ["x" * 16, "x" * 17, "xy" * 8, "y" + "x" * 30])
    def test_masks_at_every_split(self, secret: str) -> None:
        """Also where the secret is as long as what is searched for at once, or longer."""
        text = f"xxyx{secret}x{secret}{secret}yx"
        for first in range(len(text)):
            for second in range(first, len(text)):
                stream = Masker([secret]).stream()
                pieces = (text[:first], text[first:second], text[second:])
                masked = b"".join(stream.feed(piece.encode()) for piece in pieces) + stream.flush()
                assert union_masked(text, [secret]) == masked.decode()


def masked_before(text: str, end: int, secrets: list[str]) -> str:
    """Mask by definition, and leave out what stands at `end` and behind it; a mask that begins before it is whole."""
    occurrences = sorted(
        (at, at + len(secret)) for secret in set(secrets) for at in range(end) if text.startswith(secret, at)
    )
    masked, covered = "", 0
    for start, stop in occurrences:
        if start >= covered:
            masked += text[covered:start] + "***"
        covered = max(covered, stop)
    return masked + text[covered:end]


def union_masked(text: str, secrets: list[str]) -> str:
    """Mask by definition: every occurrence of every secret, those that overlap as one."""
    occurrences = sorted(
        (at, at + len(secret))
        for secret in set(secrets) - {""}
        for at in range(len(text))
        if text.startswith(secret, at)
    )
    masked, covered = "", 0
    for start, end in occurrences:
        if start >= covered:
            masked += text[covered:start] + "***"
        covered = max(covered, end)
    return masked + text[covered:]
