"""Programs that are no Python packages: .ci/run installs them, and there a test that lacks one fails; elsewhere it is skipped."""

import os
import shutil

import pytest


def needs(program):
    """Return where a program is."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None and os.environ.get("MTTQ_ALL_TOOLS"):
        pytest.fail(f"{program} is not installed; .ci/run installs it")
    if found is None:
        pytest.skip(f"{program} is not installed here (apt-get install nginx-light wget openssl)")
    return found
