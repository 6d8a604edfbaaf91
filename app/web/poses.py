"""The poses of a figure: read from their rows, and the way from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.web.skeleton import FIELDS, LIMBS, SIDES, TRUNK, Joints, Pose, bend, limb_names, solve
from app.web.vectors import Vec, add, mix, turn, vec, way


def read_pose(row: Mapping[str, Any], inherited: Pose | None = None) -> Pose:
    """Read one pose; fields that it leaves out are `inherited`.

    A limb that is given anew, by its directions or by its end point, drops what it inherited.

    Raises:
        ValueError: If a field is unknown; names it and the known ones.
    """
    if unknown := sorted(set(row) - FIELDS):
        raise ValueError(f"unknown pose field {unknown[0]!r}; known are {', '.join(sorted(FIELDS))}")
    dropped: set[str] = set()
    for side in SIDES:
        for limb in LIMBS:
            _, upper, _, lower, tip = limb_names(side, limb)
            dropped |= {tip} if {upper, lower} & set(row) else set()
            dropped |= {upper, lower} if tip in row else set()
    kept = {name: value for name, value in (inherited or {}).items() if name not in dropped}
    return kept | {name: value if isinstance(value, str) else vec(value) for name, value in row.items()}


def between(start: Pose, end: Pose, share: float) -> Joints:
    """Find the joints `share` of the way from one pose to another; no bone changes its length.

    Limbs with an end point in both poses move that point in a straight line, so a planted foot stays
    planted; other limbs turn. A pose's `anchor` names a joint that is to move in a straight line instead.
    """
    first, last = solve(start), solve(end)

    def turned(root: str, tip: str) -> Vec:
        return turn(way(first[root], first[tip]), way(last[root], last[tip]), share)

    pose: dict[str, Vec | str] = {"pelvis": mix(first["pelvis"], last["pelvis"], share)}
    pose |= {name: turned(*ends) for name, ends in TRUNK.items()}
    for side in SIDES:
        pose[f"{side}_foot"] = turned(f"{side}_ankle", f"{side}_toe")
        for limb in LIMBS:
            root, upper, middle, lower, tip = limb_names(side, limb)
            if tip in start and tip in end:
                held = isinstance(start[tip], str) and start[tip] == end[tip]
                pose[tip] = start[tip] if held else mix(first[tip], last[tip], share)
                pose[middle] = mix(bend(start, middle), bend(end, middle), share)
            else:
                pose |= {upper: turned(root, middle), lower: turned(middle, tip)}
    joints, anchor = solve(pose), start.get("anchor")
    if not isinstance(anchor, str):
        return joints
    shift = add(mix(first[anchor], last[anchor], share), joints[anchor], -1.0)
    return {name: add(point, shift) for name, point in joints.items()}
