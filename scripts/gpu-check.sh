#!/usr/bin/env bash
# What a GPU does with our streams: builds, runs the tests that need one, records traces of NVIDIA's
# parser and measures. docs/decoding.md, "On a GPU", says how to read what it writes.
#
#   scripts/gpu-check.sh [options]            build here, check here
#   scripts/gpu-check.sh --prepare FOLDER     build here, for a machine that can build nothing
#   FOLDER/gpu-check.sh [options]             check there
#
#   --out FOLDER     where results go (default build-gpu/results)
#   --build FOLDER   a build that is there already, as `npm run test:native` makes one
#   --ffmpeg FILE    measured beside us (default ffmpeg; none: nothing is)
#   --quick          small clips, few sessions: does the check itself work?
#
# FLUXVISION_DRIVER_DIR names another driver, such as that of the tests. Nothing is downloaded.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
build=
out=
ffmpeg=ffmpeg
prepare=
quick=
prepared=
# In a prepared folder the programs stand beside this script.
if [ -x "$here/bench_gpu" ]; then
  prepared=$here
  export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi

while [ $# -gt 0 ]; do
  case $1 in
    --out | --build | --ffmpeg | --prepare)
      [ $# -gt 1 ] || { echo "gpu-check: $1 needs a value" >&2; exit 2; }
      declare "${1#--}=$2"
      shift 2
      ;;
    --quick) quick=1; shift ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
done

say() { printf '\n=== %s\n' "$*" >&2; }

# --- what has to be there ---

