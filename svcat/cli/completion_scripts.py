"""What a shell needs to complete ``svcat``: a script each, which asks ``svcat __complete``."""

BASH = """\
# bash completion for svcat. Now: source <(svcat completion bash)
# For good: svcat completion bash > ~/.local/share/bash-completion/completions/svcat
_svcat() {
    local answer directive line word
    COMPREPLY=()
    line=${COMP_LINE:0:COMP_POINT}
    answer=$("$1" __complete --breaks "$COMP_WORDBREAKS" --line "$line" 2>/dev/null) || return
    directive=${answer##*:}
    while IFS=$'\\t' read -r word _; do
        [[ -n $word ]] && COMPREPLY+=("$word")
    done <<<"${answer%:*}"
    if (( directive & 2 )); then compopt -o nospace; fi
    if ! (( directive & 4 )); then compopt -o default; fi
}
complete -F _svcat svcat
"""

ZSH = """\
#compdef svcat
# zsh completion for svcat. Now: source <(svcat completion zsh)
# For good: svcat completion zsh > a file _svcat in a folder of $fpath
_svcat() {
    local line directive=4 tab=$'\\t'
    local -a offered space
    for line in "${(@f)$(svcat __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == :<-> ]]; then
            directive=${line#:}
        elif [[ $line == *$tab* ]]; then
            offered+=("${${line%%$tab*}//:/\\\\:}:${line#*$tab}")
        elif [[ -n $line ]]; then
            offered+=("${line//:/\\\\:}")
        fi
    done
    (( directive & 2 )) && space=(-S '')
    if (( $#offered )); then
        _describe svcat offered "${(@)space}"
    elif ! (( directive & 4 )); then
        _files
    fi
}
if [[ $funcstack[1] == _svcat ]]; then
    _svcat "$@"
else
    compdef _svcat svcat
fi
"""

FISH = """\
# fish completion for svcat. Now: svcat completion fish | source
# For good: svcat completion fish > ~/.config/fish/completions/svcat.fish
function __svcat_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    set -l directive 4
    for line in (svcat __complete $words "$current" 2>/dev/null)
        if string match -qr '^:[0-9]+$' -- $line
            set directive (string sub -s 2 -- $line)
        else
            echo $line
        end
    end
    if test $directive = 0
        __fish_complete_path $current
    end
end
complete -c svcat -f -a '(__svcat_complete)'
"""

POWERSHELL = """\
# PowerShell completion for svcat. Now: svcat completion powershell | Out-String | Invoke-Expression
# For good: add that line to $PROFILE
Register-ArgumentCompleter -Native -CommandName svcat -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $length = $cursorPosition - $commandAst.Extent.StartOffset
    $line = $commandAst.ToString().PadRight($length).Substring(0, $length)
    $Env:_SVCAT_LINE = $line
    $answer = svcat __complete
    $Env:_SVCAT_LINE = $null
    foreach ($each in $answer) {
        if ($each -match '^:[0-9]+$' -or -not $each) { continue }
        $word, $about = $each -split "`t", 2
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
}
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}
