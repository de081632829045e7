// SPDX-License-Identifier: MIT
// FakeReading.cs: the part of the WSUS API that only reads, for Export-WsusSnapshot.ps1: members, types and sentinel
// times of its public documentation (IUpdate ms752700, IUpdateApproval ms752706, ILicenseAgreement aa354300,
// ISynchronizationInfo aa354313, IDownstreamServer aa354295, IUpdateCategory ms752711), and no others, so that a member
// that was invented fails. A time without a value is what the pages say: DateTime.MaxValue for a deadline,
// DateTime.MinValue for an agreement that was not accepted and a synchronization that never ran, 1753 for a server that
// never synchronized (MS-WSUSSS).
using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.Linq;

namespace Microsoft.UpdateServices.Administration
{
    public enum UpdateType { Software, Driver, SoftwareApplication, DriverSet }
    public enum MsrcSeverity { Unspecified, Low, Moderate, Important, Critical }
    public enum UpdateCategoryType { Company, ProductFamily, Product }
    public enum SynchronizationUpdateError { Unknown, DependencyNotFound, MetadataInvalid }
    public enum UpdateRelationship
    {
        UpdatesThatBundleThisUpdate = 1, UpdatesBundledByThisUpdate = 2, UpdatesThatRequireThisUpdate = 3, UpdatesRequiredByThisUpdate = 4,
        UpdatesThatSupersedeThisUpdate = 5, UpdatesSupersededByThisUpdate = 6, AllRevisionsOfThisUpdate = 7
    }
    public enum SynchronizationError
    {
        NotApplicable, Unknown, LocalDBConnectFail, LocalDBTooBusy, LocalDBOtherError, ProxyError, UssNotFound, UssBusy, UssInternalError,
        DssAuthenticationError, UssCommunicationError, UssOtherError, UserCanceled, ImportUpdateError, ApprovalError,
        LocalUpdateMissingForApproval, IncompatibleProtocolVersion, IncompatibleProtocolVersionOnUss
    }

    // The collections of the API are CollectionBase too: no arrays, no LINQ, no null.
    public abstract class Listed<T> : CollectionBase
    {
        internal Listed(IEnumerable<T> from)
        {
            foreach (T one in from)
                List.Add(one);
        }
    }
    public sealed class UpdateCollection : Listed<Update> { internal UpdateCollection(IEnumerable<Update> f) : base(f) { } }
    public sealed class UpdateApprovalCollection : Listed<Approval> { internal UpdateApprovalCollection(IEnumerable<Approval> f) : base(f) { } }
    public sealed class ComputerTargetGroupCollection : Listed<Group> { internal ComputerTargetGroupCollection(IEnumerable<Group> f) : base(f) { } }
    public sealed class DownstreamServerCollection : Listed<DownstreamServer> { internal DownstreamServerCollection(IEnumerable<DownstreamServer> f) : base(f) { } }
    public sealed class SynchronizationInfoCollection : Listed<SynchronizationInfo> { internal SynchronizationInfoCollection(IEnumerable<SynchronizationInfo> f) : base(f) { } }
    public sealed class SubscriptionEventCollection : Listed<SubscriptionEvent> { internal SubscriptionEventCollection(IEnumerable<SubscriptionEvent> f) : base(f) { } }
    public sealed class SynchronizationUpdateErrorInfoCollection : Listed<SynchronizationUpdateErrorInfo> { internal SynchronizationUpdateErrorInfoCollection(IEnumerable<SynchronizationUpdateErrorInfo> f) : base(f) { } }

    public sealed class UpdateScope
    {
    }

    public sealed class LicenseAgreement
    {
        public Guid Id { get; internal set; }
        public bool IsAccepted { get; internal set; }
        public DateTime AcceptedDate { get; internal set; } = DateTime.MinValue;
        public string AdministratorName { get; internal set; } = "";
        public string Text => "";
    }

    public sealed class SubscriptionEvent
    {
        public DateTime CreationDate { get; internal set; }
        public int WsusEventId { get; internal set; }
        public bool IsError { get; internal set; }
        public string Message { get; internal set; } = "";
    }

