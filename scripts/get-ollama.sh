#!/usr/bin/env bash
# Prints the path of an Ollama that gives log-probabilities: the one on PATH if
# it is new enough, else one built from source into the cache (once, 5 to 10
# minutes on two cores; needs Go, a C++ compiler and two Debian packages).
set -euo pipefail

least=0.12.11
version=0.17.4 # the last one that builds from its module alone
malgo=0.11.24  # brings miniaudio.h, which Ollama's module archive leaves out
cache=${PONDER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ponder}
bin=$cache/ollama-v$version/ollama

say() { echo "get-ollama: $*" >&2; }

installed_version() {
  local words
  words=$(timeout 10 ollama --version 2>/dev/null) || return 1
  # With another server running, the first line tells that one's version.
  grep -q 'client version is' <<<"$words" && words=$(grep 'client version is' <<<"$words")
  sed -n 's/.*version is \([0-9][0-9.]*\).*/\1/p' <<<"$words" | head -n 1
}

if command -v ollama >/dev/null && v=$(installed_version) && [[ -n $v ]] &&
  [[ $(printf '%s\n' "$least" "$v" | sort -V | head -n 1) == "$least" ]]; then
  command -v ollama
  exit
fi
if [[ -x $bin ]]; then
  echo "$bin"
  exit
fi

mkdir -p "$cache"
exec 9>"$cache/ollama-v$version.lock"
flock 9 # another build may be running: then its result is ours
if [[ -x $bin ]]; then
  echo "$bin"
  exit
fi

packages=()
command -v g++ >/dev/null || packages+=(g++)
[[ -e /usr/include/nlohmann/json.hpp ]] || packages+=(nlohmann-json3-dev)
[[ -e /usr/include/stb/stb_image.h ]] || packages+=(libstb-dev)
if ((${#packages[@]})); then
  say "building Ollama needs the Debian packages: ${packages[*]} (C++ headers that its module leaves out); installing them"
  as_root=()
  ((EUID == 0)) || as_root=(sudo)
  command -v apt-get >/dev/null || { say "no apt-get here: install them another way, or put Ollama $least or later on PATH"; exit 1; }
  {
    "${as_root[@]}" apt-get update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
  } >&2
fi

tmp=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" # outside of any module
export GOFLAGS= GOWORK=off

headers=$(go mod download -json "github.com/gen2brain/malgo@v$malgo" | sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')
# A lasting place: Go's build cache, which an interrupted build leaves filled,
# knows the headers by their path.
include=$cache/include-malgo-v$malgo
mkdir -p "$include/miniaudio"
cp "$headers/miniaudio.h" "$tmp/miniaudio.h"
chmod 644 "$tmp/miniaudio.h"
mv -f "$tmp/miniaudio.h" "$include/miniaudio/miniaudio.h"

say "building Ollama v$version into ${bin%/*}; this takes some minutes"
CGO_ENABLED=1 CGO_CPPFLAGS="-I$include -I/usr/include/stb" GOBIN=$tmp/bin \
  go install -ldflags "-X=github.com/ollama/ollama/version.Version=$version" \
  "github.com/ollama/ollama@v$version" >&2
mkdir -p "${bin%/*}"
mv "$tmp/bin/ollama" "$bin"
echo "$bin"
