"""What is an address of the web: what the HTTP client can send a request to, and nothing that can never work."""

import subprocess
import sys

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.spec.web_address import is_web, web_address


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example",
        "HTTPS://X.example:8443/p?q=1#f",
        "http://user:pa:ss@x.example/",
        "http://user:p[a]ss@x.example/",
        "http://localhost:8080",
        "http://fx_api.internal./",
        "http://127.0.0.1/",
        "http://[::1]:80/",
        "http://[fe80::1%eth0]/",
        "http://münchen.example/",
        "http://MÜNCHEN.example./",
        "http://日本。jp/",
        "http://straße.example:8080/p",
        "http://xn--mnchen-3ya.example/",
        "http://x:/",
        "http://x?q",
        "https://x/a b/${C}/{{d}}/\u00a0",
    ],
)
def test_what_an_address_is(text: str) -> None:
    """And the HTTP client finds scheme and host in it."""
    assert is_web(text)
    assert httpx.URL(text).scheme in {"http", "https"}
    assert httpx.URL(text).host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://x",
        "x.example/p",
        "//x",
        "http:x",
        "https:/x",
        "https://",
        "https:///p",
        "http://?q",
        "http://user@/",
        " https://x",
        "https://x /",
        "https://x\n",
        "https://x/\t",
        "https://x/\x7f",
        "http\u017f://x",
        "http://a b/",
        "http://${HOST}/",
        "http://{{host}}/",
        "http://a%20b/",
        "http://a..b/",
        "http://.a/",
        f"http://{'a' * 64}.example/",
        "http://x:0/",
        "http://x:65536/",
        "http://x:port/",
        "http://::1/",
        "http://[::1/",
        "http://[v1.x]/",
        "http://1.2.3.400/",
        "http://1.2.3.\u0664/",
        "http://☃.example/",
        "http://\ufb00.example/",
        "http://\uff25\uff38.example/",
        "http://ü_x.example/",
        "http://ü-.example/",
        "http://a..ü/",
        "http://a\u200d.example/",
        f"http://ü{'a' * 62}.example/",
        f"http://{'ü.' * 120}example/",
        f"http://{'ü' * 60_000}/",
        f"http://x/{'a' * 65_536}",
    ],
)
def test_what_none_is(text: str) -> None:
    """Another scheme, no host, or a host that no name or number can be."""
    assert not is_web(text)


@pytest.mark.parametrize(
    ("address", "told"), [("http://u:secret@☃.example/", True), ("http://u:secret@ü.example:0/", False)]
)
def test_a_host_that_is_no_international_name_is_told(address: str, *, told: bool) -> None:
    """The address itself is not repeated."""
    with pytest.raises(ValueError, match="no http or https address") as caught:
        web_address(address)
    assert told == ("IDNA" in repr(caught.value))
    assert "secret" not in repr(caught.value)


def test_hosts_in_ascii_load_no_tables_of_letters() -> None:
    """Start-up time is that of most manifests."""
    program = (
        "import sys; from schedrun.core.spec.web_address import is_web; assert is_web('https://x.example/ü');"
        " assert 'idna' not in sys.modules; assert is_web('https://ü.example'); assert 'idna' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@given(
    st.tuples(
        st.sampled_from(["http://", "https://", "HTTP://", "ftp://", "//", ""]),
        st.text("ab1.:@[]%_-{$ /\\üß☃。\u0627", max_size=8),
        st.text("/?#ab:@ %\\\n", max_size=4),
    ).map("".join)
)
def test_the_client_takes_every_address(text: str) -> None:
    """Nothing is accepted that it refuses."""
    if is_web(text):
        assert httpx.URL(text).host
