#!/bin/sh
# Removes a hvgui that its self-extracting installer has installed. Labs and settings stay.
#   uninstall.sh [--quiet | --refresh-only]
set -eu
inside=$(cd "$(dirname "$0")" && pwd)
prefix=$(cd "$inside/../.." && pwd)

refresh() {
    # What desktops keep about menus, kinds of file and icons; none of it is there on a bare system.
    if command -v update-desktop-database >/dev/null; then
        update-desktop-database -q "$prefix/share/applications" || true
    fi
    if command -v update-mime-database >/dev/null; then
        update-mime-database "$prefix/share/mime" >/dev/null 2>&1 || true
    fi
    if command -v gtk-update-icon-cache >/dev/null; then
        gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" 2>/dev/null || true
    fi
}

if [ "${1:-}" = --refresh-only ]; then
    refresh
    exit 0
fi
while IFS= read -r file; do
    rm -f "$prefix/$file"
    folder=$(dirname "$prefix/$file")
    # Folders that are left empty go as well, as far up as the prefix.
    while [ "$folder" != "$prefix" ] && rmdir "$folder" 2>/dev/null; do
        folder=$(dirname "$folder")
    done
done <"$inside/installed-files"
rm -rf "$inside"
rmdir "$prefix/lib" 2>/dev/null || true
mkdir -p "$prefix/share/mime/packages" "$prefix/share/applications"
refresh
# What was only made of ours by the refreshing goes as well, if nobody else has anything there.
if rmdir "$prefix/share/mime/packages" 2>/dev/null; then
    (cd "$prefix/share/mime" && rm -f XMLnamespaces aliases generic-icons globs globs2 icons magic mime.cache \
        subclasses treemagic types version)
fi
if ! ls "$prefix"/share/applications/*.desktop >/dev/null 2>&1; then
    rm -f "$prefix/share/applications/mimeinfo.cache"
fi
if [ "$(ls -A "$prefix/share/icons/hicolor" 2>/dev/null)" = icon-theme.cache ]; then
    rm -f "$prefix/share/icons/hicolor/icon-theme.cache"
fi
for folder in mime/application mime applications icons/hicolor icons ""; do
    rmdir "$prefix/share/$folder" 2>/dev/null || true
done
if [ "${1:-}" != --quiet ]; then
    echo "hvgui is removed from $prefix. Labs and settings are kept."
fi
