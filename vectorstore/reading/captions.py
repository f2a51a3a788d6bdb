"""A case's title out of its caption: the parties' names without columns, roles and docket numbers.

Trial courts set the caption in two columns, parted by a column of ":" or ")", with the docket
number to the right; each party's role stands under its name.
"""

from __future__ import annotations

import re

# The mark of the column, with what stands to the right of it.
_COLUMN = re.compile(r"(?:^|\s+)[:)|§*](?:\s.*)?$|(?<=\s)[:)|§](?=\s).*$|(?<=\S)\s{3,}\S.*$")
_NUMBER = re.compile(r"^\s*\d{1,2}(?:\s{2,}|$)")  # of a line, in the margin of a pleading
_VERSUS = re.compile(r"[-–—\s]*(?:v|vs|against|versus)\b\.?[-–—,\s]*", re.IGNORECASE)
_ROLE = re.compile(
    r"(?:and\s)?(?:(?:third[- ]party|counter|cross)[- ]?)?(?:plaintiff|defendant|petitioner|"
    r"respondent|appell(?:ant|ee)|claimant|debtor|relator|intervenor|movant)[\w\s/,.’'()-]{0,40}",
    re.IGNORECASE,
)


def caption_title(caption: str) -> str:
    r"""The title in a caption of one or more lines, on one line.

    A caption without a line "v." is given as it is, on one line.

    >>> caption_title("MARY ROE,   :\n  Plaintiff,  :\nv.    : No. 3:09\nTOWN, et al.,  :")
    'MARY ROE v. TOWN, et al.'
    """
    lines = [_NUMBER.sub("", line) for line in caption.splitlines()]
    lines = [_COLUMN.sub("", line).strip() for line in lines]
    if not any(_VERSUS.fullmatch(line) for line in lines):
        return " ".join(caption.split())
    names = [line for line in lines if line and not _ROLE.fullmatch(line)]
    sides: list[str] = [""]
    for line in names:
        if _VERSUS.fullmatch(line) and len(sides) == 1 and sides[0]:
            sides.append("")
        else:
            sides[-1] = f"{sides[-1]} {line}".strip()
    if len(sides) < 2 or not sides[1]:
        return " ".join(caption.split())
    return " v. ".join(side.rstrip(",;: ") for side in sides)