lacks=()
need() { command -v "$1" > /dev/null || lacks+=("$1 ($2)"); }
needLibrary() { pkg-config --exists "$1" 2> /dev/null || lacks+=("$1 ($2)"); }
refuseWhatIsMissing() {
  [ ${#lacks[@]} -eq 0 ] && return
  printf 'gpu-check: missing:\n' >&2
  printf '  %s\n' "${lacks[@]}" >&2
  exit 1
}

encoder=$(command -v ffmpeg || true)
if [ -z "$prepared" ] && [ -z "$build" ]; then
  need g++ build-essential
  need cmake cmake
  need ninja ninja-build
  need pkg-config pkg-config
  if command -v pkg-config > /dev/null; then
    needLibrary libavformat libavformat-dev
    needLibrary libavcodec libavcodec-dev
    needLibrary libswscale libswscale-dev
    needLibrary ffnvcodec libffmpeg-nvenc-dev
    needLibrary gtest libgtest-dev
    needLibrary libcrypto libssl-dev
    needLibrary tss2-esys libtss2-dev
  fi
  need ffmpeg 'ffmpeg, which makes the clips'
  refuseWhatIsMissing
  build=$root/build-gpu
  say 'building'
  cmake -S "$root" -B "$build" -G Ninja -DFLUX_ADDON=OFF -DFLUX_TESTS=ON > "$build.log" 2>&1 ||
    { cat "$build.log" >&2; exit 1; }
  ninja -C "$build" --quiet bench_gpu trace_nvcuvid gpu_hardware >&2
fi
if [ -z "$prepared" ]; then
  programs=$build/bench/gpu
  hardware=$build/test/native/gpu_hardware
  clips=$build/gpu-clips
else
  programs=$prepared
  hardware=$prepared/gpu_hardware
  clips=$prepared/clips
fi
out=${out:-${build:-$PWD}/results}

# --- clips ---

size=1920x1080
frames=250
rate='-b:v 4M -maxrate 6M -bufsize 8M'
if [ -n "$quick" ]; then
  size=192x160
  frames=50
  rate=
  clips=$clips-quick
fi

# makeClip NAME SIZE FRAMES ENCODER...: once.
makeClip() {
  local path=$clips/$1 made=$clips/.$1 size=$2 frames=$3
  shift 3
  [ -e "$path" ] && return
  [ -n "$encoder" ] || { echo "gpu-check: $path is missing, and there is no ffmpeg to make it" >&2; exit 1; }
  # Noise costs bits, as what cameras see does.
  "$encoder" -nostdin -v error -y -f lavfi \
    -i "testsrc2=size=$size:rate=25,noise=alls=8:allf=t,format=yuv420p" -frames:v "$frames" \
    "$@" -f matroska "$made"
  mv "$made" "$path"
}
makeClips() {
  say 'making clips'
  mkdir -p "$clips"
  # What a camera sends: no B pictures, a key frame every two seconds.
  # shellcheck disable=SC2086  # several words
  makeClip h264.mkv $size $frames -c:v libx264 -preset veryfast -bf 0 -g 50 $rate
  # shellcheck disable=SC2086
  makeClip h265.mkv $size $frames -c:v libx265 -preset ultrafast $rate \
    -x265-params log-level=none:bframes=0:keyint=50
  # For traces, which hold the clip itself: small.
  local x264='-c:v libx264 -preset veryfast -g 12 -sc_threshold 0'
  local x265='-c:v libx265 -preset ultrafast'
  # shellcheck disable=SC2086
  {
    makeClip trace-h264.mkv 192x160 16 $x264 -bf 0
    [ -z "$quick" ] || return 0
    makeClip trace-h264-b.mkv 192x160 16 $x264 -bf 2 -b_strategy 0
    makeClip trace-h264-interlaced.mkv 192x160 16 $x264 -bf 0 -flags +ilme+ildct
    makeClip trace-h264-cropped.mkv 198x150 16 $x264 -bf 0
    makeClip trace-h265.mkv 192x160 16 $x265 -x265-params log-level=none:bframes=0:keyint=12
    makeClip trace-h265-b.mkv 192x160 16 $x265 -x265-params log-level=none:bframes=3:keyint=12
    makeClip trace-h265-10.mkv 192x160 16 $x265 -x265-params log-level=none:keyint=12 \
      -pix_fmt yuv420p10
  }
}
makeClips

# --- a folder for a machine that has nothing but a driver ---

if [ -n "$prepare" ]; then
  say "packing $prepare"
  mkdir -p "$prepare/lib" "$prepare/clips"
  cp "$programs/bench_gpu" "$programs/trace_nvcuvid" "$hardware" "$here/gpu-check.sh" "$prepare/"
  cp "$clips"/*.mkv "$prepare/clips/"
  # The clips of the tests are made by running them once: what they encode is kept.
  FLUX_TEST_CLIPS=$prepare/clips "$hardware" --gtest_brief=1 > /dev/null 2>&1 || true
  # All but what belongs to the system's C library and to the driver.
  for program in "$prepare/bench_gpu" "$prepare/trace_nvcuvid" "$prepare/gpu_hardware"; do
    ldd "$program"
  done | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
    grep -vE '/(libc|libm|libdl|libpthread|librt|ld-linux[^/]*|libcuda|libnvcuvid)\.so' |
    xargs -r cp -Lu -t "$prepare/lib"
  du -sh "$prepare" >&2
  echo "There: $(basename "$prepare")/gpu-check.sh" >&2
  exit 0
fi

# --- the check ---

mkdir -p "$out/traces"
if command -v nvidia-smi > /dev/null; then
  nvidia-smi -q > "$out/nvidia-smi.txt" 2>&1 || true
  # The video clock and the engines' load, every second.
  nvidia-smi --query-gpu=timestamp,utilization.decoder,clocks.current.video,memory.used,power.draw \
    --format=csv -l 1 > "$out/load.csv" 2> /dev/null &
  watcher=$!
  trap 'kill "$watcher" 2> /dev/null || true' EXIT
elif [ -z "${FLUXVISION_DRIVER_DIR:-}" ]; then
  echo 'gpu-check: nvidia-smi is not here: without it clocks and the share of the published rate are left out' >&2
fi

say 'tests'
status=0
if [ -n "$quick" ]; then
  "$hardware" --gtest_brief=1 --gtest_filter='*/H264' > "$out/tests.txt" 2>&1 || status=$?
else
  [ -d "${prepared:-/nonexistent}/clips" ] && export FLUX_TEST_CLIPS=$prepared/clips
  "$hardware" > "$out/tests.txt" 2>&1 || status=$?
fi
tail -n 20 "$out/tests.txt" >&2

say 'traces'
for clip in "$clips"/trace-*.mkv; do
  name=$(basename "$clip" .mkv)
  "$programs/trace_nvcuvid" "$clip" > "$out/traces/$name.txt"
  "$programs/trace_nvcuvid" --no-endofpicture "$clip" > "$out/traces/$name-late.txt"
done
"$programs/trace_nvcuvid" --check "$out"/traces/*.txt >&2 || status=1
if [ -n "$build" ] && [ -e "$build/fake-driver/libnvcuvid.so.1" ]; then
  # Not an error here: it is the fake that has to follow.
  FLUXVISION_DRIVER_DIR=$build/fake-driver "$programs/trace_nvcuvid" --check "$out"/traces/*.txt \
    > "$out/fake-against-gpu.txt" 2>&1 || true
  cat "$out/fake-against-gpu.txt" >&2
fi

say 'measurements'
arguments=(--clip "$clips/h264.mkv" --clip "$clips/h265.mkv" --table "$out/table.md")
if [ -n "$quick" ]; then
  arguments+=(--sessions 1,3 --live 3 --seconds 0.2)
fi
if [ -n "$ffmpeg" ] && [ "$ffmpeg" != none ] && command -v "$ffmpeg" > /dev/null &&
  [ -z "${FLUXVISION_DRIVER_DIR:-}" ]; then
  if "$ffmpeg" -nostdin -v error -hwaccel cuda -hwaccel_output_format cuda -i "$clips/h264.mkv" \
    -frames:v 1 -f null - > "$out/ffmpeg.txt" 2>&1; then
    arguments+=(--ffmpeg "$ffmpeg")
  else
    echo "gpu-check: $ffmpeg does not decode on this GPU, nothing is measured beside us:" >&2
    cat "$out/ffmpeg.txt" >&2
  fi
else
  echo 'gpu-check: no ffmpeg is measured beside us (--ffmpeg FILE)' >&2
fi
"$programs/bench_gpu" "${arguments[@]}" | tee "$out/results.jsonl" || status=1
say "$out"
cat "$out/table.md" >&2
exit "$status"
