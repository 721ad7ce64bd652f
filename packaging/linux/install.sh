#!/bin/sh
# Installs hvgui for whoever runs this: into ~/.local, or the folder that is named.
#   hvgui-VERSION.run                     into ~/.local
#   hvgui-VERSION.run -- /opt/hvgui       below another folder
set -eu
prefix=${1:-$HOME/.local}
here=$(cd "$(dirname "$0")" && pwd)
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
case $prefix in *"
"*) echo "hvgui: a folder with a line break in its name can't be installed to." >&2; exit 2 ;; esac
if ! mkdir -p "$prefix" 2>/dev/null || [ ! -w "$prefix" ]; then
    echo "hvgui: $prefix can't be written; name a folder that can: $(basename "$0") -- FOLDER" >&2
    exit 2
fi
if [ -x "$prefix/lib/hvgui/uninstall.sh" ]; then
    "$prefix/lib/hvgui/uninstall.sh" --quiet
fi
(cd "$here/hvgui" && find . ! -type d ! -path './lib/hvgui/*') | sed 's|^\./||' >"$here/files"
(cd "$here/hvgui" && tar cf - .) | (cd "$prefix" && tar xf -)
cp "$here/uninstall.sh" "$prefix/lib/hvgui/uninstall.sh"
cp "$here/files" "$prefix/lib/hvgui/installed-files"
# The menu entry names the program's full path: ~/.local/bin need not be on everybody's PATH.
typed=$(printf '%s' "$prefix" | sed 's/[|&\\]/\\&/g')
sed -i "s|^Exec=hvgui|Exec=\"$typed/bin/hvgui\"|; s|^TryExec=hvgui|TryExec=$typed/bin/hvgui|" \
    "$prefix/share/applications/hvgui.desktop"
sh "$prefix/lib/hvgui/uninstall.sh" --refresh-only
if ! "$prefix/bin/hvgui" --smoke >"$here/smoke.log" 2>&1; then
    echo "hvgui is installed, but does not start on this system:" >&2
    sed 's/^/  /' "$here/smoke.log" >&2
    echo "Qt's system libraries may be missing; see 'Installing' in hvgui's README." >&2
    exit 1
fi
echo "hvgui is installed: it is in the menu of programs, and starts with $prefix/bin/hvgui."
echo "To remove it: $prefix/lib/hvgui/uninstall.sh"
