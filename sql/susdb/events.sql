-- needs: tbEventInstance.EventID tbEventInstance.EventNamespaceID tbEventInstance.TimeAtServer tbEventInstance.Win32HResult tbEventInstance.MiscData tbEventInstance.ReplacementStrings tbEventInstance.EventOrdinalNumber
SELECT EventID, TimeAtServer, Win32HResult, MiscData, ReplacementStrings
FROM tbEventInstance
WHERE EventNamespaceID = 2 AND EventID BETWEEN 381 AND 387
ORDER BY TimeAtServer, EventOrdinalNumber
