#!/usr/bin/env bash
# Puts the binary into $RUNNER_TEMP/genesys-timeouts, as the action's input install-mode says:
#
#   binary  downloads the release that .github/release.sha256 names, and refuses any bytes but those
#   build   builds this source with Go; only the modules in go.sum are downloaded
#   path    takes the one on PATH
#   auto    binary where the table has this system and the release can be reached, else build; a wrong checksum always fails
#
# The table is part of the commit that a workflow pins, so a pinned commit pins the binary too, and a release that is replaced
# later does not run. No token is sent: releases are public, and the table says what they are.
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

# Downloads the release and checks it. Returns 1, with the reason in unreachable, where the release cannot be reached.
unreachable=''
binary() {
  local url got code='' status=0
  [[ $sum =~ ^[0-9a-f]{64}$ ]] ||
    fail "There is no released binary for this system in the action's .github/release.sha256: pin the commit of a release, or use install-mode: build"
  # In a composite action the runner leaves GITHUB_ACTION_REPOSITORY empty (actions/runner#2473), and "uses: ./" leaves only the
  # repository itself.
  url=$GITHUB_SERVER_URL/${ACTION_REPOSITORY:-${GITHUB_ACTION_REPOSITORY:-$GITHUB_REPOSITORY}}/releases/download/$version/$file
  code=$(curl --proto '=https' --tlsv1.2 --fail --silent --location --retry 2 --retry-delay 1 --connect-timeout 30 \
    --max-time 300 --write-out '%{http_code}' --output "$file" "$url") || status=$?
  case $status:$code in
    0:*) ;;
    22:404 | 22:5??) unreachable="$url answers HTTP $code"; return 1 ;;
    # DNS of the proxy or the host, connection, time-out, a truncated answer: https://curl.se/docs/manpage.html#EXIT
    5:* | 6:* | 7:* | 18:* | 28:* | 52:* | 56:*) unreachable="$url cannot be reached (curl exit $status)"; return 1 ;;
    *) fail "Downloading $url failed (curl exit $status, HTTP $code): use install-mode: build, or path with your own binary" ;;
  esac
  got=$(sha256 "$file")
  [ "$got" = "$sum" ] || fail "$url has the checksum $got, not the one in the action's .github/release.sha256: it is not the file that was released, and does not run"
  case $file in
    *.zip) unzip -q -o "$file" "$name.exe" ;;
    *) tar -xzf "$file" "$name" ;;
  esac || fail "Unpacking $file from $url failed" # set -e does not hold in a function that is asked for its status
  rm -f "$file"
  echo "genesys-timeouts $version from $url, checksum verified"
}

build() {
  local suffix='' stamp='' instead=${unreachable:+": $unreachable"}
  command -v go >/dev/null ||
    fail "install-mode: build needs Go: add actions/setup-go before this step, or pin the commit of a release, which has a binary$instead"
  [ "${RUNNER_OS:-}" != Windows ] || suffix=.exe
  [ -z "$version" ] || stamp="-X genesys-timeouts/pkg/cli.version=${version#v}"
  # actions/setup-go sets GOTOOLCHAIN=local; a job whose own Go is older than this module needs could not build it then.
  [ -z "$file" ] || rm -f "$dir/$file" # a part of a release that could not be read whole
  (cd "$GITHUB_ACTION_PATH" && GOWORK=off GOFLAGS=-mod=readonly CGO_ENABLED=0 GOOS='' GOARCH='' GOTOOLCHAIN=auto \
    go build -trimpath -buildvcs=false -ldflags "$stamp" -o "$dir/$name$suffix" ./cmd/genesys-timeouts) ||
    fail "Building genesys-timeouts in $GITHUB_ACTION_PATH failed$instead"
  echo "genesys-timeouts built from $GITHUB_ACTION_PATH$instead"
}

path() {
  local found
  found=$(command -v "$name") || fail "install-mode: path finds no $name on PATH: put it there in an earlier step"
  # PATH may hold a relative folder, and the copy is made from another folder.
  case $found in
    /* | [A-Za-z]:*) ;;
    *) found=$PWD/$found ;;
  esac
  # "command: install" puts this very folder on PATH: then the binary is here already.
  if ! [ "$found" -ef "$dir/$(basename "$found")" ]; then
    empty
    cp "$found" .
  fi
  echo "genesys-timeouts is $found"
}

empty() { # makes the folder anew and enters it
  rm -rf "$dir"
  mkdir -p "$dir"
  cd "$dir"
}

look_up
case ${INPUT_INSTALL_MODE:-auto} in
  auto) empty; if [ -z "$sum" ] || ! binary; then build; fi ;;
  binary) empty; binary || fail "$unreachable: use install-mode: build, or path with your own binary" ;;
  build) empty; build ;;
  path) path ;;
  *) fail "install-mode is '$INPUT_INSTALL_MODE', not auto, binary, build or path" ;;
esac
