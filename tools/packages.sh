#!/bin/bash
# What a Debian 12 machine needs, and how it gets it. Sourced by the other
# scripts; run by itself it installs everything.

# To build.
BUILD_PACKAGES=(
  bazel-bootstrap bazel-platforms bazel-rules-java bazel-rules-proto
  bazel-skylib g++ pkg-config
  libabsl-dev libbenchmark-dev libbrotli-dev libbz2-dev libcli11-dev
  libcpp-httplib-dev libdav1d-dev libde265-dev libdw-dev libexpat1-dev
  libgif-dev libgmock-dev libgtest-dev libheif-dev libjpeg62-turbo-dev
  liblzma-dev libopenjp2-7-dev libpcap-dev libpng-dev libseccomp-dev
  libtiff-dev libtomlplusplus-dev libwebp-dev libz3-dev libzstd-dev
  nlohmann-json3-dev node-d3 zlib1g-dev
)

# What the demonstration runs in the jail.
DEMO_PACKAGES=(libjpeg-turbo-progs xz-utils)

# What fuzzing needs: libFuzzer, and names for addresses.
FUZZ_PACKAGES=(clang libclang-rt-dev llvm)

# What tests/compat runs beside the others.
COMPAT_PACKAGES=(
  advancecomp aom-tools arj astyle atomicparsley bash bc binutils bison
  boolector cabextract cadical catdoc cflow chezscheme clang clang-format
  clasp cmark coinor-cbc coreutils cpio cryptominisat csvtool dash dav1d
  db5.3-util dc dcraw diffutils discount djvulibre-bin dos2unix duktape
  dwarfdump elfutils exif exiv2 faad fontconfig fonts-dejavu-core
  freetype2-demos gawk gcc gdbmtool gforth gifsicle git glpk-utils gmp-ecm
  gnuplot-nox gperf graphviz grep groff-base html2text hunspell hunspell-en-us
  icoutils imagemagick indent jhead jimsh jpegoptim lame lcdf-typetools lhasa
  libarchive-tools libc-bin libde265-examples libgdk-pixbuf2.0-bin
  libharfbuzz-bin libimage-exiftool-perl libjxl-tools libsox-fmt-all
  libxml2-utils lld llvm lmdb-utils lp-solve lrzip luajit lzip lzop m4 madplay
  mediainfo minisat mjpegtools mscgen mp3gain mpeg2dec mpg123 mujs
  musepack-tools nasm nauty ncompress newlisp optipng opus-tools otf2bdf p7zip
  pari-gp patch patchelf php-cli picosat plotutils plzip pngcheck pngcrush
  pngquant poppler-utils potrace primesieve protobuf-compiler qdbm-util
  qhull-bin qpdf ragel re2c recode recutils ruby rzip sed sox speex
  svt-av1 swi-prolog-nox t1utils tcc tcl tdb-tools tidy tinycdb tokyocabinet-bin
  ttfautohint twolame universal-ctags unrar-free unrtf vpx-tools wavpack
  woff-tools woff2 x264 x265 xfonts-utils xmlstarlet xsltproc xzdec yasm z3
  zpaq
)

# What the tests run in the jail, compile with, and look with.
TEST_PACKAGES=(
  "${DEMO_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}" "${COMPAT_PACKAGES[@]}"
  brotli bubblewrap bzip2 chromium chromium-driver cmake curl ffmpeg file fish flac
  ghostscript gzip iputils-ping jq klibc-utils lbzip2 libheif-examples
  libopenjp2-tools librsvg2-bin libtiff-tools lua5.4 luajit lz4 mawk netpbm
  pbzip2 perl pigz python3 python3-jsonschema redis-server redis-tools sqlite3 strace tar unzip
  util-linux valgrind vorbis-tools webp wrk zip zsh zstd
)

# What the benchmarks are compared with, run, counted with and drawn with.
BENCHMARK_PACKAGES=(
  bubblewrap ghostscript gnuplot-nox jq libjemalloc2 libmimalloc2.0
  libtcmalloc-minimal4 lua5.4 python3 redis-tools sqlite3 valgrind xz-utils
)

# need_packages NAME...: installs what is missing, or names it and stops.
need_packages() {
  local missing=() package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" \
      != installed ]; then
      missing+=("$package")
    fi
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    echo "This system has no apt-get. Install what Debian 12 calls:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "As root: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  need_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
fi
