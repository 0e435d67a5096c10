# Looks at the volume of a MinIO (/minio) before it is copied elsewhere: whether objects are plain files there, how many there
# are. Changes nothing.
set -eu
if find /minio -name xl.meta -not -path '/minio/.minio.sys/*' | grep -q .; then
  echo "a newer MinIO than the platform's has written this volume: objects are no plain files there. Copy them by S3 to a store of your own, and name that store in Pipelines' input \"object_store\""
  exit 1
fi
find /minio -type f -not -path '/minio/.minio.sys/*' > /tmp/objects
echo "$(wc -l < /tmp/objects) objects, $(du -sk /minio | cut -f 1) KiB"
