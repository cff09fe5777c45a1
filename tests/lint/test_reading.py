"""The codes of reading and shape: each that manifests can get is explained."""

import re
from pathlib import Path

import schedrun.manifest
from schedrun.lint import reading

# The lint rule about defaults that no job takes has a code of shape, and is found elsewhere.
_CODE = re.compile(r'"(SR[01]\d\d)"')


def test_explains_every_code_that_reading_finds() -> None:
    """None is left out, none is made up."""
    package, specs = Path(schedrun.manifest.__file__).parent, Path(schedrun.__file__).parent / "core" / "spec"
    sources = [*package.glob("*.py"), *specs.glob("*.py")]
    found = {code for source in sources for code in _CODE.findall(source.read_text(encoding="utf-8"))}
    assert found == {rule.code for rule in reading.RULES}


def test_each_breaks_its_file() -> None:
    """So each is an error."""
    assert {"error"} == {rule.severity for rule in reading.RULES}
