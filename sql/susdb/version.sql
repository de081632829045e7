-- needs: tbSchemaVersion.ComponentName tbSchemaVersion.BuildNumber
SELECT BuildNumber FROM tbSchemaVersion WHERE ComponentName = 'CoreDB'
