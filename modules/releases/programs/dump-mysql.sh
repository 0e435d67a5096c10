# Dumps every schema of a MySQL server into $FILE and reads it back: as many tables and rows as the server counts while
# nobody may write. Variables: HOST, FILE, MYSQL_PWD.
set -euo pipefail
ask() { mysql --host="$HOST" --user=root --batch --skip-column-names "$@"; }
# A proxy beside the program would outlive it.
quit_proxy() { (printf 'POST /quitquitquit HTTP/1.0\r\n\r\n' > /dev/tcp/127.0.0.1/15020) 2> /dev/null || true; }
trap quit_proxy EXIT

left=60
until ask --execute='SELECT 1' > /dev/null 2> /tmp/refused; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then
    echo "the server $HOST does not answer: $(tail -n 1 /tmp/refused)"
    exit 1
  fi
  sleep 2
done
schemas=$(ask --execute="SELECT schema_name FROM information_schema.schemata
  WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
if [ -z "$schemas" ]; then
  echo "the server $HOST has no schema to dump"
  exit 1
fi

mkdir -p "$(dirname "$FILE")"
# A session that holds writers off until all is counted and dumped.
coproc HOLD { ask --unbuffered; }
exec 3>&"${HOLD[1]}" 4<&"${HOLD[0]}"
echo "FLUSH TABLES WITH READ LOCK; SELECT 'held';" >&3
if ! read -r -t 300 answer <&4 || [ "$answer" != held ]; then
  echo "writers of $HOST cannot be held off"
  exit 1
fi
tables=0
rows=0
while IFS=$'\t' read -r schema table; do
  count=$(ask --execute="SELECT COUNT(*) FROM \`$schema\`.\`$table\`" < /dev/null)
  tables=$((tables + 1))
  rows=$((rows + count))
done < <(ask --execute="SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'
  AND table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
# One statement a row, so that rows can be counted.
mysqldump --host="$HOST" --user=root --single-transaction --skip-extended-insert --complete-insert --hex-blob \
  --routines --triggers --events --no-tablespaces --set-gtid-purged=OFF --databases $schemas | gzip > "$FILE.part"
echo "UNLOCK TABLES;" >&3
exec 3>&-

gzip --test "$FILE.part"
read -r found_tables found_rows complete < <(gzip --decompress --stdout "$FILE.part" | awk '
  /^CREATE TABLE / { tables++ } /^INSERT INTO / { rows++ } /^-- Dump completed/ { complete = 1 }
  END { print tables + 0, rows + 0, complete + 0 }')
if [ "$complete" != 1 ] || [ "$found_tables" != "$tables" ] || [ "$found_rows" != "$rows" ]; then
  echo "the dump has $found_tables tables and $found_rows rows, the server $tables and $rows: it is not kept"
  rm -f "$FILE.part"
  exit 1
fi
mv "$FILE.part" "$FILE"
sha256sum "$FILE" > "$FILE.sha256"
echo "$(echo $schemas | wc -w) schemas, $tables tables and $rows rows of $HOST are in $FILE, $(stat --format=%s "$FILE") bytes, and were read back"
