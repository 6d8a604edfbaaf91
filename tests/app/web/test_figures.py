"""The exercise figures: bodies that could exist, drawings that fit any page."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.web.figures import DATA, FigureDataError, draw, figure_svg, load_figures
from app.web.poses import read_pose
from app.web.skeleton import LENGTHS, SIDES, bones, place, solve
from app.web.vectors import distance

ROWS = tomllib.loads(DATA.read_text("utf-8"))
IDS = sorted(ROWS)
CORPUS = Path(__file__).parents[3] / "corpus" / "exercises.toml"
FIGURE = """
[clamshell]
title = {title!r}
captions = ["Start & <b>here</b>.", "End."]
{extra}
[clamshell.start]
pelvis = [0, 88]
[clamshell.end]
near_thigh = [1, 0]
"""

every_figure = pytest.mark.parametrize("exercise_id", IDS)


def poses(exercise_id):
    row = ROWS[exercise_id]
    row = ROWS[row["like"]] | row if "like" in row else row
    start = read_pose(row["start"])
    return start, read_pose(row["end"], start)


@functools.cache
def svg(exercise_id):
    return ElementTree.fromstring(figure_svg(exercise_id))


def marks(root):
    """List every circle and path with all places it takes in its movement, as (x, y) pairs."""
    for mark in root.iter():
        kind = mark.tag.rpartition("}")[2]
        if kind not in ("circle", "path"):
            continue
        moves = [*mark.iter("{http://www.w3.org/2000/svg}animate")]
        values = {move.get("attributeName"): move.get("values").split(";") for move in moves}
        if kind == "path":
            drawn = [mark.get("d"), *values.get("d", ())]
            numbers = [[float(number) for number in re.findall(r"-?[\d.]+", path)] for path in drawn]
            yield mark, [pair for path in numbers for pair in zip(path[::2], path[1::2], strict=True)]
        else:
            xs = values.get("cx", [mark.get("cx")])
            yield mark, [(float(x), float(y)) for x in xs for y in values.get("cy", [mark.get("cy")])]


def read(tmp_path, title="Clamshell", extra=""):
    path = tmp_path / "figures.toml"
    path.write_text(FIGURE.format(title=title, extra=extra), "utf-8")
    return load_figures(path)


def test_at_least_24_exercises_have_a_figure():
    """The page promises a drawn figure for at least 24 exercises."""
    assert len(IDS) >= 24


@every_figure
def test_figure_belongs_to_an_exercise(exercise_id):
    """Each figure has the id and the title of an exercise of the corpus."""
    exercises = {row["id"]: row["name"] for row in tomllib.loads(CORPUS.read_text("utf-8"))["exercise"]}
    assert load_figures()[exercise_id].title == exercises.get(exercise_id)


@every_figure
def test_body_parts_are_coloured_only_where_the_articles_name_a_target(exercise_id):
    """A coloured muscle is a claim, so there is none where no article says what the exercise works on."""
    named = {row["id"] for row in tomllib.loads(CORPUS.read_text("utf-8"))["exercise"] if row.get("targets")}
    coloured = any(shape.name == "works" for shape in load_figures()[exercise_id].shapes)
    assert exercise_id in named or not coloured


@every_figure
def test_limbs_keep_their_length_all_the_way(exercise_id):
    """Every bone has the skeleton's length in the start pose, the end pose and each picture between them."""
    for joints, _ in load_figures()[exercise_id].frames:
        for bone, (start, end) in bones().items():
            length = LENGTHS[bone.removeprefix("near_").removeprefix("far_")]
            assert distance(joints[start], joints[end]) == pytest.approx(length, abs=0.02), bone


@every_figure
def test_hands_and_feet_reach_what_the_data_asks_of_them(exercise_id):
    """No hand or foot falls short of its given place by more than two centimetres."""
    for pose in poses(exercise_id):
        joints = solve(pose)
        for tip in (f"{side}_{name}" for side in SIDES for name in ("ankle", "wrist")):
            goal = pose.get(tip, joints[tip])
            goal = place(goal, joints) if isinstance(goal, str) else goal
            assert distance(joints[tip], goal) < 2, tip


@every_figure
def test_nobody_sinks_into_the_floor(exercise_id):
    """All joints stay above the floor, give or take two centimetres, from start to end."""
    for joints, _ in load_figures()[exercise_id].frames:
        assert {name: y for name, (_, y, _) in joints.items() if y < -2} == {}


@every_figure
def test_neighbouring_bones_do_not_fold_flat(exercise_id):
    """Knees and elbows keep an angle of at least 20 degrees: ankle to hip, wrist to shoulder."""
    for joints, _ in load_figures()[exercise_id].frames:
        for side in SIDES:
            assert distance(joints[f"{side}_hip"], joints[f"{side}_ankle"]) > 15
            assert distance(joints[f"{side}_shoulder"], joints[f"{side}_wrist"]) > 10


