# Shared by the scripts of this folder; they are run from the top of the checkout.
# shellcheck shell=sh

say() {
    printf '%s\n' "$*" >&2
}

# Packages, LXD, routes and images are root's; a person with sudo may run the scripts too.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# install PACKAGE…: those of these Debian packages that are not there yet.
install() {
    lacking=
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            lacking="$lacking $package"
    done
    [ -n "$lacking" ] || return 0
    say "setup: installing system packages:$lacking"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    # shellcheck disable=SC2086 # a list of words
    # A machine that was just started may be updating itself: wait for it.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 install \
        --no-install-recommends $lacking >/dev/null
}