    public sealed class SynchronizationUpdateErrorInfo
    {
        public UpdateRevisionId UpdateId { get; internal set; } = null!;
        public SynchronizationUpdateError Error { get; internal set; }
        public string ErrorText { get; internal set; } = "";
    }

    public sealed class DownstreamServer
    {
        public Guid Id { get; internal set; }
        public string FullDomainName { get; internal set; } = "";
        public bool IsReplica { get; internal set; }
        public DateTime LastRollupTime { get; internal set; } = new DateTime(1753, 1, 1);
        public DateTime LastSyncTime { get; internal set; } = new DateTime(1753, 1, 1);
        public Guid ParentServerId { get; internal set; }
        public bool SyncsFromDownstreamServer { get; internal set; }
        public Version Version { get; internal set; } = new Version(0, 0);
    }

    public sealed partial class SynchronizationInfo
    {
        public Guid Id { get; internal set; }
        public DateTime StartTime { get; internal set; } = DateTime.MinValue;
        public DateTime EndTime { get; internal set; } = DateTime.MinValue;
        public bool StartedManually { get; internal set; }
        public string ErrorText { get; internal set; } = "";
        internal readonly List<SynchronizationUpdateErrorInfo> Failures = new List<SynchronizationUpdateErrorInfo>();
        public SynchronizationUpdateErrorInfoCollection UpdateErrors => new SynchronizationUpdateErrorInfoCollection(Failures);
    }

    public sealed partial class Category
    {
        internal Category? Above;
        internal UpdateCategoryType? Kind; // null: a classification, which has no type and no parent
        public string Title { get; internal set; } = "";
        public UpdateCategoryType Type => Kind ?? throw new MissingMemberException("IUpdateClassification.Type");
        public Category? GetParentUpdateCategory() => Kind is null ? throw new MissingMethodException("IUpdateClassification.GetParentUpdateCategory") : Above;
    }

    public sealed partial class Approval
    {
        public Guid Id { get; internal set; } = Guid.NewGuid();
        public DateTime CreationDate { get; internal set; }
        public string AdministratorName { get; internal set; } = "";
        public bool IsOptional => false;
    }

    public sealed partial class Update
    {
        internal bool Member; // of a bundle: no administrator sees it
        internal LicenseAgreement? License;
        internal Category? Classification;
        internal List<Category> Categories = new List<Category>();
        internal string[] Codes = { };
        internal List<Guid> Superseded = new List<Guid>();
        internal List<(Guid, int)> Bundled = new List<(Guid, int)>();

        public UpdateRevisionId Id => new UpdateRevisionId(UpdateId, Revision);
        public string Title { get; internal set; } = "";
        public UpdateType UpdateType { get; internal set; }
        public StringCollection KnowledgebaseArticles { get; internal set; } = new StringCollection();
        public StringCollection SecurityBulletins { get; internal set; } = new StringCollection();
        public MsrcSeverity MsrcSeverity { get; internal set; }
        public DateTime CreationDate { get; internal set; }
        public DateTime ArrivalDate { get; internal set; }
        public bool HasLicenseAgreement => License != null;
        public bool HasSupersededUpdates => Superseded.Count > 0;
        public bool IsLatestRevision => On.Latest(UpdateId) == this;
        public bool HasStaleUpdateApprovals => On.Updates.Any(u => u.UpdateId == UpdateId && u.Revision < Revision && u.Approvals.Count > 0);

        public LicenseAgreement GetLicenseAgreement()
        {
            On.Touch("GetLicenseAgreement");
            return License ?? throw new InvalidOperationException("the update has no license agreement");
        }

        public Category GetUpdateClassification()
        {
            On.Touch("GetUpdateClassification");
            return Classification ?? throw new WsusObjectNotFoundException();
        }

        public CategoryCollection GetUpdateCategories()
        {
            var all = new CategoryCollection();
            Categories.ForEach(c => all.Add(c));
            return all;
        }

        public StringCollection GetSupportedUpdateLanguages()
        {
            var all = new StringCollection();
            all.AddRange(Codes);
            return all;
        }

