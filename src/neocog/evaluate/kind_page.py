"""`report.html` of labels, numbers and masks: the frame of every report, filled with what the kind tells."""

from neocog.evaluate.figures import loss_figure
from neocog.evaluate.kind_report import KindReport
from neocog.evaluate.page import frame
from neocog.evaluate.template import csv_file, rendered
from neocog.evaluate.words import clean, count, short


def kind_page(report: KindReport) -> str:
    """The report as HTML."""
    told = report.told
    sentence, comparison = told.sentences
    before, value, after = sentence.partition(told.value)
    epochs = report.training.epochs if report.training else ()
    shared = frame(report)
    return rendered(
        "kind.html",
        {
            "file": lambda text: short(text.rsplit("/", 1)[-1], 14),
            "clean_text": lambda text: "\n".join(map(clean, text.split("\n"))),
        },
        report=report,
        told=told,
        headline=(before, value, after, comparison),
        sheets=[(sheet, csv_file([sheet.head, *sheet.rows])) for sheet in told.sheets],
        figures={"loss": loss_figure(epochs, unit="loss"), "accuracy": None},
        advice=told.advice or ("Nothing stands out: try it on samples from the place where it is to work.",),
        worst_title=f"The {count(len(told.worst), 'worst answer')}",
        **shared,
    )
