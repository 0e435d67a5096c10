#!/bin/sh
# Answers as kind does. Nodes are made and unmade by the test, which reads what lies in the folder.
. "$(dirname "$0")/common.sh"
case "$1 $2" in
"get clusters")
  begin look
  ls "$state/clusters"
  [ -n "$(ls "$state/clusters")" ] || echo "No kind clusters found." >&2
  ;;
"create cluster")
  create "$4" "$6"
  ;;
"delete cluster")
  delete "$4"
  ;;
"get kubeconfig")
  begin look
  [ -e "$state/clusters/$4/config" ] || fail 1 "ERROR: could not locate any control plane nodes for cluster named '$4'. Use the --name option to select a different cluster"
  cat "$state/kubeconfig"
  ;;
*)
  fail 2 "unknown command $*"
  ;;
esac
end