        public UpdateCollection GetRelatedUpdates(UpdateRelationship relationship)
        {
            On.Touch("GetRelatedUpdates");
            return new UpdateCollection(relationship switch
            {
                UpdateRelationship.AllRevisionsOfThisUpdate => On.Updates.Where(u => u.UpdateId == UpdateId),
                UpdateRelationship.UpdatesSupersededByThisUpdate => Superseded.Select(On.Latest).OfType<Update>(),
                UpdateRelationship.UpdatesBundledByThisUpdate => On.Updates.Where(u => Bundled.Contains((u.UpdateId, u.Revision))),
                _ => throw new ArgumentOutOfRangeException(nameof(relationship)),
            });
        }
    }

    public sealed partial class Configuration
    {
        internal string[] Supported = { "de", "en", "fr" };
        public StringCollection SupportedUpdateLanguages
        {
            get
            {
                var all = new StringCollection();
                all.AddRange(Supported);
                return all;
            }
        }
        public bool DownloadUpdateBinariesAsNeeded { get; set; }
        public string ProxyName { get; set; } = "";
        public int ProxyServerPort { get; set; } = 80;
        public string ProxyUserName { get; set; } = "";
        public string ProxyUserDomain { get; set; } = "";
        public bool AnonymousProxyAccess { get; set; } = true;
        public bool HasProxyPassword { get; internal set; }
        public string LocalContentCachePath { get; set; } = "";
    }

    public sealed partial class Subscription
    {
        public bool SynchronizeAutomatically => On.Automatic;
        public TimeSpan SynchronizeAutomaticallyTimeOfDay => On.TimeOfDay;
        public int NumberOfSynchronizationsPerDay => On.PerDay;

        public DateTime GetNextSynchronizationTime()
        {
            On.Touch("GetNextSynchronizationTime");
            return On.Automatic ? On.NextSync : throw new InvalidOperationException("there is no schedule");
        }

        public SynchronizationInfoCollection GetSynchronizationHistory()
        {
            On.Touch("GetSynchronizationHistory");
            return new SynchronizationInfoCollection(On.History);
        }

        public SubscriptionEventCollection GetEventHistory(DateTime fromDate, DateTime toDate) => new SubscriptionEventCollection(Array.Empty<SubscriptionEvent>());
    }

    public sealed partial class Server
    {
        internal bool Automatic;
        internal TimeSpan TimeOfDay;
        internal int PerDay = 1;
        internal DateTime NextSync;
        internal readonly List<SynchronizationInfo> History = new List<SynchronizationInfo>();
        internal readonly List<DownstreamServer> Below = new List<DownstreamServer>();
        internal string Broken = ""; // the member that throws
        internal int BreaksAfter;    // calls of it that answer first

        public Version Version { get; internal set; } = new Version(10, 0, 20348, 1);
        public Version ServerProtocolVersion { get; internal set; } = new Version(1, 20);

        internal void Touch(string member)
        {
            if (member == Broken && BreaksAfter-- <= 0)
                throw new InvalidOperationException("no\tanswer from " + member);
        }

        internal Update? Latest(Guid id) => Updates.Where(u => u.UpdateId == id).OrderByDescending(u => u.Revision).FirstOrDefault();

        private IEnumerable<Update> Visible() => Updates.Where(u => !u.Member && u.IsLatestRevision);

        public UpdateCollection GetUpdates()
        {
            Touch("GetUpdates");
            return new UpdateCollection(Visible());
        }

        // Approvals of the revisions that are shown; those of older ones are told by the updates themselves.
        public UpdateApprovalCollection GetUpdateApprovals(UpdateScope updatesToInclude)
        {
            Touch("GetUpdateApprovals");
            if (updatesToInclude == null)
                throw new ArgumentNullException(nameof(updatesToInclude));
            return new UpdateApprovalCollection(Visible().SelectMany(u => u.Approvals));
        }

        public DownstreamServerCollection GetDownstreamServers()
        {
            Touch("GetDownstreamServers");
            return new DownstreamServerCollection(Below);
        }
    }
}
