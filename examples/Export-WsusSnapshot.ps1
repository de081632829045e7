# SPDX-License-Identifier: MIT
<#
.SYNOPSIS
Writes what one WSUS server holds to a file that "wsusck import" reads.

.DESCRIPTION
For servers that the program cannot reach itself, or for what MS-WSUSSS does not tell: configuration, selected
products, synchronization history, the machine. It only reads. It calls the documented administration API
(Microsoft.UpdateServices.Administration) and never a member that changes anything: no Save, no Approve, no Decline.

The file is JSON Lines in UTF-8 without byte order mark: a head, one row a line, an end. What could not be read becomes
coverage "unknown" or "partial" with the reason, never an empty list that looks like a fact.

The API shows the latest revision of the updates that an administrator sees. Members of bundles, older revisions and
detectoids are not among them, although MS-WSUSSS lists them. So updates, declined updates, accepted license agreements
and categories are written as "partial": what is listed is there, nothing proves that something is missing. Use
-SameMethodEverywhere when every server of the tree is exported with this script: then like is compared with like and
the lists count as complete. Without -Relations no update supersedes or bundles another, as far as the file knows.
The state of single content files and computers are not in it. Also written, whatever is asked for: the downstream
servers that the server lists, its own and further down.

.PARAMETER Server
Name of the WSUS server; without it the local one.

.PARAMETER Port
Port of the WSUS server, used with -Server.

.PARAMETER UseSsl
Use TLS, used with -Server.

.PARAMETER Path
File to write. It appears under this name only when it is whole.

.PARAMETER Name
Name of this server in reports; without it the name of the machine.

.PARAMETER Parent
Name (in reports) of the server it synchronizes from; without it the name in the configuration.

.PARAMETER SameMethodEverywhere
All servers of the tree are exported with this script: lists count as complete.

.PARAMETER HostFacts
Also write facts about the machine, for "wsusck check" to say why synchronizing or downloading fails: services, the
application pool, permissions of the content folder, setup values and TLS settings of the registry, proxy settings
(never a password), events of the last 90 days, disks, build and time zone of the system, bindings of IIS, BITS jobs in
error. It must run on the WSUS server itself, elevated; what could not be read is written with the reason.

.PARAMETER Relations
Also write which updates an update supersedes and bundles, as far as the server still holds them. Two more calls an
update: slow.

.EXAMPLE
.\Export-WsusSnapshot.ps1 -Path berlin.jsonl -Name berlin -Parent root

.EXAMPLE
.\Export-WsusSnapshot.ps1 -Path berlin.jsonl -Name berlin -Parent root -HostFacts

