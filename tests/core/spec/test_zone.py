"""Time zones by their IANA keys."""

import pytest
from pydantic import TypeAdapter, ValidationError

from schedrun.core.spec import zone
from schedrun.core.spec.zone import ZoneError, ZoneKey, zone_of


@pytest.mark.parametrize("key", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST"])
def test_knows_iana_keys(key: str) -> None:
    """A key gives its zone, the same object each time."""
    assert key == zone_of(key).key
    assert zone_of(key) is zone_of(key)
    assert key == TypeAdapter(ZoneKey).validate_python(key)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Berlin", "did you mean Europe/Berlin?"),
        ("New York", "did you mean America/New_York?"),
        ("utc", "did you mean UTC?"),
        ("CEST", "write an IANA key such as Europe/Berlin or UTC"),
        ("UTC+2", "write the zone of a city, such as Europe/Berlin, or Etc/UTC: an offset knows no clock changes"),
        ("+02:00", "write the zone of a city, such as Europe/Berlin, or Etc/UTC: an offset knows no clock changes"),
        ("Mars/Olympus_Mons", "write an IANA key such as Europe/Berlin or UTC"),
        ("Europe/Berlin" * 10, "write an IANA key such as Europe/Berlin or UTC"),
    ],
)
def test_suggests(key: str, hint: str) -> None:
    """An unknown key comes back with the likeliest one."""
    with pytest.raises(ZoneError) as caught:
        zone_of(key)
    assert hint == caught.value.hint


@pytest.mark.parametrize(
    "key",
    ["/etc/localtime", "../etc/localtime", "Europe/../UTC", "localtime", "posixrules", "Factory", "posix/UTC",
     "right/UTC", "Europe", "Europe/", "zone.tab", "", "UTC\0", " UTC", "\udcff"],
)  # fmt: skip
def test_refuses_what_is_no_key(key: str) -> None:
    """Paths, folders, other files and machine-dependent names are unknown zones."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(ZoneKey).validate_python(key)
    assert "SR304" == caught.value.errors()[0]["type"]


def test_looks_for_the_known_keys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet with a wrong zone in each job does not read the zone database for each of them."""
    with pytest.raises(ZoneError):
        zone_of("Europe/Berln")
    monkeypatch.delattr(zone, "available_timezones")
    with pytest.raises(ZoneError) as caught:
        zone_of("Europe/Pariss")
    assert "did you mean Europe/Paris?" == caught.value.hint
