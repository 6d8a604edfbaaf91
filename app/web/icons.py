"""Small line icons, drawn for this page on a grid of 24 by 24."""

from __future__ import annotations

from markupsafe import Markup

PATHS = {
    "emergency": "M12 3 2.5 20.5h19zM12 10v5M12 18v.2",
    "same_day": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 3",
    "soon": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v6M12 7.5v.2",
    "past": "M4 12a8 8 0 1 0 3-6.3M4 4v4h4M12 8v4l3 2",
    "trail": "M2.5 19.5 9 7l4 7 2.5-4 6 9.5zM9 7v4",
    "run": "M14.5 4.5a1.5 1.5 0 1 0 .1 0M6 10l4-2.5 4 2-2.5 5 4 2.5v4.5M11.5 14.5 9 18l-4 .5M14 9.5l2 2.5h3",
    "exercise": "M3 12h2M19 12h2M5 8v8M8 6v12M16 6v12M19 8v8M8 12h8",
    "doctor": "M6 3v5a4 4 0 0 0 8 0V3M10 12v3a5 5 0 0 0 10 0v-2M20 9.5a1.7 1.7 0 1 0 .1 0",
    "send": "M5 12h13M12 5l7 7-7 7",
    "close": "M6 6l12 12M18 6 6 18",
    "next": "M9 5l7 7-7 7",
    "previous": "M15 5l-7 7 7 7",
    "plus": "M12 5v14M5 12h14",
    "check": "M5 13l4.5 4.5L19 7.5",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "new": "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    "plan": "M7 4h10v17H7zM10 2.5h4v3h-4zM10 11h4M10 15h4",
    "history": "M4 12a8 8 0 1 0 3-6.3M4 4v4h4M12 8v4l3 2",
    "share": "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6L11.5 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1.5-1.5",
    "caution": "M12 3 2.5 20.5h19zM12 10v5M12 18v.2",
    "phone": "M6 3h4l1.5 5-2.5 2a12 12 0 0 0 5 5l2-2.5 5 1.5v4a2 2 0 0 1-2 2A16 16 0 0 1 4 5a2 2 0 0 1 2-2",
    "theme": "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5",
    "delete": "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
    "pin": "M12 21s-7-6.5-7-11.5a7 7 0 0 1 14 0C19 14.5 12 21 12 21M12 7a2.5 2.5 0 1 0 .1 0",
    "kit": "M5 8h14v12H5zM9 8V5h6v3M5 13h14",
    "book": "M12 6c-2-2-5-2-8-2v14c3 0 6 0 8 2 2-2 5-2 8-2V4c-3 0-6 0-8 2M12 6v14",
}


def icon(name: str) -> Markup:
    """The icon called `name`, hidden from screen readers: words beside it say the same.

    Raises:
        KeyError: There is no such icon.
    """
    return Markup(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>'
    ).format(PATHS[name])
