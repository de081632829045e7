
Invoke-Main
exit $ExitCode
