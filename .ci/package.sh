#!/usr/bin/env bash
# package.sh: build wheel and sdist into dist/, and try the wheel in an empty environment: with the packages of the
# service and no others, in a folder where there is nothing of the repository. What is installed there is the bill of
# materials.
set -euo pipefail
cd "$(dirname "$0")/.."

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

rm -rf dist build/lib build/bdist.*
.venv/bin/python -c '
from setuptools import build_meta
print("Built", build_meta.build_sdist("dist"), "and", build_meta.build_wheel("dist"))
' | tail -n 1
wheel=$(realpath dist/*.whl)
python3 -c '
import sys, zipfile
missing = set(sys.stdin.read().split()) - set(zipfile.ZipFile(sys.argv[1]).namelist())
sys.exit(f"Not in the wheel: {sorted(missing)}" if missing else 0)
' "$wheel" < <(git ls-files instruments screening api)

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/.venv"
pip() {
    python3 -m pip --python "$place/.venv/bin/python" "$@"
}
echo "Installing it in an empty environment with the packages of requirements.txt"
pip install -qq --require-hashes --requirement=requirements.txt
pip install -qq --no-deps --no-index "$wheel"
du -sm "$place/.venv" | awk '{ print "Installed size: " $1 " MB" }'
cp README.md .ci/try.py .ci/bill.py "$place"
cd "$place"
env -i PATH="$PATH" HOME="$place" .venv/bin/python -I try.py
.venv/bin/python -I bill.py >"${wheel%-py3-none-any.whl}.cdx.json"
echo "Written beside it: a bill of materials with $(grep -c '"purl"' "${wheel%-py3-none-any.whl}.cdx.json") packages"
