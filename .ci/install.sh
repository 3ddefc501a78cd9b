#!/usr/bin/env bash
# install.sh FILE...: put the pinned packages of these files, and Underlag itself, into .venv.
# Works with nothing but python3 and pip: Debian without python3-venv can make an environment, only not put pip into it.
set -euo pipefail
cd "$(dirname "$0")/.."

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

fail() {
    echo "$1" >&2
    exit 1
}

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Underlag needs Python 3.11 or later as python3; found: $(python3 --version 2>&1 || true)"
python3 -m pip --version >/dev/null 2>&1 ||
    fail "Underlag needs pip for python3 (on Debian: apt-get install python3-pip)."

# One set-up at a time in a working tree; the lock is on this script, so that there is no lock file to tidy away.
exec 9<.ci/install.sh
flock 9

# pip takes a package that it was stopped in the middle of for an installed one, so a set-up that did not finish starts over.
if [ -e .venv/.unfinished ] || ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
    python3 -m venv --without-pip .venv
fi
touch .venv/.unfinished

pip() {
    python3 -m pip --python .venv/bin/python "$@"
}

echo "Setting up .venv with the packages of: $*"
pip install -qq --require-hashes "${@/#/--requirement=}"
pip install -qq --no-deps --no-build-isolation --editable .
rm .venv/.unfinished
