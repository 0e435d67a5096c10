# Loads a dump of dump-mysql.sh and compares tables and rows with it. Variables: HOST, FILE, MYSQL_PWD.
set -euo pipefail
ask() { mysql --host="$HOST" --user=root --batch --skip-column-names "$@"; }
# A proxy beside the program would outlive it.
quit_proxy() { (printf 'POST /quitquitquit HTTP/1.0\r\n\r\n' > /dev/tcp/127.0.0.1/15020) 2> /dev/null || true; }
trap quit_proxy EXIT

if [ ! -f "$FILE" ]; then
  echo "there is no dump $FILE in the claim"
  exit 1
fi
sha256sum --quiet --check "$FILE.sha256"
left=60
until ask --execute='SELECT 1' > /dev/null 2> /tmp/refused; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then
    echo "the server $HOST does not answer: $(tail -n 1 /tmp/refused)"
    exit 1
  fi
  sleep 2
done
gzip --decompress --stdout "$FILE" | ask
tables=0
rows=0
wanted=$(gzip --decompress --stdout "$FILE" | grep -c '^INSERT INTO ' || true)
current=
while IFS= read -r line; do
  case $line in
    'USE `'*) current=${line#USE \`} current=${current%%\`*} ;;
    'CREATE TABLE `'*)
      table=${line#CREATE TABLE \`} table=${table%%\`*}
      count=$(ask --execute="SELECT COUNT(*) FROM \`$current\`.\`$table\`" < /dev/null)
      tables=$((tables + 1))
      rows=$((rows + count))
      ;;
  esac
done < <(gzip --decompress --stdout "$FILE" | grep -E '^(USE|CREATE TABLE) `')
if [ "$rows" -lt "$wanted" ]; then
  echo "the dump has $wanted rows, the server $rows after it was loaded"
  exit 1
fi
echo "$tables tables with $wanted rows were loaded into $HOST"
