
# ---- the steps ----

function Get-Tool {
    $folder = $null
    try {
        $folder = [Microsoft.Win32.Registry]::GetValue('HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Update Services\Server\Setup', 'TargetDir', $null)
    } catch {
        Write-Log 'tool' 'unreadable' $_.Exception.Message
    }
    if (-not $folder) { return '' }
    $tool = [IO.Path]::Combine([string]$folder, 'Tools', 'wsusutil.exe')
    if ([IO.File]::Exists($tool)) { return $tool }
    return ''
}

# 'todo', 'already', or why the step is skipped. $Begun: an earlier run was stopped inside this step.
function Test-Step($Step, [bool]$Begun) {
    switch ($Step.Kind) {
        'verify' { return 'already' }
        'synchronize' { return 'todo' }
        'set_languages' {
            $wanted = Get-Wanted $Step
            if ((Get-Languages) -eq $wanted) { return 'already' }
            $supported = @($Wsus.GetConfiguration().SupportedUpdateLanguages)
            foreach ($code in $wanted.Split(',')) {
                if ($wanted -ne 'all' -and -not ($supported -contains $code)) { return 'the server does not support every language' }
            }
            return 'todo'
        }
        'remove_inactive_approvals' {
            if (-not (Test-Local)) { return 'run on the server itself: wsusutil.exe removeinactiveapprovals' }
            if ((Get-Tool) -eq '') { return 'wsusutil.exe was not found' }
            return 'todo'
        }
    }
    if ($OnlyAtRoot -contains $Step.Kind) {
        if (Test-Selected $Step) { return 'already' }
        if ($null -eq (Get-Offered $Step)) { return 'the server does not offer it' }
        return 'todo'
    }
    return Test-UpdateStep $Step $Begun
}

function Test-UpdateStep($Step, [bool]$Begun) {
    $update = Get-Revision $Step.Update $Step.Revision
    if ($null -eq $update) { return 'the update is not on the server' }
    switch ($Step.Kind) {
        'cancel_download' {
            if ([string]$update.State -ne 'NotReady') { return 'already' }
            return 'todo'
        }
        'accept_eula' {
            if (-not $update.RequiresLicenseAgreementAcceptance) { return 'already' }
            return 'todo'
        }
        'approve' { return Test-Approve $Step $update }
    }
    $current = Get-Current $Step
    $prior = Get-PriorKeys $Step
    switch ($Step.Kind) {
        'decline' {
            if ($update.IsDeclined) { return 'already' }
        }
        'unapprove' {
            $left = 0
            foreach ($key in @($current.Keys)) {
                if ($key.Split('|')[0] -eq [string]$Step.Revision) { $left++ }
            }
            if ($left -eq 0) { return 'already' }
            if ($Begun -and (Test-Within $current $prior)) { return 'todo' }
        }
        'undecline' {
            if ($Begun -and (Test-Within $current $prior)) { return 'todo' }
        }
    }
    if (-not (Test-Same $current $prior)) { return 'its approvals are not as the plan saw them' }
    return 'todo'
}

function Test-Approve($Step, $Update) {
    if ($null -eq (Get-Group $Step.Group)) { return 'the group is not on the server' }
    if ($Update.IsDeclined) { return 'the update was declined meanwhile' }
    $current = Select-OfGroup (Get-Current $Step) $Step.Group
    if ($current.ContainsKey((Get-Key $Step.Revision $Step.Group $Step.Action $Step.Deadline))) { return 'already' }
    if (-not (Test-Same $current (Select-OfGroup (Get-PriorKeys $Step) $Step.Group))) {
        return 'the approval of the group is not as the plan saw it'
    }
    if ($Update.RequiresLicenseAgreementAcceptance) { return 'its license agreement is not accepted' }
    if ([string]$Update.PublicationState -eq 'Expired' -and $Step.Action -eq 'Install') { return 'the update is expired' }
    return 'todo'
}

function Get-Before($Step) {
    if ($Step.Kind -eq 'set_languages') { return Get-Languages }
    return ''
}

