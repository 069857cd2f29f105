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
