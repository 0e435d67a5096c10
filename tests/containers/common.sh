# What both programs do alike. FAKE_KILL: the call before which (odd) or after which (even) whoever called is killed;
# with FAKE_DIE the program ends there too.
state=$FAKE_STATE
mkdir -p "$state/clusters"
call=

# Only the first looks count: how many there are depends on the machine.
counts() {
  if [ "$1" = look ]; then
    echo >>"$state/looks"
    [ "$(wc -l <"$state/looks")" -le 4 ] || return 0
  fi
  echo >>"$state/calls"
  call=$(wc -l <"$state/calls")
}

dies() {
  if [ -n "$call" ] && [ "${FAKE_KILL:-0}" = "$1" ]; then
    kill -9 $PPID
    [ -z "$FAKE_DIE" ] || exit 9
  fi
}

begin() {
  counts "$1"
  dies $((2 * ${call:-0} - 1))
}

end() {
  dies $((2 * ${call:-0}))
  exit 0
}

fail() {
  echo "$2" >&2
  exit "$1"
}

# Name and file.
create() {
  begin work
  echo "Creating cluster \"$1\" ..."
  [ ! -e "$state/fail" ] || fail 3 "ERROR: failed to pull image"
  [ ! -d "$state/clusters/$1" ] || fail 1 "ERROR: node(s) already exist for a cluster with the name \"$1\""
  mkdir "$state/clusters/$1"
  sleep 0.1
  [ "${FAKE_KILL:-0}" != half ] || { kill -9 $PPID; exit 9; }
  cp "$2" "$state/clusters/$1/next"
  mv "$state/clusters/$1/next" "$state/clusters/$1/config"
  while [ ! -e "$state/clusters/$1/ready" ]; do
    [ -d "$state/clusters/$1" ] || exit 1
    sleep 0.02
  done
}

delete() {
  begin work
  rm -rf "$state/clusters/$1"
  touch "$state/deleted"
  while [ -e "$state/deleted" ]; do
    sleep 0.02
  done
}
