"""A jointed figure: from a pose, as kept in figures.toml, to the places of its joints.

Space: x runs to the right, y up from the floor (y = 0), z towards the viewer; one unit is about a
centimetre of a person 170 tall. A body looks along `spine x side`, so that a figure standing on the
floor with `side` towards the viewer looks to the right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.web.vectors import Vec, across, add, cross, distance, mix, turn, unit, vec

Joints = dict[str, Vec]
Pose = Mapping[str, "Vec | str"]

# Proportions of an adult; the figures stay comparable because nothing else sets a length.
LENGTHS = {
    "thigh": 43.0,
    "shin": 41.0,
    "foot": 15.0,
    "upper_arm": 29.0,
    "forearm": 27.0,
    "loin": 24.0,
    "chest": 26.0,
    "neck": 18.0,
    "hip": 8.0,
    "shoulder": 13.0,
}
# Bone -> the joints at its two ends; a limb's joints are preceded by `near_` or `far_`.
TRUNK_BONES = {"loin": ("pelvis", "waist"), "chest": ("waist", "neck"), "neck": ("neck", "head")}
LIMB_BONES = {
    "hip": ("pelvis", "hip"),
    "thigh": ("hip", "knee"),
    "shin": ("knee", "ankle"),
    "foot": ("ankle", "toe"),
    "shoulder": ("neck", "shoulder"),
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
}
SIDES = ("near", "far")
LIMBS = {
    "leg": ("hip", "thigh", "knee", "shin", "ankle"),
    "arm": ("shoulder", "upper_arm", "elbow", "forearm", "wrist"),
}
TRUNK_FIELDS = ("pelvis", "spine", "chest", "head", "side", "shoulders")
FIELDS = frozenset(TRUNK_FIELDS) | {"anchor"} | {
    f"{side}_{name}"
    for side in SIDES
    for name in ("thigh", "shin", "foot", "ankle", "knee", "upper_arm", "forearm", "wrist", "elbow")
}


def bones() -> dict[str, tuple[str, str]]:
    """Return every bone with the joints at its ends; limb bones are named `near_thigh` and so on."""
    paired = {
        f"{side}_{bone}": (start if start in ("pelvis", "neck") else f"{side}_{start}", f"{side}_{end}")
        for side in SIDES
        for bone, (start, end) in LIMB_BONES.items()
    }
    return TRUNK_BONES | paired


def place(name: str, joints: Joints) -> Vec:
    """Find a joint by name, or a point on a bone as `bone:share` (`near_thigh:0.5` is its middle)."""
    bone, _, share = name.partition(":")
    if not share:
        return joints[name]
    start, end = bones()[bone]
    return mix(joints[start], joints[end], float(share))


def read_pose(row: Mapping[str, object], inherited: Pose | None = None) -> dict[str, Vec | str]:
    """Read one pose; fields it leaves out are `inherited`.

    A limb that is given anew, by directions or by its end point, drops what it inherited.

    Raises:
        ValueError: If a field is unknown; names the field and the known ones.
    """
    if unknown := set(row) - FIELDS:
        raise ValueError(f"unknown pose field {sorted(unknown)[0]!r}; known are {', '.join(sorted(FIELDS))}")
    pose = dict(inherited or {})
    for side in SIDES:
        for _, upper, _, lower, end in LIMBS.values():
            by_turns, by_reach = {f"{side}_{upper}", f"{side}_{lower}"}, {f"{side}_{end}"}
            for given, dropped in ((by_turns, by_reach), (by_reach, by_turns)):
                if given & set(row):
                    pose = {field: value for field, value in pose.items() if field not in dropped}
    given_fields = {name: value if isinstance(value, str) else vec(value) for name, value in row.items()}  # type: ignore[arg-type]
    return pose | given_fields


def solve(pose: Pose) -> Joints:
    """Find all joints of a pose.

    `pelvis` and the limb ends (`near_ankle`, `far_wrist`, ...) are points; `near_knee` and the like say
    to which side that joint bends; all else are directions. A limb end may name another joint or a point
    on a bone: the hand that holds a shin. Legs are found before arms.
    """
    joints = _trunk(pose)
    limbs = [(limb, side) for limb in LIMBS for side in SIDES]
    # A limb that touches another joint is found after those that do not: an ankle laid on a knee.
    for limb, side in sorted(limbs, key=lambda found: (found[0] == "arm", _touches(pose, *found))):
        _limb(pose, joints, side, limb)
    for side in SIDES:
        joints[f"{side}_toe"] = add(joints[f"{side}_ankle"], _foot(pose, joints, side), LENGTHS["foot"])
    return joints


def between(start: Pose, end: Pose, share: float) -> Joints:
    """Find the joints `share` of the way from one pose to another; no bone changes its length.

    Limbs with an end point in both poses move that point in a straight line, so a planted foot stays
    planted; other limbs turn. A pose's `anchor` names a joint that is to move in a straight line instead.
    """
    first, last = solve(start), solve(end)
    pose: dict[str, Vec | str] = {"pelvis": mix(first["pelvis"], last["pelvis"], share)}
    ends = {"spine": "waist", "chest": "neck", "head": "head", "side": "near_hip", "shoulders": "near_shoulder"}
    starts = {"spine": "pelvis", "chest": "waist", "head": "neck", "side": "pelvis", "shoulders": "neck"}
    for name, tip in ends.items():
        pose[name] = _turned(first, last, starts[name], tip, share)
    for side in SIDES:
        pose[f"{side}_foot"] = _turned(first, last, f"{side}_ankle", f"{side}_toe", share)
        for root, upper, middle, lower, tip in LIMBS.values():
            root, upper, middle, lower, tip = (f"{side}_{name}" for name in (root, upper, middle, lower, tip))
            if tip in start and tip in end:
                same = start[tip] == end[tip] and isinstance(start[tip], str)
                pose[tip] = start[tip] if same else mix(first[tip], last[tip], share)
                pose[middle] = mix(_bend(start, middle), _bend(end, middle), share)
            else:
                pose[upper] = _turned(first, last, root, middle, share)
                pose[lower] = _turned(first, last, middle, tip, share)
    joints = solve(pose)
    anchor = start.get("anchor")
    if not isinstance(anchor, str):
        return joints
    shift = add(mix(first[anchor], last[anchor], share), joints[anchor], -1.0)
    return {name: add(point, shift) for name, point in joints.items()}


def front(pose: Pose) -> Vec:
    """Return the direction in which the head looks."""
    return unit(cross(_direction(pose.get("head", pose.get("chest", _spine(pose)))), _side(pose)))


def _trunk(pose: Pose) -> Joints:
    side = _side(pose)
    shoulders = unit(_direction(pose.get("shoulders", side)))
    spine = _spine(pose)
    chest = unit(_direction(pose.get("chest", spine)))
    head = unit(_direction(pose.get("head", chest)))
    joints = {"pelvis": _direction(pose.get("pelvis", (0.0, 0.0, 0.0)))}
    joints["waist"] = add(joints["pelvis"], spine, LENGTHS["loin"])
    joints["neck"] = add(joints["waist"], chest, LENGTHS["chest"])
    joints["head"] = add(joints["neck"], head, LENGTHS["neck"])
    for name, sign in (("near", 1.0), ("far", -1.0)):
        joints[f"{name}_hip"] = add(joints["pelvis"], side, sign * LENGTHS["hip"])
        joints[f"{name}_shoulder"] = add(joints["neck"], shoulders, sign * LENGTHS["shoulder"])
    return joints


def _foot(pose: Pose, joints: Joints, side: str) -> Vec:
    """Point the foot at right angles to the shin, or flat on the floor where it stands on a given point."""
    shin = unit(add(joints[f"{side}_ankle"], joints[f"{side}_knee"], -1.0))
    foot = _direction(pose.get(f"{side}_foot") or cross(_side(pose), shin))
    stands = f"{side}_foot" not in pose and isinstance(pose.get(f"{side}_ankle"), tuple)
    return unit(across(foot, (0.0, 1.0, 0.0)) if stands else foot)


def _touches(pose: Pose, limb: str, side: str) -> bool:
    return isinstance(pose.get(f"{side}_{LIMBS[limb][-1]}"), str)


def _limb(pose: Pose, joints: Joints, side: str, limb: str) -> None:
    root, upper, middle, lower, tip = (f"{side}_{name}" for name in LIMBS[limb])
    lengths = LENGTHS[LIMBS[limb][1]], LENGTHS[LIMBS[limb][3]]
    if tip in pose:
        target = pose[tip]
        goal = place(target, joints) if isinstance(target, str) else target
        joints[middle], joints[tip] = _reach(joints[root], goal, _bend(pose, middle), lengths)
        return
    hanging = tuple(-part for part in _spine(pose))
    first = unit(_direction(pose.get(upper, hanging)))  # type: ignore[arg-type]
    joints[middle] = add(joints[root], first, lengths[0])
    joints[tip] = add(joints[middle], unit(_direction(pose.get(lower, first))), lengths[1])


def _reach(root: Vec, goal: Vec, bend: Vec, lengths: tuple[float, float]) -> tuple[Vec, Vec]:
    """Bend a two-bone limb so that it ends at `goal`, or as near to it as it can."""
    upper, lower = lengths
    line = unit(add(goal, root, -1.0))
    span = max(abs(upper - lower) + 0.01, min(upper + lower - 0.01, distance(root, goal)))
    along = (upper**2 - lower**2 + span**2) / (2 * span)
    beside = math.sqrt(max(0.0, upper**2 - along**2))
    middle = add(add(root, line, along), unit(across(bend, line)), beside)
    return middle, add(root, line, span)


def _turned(first: Joints, last: Joints, start: str, end: str, share: float) -> Vec:
    directions = (unit(add(joints[end], joints[start], -1.0)) for joints in (first, last))
    return turn(*directions, share)


def _bend(pose: Pose, middle: str) -> Vec:
    """Return the side to which a knee or elbow bends; knees bend forward and elbows back."""
    forward = 1.0 if middle.endswith("knee") else -1.0
    return unit(_direction(pose.get(middle) or add((0.0, 0.0, 0.0), _front(pose), forward)))


def _direction(value: object) -> Vec:
    if isinstance(value, str):
        raise ValueError(f"{value!r} names a joint where a direction is needed, e.g. [1, 0, 0]")
    return value  # type: ignore[return-value]


def _spine(pose: Pose) -> Vec:
    return unit(_direction(pose.get("spine", (0.0, 1.0, 0.0))))


def _side(pose: Pose) -> Vec:
    return unit(across(_direction(pose.get("side", (0.0, 0.0, 1.0))), _spine(pose)))


def _front(pose: Pose) -> Vec:
    return unit(cross(_spine(pose), _side(pose)))
