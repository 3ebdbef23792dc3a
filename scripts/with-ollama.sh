#!/usr/bin/env bash
# Runs a command beside an Ollama server of its own, with the model ponder-tiny:
#
#   scripts/with-ollama.sh COMMAND [ARGUMENT...]
#
# The command finds in its environment
#   PONDER_TEST_OLLAMA        the server's URL, on a free port of this machine
#   PONDER_TEST_OLLAMA_MODEL  the model's name
#   PONDER_TEST_OLLAMA_BIN    the ollama program
# OLLAMA_NUM_PARALLEL is how many requests the server works on at once (1), and
# PONDER_TEST_GGUF another model file. The server and its files are gone when
# the command ends, however it ends.
set -euo pipefail
set -m # each job in a process group of its own, to be stopped as a whole

(($#)) || { echo "usage: with-ollama.sh COMMAND [ARGUMENT...]" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
gguf=${PONDER_TEST_GGUF:-$here/../llm/tiny/ponder-tiny.gguf}
[[ -f $gguf ]] || { echo "with-ollama: no model file $gguf" >&2; exit 1; }
ollama=$("$here/get-ollama.sh")

dir=$(mktemp -d)
server='' command=''
stop() { # stop GROUP SIGNAL: ends a process group, by force after 10 seconds
  [[ -n $1 ]] || return 0
  kill "-$2" -- "-$1" 2>/dev/null || return 0
  for _ in {1..100}; do
    kill -0 -- "-$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$1" 2>/dev/null || true
}
cleanup() {
  trap '' INT TERM HUP
  stop "$command" TERM
  stop "$server" TERM
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "with-ollama: $1; its last words:" >&2
  tail -n 20 "$dir/log" >&2
  exit 1
}

: >"$dir/log"
# Port 0 lets the system choose a free one; the log tells which.
GIN_MODE=release HOME=$dir OLLAMA_MODELS=$dir/models OLLAMA_HOST=127.0.0.1:0 OLLAMA_KEEP_ALIVE=-1 \
  OLLAMA_NUM_PARALLEL=${OLLAMA_NUM_PARALLEL:-1} \
  "$ollama" serve </dev/null >>"$dir/log" 2>&1 &
server=$!
disown "$server" # bash would report its end
address=''
for _ in {1..600}; do
  address=$(sed -n 's/.*Listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$dir/log" | head -n 1)
  [[ -z $address ]] || break
  kill -0 "$server" 2>/dev/null || fail "the Ollama server ended"
  sleep 0.1
done
[[ -n $address ]] || fail "the Ollama server did not start within a minute"

model=ponder-tiny
cp "$gguf" "$dir/model.gguf"
cat >"$dir/Modelfile" <<'MODELFILE'
FROM ./model.gguf
TEMPLATE {{ .Prompt }}
PARAMETER num_ctx 128
PARAMETER num_thread 1
MODELFILE
HOME=$dir OLLAMA_HOST=$address "$ollama" create "$model" -f "$dir/Modelfile" >>"$dir/log" 2>&1 ||
  fail "the model could not be made"

export PONDER_TEST_OLLAMA=http://$address PONDER_TEST_OLLAMA_MODEL=$model PONDER_TEST_OLLAMA_BIN=$ollama
"$@" &
command=$!
status=0
wait "$command" || status=$?
command=''
kill -0 "$server" 2>/dev/null || fail "the Ollama server ended during the run"
exit "$status"
