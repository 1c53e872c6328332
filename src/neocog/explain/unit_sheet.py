"""A sheet of units: in each row a unit's preferred input, the patches that excite it most, and what it speaks for.

Patches are as large as what the unit sees; what lies beyond an image's border is gray.

    found = survey(module, ["conv2"], images, preprocessing, network=network, targets=targets, classes=10)["conv2"]
    best = preferred(module, "conv2", [0, 1, 2], preprocessing, network=network)
    unit_sheet(found, best, images, classes).picture().save("conv2.png")
"""

from collections.abc import Sequence

from neocog.data import Images
from neocog.explain.fields import cut
from neocog.explain.preferred import Preferred
from neocog.explain.sheets import Row, Sheet
from neocog.explain.survey import Survey


def unit_sheet(survey: Survey, units: Sequence[Preferred], images: Images, classes: Sequence[str] = ()) -> Sheet:
    """The sheet of some units of a surveyed layer, in the order of their preferred inputs.

    `images` are those that were surveyed, `classes` the names of the classes.
    """
    told = survey.statistics
    alike = sum(map(len, told.duplicates))
    finding = f"{survey.path}: of {survey.units:,} units {len(told.dead):,} dead, {alike:,} with a double"
    if told.distinctness.shape[1]:
        finding += f", {len(told.selective):,} speak for a class"
    height, width = survey.patches.field.sides
    line = (
        f"the units that tell most, each with the input that excites it most and the patches of {width} x {height} "
        "pixels at which it is highest; under each its activation"
    )
    rows = tuple(
        Row(
            tuple(_words(survey, one.unit, classes)),
            (
                (one.pixels, f"{one.value:.3g}"),
                *((cut(images[patch.image], patch.box), f"{patch.value:.3g}") for patch in survey.patches.of(one.unit)),
            ),
        )
        for one in units
    )
    return Sheet(finding, line, rows, (height, width), ("preferred", "highest patches"), lead=1)


def _words(survey: Survey, unit: int, classes: Sequence[str]) -> list[str]:
    told = survey.statistics
    lines = [f"unit {unit}", f"{told.lowest[unit]:.3g} to {told.highest[unit]:.3g}"]
    if unit in told.dead:
        return [lines[0], f"dead: always {told.highest[unit]:.3g}"]
    if classes and told.distinctness.shape[1]:
        label, distance = told.classes_of(unit, 1)[0]
        verb = "speaks for" if unit in told.selective else "likes"
        lines += [f"{verb} {classes[label]}", f"{distance:.1f} deviations above the rest"]
    return lines
