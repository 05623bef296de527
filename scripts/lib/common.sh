# Shared by the scripts beside it: what a machine needs, and how the tree is built. Sourced, not run.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

# Objects are found again in the compiler cache whatever folder the clone lies in.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

say() { printf '==> %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Debian packages: what the program links, then what the tests call.
packages=(
  g++ cmake ninja-build ccache mold pkg-config git
  libsystemc-dev libns3-dev libgsl-dev libxml2-dev libsqlite3-dev
  libboost-dev libmsgsl-dev libfmt-dev libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libvalijson-dev
  libssl-dev librandom123-dev libxxhash-dev libldns-dev libosip2-dev libhttp-parser-dev libgoogle-perftools-dev libmaxminddb-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  python3 tshark openssl mmdb-bin curl busybox gdb
)

require_supported_system() {
  local id='' version=''
  if [ -r /etc/os-release ]; then
    id=$(. /etc/os-release && echo "${ID:-}")
    version=$(. /etc/os-release && echo "${VERSION_ID:-}")
  fi
  if [ "$id" != debian ] || [ "$version" != 12 ]; then
    die "this script supports Debian 12 (bookworm); this is '${id:-unknown} ${version:-}'.
       Elsewhere, install the packages listed in scripts/lib/common.sh by hand, then:
       npm ci --prefix results/report && cmake --preset release && cmake --build --preset release"
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "packages must be installed, and neither root rights nor sudo are at hand; run as root: $*"
  fi
}

install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  # A node that is already there serves as well as Debian's.
  command -v npm >/dev/null || missing+=(nodejs npm)
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The charting library of the HTML report, at the version that the lock file names.
install_chart_library() {
  local stamp=results/report/node_modules/.installed
  cmp -s results/report/package-lock.json "$stamp" && return 0
  say "Fetching the report's charting library from npm"
  npm ci --prefix results/report --no-audit --no-fund --ignore-scripts --loglevel=error
  cp results/report/package-lock.json "$stamp"
}

set_up() {
  require_supported_system
  install_packages
  install_chart_library
}

# build PRESET TARGET...: configure if needed, then build.
build() {
  local preset=$1; shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    say "Configuring build/$preset"
    cmake --preset "$preset" >/dev/null
  fi
  say "Building build/$preset (the first time takes some minutes)"
  cmake --build "build/$preset" --parallel "${DECTBED_BUILD_JOBS:-$(nproc)}" ${1:+--target "$@"} -- --quiet
}
