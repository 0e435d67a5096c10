# Copies all buckets of a MinIO that keeps objects as files (/minio) to a SeaweedFS, and compares them one by one: how many
# there are, and the checksum of each. May be run again: what is there in the same size is not copied twice.
# Variables: STORE, the host of SeaweedFS.
set -eu
buckets=$(cd /minio && ls -d -- */ 2> /dev/null | sed 's:/$::' || true)
if [ -z "$buckets" ]; then
  echo "there is no bucket in MinIO's volume"
  exit 0
fi
for bucket in $buckets; do
  weed filer.copy -check.size "/minio/$bucket" "http://$STORE:8888/buckets/" > /tmp/copied 2>&1 || {
    tail -n 5 /tmp/copied
    echo "bucket $bucket could not be copied"
    exit 1
  }
done
objects=0
bytes=0
different=0
find /minio -type f -not -path '/minio/.minio.sys/*' > /tmp/objects
while IFS= read -r file; do
  path=${file#/minio/}
  url=$(printf '%s' "$path" | sed 's/%/%25/g; s/ /%20/g; s/#/%23/g; s/?/%3F/g; s/+/%2B/g')
  there=$(wget -q -O - "http://$STORE:8888/buckets/$url" | md5sum | cut -d ' ' -f 1)
  if [ "$(md5sum < "$file" | cut -d ' ' -f 1)" != "$there" ]; then
    different=$((different + 1))
    echo "differs: $path"
  fi
  objects=$((objects + 1))
  bytes=$((bytes + $(stat -c %s "$file")))
done < /tmp/objects
if [ "$different" != 0 ]; then
  echo "$different of $objects objects differ in SeaweedFS"
  exit 1
fi
echo "$objects objects with $bytes bytes are in SeaweedFS with the same checksums"
