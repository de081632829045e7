-- needs: tbConfigurationA.ServerId tbConfigurationA.SyncToMU tbConfigurationA.UpstreamServerName tbConfigurationA.ServerPortNumber tbConfigurationA.UpstreamServerUseSSL tbConfigurationA.UseProxy tbConfigurationA.ProxyName tbConfigurationA.ProxyServerPort tbConfigurationA.AnonymousProxyAccess tbConfigurationA.ProxyUserName tbConfigurationA.HostOnMu tbConfigurationB.ServerSupportsAllLanguages tbConfigurationB.SubscriptionFailureNumberOfRetries tbConfigurationB.SubscriptionFailureWaitBetweenRetriesTime tbConfigurationB.MaxNumberOfIdsToRequestDataFromUss tbConfigurationC.ReplicaMode tbConfigurationC.LazySync tbConfigurationC.AllowProxyCredentialsOverNonSsl tbConfigurationB.ConfigurationID tbConfigurationA.ConfigurationID tbConfigurationC.ConfigurationID
SELECT a.ServerId, a.SyncToMU, a.UpstreamServerName, a.ServerPortNumber, a.UpstreamServerUseSSL, a.UseProxy,
       a.ProxyName, a.ProxyServerPort, a.AnonymousProxyAccess, a.ProxyUserName, a.HostOnMu,
       b.ServerSupportsAllLanguages, b.SubscriptionFailureNumberOfRetries,
       b.SubscriptionFailureWaitBetweenRetriesTime, b.MaxNumberOfIdsToRequestDataFromUss,
       c.ReplicaMode, c.LazySync, c.AllowProxyCredentialsOverNonSsl
FROM tbConfigurationA a
JOIN tbConfigurationB b ON b.ConfigurationID = a.ConfigurationID
JOIN tbConfigurationC c ON c.ConfigurationID = a.ConfigurationID
