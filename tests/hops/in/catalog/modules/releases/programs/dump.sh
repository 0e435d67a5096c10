set -eu
cp -r /var/lib/widgets "/dumps/$RELEASE"
ls "/dumps/$RELEASE" | wc -l
