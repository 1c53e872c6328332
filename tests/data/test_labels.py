"""What target columns say: one class, several labels, numbers."""

import pytest

from neocog.core.errors import DataError
from neocog.data import DataOptions, Table, find


def table(lay, picture: bytes, text: str, **options: str) -> Table:
    return find(lay({f"i/{name}.png": picture for name in "abc"} | {"labels.csv": text}), DataOptions(**options))


def rows(header: str, *cells: str) -> str:
    return f"{header}\n" + "".join(f"i/{name}.png,{cell}\n" for name, cell in zip("abc", cells, strict=True))


@pytest.mark.parametrize(
    ("text", "labels", "outputs", "groups"),
    [
        (rows("file,label", "b|a", "a", ""), ("a|b", "a", ""), ("a", "b"), ()),
        (rows("file,hole,spur", "0,1", "1,1", "0,0"), ("spur", "hole|spur", ""), ("hole", "spur"), ()),
        (
            rows("file,color,form", "red,big", "red,small", "blue,big"),
            ("big|red", "red|small", "big|blue"),
            ("blue", "red", "big", "small"),
            (("color", ("blue", "red")), ("form", ("big", "small"))),
        ),
        (  # one word in two columns, one column of several labels, and one empty cell
            rows("file,front,back", "none,none", "red|blue,", "red,dent"),
            ("back none|front none", "blue|red", "dent|red"),
            ("blue", "front none", "red", "dent", "back none"),
            (("back", ("dent", "back none")),),
        ),
        (  # a column of 0 and 1 among text
            rows("file,color,broken", "red,1", "blue,0", "red,0"),
            ("broken|red", "blue", "red"),
            ("blue", "red", "broken"),
            (("color", ("blue", "red")),),
        ),
    ],
)
def test_several_labels(lay, picture, text, labels, outputs, groups):
    options = {"label": text.partition("\n")[0].partition(",")[2]}
    found = table(lay, picture, text, **options)
    assert (found.target_kind, found.labels) == ("classes", labels)
    assert sorted(found.outputs) == sorted(outputs)
    assert [name for name, _ in found.groups] == [name for name, _ in groups]
    assert all(set(one) == set(other) for (_, one), (_, other) in zip(found.groups, groups, strict=True))
    assert "several labels a sample." in found.notes[0]


@pytest.mark.parametrize(
    ("text", "labels", "outputs"),
    [
        (rows("file,label", "0.5", "2", "-1e-3"), ("0.5", "2", "-1e-3"), ("label",)),
        (rows("file,low,high", "1,2.5", "3,4", "5,6"), ("1|2.5", "3|4", "5|6"), ("low", "high")),
    ],
)
def test_numbers(lay, picture, text, labels, outputs):
    found = table(lay, picture, text)
    assert (found.target_kind, found.labels, found.outputs) == ("number", labels, outputs)


def test_a_task_that_is_asked_for(lay, picture):
    whole = rows("file,label", "1", "2", "3")
    assert table(lay, picture, whole).target_kind == "class"
    assert table(lay, picture, whole, task="number").target_kind == "number"
    assert table(lay, picture, whole, task="classes").outputs == ("1", "2", "3")
    assert table(lay, picture, rows("file,label", "a|b", "a", "b"), task="class").labels == ("a|b", "a", "b")
    message = r"labels\.csv line 3: the column 'label' must hold a number, got 'b'; correct it, or take each"
    with pytest.raises(DataError, match=message):
        table(lay, picture, rows("file,label", "1", "b", "3"), task="number")


def test_a_task_of_folders(lay, picture):
    root = lay({"1.5/a.png": picture, "2/b.png": picture})
    found = find(root, DataOptions(task="number"))
    assert (found.target_kind, found.labels) == ("number", ("1.5", "2"))
    named = lay({"cat/a.png": picture, "2/b.png": picture})
    with pytest.raises(
        DataError, match=r"data\.task=number asks for a number a sample, .* holds one class a sample; leave data\.task"
    ):
        find(named, DataOptions(task="number"))
