# Sourced by start.sh, test.sh and bench.sh: puts on this machine what the project needs, and says so before it does.
# Needs: root=the checkout. Works with any POSIX sh, and with no Node package installed yet.

say() { printf '%s\n' "$*"; }

die() {
  printf 'vmctl: %s\n' "$*" >&2
  exit 1
}

# has COMMAND or FILE: whether it is on this machine.
has() { command -v "$1" >/dev/null 2>&1 || [ -e "$1" ]; }

# missing_packages COMMAND=PACKAGE…: the Debian packages whose command (or file) is not there, each once.
missing_packages() {
  for pair in "$@"; do
    has "${pair%%=*}" || printf '%s\n' "${pair#*=}"
  done | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# install_host_packages COMMAND=PACKAGE…: with apt where we are root, else tells exactly what is missing.
install_host_packages() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ] || ! has apt-get; then
    die "these packages are missing: $missing
Install them as root, then run this again:
  apt-get install --no-install-recommends $missing"
  fi
  say "Installing Debian packages: $missing"
  log=$(mktemp)
  # shellcheck disable=SC2086 # a list of package names
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install: $missing"
  fi
  rm -f "$log"
}

# know_packages NAME…: fills apt's lists where they do not know these packages, which are fetched and never installed.
know_packages() {
  has apt-cache || return 0
  [ -n "$(apt-cache show --no-all-versions "$@" 2>/dev/null)" ] && return 0
  [ "$(id -u)" = 0 ] || return 0
  say "Updating the package lists"
  apt-get update >/dev/null 2>&1
}

# install_npm_packages: what package-lock.json says, when it is not there yet.
install_npm_packages() {
  installed="$root/node_modules/.package-lock.json"
  if [ -x "$root/node_modules/node/bin/node" ] && [ -e "$installed" ] && [ ! "$root/package-lock.json" -nt "$installed" ]; then
    return 0
  fi
  has npm || die "npm is missing; install Node.js 20 or newer with npm, then run this again"
  say "Installing npm packages"
  # Not `npm ci`: it refuses a registry that lacks the binaries of other platforms, although none of them is wanted.
  # The versions of package-lock.json are kept all the same.
  (cd "$root" && npm install --no-save --no-audit --no-fund --loglevel=error) || die "npm install failed; see above"
  # A lock file that was only touched must not mean an install at every run.
  touch "$installed"
}

# build: the two programs into dist/, when a source is newer.
build() {
  newest=$(find "$root/cli" "$root/executor" "$root/analyser" "$root/schemas" "$root/scripts" "$root/package.json" -newer "$root/dist/.built" -print -quit 2>/dev/null)
  [ -e "$root/dist/.built" ] && [ -z "$newest" ] && return 0
  say "Building"
  sh "$root/scripts/with-node.sh" "$root/scripts/build.ts" || die "the build failed; see above"
  touch "$root/dist/.built"
}