.NOTES
Windows PowerShell 5.1 or PowerShell 7 on Windows, with the WSUS console or the UpdateServices feature installed. The
account must be in WSUS Administrators or WSUS Reporters.
#>
[CmdletBinding()]
param(
    [string]$Server = '',
    [ValidateRange(1, 65535)][int]$Port = 8530,
    [switch]$UseSsl,
    [Parameter(Mandatory = $true)][string]$Path,
    [string]$Name = '',
    [string]$Parent = '',
    [switch]$SameMethodEverywhere,
    [switch]$HostFacts,
    [switch]$Relations
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture

# ---- JSON ----
# ConvertTo-Json of 5.1 and 7 write dates, single-element arrays and depth differently; these thirty lines do not.

function ConvertTo-JsonString([string]$Text) {
    $out = [System.Text.StringBuilder]::new($Text.Length + 2)
    [void]$out.Append('"')
    for ($i = 0; $i -lt $Text.Length; $i++) {
        $c = $Text[$i]
        $code = [int]$c
        if ($code -eq 0x22 -or $code -eq 0x5C) { [void]$out.Append('\').Append($c) }
        elseif ($code -lt 0x20) { [void]$out.Append('\u').Append($code.ToString('x4', $Invariant)) }
        elseif ([char]::IsHighSurrogate($c) -and $i + 1 -lt $Text.Length -and [char]::IsLowSurrogate($Text[$i + 1])) {
            [void]$out.Append($c).Append($Text[$i + 1])
            $i++
        }
        elseif ([char]::IsSurrogate($c)) { [void]$out.Append('\ufffd') }
        else { [void]$out.Append($c) }
    }
    return $out.Append('"').ToString()
}

function ConvertTo-JsonText($Value) {
    if ($null -eq $Value) { return 'null' }
    if ($Value -is [bool]) { if ($Value) { return 'true' } else { return 'false' } }
    if ($Value -is [string]) { return ConvertTo-JsonString $Value }
    if ($Value -is [int] -or $Value -is [long]) { return $Value.ToString($Invariant) }
    $parts = [System.Collections.Generic.List[string]]::new()
    if ($Value -is [System.Collections.IDictionary]) {
        foreach ($key in $Value.Keys) { $parts.Add((ConvertTo-JsonString $key) + ':' + (ConvertTo-JsonText $Value[$key])) }
        return '{' + [string]::Join(',', $parts) + '}'
    }
    if ($Value -isnot [System.Collections.IEnumerable]) { return ConvertTo-JsonString ([string]$Value) }
    foreach ($item in $Value) { $parts.Add((ConvertTo-JsonText $item)) }
    return '[' + [string]::Join(',', $parts) + ']'
}

# ---- values ----

# The API gives UTC. DateTime.MinValue, DateTime.MaxValue and the first day of SqlDateTime (1753) mean "none".
function Format-Time($Value) {
    if ($null -eq $Value) { return $null }
    $time = [DateTime]$Value
    if ($time.Year -le 1753 -or $time.Year -ge 9999) { return $null }
    if ($time.Kind -eq [DateTimeKind]::Local) { $time = $time.ToUniversalTime() }
    $text = $time.ToString('yyyy-MM-ddTHH:mm:ss.fffffff', $Invariant).TrimEnd('0').TrimEnd('.')
    return $text + 'Z'
}

function Format-Id($Value) {
    if ($null -eq $Value) { return $null }
    $id = [Guid]$Value
    if ($id -eq [Guid]::Empty) { return $null }
    return $id.ToString('d', $Invariant)
}

# As it is; a text of blanks says nothing.
function Format-Text($Value) {
    if ($null -eq $Value) { return $null }
    $text = [string]$Value
    if ($text.Trim() -eq '') { return $null }
    return $text
}

# A set of codes: sorted by code point, each once. The comma keeps PowerShell from taking the array apart.
function Format-Set($Values) {
    $set = [System.Collections.Generic.SortedSet[string]]::new([StringComparer]::Ordinal)
    foreach ($value in $Values) {
        $text = Format-Text $value
        if ($null -ne $text) { [void]$set.Add($text.Trim()) }
    }
    $array = [string[]]::new($set.Count)
    $set.CopyTo($array)
    return , $array
}

function Get-Reason($Failure) {
    $e = $Failure.Exception
    while ($null -ne $e.InnerException) { $e = $e.InnerException }
    $text = [string]::Join(' ', ($e.Message -split '\s+'))
    if ($text.Length -gt 300) { $text = $text.Substring(0, 300) }
    return $text.Trim()
}

# ---- the file ----

$script:Rows = 0
$script:Coverage = [ordered]@{}
$script:Notes = @{}

function Write-Line($Value) { $script:Writer.WriteLine((ConvertTo-JsonText $Value)) }

function Add-Row([string]$Section, $Row) {
    Write-Line ([ordered]@{ section = $Section; row = $Row })
    $script:Rows++
}

# Something in a section could not be read: it cannot be complete. The first reason is kept.
function Add-Note([string]$Section, [string]$Reason) {
    if (-not $script:Notes.ContainsKey($Section)) { $script:Notes[$Section] = $Reason }
}

function Set-Coverage([string]$Section, [string]$State, $Reason) {
    $entry = [ordered]@{ state = $State }
    if ($null -ne $Reason) { $entry['reason'] = $Reason }
    $script:Coverage[$Section] = $entry
}

# What happens in $Read decides what may be said about the section afterwards.
function Read-Section([string]$Section, [scriptblock]$Read) {
    $before = $script:Rows
    try {
        [void](& $Read)
        if ($script:Notes.ContainsKey($Section)) { Set-Coverage $Section 'partial' $script:Notes[$Section] }
        else { Set-Coverage $Section 'complete' $null }
    }
    catch {
        $state = 'unknown'
        if ($script:Rows -gt $before) { $state = 'partial' }
        Set-Coverage $Section $state (Get-Reason $_)
    }
}

# ---- the server ----

function Connect-Server {
    if ($null -eq ('Microsoft.UpdateServices.Administration.AdminProxy' -as [type])) {
        [void][System.Reflection.Assembly]::LoadWithPartialName('Microsoft.UpdateServices.Administration')
    }
    $proxy = 'Microsoft.UpdateServices.Administration.AdminProxy' -as [type]
    if ($null -eq $proxy) { throw 'The WSUS administration API is not installed (console or feature UpdateServices).' }
    if ($Server -eq '') { return $proxy::GetUpdateServer() }
    return $proxy::GetUpdateServer($Server, [bool]$UseSsl, $Port)
}

function Get-Upstream($Config) {
    if ($Config.SyncFromMicrosoftUpdate) { return $null }
    return [ordered]@{
        name    = [string]$Config.UpstreamWsusServerName
        port    = [int]$Config.UpstreamWsusServerPortNumber
        ssl     = [bool]$Config.UpstreamWsusServerUseSsl
        replica = [bool]$Config.IsReplicaServer
    }
}

function Get-Proxy($Config) {
    if (-not $Config.UseProxy) { return $null }
    return [ordered]@{
        host               = [string]$Config.ProxyName
        port               = [int]$Config.ProxyServerPort
        user               = Format-Text $Config.ProxyUserName
        basic_in_cleartext = [bool]$Config.AllowProxyCredentialsOverNonSsl
    }
}

function Get-Schedule($Subscription) {
    $schedule = [ordered]@{ automatic = [bool]$Subscription.SynchronizeAutomatically }
    $schedule['time_of_day'] = ([TimeSpan]$Subscription.SynchronizeAutomaticallyTimeOfDay).ToString('hh\:mm\:ss', $Invariant)
    $perDay = [int]$Subscription.NumberOfSynchronizationsPerDay
    if ($perDay -ge 1 -and $perDay -le 24) { $schedule['per_day'] = $perDay }
    return $schedule
}

function Get-Ids($Objects) {
    $ids = foreach ($object in $Objects) { Format-Id $object.Id }
    return , (Format-Set $ids)
}

function Get-ConfigRow($Config, $Subscription) {
    $row = [ordered]@{
        sync_from_microsoft_update  = [bool]$Config.SyncFromMicrosoftUpdate
        upstream                    = Get-Upstream $Config
        lazy_sync                   = [bool]$Config.DownloadUpdateBinariesAsNeeded
        content_on_microsoft_update = [bool]$Config.HostBinariesOnMicrosoftUpdate
        schedule                    = Get-Schedule $Subscription
        next_sync                   = $null
        proxy                       = Get-Proxy $Config
        selected_products           = Get-Ids $Subscription.GetUpdateCategories()
        selected_classifications    = Get-Ids $Subscription.GetUpdateClassifications()
    }
    if ($Subscription.SynchronizeAutomatically) {
        try { $row['next_sync'] = Format-Time $Subscription.GetNextSynchronizationTime() }
        catch { Add-Note 'config' ('next synchronization: ' + (Get-Reason $_)) }
    }
    return $row
}

function Get-FullName($Wsus) {
    try { return [System.Net.Dns]::GetHostEntry([string]$Wsus.Name).HostName }
    catch { return $null }
}

function Get-ServerRow($Wsus, $Config) {
    $row = [ordered]@{ name = $Name; parent = $null; mode = 'unknown'; server_id = $null }
    if ($Name -eq '') { $row['name'] = [string]$Wsus.Name }
    if ($Parent -ne '') { $row['parent'] = $Parent }
    if ($null -ne $Config) {
        $row['mode'] = 'autonomous'
        if (-not $Config.SyncFromMicrosoftUpdate -and $Config.IsReplicaServer) { $row['mode'] = 'replica' }
        if ($Parent -eq '' -and -not $Config.SyncFromMicrosoftUpdate) { $row['parent'] = Format-Text $Config.UpstreamWsusServerName }
        $row['server_id'] = Format-Id $Config.ServerId
    }
    $row['fqdn'] = Get-FullName $Wsus
    $row['version'] = Format-Text $Wsus.Version
    $row['protocol_version'] = Format-Text $Wsus.ServerProtocolVersion
    $row['collected_at'] = Format-Time ([DateTime]::UtcNow)
    $row['source'] = 'Export-WsusSnapshot.ps1'
    return $row
}

# ---- the machine; with -HostFacts, only when the script runs on it ----

$HistoryDays = 90
$MaxEvents = 2000

# A part that cannot be read is named in "unread" with the reason and leaves the rest alone.
function Read-Part([string]$Part, [scriptblock]$Read) {
    try { [void](& $Read) }
    catch {
        $script:Unread[$Part] = Get-Reason $_
        Add-Note 'host' ($Part + ': ' + $script:Unread[$Part])
    }
}

# All values of a key; $null when there is no such key.
function Get-Key([string]$Path) {
    if (-not (Test-Path -LiteralPath $Path)) { return $null }
    return Get-ItemProperty -LiteralPath $Path
}

function Get-Value($Key, [string]$Value) {
    if ($null -eq $Key) { return $null }
    $property = $Key.PSObject.Properties[$Value]
    if ($null -eq $property) { return $null }
    return $property.Value
}

# The values that explain something, by name: nothing else leaves the machine.
function Get-Setup {
    $key = Get-Key 'HKLM:\SOFTWARE\Microsoft\Update Services\Server\Setup'
    if ($null -eq $key) { throw 'there is no key of WSUS setup' }
    $row = [ordered]@{}
    foreach ($value in @('ContentDir', 'InstallType', 'IISTargetWebSiteIndex', 'OobeInitialized', 'PortNumber', 'ServerCertificateName', 'SqlDatabaseName',
            'SqlInstanceIsRemote', 'SqlServerName', 'TargetDir', 'UsingSSL', 'VersionString')) {
        $found = Get-Value $key $value
        if ($null -ne $found) { $row[$value] = $found }
    }
    return $row
}

# Windows Internal Database, an instance on this machine, or $null: the database is on another one.
function Get-DatabaseService($Setup) {
    if ($null -eq $Setup -or -not $Setup.Contains('SqlServerName')) { return $null }
    $name = [string]$Setup['SqlServerName']
    if ($name -match 'MICROSOFT##(WID|SSEE)') { return 'MSSQL$MICROSOFT##' + $Matches[1].ToUpperInvariant() }
    $machine, $instance = $name -split '\\', 2
    if (@('.', '(local)', 'localhost', [Environment]::MachineName) -notcontains ($machine -split '\.', 2)[0] -and $machine -ne '.') { return $null }
    if ([string]::IsNullOrEmpty($instance)) { return 'MSSQLSERVER' }
    return 'MSSQL$' + $instance
}

function Get-ServiceRow([string]$ServiceName, $Service) {
    $states = @{ Running = 'running'; Stopped = 'stopped'; Paused = 'paused' }
    $starts = @{ Automatic = 'automatic'; Manual = 'manual'; Disabled = 'disabled' }
    $row = [ordered]@{ name = $ServiceName; state = 'missing'; start = 'unknown' }
    if ($null -eq $Service) { return $row }
    $row['state'] = $states[[string]$Service.Status]
    $row['start'] = $starts[[string]$Service.StartType]
    if ($null -eq $row['state']) { $row['state'] = 'unknown' }
    if ($null -eq $row['start']) { $row['start'] = 'unknown' }
    $delayed = Get-Value (Get-Key "HKLM:\SYSTEM\CurrentControlSet\Services\$ServiceName") 'DelayedAutostart'
    if ($row['start'] -eq 'automatic' -and $delayed -eq 1) { $row['start'] = 'automatic_delayed' }
    return $row
}

function Get-ServiceRows($Setup) {
    $names = @('BITS', 'WsusService', 'W3SVC', 'WsusCertServer')
    $database = Get-DatabaseService $Setup
    if ($null -ne $database) { $names += $database }
    $known = @{} # its keys do not care for the letter case
    foreach ($service in @(Get-Service)) { $known[[string]$service.Name] = $service }
    $rows = @(foreach ($service in $names) { Get-ServiceRow $service $known[$service] })
    return , $rows
}

function Get-FolderAcl([string]$Folder) {
    return [ordered]@{ path = $Folder; sddl = [string](Get-Acl -LiteralPath $Folder).Sddl }
}

# The content folder, the folder above it, WsusContent in it, and the drive.
function Get-Folders([string]$Folder) {
    $path = $Folder.TrimEnd('\')
    $folders = @($path)
    if ($path -notmatch '\\WsusContent$') { $folders += $path + '\WsusContent' }
    if ($path -match '^(.:\\.+)\\[^\\]+$') { $folders += $Matches[1] }
    if ($path -match '^(.:)\\') { $folders += $Matches[1] + '\' }
    return , $folders
}

function Get-ContentFolder([string]$Folder) {
    $content = [ordered]@{ path = $Folder; acl = @() }
    $folders = Get-Folders $Folder # assigned first, as everywhere
    foreach ($path in $folders) {
        Read-Part ('content.acl ' + $path) {
            if ($path -eq $Folder.TrimEnd('\') -or (Test-Path -LiteralPath $path)) { $content['acl'] += @(Get-FolderAcl $path) }
        }
    }
    Read-Part 'content.free_bytes' {
        $content['free_bytes'] = [long][System.IO.DriveInfo]::new([System.IO.Path]::GetPathRoot($Folder)).AvailableFreeSpace
    }
    return $content
}

# HasProxyPassword says whether there is one; the API gives nobody the password itself.
function Get-ProxyFacts($Config) {
    $row = [ordered]@{ enabled = [bool]$Config.UseProxy }
    if ($Config.UseProxy) {
        $row['host'] = [string]$Config.ProxyName
        $row['port'] = [int]$Config.ProxyServerPort
        $row['user'] = Format-Text $Config.ProxyUserName
        $row['domain'] = Format-Text $Config.ProxyUserDomain
        $row['anonymous'] = [bool]$Config.AnonymousProxyAccess
        $row['has_password'] = [bool]$Config.HasProxyPassword
        $row['basic_in_cleartext'] = [bool]$Config.AllowProxyCredentialsOverNonSsl
    }
    return $row
}

function Get-LogEvents {
    $filter = @{ LogName = 'Application'; ProviderName = 'Windows Server Update Services'; StartTime = [DateTime]::Now.AddDays(-$HistoryDays) }
    try { $events = @(Get-WinEvent -FilterHashtable $filter -MaxEvents $MaxEvents) }
    catch {
        if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') { throw }
        $events = @()
    }
    $rows = @(foreach ($entry in $events) {
        if ($null -eq $entry.TimeCreated) { continue }
        [ordered]@{
            time   = Format-Time $entry.TimeCreated
            id     = [int]$entry.Id
            source = [string]$entry.ProviderName
            level  = [string]$entry.LevelDisplayName
            text   = [string]$entry.Message
        }
    })
    return , $rows
}

# What WSUS keeps in its own database: synchronizations, downloads of content, changed settings.
function Get-HistoryEvents($Subscription) {
    $until = [DateTime]::UtcNow
    $events = @($Subscription.GetEventHistory($until.AddDays(-$HistoryDays), $until))
    $first = [Math]::Max(0, $events.Length - $MaxEvents)
    $rows = @(for ($i = $first; $i -lt $events.Length; $i++) {
        $entry = $events[$i]
        $level = 'Information'
        if ($entry.IsError) { $level = 'Error' }
        [ordered]@{
            time   = Format-Time $entry.CreationDate
            id     = [int]$entry.WsusEventId
            source = 'WSUS'
            level  = $level
            text   = [string]$entry.Message
        }
    })
    return , $rows
}

function Get-SystemBuild {
    $key = Get-Key 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $build = [string](Get-Value $key 'CurrentBuildNumber')
    $major = Get-Value $key 'CurrentMajorVersionNumber'
    $head = [string](Get-Value $key 'CurrentVersion') # 6.2 and 6.3; later systems say 6.3 too
    if ($null -ne $major) { $head = [string]$major + '.' + [string](Get-Value $key 'CurrentMinorVersionNumber') }
    $revision = Get-Value $key 'UBR'
    if ($null -eq $revision -and [string](Get-Value $key 'BuildLabEx') -match '^[0-9]+\.([0-9]+)\.') { $revision = $Matches[1] }
    if ($build -eq '' -or $head -eq '') { throw 'the registry does not tell the build' }
    if ($null -eq $revision) { return $head + '.' + $build }
    return $head + '.' + $build + '.' + [string]$revision
}

function Get-TlsSettings {
    $row = [ordered]@{}
    foreach ($protocol in @('TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3')) {
        foreach ($side in @('Client', 'Server')) {
            $key = Get-Key "HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\$protocol\$side"
            foreach ($value in @('Enabled', 'DisabledByDefault')) {
                $found = Get-Value $key $value
                if ($null -ne $found) { $row["$protocol $side $value"] = $found }
            }
        }
    }
    foreach ($node in @('', 'Wow6432Node\')) {
        $key = Get-Key "HKLM:\SOFTWARE\${node}Microsoft\.NETFramework\v4.0.30319"
        foreach ($value in @('SchUseStrongCrypto', 'SystemDefaultTlsVersions')) {
            $found = Get-Value $key $value
            if ($null -ne $found) { $row[".NET $node$value"] = $found }
        }
    }
    return $row
}

# ServerManager reads the configuration of IIS; nothing is committed.
function Connect-Iis {
    $type = 'Microsoft.Web.Administration.ServerManager' -as [type]
    if ($null -eq $type) {
        [void][System.Reflection.Assembly]::LoadFrom([System.IO.Path]::Combine([Environment]::SystemDirectory, 'inetsrv\Microsoft.Web.Administration.dll'))
        $type = 'Microsoft.Web.Administration.ServerManager' -as [type]
    }
    return $type::new()
}

function Get-Pool($Iis) {
    foreach ($pool in $Iis.ApplicationPools) {
        if ($pool.Name -ne 'WsusPool') { continue }
        return [ordered]@{
            state             = ([string]$pool.State).ToLowerInvariant()
            private_memory_kb = [long]$pool.Recycling.PeriodicRestart.PrivateMemory
        }
    }
    throw 'there is no application pool WsusPool'
}

function Get-Bindings($Iis) {
    $rows = @(foreach ($site in $Iis.Sites) {
        foreach ($binding in $site.Bindings) {
            $row = [ordered]@{ site = [string]$site.Name; protocol = [string]$binding.Protocol; address = [string]$binding.BindingInformation }
            if ($row['address'] -match ':([0-9]+):[^:]*$') { $row['port'] = [int]$Matches[1] }
            $row
        }
    })
    return , $rows
}

function Get-JobsInError {
    $rows = @(foreach ($job in @(Get-BitsTransfer -AllUsers)) {
        if (@('Error', 'TransientError') -notcontains [string]$job.JobState) { continue }
        $row = [ordered]@{ name = [string]$job.DisplayName; state = [string]$job.JobState; error = [string]$job.ErrorDescription }
        foreach ($file in $job.FileList) { $row['url'] = ([string]$file.RemoteName) -replace '//[^/@]*@', '//' }
        $row
    })
    return , $rows
}

function Get-Disks {
    $rows = @(foreach ($drive in [System.IO.DriveInfo]::GetDrives()) {
        if ([string]$drive.DriveType -ne 'Fixed' -or -not $drive.IsReady) { continue }
        [ordered]@{ name = $drive.Name.TrimEnd('\'); free_bytes = [long]$drive.AvailableFreeSpace; size_bytes = [long]$drive.TotalSize }
    })
    return , $rows
}

# What the server keeps of the servers below it, its own and further down. A row without a parent is its own.
function Get-DownstreamRows($Wsus) {
    $rows = @(foreach ($below in $Wsus.GetDownstreamServers()) {
        $row = [ordered]@{ full_name = [string]$below.FullDomainName; id = Format-Id $below.Id }
        if ($below.SyncsFromDownstreamServer) { $row['parent'] = Format-Id $below.ParentServerId }
        $row['last_sync'] = Format-Time $below.LastSyncTime # none: never
        $row['last_rollup'] = Format-Time $below.LastRollupTime
        $row['version'] = Format-Text $below.Version
        $row['replica'] = [bool]$below.IsReplica
        $row
    })
    return , $rows
}

function Get-HostRow($Wsus, $Config, $Subscription, [bool]$Machine) {
    $script:Unread = [ordered]@{}
    $row = [ordered]@{}
    if ($Machine) { Add-Machine $row $Config $Subscription }
    Read-Part 'downstream_servers' { $row['downstream_servers'] = Get-DownstreamRows $Wsus }
    if ($script:Unread.Count -gt 0) { $row['unread'] = $script:Unread }
    return $row
}

function Add-Machine($row, $Config, $Subscription) {
    $script:Setup = $null
    $row['time_zone'] = [TimeZoneInfo]::Local.Id
    $row['utc_offset_minutes'] = [int][TimeZoneInfo]::Local.GetUtcOffset([DateTime]::UtcNow).TotalMinutes
    $iis = $null
    Read-Part 'os_build' { $row['os_build'] = Get-SystemBuild }
    Read-Part 'registry' { $script:Setup = Get-Setup; $row['registry'] = $script:Setup }
    Read-Part 'services' { $row['services'] = Get-ServiceRows $script:Setup }
    Read-Part 'iis' {
        $iis = Connect-Iis
        $row['iis'] = [ordered]@{ bindings = (Get-Bindings $iis) }
        Read-Part 'wsus_pool' { $row['wsus_pool'] = Get-Pool $iis }
    }
    Read-Part 'content' {
        if ($null -eq $Config) { throw 'the configuration could not be read' }
        $row['content'] = Get-ContentFolder ([string]$Config.LocalContentCachePath)
    }
    Read-Part 'proxy' {
        if ($null -eq $Config) { throw 'the configuration could not be read' }
        $row['proxy'] = Get-ProxyFacts $Config
    }
    Read-Part 'events' { $row['events'] = Get-LogEvents }
    Read-Part 'events.history' {
        $history = Get-HistoryEvents $Subscription
        if ($row.Contains('events')) { $history = $row['events'] + $history }
        $row['events'] = $history
    }
    Read-Part 'tls' { $row['tls'] = Get-TlsSettings }
    Read-Part 'bits_jobs' { $row['bits_jobs'] = Get-JobsInError }
    Read-Part 'disks' { $row['disks'] = Get-Disks }
}

# ---- sections ----

# WSUS short names and the ids MS-WSUSSS uses for them (10.0, 2024). Not all are LCIDs, so they cannot be computed.
$LanguageIds = @{
    'ar' = 1025; 'bg' = 1026; 'zh-tw' = 1028; 'cs' = 1029; 'da' = 1030; 'de' = 1031; 'el' = 1032; 'en' = 1033
    'es' = 1034; 'fi' = 1035; 'fr' = 1036; 'he' = 1037; 'hu' = 1038; 'it' = 1040; 'ja' = 1041; 'ko' = 1042; 'nl' = 1043
    'no' = 1044; 'pl' = 1045; 'pt-br' = 1046; 'ro' = 1048; 'ru' = 1049; 'hr' = 1050; 'sk' = 1051; 'sv' = 1053
    'th' = 1054; 'tr' = 1055; 'uk' = 1058; 'sl' = 1060; 'et' = 1061; 'lv' = 1062; 'lt' = 1063; 'hi' = 1081
    'zh-cn' = 2052; 'pt' = 2070; 'sr' = 2074; 'zh-hk' = 3076; 'ja-nec' = 66577
}

function Write-Languages($Config) {
    Add-Row 'languages' ([ordered]@{ id = 0; code = 'all'; name = 'all'; enabled = [bool]$Config.AllUpdateLanguagesEnabled })
    $enabled = @(foreach ($code in $Config.GetEnabledUpdateLanguages()) { ([string]$code).ToLowerInvariant() })
    $supported = Format-Set $Config.SupportedUpdateLanguages # assigned first: foreach over a call would see one array
    foreach ($item in $supported) {
        $code = $item.ToLowerInvariant()
        if ($code -eq 'all') { continue }
        if (-not $LanguageIds.ContainsKey($code)) {
            Add-Note 'languages' "the id of language $code is not known to this script"
            continue
        }
        Add-Row 'languages' ([ordered]@{ id = $LanguageIds[$code]; code = $code; enabled = ($enabled -contains $code) })
    }
}

# The API does not tell the revision of a category: 0.
function Write-Categories($Wsus) {
    $kinds = @{ Company = 'company'; ProductFamily = 'product_family'; Product = 'product' }
    foreach ($category in $Wsus.GetUpdateCategories()) {
        $row = [ordered]@{ id = Format-Id $category.Id; revision = 0; kind = $kinds[[string]$category.Type]; title = Format-Text $category.Title; parent = $null }
        if ($null -eq $row['kind']) { $row['kind'] = 'unknown' }
        if ($row['kind'] -ne 'company') {
            $above = $category.GetParentUpdateCategory()
            if ($null -ne $above) { $row['parent'] = Format-Id $above.Id }
        }
        Add-Row 'categories' $row
    }
    foreach ($classification in $Wsus.GetUpdateClassifications()) {
        Add-Row 'categories' ([ordered]@{ id = Format-Id $classification.Id; revision = 0; kind = 'classification'; title = Format-Text $classification.Title; parent = $null })
    }
    if (-not $SameMethodEverywhere) { Add-Note 'categories' 'the administration API lists no detectoids and tells no revision of a category (0 stands for it)' }
}

function Write-Groups($Wsus) {
    $all = [Guid]'a0a08746-4dbe-4a37-9adf-9e7652c0b421'
    foreach ($group in $Wsus.GetComputerTargetGroups()) {
        $row = [ordered]@{ id = Format-Id $group.Id; name = [string]$group.Name; parent = $null }
        if ([Guid]$group.Id -ne $all) { $row['parent'] = Format-Id ($group.GetParentTargetGroup().Id) } # All Computers has none
        Add-Row 'groups' $row
    }
}

# null: not known; no element: applies to every language.
function Get-UpdateLanguages($Update) {
    $codes = Format-Set $Update.GetSupportedUpdateLanguages()
    if ($codes.Length -eq 0) { return $null }
    $lower = foreach ($code in $codes) { $code.ToLowerInvariant() }
    if (@($lower) -contains 'all') { return , [string[]]::new(0) }
    return , (Format-Set $lower)
}

function Get-UpdateProducts($Update) {
    $products = @(foreach ($category in $Update.GetUpdateCategories()) { if ([string]$category.Type -eq 'Product') { $category } })
    if ($products.Length -eq 0) { $products = @($Update.GetUpdateCategories()) }
    return , (Get-Ids $products)
}

function Add-Relations($Row, $Update) {
    $kind = 'Microsoft.UpdateServices.Administration.UpdateRelationship' -as [type]
    if ($Update.HasSupersededUpdates) {
        $ids = foreach ($other in $Update.GetRelatedUpdates($kind::UpdatesSupersededByThisUpdate)) { Format-Id $other.Id.UpdateId }
        $Row['supersedes'] = Format-Set $ids
    }
    $Row['bundles'] = @(foreach ($other in $Update.GetRelatedUpdates($kind::UpdatesBundledByThisUpdate)) {
        [ordered]@{ id = Format-Id $other.Id.UpdateId; revision = [int]$other.Id.RevisionNumber }
    })
}

function Get-UpdateKnowledge($Update) {
    $numbers = foreach ($article in $Update.KnowledgebaseArticles) { ([string]$article) -replace '^\s*[Kk][Bb]', '' }
    return , (Format-Set (@($numbers) -match '^\s*[0-9]+\s*$'))
}

function Get-UpdateRow($Update) {
    $types = @{ Software = 'software'; SoftwareApplication = 'software'; Driver = 'driver'; DriverSet = 'driver' }
    $states = @{ Published = 'published'; Expired = 'expired' }
    $row = [ordered]@{
        id        = Format-Id $Update.Id.UpdateId
        revision  = [int]$Update.Id.RevisionNumber
        type      = $types[[string]$Update.UpdateType]
        title     = Format-Text $Update.Title
        kb        = Get-UpdateKnowledge $Update
        bulletins = Format-Set $Update.SecurityBulletins
        severity  = Format-Text $Update.MsrcSeverity
        created   = Format-Time $Update.CreationDate
        arrived   = Format-Time $Update.ArrivalDate
        state     = $states[[string]$Update.PublicationState]
    }
    if ($null -eq $row['type']) { $row['type'] = 'unknown' }
    if ($null -eq $row['state']) { $row['state'] = 'unknown' }
    if ($row['severity'] -eq 'Unspecified') { $row['severity'] = $null }
    return $row
}

# One update: what a single call refuses to tell stays null, and the section is partial.
function Write-Update($Update) {
    $row = Get-UpdateRow $Update
    try {
        $row['classification'] = Format-Id ($Update.GetUpdateClassification().Id)
        $row['products'] = Get-UpdateProducts $Update
        $row['languages'] = Get-UpdateLanguages $Update
        if ($Relations) { Add-Relations $row $Update }
    }
    catch { Add-Note 'updates' (Get-Reason $_) }
    if ($Update.IsDeclined) { $script:Declined.Add([ordered]@{ id = $row['id']; revision = $row['revision'] }) }
    if ($Update.HasLicenseAgreement) {
        try { $row['eula'] = Read-License $Update $row['id'] }
        catch {
            Add-Note 'eulas' (Get-Reason $_)
            Add-Note 'updates' (Get-Reason $_) # the row says nothing of an agreement
        }
    }
    Add-Row 'updates' $row
}

# One agreement may cover many updates; it is written once.
function Read-License($Update, [string]$UpdateId) {
    $license = $Update.GetLicenseAgreement()
    $id = Format-Id $license.Id
    if ($license.IsAccepted -and $null -ne $id -and -not $script:Eulas.Contains($id)) {
        $script:Eulas[$id] = [ordered]@{ id = $id; update = $UpdateId; accepted = Format-Time $license.AcceptedDate; admin = Format-Text $license.AdministratorName }
    }
    return $id
}

function Write-Updates($Updates) {
    foreach ($update in $Updates) { Write-Update $update }
    $script:Whole = $true
    if (-not $SameMethodEverywhere) { Add-Note 'updates' $OnlyVisible }
}

function Write-Approval($Approval) {
    $deployment = Format-Id $Approval.Id
    if (-not $script:Deployments.Add($deployment)) { return }
    $words = @{ 0 = 'install'; 1 = 'uninstall'; 2 = 'scan'; 3 = 'block' } # 3: "Not approved", set on purpose
    $action = $words[[int]$Approval.Action]
    if ($null -eq $action) { $action = 'other:' + ([int]$Approval.Action).ToString($Invariant) }
    Add-Row 'approvals' ([ordered]@{
            deployment = $deployment
            update     = Format-Id $Approval.UpdateId.UpdateId
            revision   = [int]$Approval.UpdateId.RevisionNumber
            group      = Format-Id $Approval.ComputerTargetGroupId
            action     = $action
            deadline   = Format-Time $Approval.Deadline
            changed    = Format-Time $Approval.CreationDate
            admin      = Format-Text $Approval.AdministratorName
        })
}

# Approvals of older revisions are reached through the update that replaced them.
function Write-Approvals($Wsus, $Updates) {
    $scope = ('Microsoft.UpdateServices.Administration.UpdateScope' -as [type])::new()
    $kind = 'Microsoft.UpdateServices.Administration.UpdateRelationship' -as [type]
    foreach ($approval in $Wsus.GetUpdateApprovals($scope)) { Write-Approval $approval }
    if ($null -eq $Updates) { throw 'the updates could not be read, and with them the approvals of older revisions' }
    foreach ($update in $Updates) {
        if (-not $update.HasStaleUpdateApprovals) { continue }
        foreach ($revision in $update.GetRelatedUpdates($kind::AllRevisionsOfThisUpdate)) {
            foreach ($approval in $revision.GetUpdateApprovals()) { Write-Approval $approval }
        }
    }
}

function Get-UpdateErrors($Run) {
    $rows = @(foreach ($failure in $Run.UpdateErrors) {
        [ordered]@{ update = Format-Id $failure.UpdateId.UpdateId; error = [string]$failure.Error; text = Format-Text $failure.ErrorText }
    })
    return , $rows
}

function Write-SyncHistory($Subscription) {
    $results = @{ Succeeded = 'succeeded'; Failed = 'failed'; Canceled = 'canceled' }
    foreach ($run in $Subscription.GetSynchronizationHistory()) {
        $started = Format-Time $run.StartTime
        if ($null -eq $started) { continue } # NeverRun
        $row = [ordered]@{ started = $started; ended = Format-Time $run.EndTime; result = $results[[string]$run.Result]; trigger = 'scheduled'; error = $null; error_text = Format-Text $run.ErrorText }
        if ($null -eq $row['result']) { $row['result'] = 'unknown' }
        if ($run.StartedManually) { $row['trigger'] = 'manual' }
        if (@('NotApplicable', '') -notcontains [string]$run.Error) { $row['error'] = [string]$run.Error }
        $row['update_errors'] = Get-UpdateErrors $run
        Add-Row 'sync_history' $row
    }
}

# ---- all of it ----

$OnlyVisible = 'the administration API lists the latest revision of what an administrator sees: no members of bundles, no older revisions (see -SameMethodEverywhere)'
$script:Declined = [System.Collections.Generic.List[object]]::new()
$script:Eulas = [ordered]@{}
$script:Deployments = [System.Collections.Generic.HashSet[string]]::new()

function Write-Head($Wsus) {
    $script:Config = $null
    $script:Subscription = $null
    $script:ConfigRow = $null
    $script:HostRow = $null
    Read-Section 'config' {
        $script:Config = $Wsus.GetConfiguration()
        $script:Subscription = $Wsus.GetSubscription()
        $script:ConfigRow = Get-ConfigRow $script:Config $script:Subscription
    }
    Read-Section 'host' {
        if (-not $HostFacts) { Add-Note 'host' 'without -HostFacts only the downstream servers are read, nothing of the machine' }
        elseif ($Server -ne '') { Add-Note 'host' 'the script did not run on the server itself: only the downstream servers are read' }
        $script:HostRow = Get-HostRow $Wsus $script:Config $script:Subscription ([bool]$HostFacts -and $Server -eq '')
    }
    $head = [ordered]@{ format = 'wsusck-snapshot-lines'; format_version = '1.0'; server = (Get-ServerRow $Wsus $script:Config); coverage = [ordered]@{} }
    if ($null -ne $script:ConfigRow) { $head['config'] = $script:ConfigRow }
    if ($null -ne $script:HostRow) { $head['host'] = $script:HostRow }
    Write-Line $head
}

function Write-Snapshot($Wsus) {
    Write-Head $Wsus
    Read-Section 'languages' {
        if ($null -eq $script:Config) { throw 'the configuration could not be read' }
        Write-Languages $script:Config
    }
    Read-Section 'categories' { Write-Categories $Wsus }
    Read-Section 'groups' { Write-Groups $Wsus }
    $script:Updates = $null
    $script:Whole = $false
    Read-Section 'updates' {
        $script:Updates = $Wsus.GetUpdates()
        Write-Updates $script:Updates
    }
    $failed = $null
    if ($script:Coverage['updates']['state'] -eq 'unknown') { $failed = $script:Coverage['updates']['reason'] }
    foreach ($section in @('declined', 'eulas')) {
        if (-not $SameMethodEverywhere) { Add-Note $section $OnlyVisible }
        if ($null -eq $failed -and -not $script:Whole) { Add-Note $section 'the updates could not be read to the end' }
    }
    Read-Section 'declined' {
        if ($null -ne $failed) { throw $failed }
        foreach ($row in $script:Declined) { Add-Row 'declined' $row }
    }
    Read-Section 'eulas' {
        if ($null -ne $failed) { throw $failed }
        foreach ($row in $script:Eulas.Values) { Add-Row 'eulas' $row }
    }
    Read-Section 'approvals' { Write-Approvals $Wsus $script:Updates }
    Read-Section 'sync_history' {
        if ($null -eq $script:Subscription) { throw 'the subscription could not be read' }
        Write-SyncHistory $script:Subscription
    }
    Write-Line ([ordered]@{ end = $true; rows = $script:Rows; coverage = $script:Coverage })
}

$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$partial = $target + '.partial'
$wsus = Connect-Server
$script:Writer = [System.IO.StreamWriter]::new($partial, $false, [System.Text.UTF8Encoding]::new($false))
try {
    $script:Writer.NewLine = "`n"
    Write-Snapshot $wsus
}
finally { $script:Writer.Dispose() }
if ([System.IO.File]::Exists($target)) { [System.IO.File]::Delete($target) }
[System.IO.File]::Move($partial, $target)
$PSCmdlet.WriteVerbose("$target`: $($script:Rows) rows")
