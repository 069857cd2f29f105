# bash completion for svcat. Now: source <(svcat completion bash)
# For good: svcat completion bash > ~/.local/share/bash-completion/completions/svcat
_svcat() {
    local answer directive line word
    COMPREPLY=()
    line=${COMP_LINE:0:COMP_POINT}
    answer=$("$1" __complete --breaks "$COMP_WORDBREAKS" --line "$line" 2>/dev/null) || return
    directive=${answer##*:}
    while IFS=$'\t' read -r word _; do
        [[ -n $word ]] && COMPREPLY+=("$word")
    done <<<"${answer%:*}"
    if (( directive & 2 )); then compopt -o nospace; fi
    if ! (( directive & 4 )); then compopt -o default; fi
}
complete -F _svcat svcat
