#!/usr/bin/env bash
# apt.sh PACKAGE...: install the Debian packages that are missing. Needs no root, and no network, when none is.
set -euo pipefail

if ! command -v dpkg-query >/dev/null; then
    echo "This system has no apt; these Debian packages, or what they are called here, must be installed by hand: $*" >&2
    exit 0
fi

missing=()
for package in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
    command -v sudo >/dev/null || {
        echo "Ask an administrator to install these Debian packages: ${missing[*]}" >&2
        exit 1
    }
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)

echo "Installing Debian packages: ${missing[*]}"
"${apt[@]}" update
"${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >/dev/null
