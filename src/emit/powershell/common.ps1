
# ---- what both scripts share: the log, the journal, the server ----

function Get-Now {
    return [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

function ConvertTo-Utc([string]$Text) {
    $style = [Globalization.DateTimeStyles]::AssumeUniversal -bor [Globalization.DateTimeStyles]::AdjustToUniversal
    return [DateTime]::ParseExact($Text, 'yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture, $style)
}

function ConvertTo-Base64([string]$Text) {
    return [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($Text))
}

function ConvertFrom-Base64([string]$Text) {
    return [Text.Encoding]::Unicode.GetString([Convert]::FromBase64String($Text))
}

function ConvertTo-Line([string]$Text) {
    return [Text.RegularExpressions.Regex]::Replace($Text, '[\p{C}\u2028\u2029]+', ' ')
}

function Write-Log([string]$Step, [string]$Result, [string]$Detail) {
    [Console]::Out.WriteLine((ConvertTo-Line ((Get-Now) + ' ' + $Step + ' ' + $Result + ' ' + $Detail)))
}

function Get-JournalPath {
    $folder = $JournalFolder
    if ($folder -eq '' -and $ScriptPath) { $folder = [IO.Path]::GetDirectoryName($ScriptPath) }
    if ($folder -eq '') { $folder = [Environment]::CurrentDirectory }
    return [IO.Path]::Combine($folder, $JournalName)
}

# One JSON object a line, on the disk before the next thing happens.
function Add-Journal([string]$Step, [string]$Result, [string]$Before, [string]$Detail) {
    $line = '{"time":"' + (Get-Now) + '","plan":"' + $PlanId + '","step":"' + $Step + '","result":"' + $Result +
        '","before":"' + (ConvertTo-Base64 $Before) + '","detail":"' + (ConvertTo-Base64 $Detail) + '"}' + [char]10
    $bytes = [Text.Encoding]::ASCII.GetBytes($line)
    $file = [IO.File]::Open((Get-JournalPath), [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::ReadWrite, [IO.FileShare]::Read)
    try {
        [void]$file.Seek(0, [IO.SeekOrigin]::End)
        if ($file.Length -gt 0) {
            # a line that a crash cut off is ended, so that it spoils no other
            [void]$file.Seek(-1, [IO.SeekOrigin]::End)
            if ($file.ReadByte() -ne 10) { $file.WriteByte(10) }
        }
        $file.Write($bytes, 0, $bytes.Length)
        $file.Flush($true)
    } finally {
        $file.Dispose()
    }
}

# The last word on each step of this plan: @{ a1 = @{ Result = 'done'; Before = '...' } }
function Read-Journal {
    $seen = @{}
    $pattern = '^\{"time":"[^"]*","plan":"([0-9a-f]+)","step":"(a[0-9]+)","result":"([a-z]+)","before":"([A-Za-z0-9+/=]*)"'
    if (-not [IO.File]::Exists((Get-JournalPath))) { return $seen }
    foreach ($line in [IO.File]::ReadAllLines((Get-JournalPath))) {
        $m = [Text.RegularExpressions.Regex]::Match($line, $pattern)
        if ($m.Success -and $m.Groups[1].Value -eq $PlanId) {
            $seen[$m.Groups[2].Value] = @{ Result = $m.Groups[3].Value; Before = (ConvertFrom-Base64 $m.Groups[4].Value) }
        }
    }
    return $seen
}

function Test-Api {
    return $null -ne ('Microsoft.UpdateServices.Administration.AdminProxy' -as [type])
}

function Connect-Server {
    if (-not (Test-Api)) { [void][Reflection.Assembly]::LoadWithPartialName('Microsoft.UpdateServices.Administration') }
    if (-not (Test-Api)) { throw 'the WSUS administration console is not installed on this machine' }
    if ($Server -eq '') { return [Microsoft.UpdateServices.Administration.AdminProxy]::GetUpdateServer() }
    return [Microsoft.UpdateServices.Administration.AdminProxy]::GetUpdateServer($Server, [bool]$UseSsl, $Port)
}

function Test-Local {
    return $Server -eq '' -or $Server -eq 'localhost' -or $Server -eq [Environment]::MachineName
}

# Until no configuration is being saved and no synchronization runs.
function Wait-Ready {
    $limit = [DateTime]::UtcNow.AddMinutes($WaitMinutes)
    while ($true) {
        $saving = [string]$Wsus.GetConfiguration().GetUpdateServerConfigurationState()
        $running = [string]$Wsus.GetSubscription().GetSynchronizationStatus()
        if ($saving -eq 'Ready' -and $running -eq 'NotProcessing') { return }
        if ([DateTime]::UtcNow -gt $limit) { throw 'the server is still saving its configuration or synchronizing' }
        [Threading.Thread]::Sleep(2000)
    }
}

# $null when the server does not have that revision.
function Get-Revision([string]$Update, [int]$Revision) {
    $id = [Activator]::CreateInstance([Microsoft.UpdateServices.Administration.UpdateRevisionId], [object[]]@([Guid]$Update, $Revision))
    try {
        return $Wsus.GetUpdate($id)
    } catch {
        if ($_.Exception.GetBaseException().GetType().Name -eq 'WsusObjectNotFoundException') { return $null }
        throw
    }
}

# WSUS gives a new group a new id: one that this script makes again is known by its name.
function Get-Group([string]$Group) {
    $all = @($Wsus.GetComputerTargetGroups())
    foreach ($g in $all) {
        if ([Guid]$g.Id -eq [Guid]$Group) { return $g }
    }
    $name = (Get-Remade)[([Guid]$Group).ToString()]
    foreach ($g in $all) {
        if ($null -ne $name -and [string]::Equals([string]$g.Name, $name, [StringComparison]::Ordinal)) { return $g }
    }
    return $null
}

# The groups that this plan makes again: their ids in the plan -> their names.
function Get-Remade {
    if ($null -eq $script:Remade) {
        $script:Remade = @{}
        foreach ($step in $Steps) {
            if ($step.Kind -eq 'create_group') { $script:Remade[([Guid]$step.Group).ToString()] = [string]$step.Name }
        }
    }
    return $script:Remade
}

# The id that the group has here.
function Get-GroupId([string]$Group) {
    $id = ([Guid]$Group).ToString()
    if (-not (Get-Remade).ContainsKey($id)) { return $id }
    if ($GroupIds.ContainsKey($id)) { return $GroupIds[$id] }
    $found = Get-Group $id
    if ($null -eq $found) { return $id }
    $GroupIds[$id] = ([Guid]$found.Id).ToString()
    return $GroupIds[$id]
}

# Deadlines as the plan writes them; none is ''.
function ConvertTo-Deadline($Time) {
    if ($null -eq $Time -or ([DateTime]$Time).Year -ge 9999 -or ([DateTime]$Time).Year -le 1753) { return '' }
    $utc = [DateTime]$Time
    if ($utc.Kind -eq [DateTimeKind]::Local) { $utc = $utc.ToUniversalTime() }
    return $utc.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
}

function Get-Key([int]$Revision, [string]$Group, [string]$Action, [string]$Deadline) {
    return ([string]$Revision + '|' + (Get-GroupId $Group) + '|' + $Action + '|' + $Deadline)
}

# What is approved now, over all revisions that the step knows of: key -> approval. Bookkeeping is left out.
function Get-Current($Step) {
    $revisions = @{}
    $found = @{}
    $revisions[[int]$Step.Revision] = $true
    foreach ($p in $Step.Prior) { $revisions[[int]$p.Revision] = $true }
    foreach ($revision in @($revisions.Keys)) {
        $update = Get-Revision $Step.Update $revision
        if ($null -eq $update) { continue }
        foreach ($a in $update.GetUpdateApprovals()) {
            if ([Guid]$a.ComputerTargetGroupId -eq [Guid]'d374f42a-9be2-4163-a0fa-3c86a401b7a7') { continue }
            $key = Get-Key $a.UpdateId.RevisionNumber ([string]$a.ComputerTargetGroupId) ([string]$a.Action) (ConvertTo-Deadline $a.Deadline)
            $found[$key] = $a
        }
    }
    return $found
}

function Get-PriorKeys($Step) {
    $keys = @{}
    foreach ($p in $Step.Prior) { $keys[(Get-Key $p.Revision $p.Group $p.Action $p.Deadline)] = $p }
    return $keys
}

# Every key of the first is in the second.
function Test-Within($Few, $Many) {
    foreach ($key in @($Few.Keys)) {
        if (-not $Many.ContainsKey($key)) { return $false }
    }
    return $true
}

function Test-Same($One, $Other) {
    return (Test-Within $One $Other) -and (Test-Within $Other $One)
}

function Select-OfGroup($Approvals, [string]$Group) {
    $some = @{}
    foreach ($key in @($Approvals.Keys)) {
        if ($key.Split('|')[1] -eq (Get-GroupId $Group)) { $some[$key] = $Approvals[$key] }
    }
    return $some
}

function Set-Approval([string]$Update, [int]$Revision, [string]$Group, [string]$Action, [string]$Deadline) {
    $target = Get-Revision $Update $Revision
    $computers = Get-Group $Group
    if ($null -eq $target -or $null -eq $computers) { throw 'the update or the group is not on the server' }
    $word = [Microsoft.UpdateServices.Administration.UpdateApprovalAction]$Action
    if ($Deadline -eq '') {
        [void]$target.Approve($word, $computers)
    } else {
        [void]$target.Approve($word, $computers, (ConvertTo-Utc $Deadline))
    }
}

# Not Approved takes a decline back; the mark it leaves on a group nobody was approved for goes again.
function Clear-Decline([string]$Update, [int]$Revision) {
    $unassigned = 'b73ca6ed-5727-47f3-84de-015e03f6a88a'
    Set-Approval $Update $Revision $unassigned 'NotApproved' ''
    foreach ($a in (Get-Revision $Update $Revision).GetUpdateApprovals()) {
        if ([Guid]$a.ComputerTargetGroupId -eq [Guid]$unassigned -and [string]$a.Action -eq 'NotApproved') { $a.Delete() }
    }
}

# Gone first where it is there already, so that every one is made anew.
function Restore-Prior($Step) {
    $current = Get-Current $Step
    $wanted = Get-PriorKeys $Step
    foreach ($key in @($wanted.Keys)) {
        $p = $wanted[$key]
        if ($current.ContainsKey($key)) { $current[$key].Delete() }
        Set-Approval $Step.Update $p.Revision $p.Group $p.Action $p.Deadline
    }
    if ($wanted.Count -eq 0) { Clear-Decline $Step.Update $Step.Revision }
}

function Get-Offered($Step) {
    $all = $Wsus.GetUpdateCategories()
    if ($Step.Kind -eq 'select_classification') { $all = $Wsus.GetUpdateClassifications() }
    foreach ($c in $all) {
        if ([Guid]$c.Id -eq [Guid]$Step.Category) { return $c }
    }
    return $null
}

function Get-Selected($Step, $Subscription) {
    if ($Step.Kind -eq 'select_classification') { return , $Subscription.GetUpdateClassifications() }
    return , $Subscription.GetUpdateCategories()
}

function Test-Selected($Step) {
    foreach ($c in (Get-Selected $Step $Wsus.GetSubscription())) {
        if ([Guid]$c.Id -eq [Guid]$Step.Category) { return $true }
    }
    return $false
}

function Set-Selected($Step, [bool]$On) {
    Wait-Ready
    $subscription = $Wsus.GetSubscription()
    $set = Get-Selected $Step $subscription
    if ($On) {
        [void]$set.Add((Get-Offered $Step))
    } else {
        foreach ($c in @($set)) {
            if ([Guid]$c.Id -eq [Guid]$Step.Category) { [void]$set.Remove($c) }
        }
    }
    if ($Step.Kind -eq 'select_classification') {
        $subscription.SetUpdateClassifications($set)
    } else {
        $subscription.SetUpdateCategories($set)
    }
    $subscription.Save()
    Wait-Ready
}

# 'all', or the codes sorted and joined by commas.
function Get-Languages {
    $configuration = $Wsus.GetConfiguration()
    if ($configuration.AllUpdateLanguagesEnabled) { return 'all' }
    $codes = [string[]]@($configuration.GetEnabledUpdateLanguages())
    [Array]::Sort($codes, [StringComparer]::Ordinal)
    return [string]::Join(',', $codes)
}

function Set-Languages([string]$List) {
    Wait-Ready
    $configuration = $Wsus.GetConfiguration()
    if ($List -eq 'all') {
        $configuration.AllUpdateLanguagesEnabled = $true
    } else {
        $codes = [Activator]::CreateInstance([Collections.Specialized.StringCollection])
        foreach ($code in $List.Split(',')) { [void]$codes.Add($code) }
        $configuration.AllUpdateLanguagesEnabled = $false
        $configuration.SetEnabledUpdateLanguages($codes)
    }
    $configuration.Save()
    Wait-Ready
}

function Get-Wanted($Step) {
    $codes = [string[]]@($Step.Languages)
    if ($codes -contains 'all') { return 'all' }
    [Array]::Sort($codes, [StringComparer]::Ordinal)
    return [string]::Join(',', $codes)
}

# name|port|1 with SSL
function Get-Upstream {
    $c = $Wsus.GetConfiguration()
    return ([string]$c.UpstreamWsusServerName + '|' + [string]$c.UpstreamWsusServerPortNumber + '|' + [string][int]$c.UpstreamWsusServerUseSsl)
}

function Set-Upstream([string]$Text) {
    $parts = $Text.Split('|')
    Wait-Ready
    $configuration = $Wsus.GetConfiguration()
    $configuration.UpstreamWsusServerName = $parts[0]
    $configuration.UpstreamWsusServerPortNumber = [int]$parts[1]
    $configuration.UpstreamWsusServerUseSsl = $parts[2] -eq '1'
    $configuration.Save()
    Wait-Ready
}

# User and password are left alone.
function Set-Cleartext([bool]$On) {
    Wait-Ready
    $configuration = $Wsus.GetConfiguration()
    $configuration.AllowProxyCredentialsOverNonSsl = $On
    $configuration.Save()
    Wait-Ready
}

# A program of Windows itself.
function Get-SystemTool([string]$Name) {
    return [IO.Path]::Combine([string]$env:SystemRoot, 'System32', $Name)
}

function Get-AclFile($Step) {
    return ((Get-JournalPath) + '.' + $Step.Id + '.acl')
}

# No character that means anything to a program that gets it as an argument.
function Test-SafePath([string]$Path) {
    return [Text.RegularExpressions.Regex]::IsMatch($Path, $SafePath)
}

function Test-Result([string]$Program, $Text) {
    if ($LASTEXITCODE -ne 0) { throw ($Program + ' failed: ' + [string]::Join(' ', [string[]]@($Text))) }
}

function Get-Summary($Count) {
    return ([string]$script:ExitCode + ': ' + [string]$Count['done'] + ' done, ' + [string]$Count['already'] + ' already so, ' +
        [string]$Count['skipped'] + ' skipped, ' + [string]$Count['whatif'] + ' would be done')
}

# '' or why the script may not start.
function Test-Start {
    foreach ($time in @($MadeAt, $SnapshotAt)) {
        if ($time -eq '') { continue }
        $age = [DateTime]::UtcNow - (ConvertTo-Utc $time)
        if ($age.TotalHours -gt $MaxAgeHours) {
            return 'the plan is too old: it rests on facts of ' + $time + ' (-MaxAgeHours ' + [string]$MaxAgeHours + ')'
        }
    }
    $script:Wsus = Connect-Server
    $configuration = $Wsus.GetConfiguration()
    $name = [string]$Wsus.Name
    $known = @($ServerName)
    if ($ServerFqdn -ne '') { $known = @($ServerName, $ServerFqdn, $ServerFqdn.Split('.')[0]) }
    if (($ServerFqdn -ne '' -or $ServerId -eq '') -and -not ($known -contains $name)) {
        return 'this is another server: it calls itself ' + $name
    }
    if ($ServerId -ne '' -and [Guid]$configuration.ServerId -ne [Guid]$ServerId) {
        return 'this is another server: its ServerId is ' + [string]$configuration.ServerId
    }
    foreach ($step in $Steps) {
        if ($configuration.IsReplicaServer -and $RefusedOnReplica -contains $step.Kind) {
            return 'a replica refuses ' + $step.Kind + ': run it on the autonomous server above'
        }
        if ($OnlyAtRoot -contains $step.Kind -and -not $configuration.SyncFromMicrosoftUpdate) {
            return 'the server does not synchronize from Microsoft Update, so WSUS ignores its selection'
        }
    }
    return ''
}

$Wsus = $null
$Remade = $null
$GroupIds = @{}
$SafePath = '^[A-Za-z]:\\[^"<>|*?%\x00-\x1f]*[^"<>|*?%\\\x00-\x1f]$'
$RefusedOnReplica = @('create_group', 'accept_eula', 'approve', 'unapprove', 'decline', 'undecline', 'remove_inactive_approvals')
$OnlyAtRoot = @('select_product', 'select_classification')
