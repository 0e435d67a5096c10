# A dump by the clock: $PROGRAM writes it into a folder named by the time, and reads it back. Only then the oldest go, so that
# $KEEP dumps are there, and what dumps that failed have left. Variables: NAME, KEEP, PROGRAM and what that needs.
set -euo pipefail
cd "${FOLDER:-/backups}"
now=$(date -u +%Y%m%d-%H%M%S)
FILE="$PWD/$now/$NAME.sql.gz"
export FILE
bash -c "$PROGRAM"

whole=()
for folder in [0-9]*-[0-9]*/; do
  if [ -e "$folder$NAME.sql.gz" ]; then
    whole+=("$folder")
  elif [ "$folder" != "$now/" ]; then
    rm -rf -- "$folder"
  fi
done
# Names that begin with the time are in its order.
while [ "${#whole[@]}" -gt "$KEEP" ]; do
  rm -rf -- "${whole[0]}"
  echo "${whole[0]%/} is gone: $KEEP newer dumps are kept"
  whole=("${whole[@]:1}")
done
