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
