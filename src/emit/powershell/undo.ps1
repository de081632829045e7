
# ---- the steps back ----

function Get-After($Step) {
    $after = Get-PriorKeys $Step
    foreach ($key in @($after.Keys)) {
        $gone = $key.Split('|')[0] -eq [string]$Step.Revision
        if ($Step.Kind -eq 'approve') { $gone = $key.Split('|')[1] -eq (Get-GroupId $Step.Group) }
        if ($gone) { $after.Remove($key) }
    }
    if ($Step.Kind -eq 'approve') { $after[(Get-Key $Step.Revision $Step.Group $Step.Action $Step.Deadline)] = $null }
    return $after
}

# 'todo', 'already', or why the step is skipped.
function Test-Step($Step, [string]$Before) {
    if ($OnlyAtRoot -contains $Step.Kind) {
        if (Test-Selected $Step) { return 'todo' }
        return 'already'
    }
    if ($Step.Kind -eq 'set_languages') {
        if ((Get-Languages) -eq $Before) { return 'already' }
        if ((Get-Languages) -ne (Get-Wanted $Step)) { return 'the languages were changed since' }
        return 'todo'
    }
    if ($Step.Kind -eq 'set_upstream') {
        if ((Get-Upstream) -eq $Before) { return 'already' }
        if ((Get-Upstream) -ne ([string]$Step.HostName + '|' + [string]$Step.Port + '|' + [string]$Step.Ssl)) { return 'the upstream setting was changed since' }
        return 'todo'
    }
    if ($Step.Kind -eq 'set_proxy') {
        if ($Wsus.GetConfiguration().AllowProxyCredentialsOverNonSsl) { return 'already' }
        return 'todo'
    }
    if ($Step.Kind -eq 'create_group') {
        $group = Get-Group $Step.Group
        if ($null -eq $group) { return 'already' }
        if ($group.GetComputerTargets().Count -gt 0) { return 'computers were put into the group since' }
        return 'todo'
    }
    if ($Step.Kind -eq 'set_permissions') {
        if (-not (Test-Local)) { return 'run on the server itself' }
        if (-not (Test-SafePath $Step.Path)) { return 'the path of the folder is not one that can be given to icacls.exe' }
        if (-not [IO.File]::Exists((Get-AclFile $Step))) { return 'the saved permissions are not there' }
        return 'todo'
    }
    $update = Get-Revision $Step.Update $Step.Revision
    if ($null -eq $update) { return 'the update is not on the server' }
    if ($Step.Kind -eq 'cancel_download') {
        if ([string]$update.State -ne 'Canceled') { return 'already' }
        return 'todo'
    }
    $current = Get-Current $Step
    if (-not $update.IsDeclined -and (Test-Same $current (Get-PriorKeys $Step))) { return 'already' }
    if ($Step.Kind -eq 'decline') {
        if ($update.IsDeclined) { return 'todo' }
        return 'the update is not declined any more'
    }
    if (Test-Same $current (Get-After $Step)) { return 'todo' }
    return 'its approvals were changed since'
}

function Restore-Approvals($Step) {
    $current = Get-Current $Step
    $prior = Get-PriorKeys $Step
    foreach ($key in @($current.Keys)) {
        if (-not $prior.ContainsKey($key)) { $current[$key].Delete() }
    }
    foreach ($key in @($prior.Keys)) {
        $p = $prior[$key]
        if (-not $current.ContainsKey($key)) { Set-Approval $Step.Update $p.Revision $p.Group $p.Action $p.Deadline }
    }
}

function Invoke-Action($Step, [string]$Before) {
    switch ($Step.Kind) {
        'select_product' { Set-Selected $Step $false }
        'select_classification' { Set-Selected $Step $false }
        'set_languages' { Set-Languages $Before }
        'set_upstream' { Set-Upstream $Before }
        'set_proxy' { Set-Cleartext $true }
        'create_group' { (Get-Group $Step.Group).Delete() }
        'set_permissions' {
            $tool = Get-SystemTool 'icacls.exe'
            $above = $Step.Path.Substring(0, $Step.Path.LastIndexOf('\') + 1)
            if ($above.Length -gt 3) { $above = $above.Substring(0, $above.Length - 1) }
            $text = & $tool $above '/restore' (Get-AclFile $Step)
            Test-Result 'icacls.exe' $text
        }
        'cancel_download' { (Get-Revision $Step.Update $Step.Revision).ResumeDownload() }
        'approve' { Restore-Approvals $Step }
        'unapprove' { Restore-Approvals $Step }
        'decline' { Restore-Prior $Step }
        default { throw ('this script cannot undo ' + $Step.Kind) }
    }
}

# 'done', 'already', 'whatif' or 'skipped'
function Invoke-Step($Step, $Seen) {
    if (-not $Seen.ContainsKey($Step.Id) -or $Seen[$Step.Id].Result -eq 'undone') {
        Write-Log $Step.Id 'already' ($Step.Kind + ' (journal: nothing to undo)')
        return 'already'
    }
    $before = $Seen[$Step.Id].Before
    $test = Test-Step $Step $before
    if ($test -eq 'already') {
        if (-not $WhatIfPreference) { Add-Journal $Step.Id 'undone' $before 'found undone' }
        Write-Log $Step.Id 'already' $Step.Kind
        return 'already'
    }
    if ($test -ne 'todo') {
        Write-Log $Step.Id 'skipped' ($Step.Kind + ': ' + $test)
        return 'skipped'
    }
    if (-not $Cmdlet.ShouldProcess(($Step.Id + ' ' + $Step.About), 'undo ' + $Step.Kind)) {
        if ($WhatIfPreference) {
            Write-Log $Step.Id 'whatif' ('undo ' + $Step.Kind)
            return 'whatif'
        }
        Write-Log $Step.Id 'skipped' ($Step.Kind + ': not confirmed')
        return 'skipped'
    }
    Invoke-Action $Step $before
    Add-Journal $Step.Id 'undone' $before ''
    Write-Log $Step.Id 'undone' $Step.Kind
    return 'done'
}

function Invoke-Main {
    $at = 'start'
    $count = @{ done = 0; already = 0; skipped = 0; whatif = 0 }
    try {
        Write-Log $at 'plan' ($PlanId + ' made ' + $MadeAt + ' snapshot ' + $SnapshotDigest)
        if (-not [IO.File]::Exists((Get-JournalPath))) {
            Write-Log $at 'refused' 'there is no journal beside this script: nothing shows what was done'
            $script:ExitCode = 1
            return
        }
        $why = Test-Start
        if ($why -ne '') {
            Write-Log $at 'refused' $why
            $script:ExitCode = 1
            return
        }
        $seen = Read-Journal
        foreach ($step in $Steps) {
            $at = $step.Id
            $result = Invoke-Step $step $seen
            $count[$result]++
        }
        $script:ExitCode = 0
        if ($count['skipped'] -gt 0) { $script:ExitCode = 3 }
        Write-Log 'end' 'exit' (Get-Summary $count)
    } catch {
        $script:ExitCode = 2
        Write-Log $at 'error' $_.Exception.Message
    }
}
