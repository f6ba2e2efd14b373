#!/usr/bin/env bash
# Installs the real servers the tests talk to, where they are missing and this user may; otherwise says which.
set -u

declare -A package=(
    [mosquitto]=mosquitto
    [mosquitto_sub]=mosquitto-clients
    [chromium]=chromium
    [strace]=strace
    [redis-server]=redis-server
    [promtool]=prometheus
)

# GStreamer's RTSP server has no program of its own: Debian's python3 runs it.
declare -a rtsp_server=(gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good)

missing=()
for program in "${!package[@]}"; do
    command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || missing+=("${package[$program]}")
done
/usr/bin/python3 -c "import gi; gi.require_version('GstRtspServer', '1.0')" 2>/dev/null || missing+=("${rtsp_server[@]}")
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    echo "the tests need: ${missing[*]} (apt-get install ${missing[*]})" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "the tests need: ${missing[*]}; there is no apt-get here to install them" >&2
    exit 1
fi
echo "installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
