"""A jointed figure: from a pose, as kept in figures.toml, to the places of its joints.

Space: x runs to the right, y up from the floor (y = 0), z towards the viewer; one unit is about a
centimetre of a person 170 tall. A body looks along `spine x side`: one that stands with its near
side towards the viewer looks to the right, one that lies with its head to the left looks up.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping

from app.web.vectors import ORIGIN, UP, Vec, across, add, cross, distance, mix, unit, way

Joints = dict[str, Vec]
Pose = Mapping[str, Vec | str]

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
SIDES = ("near", "far")
# Each limb from its root to its tip: joint, bone, joint, bone, joint.
LIMBS = {
    "leg": ("hip", "thigh", "knee", "shin", "ankle"),
    "arm": ("shoulder", "upper_arm", "elbow", "forearm", "wrist"),
}
# Direction of the trunk -> the joints that it leads from and to.
TRUNK = {
    "spine": ("pelvis", "waist"),
    "chest": ("waist", "neck"),
    "head": ("neck", "head"),
    "side": ("pelvis", "near_hip"),
    "shoulders": ("neck", "near_shoulder"),
}
FIELDS = {"pelvis", "anchor", *TRUNK} | {
    f"{side}_{name}" for side in SIDES for names in LIMBS.values() for name in (*names[1:], "foot")
}


@functools.cache
def bones() -> Mapping[str, tuple[str, str]]:
    """Return every bone with the joints at its ends; a limb's are named `near_thigh` and so on."""
    found: dict[str, tuple[str, str]] = {
        "loin": TRUNK["spine"],
        "chest": TRUNK["chest"],
        "neck": TRUNK["head"],
    }
    for side in SIDES:
        found |= {f"{side}_hip": ("pelvis", f"{side}_hip"), f"{side}_shoulder": ("neck", f"{side}_shoulder")}
        for limb in LIMBS:
            root, upper, middle, lower, tip = limb_names(side, limb)
            found |= {upper: (root, middle), lower: (middle, tip)}
        found[f"{side}_foot"] = (f"{side}_ankle", f"{side}_toe")
    return found


def place(name: str, joints: Joints) -> Vec:
    """Find a joint by name, or a point on a bone as `bone:share` (`near_thigh:0.5` is its middle)."""
    bone, _, share = name.partition(":")
    if not share:
        return joints[name]
    start, end = bones()[bone]
    return mix(joints[start], joints[end], float(share))


def solve(pose: Pose) -> Joints:
    """Find all joints of a pose.

    `pelvis` and the limb ends (`near_ankle`, `far_wrist`, ...) are points; `near_knee` and the like say
    to which side that joint bends; all else are directions. A limb end may name another joint or a point
    on a bone: the hand that holds a shin.
    """
    joints = _solve_trunk(pose)
    limbs = [(limb, side) for limb in LIMBS for side in SIDES]
    # A limb that touches another joint is found after those that do not: an ankle laid on a knee.
    for limb, side in sorted(limbs, key=lambda found: (found[0] == "arm", _touches(pose, *found))):
        _solve_limb(pose, joints, side, limb)
    for side in SIDES:
        joints[f"{side}_toe"] = add(joints[f"{side}_ankle"], _foot(pose, joints, side), LENGTHS["foot"])
    return joints


def limb_names(side: str, limb: str) -> tuple[str, str, str, str, str]:
    """Return a limb's joints and bones from root to tip, as they are called on its side."""
    root, upper, middle, lower, tip = LIMBS[limb]
    return f"{side}_{root}", f"{side}_{upper}", f"{side}_{middle}", f"{side}_{lower}", f"{side}_{tip}"


def bend(pose: Pose, middle: str) -> Vec:
    """Return the side to which a knee or elbow bends; by itself a knee bends forward, an elbow back."""
    forward = 1.0 if middle.endswith("knee") else -1.0
    return unit(_vector(pose, middle, add(ORIGIN, cross(_spine(pose), _side(pose)), forward)))


def looks(joints: Joints) -> Vec:
    """Return the direction in which the face looks."""
    return unit(cross(way(joints["neck"], joints["head"]), way(joints["far_hip"], joints["near_hip"])))


def _solve_trunk(pose: Pose) -> Joints:
    side, spine = _side(pose), _spine(pose)
    shoulders = unit(_vector(pose, "shoulders", side))
    chest = unit(_vector(pose, "chest", spine))
    head = unit(_vector(pose, "head", chest))
    joints = {"pelvis": _vector(pose, "pelvis", ORIGIN)}
    joints["waist"] = add(joints["pelvis"], spine, LENGTHS["loin"])
    joints["neck"] = add(joints["waist"], chest, LENGTHS["chest"])
    joints["head"] = add(joints["neck"], head, LENGTHS["neck"])
    for name, sign in (("near", 1.0), ("far", -1.0)):
        joints[f"{name}_hip"] = add(joints["pelvis"], side, sign * LENGTHS["hip"])
        joints[f"{name}_shoulder"] = add(joints["neck"], shoulders, sign * LENGTHS["shoulder"])
    return joints


def _solve_limb(pose: Pose, joints: Joints, side: str, limb: str) -> None:
    root, upper, middle, lower, tip = limb_names(side, limb)
    lengths = LENGTHS[LIMBS[limb][1]], LENGTHS[LIMBS[limb][3]]
    if tip in pose:
        goal = pose[tip]
        point = place(goal, joints) if isinstance(goal, str) else goal
        joints[middle], joints[tip] = _reach(joints[root], point, bend(pose, middle), lengths)
        return
    first = unit(_vector(pose, upper, add(ORIGIN, _spine(pose), -1.0)))
    joints[middle] = add(joints[root], first, lengths[0])
    joints[tip] = add(joints[middle], unit(_vector(pose, lower, first)), lengths[1])


def _reach(root: Vec, goal: Vec, bend: Vec, lengths: tuple[float, float]) -> tuple[Vec, Vec]:
    """Bend a two-bone limb so that it ends at `goal`, or as near to it as it can."""
    upper, lower = lengths
    line = way(root, goal)
    span = max(abs(upper - lower) + 0.01, min(upper + lower - 0.01, distance(root, goal)))
    along = (upper**2 - lower**2 + span**2) / (2 * span)
    beside = math.sqrt(max(0.0, upper**2 - along**2))
    return add(add(root, line, along), unit(across(bend, line)), beside), add(root, line, span)


def _foot(pose: Pose, joints: Joints, side: str) -> Vec:
    """Point the foot at right angles to the shin, or flat on the floor where it stands on a given point."""
    shin = way(joints[f"{side}_knee"], joints[f"{side}_ankle"])
    foot = _vector(pose, f"{side}_foot", cross(_side(pose), shin))
    stands = f"{side}_foot" not in pose and isinstance(pose.get(f"{side}_ankle"), tuple) and shin[1] < -0.3
    return unit(across(foot, UP) if stands else foot)


def _touches(pose: Pose, limb: str, side: str) -> bool:
    return isinstance(pose.get(f"{side}_{LIMBS[limb][-1]}"), str)


def _spine(pose: Pose) -> Vec:
    return unit(_vector(pose, "spine", UP))


def _side(pose: Pose) -> Vec:
    return unit(across(_vector(pose, "side", (0.0, 0.0, 1.0)), _spine(pose)))


def _vector(pose: Pose, name: str, otherwise: Vec) -> Vec:
    value = pose.get(name, otherwise)
    if isinstance(value, str):
        raise ValueError(f"{name} is {value!r}, a name, where three numbers are needed, e.g. [1, 0, 0]")
    return value
