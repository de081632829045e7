#Requires -Version 3.0
# Made by wsusck. Read it together with run-order.md, then run it on its server or name the server.
# Exit: 0 every step is done or was so already; 3 some steps were skipped; 2 stopped by an error; 1 refused to start.
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [string]$Server = '',
    [ValidateRange(1, 65535)][int]$Port = 8530,
    [switch]$UseSsl,
    [ValidateRange(1, 87600)][int]$MaxAgeHours = 24,
    [ValidateRange(1, 1440)][int]$WaitMinutes = 120,
    [string]$JournalFolder = ''
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$Cmdlet = $PSCmdlet
$ScriptPath = $PSCommandPath
$ExitCode = 2
