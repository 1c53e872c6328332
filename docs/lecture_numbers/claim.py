"""A row of the page, and the section it stands in."""

from collections.abc import Callable
from dataclasses import dataclass

from lecture_numbers.figures import Verdict, difference, judge
from lecture_numbers.reckon import Answer

LECTURES = {
    "A": "an introduction to convolutional networks, from linear classifiers and their losses to transfer learning",
    "B": "a session of a course: from backpropagation to convolution by hand and the classic architectures",
    "C": "convolution, pooling and dense layers explained without mathematics, then Keras",
    "D": "building blocks and classic architectures, then how deep networks are optimized",
    "E": "from the perceptron scanned over an image to AlexNet and what came after it",
    "P": "no lecture: the paper of the network itself",
}
"""The lectures by the letter that the page gives them: what each is about."""


@dataclass(frozen=True)
class Claim:
    """A figure that was said, in our words, and how to compute it; `says` is empty where nobody gave a number."""

    about: str
    """What the figure is of."""
    said_by: str
    """The letters in `LECTURES`; empty with `says`."""
    says: str
    """The claim: its numbers, in the order in which they are computed."""
    comes: Callable[[], Answer]
    """Does the sum."""
    note: str = ""
    """Why they differ, where they do; it holds no figure of its own."""


@dataclass(frozen=True)
class Section:
    """Claims about one thing, with a sentence that says what to look at."""

    title: str
    look: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Judged:
    """A claim beside what it comes to."""

    claim: Claim
    answer: Answer
    verdict: Verdict

    @property
    def words(self) -> str:
        """The verdict as the page says it."""
        if self.verdict is Verdict.DIFFERS:
            return f"**{self.verdict.words}**: {difference(self.claim.says, self.answer.numbers)}"
        return self.verdict.words


def judged(claim: Claim) -> Judged:
    """Do the sum of a claim and compare."""
    answer = claim.comes()
    return Judged(claim, answer, judge(claim.says, answer.numbers))
