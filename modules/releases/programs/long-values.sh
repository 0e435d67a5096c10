# Looks for values that are longer than the columns of a schema to come. Changes nothing. Variables: HOST, SCHEMA, MYSQL_PWD,
# LIMITS as `table.column=length`, separated by spaces.
set -euo pipefail
ask() { mysql --host="$HOST" --user=root --batch --skip-column-names "$@" < /dev/null; }
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
too_long=0
columns=0
for limit in $LIMITS; do
  length=${limit#*=}
  column=${limit%=*}
  table=${column%.*}
  column=${column#*.}
  there=$(ask --execute="SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = '$SCHEMA' AND table_name = '$table' AND column_name = '$column'")
  if [ "$there" = 0 ]; then
    continue
  fi
  columns=$((columns + 1))
  found=$(ask --execute="SELECT COUNT(*) FROM \`$SCHEMA\`.\`$table\` WHERE CHAR_LENGTH(\`$column\`) > $length")
  if [ "$found" != 0 ]; then
    example=$(ask --execute="SELECT LEFT(\`$column\`, 60) FROM \`$SCHEMA\`.\`$table\`
      WHERE CHAR_LENGTH(\`$column\`) > $length LIMIT 1")
    echo "$table.$column: $found values are longer than $length characters, as $example..."
    too_long=$((too_long + found))
  fi
done
if [ "$too_long" != 0 ]; then
  echo "$too_long values of $SCHEMA are too long: rename or delete what has them"
  exit 1
fi
echo "no value in $columns columns of $SCHEMA is too long"
