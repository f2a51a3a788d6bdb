import pytest

from assistant.markers import MarkerReader


@pytest.mark.parametrize(
    ("written", "shown", "known", "unknown"),
    [
        ("Yes [1].", "Yes [1].", [1], []),
        ("Yes [2][1].", "Yes [2][1].", [2, 1], []),
        ("Yes [1, 3].", "Yes [1][3].", [1, 3], []),
        ("Yes [1-3].", "Yes [1][2][3].", [1, 2, 3], []),
        ("Yes [1–2; 3].", "Yes [1][2][3].", [1, 2, 3], []),
        ("Yes [¶ 2] and [passage 3].", "Yes [2] and [3].", [2, 3], []),
        ("Yes 【3】.", "Yes [3].", [3], []),
        ("Yes [9].", "Yes [9: no such passage].", [], ["9"]),
        ("Yes [0].", "Yes [0: no such passage].", [], ["0"]),
        ("Yes [3-900].", "Yes [3][900: no such passage].", [3], ["900"]),
        ("Yes [1, 9] [9].", "Yes [1][9: no such passage] [9: no such passage].", [1], ["9"]),
        ("She [the plaintiff] won [1].", "She [the plaintiff] won [1].", [1], []),
        ("In [1997] it was so.", "In [1997] it was so.", [], []),
        ("Unfinished [2", "Unfinished [2", [], []),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_markers_however_written_and_however_streamed(
    written: str, shown: str, known: list[int], unknown: list[str], size: int
) -> None:
    markers = MarkerReader(3)
    pieces = [written[i : i + size] for i in range(0, len(written), size)]

    text = "".join(markers.read(pieces))

    assert text == shown
    assert markers.known == known
    assert markers.unknown == unknown


def test_text_is_not_held_back_by_a_bracket_that_is_no_marker() -> None:
    markers = MarkerReader(3)
    pieces = iter(["a [b ", "c" * 50, " d"])

    first = next(markers.read(pieces))

    assert first in ("a ", "a [b " + "c" * 50)
