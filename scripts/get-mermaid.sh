#!/usr/bin/env bash
# Prints a folder with Mermaid's own parser for the tests: what
# view/testdata/mermaid/package-lock.json pins, installed by npm into the cache
# (once, half a minute, 230 MB). Installs Debian's nodejs and npm if they are
# missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source=$here/../view/testdata/mermaid
cache=${PONDER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ponder}/npm
hash=$(cat "$source/package.json" "$source/package-lock.json" | sha256sum)
folder=$cache/mermaid-${hash:0:16}

say() { echo "get-mermaid: $*" >&2; }

packages=()
command -v node >/dev/null || packages+=(nodejs)
[[ -d $folder ]] || command -v npm >/dev/null || packages+=(npm)
((${#packages[@]})) && "$here/get-debian.sh" "${packages[@]}"
if [[ -d $folder ]]; then
  echo "$folder"
  exit
fi

mkdir -p "$cache"
exec 9>"$folder.lock"
flock 9 # another install may be running: then its result is ours
if [[ ! -d $folder ]]; then
  tmp=$(mktemp -d "$cache/install.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  cp "$source/package.json" "$source/package-lock.json" "$tmp"
  say "installing Mermaid's parser from npm into $folder"
  (cd "$tmp" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  mv "$tmp" "$folder"
fi
echo "$folder"
