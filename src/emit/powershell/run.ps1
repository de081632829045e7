
# ---- the steps ----

function Get-Tool {
    $folder = $null
    try {
        $folder = [Microsoft.Win32.Registry]::GetValue('HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Update Services\Server\Setup', 'TargetDir', $null)
    } catch {
        Write-Log 'tool' 'unreadable' $_.Exception.Message
    }
    if (-not $folder) { $folder = [IO.Path]::Combine([string]$env:ProgramFiles, 'Update Services') }
    $tool = [IO.Path]::Combine([string]$folder, 'Tools', 'wsusutil.exe')
    if ([IO.File]::Exists($tool)) { return $tool }
    return ''
}

# 'todo', 'already', or why the step is skipped. $Begun: an earlier run was stopped inside this step.
function Test-Step($Step, [bool]$Begun) {
    switch ($Step.Kind) {
        'verify' {
            Wait-Ready
            return 'already'
        }
        'set_upstream' { return Test-Upstream $Step }
        'set_proxy' {
            $c = $Wsus.GetConfiguration()
            if (-not $c.UseProxy) { return 'the server uses no proxy' }
            if (-not $c.AllowProxyCredentialsOverNonSsl) { return 'already' }
            return 'todo'
        }
        'create_group' { return Test-CreateGroup $Step }
        'reset_content' {
            if ($Steps[0].Id -eq $Step.Id) { return 'a reset is never the first step' }
            if ($Wsus.GetConfiguration().HostBinariesOnMicrosoftUpdate) { return 'the server keeps no files itself' }
            return 'todo'
        }
        'restart_service' { return Test-Service $Step }
        'set_permissions' {
            if (-not (Test-Local)) { return 'run on the server itself' }
            if (-not (Test-SafePath $Step.Path)) { return 'the path of the folder is not one that can be given to icacls.exe' }
            if (-not [IO.Directory]::Exists($Step.Path)) { return 'the folder is not there' }
            return 'todo'
        }
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

function Get-WantedUpstream($Step) {
    return ([string]$Step.HostName + '|' + [string]$Step.Port + '|' + [string]$Step.Ssl)
}

function Test-Upstream($Step) {
    if ($Wsus.GetConfiguration().SyncFromMicrosoftUpdate) { return 'the server synchronizes from Microsoft Update' }
    $current = Get-Upstream
    if ($current -eq (Get-WantedUpstream $Step)) { return 'already' }
    if ($current -ne ([string]$Step.WasHost + '|' + [string]$Step.WasPort + '|' + [string]$Step.WasSsl)) {
        return 'its upstream setting is not as the plan saw it'
    }
    return 'todo'
}

function Test-CreateGroup($Step) {
    if ($null -ne (Get-Group $Step.Group)) { return 'already' }
    if ($Step.Parent -ne '' -and $null -eq (Get-Group $Step.Parent)) { return 'the group above it is not on the server' }
    return 'todo'
}

# $null when it is not installed.
function Get-ServiceOf([string]$Name) {
    foreach ($assembly in @('System.ServiceProcess', 'System.ServiceProcess.ServiceController')) {
        if ($null -eq ('System.ServiceProcess.ServiceController' -as [type])) { [void][Reflection.Assembly]::LoadWithPartialName($assembly) }
    }
    $service = [Activator]::CreateInstance([System.ServiceProcess.ServiceController], [object[]]@($Name))
    try {
        if ([string]$service.Status -ne '') { return $service }
    } catch {
        Write-Log $Name 'unreadable' $_.Exception.Message
    }
    return $null
}

# Automatic is as good as manual; nothing else is.
function Test-Started($Service, [string]$Start) {
    $now = [string]$Service.StartType
    return $Start -eq '' -or $now -eq 'Automatic' -or ($Start -eq 'demand' -and $now -eq 'Manual')
}

function Test-Service($Step) {
    if (-not (Test-Local)) { return 'run on the server itself' }
    $service = Get-ServiceOf $Step.Service
    if ($null -eq $service) { return 'the service is not installed' }
    if ($Step.Restart -eq 0 -and [string]$service.Status -eq 'Running' -and (Test-Started $service $Step.Start)) { return 'already' }
    return 'todo'
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
    if ($Step.Kind -eq 'set_upstream') { return Get-Upstream }
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

function Invoke-CreateGroup($Step) {
    if ($Step.Parent -eq '') {
        [void]$Wsus.CreateComputerTargetGroup([string]$Step.Name)
    } else {
        [void]$Wsus.CreateComputerTargetGroup([string]$Step.Name, (Get-Group $Step.Parent))
    }
}

function Invoke-Service($Step) {
    $service = Get-ServiceOf $Step.Service
    if (-not (Test-Started $service $Step.Start)) {
        $tool = Get-SystemTool 'sc.exe'
        $text = & $tool config $Step.Service 'start=' $Step.Start
        Test-Result 'sc.exe' $text
    }
    if ($Step.Restart -eq 1 -and [string]$service.Status -ne 'Stopped') {
        $service.Stop()
        $service.WaitForStatus('Stopped', [TimeSpan]::FromMinutes(5))
    }
    if ([string]$service.Status -ne 'Running') {
        $service.Start()
        $service.WaitForStatus('Running', [TimeSpan]::FromMinutes(5))
    }
}

# Network Service: Full Control; Users: Read. By their well-known ids, as their names are translated.
function Invoke-Permissions($Step) {
    $tool = Get-SystemTool 'icacls.exe'
    $file = Get-AclFile $Step
    if (-not [IO.File]::Exists($file)) {
        $text = & $tool $Step.Path '/save' $file
        Test-Result 'icacls.exe' $text
    }
    $text = & $tool $Step.Path '/grant' '*S-1-5-20:(OI)(CI)F' '*S-1-5-32-545:(OI)(CI)RX'
    Test-Result 'icacls.exe' $text
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
        'set_upstream' { Set-Upstream (Get-WantedUpstream $Step) }
        'set_proxy' { Set-Cleartext $false }
        'create_group' { Invoke-CreateGroup $Step }
        'reset_content' { $Wsus.ResetAndVerifyContentState() }
        'restart_service' { Invoke-Service $Step }
        'set_permissions' { Invoke-Permissions $Step }
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
    $count = @{ done = 0; already = 0; skipped = 0; whatif = 0 }
    try {
        Write-Log $at 'plan' ($PlanId + ' made ' + $MadeAt + ' snapshot ' + $SnapshotDigest)
        $why = Test-Start
        if ($why -ne '') {
            Write-Log $at 'refused' $why
            $script:ExitCode = 1
            return
        }
        foreach ($step in $Steps) {
            if ($step.Reversible -eq 0) { Write-Log 'start' 'final' ($step.Id + ' ' + $step.Kind + ' cannot be undone') }
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
