# Bash completion for torpor: commands, options, files, and the paths within a file.

_torpor_operands() # how many words before the current one are neither options nor their values
{
    local i word count=0
    for ((i = 2; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case "${COMP_WORDS[1]} $word" in
        "get --unit" | "get --format" | "get --slice" | "get -"[ufs] | "diff --rtol" | "diff --atol" | \
            "diff --rows" | "diff -n" | "prune --keep" | "prune -k" | "convert --to" | "convert -t" | "convert --compress" | \
            "plot --output" | "plot --kind" | "plot --over" | "plot --only" | "plot --over" | "plot --only" | "plot --unit" | "plot --bins" | \
            "plot -"[okub] | "report --output" | "report -o")
            [[ ${COMP_WORDS[i + 1]} == "=" ]] && ((i++))
            ((i++))
            ;;
        *" -"*) ;;
        *)
            ((count++))
            [[ $count == 1 ]] && file=$word
            ;;
        esac
    done
    operands=$count
}

# Lines of standard input that begin as the current word. Not `compgen -W`, which would expand what
# comes from a file.
_torpor_choose()
{
    local line
    while read -r line; do
        [[ $line == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
    done
}

_torpor()
{
    local IFS=$'\n' current=$2 previous=$3 command=${COMP_WORDS[1]}
    local options words operands=0 file=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _torpor_choose < <(printf '%s\n' info ls get verify latest diff prune convert plot report --help --version)
        return
    fi
    [[ $previous == "=" ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $current == "=" ]] && previous=${COMP_WORDS[COMP_CWORD - 1]} current=
    case "$command $previous" in
    "get --format" | "get -f") words=$'json\ncsv\nnpy\nraw' ;;
    "plot --kind" | "plot -k") words=$'histogram\nraster\ncourse' ;;
    "convert --to" | "convert -t") words=$'json\nnpz\nmsgpack' ;;
    "get --unit" | "get -u" | "get --slice" | "get -s" | "diff --rtol" | "diff --atol" | \
        "diff --rows" | "diff -n" | "prune --keep" | "prune -k" | "convert --compress" | "plot --unit" | "plot --bins" | \
        "plot -"[ub]) return ;;
    "plot --output" | "plot -o" | "report --output" | "report -o")
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
    case $command in
    info | verify) options="--json" ;;
    ls) options=$'--all\n--json' ;;
    get) options=$'--unit\n--format\n--slice' ;;
    diff) options=$'--rtol\n--atol\n--rows\n--all\n--ulp\n--json' ;;
    prune) options=$'--keep\n--dry-run\n--json' ;;
    plot) options=$'--output\n--kind\n--over\n--only\n--unit\n--bins\n--force' ;;
    report) options=$'--output\n--force' ;;
    convert) options=$'--to\n--index\n--no-index\n--compress\n--force' ;;
    esac
    [[ -z $words && $current == -* ]] && words=$options$'\n--help'
    if [[ -n $words ]]; then
        _torpor_choose <<<"$words"
        return
    fi
    _torpor_operands
    if [[ $command == @(ls|get|plot) && $operands == 1 ]]; then
        _torpor_choose < <("${COMP_WORDS[0]}" ls --json -- "${file/#\~/$HOME}" 2>/dev/null |
            sed -n 's/.*"path": "\([^"\\]*\)".*/\1/p')
        return
    fi
    compopt -o filenames 2>/dev/null
    case $command in
    latest | prune) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    esac
}

complete -F _torpor torpor
