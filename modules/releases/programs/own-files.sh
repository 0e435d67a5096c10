# Gives the files of /data to the user and group that the next programs run as. Variables: OWNER, GROUP.
set -eu
find /data \( ! -user "$OWNER" -o ! -group "$GROUP" \) -exec chown -h "$OWNER:$GROUP" {} + || true
left=$(find /data ! -user "$OWNER" | wc -l)
if [ "$left" != 0 ]; then
  echo "$left files cannot be given to user $OWNER, as $(find /data ! -user "$OWNER" | head -n 1): the storage does not let root do it (NFS with root_squash?)"
  exit 1
fi
echo "all $(find /data | wc -l) files belong to user $OWNER"
