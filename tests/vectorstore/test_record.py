"""The public record beside an opinion."""

from __future__ import annotations

from pathlib import Path

import pytest

from vectorstore.errors import OpinionFileError
from vectorstore.opinion import Record
from vectorstore.reading.record import find_record, parse_record


@pytest.mark.parametrize("name", ["roe.txt.record.json", "roe.record.json"])
def test_record_is_found_beside_the_opinion(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"title": "Roe v. Doe", "first_page": 12, "shelf": "left"}')
    assert find_record(tmp_path / "roe.txt") == Record(title="Roe v. Doe", first_page=12)


def test_no_record_is_none(tmp_path: Path) -> None:
    assert find_record(tmp_path / "roe.txt") is None


BAD = [
    (
        "{",
        "The record r is not JSON (Expecting property name enclosed in double quotes: line 1 "
        "column 2 (char 1)). Mend it, or delete it to go without.",
    ),
    ("[]", 'The record r must be a JSON object such as {"title": "…"}.'),
    ("{}", "The record r needs a title, the opinion's name."),
    ('{"title": ""}', "The record r: 'title' must be a text that is not empty."),
    ('{"title": "Roe", "year": "1990"}', "The record r: 'year' must be a whole number."),
    ('{"title": "Roe", "year": true}', "The record r: 'year' must be a whole number."),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_record_gives_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(OpinionFileError) as error:
        parse_record(text, where="r")
    assert str(error.value) == message


def test_record_that_is_not_utf8_gives_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "roe.record.json"
    path.write_bytes(b'{"title": "caf\xe9"}')
    with pytest.raises(OpinionFileError) as error:
        find_record(tmp_path / "roe.txt")
    assert str(error.value) == f"The record {path} is not UTF-8 text. Save it as UTF-8."
