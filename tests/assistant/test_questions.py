import pytest

from assistant.answer import Turn
from assistant.errors import QuestionError
from assistant.questions import checked_question, is_follow_up, standalone_question


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "The question is empty. Type what you want to know about the opinion."),
        (" \n\t ", "The question is empty. Type what you want to know about the opinion."),
        (
            "?!… — “”",
            "The question has no words, only punctuation. Type what you want to know about the "
            "opinion.",
        ),
        (
            "x" * 100_000,
            "The question has 100,000 characters; at most 2,000 can be read. Ask one question in "
            "a few sentences.",
        ),
        (
            "Who won\x00?",
            "The question holds a control character (U+0000), which no text has. Type it again or "
            "paste it as plain text.",
        ),
        (
            "what did the court h\udce9ld",  # a byte of Latin-1 on the command line
            "The question holds bytes that are no UTF-8 text. Type it again, or set the terminal "
            "to UTF-8.",
        ),
        (
            "Wer hat den Prozess gewonnen?",
            "The question seems to be in German, and the opinion is in English, so nothing in it "
            "can be matched. Ask in English.",
        ),
        (
            "¿Por qué concedió el juez la inmunidad?",
            "The question seems to be in Spanish, and the opinion is in English, so nothing in it "
            "can be matched. Ask in English.",
        ),
        (
            "谁赢了这个案子？",
            "The question seems to be in Chinese, and the opinion is in English, so nothing in it "
            "can be matched. Ask in English.",
        ),
    ],
)
def test_refuses_what_is_no_question(question: str, message: str) -> None:
    with pytest.raises(QuestionError) as e:
        checked_question(question)

    assert str(e.value) == message


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  Who\nwon,\tand why? ", "Who won, and why?"),
        ("cafe\u0301 owner?", "café owner?"),  # composed form
        ("Kneipp v. Tedder", "Kneipp v. Tedder"),
        ("damnum absque injuria meaning", "damnum absque injuria meaning"),
        ("res ipsa loquitur", "res ipsa loquitur"),
        ("cops win?", "cops win?"),
        ("verdict", "verdict"),
        ("§ 1983", "§ 1983"),
        ("wat did court say abt 14th amdt", "wat did court say abt 14th amdt"),
        (
            "What does 'ex post facto' mean, según el juez?",
            "What does 'ex post facto' mean, según el juez?",
        ),
    ],
)
def test_takes_questions_as_people_type_them(typed: str, read: str) -> None:
    assert checked_question(typed) == read


@pytest.mark.parametrize(
    ("question", "follow_up"),
    [
        ("And when was that?", True),
        ("Why?", True),
        ("Who decided it?", True),
        ("What did he do?", True),
        ("what about the other officer?", True),
        ("Which court?", True),
        ("Who won, and why?", False),
        ("What did the skinheads do?", False),
        ("When was the attack?", False),
        ("What did the plaintiff complain to the police about?", False),
        ("Which case did the defendants rely on for immunity?", False),
        ("Does the opinion decide whether the disclosure caused the assault?", False),
        ("Which judge wrote this?", False),
        ("What is this about?", False),
        ("what's this case about", False),
        ("Who is the judge in this lawsuit?", False),
        ("Who said this?", True),
        ("When did this happen?", True),
        ("What did he do in this case?", True),
        ("And in this case?", True),
        ("What is left of the lawsuit after she withdrew claims?", False),  # says enough itself
        ("When did she withdraw her claims?", True),
        ("Was there a dissent?", False),
        ("Is there a right to police protection?", False),
        ("Did the court hold that § 1983 applies?", False),
        ("Is it true that the plaintiff lost?", False),
        ("Did the captain say that the police would watch?", False),
        ("Who dissented?", False),
        ("Qualified immunity?", False),
        ("What other cases did the court discuss?", False),
        ("Any other reasons?", True),
        ("Who else?", True),
        ("Was he there?", True),
        ("When was that filed?", True),
        ("Is it still the law?", True),
        ("Which judge?", True),
    ],
)
def test_tells_follow_ups_from_questions_that_stand_alone(question: str, follow_up: bool) -> None:
    assert is_follow_up(question) is follow_up


def _turns(*contents: str) -> list[Turn]:
    return [
        Turn(role="user" if n % 2 == 0 else "assistant", content=c) for n, c in enumerate(contents)
    ]


def test_first_question_is_left_as_typed() -> None:
    assert standalone_question("And when was that?", []) == "And when was that?"


def test_follow_up_takes_the_subject_of_the_previous_turn() -> None:
    history = _turns("When was the tenant evicted?", "“The tenant was evicted in March.” [1]")

    assert standalone_question("And by whom?", history) == "And by whom? (tenant evicted March)"


def test_chain_of_follow_ups_keeps_the_subject() -> None:
    history = _turns("Which bank sued?", "“It sued.” [1]", "Why?", "“It was owed money.” [1]")

    assert standalone_question("When?", history) == "When? (bank sued)"


def test_names_in_the_answer_are_a_subject_too() -> None:
    history = _turns("Which case did they rely on?", "“Relying on Smith v. Jones, they argue.” [1]")

    asked = standalone_question("Which court decided it?", history)

    assert asked == "Which court decided it? (case rely Smith v. Jones)"


def test_new_subject_is_left_alone() -> None:
    history = _turns("Which bank sued?", "“It sued.” [1]")
    question = "What did the appraiser say about the value of the farm?"

    assert standalone_question(question, history) == question
