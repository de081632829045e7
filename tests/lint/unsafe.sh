#!/usr/bin/env bash
# Calls that have no place here, and every string that a state-changing SOAP action would need.
cd "$(dirname "$0")/../.." || exit 1
bad=0
if grep -nwE '(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|system|popen|tmpnam|mktemp|alloca)\(' -r src include; then
  echo "^ calls that are not used here"; bad=1
fi
if grep -nE '"(RollupDownstreamServers|RollupComputers|RollupComputerStatus|DownloadFiles|GetUpdateDecryptionData|Ping|StartSubscriptionManually|StopSubscription|SetSubscription|ExecuteSPDeployUpdate[0-9]*|ExecuteSPDeclineUpdate|ExecuteSPSetConfiguration|ExecuteSPAcceptEula)"' -r src/collect; then
  echo "^ SOAP actions that change a server"; bad=1
fi
[ $bad -eq 0 ] && echo "nothing unsafe"
exit $bad
