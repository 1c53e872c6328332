"""Judge what is not one class a sample: the same steps as in `judge.py`, with what the kind tells in the middle."""

import time
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neocog import __version__
from neocog.core.run import PREDICTIONS, REPORT, REPORT_DATA, RunFolder
from neocog.data import decode
from neocog.data.inputs import told as said
from neocog.data.kinds import PICTURED
from neocog.evaluate.kind_page import kind_page
from neocog.evaluate.kind_report import KindReport, Reader, Told
from neocog.evaluate.label_report import told_labels
from neocog.evaluate.mask_report import told_masks
from neocog.evaluate.number_report import told_numbers
from neocog.evaluate.report import Training
from neocog.evaluate.subject import Subject
from neocog.evaluate.words import count, number
from neocog.model import Model

Teller: TypeAlias = Callable[[Model, Subject, NDArray[Any], Reader, Training | None], Told]

TELLERS: dict[str, Teller] = {"classes": told_labels, "number": told_numbers, "mask": told_masks}
"""What says the verdict on each kind of target, from its outputs for the judged samples (of masks its answers)."""


def kind_report(
    model: Model,
    subject: Subject,
    outputs: NDArray[Any],
    folder: RunFolder,
    *,
    ledger: RunFolder,
    name: str,
    model_hash: str,
    training: Training | None,
) -> KindReport:
    """The report on a model's outputs for a subject, written to a folder; the opening is in the ledger already."""
    table = subject.data.table

    def read(place: int) -> NDArray[np.uint8] | str:
        raw = table.source.read(int(subject.rows[place]))
        return decode(raw).pixels if table.input_kind in PICTURED else said(raw, table)

    report = KindReport(
        task=model.task,
        told=TELLERS[model.task](model, subject, outputs, read, training),
        model=name,
        model_hash=model_hash,
        card=model.card,
        network=model.network,
        data=table.name,
        subject=subject.words,
        own=subject.own,
        unseen=subject.unseen,
        familiar=int(subject.familiar.sum()),
        test_hash=subject.test_hash,
        openings=tuple(ledger.openings(subject.test_hash)),
        findings=subject.data.findings,
        warnings=(*_on_familiar(subject), *subject.warnings),
        notes=subject.notes,
        training=training,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        version=__version__,
        folder=folder.path,
    )
    lines = zip(subject.files, report.told.rows, strict=True)
    folder.write_table(PREDICTIONS, ["file", *report.told.columns], ([file, *row] for file, row in lines))
    folder.write(REPORT, kind_page(report))
    folder.write_json(REPORT_DATA, report.to_dict())
    return report


def _on_familiar(subject: Subject) -> tuple[str, ...]:
    known = int(subject.familiar.sum())
    if not known:
        return ()
    tested = count(len(subject.rows), f"test {subject.data.findings.noun}")
    return (
        f"The model learned from {number(known)} of the {tested}, or from nearly the same ones, so the verdict is too "
        "good.",
    )
