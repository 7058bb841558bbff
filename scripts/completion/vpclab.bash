# shellcheck shell=bash
# Completion of vpclab in bash: commands, options, labs and instances that are up, their cards,
# and the words of a CLI command, which the CF itself is asked for. Installed by meson; else:
# source scripts/completion/vpclab.bash

_vpclab_runs() {
    if [ -n "${VPCLAB_RUN-}" ]; then
        printf '%s' "$VPCLAB_RUN"
    elif [ -n "${XDG_RUNTIME_DIR-}" ]; then
        printf '%s/vpclab' "$XDG_RUNTIME_DIR"
    else
        printf '/tmp/vpclab-%s' "$(id -u)"
    fi
}

# The names of the labs; with $1 the instances of that one, "*" of all.
_vpclab_names() {
    local path

    # shellcheck disable=SC2231 # $1 may be a star
    for path in "$(_vpclab_runs)"/${1+$1/}*/; do
        [ -d "$path" ] || continue
        path=${path%/}
        printf '%s\n' "${path##*/}"
    done
}

# The cards of instance $2 of lab $1.
_vpclab_cards() {
    local path

    # shellcheck disable=SC2231 # $1 may be a star
    for path in "$(_vpclab_runs)"/$1/"$2"/*.pid; do
        [ -e "$path" ] || continue
        path=${path##*/}
        printf '%s\n' "${path%.pid}"
    done
}

# What a fault may hit in lab $2: instances, their cards, the world, links.
_vpclab_targets() {
    local instance

    printf 'world\nall\n'
    for instance in $(_vpclab_names "$2"); do
        printf '%s\n%s/active-cf\n' "$instance" "$instance"
        _vpclab_cards "$2" "$instance" | sed "s|^|$instance/|"
    done
    "$1" fault kinds | sed -n 's/^  \([a-z-]*\)  *[a-z].*/\1/p'
}

# The words that may follow in CLI command $3 of instance $2, whole: with what stands before.
_vpclab_cli() {
    local program=$1 instance=$2 line=$3 before='' word
    shift 3

    [[ $line == *[[:blank:]\|]* ]] && before=${line%"${line##*[[:blank:]|]}"}
    "$program" cli "$instance" "$@" --complete "$line" 2>/dev/null </dev/null |
        while IFS= read -r word; do
            printf '%s\n' "$before$word"
        done
}

# The words that fit, one a line, into COMPREPLY.
_vpclab_reply() {
    local word

    while IFS= read -r word; do
        [[ -n $word && ${word,,} == "${1,,}"* ]] && COMPREPLY+=("$word")
    done
    return 0
}

# The options of a command stand in its help.
_vpclab_options() {
    "$1" help "$2" 2>/dev/null | grep -oE '(^|[[ |])--?[a-z][a-z-]*' | tr -d '[ |' | sort -u
}

_vpclab() {
    local program=$1 cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-} lab='*' named=()
    local words=() i

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _vpclab_reply "$cur" < <("$program" help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p')
        return
    fi
    # what stands before the cursor, without options; -n names the lab
    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -n) lab=${COMP_WORDS[i + 1]-} named=(-n "$lab") && ((++i)) ;;
        -f | --cf | --timeout | --for | --at | --when | --amount | --since | --kind | --instance | --hellos | --bundle | --sent) ((++i)) ;;
        -*) ;;
        *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done
    if [ "${COMP_WORDS[COMP_CWORD - 1]}" = -n ]; then
        _vpclab_reply "$cur" < <(_vpclab_names)
        return
    fi
    if [ "${COMP_WORDS[COMP_CWORD - 1]}" = -f ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
    fi
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    --instance)
        _vpclab_reply "$cur" < <(_vpclab_names "$lab" && printf 'world\n')
        return
        ;;
    --hellos)
        _vpclab_reply "$cur" < <(printf 'on\noff\n')
        return
        ;;
    esac
    if [[ $cur == -* ]]; then
        _vpclab_reply "$cur" < <(_vpclab_options "$program" "$command")
        return
    fi
    case $command,${#words[@]} in
    help,0) _vpclab_reply "$cur" < <("$program" help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p') ;;
    up,0)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$cur"; compgen -d -- "$cur")
        ;;
    down,0 | status,0 | watch,0) _vpclab_reply "$cur" < <(_vpclab_names) ;;
    kill,0 | start,0)
        if [[ $cur == */* ]]; then
            _vpclab_reply "$cur" < <({
                _vpclab_cards "$lab" "${cur%%/*}"
                printf 'active-cf\n'
            } | sed "s|^|${cur%%/*}/|")
        else
            _vpclab_reply "$cur" < <(_vpclab_names "$lab" && printf 'world\n')
        fi
        ;;
    exec,0 | cli,0)
        _vpclab_reply "$cur" < <(_vpclab_names "$lab" && printf 'world\n')
        ;;
    events,0 | timeline,0)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        ;;
    exercise,0) _vpclab_reply "$cur" < <(printf '%s\n' list start hint check answer end) ;;
    exercise,1)
        case ${words[0]} in
        start) _vpclab_reply "$cur" < <("$program" exercise list | sed -n 's/^ *\([0-9]*\) .*/\1/p') ;;
        answer) _vpclab_reply "$cur" < <("$program" exercise answer "${named[@]}" 2>/dev/null |
            sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p') ;;
        esac
        ;;
    exercise,2)
        if [ "${words[0]}" = start ]; then
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -X '!*.json' -- "$cur"; compgen -d -- "$cur")
        fi
        ;;
    record,0)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    record,1)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        ;;
    explain,0) _vpclab_reply "$cur" < <(_vpclab_names "$lab") ;;
    kill,1 | start,1)
        _vpclab_reply "$cur" < <(_vpclab_cards "$lab" "${words[0]}" && printf 'active-cf\n')
        ;;
    fault,0) _vpclab_reply "$cur" < <(printf 'add\nlist\nclear\nkinds\ncheck\n') ;;
    fault,1)
        case ${words[0]} in
        add) _vpclab_reply "$cur" < <("$program" fault kinds | sed -n '2,/^$/s/ .*//p') ;;
        clear) _vpclab_reply "$cur" < <(printf 'all\n' &&
            "$program" fault list "${named[@]}" 2>/dev/null | sed -n '2,$s/ .*//p') ;;
        esac
        ;;
    fault,2) # VMs, and links by their names
        [ "${words[0]}" = add ] && _vpclab_reply "$cur" < <(_vpclab_targets "$program" "$lab")
        ;;
    exec,1)
        cur=${cur#[\'\"]}
        _vpclab_reply "$cur" < <(_vpclab_cli "$program" "${words[0]}" "$cur" "${named[@]}")
        ;;
    wait,*)
        compopt -o nospace 2>/dev/null # a value follows
        _vpclab_reply "$cur" < <(printf 'sync\nsessions>=\nfaults=\nfault:\nevent:\n' &&
            _vpclab_names "$lab" | sed 's/.*/&.chassis=\n&.cf=\n&.route=\n&.sessions>=/')
        ;;
    esac
}

complete -F _vpclab vpclab
