"""`govctl validate`: is the description right, and does nothing in it contradict itself?"""

from __future__ import annotations

from govctl.cli.app import command
from govctl.cli.arguments import EstateFolder, Format, FormatOption, OutputOption


@command("govctl validate estate/")
def validate(
    estate: EstateFolder, format: FormatOption = Format.TEXT, output: OutputOption = None
) -> int:
    """Check the description, and name every problem at once.

    Each problem comes with file, line and column, and with what was expected.

    What was valid and has not changed is answered at once; with -v it is read again.
    """
    from govctl.cli.validating import validate_estate  # noqa: PLC0415

    return validate_estate(estate, output, as_json=format is Format.JSON)
