# Bash breaks words at : and = (COMP_WORDBREAKS). They are put together for the completion, --option=word is taken as
# --option word, and what bash keeps of a word is taken off the answers.
_keydeck_whole() {
    local -a whole=()
    local i word rest="${COMP_LINE:0:COMP_POINT}" trimmed cur kept
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed="${rest#"${rest%%[![:blank:]]*}"}"
        word="${COMP_WORDS[i]}"
        ((i == COMP_CWORD)) && word="$trimmed"
        if ((i > 0)) && [[ "$rest" == "$trimmed" && ( "$word" == [:=]* || "${COMP_WORDS[i - 1]}" == *[:=] ) ]]; then
            whole[${#whole[@]}-1]+="$word"
        else
            whole+=("$word")
        fi
        rest="${trimmed#"$word"}"
    done
    cur="${whole[${#whole[@]}-1]}"
    if [[ "$cur" == --*=* ]]; then
        whole[${#whole[@]}-1]="${cur%%=*}"
        cur="${cur#*=}"
        whole+=("$cur")
    fi
    local -a COMP_WORDS=("${whole[@]}")
    local COMP_CWORD=$((${#whole[@]} - 1))
    _keydeck "$1" "$cur" "${whole[COMP_CWORD - 1]}"
    kept="${cur%"${cur##*[:=]}"}"
    if [[ -n "$kept" && "$COMP_WORDBREAKS" == *"${kept: -1}"* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    fi
}

