#!/usr/bin/env bash
# Installs Debian packages that are missing, and says so:
#
#   scripts/get-debian.sh graphviz libxml2-utils
set -euo pipefail

(($#)) || { echo "usage: get-debian.sh PACKAGE..., for example get-debian.sh graphviz" >&2; exit 2; }
say() { echo "get-debian: $*" >&2; }

missing=()
for package; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null || { say "no apt-get here: install ${missing[*]} another way"; exit 1; }
as_root=()
((EUID == 0)) || as_root=(sudo)
say "the tests need the Debian packages: ${missing[*]}; installing them"
exec 9>"${TMPDIR:-/tmp}/ponder-get-debian-$EUID.lock"
flock 9 # another test may be installing: apt-get would refuse
{
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
} >&2
