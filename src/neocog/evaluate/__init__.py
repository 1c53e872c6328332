"""An honest verdict on a model: one measure a file, the report that holds them, and the page that shows it."""

from neocog.core.proportion import Proportion, wilson
from neocog.evaluate.accuracy import Baseline, accuracy, balanced_accuracy, majority_baseline, top_accuracies
from neocog.evaluate.advice import advice
from neocog.evaluate.bootstrap import Interval, Intervals
from neocog.evaluate.calibration import Calibration, calibration
from neocog.evaluate.checked import checked
from neocog.evaluate.compare import ClassDifference, Comparison, Side, compare
from neocog.evaluate.compare_page import COMPARISON, compare_page, write_comparison
from neocog.evaluate.confusion import Confusion, confusion, largest_confusions
from neocog.evaluate.ensemble import Ensemble, Member
from neocog.evaluate.facts import Fact, facts
from neocog.evaluate.judge import evaluate
from neocog.evaluate.judged import Judged, read_chances, read_judged, read_runs, run_folders
from neocog.evaluate.kind_report import KindReport, Sheet
from neocog.evaluate.labels import LabelMeasures, measure_labels
from neocog.evaluate.log_loss import log_loss
from neocog.evaluate.measures import Measures, measure
from neocog.evaluate.numbers import NumberMeasures, measure_numbers
from neocog.evaluate.options import EvaluateOptions
from neocog.evaluate.page import page
from neocog.evaluate.paired import Difference, difference, holm, mcnemar, mean_accuracy
from neocog.evaluate.per_class import ClassFigures, per_class
from neocog.evaluate.pictures import Picture, Pictures, pictures
from neocog.evaluate.precision_recall import PrecisionRecall, precision_recall
from neocog.evaluate.reliance import Reliance, reliance
from neocog.evaluate.report import AnyReport, Report, Samples, Training
from neocog.evaluate.retrust import Refit, retrusted
from neocog.evaluate.risk import RiskPoint, risk_coverage
from neocog.evaluate.roc import Areas, RocCurve, areas, curve
from neocog.evaluate.runs_page import runs_page
from neocog.evaluate.seeds import RUNS, evaluate_runs
from neocog.evaluate.sentences_page import check_told, sentences_page
from neocog.evaluate.slices import Slice, Slices, slices
from neocog.evaluate.together import Mean, Together
from neocog.evaluate.views import Gain, Viewing

__all__ = [
    "COMPARISON",
    "RUNS",
    "AnyReport",
    "Areas",
    "Baseline",
    "Calibration",
    "ClassDifference",
    "ClassFigures",
    "Comparison",
    "Confusion",
    "Difference",
    "Ensemble",
    "EvaluateOptions",
    "Fact",
    "Gain",
    "Interval",
    "Intervals",
    "Judged",
    "KindReport",
    "LabelMeasures",
    "Mean",
    "Measures",
    "Member",
    "NumberMeasures",
    "Picture",
    "Pictures",
    "PrecisionRecall",
    "Proportion",
    "Refit",
    "Reliance",
    "Report",
    "RiskPoint",
    "RocCurve",
    "Samples",
    "Sheet",
    "Side",
    "Slice",
    "Slices",
    "Together",
    "Training",
    "Viewing",
    "accuracy",
    "advice",
    "areas",
    "balanced_accuracy",
    "calibration",
    "check_told",
    "checked",
    "compare",
    "compare_page",
    "confusion",
    "curve",
    "difference",
    "evaluate",
    "evaluate_runs",
    "facts",
    "holm",
    "largest_confusions",
    "log_loss",
    "majority_baseline",
    "mcnemar",
    "mean_accuracy",
    "measure",
    "measure_labels",
    "measure_numbers",
    "page",
    "per_class",
    "pictures",
    "precision_recall",
    "read_chances",
    "read_judged",
    "read_runs",
    "reliance",
    "retrusted",
    "risk_coverage",
    "run_folders",
    "runs_page",
    "sentences_page",
    "slices",
    "top_accuracies",
    "wilson",
    "write_comparison",
]
