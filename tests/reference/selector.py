"""Selectors as tuples: ("eq", key, value), ("in", key, values), ("has", key), ("and", parts), ("all",) and so on."""

COMPARISONS = {"eq": "==", "ne": "!=", "contains": "contains", "starts": "starts with", "ends": "ends with"}


def holds(selector, labels):
    kind, *rest = selector
    if kind in ("all", "global"):
        return True
    if kind == "not":
        return not holds(rest[0], labels)
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(holds(part, labels) for part in rest[0])
    value = labels.get(rest[0])
    if kind == "has":
        return value is not None
    if kind in ("ne", "not in"):
        return value is None or (value != rest[1] if kind == "ne" else value not in rest[1])
    if value is None:
        return False
    if kind == "in":
        return value in rest[1]
    test = {"eq": value.__eq__, "contains": value.__contains__, "starts": value.startswith, "ends": value.endswith}
    return test[kind](rest[1])


def changed(selector, change):
    """With `change` made to each part, from the innermost outwards."""
    kind, *rest = selector
    if kind == "not":
        selector = ("not", changed(rest[0], change))
    elif kind in ("and", "or"):
        selector = (kind, [changed(part, change) for part in rest[0]])
    return change(selector)


def with_prefix(prefix, selector):
    def change(part):
        return part if part[0] in ("all", "global", "not", "and", "or") else (part[0], prefix + part[1], *part[2:])
    return changed(selector, change)


def put_in_place(selector, old, new):
    return changed(selector, lambda part: new if part == old else part)


def text(selector):
    kind, *rest = selector
    if kind in ("all", "global"):
        return kind + "()"
    if kind == "has":
        return f"has({rest[0]})"
    if kind == "not":
        return "!" + text(rest[0])
    if kind in ("and", "or"):
        return "(" + (" && " if kind == "and" else " || ").join(map(text, rest[0])) + ")"
    if kind in ("in", "not in"):
        return f"{rest[0]} {kind} {{{', '.join(repr(value) for value in rest[1])}}}"
    return f"{rest[0]} {COMPARISONS[kind]} '{rest[1]}'"
