-- needs: tbEventInstance.EventID tbEventInstance.EventNamespaceID tbEventInstance.TimeAtServer tbEventInstance.MiscData tbEventInstance.ReplacementStrings tbEventInstance.EventOrdinalNumber
SELECT EventID, TimeAtServer, MiscData, ReplacementStrings
FROM tbEventInstance
WHERE EventNamespaceID = 2 AND EventID BETWEEN 381 AND 387
ORDER BY TimeAtServer, EventOrdinalNumber
