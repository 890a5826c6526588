# Sourced by the scripts that need more than Go. Finds Debian's chromium,
# PostgreSQL's server binaries and a C compiler, and installs what is missing.

# find_chromium prints the path of a Chromium, or nothing.
find_chromium() { command -v chromium || command -v chromium-browser || true; }

# find_postgres prints the folder with initdb and pg_ctl of the newest
# PostgreSQL, or nothing.
# The client's package makes that folder too, so the server itself is looked for.
find_postgres() {
  local initdb
  initdb=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1) || true
  [ -z "$initdb" ] || dirname "$initdb"
}

# install_packages installs Debian packages, as root or through sudo.
install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
      echo "The tests need these Debian packages; install them and run this again: apt-get install $*" >&2
      return 1
    fi
  fi
  if ! command -v apt-get >/dev/null; then
    echo "The tests need $*; this is not Debian, so install them by its own means." >&2
    return 1
  fi
  # Debian's package would otherwise start a server of its own.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need_everything installs all that is missing at once.
need_everything() {
  local missing=()
  [ -n "$(find_chromium)" ] || missing+=(chromium)
  [ -n "$(find_postgres)" ] || missing+=(postgresql)
  command -v cc >/dev/null || missing+=(gcc libc6-dev) # the race detector links with it
  command -v curl >/dev/null || missing+=(curl)        # tests run the snippets of pages and of docs/
  command -v python3 >/dev/null || missing+=(python3)
  [ -x /usr/sbin/nginx ] || missing+=(nginx-light)     # a test puts it before a server,
  command -v caddy >/dev/null || missing+=(caddy)      # and so this one
  [ -d /usr/lib/python3/dist-packages/jwt ] || missing+=(python3-jwt python3-cryptography)
  if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing for the tests: ${missing[*]}"
    install_packages "${missing[@]}"
  fi
}

# start_postgres makes a throw-away cluster in the given folder, listening on a
# socket there and nowhere else, and prints its URL. PostgreSQL refuses to run
# as root, so root lends it to the package's own user.
start_postgres() {
  local folder=$1 bin
  bin=$(find_postgres)
  mkdir -p "$folder"
  if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$folder"
    chmod 755 "$(dirname "$folder")"
  fi
  as_postgres "$bin/initdb" -D "$folder/data" -U latchkey --auth=trust --encoding=UTF8 --locale=C >"$folder.log" 2>&1
  # Durability is what the product's own tests prove elsewhere; here it would
  # only cost time.
  as_postgres "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" start \
    -o "-k $folder -c listen_addresses='' -c fsync=off -c max_connections=200" >>"$folder.log" 2>&1
  echo "postgres:///postgres?host=$folder&user=latchkey"
}

stop_postgres() {
  [ -d "$1/data" ] && as_postgres "$(find_postgres)/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null 2>&1
  return 0
}

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
  else
    "$@"
  fi
}