@every_figure
def test_start_and_end_differ(exercise_id):
    """Some joint moves by at least five centimetres, else there is nothing to show."""
    frames = load_figures()[exercise_id].frames
    first, last = frames[0][0], frames[-1][0]
    assert max(distance(first[name], last[name]) for name in first) > 5


@every_figure
def test_drawing_stays_inside_its_box(exercise_id):
    """Every stroke, with its width and at every moment of the movement, lies inside the view box."""
    root = svg(exercise_id)
    _, _, width, height = map(float, root.get("viewBox").split())
    for mark, places in marks(root):
        room = float(mark.get("stroke-width", 0)) / 2 + float(mark.get("r", 0)) - 3
        assert min(x for x, _ in places) >= room, ElementTree.tostring(mark)
        assert max(x for x, _ in places) <= width - room, ElementTree.tostring(mark)
        assert min(y for _, y in places) >= room, ElementTree.tostring(mark)
        assert max(y for _, y in places) <= height - room, ElementTree.tostring(mark)


@every_figure
def test_start_and_end_picture_do_not_overlap(exercise_id):
    """The start picture keeps to the left half, the end picture to the right half."""
    root = svg(exercise_id)
    half = float(root.get("viewBox").split()[2]) / 2
    start, moving, still = [group for group in root if group.tag.endswith("}g")]
    assert max(x for _, places in marks(start) for x, _ in places) < half
    assert min(x for group in (moving, still) for _, places in marks(group) for x, _ in places) > half


@every_figure
def test_figure_has_a_name_and_a_description(exercise_id):
    """A screen reader hears the exercise's name and both positions, and none of the strokes."""
    root = svg(exercise_id)
    figure = load_figures()[exercise_id]
    title, desc = root[0], root[1]
    assert root.get("role") == "img"
    assert title.text == figure.title
    assert all(caption in desc.text for caption in figure.captions)
    assert all(caption.endswith(".") for caption in figure.captions)


def test_figures_share_a_page():
    """There are no ids, so figures do not collide and the same one may stand on a page twice."""
    drawings = "".join(figure_svg(exercise_id) for exercise_id in IDS)
    assert not re.search(r"""\b(id|href)=|url\(""", drawings)


def test_colours_come_from_the_page():
    """Strokes and fills are the text's colour or a variable, so that light and dark both work."""
    colours = re.findall(r"[{;](?:fill|stroke):([^;}]+)", figure_svg("clamshell"))
    assert colours
    assert all(re.fullmatch(r"currentColor|none|var\(--figure-\w+,.+\)", colour) for colour in colours)


@every_figure
def test_movement_ends_within_five_seconds_where_it_belongs(exercise_id):
    """The movement runs from start to end, ends in the end position, and needs no pause control."""
    root = svg(exercise_id)
    moves = [*root.iter("{http://www.w3.org/2000/svg}animate")]
    assert moves
    assert all(float(move.get("dur").rstrip("s")) < 5 and move.get("repeatCount") is None for move in moves)
    parents = {child: parent for parent in root.iter() for child in parent}
    for move, mark in parents.items():
        if move.tag.endswith("animate"):
            assert move.get("values").split(";")[-1] == mark.get(move.get("attributeName"))


@every_figure
def test_reduced_motion_shows_the_end_position_instead(exercise_id):
    """Where reduced motion is asked for, the moving picture gives way to one without any movement."""
    root = svg(exercise_id)
    _, moving, still = [group for group in root if group.tag.endswith("}g")]
    style = next(root.iter("{http://www.w3.org/2000/svg}style")).text
    media = style[style.index("@media (prefers-reduced-motion:reduce)") :]
    assert ".still{display:inline}" in media
    assert ".moving{display:none}" in media
    assert still.get("display") == "none"
    assert not [*still.iter("{http://www.w3.org/2000/svg}animate")]
    assert [mark.get("d") for mark in still] == [mark.get("d") for mark in moving]


def test_unknown_exercise_has_no_figure():
    """An exercise without a drawing gets no figure rather than a wrong one."""
    assert figure_svg("no-such-exercise") is None


def test_words_of_the_data_are_text(tmp_path):
    """Markup in a title or caption is shown, not run."""
    drawing = draw(read(tmp_path, title="<script>alert(1)</script>")["clamshell"])
    root = ElementTree.fromstring(drawing)
    assert root[0].text == "<script>alert(1)</script>"
    assert "Start & <b>here</b>." in root[1].text
    assert "<script" not in drawing


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('props = [{ kind = "trampoline" }]', "trampoline.*ball"),
        ('works = ["near_tail"]', "near_tail"),
        ("view = [1]", "expected 2"),
    ],
)
def test_faulty_data_names_figure_and_fault(tmp_path, extra, message):
    """A row that cannot be drawn is refused with the file, the exercise and what is wrong."""
    with pytest.raises(FigureDataError, match=rf"figures\.toml, \[clamshell\].*{message}"):
        read(tmp_path, extra=extra)
