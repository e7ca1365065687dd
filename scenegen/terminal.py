"""Where text for people goes."""

from rich.console import Console


def plain_console(*, stderr: bool = False, quiet: bool = False, soft_wrap: bool = False) -> Console:
    """Prints what it is given as it is: a path may hold [brackets] or :colons:."""
    return Console(
        stderr=stderr, quiet=quiet, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False
    )
