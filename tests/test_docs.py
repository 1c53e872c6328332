"""The computed page of the docs: it is what the sums give now, its sums are right, and no figure is missing."""

import ast
import doctest
import importlib
import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

DOCS = Path(__file__).resolve().parent.parent / "docs"
MODULES = ("figures", "reckon", "tensors", "claim", "claims_layers", "claims_classics", "claims_networks", "page")

# Shapes and counts as the papers and a sum by hand give them, not as this package does.
FIGURES = """
(9 - 3 + 0)/1 + 1 = 7 | (7 - 3 + 0)/1 + 1 = 5 | (7 - 3 + 0)/2 + 1 = 3 | (7 - 3 + 0)/3 + 1 = 2.33
20x32x32; 1,500 weights; 20 biases | 6x30x30; 162 weights | 3,072 weights | 120,000 weights
672x28x28; 854,196,224 | 854M | 480x28x28 | 353M | 271,351,808
2x3x3; 54 weights; 2 biases | 819,200 | 65,536 | 950,272 | 4,096,000 | 27; 49
24M | 96 MB | 15,237,608 | 61.0 MB | 28,793,320 | 99.2 % | 89.4 % | 138,357,544 | 143,667,240
96x55x55 | 96x27x27 | 256x27x27 | 256x13x13 | 384x13x13 | 256x6x6 | 4,096; 37,748,736 weights | 1,000; 4,096,000 weights
35K | 307K | 884K | 1.3M | 442K | 37M | 16M | 4M | 60M | 650K | 630M
60,965,224 | 659,272 | 724,406,816 | 62,378,344 | 1,135,256,096 | 61,100,840 | 14, not 27
5M | 12 times | 6,998,552 | 1,025,000 | 8.711 | 6,624,904 | 7,005,832 | 13,378,280
61,706 | 60,000 | 1,516 | 10,164 | 48,120
11,689,512 | 21,797,672 | 25,557,032 | 44,549,160 | 60,192,808 | 3,857,973,248 | 4,089,184,256
7,978,856 | 14,149,480 | 20,013,928 | 33,337,704
16 billion | 40 million | 16,000,000,000 | 40,000,000 | 1000 weights
[[4, 3, 4], [2, 4, 3], [2, 3, 4]] | [[4, 4], [2, 4]] | [[6, 8], [3, 4]] | [[3.25, 5.25], [2, 2]]
[[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]] | [[3, -3], [-3, 0]] | [[3, 0], [3, 1]]
[[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]] | [[-1, 1], [0, 3]]
2.9 | 12.9 | 5.267 | 0.1300, 0.8690, 0.0010 | 0.91 | 1/9 | 1/91 | 0.1111
0.95 % | 0.8 % | 95 % | 10.41 % | 8.81 % | 8.75 % | 6.97 % | 6.43 % | 18.2 % | 15.3 % | 14.8 % | 11.7 %
7.3 % | 6.8 % | 6.7 % | 3.57 %
"""


@dataclass(frozen=True)
class Generator:
    """The modules that make the page."""

    figures: ModuleType
    claim: ModuleType
    page: ModuleType
    all: tuple[ModuleType, ...]


@pytest.fixture(scope="module")
def generator() -> Iterator[Generator]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        modules = {name: importlib.import_module(f"lecture_numbers.{name}") for name in MODULES}
        yield Generator(modules["figures"], modules["claim"], modules["page"], tuple(modules.values()))


@pytest.fixture(scope="module")
def rows(generator: Generator) -> list:
    """Every claim of the page, judged."""
    return [generator.claim.judged(claim) for section in generator.page.SECTIONS for claim in section.claims]


@pytest.fixture(scope="module")
def committed() -> str:
    return (DOCS / "lecture-numbers.md").read_text()


def test_the_page_is_what_the_sums_give_now(generator: Generator, committed: str) -> None:
    assert committed == generator.page.page(), "run `make docs`"


@pytest.mark.parametrize("figure", [each for line in FIGURES.split("\n") for each in line.split(" | ") if each])
def test_every_figure_is_on_the_page(figure: str, committed: str) -> None:
    assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d])", committed)


def test_the_examples_in_the_generator_run(generator: Generator) -> None:
    results = [doctest.testmod(module) for module in generator.all]
    assert sum(result.attempted for result in results) >= 5
    assert sum(result.failed for result in results) == 0


def test_every_difference_is_explained_without_a_figure_of_its_own(rows: list, generator: Generator) -> None:
    differing = [row for row in rows if row.verdict is generator.figures.Verdict.DIFFERS]
    assert [row.claim.about for row in differing if not row.claim.note] == []
    assert [row.claim.note for row in rows if re.search(r"\d", row.claim.note)] == []


