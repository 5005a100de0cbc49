#!/usr/bin/env bash
# Puts the binary into $RUNNER_TEMP/genesys-timeouts, the way the action's input install-mode says:
#
#   binary  downloads the release that .github/release.sha256 names, and refuses any other bytes than those promised there
#   build   builds this very source with Go, for which nothing but the modules in go.sum is downloaded
#   path    takes the one on PATH
#   auto    binary where the table has this system, else build
#
# The table is part of the commit that a workflow pins, so a pinned commit pins the binary as well, and a release that
# somebody replaces later is not run. No token is sent: releases are public, and the table says what they are.
set -euo pipefail

name=genesys-timeouts
table=$GITHUB_ACTION_PATH/.github/release.sha256
dir=$RUNNER_TEMP/$name

fail() { # MESSAGE, as an annotation
  local message=${1//'%'/%25}
  message=${message//$'\r'/%0D}
  printf '::error title=%s::%s\n' "$name" "${message//$'\n'/%0A}"
  exit 1
}

# Sets version, file and sum for this system from the table; sum stays empty where the table has none.
look_up() {
  local os arch suffix=tar.gz
  version='' file='' sum=''
  case ${RUNNER_OS:-$(uname -s)} in
    Linux) os=linux ;;
    macOS | Darwin) os=darwin ;;
    Windows | MINGW* | MSYS*) os=windows suffix=zip ;;
    *) return 0 ;;
  esac
  case ${RUNNER_ARCH:-$(uname -m)} in
    X64 | x86_64 | amd64) arch=amd64 ;;
    ARM64 | arm64 | aarch64) arch=arm64 ;;
    *) return 0 ;;
  esac
  [ -f "$table" ] || return 0
  version=$(tr -d '\r' <"$table" | sed -nE 's/^# (v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?)$/\1/p')
  [[ $version == v* && $version != *$'\n'* ]] || return 0
  file=${name}_${version#v}_${os}_${arch}.$suffix
  sum=$(tr -d '\r' <"$table" | awk -v file="$file" '$2 == file { print $1 }')
}

sha256() { # FILE
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

binary() {
  local url got
  [[ $sum =~ ^[0-9a-f]{64}$ ]] ||
    fail "There is no released binary for this system in .github/release.sha256 of the action: pin the commit of a release, or use install-mode: build"
  # In a composite action the runner leaves GITHUB_ACTION_REPOSITORY empty (actions/runner#2473), and for "uses: ./" there is
  # none but the repository itself.
  url=$GITHUB_SERVER_URL/${ACTION_REPOSITORY:-${GITHUB_ACTION_REPOSITORY:-$GITHUB_REPOSITORY}}/releases/download/$version/$file
  curl --fail --silent --show-error --location --retry 3 --connect-timeout 30 --max-time 300 --output "$file" "$url" ||
    fail "Downloading $url did not work. Where this runner cannot reach it, use install-mode: build, or path with a binary of your own"
  got=$(sha256 "$file")
  [ "$got" = "$sum" ] || fail "$url has the checksum $got, and the action promises $sum: it is not the file that was released, and is not run"
  case $file in
    *.zip) unzip -q -o "$file" "$name.exe" ;;
    *) tar -xzf "$file" "$name" ;;
  esac
  rm "$file"
  echo "genesys-timeouts $version, from $url, is what the action promises"
}

build() {
  local suffix='' stamp=''
  command -v go >/dev/null ||
    fail "install-mode: build needs Go: add actions/setup-go before this step, or pin the commit of a release, which brings a binary"
  [ "${RUNNER_OS:-}" != Windows ] || suffix=.exe
  [ -z "$version" ] || stamp="-X genesys-timeouts/pkg/cli.version=${version#v}"
  # actions/setup-go sets GOTOOLCHAIN=local; a job whose own Go is older than this module needs would then not build it.
  (cd "$GITHUB_ACTION_PATH" && GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 GOOS='' GOARCH='' GOTOOLCHAIN=auto \
    go build -trimpath -buildvcs=false -ldflags "$stamp" -o "$dir/$name$suffix" ./cmd/genesys-timeouts) ||
    fail "Building genesys-timeouts in $GITHUB_ACTION_PATH did not work"
  echo "genesys-timeouts was built from $GITHUB_ACTION_PATH"
}

path() {
  local found
  found=$(command -v "$name") || fail "install-mode: path finds no $name on PATH: put it there in a step before this one"
  # PATH may hold a folder as "bin", and the copy is made from another folder than this.
  case $found in
    /* | [A-Za-z]:*) ;;
    *) found=$PWD/$found ;;
  esac
  # "command: install" put this very folder on PATH: then it is here already.
  if ! [ "$found" -ef "$dir/$(basename "$found")" ]; then
    empty
    cp "$found" .
  fi
  echo "genesys-timeouts is $found"
}

empty() { # makes the folder anew and goes there
  rm -rf "$dir"
  mkdir -p "$dir"
  cd "$dir"
}

look_up
case ${INPUT_INSTALL_MODE:-auto} in
  auto) empty; if [ -n "$sum" ]; then binary; else build; fi ;;
  binary) empty; binary ;;
  build) empty; build ;;
  path) path ;;
  *) fail "install-mode is '$INPUT_INSTALL_MODE'; there are auto, binary, build and path" ;;
esac