function Invoke-Synchronize {
    Wait-Ready
    $Wsus.GetSubscription().StartSynchronization()
    [Threading.Thread]::Sleep(1000)
    Wait-Ready
    $info = $Wsus.GetSubscription().GetLastSynchronizationInfo()
    if ([string]$info.Result -ne 'Succeeded') {
        throw ('the synchronization ended with ' + [string]$info.Result + ' ' + [string]$info.Error)
    }
}

function Invoke-Tool {
    $tool = Get-Tool
    $text = & $tool removeinactiveapprovals
    if ($LASTEXITCODE -ne 0) { throw ('wsusutil.exe failed: ' + [string]::Join(' ', [string[]]@($text))) }
}

function Invoke-Action($Step) {
    switch ($Step.Kind) {
        'select_product' { Set-Selected $Step $true }
        'select_classification' { Set-Selected $Step $true }
        'set_languages' { Set-Languages (Get-Wanted $Step) }
        'synchronize' { Invoke-Synchronize }
        'cancel_download' { (Get-Revision $Step.Update $Step.Revision).CancelDownload() }
        'accept_eula' { (Get-Revision $Step.Update $Step.Revision).AcceptLicenseAgreement() }
        'approve' { Set-Approval $Step.Update $Step.Revision $Step.Group $Step.Action $Step.Deadline }
        'unapprove' {
            $current = Get-Current $Step
            foreach ($key in @($current.Keys)) {
                if ($key.Split('|')[0] -eq [string]$Step.Revision) { $current[$key].Delete() }
            }
        }
        'decline' { (Get-Revision $Step.Update $Step.Revision).Decline() }
        'undecline' { Restore-Prior $Step }
        'remove_inactive_approvals' { Invoke-Tool }
        default { throw ('this script cannot ' + $Step.Kind) }
    }
}

# 'done', 'already', 'whatif' or 'skipped'
function Invoke-Step($Step, $Seen) {
    $last = ''
    $before = ''
    if ($Seen.ContainsKey($Step.Id)) {
        $last = $Seen[$Step.Id].Result
        $before = $Seen[$Step.Id].Before
    }
    if ($last -eq 'done') {
        Write-Log $Step.Id 'already' ($Step.Kind + ' (journal)')
        return 'already'
    }
    $test = Test-Step $Step ($last -eq 'begun')
    if ($test -eq 'already') {
        if ($last -eq 'begun' -and -not $WhatIfPreference) { Add-Journal $Step.Id 'done' $before 'found done' }
        Write-Log $Step.Id 'already' $Step.Kind
        return 'already'
    }
    if ($test -ne 'todo') {
        Write-Log $Step.Id 'skipped' ($Step.Kind + ': ' + $test)
        return 'skipped'
    }
    if (-not $Cmdlet.ShouldProcess(($Step.Id + ' ' + $Step.About), $Step.Kind)) {
        if ($WhatIfPreference) {
            Write-Log $Step.Id 'whatif' $Step.Kind
            return 'whatif'
        }
        Write-Log $Step.Id 'skipped' ($Step.Kind + ': not confirmed')
        return 'skipped'
    }
    if ($last -ne 'begun') { $before = Get-Before $Step }
    Add-Journal $Step.Id 'begun' $before ''
    Invoke-Action $Step
    Add-Journal $Step.Id 'done' $before ''
    Write-Log $Step.Id 'done' $Step.Kind
    return 'done'
}

function Invoke-Main {
    $at = 'start'
    $skipped = 0
    try {
        Write-Log $at 'plan' ($PlanId + ' made ' + $MadeAt + ' snapshot ' + $SnapshotDigest)
        $why = Test-Start
        if ($why -ne '') {
            Write-Log $at 'refused' $why
            $script:ExitCode = 1
            return
        }
        $seen = Read-Journal
        foreach ($step in $Steps) {
            $at = $step.Id
            if ((Invoke-Step $step $seen) -eq 'skipped') { $skipped++ }
        }
        $script:ExitCode = 0
        if ($skipped -gt 0) { $script:ExitCode = 3 }
        Write-Log 'end' 'exit' ([string]$script:ExitCode)
    } catch {
        $script:ExitCode = 2
        Write-Log $at 'error' $_.Exception.Message
    }
}