def test_a_claim_has_someone_who_says_it(rows: list, generator: Generator) -> None:
    assert [row.claim.about for row in rows if bool(row.claim.says) != bool(row.claim.said_by)] == []
    assert {letter for row in rows for letter in row.claim.said_by} == set(generator.claim.LECTURES)


OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
SUM = re.compile(r"[\d,.+×²()/⌊⌋ -]+")


def worth(text: str) -> float:
    """What a sum in print comes to."""

    def of(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](of(node.left), of(node.right))
        assert isinstance(node, ast.Constant)
        return node.value

    plain = re.sub(r"([\d.]+)²", r"(\1*\1)", text.replace(",", "").replace("×", "*"))
    plain = re.sub(r"⌊(.*?)/(\d+)⌋", r"(\1//\2)", plain)
    return of(ast.parse(plain.strip(), mode="eval").body)


def test_the_sums_in_print_come_to_what_stands_beside_them(rows: list) -> None:
    """Every sum that is arithmetic alone, words of what is added left out, done again from its text."""
    done = 0
    for row in rows:
        for part in row.answer.sum.split("; "):
            text, _, result = re.sub(r"\((?=[^)]*[a-z])[^)]*\)|\bbytes\b", "", part).partition(" = ")
            if SUM.fullmatch(text) and re.search(r"\d \S", text) and not re.search(r"\d, \d", text):
                came = worth(text)
                tolerance = 0.0 if came == round(came) else 2e-3  # broken numbers are printed with few digits
                wanted = [float(result.replace(",", ""))] if result else list(row.answer.numbers)
                shares = [100 * came] if "%" in row.answer.shown else []
                assert any(
                    math.isclose(each, number, rel_tol=tolerance) for each in (came, *shares) for number in wanted
                ), f"{row.claim.about}: {part} comes to {came}"
                done += 1
    assert done > 140


@given(st.integers(1, 10**12))
def test_a_whole_number_stands_for_itself_alone(generator: Generator, number: int) -> None:
    verdict = generator.figures.Verdict
    assert generator.figures.judge(f"{number:,} weights", [number]) is verdict.AGREES
    assert generator.figures.judge(f"{number:,} weights", [number + 1]) is verdict.DIFFERS
    assert generator.figures.judge(f"{number:,} weights", [number - 1]) is verdict.DIFFERS


@given(st.integers(1, 10**9), st.sampled_from([("K", 10**3), ("M", 10**6), (" million", 10**6)]), st.integers(1, 3))
def test_the_last_digit_says_how_far_it_reaches(
    generator: Generator, number: int, suffix: tuple[str, int], digits: int
) -> None:
    word, scale = suffix
    verdict = generator.figures.Verdict
    unit = scale / 10**digits
    rounded = generator.figures.judge(f"{round(number / unit) * unit / scale:.{digits}f}{word}", [number])
    assert rounded in (verdict.AGREES, verdict.ROUNDED)
    cut = generator.figures.judge(f"{math.floor(number / unit) * unit / scale:.{digits}f}{word}", [number])
    assert cut in (verdict.AGREES, verdict.ROUNDED, verdict.CUT)
    beyond = (math.floor(number / unit) + 2) * unit / scale
    assert generator.figures.judge(f"{beyond:.{digits}f}{word}", [number]) is verdict.DIFFERS


@pytest.mark.parametrize(
    ("says", "came", "words"),
    [
        ("60M", 60_965_224, "agrees when rounded"),  # the zero may be a rounded digit
        ("650K", 659_272, "agrees when cut off"),
        ("16M", 16_777_216, "agrees when cut off"),
        ("24M", 15_237_608, "does not"),
        (">150", 152, "agrees"),
        ("<3.5 %", 3.57, "does not"),
        ("1/9", 1 / 9, "agrees"),
        ("0.00", 0.00097, "agrees when rounded"),
        ("", 7, "–"),
    ],
)
def test_verdicts(generator: Generator, says: str, came: float, words: str) -> None:
    assert generator.figures.judge(says, [came]).words == words


def test_the_worst_number_decides(generator: Generator) -> None:
    assert generator.figures.judge("96x55x55; 35K", [96, 55, 55, 34_848]).words == "agrees when rounded"
    assert generator.figures.judge("96x27x27; 35K", [96, 55, 55, 34_848]).words == "does not"


def test_a_missing_number_is_noticed(generator: Generator) -> None:
    with pytest.raises(AssertionError, match="'20x32x32' has 3 numbers"):
        generator.figures.judge("20x32x32", [20, 32])
