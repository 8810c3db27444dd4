#!/bin/bash
# Makes the Debian package from what was built, the same bytes each time.
#
#   tools/package/make_deb.sh PACKAGE BAZEL_BIN
set -euo pipefail
package=$1
bin=$2
here=tools/package
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
libraries=$root/usr/lib/x86_64-linux-gnu

# Programs find what belongs to them beside the file that a link leads to.
install -d "$root/usr/bin" "$root/usr/lib/cellblock"
for file in jailrun jailrun-explain libcellblock_runtime.so; do
  install -m 755 "$bin/tools/jailrun/$file" "$root/usr/lib/cellblock/$file"
  strip --strip-unneeded "$root/usr/lib/cellblock/$file"
done
ln -s ../lib/cellblock/jailrun "$root/usr/bin/jailrun"

install -d "$libraries/pkgconfig" "$libraries/cmake/cellblock"
install -m 644 "$bin/allocator/malloc/libcellblock_malloc.so" "$libraries/"
strip --strip-unneeded "$libraries/libcellblock_malloc.so"
install -m 644 "$bin/$here/libcellblock.a" "$bin/$here/libcellblock_service.a" \
  "$libraries/"
install -m 644 "$here"/*.pc "$libraries/pkgconfig/"
install -m 644 "$here"/*.cmake "$libraries/cmake/cellblock/"

# The public headers, and what they include.
xargs -I{} g++ -std=c++20 -I. -MM {} <"$here/public_headers.txt" |
  tr -d '\\' | tr ' ' '\n' | grep '\.h$' | sed 's|^\./||' | sort -u |
  while read -r header; do
    install -D -m 644 "$header" "$root/usr/include/cellblock/$header"
  done

share=$root/usr/share
install -d "$share/man/man1"
gzip -9n <"$bin/$here/jailrun.1" >"$share/man/man1/jailrun.1.gz"
install -D -m 644 "$bin/$here/jailrun.bash" \
  "$share/bash-completion/completions/jailrun"
install -D -m 644 "$bin/$here/_jailrun" "$share/zsh/vendor-completions/_jailrun"
install -D -m 644 "$bin/$here/jailrun.fish" \
  "$share/fish/vendor_completions.d/jailrun.fish"

doc=$share/doc/cellblock
install -d "$doc"
install -m 644 README.md docs/report.schema.json "$here/copyright" "$doc/"

install -d "$root/DEBIAN"
{
  cat "$here/control"
  echo "Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)"
} >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) \
  >"$root/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$root"
find "$root" -print0 | xargs -0 touch --no-dereference --date=@0
SOURCE_DATE_EPOCH=0 dpkg-deb --root-owner-group --build "$root" "$package" \
  >/dev/null
