#!/bin/sh
# Answers as k3d does. Nodes are made and unmade by the test, which reads what lies in the folder.
. "$(dirname "$0")/common.sh"
case "$1 $2" in
"cluster list")
  begin look
  list=""
  for name in $(ls "$state/clusters"); do
    list="$list${list:+,}{\"name\":\"$name\",\"nodes\":[]}"
  done
  echo "[$list]"
  ;;
"cluster create")
  create "$(sed 's/.*"metadata":{"name":"\([^"]*\)".*/\1/' "$4")" "$4"
  ;;
"cluster delete")
  delete "$3"
  ;;
"kubeconfig get")
  begin look
  [ -e "$state/clusters/$3/config" ] || fail 1 "FATA[0000] Cluster '$3' does not exist"
  cat "$state/kubeconfig"
  ;;
*)
  fail 2 "unknown command $*"
  ;;
esac
end
